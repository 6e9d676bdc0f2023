//! `set`, `shift`

use super::super::run::{Content, Options, Shell, quote};
use super::Outcome;

fn flag(options: &mut Options, letter: char) -> Option<&mut bool> {
    Some(match letter {
        'e' => &mut options.errexit,
        'x' => &mut options.xtrace,
        'u' => &mut options.nounset,
        'f' => &mut options.noglob,
        'a' => &mut options.allexport,
        'C' => &mut options.noclobber,
        _ => return None,
    })
}

/// The long names of options and their letters.
const NAMES: &[(&str, char)] =
    &[("errexit", 'e'), ("xtrace", 'x'), ("nounset", 'u'), ("noglob", 'f'), ("allexport", 'a'), ("noclobber", 'C')];

/// `set`
pub fn set(shell: &mut Shell, args: &[String]) -> Outcome {
    if args.is_empty() {
        let lines = shell.all_variables().map(|(name, variable)| match &variable.content {
            Content::One(text) => format!("{name}={}\n", quote(text)),
            Content::Many(array) => format!("{name}={}\n", array.source()),
        });
        let text: String = lines.collect();
        shell.streams.print(&text);
        return Ok(0);
    }
    let mut at = 0;
    while let Some(arg) = args.get(at) {
        let on = arg.starts_with('-');
        if arg == "--" {
            shell.positional = args[at + 1..].to_vec();
            return Ok(0);
        }
        if !(on || arg.starts_with('+')) || arg.len() < 2 {
            shell.positional = args[at..].to_vec();
            return Ok(0);
        }
        for letter in arg[1..].chars() {
            if letter != 'o' {
                match flag(&mut shell.options, letter) {
                    Some(flag) => *flag = on,
                    None if "bhimnvBEHPT".contains(letter) => {}
                    None => {
                        shell.complain(&format!("set: -{letter}: invalid option"));
                        return Ok(2);
                    }
                }
                continue;
            }
            at += 1;
            let Some(name) = args.get(at) else {
                let rows = NAMES.iter().map(|(name, letter)| {
                    let on = flag(&mut shell.options, *letter).is_some_and(|flag| *flag);
                    format!("{name:<15}\t{}\n", if on { "on" } else { "off" })
                });
                let text: String = rows.collect();
                shell.streams.print(&text);
                return Ok(0);
            };
            match NAMES.iter().find(|(full, _)| full == name) {
                Some((_, letter)) => {
                    if let Some(flag) = flag(&mut shell.options, *letter) {
                        *flag = on;
                    }
                }
                None if name == "pipefail" => shell.options.pipefail = on,
                None if matches!(name.as_str(), "vi" | "emacs" | "posix" | "monitor" | "history") => {}
                None => {
                    shell.complain(&format!("set: {name}: invalid option name"));
                    return Ok(1);
                }
            }
        }
        at += 1;
    }
    Ok(0)
}

/// What `shopt` knows; only some of it changes anything here.
const SHOPT: &[&str] = &[
    "autocd",
    "cdspell",
    "checkwinsize",
    "cmdhist",
    "dotglob",
    "expand_aliases",
    "extglob",
    "failglob",
    "globstar",
    "histappend",
    "inherit_errexit",
    "lastpipe",
    "nocaseglob",
    "nocasematch",
    "nullglob",
    "sourcepath",
];

/// `shopt`
pub fn shopt(shell: &mut Shell, args: &[String]) -> Outcome {
    let letters: String = args.iter().filter_map(|arg| arg.strip_prefix('-')).collect();
    let mut status = 0;
    for name in args.iter().filter(|arg| !arg.starts_with('-')) {
        let Some(known) = SHOPT.iter().find(|known| *known == name) else {
            shell.complain(&format!("shopt: {name}: invalid shell option name"));
            status = 1;
            continue;
        };
        let on = shell.options.shopt.contains(known);
        if letters.contains(['s', 'u']) {
            shell.options.shopt.retain(|other| other != known);
            if letters.contains('s') {
                shell.options.shopt.push(known);
            }
            continue;
        }
        if !letters.contains('q') {
            shell.streams.print(&format!("{name:<15}\t{}\n", if on { "on" } else { "off" }));
        }
        status |= i32::from(!on);
    }
    Ok(status)
}

/// `shift`
pub fn shift(shell: &mut Shell, args: &[String]) -> Outcome {
    let count = args.first().and_then(|arg| arg.parse::<usize>().ok()).unwrap_or(1);
    if count > shell.positional.len() {
        return Ok(1);
    }
    shell.positional.drain(..count);
    Ok(0)
}
