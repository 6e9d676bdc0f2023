//! How Go's `fmt` writes documents where an error text shows one.

use super::Value;
use std::cmp::Ordering;

/// The value as `%v` writes it: `map[spec:map[replicas:many]]`, `[a b]`, `<nil>`.
pub fn go_print(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".into(),
        Value::String(text) => text.to_string(),
        Value::Array(items) => format!("[{}]", items.iter().map(go_print).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let entries: Vec<String> = map.iter().map(|(key, value)| format!("{key}:{}", go_print(value))).collect();
            format!("map[{}]", entries.join(" "))
        }
        Value::Float(n) => float(*n),
        other => other.to_json(),
    }
}

/// A float as `%v` and `%g` write it.
pub fn float(n: f64) -> String {
    if !n.is_finite() {
        return if n.is_nan() { "NaN".into() } else { format!("{}Inf", if n > 0.0 { '+' } else { '-' }) };
    }
    let scientific = format!("{n:e}");
    let (digits, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match power.parse::<i32>() {
        Ok(power) if n != 0.0 && !(-4..6).contains(&power) => {
            format!("{digits}e{}{:02}", if power < 0 { '-' } else { '+' }, power.abs())
        }
        _ => n.to_string(),
    }
}

/// Compares as Go's templates do: values of different kinds are not comparable.
///
/// # Errors
/// Go's text for what cannot be compared.
pub fn order(left: &Value, right: &Value) -> Result<Option<Ordering>, String> {
    match (left, right) {
        (Value::String(a), Value::String(b)) => Ok(Some(a.cmp(b))),
        (Value::Int(a), Value::Int(b)) => Ok(Some(a.cmp(b))),
        (Value::Float(a), Value::Float(b)) => Ok(a.partial_cmp(b)),
        (Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_), _) => {
            Err("invalid type for comparison".into())
        }
        _ => Err("incompatible types for comparison".into()),
    }
}

/// The value as `%#v` writes it: `map[string]interface {}{"spec":map[string]interface {}{}}`.
pub fn go_syntax(value: &Value) -> String {
    let list = |items: Vec<String>| items.join(", ");
    match value {
        Value::Null => "interface {}(nil)".into(),
        Value::String(text) => quote(text),
        Value::Array(items) => format!("[]interface {{}}{{{}}}", list(items.iter().map(go_syntax).collect())),
        Value::Object(map) => {
            let entries = map.iter().map(|(key, value)| format!("{}:{}", quote(key), go_syntax(value)));
            format!("map[string]interface {{}}{{{}}}", list(entries.collect()))
        }
        other => other.to_json(),
    }
}

/// The name of the Go type that holds such a value.
pub fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int64",
        Value::Float(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

/// The text in quotes, as `%q` writes it.
pub fn quote(text: &str) -> String {
    let mut out = String::new();
    super::text::quote_go(text, &mut out);
    out
}

/// Reads a Go string literal in double or single quotes; `None` where it is none.
pub fn unquote(literal: &str) -> Option<String> {
    let quote = literal.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inner = literal.get(1..)?.strip_suffix(quote)?;
    let mut out = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        if c == quote || c == '\n' {
            return None;
        }
        if c != '\\' {
            out.push(c);
            continue;
        }
        let escaped = chars.next()?;
        let (first, digits, radix) = match escaped {
            'x' => (0, 2, 16),
            'u' => (0, 4, 16),
            'U' => (0, 8, 16),
            '0'..='7' => (escaped.to_digit(8)?, 2, 8),
            _ => {
                out.push(match escaped {
                    'a' => '\u{7}',
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'v' => '\u{b}',
                    '\\' => '\\',
                    c if c == quote => c,
                    _ => return None,
                });
                continue;
            }
        };
        let mut code: u32 = first;
        for _ in 0..digits {
            code = code.checked_mul(radix)?.checked_add(chars.next()?.to_digit(radix)?)?;
        }
        out.push(char::from_u32(code)?);
    }
    Some(out)
}
