//! The values that Go decodes by code of their own: quantities, times, numbers or strings, bytes.

use crate::meta::{Quantity, Time, Value};

pub(super) fn quantity(value: &Value) -> Result<Value, String> {
    let text = match value {
        Value::String(text) => text.trim().to_string(),
        other => other.to_go_json(),
    };
    Ok(Quantity::parse(&text)?.to_string().into())
}

pub(super) fn int_or_string(value: &Value) -> Result<Value, String> {
    let found = match value {
        Value::String(_) => return Ok(value.clone()),
        Value::Int(n) if i32::try_from(*n).is_ok() => return Ok(value.clone()),
        Value::Bool(_) => "bool".into(),
        Value::Array(_) => "array".into(),
        Value::Object(_) => "object".into(),
        number => format!("number {}", number.to_go_json()),
    };
    Err(format!("json: cannot unmarshal {found} into Go value of type int32"))
}

pub(super) fn time(value: &Value) -> Result<Option<Time>, String> {
    let text = match value {
        Value::String(text) => text,
        Value::Bool(_) => return Err("json: cannot unmarshal bool into Go value of type string".into()),
        Value::Array(_) => return Err("json: cannot unmarshal array into Go value of type string".into()),
        Value::Object(_) => return Err("json: cannot unmarshal object into Go value of type string".into()),
        _ => return Err("json: cannot unmarshal number into Go value of type string".into()),
    };
    Time::parse(text).map(Some).ok_or_else(|| time_error(text))
}

/// Go's complaint about what is no RFC 3339 time.
fn time_error(text: &str) -> String {
    let layout = "2006-01-02T15:04:05Z07:00";
    let mut rest = text;
    for element in ["2006", "-", "01", "-", "02", "T", "15", ":", "04", ":", "05"] {
        let number = element.len() > 1;
        let head = rest.get(..element.len()).unwrap_or_default();
        let fits = if number {
            head.len() == element.len() && head.bytes().all(|b| b.is_ascii_digit())
        } else {
            head == element
        };
        if !fits {
            return format!("parsing time {text:?} as {layout:?}: cannot parse {rest:?} as {element:?}");
        }
        let range: Option<(&str, std::ops::RangeInclusive<u32>)> = match element {
            "01" => Some(("month", 1..=12)),
            "02" => Some(("day", 1..=31)),
            "15" => Some(("hour", 0..=23)),
            "04" => Some(("minute", 0..=59)),
            "05" => Some(("second", 0..=59)),
            _ => None,
        };
        if let Some((name, range)) = range
            && !head.parse().is_ok_and(|n: u32| range.contains(&n))
        {
            return format!("parsing time {text:?}: {name} out of range");
        }
        rest = rest.get(element.len()..).unwrap_or_default();
    }
    format!("parsing time {text:?} as {layout:?}: cannot parse {rest:?} as \"Z07:00\"")
}

/// Where Go's decoder finds that a text is no base64.
pub fn base64_error(text: &str) -> Option<usize> {
    let mut quantum = 0;
    let mut start = 0;
    let mut bytes = text.bytes().enumerate().filter(|(_, b)| !b"\r\n".contains(b));
    while let Some((at, b)) = bytes.next() {
        if quantum == 0 {
            start = at;
        }
        match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => quantum = (quantum + 1) % 4,
            b'=' if quantum >= 2 => {
                if quantum == 2 {
                    match bytes.next() {
                        Some((_, b'=')) => {}
                        Some((at, _)) => return Some(at),
                        None => return Some(text.len()),
                    }
                }
                return bytes.next().map(|(at, _)| at);
            }
            _ => return Some(at),
        }
    }
    (quantum != 0).then_some(start)
}
