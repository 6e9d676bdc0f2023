//! What expressions can call: CEL's own functions and those that Kubernetes adds.

use super::super::Pattern;
use super::super::{Quantity, Value, duration, go};
use super::data::{Data, NO_OVERLOAD, order, same};
use super::eval::Budget;
use std::cmp::Ordering;

type Out = Result<Data, String>;
type Function = fn(&[Data]) -> Out;

/// The functions, methods with their object first.
static FUNCTIONS: &[(&str, Function)] = &[
    ("add", |a| quantities(a, |one, other| one + other)),
    ("asApproximateFloat", |a| Ok(Data::of(first(a)?.quantity()?.as_f64()))),
    ("asInteger", |a| Ok(Data::of(first(a)?.quantity()?.value()))),
    ("bool", |a| match first(a)?.value() {
        Some(Value::Bool(b)) => Ok(Data::of(*b)),
        Some(Value::String(text)) => match &**text {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(Data::of(true)),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(Data::of(false)),
            _ => Err("type conversion error from 'string' to 'bool'".into()),
        },
        _ => Err(NO_OVERLOAD.into()),
    }),
    ("charAt", |a| {
        let (text, at) = (text(a, 0)?, int(a, 1)?);
        let count = text.chars().count();
        let place = usize::try_from(at).ok().filter(|at| *at <= count);
        let place = place.ok_or_else(|| format!("index out of range: {at}"))?;
        Ok(Data::of(text.chars().nth(place).map(String::from).unwrap_or_default()))
    }),
    ("compareTo", |a| {
        Ok(Data::of(match first(a)?.quantity()?.cmp(&get(a, 1)?.quantity()?) {
            Ordering::Less => -1,
            Ordering::Equal => 0,
            Ordering::Greater => 1,
        }))
    }),
    ("contains", |a| Ok(Data::of(text(a, 0)?.contains(text(a, 1)?)))),
    ("double", |a| match first(a)?.value() {
        Some(Value::String(text)) => {
            text.parse::<f64>().map(Data::of).map_err(|_| "type conversion error from 'string' to 'double'".into())
        }
        Some(value) => value.as_f64().map(Data::of).ok_or_else(|| NO_OVERLOAD.into()),
        None => Err(NO_OVERLOAD.into()),
    }),
    ("duration", |a| first(a)?.span().map(Data::Duration)),
    ("dyn", |a| first(a).cloned()),
    ("endsWith", |a| Ok(Data::of(text(a, 0)?.ends_with(text(a, 1)?)))),
    ("format", format_text),
    ("getDate", |a| civil(a, |c| i64::from(c.2))),
    ("getDayOfMonth", |a| civil(a, |c| i64::from(c.2) - 1)),
    ("getDayOfWeek", |a| Ok(Data::of(i64::from(first(a)?.time()?.weekday())))),
    ("getFullYear", |a| civil(a, |c| c.0)),
    ("getHours", |a| clock(a, 3_600_000_000, |c| i64::from(c.3))),
    ("getMilliseconds", |a| clock(a, 1_000, |_| 0)),
    ("getMinutes", |a| clock(a, 60_000_000, |c| i64::from(c.4))),
    ("getMonth", |a| civil(a, |c| i64::from(c.1) - 1)),
    ("getSeconds", |a| clock(a, 1_000_000, |c| i64::from(c.5))),
    ("hasValue", |a| match first(a)? {
        Data::Optional(inner) => Ok(Data::of(inner.is_some())),
        _ => Err(NO_OVERLOAD.into()),
    }),
    ("indexOf", |a| match first(a)?.value() {
        Some(Value::Array(items)) => {
            let wanted = get(a, 1)?.value().ok_or(NO_OVERLOAD)?;
            Ok(Data::of(items.iter().position(|item| same(item, wanted)).map_or(-1, |at| at as i64)))
        }
        _ => find(a, |text, wanted, from| {
            let start = text.char_indices().nth(from).map_or(text.len(), |(at, _)| at);
            text[start..].find(wanted).map(|at| start + at)
        }),
    }),
    ("int", |a| match first(a)? {
        Data::Value(Value::Int(n)) => Ok(Data::of(*n)),
        Data::Value(Value::Float(n)) if n.abs() < 9.2e18 => Ok(Data::of(n.trunc() as i64)),
        Data::Value(Value::String(text)) => {
            text.parse::<i64>().map(Data::of).map_err(|_| "type conversion error from 'string' to 'int'".into())
        }
        Data::Time(time) => Ok(Data::of(time.seconds())),
        Data::Duration(span) => Ok(Data::of(span / 1_000_000)),
        _ => Err("integer overflow".into()),
    }),
    ("isGreaterThan", |a| Ok(Data::of(first(a)?.quantity()? > get(a, 1)?.quantity()?))),
    ("isIP", |a| Ok(Data::of(text(a, 0)?.parse::<std::net::IpAddr>().is_ok()))),
    ("isInteger", |a| {
        let quantity = first(a)?.quantity()?;
        Ok(Data::of(quantity.milli() % 1000 == 0))
    }),
    ("isLessThan", |a| Ok(Data::of(first(a)?.quantity()? < get(a, 1)?.quantity()?))),
    ("isQuantity", |a| Ok(Data::of(Quantity::parse(text(a, 0)?).is_ok()))),
    ("isSorted", |a| {
        let items = first(a)?.list()?;
        let sorted = items.windows(2).map(|pair| order(&pair[0], &pair[1]).map(Ordering::is_le));
        Ok(Data::of(sorted.collect::<Option<Vec<bool>>>().ok_or(NO_OVERLOAD)?.into_iter().all(|in_order| in_order)))
    }),
    ("join", |a| {
        let texts: Option<Vec<&str>> = first(a)?.list()?.iter().map(Value::as_str).collect();
        let between = if a.len() > 1 { text(a, 1)? } else { "" };
        Ok(Data::of(texts.ok_or(NO_OVERLOAD)?.join(between)))
    }),
    ("lastIndexOf", |a| match first(a)?.value() {
        Some(Value::Array(items)) => {
            let wanted = get(a, 1)?.value().ok_or(NO_OVERLOAD)?;
            Ok(Data::of(items.iter().rposition(|item| same(item, wanted)).map_or(-1, |at| at as i64)))
        }
        _ => find(a, |text, wanted, _| text.rfind(wanted)),
    }),
    ("lowerAscii", |a| Ok(Data::of(text(a, 0)?.to_ascii_lowercase()))),
    ("matches", |a| {
        let pattern = Pattern::new(text(a, 1)?);
        if !pattern.is_valid() {
            return Err(format!("error parsing regexp: `{}`", text(a, 1)?));
        }
        Ok(Data::of(pattern.is_match(text(a, 0)?)))
    }),
    ("max", |a| extreme(a, "max", Ordering::Greater)),
    ("min", |a| extreme(a, "min", Ordering::Less)),
    ("optional.none", |_| Ok(Data::Optional(None))),
    ("optional.of", |a| Ok(Data::Optional(Some(Box::new(first(a)?.clone()))))),
    ("optional.ofNonZeroValue", |a| {
        let zero = match first(a)?.value() {
            Some(Value::Int(n)) => *n == 0,
            Some(Value::Float(n)) => *n == 0.0,
            Some(Value::Bool(b)) => !b,
            Some(value) => value.is_empty(),
            None => false,
        };
        Ok(Data::Optional((!zero).then(|| Box::new(a[0].clone()))))
    }),
    ("or", |a| match first(a)? {
        Data::Optional(None) => get(a, 1).cloned(),
        found @ Data::Optional(_) => Ok(found.clone()),
        _ => Err(NO_OVERLOAD.into()),
    }),
    ("orValue", |a| match first(a)? {
        Data::Optional(None) => get(a, 1).cloned(),
        Data::Optional(Some(inner)) => Ok((**inner).clone()),
        _ => Err(NO_OVERLOAD.into()),
    }),
    ("quantity", |a| Quantity::parse(text(a, 0)?).map(Data::Quantity).map_err(String::from)),
    ("replace", |a| {
        let (whole, from, to) = (text(a, 0)?, text(a, 1)?, text(a, 2)?);
        match a.get(3).map(Data::int).transpose()? {
            Some(count) if count >= 0 => Ok(Data::of(whole.replacen(from, to, usize::try_from(count).unwrap_or(0)))),
            _ => Ok(Data::of(whole.replace(from, to))),
        }
    }),
    ("reverse", |a| Ok(Data::of(text(a, 0)?.chars().rev().collect::<String>()))),
    ("sets.contains", |a| {
        let (items, wanted) = (first(a)?.list()?, get(a, 1)?.list()?);
        Ok(Data::of(wanted.iter().all(|one| items.iter().any(|item| same(item, one)))))
    }),
    ("sets.equivalent", |a| {
        let (one, other) = (first(a)?.list()?, get(a, 1)?.list()?);
        let within = |one: &[Value], other: &[Value]| one.iter().all(|a| other.iter().any(|b| same(a, b)));
        Ok(Data::of(within(one, other) && within(other, one)))
    }),
    ("sets.intersects", |a| {
        let (one, other) = (first(a)?.list()?, get(a, 1)?.list()?);
        Ok(Data::of(one.iter().any(|a| other.iter().any(|b| same(a, b)))))
    }),
    ("sign", |a| {
        let quantity = first(a)?.quantity()?;
        Ok(Data::of(if quantity.is_zero() {
            0
        } else if quantity.is_negative() {
            -1
        } else {
            1
        }))
    }),
    ("size", |a| {
        let size = match first(a)?.value() {
            Some(Value::String(text)) => text.chars().count(),
            Some(Value::Array(items)) => items.len(),
            Some(Value::Object(map)) => map.len(),
            _ => return Err(NO_OVERLOAD.into()),
        };
        Ok(Data::of(size as i64))
    }),
    ("split", |a| {
        let (whole, by) = (text(a, 0)?, text(a, 1)?);
        let parts: Vec<Value> = match (a.get(2).map(Data::int).transpose()?, by) {
            (Some(0), _) => Vec::new(),
            (_, "") => whole.chars().map(|c| Value::from(String::from(c))).collect(),
            (Some(most), _) if most > 0 => {
                whole.splitn(usize::try_from(most).unwrap_or(1), by).map(Value::from).collect()
            }
            _ => whole.split(by).map(Value::from).collect(),
        };
        Ok(Data::Value(parts.into()))
    }),
    ("startsWith", |a| Ok(Data::of(text(a, 0)?.starts_with(text(a, 1)?)))),
    ("string", |a| shown(first(a)?).map(Data::of)),
    ("sub", |a| quantities(a, |one, other| one - other)),
    ("substring", |a| {
        let chars: Vec<char> = text(a, 0)?.chars().collect();
        let start = int(a, 1)?;
        let end = a.get(2).map(Data::int).transpose()?.unwrap_or(chars.len() as i64);
        let part = usize::try_from(start).ok().zip(usize::try_from(end).ok()).and_then(|(s, e)| chars.get(s..e));
        part.map(|part| Data::of(part.iter().collect::<String>())).ok_or_else(|| format!("index out of range: {start}"))
    }),
    ("sum", |a| {
        let mut sum = Value::Int(0);
        for item in first(a)?.list()? {
            sum = match (&sum, item) {
                (Value::Int(sum), Value::Int(n)) => Value::Int(sum.checked_add(*n).ok_or("integer overflow")?),
                (sum, item) => Value::Float(sum.as_f64().zip(item.as_f64()).map(|(a, b)| a + b).ok_or(NO_OVERLOAD)?),
            };
        }
        Ok(Data::Value(sum))
    }),
    ("timestamp", |a| first(a)?.time().map(Data::Time)),
    ("trim", |a| Ok(Data::of(text(a, 0)?.trim()))),
    ("type", |a| Ok(Data::Type(first(a)?.type_name()))),
    ("uint", |a| {
        let n = match first(a)?.value() {
            Some(Value::String(text)) => text.parse::<i64>().ok(),
            Some(value) => value.as_i64(),
            None => None,
        };
        n.filter(|n| *n >= 0).map(Data::of).ok_or_else(|| "unsigned integer overflow".into())
    }),
    ("upperAscii", |a| Ok(Data::of(text(a, 0)?.to_ascii_uppercase()))),
    ("value", |a| match first(a)? {
        Data::Optional(Some(inner)) => Ok((**inner).clone()),
        _ => Err("optional.none() dereference".into()),
    }),
];

/// The types that expressions name.
const TYPES: &[&str] = &["bool", "double", "int", "list", "map", "null_type", "string", "type"];

/// The type of a name.
pub fn type_named(name: &str) -> Option<&'static str> {
    TYPES.iter().find(|known| **known == name).copied()
}

/// Calls a function.
pub fn call(name: &str, arguments: &[Data], budget: &mut Budget) -> Out {
    let function = FUNCTIONS.iter().find(|(known, _)| *known == name).map(|(_, function)| *function);
    let function = function.ok_or_else(|| format!("undeclared reference to '{name}' (in container '')"))?;
    budget.spend(arguments.iter().map(weight).sum())?;
    function(arguments)
}

/// Whether there is such a function.
pub fn is_known(name: &str) -> bool {
    FUNCTIONS.iter().any(|(known, _)| *known == name)
}

/// What looking through an argument costs.
fn weight(argument: &Data) -> usize {
    match argument.value() {
        Some(Value::String(text)) => text.len() / 10,
        Some(Value::Array(items)) => items.len(),
        _ => 0,
    }
}

fn get(arguments: &[Data], at: usize) -> Result<&Data, String> {
    arguments.get(at).ok_or_else(|| NO_OVERLOAD.into())
}

fn first(arguments: &[Data]) -> Result<&Data, String> {
    get(arguments, 0)
}

fn text(arguments: &[Data], at: usize) -> Result<&str, String> {
    get(arguments, at)?.text()
}

fn int(arguments: &[Data], at: usize) -> Result<i64, String> {
    get(arguments, at)?.int()
}

/// The parts of a moment's date and time.
type Civil = (i64, u8, u8, u8, u8, u8);

fn civil(arguments: &[Data], part: fn(Civil) -> i64) -> Out {
    first(arguments)?.time().map(|time| Data::of(part(time.civil())))
}

/// A part of a moment's time, or a span as a number of such parts.
fn clock(arguments: &[Data], unit: i64, part: fn(Civil) -> i64) -> Out {
    match first(arguments)? {
        Data::Duration(span) => Ok(Data::of(span / unit)),
        other => other.time().map(|time| Data::of(part(time.civil()))),
    }
}

fn quantities(arguments: &[Data], reckon: fn(Quantity, Quantity) -> Quantity) -> Out {
    let other = match get(arguments, 1)? {
        Data::Value(Value::Int(n)) => Quantity::of(&Value::Int(*n)),
        other => other.quantity()?,
    };
    Ok(Data::Quantity(reckon(first(arguments)?.quantity()?, other)))
}

fn extreme(arguments: &[Data], name: &str, wanted: Ordering) -> Out {
    let items = first(arguments)?.list()?;
    let mut best = items.first().ok_or_else(|| format!("{name} called on empty list"))?;
    for item in items {
        if order(item, best).ok_or(NO_OVERLOAD)? == wanted {
            best = item;
        }
    }
    Ok(Data::Value(best.clone()))
}

/// A search in a text; places are counted in characters.
fn find(arguments: &[Data], search: fn(&str, &str, usize) -> Option<usize>) -> Out {
    let (whole, wanted) = (text(arguments, 0)?, text(arguments, 1)?);
    let from = arguments.get(2).map(Data::int).transpose()?.unwrap_or(0);
    let found = search(whole, wanted, usize::try_from(from).unwrap_or(0));
    Ok(Data::of(found.map_or(-1, |at| whole[..at].chars().count() as i64)))
}

/// A value as `string()` gives it.
fn shown(data: &Data) -> Result<String, String> {
    Ok(match data {
        Data::Value(Value::String(text)) => text.to_string(),
        Data::Value(Value::Float(n)) => go::float(*n),
        Data::Value(value @ (Value::Int(_) | Value::Bool(_))) => value.to_json(),
        Data::Value(_) | Data::Optional(_) => return Err(NO_OVERLOAD.into()),
        Data::Duration(span) => duration::format(std::time::Duration::from_micros(span.unsigned_abs())),
        other => other.clone().into_value().str().to_string(),
    })
}

/// `'%s is %d'.format(['a', 1])`
fn format_text(arguments: &[Data]) -> Out {
    let mut values = get(arguments, 1)?.list()?.iter();
    let mut out = String::new();
    let mut chars = text(arguments, 0)?.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('%') => out.push('%'),
            Some('s' | 'd' | 'f' | 'e') => {
                let value = values.next().ok_or("index out of range")?;
                match value {
                    Value::String(text) => out += text,
                    Value::Float(n) => out += &go::float(*n),
                    other => out += &other.to_json(),
                }
            }
            other => return Err(format!("unrecognized formatting clause {:?}", other.unwrap_or('%'))),
        }
    }
    Ok(Data::of(out))
}
