//! The functions of the language.

use super::super::super::date::format_time;
use super::super::parse::Filter;
use super::super::value::{Map, Value};
use super::paths::{below, keys, put, reach, remove};
use super::{Machine, Outcome, calculate, index, items, kind, number, order, text, truth};
use crate::meta::Time;
use crate::shell::regex::{Flavor, Regex};

impl Machine {
    pub(super) fn call(&mut self, name: &str, args: &[Filter], input: &Value, out: &mut Vec<Value>) -> Outcome {
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
                Value::Object(map) if name == "keys" => map.sorted_keys().into_iter().map(|key| key.as_str().into()).collect(),
                Value::Object(_) | Value::Array(_) => keys(input).into_iter().collect(),
                value => return Err(format!("{} ({value}) has no keys", kind(value))),
            },
            (name, []) if KINDS.iter().any(|(kinds, ..)| *kinds == name) => {
                let fits = KINDS.iter().any(|(kinds, names)| *kinds == name && names.contains(&kind(input)));
                out.extend(fits.then(|| input.clone()));
                return Ok(());
            }
            ("paths" | "leaf_paths", []) => {
                let mut paths = Vec::new();
                below(input, &mut Vec::new(), &mut paths);
                let leaf = |path: &Vec<Value>| !matches!(reach(input, path), Ok(Value::Array(_) | Value::Object(_)));
                let wanted = paths.into_iter().filter(|path| !path.is_empty() && (name == "paths" || leaf(path)));
                out.extend(wanted.map(Value::Array));
                return Ok(());
            }
            ("paths", [filter]) => {
                let mut paths = Vec::new();
                below(input, &mut Vec::new(), &mut paths);
                for path in paths.into_iter().filter(|path| !path.is_empty()) {
                    if truth(&self.one(filter, &reach(input, &path)?)?) {
                        out.push(Value::Array(path));
                    }
                }
                return Ok(());
            }
            ("indices", [part]) | ("index" | "rindex", [part]) if name == "indices" || matches!(input, Value::Array(_)) => {
                let part = self.one(part, input)?;
                let found: Vec<Value> = match (input, &part) {
                    (Value::Array(all), Value::Array(part)) if !part.is_empty() => {
                        let starts = all.windows(part.len()).enumerate().filter(|(_, window)| *window == part.as_slice());
                        starts.map(|(at, _)| at.into()).collect()
                    }
                    (Value::Array(all), part) => {
                        all.iter().enumerate().filter(|(_, item)| order(item, part).is_eq()).map(|(at, _)| at.into()).collect()
                    }
                    (whole, part) => text(whole).match_indices(&text(part)).map(|(at, _)| at.into()).collect(),
                };
                match name {
                    "indices" => Value::Array(found),
                    "index" => found.into_iter().next().unwrap_or(Value::Null),
                    _ => found.into_iter().next_back().unwrap_or(Value::Null),
                }
            }
            ("rindex", [part]) => {
                let (whole, part) = (text(input), text(&self.one(part, input)?));
                whole.rfind(&part).map_or(Value::Null, Value::from)
            }
            ("recurse", [step]) => {
                out.push(input.clone());
                for value in self.all(step, input)? {
                    self.call(name, args, &value, out)?;
                }
                return Ok(());
            }
            ("until", [holds, step]) => {
                let mut value = input.clone();
                while !truth(&self.one(holds, &value)?) {
                    value = self.one(step, &value)?;
                }
                value
            }
            ("transpose", []) => {
                let rows = items(input)?;
                let wide = rows.iter().map(|row| keys(row).len()).max().unwrap_or(0);
                let column = |at: usize| rows.iter().map(|row| index(row, &at.into()).unwrap_or(Value::Null)).collect();
                (0..wide).map(column).collect()
            }
            ("IN", [source]) => self.all(source, input)?.iter().any(|item| order(item, input).is_eq()).into(),
            ("in", [whole]) => {
                let whole = self.one(whole, input)?;
                index(&whole, input).is_ok_and(|value| !value.is_null()).into()
            }
            ("input", []) => self.inputs.pop_front().ok_or("No more inputs")?.0,
            ("inputs", []) => {
                out.extend(std::mem::take(&mut self.inputs).into_iter().map(|(value, _)| value));
                return Ok(());
            }
            ("path", [filter]) => {
                let paths = self.paths(filter, input)?;
                out.extend(paths.into_iter().map(Value::Array));
                return Ok(());
            }
            ("getpath", [path]) => match self.one(path, input)? {
                Value::Array(path) => reach(input, &path).unwrap_or(Value::Null),
                _ => return Err("Path must be specified as an array".into()),
            },
            ("setpath", [path, value]) => {
                let Value::Array(path) = self.one(path, input)? else { return Err("Path must be specified as an array".into()) };
                put(input.clone(), &path, self.one(value, input)?)?
            }
            ("walk", [filter]) => self.walk(filter, input)?,
            ("explode", []) => text(input).chars().map(|c| (u32::from(c) as usize).into()).collect(),
            ("implode", []) => {
                let code = |item: &Value| char::from_u32(item.as_u64()? as u32);
                items(input)?.iter().filter_map(code).collect::<String>().into()
            }
            ("trim", []) => text(input).trim().into(),
            ("ltrim", []) => text(input).trim_start().into(),
            ("rtrim", []) => text(input).trim_end().into(),
            ("now", []) => number(self.now.0 as f64 / 1e6),
            ("todate" | "todateiso8601", []) => moment(input)?.rfc3339().into(),
            ("strftime", [pattern]) => format_time(moment(input)?, &text(&self.one(pattern, input)?)).into(),
            ("fromdate" | "fromdateiso8601", []) => {
                let time = Time::parse(&text(input));
                let time = time.ok_or_else(|| format!("date {input} does not match format \"%Y-%m-%dT%H:%M:%SZ\""))?;
                number(time.seconds() as f64)
            }
            ("sqrt", []) => number(input.as_f64().unwrap_or(0.0).sqrt()),
            ("abs", []) => number(input.as_f64().unwrap_or(0.0).abs()),
            ("infinite", []) => number(f64::MAX),
            ("any" | "all", [source, filter]) => {
                let mut holds = Vec::new();
                for item in self.all(source, input)? {
                    holds.push(truth(&self.one(filter, &item)?));
                }
                if name == "any" { holds.contains(&true) } else { !holds.contains(&false) }.into()
            }
            ("add", [source]) => self.all(source, input)?.iter().try_fold(Value::Null, |sum, item| calculate("+", &sum, item))?,
            ("flatten", [depth]) => {
                let mut flat = Vec::new();
                let depth = self.one(depth, input)?.as_u64().unwrap_or(0) as usize;
                flatten(input, depth + 1, &mut flat);
                Value::Array(flat)
            }
            ("capture", [pattern]) | ("scan", [pattern]) => {
                let (regex, names) = named(&text(&self.one(pattern, input)?))?;
                let whole = text(input);
                let mut at = 0;
                while let Some(found) = (at <= whole.len()).then(|| regex.find_at(&whole, at)).flatten() {
                    at = found.end().max(found.start() + 1);
                    let groups = || (1..found.len()).map(|group| Value::from(found.text(&whole, group)));
                    if name == "capture" {
                        let pairs = names.iter().zip(groups()).filter_map(|(name, text)| Some((name.clone()?, text)));
                        out.push(Value::Object(pairs.collect()));
                        break;
                    }
                    out.push(if found.len() > 1 { groups().collect() } else { found.text(&whole, 0).into() });
                }
                return Ok(());
            }
            ("splits", [pattern]) | ("split", [pattern, _]) => {
                let regex = named(&text(&self.one(pattern, input)?))?.0;
                let (whole, mut from, mut pieces) = (text(input), 0, Vec::new());
                while let Some(found) = regex.find_at(&whole, from).filter(|found| found.end() > found.start()) {
                    pieces.push(whole[from..found.start()].into());
                    from = found.end();
                }
                pieces.push(whole[from..].into());
                if name == "split" {
                    Value::Array(pieces)
                } else {
                    out.extend(pieces);
                    return Ok(());
                }
            }
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
                    let mut changed = Map::default();
                    for (key, item) in map.iter() {
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
            ("range", bounds @ ([_] | [_, _] | [_, _, _])) => {
                let step = match bounds.get(2) {
                    Some(step) => self.one(step, input)?.as_f64().unwrap_or(1.0),
                    None => 1.0,
                };
                let (from, to) = match bounds {
                    [to] => (0.0, self.one(to, input)?.as_f64().unwrap_or(0.0)),
                    [from, to, ..] => (self.one(from, input)?.as_f64().unwrap_or(0.0), self.one(to, input)?.as_f64().unwrap_or(0.0)),
                    [] => (0.0, 0.0),
                };
                let mut at = from;
                while step != 0.0 && (if step > 0.0 { at < to } else { at > to }) && out.len() < 100_000 {
                    out.push(number(at));
                    at += step;
                }
                return Ok(());
            }
            ("to_entries", []) if matches!(input, Value::Array(_)) => {
                let entry = |(key, value): (Value, Value)| {
                    Value::Object([("key".to_string(), key), ("value".to_string(), value)].into_iter().collect())
                };
                keys(input).into_iter().zip(items(input)?).map(entry).collect()
            }
            ("to_entries", []) => match input {
                Value::Object(map) => {
                    let entry = |(key, value): &(String, Value)| {
                        let pairs = [("key".to_string(), key.as_str().into()), ("value".to_string(), value.clone())];
                        Value::Object(pairs.into_iter().collect())
                    };
                    map.iter().map(entry).collect()
                }
                value => return Err(format!("{} ({value}) has no keys", kind(value))),
            },
            ("from_entries", []) => {
                let mut map = Map::default();
                for item in items(input)? {
                    let key = ["key", "k", "name", "Name", "Key"].iter().find_map(|key| item.get(key).filter(|key| !key.is_null()));
                    let value = item.get("value").or(item.get("v")).or(item.get("Value")).cloned().unwrap_or(Value::Null);
                    map.insert(key.map(text).unwrap_or_default(), value);
                }
                Value::Object(map)
            }
            ("with_entries", [filter]) => {
                let mut entries = Vec::new();
                self.call("to_entries", &[], input, &mut entries)?;
                let mut changed = Vec::new();
                for entry in entries.iter().flat_map(|entries| items(entries).unwrap_or_default()) {
                    self.apply(filter, &entry, &mut changed)?;
                }
                return self.call("from_entries", &[], &Value::Array(changed), out);
            }
            ("del", [target]) => {
                let mut paths = self.paths(target, input)?;
                // The last first, so that those before stay where they are.
                paths.sort_by(|a, b| order(&Value::Array(b.clone()), &Value::Array(a.clone())));
                paths.iter().fold(input.clone(), |whole, path| remove(whole, path))
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
                let (regex, names) = named(&text(&self.one(pattern, input)?))?;
                let (whole, mut at, mut copied, mut done) = (text(input), 0, 0, String::new());
                while let Some(found) = (at <= whole.len()).then(|| regex.find_at(&whole, at)).flatten() {
                    // What stands in place of a match sees its named groups.
                    let groups = (1..found.len()).map(|group| Value::from(found.text(&whole, group)));
                    let pairs = names.iter().zip(groups).filter_map(|(name, text)| Some((name.clone()?, text)));
                    done.push_str(&whole[copied..found.start()]);
                    done.push_str(&text(&self.one(with, &Value::Object(pairs.collect()))?));
                    copied = found.end();
                    let next = whole[copied..].chars().next().map_or(1, char::len_utf8);
                    at = if found.end() > found.start() { copied } else { copied + next };
                    if name == "sub" {
                        break;
                    }
                }
                (done + whole.get(copied..).unwrap_or_default()).into()
            }
            ("index", [part]) => {
                let (whole, part) = (text(input), text(&self.one(part, input)?));
                whole.find(&part).map_or(Value::Null, Value::from)
            }
            ("env", []) => return self.apply(&Filter::Variable("ENV".into()), input, out),
            ("flatten", []) => {
                let mut flat = Vec::new();
                flatten(input, 100, &mut flat);
                Value::Array(flat)
            }
            (name, args) => return Err(format!("{name}/{} is not defined", args.len())),
        };
        out.push(value);
        Ok(())
    }

    /// `walk`: the filter applied to everything, from the leaves up.
    pub(super) fn walk(&mut self, filter: &Filter, input: &Value) -> Result<Value, String> {
        let inner = match input {
            Value::Array(items) => {
                let mut walked = Vec::new();
                for item in items {
                    walked.push(self.walk(filter, item)?);
                }
                Value::Array(walked)
            }
            Value::Object(map) => {
                let mut walked = Map::default();
                for (key, item) in map.iter() {
                    walked.insert(key.clone(), self.walk(filter, item)?);
                }
                Value::Object(walked)
            }
            other => other.clone(),
        };
        self.one(filter, &inner)
    }

    pub(super) fn sorted(&mut self, input: &Value, by: Option<&Filter>) -> Result<Vec<(Value, Value)>, String> {
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
}

/// The filters that let pass what is of some kind.
pub(super) const KINDS: &[(&str, &[&str])] = &[
    ("numbers", &["number"]),
    ("strings", &["string"]),
    ("booleans", &["boolean"]),
    ("arrays", &["array"]),
    ("objects", &["object"]),
    ("nulls", &["null"]),
    ("iterables", &["array", "object"]),
    ("scalars", &["null", "boolean", "number", "string"]),
];

/// The moment that a number of seconds stands for.
fn moment(value: &Value) -> Result<Time, String> {
    let seconds = value.as_f64().ok_or("strftime/1 requires parsed datetime inputs")?;
    Ok(Time((seconds.floor() * 1e6) as i64))
}

/// A pattern without the names of its groups, and the names.
fn named(pattern: &str) -> Result<(Regex, Vec<Option<String>>), String> {
    let (mut plain, mut names) = (String::new(), Vec::new());
    let mut rest = pattern;
    while let Some(at) = rest.find(['(', '\\']) {
        let (before, tail) = rest.split_at(at);
        plain.push_str(before);
        let name = tail.strip_prefix("(?<").and_then(|tail| tail.split_once('>'));
        if let Some(after) = tail.strip_prefix('\\') {
            let escaped = 1 + after.chars().next().map_or(0, char::len_utf8);
            plain.push_str(&tail[..escaped]);
            rest = &tail[escaped..];
        } else if let Some((name, after)) = name {
            names.push(Some(name.into()));
            plain.push('(');
            rest = after;
        } else {
            if !tail.starts_with("(?") {
                names.push(None);
            }
            plain.push('(');
            rest = &tail[1..];
        }
    }
    plain.push_str(rest);
    Ok((Regex::new(&plain, Flavor::Perl, false)?, names))
}

pub(super) fn recurse(value: &Value, out: &mut Vec<Value>) {
    out.push(value.clone());
    items(value).unwrap_or_default().iter().for_each(|item| recurse(item, out));
}

fn flatten(value: &Value, depth: usize, out: &mut Vec<Value>) {
    match value {
        Value::Array(items) if depth > 0 => items.iter().for_each(|item| flatten(item, depth - 1, out)),
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
