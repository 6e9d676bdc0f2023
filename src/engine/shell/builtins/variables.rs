//! `export`, `readonly`, `local`, `declare`, `unset`

use super::super::run::{Content, Shell};
use super::super::syntax::is_name;
use super::Outcome;

/// Sets `NAME` or `NAME=VALUE`. False, with a complaint, if that is no name.
fn assign(shell: &mut Shell, builtin: &str, arg: &str) -> Option<String> {
    let (name, value) = arg.split_once('=').map_or((arg, None), |(name, value)| (name, Some(value)));
    let (name, append) = name.strip_suffix('+').map_or((name, false), |name| (name, true));
    if !is_name(name) {
        shell.complain(&format!("{builtin}: `{arg}': not a valid identifier"));
        return None;
    }
    if let Some(value) = value {
        let before = if append { shell.get(name).unwrap_or_default() } else { String::new() };
        if !shell.set(name, before + value) {
            return None;
        }
    }
    Some(name.into())
}

/// `export`
pub fn export(shell: &mut Shell, args: &[String]) -> Outcome {
    let exported = args.first().is_none_or(|arg| arg != "-n");
    let mut status = 0;
    let names: Vec<&String> = args.iter().filter(|arg| !matches!(arg.as_str(), "-n" | "-p" | "--" | "-f")).collect();
    if names.is_empty() {
        print(shell, |variable| variable.exported, "declare -x");
    }
    for arg in names {
        match assign(shell, "export", arg) {
            Some(name) => shell.export(&name, exported),
            None => status = 1,
        }
    }
    Ok(status)
}

/// `readonly`
pub fn readonly(shell: &mut Shell, args: &[String]) -> Outcome {
    let mut status = 0;
    for arg in args.iter().filter(|arg| !arg.starts_with('-')) {
        match assign(shell, "readonly", arg) {
            Some(name) => {
                if let Some(variable) = shell.variables.all.get_mut(&name) {
                    variable.readonly = true;
                }
            }
            None => status = 1,
        }
    }
    if args.is_empty() {
        print(shell, |variable| variable.readonly, "declare -r");
    }
    Ok(status)
}

fn print(shell: &Shell, wanted: impl Fn(&super::super::run::Variable) -> bool, prefix: &str) {
    let lines = shell.all_variables().filter(|(_, variable)| wanted(variable)).map(|(name, variable)| {
        let text = match &variable.content {
            Content::One(text) => text.clone(),
            Content::Many(texts) => texts.join(" "),
        };
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$").replace('`', "\\`");
        format!("{prefix} {name}=\"{escaped}\"\n")
    });
    shell.streams.print(&lines.collect::<String>());
}

/// `local`
pub fn local(shell: &mut Shell, args: &[String]) -> Outcome {
    let mut status = 0;
    for arg in args.iter().filter(|arg| !arg.starts_with('-')) {
        let name = arg.split('=').next().unwrap_or(arg).trim_end_matches('+');
        if !shell.localize(name) {
            shell.complain("local: can only be used in a function");
            return Ok(1);
        }
        if !arg.contains('=') {
            shell.unset(name);
        }
        if assign(shell, "local", arg).is_none() {
            status = 1;
        }
    }
    Ok(status)
}

/// `declare`, `typeset`
pub fn declare(shell: &mut Shell, args: &[String]) -> Outcome {
    let letters: String = args.iter().filter(|arg| arg.starts_with('-')).flat_map(|arg| arg[1..].chars()).collect();
    let names: Vec<&String> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    if letters.contains(['f', 'F']) {
        let known: String = shell.functions.keys().map(|name| format!("declare -f {name}\n")).collect();
        shell.streams.print(&known);
        return Ok(0);
    }
    if names.is_empty() || letters.contains('p') {
        print(shell, |_| true, "declare --");
        return Ok(0);
    }
    let mut status = 0;
    for arg in names {
        let name = arg.split('=').next().unwrap_or(arg);
        shell.localize(name);
        if letters.contains('a') && !arg.contains('=') {
            shell.assign(name, Content::Many(Vec::new()));
            continue;
        }
        match assign(shell, "declare", arg) {
            Some(name) => {
                if letters.contains('x') {
                    shell.export(&name, true);
                }
                if let Some(variable) = shell.variables.all.get_mut(&name) {
                    variable.readonly |= letters.contains('r');
                }
            }
            None => status = 1,
        }
    }
    Ok(status)
}

/// `unset`
pub fn unset(shell: &mut Shell, args: &[String]) -> Outcome {
    for arg in args.iter().filter(|arg| !arg.starts_with('-')) {
        if shell.variable(arg).is_some_and(|variable| variable.readonly) {
            shell.complain(&format!("unset: {arg}: cannot unset: readonly variable"));
            return Ok(1);
        }
        if shell.variable(arg).is_some() {
            shell.unset(arg);
        } else {
            shell.functions.remove(arg);
        }
    }
    Ok(0)
}
