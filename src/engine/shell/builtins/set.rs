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
        _ => return None,
    })
}

/// The long names of options and their letters.
const NAMES: &[(&str, char)] =
    &[("errexit", 'e'), ("xtrace", 'x'), ("nounset", 'u'), ("noglob", 'f'), ("allexport", 'a')];

/// `set`
pub fn set(shell: &mut Shell, args: &[String]) -> Outcome {
    if args.is_empty() {
        let lines = shell.all_variables().map(|(name, variable)| match &variable.content {
            Content::One(text) => format!("{name}={}\n", quote(text)),
            Content::Many(texts) => {
                let items: Vec<String> =
                    texts.iter().enumerate().map(|(at, text)| format!("[{at}]=\"{text}\"")).collect();
                format!("{name}=({})\n", items.join(" "))
            }
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
                    None if "bhimnvBCEHPT".contains(letter) => {}
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

/// `shift`
pub fn shift(shell: &mut Shell, args: &[String]) -> Outcome {
    let count = args.first().and_then(|arg| arg.parse::<usize>().ok()).unwrap_or(1);
    if count > shell.positional.len() {
        return Ok(1);
    }
    shell.positional.drain(..count);
    Ok(0)
}
