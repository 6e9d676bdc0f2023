//! What templates can call: Go's functions, and kubectl's `exists` and `base64decode`.

use super::super::{Value, go};
use super::exec::{print, truth};
use super::format::{concat, format, spaced};
use crate::schema::decode::base64_error;
use base64::Engine;
use std::cmp::Ordering;

type Args<'a> = &'a [Option<Value>];
type Answer = Result<Option<Value>, String>;
type Function = fn(Args) -> Answer;

/// Every function but `and` and `or`, which do not look at all their arguments.
pub(super) const FUNCTIONS: &[(&str, Function)] = &[
    ("base64decode", base64decode),
    ("eq", eq),
    ("exists", |args| Ok(Some((!args.is_empty() && index(args).is_ok_and(|found| found.is_some())).into()))),
    ("ge", |args| ordered(args, Ordering::is_ge)),
    ("gt", |args| ordered(args, Ordering::is_gt)),
    ("html", |args| Ok(Some(html(&joined(args)).into()))),
    ("index", |args| if args.is_empty() { Err(wants("index", 1, 0)) } else { index(args) }),
    ("js", |args| Ok(Some(js(&joined(args)).into()))),
    ("le", |args| ordered(args, Ordering::is_le)),
    ("len", len),
    ("lt", |args| ordered(args, Ordering::is_lt)),
    ("ne", |args| equal_pair(args, "ne").map(|equal| Some((!equal).into()))),
    ("not", |args| args.first().map(|value| Some((!truth(value)).into())).ok_or_else(|| wants_exactly("not", 1, 0))),
    ("print", |args| Ok(Some(concat(args).into()))),
    ("printf", |args| match args.split_first() {
        Some((pattern, rest)) => Ok(Some(format(&print(pattern), rest).into())),
        None => Err(wants("printf", 1, 0)),
    }),
    ("println", |args| Ok(Some((spaced(args) + "\n").into()))),
    ("slice", slice),
    ("urlquery", |args| Ok(Some(urlquery(&joined(args)).into()))),
];

/// Calls a function by its name.
pub(super) fn call(name: &str, args: Args) -> Answer {
    match FUNCTIONS.iter().find(|(known, _)| *known == name) {
        Some((_, function)) => function(args),
        None => Err(wants(name, 1, 0)),
    }
}

fn wants(name: &str, least: usize, got: usize) -> String {
    format!("wrong number of args for {name}: want at least {least} got {got}")
}

fn wants_exactly(name: &str, count: usize, got: usize) -> String {
    format!("wrong number of args for {name}: want {count} got {got}")
}

fn base64decode(args: Args) -> Answer {
    let [arg] = args else { return Err(wants_exactly("base64decode", 1, args.len())) };
    let text = print(arg);
    if let Some(at) = base64_error(&text) {
        return Err(format!("base64 decode failed: illegal base64 data at input byte {at}"));
    }
    let text: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    let bytes =
        base64::engine::general_purpose::STANDARD.decode(text).map_err(|e| format!("base64 decode failed: {e}"))?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned().into()))
}

/// Whether two values are equal; nothing equals only nothing.
fn equal(left: &Option<Value>, right: &Option<Value>) -> Result<bool, String> {
    let some = |value: &Option<Value>| value.clone().filter(|value| !value.is_null());
    match (some(left), some(right)) {
        (None, None) => Ok(true),
        (None, _) | (_, None) => Ok(false),
        (Some(Value::Bool(a)), Some(Value::Bool(b))) => Ok(a == b),
        (Some(Value::Array(_) | Value::Object(_)), _) | (_, Some(Value::Array(_) | Value::Object(_))) => {
            Err("non-comparable type for comparison".into())
        }
        (Some(Value::Bool(_)), _) | (_, Some(Value::Bool(_))) => Err("incompatible types for comparison".into()),
        (Some(a), Some(b)) => go::order(&a, &b).map(|order| order == Some(Ordering::Equal)),
    }
}

fn eq(args: Args) -> Answer {
    let Some((first, rest)) = args.split_first() else { return Err(wants("eq", 1, 0)) };
    if rest.is_empty() {
        return Err("missing argument for comparison".into());
    }
    for other in rest {
        if equal(first, other)? {
            return Ok(Some(true.into()));
        }
    }
    Ok(Some(false.into()))
}

fn equal_pair(args: Args, name: &str) -> Result<bool, String> {
    match args {
        [left, right] => equal(left, right),
        _ => Err(wants_exactly(name, 2, args.len())),
    }
}

fn ordered(args: Args, holds: fn(Ordering) -> bool) -> Answer {
    let [left, right] = args else { return Err(wants_exactly("comparison", 2, args.len())) };
    let (left, right) = (left.clone().unwrap_or_default(), right.clone().unwrap_or_default());
    Ok(Some(go::order(&left, &right)?.is_some_and(holds).into()))
}

fn len(args: Args) -> Answer {
    let [arg] = args else { return Err(wants_exactly("len", 1, args.len())) };
    let length = match arg {
        Some(Value::String(text)) => text.len(),
        Some(Value::Array(items)) => items.len(),
        Some(Value::Object(map)) => map.len(),
        None | Some(Value::Null) => return Err("len of nil pointer".into()),
        Some(other) => return Err(format!("len of type {}", type_name(other))),
    };
    Ok(Some(length.into()))
}

pub(super) fn type_name(value: &Value) -> &'static str {
    if matches!(value, Value::Int(_)) { "int" } else { go::go_type(value) }
}

/// A position in something of that length.
fn position(index: &Option<Value>, length: usize) -> Result<usize, String> {
    let number = match index {
        Some(Value::Int(n)) => *n,
        None | Some(Value::Null) => return Err("cannot index slice/array with nil".into()),
        Some(other) => return Err(format!("cannot index slice/array with type {}", type_name(other))),
    };
    usize::try_from(number).ok().filter(|at| *at <= length).ok_or_else(|| format!("index out of range: {number}"))
}

fn index(args: Args) -> Answer {
    let Some((first, indices)) = args.split_first() else { return Ok(None) };
    let mut value = first.clone();
    for index in indices {
        value = match &value {
            None | Some(Value::Null) => return Err("index of untyped nil".into()),
            Some(Value::Object(map)) => match index {
                Some(Value::String(key)) => map.get(key).cloned(),
                None | Some(Value::Null) => return Err("value is nil; should be of type string".into()),
                Some(other) => return Err(format!("value has type {}; should be string", type_name(other))),
            },
            Some(Value::Array(items)) => {
                let at = position(index, items.len())?;
                Some(items.get(at).cloned().ok_or_else(|| format!("index out of range: {at}"))?)
            }
            Some(Value::String(text)) => {
                let at = position(index, text.len())?;
                let byte = text.as_bytes().get(at).ok_or_else(|| format!("index out of range: {at}"))?;
                Some(i64::from(*byte).into())
            }
            Some(other) => return Err(format!("can't index item of type {}", type_name(other))),
        };
    }
    Ok(value)
}

fn slice(args: Args) -> Answer {
    let Some((Some(value), bounds)) = args.split_first() else { return Err("slice of untyped nil".into()) };
    let length = match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.len(),
        other => return Err(format!("can't slice item of type {}", type_name(other))),
    };
    let from = bounds.first().map_or(Ok(0), |bound| position(bound, length))?;
    let to = bounds.get(1).map_or(Ok(length), |bound| position(bound, length))?;
    if from > to {
        return Err(format!("invalid slice index: {from} > {to}"));
    }
    Ok(Some(match value {
        Value::Array(items) => items.get(from..to).unwrap_or_default().into(),
        other => other.str().get(from..to).unwrap_or_default().into(),
    }))
}

fn joined(args: Args) -> String {
    match args {
        [only] => print(only),
        _ => concat(args),
    }
}

fn html(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '&' => out += "&amp;",
            '\'' => out += "&#39;",
            '"' => out += "&#34;",
            c => out.push(c),
        }
    }
    out
}

fn js(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' | '\'' | '"' => out.extend(['\\', c]),
            '<' | '>' | '&' | '=' | '\0'..='\u{1f}' => out += &std::format!("\\u{:04X}", u32::from(c)),
            c => out.push(c),
        }
    }
    out
}

fn urlquery(text: &str) -> String {
    let mut out = String::new();
    for b in text.bytes() {
        match b {
            b' ' => out.push('+'),
            b if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) => out.push(char::from(b)),
            b => out += &std::format!("%{b:02X}"),
        }
    }
    out
}
