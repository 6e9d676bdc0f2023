//! `chmod`

use super::{Call, Help, Program};
use crate::process::Node;

pub const PROGRAM: Program = Program {
    name: "chmod",
    help: || Help {
        summary: "Change the permissions of files.",
        usage: "chmod [-R] MODE FILE...",
        examples: &[
            ("printf '#!/bin/sh\\necho run' > x; chmod +x x; ./x", "run"),
            ("touch x; ./x", "bash: ./x: Permission denied"),
            ("chmod +x no", "chmod: cannot access 'no': No such file or directory"),
        ],
    },
    run: |call| Box::pin(std::future::ready(run(&call))),
    ..Program::BASE
};

fn run(call: &Call) -> i32 {
    let args = call.args();
    let recursive = args.iter().any(|arg| matches!(arg.as_str(), "-R" | "--recursive"));
    let words: Vec<&String> = args.iter().filter(|arg| !matches!(arg.as_str(), "-R" | "--recursive" | "-v" | "-f")).collect();
    let Some((mode, names)) = words.split_first() else {
        return call.fail("missing operand\nTry 'chmod --help' for more information.");
    };
    if names.is_empty() {
        return call.fail(format!("missing operand after '{mode}'\nTry 'chmod --help' for more information."));
    }
    if change(mode, 0).is_none() {
        return call.fail(format!("invalid mode: '{mode}'\nTry 'chmod --help' for more information."));
    }
    let mut status = 0;
    for name in names {
        let path = call.path(name);
        let mut paths = vec![path.clone()];
        if recursive {
            let inside = format!("{}/", path.trim_end_matches('/'));
            paths.extend(call.process.files.all().into_iter().map(|(path, _)| path).filter(|path| path.starts_with(&inside)));
        }
        if call.process.files.node(&path).is_none() {
            status = call.fail(format!("cannot access '{name}': No such file or directory"));
            continue;
        }
        for path in paths {
            if let Some(Node::File(bytes, old)) = call.process.files.node(&path) {
                call.process.files.put(&path, Node::File(bytes, change(mode, old).unwrap_or(old)));
            }
        }
    }
    status
}

/// A mode after `755` or `u+x,go-w`.
fn change(mode: &str, old: u32) -> Option<u32> {
    if mode.starts_with(|c: char| c.is_ascii_digit()) {
        return u32::from_str_radix(mode, 8).ok().filter(|mode| *mode <= 0o7777);
    }
    let mut bits = old;
    for clause in mode.split(',') {
        let at = clause.find(['+', '-', '='])?;
        let (who, rest) = clause.split_at(at);
        let mask = who.chars().try_fold(0, |mask, c| match c {
            'u' => Some(mask | 0o700),
            'g' => Some(mask | 0o070),
            'o' => Some(mask | 0o007),
            'a' => Some(mask | 0o777),
            _ => None,
        })?;
        let mask = if who.is_empty() { 0o777 } else { mask };
        let wanted = rest[1..].chars().try_fold(0, |wanted, c| match c {
            'r' => Some(wanted | 0o444),
            'w' => Some(wanted | 0o222),
            'x' | 'X' => Some(wanted | 0o111),
            's' | 't' => Some(wanted),
            _ => None,
        })?;
        match rest.as_bytes().first() {
            Some(b'+') => bits |= wanted & mask,
            Some(b'-') => bits &= !(wanted & mask),
            _ => bits = (bits & !mask) | (wanted & mask),
        }
    }
    Some(bits)
}
