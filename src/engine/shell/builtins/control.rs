//! `true`, `false`, `break`, `continue`, `return`, `exit` and the like.

use super::super::run::{Flow, Shell};
use super::Outcome;

/// `true`, `:`
pub fn succeed(_: &mut Shell, _: &[String]) -> Outcome {
    Ok(0)
}
/// `false`
pub fn fail(_: &mut Shell, _: &[String]) -> Outcome {
    Ok(1)
}
/// `ulimit`
pub fn unlimited(shell: &mut Shell, _: &[String]) -> Outcome {
    shell.streams.print("unlimited\n");
    Ok(0)
}
/// `umask`
pub fn mask(shell: &mut Shell, args: &[String]) -> Outcome {
    if args.is_empty() {
        shell.streams.print("0022\n");
    }
    Ok(0)
}

fn levels(args: &[String]) -> u32 {
    args.first().and_then(|arg| arg.parse().ok()).unwrap_or(1)
}
/// `break`
pub fn leave(shell: &mut Shell, args: &[String]) -> Outcome {
    shell.status = 0;
    Err(Flow::Break(levels(args)))
}
/// `continue`
pub fn again(shell: &mut Shell, args: &[String]) -> Outcome {
    shell.status = 0;
    Err(Flow::Continue(levels(args)))
}

fn end(shell: &mut Shell, args: &[String], name: &str, flow: Flow) -> Outcome {
    if let Some(arg) = args.first() {
        match arg.parse::<i32>() {
            Ok(status) => shell.status = status & 0xff,
            Err(_) => {
                shell.complain(&format!("{name}: {arg}: numeric argument required"));
                shell.status = 2;
            }
        }
    }
    Err(flow)
}
/// `return`
pub fn give_back(shell: &mut Shell, args: &[String]) -> Outcome {
    end(shell, args, "return", Flow::Return)
}
/// `exit`
pub fn exit(shell: &mut Shell, args: &[String]) -> Outcome {
    end(shell, args, "exit", Flow::Exit)
}
