//! `sh`, `bash`, `ash`: a shell within the shell, or at the other end of `kubectl exec -it`.

use super::super::run::{Dialect, Flow, Shell};
use super::super::syntax::{Parser, SyntaxError};
use super::{Call, Help, Program};
use crate::sim::{END_OF_INPUT as END, INTERRUPT, pipe};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

pub const PROGRAM: Program = Program {
    name: "sh",
    help: || Help {
        summary: "Run a shell.",
        usage: "sh [-ceux] [-o NAME] [SCRIPT | FILE] [ARG]...",
        examples: &[("sh -c 'echo $0 $1' a b", "a b"), ("echo 'echo x' | bash", "x"),
            ("printf 'read x\\nfirst\\nif true; then\\necho $x\\nfi' | sh", "first"), ("sh -c 'exit 3'; echo $?", "3")],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let mut shell = Shell::new(&call.host, &call.process);
    shell.desk = call.desk.clone();
    shell.name = call.name().into();
    shell.dialect = match call.name() {
        "bash" => Dialect::Bash,
        _ if shell.dialect == Dialect::Ash => Dialect::Ash,
        _ => Dialect::Dash,
    };
    let mut args = call.args().iter();
    let mut script = false;
    let mut stdin = false;
    let mut operands: Vec<String> = Vec::new();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "-o" | "+o" => {
                if args.next().is_some_and(|name| name == "pipefail") {
                    shell.options.pipefail = arg == "-o";
                }
            }
            "--login" | "-l" | "-i" | "--norc" | "--noprofile" => {}
            "--version" => {
                call.out("GNU bash, version 5.2.37(1)-release (x86_64-pc-linux-gnu)\n");
                return 0;
            }
            arg if arg.starts_with('-') && arg.len() > 1 => {
                for letter in arg[1..].chars() {
                    match letter {
                        'c' => script = true,
                        's' => stdin = true,
                        'e' => shell.options.errexit = true,
                        'u' => shell.options.nounset = true,
                        'x' => shell.options.xtrace = true,
                        'i' | 'l' => {}
                        letter => {
                            call.complain(format!("-{letter}: invalid option"));
                            return 2;
                        }
                    }
                }
            }
            arg => {
                operands.push(arg.into());
                operands.extend(args.by_ref().cloned());
            }
        }
    }
    if script {
        let Some((text, rest)) = operands.split_first() else {
            call.complain("-c: option requires an argument");
            return 2;
        };
        if let Some((name, rest)) = rest.split_first() {
            shell.name = name.clone();
            shell.positional = rest.to_vec();
        }
        shell.numbered = true;
        return shell.run_to_exit(text).await;
    }
    if let Some((file, rest)) = operands.split_first().filter(|_| !stdin) {
        return match call.process.files.read(&call.path(file)) {
            Ok(bytes) => {
                shell.name = file.clone();
                shell.numbered = true;
                shell.positional = rest.to_vec();
                shell.run_to_exit(&String::from_utf8_lossy(&bytes)).await
            }
            Err(error) => {
                call.complain(format!("{file}: {error}"));
                127
            }
        };
    }
    if call.process.tty {
        call.process.stdin.set_raw(true);
        let status = interactive(shell, &call).await;
        call.process.stdin.set_raw(false);
        return status;
    }
    from_input(shell, &call).await
}

/// Runs each command of standard input as soon as it is whole; what it reads are the lines after it.
async fn from_input(mut shell: Shell, call: &Call) -> i32 {
    let mut text = String::new();
    loop {
        let line = call.process.stdin.read_line().await;
        text.push_str(&String::from_utf8_lossy(line.as_deref().unwrap_or_default()));
        let whole = Parser::new(&text, &shell.aliases).whole();
        if line.is_some() && matches!(whole, Err(SyntaxError::Incomplete(_))) {
            continue;
        }
        drop(whole);
        let flow = shell.run_script(&std::mem::take(&mut text)).await;
        if flow == Flow::Abort && shell.status == 0 {
            shell.status = 1;
        }
        if line.is_none() || matches!(flow, Flow::Abort | Flow::Exit) {
            shell.leave().await;
            return shell.status;
        }
    }
}

/// What stands before a line.
fn prompt(shell: &Shell) -> String {
    let host = &shell.host;
    let mark = if host.user == "root" { '#' } else { '$' };
    let home = shell.get("HOME").unwrap_or_default();
    let short = if !home.is_empty() && home != "/" && shell.cwd == home { "~" } else { &shell.cwd };
    if shell.name == "bash" { format!("{}@{}:{short}{mark} ", host.user, host.hostname) } else { format!("{short} {mark} ") }
}

/// Prompts, reads lines and runs them until the input ends.
async fn interactive(mut shell: Shell, call: &Call) -> i32 {
    shell.interactive = true;
    let terminal = call.process.stdin.clone();
    let streams = shell.streams.clone();
    let mut pending: Vec<u8> = Vec::new();
    let mut text = String::new();
    loop {
        call.out(if text.is_empty() { prompt(&shell) } else { "> ".into() });
        // A line, of what was typed ahead first.
        let line = loop {
            if let Some(at) = pending.iter().position(|byte| matches!(*byte, b'\n' | INTERRUPT | END)) {
                let rest = pending.split_off(at + 1);
                break Some(std::mem::replace(&mut pending, rest));
            }
            match terminal.read().await {
                Some(bytes) => pending.extend(bytes),
                None if pending.is_empty() => break None,
                None => break Some(std::mem::take(&mut pending)),
            }
        };
        match line.as_deref().map(|line| (line.last().copied(), line.len())) {
            None | Some((Some(END), 1)) => {
                shell.leave().await;
                return shell.status;
            }
            Some((Some(INTERRUPT), _)) => {
                call.out("^C\n");
                text.clear();
                shell.status = 130;
                continue;
            }
            _ => {}
        }
        let line = line.unwrap_or_default();
        text.push_str(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r', '\u{4}']));
        if matches!(Parser::new(&text, &shell.aliases).whole(), Err(SyntaxError::Incomplete(_))) {
            text.push('\n');
            continue;
        }
        let command = std::mem::take(&mut text);
        shell.history.borrow_mut().push(command.clone());
        let inner = pipe(&call.process.clock);
        shell.streams.set(0, inner.clone());
        let flow = {
            let mut running = pin!(shell.run_script(&command));
            poll_fn(|context| {
                let typed = terminal.take();
                if inner.is_raw() {
                    // Another shell sits there and reads the keys itself.
                    if !typed.is_empty() {
                        inner.write(&typed);
                    }
                    return running.as_mut().poll(context).map(Some);
                }
                if let Some(at) = typed.iter().position(|byte| *byte == INTERRUPT) {
                    pending.extend(&typed[at + 1..]);
                    return Poll::Ready(None);
                }
                if let Some(at) = typed.iter().position(|byte| *byte == END) {
                    inner.write(&typed[..at]);
                    inner.end();
                } else if !typed.is_empty() {
                    inner.write(&typed);
                }
                if terminal.is_drained() {
                    inner.end();
                }
                running.as_mut().poll(context).map(Some)
            })
            .await
        };
        let untouched = inner.take();
        pending.splice(0..0, untouched);
        match flow {
            None => {
                call.out("^C\n");
                shell.reset(&streams);
                shell.status = 130;
            }
            Some(Flow::Exit) => {
                shell.leave().await;
                return shell.status;
            }
            Some(_) => {}
        }
    }
}
