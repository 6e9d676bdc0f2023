//! `--sort-by`: orders objects or table rows by a field.

use crate::kubectl::failure::{Failure, Outcome};
use crate::meta::{Quantity, Time, Value};
use std::cmp::Ordering;

/// A path of names and positions, as `--sort-by` takes them: `.metadata.name`, `{.spec.x[0].y}`.
fn find<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    let inner = path.trim().trim_start_matches('{').trim_end_matches('}').trim_start_matches('.');
    let mut value = object;
    for part in inner.split(['.', '[']) {
        let part = part.trim_end_matches(']').trim_matches(['\'', '"']);
        value = match part.parse::<usize>() {
            Ok(at) if value.is_array() => value.get(at)?,
            _ => value.get(part)?,
        };
    }
    (!value.is_null()).then_some(value)
}

/// The order of two values of one field: what is missing comes first.
fn compare(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    let (a, b) = match (a, b) {
        (Some(a), Some(b)) => (a, b),
        (a, b) => return a.is_some().cmp(&b.is_some()),
    };
    match (a, b) {
        (Value::String(a), Value::String(b)) => {
            if let (Some(a), Some(b)) = (Time::parse(a), Time::parse(b)) {
                return a.cmp(&b);
            }
            if let (Ok(a), Ok(b)) = (Quantity::parse(a), Quantity::parse(b)) {
                return a.as_f64().total_cmp(&b.as_f64());
            }
            natural(a, b)
        }
        _ => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            _ => a.to_json().cmp(&b.to_json()),
        },
    }
}

/// Runs of digits compare as numbers.
fn natural(a: &str, b: &str) -> Ordering {
    let chunk = |text: &str| -> usize {
        let digit = text.starts_with(|c: char| c.is_ascii_digit());
        text.find(|c: char| c.is_ascii_digit() != digit).unwrap_or(text.len())
    };
    let (mut a, mut b) = (a, b);
    while !a.is_empty() && !b.is_empty() {
        let ((left, a_rest), (right, b_rest)) = (a.split_at(chunk(a)), b.split_at(chunk(b)));
        let order = match (left.parse::<u64>(), right.parse::<u64>()) {
            (Ok(left), Ok(right)) => left.cmp(&right),
            _ => left.cmp(right),
        };
        if order != Ordering::Equal {
            return order;
        }
        (a, b) = (a_rest, b_rest);
    }
    a.len().cmp(&b.len())
}

/// No object has the field.
pub fn not_found(path: &str) -> Failure {
    let path = if path.starts_with('{') { path.to_string() } else { format!("{{.{}}}", path.trim_start_matches('.')) };
    Failure::new(format!("couldn't find any field with path {path:?} in the list of objects"))
}

/// Sorts objects; those of a list even if there is but one.
///
/// # Errors
/// If no object has the field.
pub fn objects(objects: &mut [Value], path: &str, bulk: bool) -> Outcome {
    let none = objects.iter().all(|object| find(object, path).is_none());
    if none && (objects.len() > 1 || bulk && !objects.is_empty()) {
        return Err(not_found(path));
    }
    objects.sort_by(|a, b| compare(find(a, path), find(b, path)));
    Ok(())
}

/// Sorts the rows of a list's table; false if there are several and none has the field.
pub fn rows(table: &mut Value, path: &str) -> bool {
    let rows = table["rows"].array_mut();
    if rows.len() > 1 && rows.iter().all(|row| find(&row["object"], path).is_none()) {
        return false;
    }
    rows.sort_by(|a, b| compare(find(&a["object"], path), find(&b["object"], path)));
    true
}
