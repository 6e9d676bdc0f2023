//! `dirname`

use super::{Call, Options, Help, Program};

pub const PROGRAM: Program = Program {
    name: "dirname",
    help: || Help {
        summary: "Print the folders of a path.",
        usage: "dirname NAME...",
        examples: &[("dirname /a/b.yaml x", "/a\n.")],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let options = match Options::parse(&call, "z", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.operands.is_empty() {
        return call.fail("missing operand\nTry 'dirname --help' for more information.");
    }
    for name in &options.operands {
        let folder = match name.trim_end_matches('/').rsplit_once('/') {
            Some((folder, _)) if folder.trim_end_matches('/').is_empty() => "/",
            Some((folder, _)) => folder.trim_end_matches('/'),
            None if name.starts_with('/') => "/",
            None => ".",
        };
        call.out(format!("{folder}\n"));
    }
    0
}
