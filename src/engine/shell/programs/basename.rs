//! `basename`

use super::{Call, Options, Help, Program};

pub const PROGRAM: Program = Program {
    name: "basename",
    help: || Help {
        summary: "Print a path without its folders.",
        usage: "basename NAME [SUFFIX]",
        examples: &[("basename /a/b.yaml .yaml", "b"), ("basename -a x/y z/w", "y\nw")],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let options = match Options::parse(&call, "as:z", &[("multiple", 'a'), ("suffix", 's')]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let operands = &options.operands;
    if operands.is_empty() {
        return call.fail("missing operand\nTry 'basename --help' for more information.");
    }
    let several = options.has('a') || options.has('s');
    let suffix = options.value('s').or(operands.get(1).map(String::as_str).filter(|_| !several)).unwrap_or("");
    for name in operands.iter().take(if several { operands.len() } else { 1 }) {
        let trimmed = name.trim_end_matches('/');
        let base = trimmed.rsplit('/').next().filter(|_| !trimmed.is_empty()).unwrap_or("/");
        let base = base.strip_suffix(suffix).filter(|rest| !rest.is_empty()).unwrap_or(base);
        call.out(format!("{base}\n"));
    }
    0
}
