//! `sudo`: here everybody may do everything already.

use super::{Call, Help, Program};

pub const PROGRAM: Program = Program {
    name: "sudo",
    help: || Help {
        summary: "Run a command as root.",
        usage: "sudo COMMAND [ARG]...",
        examples: &[("sudo echo x", "x"), ("sudo nosuch", "sudo: nosuch: command not found")],
    },
    run: |call| Box::pin(run(call)),
    outside_only: true,
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let words: Vec<String> = call.args().iter().skip_while(|arg| arg.starts_with('-')).cloned().collect();
    let Some(name) = words.first().cloned() else {
        call.process.err("usage: sudo command [arg ...]\n");
        return 1;
    };
    let mut process = call.process.clone();
    process.args = words;
    match process.system.clone().spawn(process) {
        Some(running) => running.await,
        None => call.fail(format!("{name}: command not found")),
    }
}
