//! `echo`, `printf`

use super::super::run::Shell;
use super::Outcome;

/// The status of a write that nobody reads.
const BROKEN: i32 = 141;

/// `echo`
pub fn echo(shell: &mut Shell, args: &[String]) -> Outcome {
    let (mut newline, mut escapes) = (true, false);
    let mut rest = args;
    while let Some((first, others)) = rest.split_first() {
        let letters = first.strip_prefix('-').unwrap_or("");
        if letters.is_empty() || !letters.chars().all(|c| "neE".contains(c)) {
            break;
        }
        for letter in letters.chars() {
            match letter {
                'n' => newline = false,
                letter => escapes = letter == 'e',
            }
        }
        rest = others;
    }
    let mut text = rest.join(" ");
    let mut bytes = Vec::new();
    if escapes {
        let (unescaped, ended) = unescape(&text, true);
        bytes = unescaped;
        newline &= !ended;
        text.clear();
    }
    bytes.extend(text.as_bytes());
    if newline {
        bytes.push(b'\n');
    }
    Ok(write(shell, &bytes))
}

fn write(shell: &Shell, bytes: &[u8]) -> i32 {
    match shell.streams.get(1) {
        Some(pipe) if pipe.write(bytes) => 0,
        Some(_) => BROKEN,
        None => {
            shell.complain("write error: Bad file descriptor");
            1
        }
    }
}

/// A text with its backslash escapes replaced, and whether `\c` ended it.
pub fn unescape(text: &str, echo: bool) -> (Vec<u8>, bool) {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.extend(&rest.as_bytes()[..at]);
        rest = &rest[at + 1..];
        let Some(c) = rest.chars().next() else {
            out.push(b'\\');
            break;
        };
        let mut used = c.len_utf8();
        let mut number = |text: &str, most: usize, radix: u32, skip: usize| {
            let digits = text[skip..].chars().take(most).take_while(|c| c.is_digit(radix)).count();
            used = skip + digits;
            u32::from_str_radix(&text[skip..skip + digits], radix).ok()
        };
        match c {
            'n' => out.push(b'\n'),
            't' => out.push(b'\t'),
            'r' => out.push(b'\r'),
            'a' => out.push(7),
            'b' => out.push(8),
            'e' | 'E' => out.push(27),
            'f' => out.push(12),
            'v' => out.push(11),
            '\\' => out.push(b'\\'),
            '"' if !echo => out.push(b'"'),
            '\'' if !echo => out.push(b'\''),
            'c' => return (out, true),
            'x' => match number(rest, 2, 16, 1) {
                Some(value) => out.push(value as u8),
                None => out.extend(b"\\x"),
            },
            'u' | 'U' => match number(rest, if c == 'u' { 4 } else { 8 }, 16, 1).and_then(char::from_u32) {
                Some(value) => out.extend(value.to_string().as_bytes()),
                None => out.extend(format!("\\{c}").as_bytes()),
            },
            '0' if echo => out.push(number(rest, 3, 8, 1).unwrap_or(0) as u8),
            '0'..='7' if !echo => out.push(number(rest, 3, 8, 0).unwrap_or(0) as u8),
            c => out.extend(format!("\\{c}").as_bytes()),
        }
        rest = &rest[used..];
    }
    out.extend(rest.as_bytes());
    (out, false)
}

/// `printf`
pub fn printf(shell: &mut Shell, args: &[String]) -> Outcome {
    let mut args = args;
    let mut target = None;
    if let [flag, name, rest @ ..] = args
        && flag == "-v"
    {
        target = Some(name.clone());
        args = rest;
    }
    if args.first().is_some_and(|arg| arg == "--") {
        args = &args[1..];
    }
    let Some((format, mut values)) = args.split_first() else {
        shell.streams.error("printf: usage: printf [-v var] format [arguments]\n");
        return Ok(2);
    };
    let mut out = Vec::new();
    let mut status = 0;
    loop {
        let before = values.len();
        let ended = match format_once(format, &mut values, &mut out) {
            Ok((ended, complaints)) => {
                for complaint in complaints {
                    shell.complain(&format!("printf: {complaint}"));
                    status = 1;
                }
                ended
            }
            Err(message) => {
                shell.complain(&format!("printf: {message}"));
                status = 1;
                true
            }
        };
        // The format is used again as long as there are values for it.
        if ended || values.is_empty() || values.len() == before {
            break;
        }
    }
    if let Some(name) = target {
        shell.set(&name, String::from_utf8_lossy(&out).into_owned());
        return Ok(status);
    }
    let written = write(shell, &out);
    Ok(if written == 0 { status } else { written })
}

/// Applies a format once: whether `\c` ended the output, and what was wrong with the values.
pub fn format_once(format: &str, values: &mut &[String], out: &mut Vec<u8>) -> Result<(bool, Vec<String>), String> {
    let mut complaints = Vec::new();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        let (text, ended) = unescape(&rest[..at], false);
        out.extend(text);
        if ended {
            return Ok((true, complaints));
        }
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            out.push(b'%');
            rest = after;
            continue;
        }
        let mut take = || match values.split_first() {
            Some((first, others)) => {
                *values = others;
                Some(first.clone())
            }
            None => None,
        };
        let end = rest.find(|c: char| !"-+ 0#".contains(c)).unwrap_or(rest.len());
        let flags = &rest[..end];
        rest = &rest[end..];
        let mut number = |rest: &mut &str| {
            if let Some(after) = rest.strip_prefix('*') {
                *rest = after;
                return take().and_then(|value| value.parse::<i64>().ok());
            }
            let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let (text, after) = rest.split_at(digits);
            *rest = after;
            text.parse::<i64>().ok()
        };
        let width = number(&mut rest);
        let mut precision = None;
        if let Some(after) = rest.strip_prefix('.') {
            rest = after;
            precision = Some(number(&mut rest).unwrap_or(0).clamp(0, 10_000) as usize);
        }
        rest = rest.trim_start_matches(['l', 'h', 'z', 'j']);
        let Some(letter) = rest.chars().next() else { return Err(format!("`{format}': missing format character")) };
        rest = &rest[letter.len_utf8()..];
        let value = take();
        let text = value.clone().unwrap_or_default();
        let mut integer = || match integer(&text) {
            Some(value) => value,
            None => {
                if !text.is_empty() {
                    complaints.push(format!("{text}: invalid number"));
                }
                text.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0)
            }
        };
        let sign = |value: f64| {
            if value < 0.0 {
                ""
            } else if flags.contains('+') {
                "+"
            } else if flags.contains(' ') {
                " "
            } else {
                ""
            }
        };
        let numeric = !matches!(letter, 's' | 'c' | 'b' | 'q');
        let body: Vec<u8> = match letter {
            's' => text.chars().take(precision.unwrap_or(usize::MAX)).collect::<String>().into(),
            'c' => text.chars().take(1).collect::<String>().into(),
            'q' => slashed(&text).into(),
            'b' => {
                let (bytes, ended) = unescape(&text, true);
                if ended {
                    out.extend(bytes);
                    return Ok((true, complaints));
                }
                bytes
            }
            'd' | 'i' => {
                let value = integer();
                let digits = format!("{:0>width$}", value.unsigned_abs(), width = precision.unwrap_or(1));
                format!("{}{digits}", if value < 0 { "-" } else { sign(0.0) }).into()
            }
            'u' => (integer() as u64).to_string().into(),
            'x' => format!("{}{:x}", if flags.contains('#') { "0x" } else { "" }, integer()).into(),
            'X' => format!("{}{:X}", if flags.contains('#') { "0X" } else { "" }, integer()).into(),
            'o' => format!("{}{:o}", if flags.contains('#') { "0" } else { "" }, integer()).into(),
            'f' | 'F' | 'e' | 'E' | 'g' | 'G' => {
                let value = match text.trim().parse::<f64>() {
                    Ok(value) => value,
                    Err(_) => integer() as f64,
                };
                format!("{}{}", sign(value), float(value, letter, precision)).into()
            }
            letter => return Err(format!("`{letter}': invalid format character")),
        };
        let count = String::from_utf8_lossy(&body).chars().count();
        let wide = width.unwrap_or(0).unsigned_abs().min(10_000) as usize;
        let pad = wide.saturating_sub(count);
        if flags.contains('-') || width.is_some_and(|width| width < 0) {
            out.extend(body);
            out.extend(std::iter::repeat_n(b' ', pad));
        } else if flags.contains('0') && numeric {
            let signs = usize::from(body.first().is_some_and(|byte| b"+- ".contains(byte)));
            out.extend(&body[..signs]);
            out.extend(std::iter::repeat_n(b'0', pad));
            out.extend(&body[signs..]);
        } else {
            out.extend(std::iter::repeat_n(b' ', pad));
            out.extend(body);
        }
    }
    let (text, ended) = unescape(rest, false);
    out.extend(text);
    Ok((ended, complaints))
}

/// A text with a backslash before each character that the shell would take for something else.
fn slashed(text: &str) -> String {
    if text.is_empty() || text.contains('\n') {
        return if text.is_empty() {
            "''".into()
        } else {
            format!("$'{}'", text.replace('\'', "\\'").replace('\n', "\\n"))
        };
    }
    let plain = |c: char| c.is_alphanumeric() || "_-./:=@%+".contains(c);
    text.chars().flat_map(|c| (!plain(c)).then_some('\\').into_iter().chain([c])).collect()
}

/// A number as C's `%f`, `%e` and `%g` write it.
pub fn float(value: f64, letter: char, precision: Option<usize>) -> String {
    let digits = precision.unwrap_or(6);
    let exponent_form = |digits: usize| {
        let text = format!("{value:.digits$e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let exponent: i32 = exponent.parse().unwrap_or(0);
        format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
    };
    let text = match letter {
        'f' | 'F' => format!("{value:.digits$}"),
        'e' | 'E' => exponent_form(digits),
        _ if value == 0.0 => "0".into(),
        _ => {
            let digits = digits.max(1);
            let exponent = format!("{:.*e}", digits - 1, value);
            let exponent: i32 = exponent.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
            let text = if exponent < -4 || exponent >= digits as i32 {
                exponent_form(digits - 1)
            } else {
                format!("{value:.*}", (digits as i32 - 1 - exponent).max(0) as usize)
            };
            let (mantissa, tail) = text.split_once('e').map_or((text.as_str(), None), |(m, e)| (m, Some(e)));
            let mantissa =
                if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { mantissa };
            match tail {
                Some(tail) => format!("{mantissa}e{tail}"),
                None => mantissa.into(),
            }
        }
    };
    if letter.is_ascii_uppercase() { text.to_uppercase() } else { text }
}

/// An integer as C reads it, or the code of the character after a quote.
fn integer(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix(['\'', '"']) {
        return rest.chars().next().map(|c| i64::from(u32::from(c)));
    }
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let value = match digits.strip_prefix("0x").or(digits.strip_prefix("0X")) {
        Some(hex) => i64::from_str_radix(hex, 16).ok()?,
        None if digits.len() > 1 && digits.starts_with('0') => i64::from_str_radix(digits, 8).ok()?,
        None => digits.trim_start_matches('+').parse().ok()?,
    };
    Some(if negative { -value } else { value })
}
