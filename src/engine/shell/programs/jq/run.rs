//! Applying a jq filter: every filter gives any number of values.

use super::super::date::format_time;
use super::parse::{Filter, Piece};
use super::value::{Map, Value};
use crate::meta::Time;
use crate::shell::regex::{Flavor, Regex};
use base64::Engine;
use std::cmp::Ordering;
use std::collections::VecDeque;

/// How many filters one input may apply before it is given up.
const MAX_STEPS: usize = 2_000_000;

pub struct Machine {
    pub variables: Vec<(String, Value)>,
    pub steps: usize,
    pub now: Time,
    /// The inputs that have not been read yet.
    pub inputs: VecDeque<(Value, usize)>,
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
    value.into()
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
        (Value::Object(a), Value::Object(b)) => {
            let keys = a.sorted_keys();
            let pair = |key: &&String| Some(order(a.get(key)?, b.get(key)?));
            keys.cmp(&b.sorted_keys()).then_with(|| {
                keys.iter().filter_map(pair).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
            })
        }
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
            Filter::Each(parts, name) => {
                let [source, start, step, show] = &**parts;
                let mut state = self.one(start, input)?;
                for value in self.all(source, input)? {
                    self.variables.push((name.clone(), value));
                    let next = self.one(step, &state);
                    let shown = next.and_then(|next| {
                        state = next;
                        self.apply(show, &state, out)
                    });
                    self.variables.pop();
                    shown?;
                }
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
        let mut objects = vec![Map::default()];
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
            "=" | "|=" | "+=" | "-=" | "*=" | "/=" | "%=" | "//=" => {
                let paths = self.paths(left, input)?;
                let by = if operator == "|=" { Value::Null } else { self.one(right, input)? };
                let mut whole = input.clone();
                for path in paths {
                    let old = reach(&whole, &path)?;
                    let value = match operator {
                        "=" => by.clone(),
                        "//=" => if truth(&old) { old } else { by.clone() },
                        "|=" => match self.all(right, &old)?.into_iter().next() {
                            Some(value) => value,
                            None => {
                                whole = remove(whole, &path);
                                continue;
                            }
                        },
                        operator => calculate(&operator[..1], &old, &by)?,
                    };
                    whole = put(whole, &path, value)?;
                }
                out.push(whole);
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

    /// The keys that lead to each value that a filter gives.
    fn paths(&mut self, filter: &Filter, input: &Value) -> Result<Vec<Vec<Value>>, String> {
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

    /// `walk`: the filter applied to everything, from the leaves up.
    fn walk(&mut self, filter: &Filter, input: &Value) -> Result<Value, String> {
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
}

/// The filters that let pass what is of some kind.
const KINDS: &[(&str, &[&str])] = &[
    ("numbers", &["number"]),
    ("strings", &["string"]),
    ("booleans", &["boolean"]),
    ("arrays", &["array"]),
    ("objects", &["object"]),
    ("nulls", &["null"]),
    ("iterables", &["array", "object"]),
    ("scalars", &["null", "boolean", "number", "string"]),
];

/// The keys of an object as they come, the indexes of an array.
fn keys(value: &Value) -> Vec<Value> {
    match value {
        Value::Object(map) => map.iter().map(|(key, _)| key.as_str().into()).collect(),
        Value::Array(items) => (0..items.len()).map(Value::from).collect(),
        _ => Vec::new(),
    }
}

/// What stands at the end of a path.
fn reach(value: &Value, path: &[Value]) -> Result<Value, String> {
    path.iter().try_fold(value.clone(), |value, key| index(&value, key))
}

/// The paths to a value and all below it.
fn below(value: &Value, path: &mut Vec<Value>, out: &mut Vec<Vec<Value>>) {
    out.push(path.clone());
    for key in keys(value) {
        if let Ok(inner) = index(value, &key) {
            path.push(key);
            below(&inner, path, out);
            path.pop();
        }
    }
}

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
        if tail.starts_with('\\') {
            let escaped = 1 + tail[1..].chars().next().map_or(0, char::len_utf8);
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

fn recurse(value: &Value, out: &mut Vec<Value>) {
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
        ("+", Value::Array(left), Value::Array(right)) => Value::Array([left.as_slice(), right].concat()),
        ("+", Value::Object(left), Value::Object(right)) => {
            let mut both = left.clone();
            right.iter().for_each(|(key, value)| both.insert(key.clone(), value.clone()));
            Value::Object(both)
        }
        ("*", Value::Object(left), Value::Object(right)) => {
            let mut both = left.clone();
            for (key, value) in right.iter() {
                let value = match (both.get(key), value) {
                    (Some(old @ Value::Object(_)), Value::Object(_)) => calculate("*", old, value)?,
                    _ => value.clone(),
                };
                both.insert(key.clone(), value);
            }
            Value::Object(both)
        }
        ("*", Value::String(text), Value::Number(count)) | ("*", Value::Number(count), Value::String(text)) => {
            let count = count.as_f64().unwrap_or(0.0);
            if count <= 0.0 { Value::Null } else { text.repeat(count.ceil().min(1e5) as usize).into() }
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
