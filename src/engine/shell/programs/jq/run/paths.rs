//! Paths: where the values of a filter stand, and what can be done at such places.

use super::super::parse::Filter;
use super::super::value::{Map, Value};
use super::calls::KINDS;
use super::{Machine, index, items, truth};

impl Machine {
    /// The keys that lead to each value that a filter gives.
    pub(super) fn paths(&mut self, filter: &Filter, input: &Value) -> Result<Vec<Vec<Value>>, String> {
        let mut paths = Vec::new();
        match filter {
            Filter::Identity => paths.push(Vec::new()),
            Filter::Field(base, key) => {
                let keys = self.all(key, input)?;
                for path in self.paths(base, input)? {
                    paths.extend(keys.iter().map(|key| [path.as_slice(), std::slice::from_ref(key)].concat()));
                }
            }
            Filter::Iterate(base) => {
                for path in self.paths(base, input)? {
                    let value = reach(input, &path)?;
                    items(&value)?;
                    paths.extend(keys(&value).into_iter().map(|key| [path.as_slice(), &[key]].concat()));
                }
            }
            Filter::Pipe(left, right) => {
                for path in self.paths(left, input)? {
                    let value = reach(input, &path)?;
                    paths.extend(self.paths(right, &value)?.into_iter().map(|rest| [path.clone(), rest].concat()));
                }
            }
            Filter::Comma(left, right) => {
                paths = self.paths(left, input)?;
                paths.extend(self.paths(right, input)?);
            }
            Filter::Try(body, _) => paths = self.paths(body, input).unwrap_or_default(),
            Filter::Recurse => below(input, &mut Vec::new(), &mut paths),
            Filter::If(condition, yes, no) => {
                let holds = truth(&self.one(condition, input)?);
                match no {
                    _ if holds => return self.paths(yes, input),
                    Some(no) => return self.paths(no, input),
                    None => paths.push(Vec::new()),
                }
            }
            Filter::Binary("//", left, right) => {
                let found = self.paths(left, input).unwrap_or_default();
                paths = found.into_iter().filter(|path| reach(input, path).is_ok_and(|value| truth(&value))).collect();
                if paths.is_empty() {
                    return self.paths(right, input);
                }
            }
            Filter::Call(name, args) => match (name.as_str(), args.as_slice()) {
                ("select", [condition]) => {
                    paths.extend(self.all(condition, input)?.iter().filter(|value| truth(value)).map(|_| Vec::new()));
                }
                ("empty", []) => {}
                ("recurse", []) => below(input, &mut Vec::new(), &mut paths),
                ("first", []) => paths.push(vec![0.into()]),
                ("last", []) => paths.push(vec![(-1).into()]),
                ("first", [inner]) => paths.extend(self.paths(inner, input)?.into_iter().next()),
                ("getpath", [inner]) => {
                    if let Value::Array(path) = self.one(inner, input)? {
                        paths.push(path);
                    }
                }
                _ if KINDS.iter().any(|(kinds, ..)| kinds == name) => {
                    if !self.all(filter, input)?.is_empty() {
                        paths.push(Vec::new());
                    }
                }
                _ => return Err("Invalid path expression".into()),
            },
            _ => return Err("Invalid path expression".into()),
        }
        Ok(paths)
    }
}

/// The keys of an object as they come, the indexes of an array.
pub(super) fn keys(value: &Value) -> Vec<Value> {
    match value {
        Value::Object(map) => map.iter().map(|(key, _)| key.as_str().into()).collect(),
        Value::Array(items) => (0..items.len()).map(Value::from).collect(),
        _ => Vec::new(),
    }
}

/// What stands at the end of a path.
pub(super) fn reach(value: &Value, path: &[Value]) -> Result<Value, String> {
    path.iter().try_fold(value.clone(), |value, key| index(&value, key))
}

/// The paths to a value and all below it.
pub(super) fn below(value: &Value, path: &mut Vec<Value>, out: &mut Vec<Vec<Value>>) {
    out.push(path.clone());
    for key in keys(value) {
        if let Ok(inner) = index(value, &key) {
            path.push(key);
            below(&inner, path, out);
            path.pop();
        }
    }
}

pub(super) fn put(mut whole: Value, path: &[Value], value: Value) -> Result<Value, String> {
    let Some((key, rest)) = path.split_first() else { return Ok(value) };
    let inner = put(index(&whole, key)?, rest, value)?;
    match (&mut whole, key) {
        (Value::Array(items), Value::Number(at)) => {
            let at = at.as_f64().unwrap_or(0.0);
            let at = (if at < 0.0 { at + items.len() as f64 } else { at }).clamp(0.0, 1e5) as usize;
            items.resize(items.len().max(at + 1), Value::Null);
            items[at] = inner;
        }
        (Value::Null, Value::Number(at)) => {
            let mut items = vec![Value::Null; at.as_u64().unwrap_or(0).min(100_000) as usize];
            items.push(inner);
            whole = Value::Array(items);
        }
        (Value::Null, Value::String(key)) => whole = Value::Object(Map::from_iter([(key.clone(), inner)])),
        (Value::Object(map), Value::String(key)) => map.insert(key.clone(), inner),
        _ => return Err("Invalid path expression".into()),
    }
    Ok(whole)
}

pub(super) fn remove(mut whole: Value, path: &[Value]) -> Value {
    match (path, &mut whole) {
        ([Value::String(key)], Value::Object(map)) => map.remove(key),
        ([Value::Number(at)], Value::Array(items)) => {
            let at = at.as_u64().map_or(usize::MAX, |at| at as usize);
            if at < items.len() {
                items.remove(at);
            }
        }
        ([Value::String(key), rest @ ..], Value::Object(map)) => {
            if let Some(inner) = map.get(key).cloned() {
                map.insert(key.clone(), remove(inner, rest));
            }
        }
        ([Value::Number(at), rest @ ..], Value::Array(items)) => {
            if let Some(inner) = at.as_u64().and_then(|at| items.get_mut(at as usize)) {
                *inner = remove(inner.clone(), rest);
            }
        }
        _ => {}
    }
    whole
}
