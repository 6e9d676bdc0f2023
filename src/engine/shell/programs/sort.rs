//! `sort`

use super::{Call, Options, Help, Program};
use std::cmp::Ordering;

pub const PROGRAM: Program = Program {
    name: "sort",
    help: || Help {
        summary: "Print lines in order.",
        usage: "sort [-bfnrhuVs] [-k KEY] [-t SEPARATOR] [-o FILE] [FILE]...",
        examples: &[
            ("printf '10\\n9\\n9\\n' | sort -n -u", "9\n10"),
            ("printf 'b 1\\na 2\\n' | sort -k2 -r", "a 2\nb 1"),
            ("printf '1M\\n2K\\n' | sort -h", "2K\n1M"),
        ],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

/// `-k 2,3n`: which fields, and how they compare.
struct Key {
    from: (usize, usize),
    to: Option<(usize, usize)>,
    letters: String,
}

async fn run(call: Call) -> i32 {
    let long = [
        ("numeric-sort", 'n'),
        ("reverse", 'r'),
        ("unique", 'u'),
        ("key", 'k'),
        ("field-separator", 't'),
        ("human-numeric-sort", 'h'),
        ("ignore-case", 'f'),
        ("version-sort", 'V'),
        ("month-sort", 'M'),
        ("stable", 's'),
        ("output", 'o'),
        ("check", 'c'),
        ("ignore-leading-blanks", 'b'),
    ];
    let options = match Options::parse(&call, "bdfgMnrhuVsczk:t:o:", &long) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let letters: String = options.given().iter().map(|(letter, _)| *letter).filter(|c| "bdfgMnrhV".contains(*c)).collect();
    let mut keys = Vec::new();
    for text in options.values('k') {
        match key(text, &letters) {
            Some(key) => keys.push(key),
            None => {
                call.complain(format!("invalid number at field start: invalid count at start of '{text}'"));
                return 2;
            }
        }
    }
    if keys.is_empty() {
        keys.push(Key { from: (1, 1), to: None, letters: letters.clone() });
    }
    let separator = options.value('t').map(|text| if text == "\\t" { '\t' } else { text.chars().next().unwrap_or('\0') });
    let (mut lines, failed) = call.all_lines(&options.files()).await;
    if failed {
        return 2;
    }
    let by_keys = |a: &String, b: &String| {
        keys.iter()
            .map(|key| {
                let (a, b) = (field(a, key, separator), field(b, key, separator));
                let order = compare(a, b, &key.letters);
                if key.letters.contains('r') { order.reverse() } else { order }
            })
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    };
    let whole = |a: &String, b: &String| if letters.contains('r') { b.cmp(a) } else { a.cmp(b) };
    let stable = options.has('s') || options.has('u');
    let order = |a: &String, b: &String| by_keys(a, b).then_with(|| if stable { Ordering::Equal } else { whole(a, b) });
    if options.has('c') {
        let wrong = lines.windows(2).position(|pair| order(&pair[0], &pair[1]).is_gt());
        return match wrong {
            Some(at) => call.fail(format!("{}:{}: disorder: {}", options.files()[0], at + 2, lines[at + 1])),
            None => 0,
        };
    }
    lines.sort_by(order);
    if options.has('u') {
        lines.dedup_by(|b, a| by_keys(a, b).is_eq());
    }
    let text: String = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
    match options.value('o') {
        Some(path) => match call.process.files.write(&call.path(path), text.as_bytes()) {
            Ok(()) => 0,
            Err(error) => {
                call.complain(format!("open failed: {path}: {error}"));
                2
            }
        },
        None => {
            call.out(text);
            0
        }
    }
}

fn key(text: &str, letters: &str) -> Option<Key> {
    let (from, to) = text.split_once(',').map_or((text, None), |(from, to)| (from, Some(to)));
    let mut own = String::new();
    let mut position = |text: &str, missing: usize| {
        let numbers = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        own.push_str(&text[numbers.len()..]);
        let (field, at) = numbers.split_once('.').map_or((numbers, None), |(field, at)| (field, Some(at)));
        let at = at.map_or(Some(missing), |at| at.parse().ok())?;
        Some((field.parse().ok().filter(|field| *field > 0)?, at))
    };
    let from = position(from, 1)?;
    let to = match to {
        Some(to) => Some(position(to, 0)?),
        None => None,
    };
    Some(Key { from, to, letters: if own.is_empty() { letters.into() } else { own } })
}

/// The part of a line that a key names.
fn field<'a>(line: &'a str, key: &Key, separator: Option<char>) -> &'a str {
    // Where each field begins and ends. Without a separator, blanks belong to the field they precede.
    let mut bounds = Vec::new();
    let mut start = 0;
    match separator {
        Some(separator) => {
            for (at, c) in line.char_indices().filter(|(_, c)| *c == separator) {
                bounds.push((start, at));
                start = at + c.len_utf8();
            }
        }
        None => {
            let mut before = ' ';
            for (at, c) in line.char_indices() {
                if c.is_whitespace() && !before.is_whitespace() {
                    bounds.push((start, at));
                    start = at;
                }
                before = c;
            }
        }
    }
    bounds.push((start, line.len()));
    let Some((first, first_end)) = bounds.get(key.from.0 - 1).copied() else { return "" };
    let from = (first + key.from.1.saturating_sub(1)).min(first_end.max(first));
    let to = match key.to {
        None => line.len(),
        Some((field, 0)) => bounds.get(field - 1).map_or(line.len(), |bound| bound.1),
        Some((field, at)) => bounds.get(field - 1).map_or(line.len(), |bound| (bound.0 + at).min(bound.1)),
    };
    line.get(from..to.max(from)).unwrap_or("")
}

fn compare(a: &str, b: &str, letters: &str) -> Ordering {
    let numbers = |read: fn(&str) -> f64| read(a).partial_cmp(&read(b)).unwrap_or(Ordering::Equal);
    if letters.contains('h') {
        return numbers(human);
    }
    if letters.contains(['n', 'g']) {
        return numbers(number);
    }
    if letters.contains('M') {
        let month = |text: &str| {
            let name: String = text.trim_start().chars().take(3).collect::<String>().to_uppercase();
            "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC".find(&name).filter(|_| name.len() == 3).map_or(-1, |at| at as i32)
        };
        return month(a).cmp(&month(b));
    }
    if letters.contains('V') {
        return versions(a, b);
    }
    if letters.contains('f') {
        return a.to_uppercase().cmp(&b.to_uppercase());
    }
    if letters.contains('b') { a.trim_start().cmp(b.trim_start()) } else { a.cmp(b) }
}

/// The number a text begins with.
fn number(text: &str) -> f64 {
    let text = text.trim_start();
    let mut dot = false;
    let end = text
        .char_indices()
        .find(|(at, c)| !(c.is_ascii_digit() || (*at == 0 && *c == '-') || (*c == '.' && !std::mem::replace(&mut dot, true))))
        .map_or(text.len(), |(at, _)| at);
    text[..end].parse().unwrap_or(0.0)
}

fn human(text: &str) -> f64 {
    let digits = text.trim_start().trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
    let power = digits.chars().next().and_then(|unit| "KMGTPE".find(unit.to_ascii_uppercase())).map_or(0, |at| at + 1);
    number(text) * 1024f64.powi(power as i32)
}

/// Digits compare as numbers, the rest as text.
fn versions(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    while !a.is_empty() && !b.is_empty() {
        let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (digits_a, digits_b) = (digits(a), digits(b));
        let order = if digits_a > 0 && digits_b > 0 {
            let (left, right) = (a[..digits_a].trim_start_matches('0'), b[..digits_b].trim_start_matches('0'));
            left.len().cmp(&right.len()).then(left.cmp(right))
        } else {
            a.chars().next().cmp(&b.chars().next())
        };
        if order.is_ne() {
            return order;
        }
        let step = |text: &str, digits: usize| if digits_a > 0 && digits_b > 0 { digits } else { text.chars().next().map_or(0, char::len_utf8) };
        (a, b) = (&a[step(a, digits_a)..], &b[step(b, digits_b)..]);
    }
    a.len().cmp(&b.len())
}
