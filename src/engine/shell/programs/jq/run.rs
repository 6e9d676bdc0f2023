//! Applying a jq filter: every filter gives any number of values.

use super::parse::{Filter, Piece};
use crate::shell::regex::{Flavor, Regex};
use base64::Engine;
use serde_json::{Map, Value};
use std::cmp::Ordering;

/// How many filters one input may apply before it is given up.
const MAX_STEPS: usize = 2_000_000;

pub struct Machine {
    pub variables: Vec<(String, Value)>,
    pub steps: usize,
}

type Outcome = Result<(), String>;

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn truth(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false))
}

fn number(value: f64) -> Value {
    if value == value.trunc() && value.abs() < 1e15 { Value::from(value as i64) } else { Value::from(value) }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// jq's order: null, false, true, numbers, strings, arrays, objects.
fn order(a: &Value, b: &Value) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Null => 0,
        Value::Bool(false) => 1,
        Value::Bool(true) => 2,
        Value::Number(_) => 3,
        Value::String(_) => 4,
        Value::Array(_) => 5,
        Value::Object(_) => 6,
    };
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Array(a), Value::Array(b)) => {
            a.iter().zip(b).map(|(a, b)| order(a, b)).find(|order| order.is_ne()).unwrap_or(a.len().cmp(&b.len()))
        }
        (Value::Object(a), Value::Object(b)) => a.keys().cmp(b.keys()).then_with(|| {
            a.values().zip(b.values()).map(|(a, b)| order(a, b)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        }),
        _ => rank(a).cmp(&rank(b)),
    }
}

fn index(value: &Value, key: &Value) -> Result<Value, String> {
    match (value, key) {
        (Value::Object(map), Value::String(key)) => Ok(map.get(key).cloned().unwrap_or(Value::Null)),
        (Value::Null, _) => Ok(Value::Null),
        (Value::Array(items), Value::Number(at)) => {
            let at = at.as_f64().unwrap_or(0.0).floor();
            let at = if at < 0.0 { at + items.len() as f64 } else { at };
            Ok(if at < 0.0 { Value::Null } else { items.get(at as usize).cloned().unwrap_or(Value::Null) })
        }
        (value, Value::String(key)) => Err(format!("Cannot index {} with \"{key}\"", kind(value))),
        (value, key) => Err(format!("Cannot index {} with {}", kind(value), kind(key))),
    }
}

fn items(value: &Value) -> Result<Vec<Value>, String> {
    match value {
        Value::Array(items) => Ok(items.clone()),
        Value::Object(map) => Ok(map.values().cloned().collect()),
        Value::Null => Err("Cannot iterate over null".into()),
        value => Err(format!("Cannot iterate over {} ({value})", kind(value))),
    }
}

fn format(name: &str, value: &Value) -> Result<String, String> {
    let row = |quote: &dyn Fn(&str) -> String, joint: &str| -> Result<String, String> {
        let Value::Array(items) = value else { return Err(format!("{} cannot be {name}-formatted, only an array can be", kind(value))) };
        let cells: Vec<String> = items
            .iter()
            .map(|item| match item {
                Value::String(text) => quote(text),
                Value::Null => String::new(),
                other => other.to_string(),
            })
            .collect();
        Ok(cells.join(joint))
    };
    match name {
        "text" => Ok(text(value)),
        "json" => Ok(value.to_string()),
        "base64" => Ok(base64::engine::general_purpose::STANDARD.encode(text(value))),
        "base64d" => {
            let decoded = base64::engine::general_purpose::STANDARD.decode(text(value));
            let bytes = decoded.map_err(|_| format!("string ({value}) is not valid base64 data"))?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        }
        "csv" => row(&|text| format!("\"{}\"", text.replace('"', "\"\"")), ","),
        "tsv" => row(&|text| text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n"), "\t"),
        "sh" => row(&|text| format!("'{}'", text.replace('\'', "'\\''")), " ").or_else(|_| Ok(format!("'{}'", text(value).replace('\'', "'\\''")))),
        "html" => Ok(text(value).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\'', "&#39;").replace('"', "&quot;")),
        "uri" => {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
            Ok(text(value).bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect())
        }
        name => Err(format!("{name} is not a valid format")),
    }
}

impl Machine {
    /// Applies a filter; what it gives before an error is kept.
    pub fn apply(&mut self, filter: &Filter, input: &Value, out: &mut Vec<Value>) -> Outcome {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return Err("the filter takes too long".into());
        }
        match filter {
            Filter::Identity => out.push(input.clone()),
            Filter::Literal(value) => out.push(value.clone()),
            Filter::Recurse => recurse(input, out),
            Filter::Text(pieces, name) => {
                let name = if name.is_empty() { "text" } else { name };
                let mut texts = vec![String::new()];
                for piece in pieces {
                    match piece {
                        Piece::Text(plain) => texts.iter_mut().for_each(|text| text.push_str(plain)),
                        Piece::Filter(filter) => {
                            let values = self.all(filter, input)?;
                            let mut next = Vec::new();
                            for value in &values {
                                let shown = format(name, value)?;
                                next.extend(texts.iter().map(|text| format!("{text}{shown}")));
                            }
                            texts = next;
                        }
                    }
                }
                out.extend(texts.into_iter().map(Value::from));
            }
            Filter::Field(base, key) => {
                for value in self.all(base, input)? {
                    for key in self.all(key, input)? {
                        out.push(index(&value, &key)?);
                    }
                }
            }
            Filter::Slice(base, from, to) => {
                for value in self.all(base, input)? {
                    let mut bound = |filter: &Option<Box<Filter>>, missing: f64| -> Result<f64, String> {
                        match filter {
                            Some(filter) => Ok(self.one(filter, input)?.as_f64().unwrap_or(missing)),
                            None => Ok(missing),
                        }
                    };
                    let (from, to) = (bound(from, 0.0)?, bound(to, f64::INFINITY)?);
                    let range = |length: usize| {
                        let length = length as f64;
                        let at = |bound: f64| if bound < 0.0 { (bound + length).max(0.0) } else { bound.min(length) } as usize;
                        (at(from), at(to).max(at(from)))
                    };
                    out.push(match &value {
                        Value::Null => Value::Null,
                        Value::Array(items) => {
                            let (from, to) = range(items.len());
                            Value::Array(items[from..to].to_vec())
                        }
                        Value::String(text) => {
                            let (from, to) = range(text.chars().count());
                            text.chars().skip(from).take(to - from).collect::<String>().into()
                        }
                        value => return Err(format!("Cannot index {} with object", kind(value))),
                    });
                }
            }
            Filter::Iterate(base) => {
                for value in self.all(base, input)? {
                    out.extend(items(&value)?);
                }
            }
            Filter::Try(body, handler) => {
                if let Err(message) = self.apply(body, input, out)
                    && let Some(handler) = handler
                {
                    self.apply(handler, &message.into(), out)?;
                }
            }
            Filter::Pipe(left, right) => {
                let mut values = Vec::new();
                let ended = self.apply(left, input, &mut values);
                for value in values {
                    self.apply(right, &value, out)?;
                }
                ended?;
            }
            Filter::Comma(left, right) => {
                self.apply(left, input, out)?;
                self.apply(right, input, out)?;
            }
            Filter::Binary(operator, left, right) => self.binary(operator, left, right, input, out)?,
            Filter::Negate(inner) => {
                for value in self.all(inner, input)? {
                    let value = value.as_f64().ok_or_else(|| format!("{} cannot be negated", kind(&value)))?;
                    out.push(number(-value));
                }
            }
            Filter::Array(inner) => {
                let values = match inner {
                    Some(inner) => self.all(inner, input)?,
                    None => Vec::new(),
                };
                out.push(Value::Array(values));
            }
            Filter::Object(entries) => self.object(entries, input, out)?,
            Filter::Variable(name) => {
                let found = self.variables.iter().rev().find(|(own, _)| own == name);
                out.push(found.map(|(_, value)| value.clone()).ok_or_else(|| format!("${name} is not defined"))?);
            }
            Filter::Bind(source, name, body) => {
                for value in self.all(source, input)? {
                    self.variables.push((name.clone(), value));
                    let ended = self.apply(body, input, out);
                    self.variables.pop();
                    ended?;
                }
            }
            Filter::Reduce(source, name, start, step) => {
                let mut state = self.one(start, input)?;
                for value in self.all(source, input)? {
                    self.variables.push((name.clone(), value));
                    let next = self.one(step, &state);
                    self.variables.pop();
                    state = next?;
                }
                out.push(state);
            }
            Filter::If(condition, yes, no) => {
                for value in self.all(condition, input)? {
                    match (truth(&value), no) {
                        (true, _) => self.apply(yes, input, out)?,
                        (false, Some(no)) => self.apply(no, input, out)?,
                        (false, None) => out.push(input.clone()),
                    }
                }
            }
            Filter::Format(name) => out.push(format(name, input)?.into()),
            Filter::Call(name, args) => self.call(name, args, input, out)?,
        }
        Ok(())
    }

    fn all(&mut self, filter: &Filter, input: &Value) -> Result<Vec<Value>, String> {
        let mut out = Vec::new();
        self.apply(filter, input, &mut out)?;
        Ok(out)
    }

    fn one(&mut self, filter: &Filter, input: &Value) -> Result<Value, String> {
        Ok(self.all(filter, input)?.into_iter().next().unwrap_or(Value::Null))
    }

    fn object(&mut self, entries: &[(Filter, Option<Filter>)], input: &Value, out: &mut Vec<Value>) -> Outcome {
        let mut objects = vec![Map::new()];
        for (key, value) in entries {
            let mut next = Vec::new();
            for key in self.all(key, input)? {
                let Value::String(name) = &key else { return Err("Object keys must be strings".into()) };
                let values = match value {
                    Some(value) => self.all(value, input)?,
                    None => vec![index(input, &key)?],
                };
                for value in values {
                    for object in &objects {
                        let mut object = object.clone();
                        object.insert(name.clone(), value.clone());
                        next.push(object);
                    }
                }
            }
            objects = next;
        }
        out.extend(objects.into_iter().map(Value::Object));
        Ok(())
    }

    fn binary(&mut self, operator: &str, left: &Filter, right: &Filter, input: &Value, out: &mut Vec<Value>) -> Outcome {
        match operator {
            "//" => {
                let mut values = Vec::new();
                let _ = self.apply(left, input, &mut values);
                values.retain(truth);
                if values.is_empty() {
                    return self.apply(right, input, out);
                }
                out.extend(values);
                return Ok(());
            }
            "and" | "or" => {
                for value in self.all(left, input)? {
                    if truth(&value) == (operator == "or") {
                        out.push((operator == "or").into());
                    } else {
                        out.extend(self.all(right, input)?.iter().map(|value| Value::from(truth(value))));
                    }
                }
                return Ok(());
            }
            "=" | "|=" | "+=" | "-=" => {
                let mut path = Vec::new();
                self.path(left, input, &mut path)?;
                let old = path.iter().try_fold(input.clone(), |value, key| index(&value, key))?;
                let value = match operator {
                    "|=" => self.one(right, &old)?,
                    "=" => self.one(right, input)?,
                    operator => {
                        let by = self.one(right, input)?;
                        calculate(&operator[..1], &old, &by)?
                    }
                };
                out.push(put(input.clone(), &path, value)?);
                return Ok(());
            }
            _ => {}
        }
        for right in self.all(right, input)? {
            for left in self.all(left, input)? {
                out.push(calculate(operator, &left, &right)?);
            }
        }
        Ok(())
    }

    /// The keys that lead to what a filter of plain fields means.
    fn path(&mut self, filter: &Filter, input: &Value, into: &mut Vec<Value>) -> Outcome {
        match filter {
            Filter::Identity => Ok(()),
            Filter::Field(base, key) => {
                self.path(base, input, into)?;
                let key = self.one(key, input)?;
                into.push(key);
                Ok(())
            }
            _ => Err("Invalid path expression".into()),
        }
    }

    fn sorted(&mut self, input: &Value, by: Option<&Filter>) -> Result<Vec<(Value, Value)>, String> {
        let Value::Array(list) = input else { return Err(format!("{} ({input}) cannot be sorted, as it is not an array", kind(input))) };
        let mut keyed = Vec::new();
        for item in list {
            let key = match by {
                Some(by) => Value::Array(self.all(by, item)?),
                None => item.clone(),
            };
            keyed.push((key, item.clone()));
        }
        keyed.sort_by(|a, b| order(&a.0, &b.0));
        Ok(keyed)
    }

    fn call(&mut self, name: &str, args: &[Filter], input: &Value, out: &mut Vec<Value>) -> Outcome {
        let value = match (name, args) {
            ("empty", []) => return Ok(()),
            ("error", []) => return Err(text(input)),
            ("error", [message]) => return Err(text(&self.one(message, input)?)),
            ("not", []) => (!truth(input)).into(),
            ("length", []) => match input {
                Value::Null => 0.into(),
                Value::String(text) => text.chars().count().into(),
                Value::Array(items) => items.len().into(),
                Value::Object(map) => map.len().into(),
                Value::Number(value) => number(value.as_f64().unwrap_or(0.0).abs()),
                Value::Bool(_) => return Err(format!("boolean ({input}) has no length")),
            },
            ("keys" | "keys_unsorted", []) => match input {
                Value::Object(map) => map.keys().cloned().map(Value::from).collect(),
                Value::Array(items) => (0..items.len()).map(Value::from).collect(),
                value => return Err(format!("{} ({value}) has no keys", kind(value))),
            },
            ("values", []) => {
                if !input.is_null() {
                    out.push(input.clone());
                }
                return Ok(());
            }
            ("select", [condition]) => {
                for value in self.all(condition, input)? {
                    if truth(&value) {
                        out.push(input.clone());
                    }
                }
                return Ok(());
            }
            ("map", [filter]) => {
                let mut values = Vec::new();
                for item in items(input)? {
                    self.apply(filter, &item, &mut values)?;
                }
                Value::Array(values)
            }
            ("map_values", [filter]) => match input {
                Value::Object(map) => {
                    let mut changed = Map::new();
                    for (key, item) in map {
                        if let Some(value) = self.all(filter, item)?.into_iter().next() {
                            changed.insert(key.clone(), value);
                        }
                    }
                    Value::Object(changed)
                }
                _ => return self.call("map", args, input, out),
            },
            ("recurse", []) => {
                recurse(input, out);
                return Ok(());
            }
            ("has", [key]) => {
                let key = self.one(key, input)?;
                match (input, &key) {
                    (Value::Object(map), Value::String(key)) => map.contains_key(key).into(),
                    (Value::Array(items), Value::Number(at)) => at.as_u64().is_some_and(|at| (at as usize) < items.len()).into(),
                    _ => return Err(format!("Cannot check whether {} has a {} key", kind(input), kind(&key))),
                }
            }
            ("contains", [part]) => contains(input, &self.one(part, input)?).into(),
            ("inside", [whole]) => contains(&self.one(whole, input)?, input).into(),
            ("add", []) => items(input)?.iter().try_fold(Value::Null, |sum, item| calculate("+", &sum, item))?,
            ("any", []) => items(input)?.iter().any(truth).into(),
            ("all", []) => items(input)?.iter().all(truth).into(),
            ("any" | "all", [filter]) => {
                let mut holds = Vec::new();
                for item in items(input)? {
                    holds.push(truth(&self.one(filter, &item)?));
                }
                if name == "any" { holds.contains(&true) } else { !holds.contains(&false) }.into()
            }
            ("sort", []) => self.sorted(input, None)?.into_iter().map(|(_, item)| item).collect(),
            ("sort_by", [by]) => self.sorted(input, Some(by))?.into_iter().map(|(_, item)| item).collect(),
            ("min", []) | ("min_by", [_]) => self.sorted(input, args.first())?.into_iter().next().map_or(Value::Null, |(_, item)| item),
            ("max", []) | ("max_by", [_]) => self.sorted(input, args.first())?.pop().map_or(Value::Null, |(_, item)| item),
            ("unique", []) | ("unique_by", [_]) => {
                let mut keyed = self.sorted(input, args.first())?;
                keyed.dedup_by(|b, a| order(&a.0, &b.0).is_eq());
                keyed.into_iter().map(|(_, item)| item).collect()
            }
            ("group_by", [by]) => {
                let mut groups: Vec<(Value, Vec<Value>)> = Vec::new();
                for (key, item) in self.sorted(input, Some(by))? {
                    match groups.last_mut() {
                        Some((last, group)) if order(last, &key).is_eq() => group.push(item),
                        _ => groups.push((key, vec![item])),
                    }
                }
                groups.into_iter().map(|(_, group)| Value::Array(group)).collect()
            }
            ("reverse", []) => match input {
                Value::String(text) => text.chars().rev().collect::<String>().into(),
                _ => items(input)?.into_iter().rev().collect(),
            },
            ("first", []) => index(input, &0.into())?,
            ("last", []) => index(input, &(-1).into())?,
            ("first", [filter]) => {
                out.extend(self.all(filter, input)?.into_iter().next());
                return Ok(());
            }
            ("limit", [count, filter]) => {
                let count = self.one(count, input)?.as_u64().unwrap_or(0) as usize;
                out.extend(self.all(filter, input)?.into_iter().take(count));
                return Ok(());
            }
            ("range", bounds @ ([_] | [_, _])) => {
                let (from, to) = match bounds {
                    [to] => (0.0, self.one(to, input)?.as_f64().unwrap_or(0.0)),
                    [from, to, ..] => (self.one(from, input)?.as_f64().unwrap_or(0.0), self.one(to, input)?.as_f64().unwrap_or(0.0)),
                    [] => (0.0, 0.0),
                };
                let mut at = from;
                while at < to && out.len() < 100_000 {
                    out.push(number(at));
                    at += 1.0;
                }
                return Ok(());
            }
            ("to_entries", []) => match input {
                Value::Object(map) => map.iter().map(|(key, value)| serde_json::json!({"key": key, "value": value})).collect(),
                value => return Err(format!("{} ({value}) has no keys", kind(value))),
            },
            ("from_entries", []) => {
                let mut map = Map::new();
                for item in items(input)? {
                    let key = ["key", "k", "name", "Name", "Key"].iter().map(|key| &item[*key]).find(|key| !key.is_null());
                    let value = item.get("value").or(item.get("v")).or(item.get("Value")).cloned().unwrap_or(Value::Null);
                    map.insert(key.map(text).unwrap_or_default(), value);
                }
                Value::Object(map)
            }
            ("with_entries", [filter]) => {
                let mut entries = Vec::new();
                self.call("to_entries", &[], input, &mut entries)?;
                let mut changed = Vec::new();
                for entry in entries.iter().flat_map(|entries| entries.as_array().into_iter().flatten()) {
                    self.apply(filter, entry, &mut changed)?;
                }
                return self.call("from_entries", &[], &Value::Array(changed), out);
            }
            ("del", [target]) => {
                let mut path = Vec::new();
                self.path(target, input, &mut path)?;
                remove(input.clone(), &path)
            }
            ("type", []) => kind(input).into(),
            ("tostring", []) => text(input).into(),
            ("tojson", []) => input.to_string().into(),
            ("fromjson", []) => serde_json::from_str(&text(input)).map_err(|_| format!("{input} (while parsing '{}')", text(input)))?,
            ("tonumber", []) => match input {
                Value::Number(_) => input.clone(),
                _ => number(text(input).trim().parse().map_err(|_| format!("{} ({input}) cannot be parsed as a number", kind(input)))?),
            },
            ("ascii_downcase", []) => text(input).to_ascii_lowercase().into(),
            ("ascii_upcase", []) => text(input).to_ascii_uppercase().into(),
            ("floor", []) => number(input.as_f64().unwrap_or(0.0).floor()),
            ("ceil", []) => number(input.as_f64().unwrap_or(0.0).ceil()),
            ("round", []) => number(input.as_f64().unwrap_or(0.0).round()),
            ("join", [joint]) => {
                let joint = text(&self.one(joint, input)?);
                let texts: Vec<String> =
                    items(input)?.iter().map(|item| if item.is_null() { String::new() } else { text(item) }).collect();
                texts.join(&joint).into()
            }
            ("split", [joint]) => {
                let joint = text(&self.one(joint, input)?);
                text(input).split(joint.as_str()).filter(|part| !(joint.is_empty() && part.is_empty())).map(Value::from).collect()
            }
            ("startswith", [part]) => text(input).starts_with(&text(&self.one(part, input)?)).into(),
            ("endswith", [part]) => text(input).ends_with(&text(&self.one(part, input)?)).into(),
            ("ltrimstr", [part]) => {
                let (whole, part) = (text(input), text(&self.one(part, input)?));
                whole.strip_prefix(part.as_str()).unwrap_or(&whole).into()
            }
            ("rtrimstr", [part]) => {
                let (whole, part) = (text(input), text(&self.one(part, input)?));
                whole.strip_suffix(part.as_str()).unwrap_or(&whole).into()
            }
            ("test", [pattern]) => {
                let pattern = text(&self.one(pattern, input)?);
                Regex::new(&pattern, Flavor::Perl, false)?.is_match(&text(input)).into()
            }
            ("test", [pattern, flags]) => {
                let (pattern, flags) = (text(&self.one(pattern, input)?), text(&self.one(flags, input)?));
                Regex::new(&pattern, Flavor::Perl, flags.contains('i'))?.is_match(&text(input)).into()
            }
            ("gsub" | "sub", [pattern, with]) => {
                let (pattern, with) = (text(&self.one(pattern, input)?), text(&self.one(with, input)?));
                replace(&Regex::new(&pattern, Flavor::Perl, false)?, &text(input), &with, name == "gsub").into()
            }
            ("index", [part]) => {
                let (whole, part) = (text(input), text(&self.one(part, input)?));
                whole.find(&part).map_or(Value::Null, Value::from)
            }
            ("env", []) => return self.apply(&Filter::Variable("ENV".into()), input, out),
            ("flatten", []) => {
                let mut flat = Vec::new();
                flatten(input, &mut flat);
                Value::Array(flat)
            }
            (name, args) => return Err(format!("{name}/{} is not defined", args.len())),
        };
        out.push(value);
        Ok(())
    }
}

fn recurse(value: &Value, out: &mut Vec<Value>) {
    out.push(value.clone());
    items(value).unwrap_or_default().iter().for_each(|item| recurse(item, out));
}

fn flatten(value: &Value, out: &mut Vec<Value>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| flatten(item, out)),
        other => out.push(other.clone()),
    }
}

fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::String(whole), Value::String(part)) => whole.contains(part.as_str()),
        (Value::Array(whole), Value::Array(part)) => part.iter().all(|part| whole.iter().any(|item| contains(item, part))),
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, part)| whole.get(key).is_some_and(|value| contains(value, part)))
        }
        (whole, part) => order(whole, part).is_eq(),
    }
}

fn calculate(operator: &str, left: &Value, right: &Value) -> Result<Value, String> {
    let order = order(left, right);
    Ok(match (operator, left, right) {
        ("==", ..) => order.is_eq().into(),
        ("!=", ..) => order.is_ne().into(),
        ("<", ..) => order.is_lt().into(),
        ("<=", ..) => order.is_le().into(),
        (">", ..) => order.is_gt().into(),
        (">=", ..) => order.is_ge().into(),
        ("+", Value::Null, other) | ("+", other, Value::Null) => other.clone(),
        ("+", Value::String(left), Value::String(right)) => format!("{left}{right}").into(),
        ("+", Value::Array(left), Value::Array(right)) => [left.as_slice(), right].concat().into(),
        ("+", Value::Object(left), Value::Object(right)) => {
            let mut both = left.clone();
            both.extend(right.clone());
            Value::Object(both)
        }
        ("-", Value::Array(left), Value::Array(right)) => left.iter().filter(|item| !right.contains(item)).cloned().collect(),
        ("/", Value::String(left), Value::String(right)) => left.split(right.as_str()).map(Value::from).collect(),
        (operator, Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap_or(0.0), b.as_f64().unwrap_or(0.0));
            if matches!(operator, "/" | "%") && b == 0.0 {
                return Err(format!("number ({left}) and number ({right}) cannot be divided because the divisor is zero"));
            }
            number(match operator {
                "+" => a + b,
                "-" => a - b,
                "*" => a * b,
                "/" => a / b,
                _ => (a.trunc() % b.trunc()).trunc(),
            })
        }
        (operator, left, right) => {
            let what = match operator {
                "+" => "added",
                "-" => "subtracted",
                "*" => "multiplied",
                _ => "divided",
            };
            return Err(format!("{} ({left}) and {} ({right}) cannot be {what}", kind(left), kind(right)));
        }
    })
}

fn put(mut whole: Value, path: &[Value], value: Value) -> Result<Value, String> {
    let Some((key, rest)) = path.split_first() else { return Ok(value) };
    let inner = put(index(&whole, key)?, rest, value)?;
    match (&mut whole, key) {
        (Value::Array(items), Value::Number(at)) => {
            let at = at.as_u64().unwrap_or(0).min(100_000) as usize;
            items.resize(items.len().max(at + 1), Value::Null);
            items[at] = inner;
        }
        (Value::Null, Value::String(key)) => whole = Value::Object(Map::from_iter([(key.clone(), inner)])),
        (Value::Object(map), Value::String(key)) => drop(map.insert(key.clone(), inner)),
        _ => return Err("Invalid path expression".into()),
    }
    Ok(whole)
}

fn remove(mut whole: Value, path: &[Value]) -> Value {
    match (path, &mut whole) {
        ([Value::String(key)], Value::Object(map)) => drop(map.remove(key)),
        ([Value::Number(at)], Value::Array(items)) => {
            let at = at.as_u64().map_or(usize::MAX, |at| at as usize);
            if at < items.len() {
                items.remove(at);
            }
        }
        ([Value::String(key), rest @ ..], Value::Object(map)) => {
            if let Some(inner) = map.get_mut(key) {
                *inner = remove(inner.take(), rest);
            }
        }
        _ => {}
    }
    whole
}

fn replace(regex: &Regex, text: &str, with: &str, all: bool) -> String {
    let mut out = String::new();
    let (mut at, mut copied) = (0, 0);
    while let Some(found) = (at <= text.len()).then(|| regex.find_at(text, at)).flatten() {
        out.push_str(&text[copied..found.start()]);
        out.push_str(with);
        copied = found.end();
        at = if found.end() > found.start() { found.end() } else { found.end() + text[found.end()..].chars().next().map_or(1, char::len_utf8) };
        if !all {
            break;
        }
    }
    out.push_str(text.get(copied..).unwrap_or(""));
    out
}
