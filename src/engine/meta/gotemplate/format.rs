//! Go's `Printf` and its kin, for the values that templates know.

use super::super::{Value, go};
use super::functions::type_name;

fn plain(value: &Option<Value>) -> String {
    value.as_ref().map_or_else(|| "<nil>".into(), go::go_print)
}

/// `Sprint`: blanks only between operands neither of which is a string.
pub(super) fn concat(args: &[Option<Value>]) -> String {
    let is_string = |value: &Option<Value>| matches!(value, Some(Value::String(_)));
    let mut out = String::new();
    for (at, arg) in args.iter().enumerate() {
        if at > 0 && !is_string(arg) && !args.get(at - 1).is_some_and(is_string) {
            out.push(' ');
        }
        out += &plain(arg);
    }
    out
}

/// `Sprintln` without its newline: blanks between all operands.
pub(super) fn spaced(args: &[Option<Value>]) -> String {
    args.iter().map(plain).collect::<Vec<_>>().join(" ")
}

/// Widths and precisions beyond this are refused, as Go refuses them.
const MAX_WIDTH: usize = 1_000_000;

#[derive(Default)]
struct Spec {
    minus: bool,
    plus: bool,
    zero: bool,
    sharp: bool,
    space: bool,
    width: usize,
    precision: Option<usize>,
}

/// `Sprintf`.
pub(super) fn format(pattern: &str, args: &[Option<Value>]) -> String {
    let mut out = String::new();
    let mut args = args.iter();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut spec = Spec::default();
        while let Some(flag) = chars.next_if(|c| "-+0# ".contains(*c)) {
            match flag {
                '-' => spec.minus = true,
                '+' => spec.plus = true,
                '0' => spec.zero = true,
                '#' => spec.sharp = true,
                _ => spec.space = true,
            }
        }
        let mut number = |chars: &mut std::iter::Peekable<std::str::Chars>| {
            if chars.next_if_eq(&'*').is_some() {
                let given = args.next().and_then(|arg| arg.as_ref().and_then(Value::as_i64));
                return given.and_then(|n| usize::try_from(n).ok()).filter(|n| *n <= MAX_WIDTH).unwrap_or(0);
            }
            let mut n = 0_usize;
            while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                n = (n * 10 + digit.to_digit(10).unwrap_or(0) as usize).min(MAX_WIDTH);
            }
            n
        };
        spec.width = number(&mut chars);
        if chars.next_if_eq(&'.').is_some() {
            spec.precision = Some(number(&mut chars));
        }
        match chars.next() {
            None => out += "%!(NOVERB)",
            Some('%') => out.push('%'),
            Some(verb) => match args.next() {
                None => out += &std::format!("%!{verb}(MISSING)"),
                Some(value) => pad(&mut out, &spec, &one(verb, &spec, value)),
            },
        }
    }
    let extra: Vec<String> = args.map(typed).collect();
    if !extra.is_empty() {
        out += &std::format!("%!(EXTRA {})", extra.join(", "));
    }
    out
}

fn typed(value: &Option<Value>) -> String {
    match value {
        None | Some(Value::Null) => "<nil>".into(),
        Some(value) => std::format!("{}={}", type_name(value), go::go_print(value)),
    }
}

fn pad(out: &mut String, spec: &Spec, text: &str) {
    let missing = spec.width.saturating_sub(text.chars().count());
    let number = text.trim_start_matches(['+', '-']).starts_with(|c: char| c.is_ascii_digit());
    if spec.minus {
        *out += text;
        out.extend(std::iter::repeat_n(' ', missing));
    } else if spec.zero && number {
        let sign = text.len() - text.trim_start_matches(['+', '-']).len();
        *out += &text[..sign];
        out.extend(std::iter::repeat_n('0', missing));
        *out += &text[sign..];
    } else {
        out.extend(std::iter::repeat_n(' ', missing));
        *out += text;
    }
}

fn one(verb: char, spec: &Spec, value: &Option<Value>) -> String {
    let signed = |text: String| {
        let sign = if spec.plus {
            "+"
        } else if spec.space {
            " "
        } else {
            ""
        };
        if text.starts_with('-') { text } else { sign.to_string() + &text }
    };
    let cut = |text: &str| match spec.precision {
        Some(length) => text.chars().take(length).collect(),
        None => text.to_string(),
    };
    let precision = spec.precision.unwrap_or(6).min(100);
    match (verb, value) {
        ('v', Some(value)) if spec.sharp => go::go_syntax(value),
        ('v', Some(Value::String(text))) | ('s', Some(Value::String(text))) => cut(text),
        ('v', value) => plain(value),
        ('T', Some(value)) => type_name(value).into(),
        ('T', None) => "<nil>".into(),
        ('s', Some(Value::Array(items))) if items.iter().all(Value::is_string) => plain(value),
        ('q', Some(Value::String(text))) => go::quote(&cut(text)),
        ('q', Some(Value::Int(n))) => {
            let c = u32::try_from(*n).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
            std::format!("'{c}'")
        }
        ('t', Some(Value::Bool(b))) => b.to_string(),
        ('d', Some(Value::Int(n))) => signed(n.to_string()),
        ('x', Some(Value::Int(n))) => std::format!("{n:x}"),
        ('X', Some(Value::Int(n))) => std::format!("{n:X}"),
        ('o', Some(Value::Int(n))) => std::format!("{n:o}"),
        ('b', Some(Value::Int(n))) => std::format!("{n:b}"),
        ('c', Some(Value::Int(n))) => {
            u32::try_from(*n).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER).to_string()
        }
        ('x', Some(Value::String(text))) => text.bytes().map(|b| std::format!("{b:02x}")).collect(),
        ('X', Some(Value::String(text))) => text.bytes().map(|b| std::format!("{b:02X}")).collect(),
        ('f' | 'F', Some(Value::Float(n))) => signed(std::format!("{n:.precision$}")),
        ('g', Some(Value::Float(n))) => signed(go::float(*n)),
        ('e', Some(Value::Float(n))) => {
            let text = std::format!("{n:.precision$e}");
            let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
            let (sign, power) = power.strip_prefix('-').map_or(('+', power), |power| ('-', power));
            signed(std::format!("{digits}e{sign}{power:0>2}"))
        }
        (verb, value) => std::format!("%!{verb}({})", typed(value)),
    }
}
