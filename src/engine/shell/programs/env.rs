//! `env`, `printenv`

use super::{Call, Help, Program};
use crate::process::Process;

pub const PROGRAM: Program = Program {
    name: "env",
    help: || Help {
        summary: "Print the environment, or run a command in a changed one.",
        usage: "env [-i] [-u NAME] [NAME=VALUE]... [COMMAND [ARG]...]",
        examples: &[("A=b env | grep ^A=", "A=b"), ("env X=1 printenv X", "1"), ("env -i A=1", "A=1")],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    if call.name() == "busybox" {
        return busybox(call).await;
    }
    if call.name() == "printenv" {
        return print(&call);
    }
    let mut process = call.process.clone();
    if call.name() != "env" {
        // `nice` and `nohup` change nothing here; what they run counts.
        let mut words = call.args().iter().skip_while(|arg| arg.starts_with('-')).peekable();
        if call.args().first().is_some_and(|arg| arg == "-n") {
            words.next();
        }
        process.args = words.cloned().collect();
        let Some(name) = process.args.first().cloned() else {
            return call.fail(format!("missing operand\nTry '{} --help' for more information.", call.name()));
        };
        return match process.system.clone().spawn(process) {
            Some(running) => running.await,
            None => {
                call.complain(format!("failed to run command '{name}': No such file or directory"));
                127
            }
        };
    }
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
        call.out(lines(&process));
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

/// busybox by its own name: one of its tools, or what it is.
async fn busybox(call: Call) -> i32 {
    let mut process = call.process.clone();
    process.args.remove(0);
    let Some(name) = process.args.first().filter(|name| !name.starts_with('-')).cloned() else {
        let bytes = call.process.files.read("/bin/busybox").unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let version = text.trim_start_matches("\u{7f}ELF").trim();
        call.out(format!(
            "{version} (2025-08-05 16:44:26 UTC) multi-call binary.\nBusyBox is copyrighted by many authors between \
             1998-2015.\nLicensed under GPLv2. See source distribution for detailed\ncopyright notices.\n\nUsage: busybox \
             [function [arguments]...]\n"
        ));
        return 0;
    };
    match process.system.clone().spawn(process) {
        Some(running) => running.await,
        None => {
            call.process.err(format!("{name}: applet not found\n"));
            127
        }
    }
}

/// The environment, in the order that the container was given it.
fn lines(process: &Process) -> String {
    let given = process.files.read("/proc/self/environ").map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let given = given.unwrap_or_default();
    let place = |name: &str| given.split('\0').position(|line| line.split('=').next() == Some(name)).unwrap_or(usize::MAX);
    let mut all: Vec<(usize, &String, &String)> =
        process.env.iter().map(|(name, value)| (place(name), name, value)).collect();
    all.sort_by_key(|(place, ..)| *place);
    all.iter().map(|(_, name, value)| format!("{name}={value}\n")).collect()
}

fn print(call: &Call) -> i32 {
    let env = &call.process.env;
    if call.args().is_empty() {
        call.out(lines(&call.process));
        return 0;
    }
    let found = call.args().iter().filter_map(|name| env.get(name).map(|value| call.out(format!("{value}\n")))).count();
    i32::from(found < call.args().len())
}
