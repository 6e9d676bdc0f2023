//! `export`, `readonly`, `local`, `declare`, `unset`

use super::super::run::{Array, Content, Shell, Variable, escape};
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
        let mut before = if append { shell.get(name).unwrap_or_default() } else { String::new() };
        if append && shell.variable(name).is_some_and(|variable| variable.integer) {
            before.push('+');
        }
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
        print(shell, |variable| variable.exported);
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
                shell.variables.all.entry(name).or_default().readonly = true;
            }
            None => status = 1,
        }
    }
    if args.iter().all(|arg| arg == "-p") {
        print(shell, |variable| variable.readonly);
    }
    Ok(status)
}

fn print(shell: &Shell, wanted: impl Fn(&Variable) -> bool) {
    let lines = shell.all_variables().filter(|(_, variable)| wanted(variable));
    let text: String = lines.map(|(name, variable)| declaration(name, variable)).collect();
    shell.streams.print(&text);
}

/// The command that would make a variable.
fn declaration(name: &str, variable: &Variable) -> String {
    let letters = variable.letters();
    let letters = if letters.is_empty() { "-" } else { &letters };
    match &variable.content {
        Content::One(text) => format!("declare -{letters} {name}=\"{}\"\n", escape(text)),
        Content::Many(array) => format!("declare -{letters} {name}={}\n", array.source()),
    }
}

/// `local`
pub fn local(shell: &mut Shell, args: &[String]) -> Outcome {
    if !shell.is_in_function() {
        shell.complain("local: can only be used in a function");
        return Ok(1);
    }
    set(shell, args, "local")
}

/// `declare`, `typeset`
pub fn declare(shell: &mut Shell, args: &[String]) -> Outcome {
    let letters = letters(args);
    let names: Vec<&String> = args.iter().filter(|arg| !arg.starts_with(['-', '+'])).collect();
    if letters.contains(['f', 'F']) {
        let known: String = shell.functions.keys().map(|name| format!("declare -f {name}\n")).collect();
        shell.streams.print(&known);
        return Ok(0);
    }
    if names.is_empty() {
        print(shell, |variable| letters.chars().all(|letter| letter == 'p' || variable.letters().contains(letter)));
        return Ok(0);
    }
    if letters.contains('p') {
        let mut status = 0;
        for name in names {
            match shell.variables.all.get(name) {
                Some(variable) => drop(shell.streams.print(&declaration(name, variable))),
                None => {
                    shell.complain(&format!("declare: {name}: not found"));
                    status = 1;
                }
            }
        }
        return Ok(status);
    }
    set(shell, args, "declare")
}

fn letters(args: &[String]) -> String {
    args.iter().filter_map(|arg| arg.strip_prefix('-')).collect()
}

/// Makes variables, a function's own where one runs, and gives them their kinds and values.
fn set(shell: &mut Shell, args: &[String], builtin: &str) -> Outcome {
    let letters = letters(args);
    let off: String = args.iter().filter_map(|arg| arg.strip_prefix('+')).collect();
    let mut status = 0;
    for arg in args.iter().filter(|arg| !arg.starts_with(['-', '+'])) {
        let name = arg.split('=').next().unwrap_or(arg).trim_end_matches('+');
        if !is_name(name) {
            shell.complain(&format!("{builtin}: `{arg}': not a valid identifier"));
            status = 1;
            continue;
        }
        if !letters.contains('g') && shell.is_in_function() && shell.localize(name) {
            shell.unset(name);
        }
        let kinded = letters.contains(['a', 'A', 'i', 'n', 'l', 'u']) || shell.is_in_function();
        if kinded || !off.is_empty() {
            let variable = shell.variables.all.entry(name.into()).or_default();
            variable.integer = (variable.integer || letters.contains('i')) && !off.contains('i');
            variable.case = letters.chars().find(|letter| matches!(letter, 'l' | 'u')).or(variable.case);
            variable.exported &= !off.contains('x');
            if letters.contains('A') && !matches!(&variable.content, Content::Many(array) if array.is_named()) {
                variable.content = Content::Many(Array::named());
            } else if letters.contains('a') && !matches!(variable.content, Content::Many(_)) {
                variable.content = Content::Many(Array::default());
            }
        }
        match assign(shell, builtin, arg) {
            Some(name) => {
                if letters.contains('x') {
                    shell.export(&name, true);
                }
                if letters.contains(['r', 'n']) {
                    let variable = shell.variables.all.entry(name).or_default();
                    variable.readonly |= letters.contains('r');
                    variable.reference |= letters.contains('n');
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
        if let Some((name, key)) = arg.strip_suffix(']').and_then(|arg| arg.split_once('[')) {
            let target = shell.target(name);
            if let Some(Variable { content: Content::Many(array), .. }) = shell.variables.all.get_mut(&target) {
                array.remove(key.trim_matches(['"', '\'']));
            }
            continue;
        }
        if shell.variable(arg).is_some_and(|variable| variable.readonly) {
            shell.complain(&format!("unset: {arg}: cannot unset: readonly variable"));
            return Ok(1);
        }
        if shell.variable(arg).is_some() {
            let target = shell.target(arg);
            shell.unset(&target);
        } else {
            shell.functions.remove(arg);
        }
    }
    Ok(0)
}
