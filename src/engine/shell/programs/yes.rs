//! `yes`

use super::{Call, Help, Program};
use std::time::Duration;

pub const PROGRAM: Program = Program {
    name: "yes",
    help: || Help {
        summary: "Print a line again and again.",
        usage: "yes [TEXT]...",
        examples: &[("yes | head -2", "y\ny"), ("yes a b | head -1", "a b")],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let line = if call.args().is_empty() { "y".to_string() } else { call.args().join(" ") };
    let block = format!("{line}\n").repeat(64);
    while call.process.stdout.write(block.as_bytes()) {
        call.process.clock.sleep(Duration::from_micros(100)).await;
    }
    141
}
