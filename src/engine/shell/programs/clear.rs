//! `clear`

use super::{Call, Help, Program};

pub const PROGRAM: Program = Program {
    name: "clear",
    help: || Help {
        summary: "Clear the screen.",
        usage: "clear",
        examples: &[],
    },
    run: |call: Call| {
        call.out("\x1b[H\x1b[2J\x1b[3J");
        Box::pin(std::future::ready(0))
    },
    ..Program::BASE
};
