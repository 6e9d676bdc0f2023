//! Applying a jq filter: every filter gives any number of values. `calls` has the functions, `paths` the places.

mod calls;
mod paths;

use super::parse::{Filter, Piece};
use super::value::{Map, Value};
use calls::recurse;
use paths::{put, reach, remove};
use crate::meta::Time;
use base64::Engine;
use std::cmp::Ordering;
use std::collections::VecDeque;
use std::rc::Rc;

/// How many filters one input may apply before it is given up.
const MAX_STEPS: usize = 2_000_000;

pub struct Machine {
    pub variables: Vec<(String, Value)>,
    pub steps: usize,
    pub now: Time,
    /// The inputs that have not been read yet.
    pub inputs: VecDeque<(Value, usize)>,
    /// The functions of `def` that hold.
    pub scope: Option<Rc<Scope>>,
    /// How many of them are at work.
    pub calls: usize,
}

/// How deep functions may call each other.
const MAX_CALLS: usize = 200;

/// A function of `def`, or what was handed to one, with those that hold around it.
pub struct Scope {
    name: String,
    parameters: Vec<String>,
    body: Rc<Filter>,
    outer: Option<Rc<Scope>>,
    /// Of what was handed over: the functions that held where it was written.
    written: Option<Option<Rc<Scope>>>,
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
    fn defined(&self, name: &str, count: usize) -> Option<Rc<Scope>> {
        let mut at = self.scope.as_ref();
        while let Some(scope) = at {
            if scope.name == name && scope.parameters.len() == count {
                return Some(scope.clone());
            }
            at = scope.outer.as_ref();
        }
        None
    }

    fn enter(&mut self, function: &Rc<Scope>, args: &[Filter], input: &Value, out: &mut Vec<Value>) -> Outcome {
        if self.calls > MAX_CALLS {
            return Err("functions call each other too deep".into());
        }
        let inner = match &function.written {
            Some(written) => written.clone(),
            None => function.parameters.iter().zip(args).fold(Some(function.clone()), |outer, (name, arg)| {
                let (name, body, written) = (name.clone(), Rc::new(arg.clone()), Some(self.scope.clone()));
                Some(Rc::new(Scope { name, parameters: Vec::new(), body, outer, written }))
            }),
        };
        let before = std::mem::replace(&mut self.scope, inner);
        self.calls += 1;
        let ended = self.apply(&function.body, input, out);
        self.calls -= 1;
        self.scope = before;
        ended
    }

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
            Filter::Define(name, parameters, body, rest) => {
                let outer = self.scope.clone();
                let (name, parameters, body) = (name.clone(), parameters.clone(), body.clone());
                self.scope = Some(Rc::new(Scope { name, parameters, body, outer: outer.clone(), written: None }));
                let ended = self.apply(rest, input, out);
                self.scope = outer;
                ended?;
            }
            Filter::Call(name, args) => match self.defined(name, args.len()) {
                Some(function) => self.enter(&function, args, input, out)?,
                None => self.call(name, args, input, out)?,
            },
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

