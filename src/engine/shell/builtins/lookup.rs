//! `type`, `command`, `which`

use super::super::run::{Flow, Found, Shell};
use super::{Outcome, Waiting};

/// Words of the grammar.
const KEYWORDS: &[&str] = &[
    "if", "then", "elif", "else", "fi", "for", "in", "do", "done", "while", "until", "case", "esac", "function", "{",
    "}", "[[", "]]", "!", "time",
];

/// `type`
pub fn describe(shell: &mut Shell, args: &[String]) -> Outcome {
    let mut status = 0;
    let short = args.first().is_some_and(|arg| arg == "-t");
    for name in args.iter().filter(|arg| !arg.starts_with('-')) {
        let (kind, text) = if let Some(value) = shell.aliases.get(name) {
            ("alias", format!("{name} is aliased to `{value}'"))
        } else if KEYWORDS.contains(&name.as_str()) {
            ("keyword", format!("{name} is a shell keyword"))
        } else {
            match shell.find(name) {
                Some(Found::Function) => ("function", format!("{name} is a function")),
                Some(Found::Builtin(_)) => ("builtin", format!("{name} is a shell builtin")),
                Some(Found::Program(path)) => ("file", format!("{name} is {path}")),
                None => {
                    if !short {
                        shell.complain(&format!("type: {name}: not found"));
                    }
                    status = 1;
                    continue;
                }
            }
        };
        shell.streams.print(&format!("{}\n", if short { kind } else { &text }));
    }
    Ok(status)
}

/// `command`
pub fn command<'a>(shell: &'a mut Shell, args: &'a [String]) -> Waiting<'a> {
    Box::pin(async move {
        match args {
            [] => Ok(0),
            [flag, names @ ..] if flag == "-V" => describe(shell, names),
            [flag, names @ ..] if flag == "-v" => {
                let mut status = 0;
                for name in names {
                    let text = match (shell.aliases.get(name), shell.find(name)) {
                        (Some(value), _) => format!("alias {name}='{value}'"),
                        (None, Some(Found::Program(path))) => path,
                        (None, Some(_)) => name.clone(),
                        (None, None) => {
                            status = 1;
                            continue;
                        }
                    };
                    shell.streams.print(&format!("{text}\n"));
                }
                Ok(status)
            }
            _ => {
                let args = if args[0] == "-p" || args[0] == "--" { &args[1..] } else { args };
                let Some(name) = args.first() else { return Ok(0) };
                let function = shell.functions.remove_entry(name);
                let flow = shell.run(args).await;
                shell.functions.extend(function);
                if flow == Flow::Next { Ok(shell.status) } else { Err(flow) }
            }
        }
    })
}

/// `which`
pub fn which(shell: &mut Shell, args: &[String]) -> Outcome {
    let path = shell.get("PATH").unwrap_or_default();
    let mut status = 0;
    for name in args.iter().filter(|arg| !arg.starts_with('-')) {
        match shell.host.find_program(name, &shell.cwd, &path) {
            Some(path) => drop(shell.streams.print(&format!("{path}\n"))),
            None => status = 1,
        }
    }
    Ok(status)
}
