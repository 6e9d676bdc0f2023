//! Running Go templates.

use super::super::{Map, Value, go};
use super::functions;
use super::parse::{Arg, Branch, Command, Node, Operand, Parsed, Pipeline};

/// `None` is Go's invalid value: what a missing key gives, printed `<no value>`.
pub(super) type Result<T> = std::result::Result<T, Stop>;

/// Why a template stops.
pub(super) enum Stop {
    Break,
    Continue,
    Error(String),
}

/// How deep templates may call each other.
const MAX_CALLS: usize = 100;

pub(super) fn execute(
    text: &str,
    parsed: &Parsed,
    document: &Value,
    allow_missing_keys: bool,
) -> std::result::Result<String, (String, String)> {
    let document = as_json(document);
    let mut run = Run { text, parsed, allow_missing_keys, out: String::new(), variables: Vec::new(), calls: 0 };
    run.variables.push(("$".into(), Some(document.clone())));
    match run.nodes(&parsed.main, &Some(document)) {
        Err(Stop::Error(error)) => Err((run.out, error)),
        _ => Ok(run.out),
    }
}

/// The document as Go decodes JSON: every number is a float.
fn as_json(value: &Value) -> Value {
    match value {
        Value::Int(n) => Value::Float(*n as f64),
        Value::Array(items) => items.iter().map(as_json).collect(),
        Value::Object(map) => Value::Object(map.iter().map(|(k, v)| (k.clone(), as_json(v))).collect::<Map>()),
        other => other.clone(),
    }
}

struct Run<'a> {
    text: &'a str,
    parsed: &'a Parsed,
    allow_missing_keys: bool,
    out: String,
    variables: Vec<(String, Option<Value>)>,
    calls: usize,
}

/// What `if` takes for true: what is not empty.
pub(super) fn truth(value: &Option<Value>) -> bool {
    value.as_ref().is_some_and(|value| !value.is_empty())
}

/// As a template prints a value.
pub(super) fn print(value: &Option<Value>) -> String {
    match value {
        None | Some(Value::Null) => "<no value>".into(),
        Some(value) => go::go_print(value),
    }
}

impl<'a> Run<'a> {
    fn fail<T>(&self, at: usize, context: &str, message: &str) -> Result<T> {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rfind('\n').map_or(at, |newline| at - newline - 1);
        Err(Stop::Error(format!("template: output:{line}:{column}: executing \"output\" at <{context}>: {message}")))
    }

    fn nodes(&mut self, nodes: &'a [Node], dot: &Option<Value>) -> Result<()> {
        for node in nodes {
            match node {
                Node::Text(text) => self.out += text,
                Node::Action(pipeline) => {
                    let value = self.pipeline(pipeline, dot)?;
                    if pipeline.variables.is_empty() {
                        self.out += &print(&value);
                    }
                }
                Node::Branch(kind, pipeline, body, otherwise) => {
                    let scope = self.variables.len();
                    self.branch(*kind, pipeline, body, otherwise, dot)?;
                    self.variables.truncate(scope);
                }
                Node::Template(at, name, pipeline) => {
                    let Some(body) = self.parsed.defined.get(name) else {
                        return self.fail(
                            *at,
                            &format!("{{{{template {name:?}}}}}"),
                            &format!("template {name:?} not defined"),
                        );
                    };
                    let dot = pipeline.as_ref().map_or(Ok(None), |pipeline| self.pipeline(pipeline, dot))?;
                    self.calls += 1;
                    if self.calls > MAX_CALLS {
                        return self.fail(*at, name, &format!("exceeded maximum template depth ({MAX_CALLS})"));
                    }
                    let outer = std::mem::replace(&mut self.variables, vec![("$".into(), dot.clone())]);
                    self.nodes(body, &dot)?;
                    self.variables = outer;
                    self.calls -= 1;
                }
                Node::Break => return Err(Stop::Break),
                Node::Continue => return Err(Stop::Continue),
            }
        }
        Ok(())
    }

    fn branch(
        &mut self,
        kind: Branch,
        pipeline: &'a Pipeline,
        body: &'a [Node],
        otherwise: &'a [Node],
        dot: &Option<Value>,
    ) -> Result<()> {
        let value = if kind == Branch::Range {
            // The variables of a range are set for each element.
            self.commands(pipeline, dot)?
        } else {
            self.pipeline(pipeline, dot)?
        };
        if kind != Branch::Range {
            return match (truth(&value), kind) {
                (true, Branch::With) => self.nodes(body, &value),
                (true, _) => self.nodes(body, dot),
                (false, _) => self.nodes(otherwise, dot),
            };
        }
        let elements: Vec<(Value, Value)> = match &value {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(items)) => items.iter().enumerate().map(|(at, item)| (at.into(), item.clone())).collect(),
            Some(Value::Object(map)) => map.iter().map(|(key, item)| (key.as_str().into(), item.clone())).collect(),
            Some(Value::Int(count)) => (0..(*count).min(1_000_000)).map(|n| (n.into(), n.into())).collect(),
            Some(other) => {
                let (at, text) = place(pipeline);
                return self.fail(at, text, &format!("range can't iterate over {}", go::go_print(other)));
            }
        };
        if elements.is_empty() {
            return self.nodes(otherwise, dot);
        }
        let scope = self.variables.len();
        for (key, item) in elements {
            match &pipeline.variables[..] {
                [one] => self.set(one, pipeline.declares, Some(item.clone())),
                [index, one] => {
                    self.set(index, pipeline.declares, Some(key));
                    self.set(one, pipeline.declares, Some(item.clone()));
                }
                _ => {}
            }
            let ended = self.nodes(body, &Some(item));
            self.variables.truncate(scope);
            match ended {
                Err(Stop::Break) => break,
                Ok(()) | Err(Stop::Continue) => {}
                error => return error,
            }
        }
        Ok(())
    }

    fn set(&mut self, name: &str, declares: bool, value: Option<Value>) {
        if declares {
            self.variables.push((name.into(), value));
        } else if let Some((_, place)) = self.variables.iter_mut().rev().find(|(known, _)| known == name) {
            *place = value;
        }
    }

    fn pipeline(&mut self, pipeline: &'a Pipeline, dot: &Option<Value>) -> Result<Option<Value>> {
        let value = self.commands(pipeline, dot)?;
        for name in &pipeline.variables {
            self.set(name, pipeline.declares, value.clone());
        }
        Ok(value)
    }

    fn commands(&mut self, pipeline: &'a Pipeline, dot: &Option<Value>) -> Result<Option<Value>> {
        let mut value = None;
        for (at, command) in pipeline.commands.iter().enumerate() {
            let last = (at > 0).then_some(value);
            value = self.command(command, dot, last)?;
        }
        Ok(value)
    }

    /// A command; `last` is what the pipeline hands on.
    fn command(
        &mut self,
        command: &'a Command,
        dot: &Option<Value>,
        last: Option<Option<Value>>,
    ) -> Result<Option<Value>> {
        let Some((first, rest)) = command.args.split_first() else {
            return Ok(None);
        };
        if let (Operand::Function(name), []) = (&first.kind, &first.fields[..]) {
            return self.call(first, command, name, rest, dot, last);
        }
        if !rest.is_empty() || last.is_some() {
            if let Some(field) = first.fields.last() {
                return self.fail(first.at, &first.text, &format!("{field} is not a method but has arguments"));
            }
            return self.fail(first.at, &command.text, &format!("can't give argument to non-function {}", first.text));
        }
        if matches!(first.kind, Operand::Nil) {
            return self.fail(first.at, &first.text, "nil is not a command");
        }
        self.arg(first, dot)
    }

    fn call(
        &mut self,
        first: &Arg,
        command: &'a Command,
        name: &str,
        rest: &'a [Arg],
        dot: &Option<Value>,
        last: Option<Option<Value>>,
    ) -> Result<Option<Value>> {
        if name == "and" || name == "or" {
            // The rest is not looked at once the answer is known.
            let mut value = None;
            for arg in rest {
                value = self.arg(arg, dot)?;
                if truth(&value) == (name == "or") {
                    return Ok(value);
                }
            }
            return match last {
                Some(last) => Ok(last),
                None if rest.is_empty() => {
                    self.fail(first.at, name, &format!("wrong number of args for {name}: want at least 1 got 0"))
                }
                None => Ok(value),
            };
        }
        let mut args = Vec::with_capacity(rest.len() + 1);
        for arg in rest {
            args.push(self.arg(arg, dot)?);
        }
        args.extend(last);
        match functions::call(name, &args) {
            Ok(value) => Ok(value),
            Err(message) if message.starts_with("wrong number of args") => self.fail(first.at, name, &message),
            Err(message) => self.fail(first.at, &command.text, &format!("error calling {name}: {message}")),
        }
    }

    fn arg(&mut self, arg: &'a Arg, dot: &Option<Value>) -> Result<Option<Value>> {
        let start = match &arg.kind {
            Operand::Dot => dot.clone(),
            Operand::Nil => None,
            Operand::Literal(value) => Some(value.clone()),
            Operand::Variable(name) => {
                self.variables.iter().rev().find(|(known, _)| known == name).and_then(|(_, value)| value.clone())
            }
            Operand::Pipeline(pipeline) => self.pipeline(pipeline, dot)?,
            Operand::Function(name) => match functions::call(name, &[]) {
                Ok(value) => value,
                Err(message) => return self.fail(arg.at, name, &message),
            },
        };
        arg.fields.iter().try_fold(start, |value, field| self.field(arg, value, field))
    }

    fn field(&self, arg: &Arg, value: Option<Value>, field: &str) -> Result<Option<Value>> {
        match value {
            None if self.allow_missing_keys => Ok(None),
            None => self.fail(arg.at, &arg.text, &format!("nil data; no entry for key {field:?}")),
            Some(Value::Object(map)) => match map.get(field) {
                None if !self.allow_missing_keys => {
                    self.fail(arg.at, &arg.text, &format!("map has no entry for key {field:?}"))
                }
                found => Ok(found.cloned()),
            },
            Some(Value::Null) => {
                self.fail(arg.at, &arg.text, &format!("nil pointer evaluating interface {{}}.{field}"))
            }
            Some(_) => self.fail(arg.at, &arg.text, &format!("can't evaluate field {field} in type interface {{}}")),
        }
    }
}

/// Where messages about a pipeline point.
fn place(pipeline: &Pipeline) -> (usize, &str) {
    let command = pipeline.commands.first();
    let at = command.and_then(|command| command.args.first()).map_or(0, |arg| arg.at);
    (at, command.map_or("", |command| command.text.as_str()))
}
