//! `env`, `printenv`

use super::{Call, Program};

pub const PROGRAM: Program = Program {
    name: "env",
    summary: "Print the environment, or run a command in a changed one.",
    usage: "env [-i] [-u NAME] [NAME=VALUE]... [COMMAND [ARG]...]",
    examples: &[("A=b env | grep ^A=", "A=b"), ("env X=1 printenv X", "1"), ("env -i A=1", "A=1")],
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    if call.name() == "printenv" {
        return print(&call);
    }
    let mut process = call.process.clone();
    let mut args = call.args().iter();
    let mut command: Vec<String> = Vec::new();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "-i" | "-" | "--ignore-environment" => process.env.clear(),
            "-u" => drop(args.next().and_then(|name| process.env.remove(name))),
            arg if arg.starts_with('-') => {
                call.complain(format!("invalid option -- '{}'", &arg[1..]));
                return 125;
            }
            arg => match arg.split_once('=') {
                Some((name, value)) => drop(process.env.insert(name.into(), value.into())),
                None => {
                    command.push(arg.into());
                    command.extend(args.by_ref().cloned());
                }
            },
        }
    }
    let Some(name) = command.first().cloned() else {
        let lines: String = process.env.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        call.out(lines);
        return 0;
    };
    process.args = command;
    match process.system.clone().spawn(process) {
        Some(running) => running.await,
        None => {
            call.complain(format!("'{name}': No such file or directory"));
            127
        }
    }
}

fn print(call: &Call) -> i32 {
    let env = &call.process.env;
    if call.args().is_empty() {
        call.out(env.iter().map(|(name, value)| format!("{name}={value}\n")).collect::<String>());
        return 0;
    }
    let found = call.args().iter().filter_map(|name| env.get(name).map(|value| call.out(format!("{value}\n")))).count();
    i32::from(found < call.args().len())
}
