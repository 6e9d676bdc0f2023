//! `read`, `mapfile`, `getopts`

use super::super::programs::Lines;
use super::super::run::{Content, Shell};
use super::{Outcome, Waiting};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

/// `read`
pub fn read<'a>(shell: &'a mut Shell, args: &'a [String]) -> Waiting<'a> {
    Box::pin(async move {
        let mut raw = false;
        let mut array = None;
        let mut delimiter = b'\n';
        let mut limit = None;
        let (mut most, mut exact, mut descriptor) = (usize::MAX, false, 0);
        let mut names: Vec<String> = Vec::new();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let Some(letters) = arg.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
                names.push(arg.clone());
                continue;
            };
            for (at, letter) in letters.char_indices() {
                let mut value = || match &letters[at + 1..] {
                    "" => args.next().cloned().unwrap_or_default(),
                    rest => rest.to_string(),
                };
                match letter {
                    'r' => raw = true,
                    's' | 'e' => {}
                    'p' => {
                        let prompt = value();
                        if shell.tty {
                            shell.streams.error(&prompt);
                        }
                        break;
                    }
                    'a' => {
                        array = Some(value());
                        break;
                    }
                    'd' => {
                        delimiter = value().bytes().next().unwrap_or(0);
                        break;
                    }
                    't' => {
                        limit = value().parse::<f64>().ok();
                        break;
                    }
                    'n' | 'N' => {
                        most = value().parse().unwrap_or(usize::MAX);
                        exact = letter == 'N';
                        break;
                    }
                    'u' => {
                        descriptor = value().parse().unwrap_or(0);
                        break;
                    }
                    'i' => {
                        value();
                        break;
                    }
                    letter => {
                        shell.complain(&format!("read: -{letter}: invalid option"));
                        return Ok(2);
                    }
                }
            }
        }
        let Some(input) = shell.streams.get(descriptor).cloned() else { return Ok(1) };
        let mut line = Vec::new();
        let mut ended;
        let mut timer =
            limit.map(|seconds| Box::pin(shell.host.clock.sleep(Duration::from_secs_f64(seconds.clamp(0.0, 1e6)))));
        loop {
            let next = {
                let mut reading = pin!(input.read_until(delimiter));
                poll_fn(|context| {
                    if let Poll::Ready(bytes) = reading.as_mut().poll(context) {
                        return Poll::Ready(Some(bytes));
                    }
                    match &mut timer {
                        Some(timer) => Pin::new(timer).poll(context).map(|()| None),
                        None => Poll::Pending,
                    }
                })
                .await
            };
            let Some(bytes) = next else { return Ok(142) };
            let Some(mut bytes) = bytes else {
                ended = true;
                break;
            };
            let whole = bytes.last() == Some(&delimiter);
            if line.len() + bytes.len() > most {
                // The rest stays for who reads next.
                let rest = bytes.split_off(most - line.len());
                input.unread(rest);
                ended = false;
                line.extend(bytes);
                break;
            }
            if whole && !exact {
                bytes.pop();
            }
            ended = !whole;
            line.extend(bytes);
            // A backslash at the end of a line joins the next one to it.
            if whole && !raw && line.ends_with(b"\\") && delimiter == b'\n' {
                line.pop();
                continue;
            }
            break;
        }
        let text = String::from_utf8_lossy(&line).into_owned();
        let separators = shell.get("IFS").unwrap_or_else(|| " \t\n".into());
        if let Some(name) = array {
            let words = split(&text, &separators, usize::MAX, raw);
            shell.assign(&name, Content::Many(words.into()));
        } else if names.is_empty() {
            let text = if raw { text } else { unescape(&text) };
            shell.set("REPLY", text);
        } else {
            let mut words = split(&text, &separators, names.len(), raw).into_iter();
            for name in &names {
                shell.set(name, words.next().unwrap_or_default());
            }
        }
        Ok(i32::from(ended))
    })
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        out.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    out
}

/// At most `most` words; the last takes all the rest.
fn split(text: &str, separators: &str, most: usize, raw: bool) -> Vec<String> {
    let blank = |c: char| c.is_whitespace() && separators.contains(c);
    let mut words = Vec::new();
    let mut rest = text.trim_matches(blank);
    while !rest.is_empty() {
        if words.len() + 1 == most {
            words.push(rest.into());
            break;
        }
        let end = rest.find(|c| separators.contains(c)).unwrap_or(rest.len());
        words.push(rest[..end].into());
        rest = rest[end..].trim_start_matches(blank);
        if let Some(c) = rest.chars().next().filter(|c| separators.contains(*c)) {
            rest = rest[c.len_utf8()..].trim_start_matches(blank);
        }
    }
    if raw { words } else { words.iter().map(|word| unescape(word)).collect() }
}

/// `mapfile`, `readarray`
pub fn mapfile<'a>(shell: &'a mut Shell, args: &'a [String]) -> Waiting<'a> {
    Box::pin(async move {
        let (mut trim, mut most, mut delimiter, mut name) = (false, usize::MAX, b'\n', "MAPFILE");
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "-t" => trim = true,
                "-n" => most = args.next().and_then(|text| text.parse().ok()).unwrap_or(usize::MAX),
                "-d" => delimiter = args.next().and_then(|text| text.bytes().next()).unwrap_or(0),
                arg => name = arg,
            }
        }
        let Some(input) = shell.streams.get(0).cloned() else { return Ok(1) };
        let mut lines = Lines::split_at(input, delimiter).all().await;
        lines.truncate(most);
        if !trim {
            lines.iter_mut().for_each(|line| line.push(char::from(delimiter)));
        }
        shell.assign(name, Content::Many(lines.into()));
        Ok(0)
    })
}

/// `getopts`
pub fn getopts(shell: &mut Shell, args: &[String]) -> Outcome {
    let [letters, name, rest @ ..] = args else {
        shell.streams.error("getopts: usage: getopts optstring name [arg]\n");
        return Ok(2);
    };
    let values = if rest.is_empty() { shell.positional.clone() } else { rest.to_vec() };
    // `OPTIND` counts arguments from 1; the place within one is kept in a variable of our own.
    let index = shell.get("OPTIND").and_then(|text| text.parse::<usize>().ok()).unwrap_or(1).max(1);
    let inside = shell.get("_OPTPLACE").and_then(|text| text.parse::<usize>().ok()).unwrap_or(1).max(1);
    let finish = |shell: &mut Shell, index: usize| {
        shell.set(name, "?");
        shell.set("OPTIND", index.to_string());
        shell.unset("_OPTPLACE");
        Ok(1)
    };
    let Some(arg) = values.get(index - 1).filter(|arg| arg.len() > 1 && arg.starts_with('-')) else {
        return finish(shell, index);
    };
    if arg == "--" {
        return finish(shell, index + 1);
    }
    let Some(letter) = arg.get(inside..).and_then(|rest| rest.chars().next()) else { return finish(shell, index + 1) };
    let after = inside + letter.len_utf8();
    let known = letter != ':' && letters.contains(letter);
    let takes = letters.split_once(letter).is_some_and(|(_, rest)| rest.starts_with(':'));
    let (mut next, mut place) = if after < arg.len() { (index, after) } else { (index + 1, 1) };
    let quiet = letters.starts_with(':');
    shell.unset("OPTARG");
    if !known {
        if quiet {
            shell.set("OPTARG", letter.to_string());
        } else {
            shell.complain(&format!("illegal option -- {letter}"));
        }
        shell.set(name, "?");
    } else {
        let mut found = letter.to_string();
        if takes {
            let value = if after < arg.len() {
                next = index + 1;
                Some(arg[after..].to_string())
            } else {
                next = index + 2;
                values.get(index).cloned()
            };
            place = 1;
            match value {
                Some(value) => drop(shell.set("OPTARG", value)),
                None if quiet => {
                    shell.set("OPTARG", letter.to_string());
                    found = ":".into();
                }
                None => {
                    shell.complain(&format!("option requires an argument -- {letter}"));
                    found = "?".into();
                }
            }
        }
        shell.set(name, found);
    }
    shell.set("OPTIND", next.to_string());
    shell.set("_OPTPLACE", place.to_string());
    Ok(0)
}
