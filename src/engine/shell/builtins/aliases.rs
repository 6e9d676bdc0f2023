//! `alias`, `unalias`

use super::super::run::Shell;
use super::Outcome;

fn line(name: &str, value: &str) -> String {
    format!("alias {name}='{}'\n", value.replace('\'', "'\\''"))
}

/// `alias`
pub fn alias(shell: &mut Shell, args: &[String]) -> Outcome {
    if args.is_empty() {
        let all: String = shell.aliases.iter().map(|(name, value)| line(name, value)).collect();
        shell.streams.print(&all);
    }
    let mut status = 0;
    for arg in args.iter().filter(|arg| *arg != "-p") {
        match arg.split_once('=') {
            Some((name, value)) => drop(shell.aliases.insert(name.into(), value.into())),
            None => match shell.aliases.get(arg) {
                Some(value) => drop(shell.streams.print(&line(arg, value))),
                None => {
                    shell.complain(&format!("alias: {arg}: not found"));
                    status = 1;
                }
            },
        }
    }
    Ok(status)
}

/// `unalias`
pub fn unalias(shell: &mut Shell, args: &[String]) -> Outcome {
    let mut status = 0;
    for arg in args {
        if arg == "-a" {
            shell.aliases.clear();
        } else if shell.aliases.remove(arg).is_none() {
            shell.complain(&format!("unalias: {arg}: not found"));
            status = 1;
        }
    }
    Ok(status)
}
