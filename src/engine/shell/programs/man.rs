//! `man`

use super::{Call, PROGRAMS, Help, Program, find};
use crate::shell::builtins::BUILTINS;

pub const PROGRAM: Program = Program {
    name: "man",
    help: || Help {
        summary: "Say what a command does.",
        usage: "man NAME",
        examples: &[("man rev | head -1", "column - Line up fields; tac and rev turn lines round, nl numbers them."), ("man nosuch", "No manual entry for nosuch")],
    },
    run: |call| Box::pin(std::future::ready(run(&call))),
    ..Program::BASE
};

fn run(call: &Call) -> i32 {
    let Some(name) = call.args().iter().find(|arg| arg.starts_with(|c: char| !c.is_ascii_digit() && c != '-')) else {
        call.process.err("What manual page do you want?\nFor example, try 'man man'.\n");
        return 1;
    };
    let builtin = BUILTINS.iter().find(|row| row.name == name).map(|row| {
        let (usage, summary) = (row.help)();
        (row.name, Help { summary, usage, examples: &[] })
    });
    let program = find(name).or_else(|| PROGRAMS.iter().copied().find(|row| row.name == name));
    let program = program.map(|row| (row.name, (row.help)()));
    let Some((name, Help { summary, usage, examples })) = program.or(builtin) else {
        call.process.err(format!("No manual entry for {name}\n"));
        return 16;
    };
    call.out(format!("{name} - {summary}\n\nUsage: {usage}\n"));
    if !examples.is_empty() {
        call.out("\nExamples:\n");
    }
    for (line, output) in examples {
        call.out(format!("\n  $ {}\n", line.replace('\n', "\n  > ")));
        call.out(output.lines().map(|line| format!("  {line}\n")).collect::<String>());
    }
    0
}
