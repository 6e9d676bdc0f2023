//! `touch`

use super::{Call, Options, Help, Program};

pub const PROGRAM: Program = Program {
    name: "touch",
    help: || Help {
        summary: "Make empty files where there are none.",
        usage: "touch [-c] FILE...",
        examples: &[("touch a b; ls", "a\nb")],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let options = match Options::parse(&call, "acmd:t:r:", &[("no-create", 'c'), ("date", 'd')]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.operands.is_empty() {
        return call.fail("missing file operand\nTry 'touch --help' for more information.");
    }
    let mut status = 0;
    for file in &options.operands {
        let path = call.path(file);
        if options.has('c') || call.process.files.node(&path).is_some() {
            continue;
        }
        if let Err(error) = call.process.files.write(&path, b"") {
            status = call.fail(format!("cannot touch '{file}': {error}"));
        }
    }
    status
}
