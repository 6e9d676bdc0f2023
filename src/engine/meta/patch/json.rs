//! JSON patches (RFC 6902), with the error texts of the library that the API server uses.

use super::super::{DEEPEST, Value};

/// Applies the operations of a JSON patch.
///
/// # Errors
/// The text for the first operation that fails.
pub fn json_patch(document: &Value, patch: &Value) -> Result<Value, String> {
    let mut document = document.clone();
    let mut copied = 0;
    for operation in patch.items() {
        apply(&mut document, operation, &mut copied)?;
    }
    Ok(document)
}

/// How much the copies of one patch may add up to, in nodes of the document: a few copies of
/// copies would make it larger than any memory.
const MOST_COPIED: usize = 100_000;

/// The number of nodes in a value, and how deep it nests.
fn measure(value: &Value) -> (usize, usize) {
    let below = |sum: (usize, usize), inner: &Value| {
        let (nodes, depth) = measure(inner);
        (sum.0.saturating_add(nodes), sum.1.max(depth))
    };
    let (nodes, depth) = match value {
        Value::Array(items) => items.iter().fold((0, 0), below),
        Value::Object(map) => map.iter().map(|(_, value)| value).fold((0, 0), below),
        _ => (0, 0),
    };
    (nodes.saturating_add(1), depth + 1)
}

/// Refuses to put a value where the document would nest deeper than one that is read may.
fn check_depth(path: &str, depth: usize) -> Result<(), String> {
    if path.matches('/').count() + depth > DEEPEST { Err("exceeded max depth".into()) } else { Ok(()) }
}

fn apply(document: &mut Value, operation: &Value, copied: &mut usize) -> Result<(), String> {
    let path = operation["path"].str();
    let value = || operation.get("value").cloned().unwrap_or_default();
    match operation["op"].str() {
        "add" => {
            check_depth(path, measure(&operation["value"]).1)?;
            add(document, path, value(), "add")
        }
        "remove" => {
            let (parent, key) = parent(document, path).ok_or_else(|| {
                format!("remove operation does not apply: doc is missing path: \"{path}\": missing value")
            })?;
            remove(parent, &key).map(drop).map_err(|e| format!("error in remove for path: '{path}': {e}"))
        }
        "replace" => {
            check_depth(path, measure(&operation["value"]).1)?;
            if path.is_empty() {
                *document = value();
                return Ok(());
            }
            let (parent, key) = parent(document, path).ok_or_else(|| {
                format!("replace operation does not apply: doc is missing path: {path}: missing value")
            })?;
            let place = child(parent, &key).ok_or_else(|| {
                format!("replace operation does not apply: doc is missing key: {path}: missing value")
            })?;
            *place = value();
            Ok(())
        }
        "test" => {
            let found = lookup(document, path);
            let expected = value();
            match found {
                None if expected.is_null() => Ok(()),
                Some(found) if *found == expected => Ok(()),
                _ => Err(format!("testing value {path} failed: test failed")),
            }
        }
        "move" => {
            let from = operation["from"].str();
            let (parent, key) = parent(document, from).ok_or_else(|| {
                format!("move operation does not apply: doc is missing from path: {from}: missing value")
            })?;
            let moved = remove(parent, &key).map_err(|e| format!("error in move for path: '{from}': {e}"))?;
            check_depth(path, measure(&moved).1)?;
            add(document, path, moved, "move")
        }
        "copy" => {
            let from = operation["from"].str();
            let original = lookup(document, from).cloned().ok_or_else(|| {
                format!("copy operation does not apply: doc is missing from path: {from}: missing value")
            })?;
            let (nodes, depth) = measure(&original);
            check_depth(path, depth)?;
            *copied = copied.saturating_add(nodes);
            if *copied > MOST_COPIED {
                return Err(format!(
                    "Unable to complete the copy, the accumulated size increase of copy is {copied}, exceeding the \
                     limit {MOST_COPIED}"
                ));
            }
            add(document, path, original, "copy")
        }
        other => Err(format!("Unexpected kind: {other}")),
    }
}

fn keys(path: &str) -> Option<Vec<String>> {
    let rest = path.strip_prefix('/')?;
    Some(rest.split('/').map(|key| key.replace("~1", "/").replace("~0", "~")).collect())
}

fn index(list: &[Value], key: &str) -> Option<usize> {
    match key.parse::<i64>().ok()? {
        at if at < 0 => usize::try_from(at + list.len() as i64).ok(),
        at => usize::try_from(at).ok(),
    }
}

fn child<'a>(value: &'a mut Value, key: &str) -> Option<&'a mut Value> {
    match value {
        Value::Object(map) => map.get_mut(key),
        Value::Array(_) => {
            let at = index(value.items(), key)?;
            value.as_array_mut()?.get_mut(at)
        }
        _ => None,
    }
}

fn parent<'a>(document: &'a mut Value, path: &str) -> Option<(&'a mut Value, String)> {
    let mut keys = keys(path)?;
    let last = keys.pop()?;
    let mut place = document;
    for key in &keys {
        place = child(place, key)?;
    }
    (place.is_object() || place.is_array()).then_some((place, last))
}

fn lookup<'a>(document: &'a Value, path: &str) -> Option<&'a Value> {
    if path.is_empty() {
        return Some(document);
    }
    keys(path)?.iter().try_fold(document, |value, key| match value {
        Value::Object(map) => map.get(key),
        Value::Array(list) => list.get(index(list, key)?),
        _ => None,
    })
}

fn add(document: &mut Value, path: &str, value: Value, what: &str) -> Result<(), String> {
    if path.is_empty() {
        *document = value;
        return Ok(());
    }
    let (parent, key) = parent(document, path)
        .ok_or_else(|| format!("{what} operation does not apply: doc is missing path: \"{path}\": missing value"))?;
    match parent {
        Value::Array(_) => {
            let list = parent.array_mut();
            if key == "-" {
                list.push(value);
                return Ok(());
            }
            let outside = || {
                format!(
                    "error in {what} for path: '{path}': Unable to access invalid index: {key}: invalid index referenced"
                )
            };
            let number: i64 =
                key.parse().map_err(|_| format!("error in {what} for path: '{path}': value was not a proper array index: '{key}': strconv.Atoi: parsing \"{key}\": invalid syntax"))?;
            let at = if number < 0 { number + list.len() as i64 + 1 } else { number };
            let at = usize::try_from(at).ok().filter(|at| *at <= list.len()).ok_or_else(outside)?;
            list.insert(at, value);
        }
        _ => *parent.entry(&key) = value,
    }
    Ok(())
}

fn remove(parent: &mut Value, key: &str) -> Result<Value, String> {
    match parent {
        Value::Object(map) => {
            map.remove(key).ok_or_else(|| format!("Unable to remove nonexistent key: {key}: missing value"))
        }
        other => {
            let at = index(other.items(), key).filter(|at| *at < other.items().len());
            let at = at.ok_or_else(|| format!("Unable to access invalid index: {key}: invalid index referenced"))?;
            Ok(other.array_mut().remove(at))
        }
    }
}
