//! What plain scalars mean in YAML 1.1: `yes` is a boolean, `0644` is 420, `1_000` a number.

use super::super::Value;

const TRUE: &[&str] = &["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"];
const FALSE: &[&str] = &["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"];

/// The value of a plain scalar; `None` where it is a string.
pub(super) fn resolve(text: &str) -> Option<Value> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Value::Null),
        ".nan" | ".NaN" | ".NAN" => return Some(Value::Float(f64::NAN)),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Some(Value::Float(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => return Some(Value::Float(f64::NEG_INFINITY)),
        _ => {}
    }
    if TRUE.contains(&text) {
        return Some(Value::Bool(true));
    }
    if FALSE.contains(&text) {
        return Some(Value::Bool(false));
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) {
        return None;
    }
    let plain = text.replace('_', "");
    integer(&plain).or_else(|| float(&plain).map(number))
}

/// A float as it comes out of Go's JSON: a whole number where it is one.
pub(super) fn number(n: f64) -> Value {
    if n.fract() == 0.0 && n.abs() < 9.2e18 { Value::Int(n as i64) } else { Value::Float(n) }
}

/// Go's `strconv.ParseInt(text, 0, 64)`.
fn integer(text: &str) -> Option<Value> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("", &text[1..]),
        _ => ("", text),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    if !digits.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    match i64::from_str_radix(&format!("{sign}{digits}"), radix) {
        Ok(n) => Some(Value::Int(n)),
        Err(_) if sign.is_empty() => u64::from_str_radix(digits, radix).ok().map(Value::from),
        Err(_) => None,
    }
}

/// A float in decimal: `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`.
fn float(text: &str) -> Option<f64> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let whole = digits(rest);
    let mut rest = &rest[whole..];
    if let Some(after) = rest.strip_prefix('.') {
        let part = digits(after);
        if whole == 0 && part == 0 {
            return None;
        }
        rest = &after[part..];
    } else if whole == 0 {
        return None;
    }
    if let Some(power) = rest.strip_prefix(['e', 'E']) {
        let power = power.strip_prefix(['-', '+']).unwrap_or(power);
        if power.is_empty() || digits(power) != power.len() {
            return None;
        }
    } else if !rest.is_empty() {
        return None;
    }
    text.parse().ok()
}

/// Whether a string must be quoted so as not to be read as something else.
pub(super) fn is_ambiguous(text: &str) -> bool {
    text == "<<" || resolve(text).is_some() || is_timestamp(text) || is_base60(text)
}

/// `2001-01-01`, `2001-01-01T00:00:00Z`, `2001-1-1 0:0:0`: what Go takes for a time.
fn is_timestamp(text: &str) -> bool {
    let number =
        |part: &str, lengths: &[usize]| lengths.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let date: Vec<&str> = date.split('-').collect();
    let [year, month, day] = date[..] else { return false };
    let (short, in_range) = (&[1, 2][..], |part: &str, range: std::ops::RangeInclusive<u8>| {
        part.parse().is_ok_and(|n: u8| range.contains(&n))
    });
    if !number(year, &[4]) || !number(month, short) || !number(day, short) {
        return false;
    }
    if !in_range(month, 1..=12) || !in_range(day, 1..=31) {
        return false;
    }
    let Some(time) = time else {
        return number(month, &[2]) && number(day, &[2]);
    };
    let end = time.find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.').unwrap_or(time.len());
    let (clock, zone) = time.split_at(end);
    let clock: Vec<&str> = clock.split(':').collect();
    let [hour, minute, second] = clock[..] else { return false };
    let second = second.split_once('.').map_or(second, |(whole, _)| whole);
    let zoned = match zone.as_bytes().first() {
        None => text.contains(' '),
        Some(b'Z') => zone == "Z" && !text.contains(' '),
        Some(b'+' | b'-') => zone.len() == 6 && !text.contains(' '),
        _ => false,
    };
    zoned
        && number(hour, short)
        && number(minute, short)
        && number(second, short)
        && in_range(hour, 0..=23)
        && in_range(minute, 0..=59)
        && in_range(second, 0..=59)
}

/// `1:30`, `-12:30:45.5`: numbers to the base of sixty, which older readers would see.
fn is_base60(text: &str) -> bool {
    let rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut parts = rest.split(':');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let Some((last, middle)) = rest.split_last() else { return false };
    let sixty = |part: &str| {
        let fits = part.len() == 1 || part.len() == 2 && part.as_bytes()[0] <= b'5';
        fits && part.bytes().all(|b| b.is_ascii_digit())
    };
    let (whole, fraction) = last.split_once('.').unwrap_or((last, ""));
    first.starts_with(|c: char| c.is_ascii_digit())
        && first.bytes().all(|b| b.is_ascii_digit() || b == b'_')
        && middle.iter().all(|part| sixty(part))
        && sixty(whole)
        && fraction.bytes().all(|b| b.is_ascii_digit() || b == b'_')
}
