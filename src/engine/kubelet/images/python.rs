//! Scripts given to python on its command line: enough of the language for those of the documentation.

use super::{Context, Outcome, Run};
use crate::meta::SortedMap;
use crate::process::Process;
use std::rc::Rc;
use std::time::Duration;

/// A value.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    None,
    Bool(bool),
    Int(i64),
    Text(String),
    List(Vec<Value>),
}

/// Why a script ends before its end, or leaves a block.
#[derive(Debug)]
enum Stop {
    Exit(i32),
    Error(String),
    Break,
    Continue,
}

type Done<T> = Result<T, Stop>;

/// How long a turn of a loop takes at least, so that those without end let time pass.
const TURN: Duration = Duration::from_micros(200);

/// Runs a script.
pub fn run(run: &Run, script: &str) -> Outcome {
    let lines: Vec<Line> = script.lines().enumerate().flat_map(|(at, line)| Line::read(at + 1, line)).collect();
    let mut machine = Machine {
        context: run.context.clone(),
        process: run.process.clone(),
        lines: lines.into(),
        names: SortedMap::new(),
        sleep: Duration::ZERO,
        line: 0,
    };
    Outcome::Task(Box::pin(async move {
        let end = machine.lines.len();
        match machine.block(0, end).await {
            Ok(()) | Err(Stop::Break | Stop::Continue) => 0,
            Err(Stop::Exit(code)) => code,
            Err(Stop::Error(why)) => {
                let line = machine.line;
                let place = format!("  File \"<string>\", line {line}, in <module>\n");
                machine.write(&format!("Traceback (most recent call last):\n{place}{why}\n"), true);
                1
            }
        }
    }))
}

/// A line that says something.
struct Line {
    number: usize,
    indent: usize,
    text: String,
}

impl Line {
    /// The statements of a line: those between semicolons, and what stands behind a colon.
    fn read(number: usize, line: &str) -> Vec<Line> {
        let indent = line.len() - line.trim_start().len();
        let mut parts: Vec<Line> = Vec::new();
        for text in split(line.trim(), ';') {
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let colon = HEADS.iter().any(|head| text.starts_with(head)).then(|| find(text, ':')).flatten();
            let (head, tail) = colon.map_or((text, ""), |at| text.split_at(at + 1));
            parts.push(Line { number, indent, text: head.into() });
            if !tail.trim().is_empty() {
                parts.push(Line { number, indent: indent + 1, text: tail.trim().into() });
            }
        }
        parts
    }
}

const HEADS: &[&str] = &["if ", "elif ", "else:", "while ", "for "];

/// Where a character stands outside of quotes and brackets.
fn find(text: &str, wanted: char) -> Option<usize> {
    let (mut quote, mut depth) = (None, 0);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, c) if c == wanted && depth == 0 => return Some(at),
            _ => {}
        }
    }
    None
}

fn split(text: &str, at: char) -> Vec<&str> {
    match find(text, at) {
        Some(place) => [vec![&text[..place]], split(&text[place + at.len_utf8()..], at)].concat(),
        None => vec![text],
    }
}

struct Machine {
    context: Rc<Context>,
    process: Option<Process>,
    lines: Rc<[Line]>,
    names: SortedMap<String, Value>,
    /// What the statement being run has asked to wait.
    sleep: Duration,
    line: usize,
}

impl Machine {
    fn write(&self, text: &str, error: bool) {
        match (&self.process, error) {
            (Some(process), true) => process.err(text),
            (Some(process), false) => process.out(text),
            (None, true) => self.context.err(text),
            (None, false) => self.context.out(text),
        }
    }

    /// The first line from `from` on that is not deeper than `indent`.
    fn end_of(&self, from: usize, to: usize, indent: usize) -> usize {
        (from..to).find(|at| self.lines[*at].indent <= indent).unwrap_or(to)
    }

    fn block(&mut self, from: usize, to: usize) -> Running<'_> {
        Box::pin(async move {
            let lines = self.lines.clone();
            let mut at = from;
            // Whether a branch of the `if` before has been taken.
            let mut taken = false;
            while at < to {
                let line = &lines[at];
                self.line = line.number;
                let body = at + 1;
                let end = self.end_of(body, to, line.indent);
                let head = |word: &str| line.text.strip_prefix(word).and_then(|rest| rest.strip_suffix(':'));
                if let Some(condition) = head("if ") {
                    taken = truth(&self.evaluate(condition)?);
                    if taken {
                        self.block(body, end).await?;
                    }
                    at = end;
                } else if let Some(condition) = head("elif ") {
                    if !taken && truth(&self.evaluate(condition)?) {
                        taken = true;
                        self.block(body, end).await?;
                    }
                    at = end;
                } else if head("else").is_some() {
                    if !taken {
                        self.block(body, end).await?;
                    }
                    at = end;
                } else if let Some(condition) = head("while ") {
                    while truth(&self.evaluate(condition)?) {
                        if self.turn(body, end).await? {
                            break;
                        }
                    }
                    at = end;
                } else if let Some((name, items)) = head("for ").and_then(|rest| rest.split_once(" in ")) {
                    let Value::List(items) = self.evaluate(items)? else {
                        return Err(Stop::Error("TypeError: object is not iterable".into()));
                    };
                    for item in items {
                        self.names.insert(name.trim().into(), item);
                        if self.turn(body, end).await? {
                            break;
                        }
                    }
                    at = end;
                } else {
                    self.statement(&line.text)?;
                    let sleep = std::mem::take(&mut self.sleep);
                    if !sleep.is_zero() {
                        self.context.clock.sleep(sleep).await;
                    }
                    at = body;
                }
            }
            Ok(())
        })
    }

    /// One turn of a loop; whether it was the last.
    async fn turn(&mut self, from: usize, to: usize) -> Done<bool> {
        self.context.clock.sleep(TURN).await;
        match self.block(from, to).await {
            Err(Stop::Break) => Ok(true),
            Ok(()) | Err(Stop::Continue) => Ok(false),
            Err(stop) => Err(stop),
        }
    }

    fn statement(&mut self, text: &str) -> Done<()> {
        match text.split_whitespace().next().unwrap_or_default() {
            "import" | "from" | "pass" => return Ok(()),
            "break" => return Err(Stop::Break),
            "continue" => return Err(Stop::Continue),
            "def" | "class" | "try:" | "with" | "lambda" | "async" => {
                return Err(Stop::Error("NotImplementedError: this python runs simple statements only".into()));
            }
            _ => {}
        }
        let assigned = find(text, '=').filter(|at| {
            let before = text[..*at].trim_end().trim_end_matches(['+', '-']).trim();
            !before.is_empty()
                && before.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
                && !text[at + 1..].starts_with('=')
        });
        let Some(at) = assigned else { return self.evaluate(text).map(drop) };
        let (target, value) = (text[..at].trim_end(), self.evaluate(&text[at + 1..])?);
        let name = target.trim_end_matches(['+', '-']).trim().to_string();
        let value = match target.as_bytes().last() {
            Some(sign @ (b'+' | b'-')) => {
                let old = self.names.get(&name).cloned().unwrap_or(Value::Int(0));
                binary(if *sign == b'+' { "+" } else { "-" }, old, value)?
            }
            _ => value,
        };
        self.names.insert(name, value);
        Ok(())
    }

    fn evaluate(&mut self, text: &str) -> Done<Value> {
        let mut reader = Reader { rest: text.trim(), depth: 0, machine: self };
        let value = reader.level(0)?;
        if reader.rest.trim().is_empty() || reader.rest.trim_start().starts_with('#') {
            return Ok(value);
        }
        Err(Stop::Error("SyntaxError: invalid syntax".into()))
    }

    fn call(&mut self, name: &str, args: Vec<Value>, end: Option<String>) -> Done<Value> {
        let first = args.first().cloned().unwrap_or(Value::None);
        Ok(match name {
            "print" => {
                let words: Vec<String> = args.iter().map(show).collect();
                self.write(&(words.join(" ") + end.as_deref().unwrap_or("\n")), false);
                Value::None
            }
            "int" => match &first {
                Value::Int(number) => Value::Int(*number),
                Value::Bool(yes) => Value::Int(i64::from(*yes)),
                Value::Text(text) => match text.trim().parse() {
                    Ok(number) => Value::Int(number),
                    Err(_) => {
                        let why = format!("ValueError: invalid literal for int() with base 10: '{text}'");
                        return Err(Stop::Error(why));
                    }
                },
                _ => {
                    let why = "TypeError: int() argument must be a string, a bytes-like object or a real number, not 'NoneType'";
                    return Err(Stop::Error(why.into()));
                }
            },
            "str" => Value::Text(show(&first)),
            "len" => Value::Int(match &first {
                Value::Text(text) => text.chars().count() as i64,
                Value::List(items) => items.len() as i64,
                _ => return Err(Stop::Error("TypeError: object has no len()".into())),
            }),
            "range" => {
                let numbers: Vec<i64> =
                    args.iter().map(|value| if let Value::Int(n) = value { *n } else { 0 }).collect();
                let (from, to) = if let [to] = numbers.as_slice() {
                    (0, *to)
                } else {
                    (numbers.first().copied().unwrap_or(0), *numbers.get(1).unwrap_or(&0))
                };
                Value::List((from..to.min(from.saturating_add(100_000))).map(Value::Int).collect())
            }
            "sys.exit" | "exit" | "quit" | "os._exit" => {
                return Err(match first {
                    Value::None => Stop::Exit(0),
                    Value::Int(code) => Stop::Exit(code as i32 & 0xff),
                    Value::Bool(code) => Stop::Exit(i32::from(code)),
                    other => {
                        self.write(&(show(&other) + "\n"), true);
                        Stop::Exit(1)
                    }
                });
            }
            "time.sleep" | "sleep" => {
                let seconds = show(&first).parse::<f64>().unwrap_or(0.0).clamp(0.0, 1e9);
                self.sleep += Duration::from_secs_f64(seconds);
                Value::None
            }
            "os.environ.get" | "os.getenv" => {
                let default = args.get(1).cloned().unwrap_or(Value::None);
                self.variable(&show(&first)).map_or(default, Value::Text)
            }
            "socket.gethostname" | "os.uname" | "platform.node" => Value::Text(self.context.hostname.to_string()),
            "random.randint" => {
                let bound = |at: usize| if let Some(Value::Int(n)) = args.get(at) { *n } else { 0 };
                let width = bound(1).saturating_sub(bound(0)).max(0) as u64 + 1;
                Value::Int(bound(0) + self.context.rng.below(width) as i64)
            }
            "os.getpid" => Value::Int(1),
            "sys.stdout.flush" => Value::None,
            other => {
                let root = other.split('.').next().unwrap_or(other);
                return Err(Stop::Error(format!("NameError: name '{root}' is not defined")));
            }
        })
    }

    fn variable(&self, name: &str) -> Option<String> {
        match &self.process {
            Some(process) => process.var(name).map(String::from),
            None => self.context.env.get(name).map(String::from),
        }
    }
}

/// A block being run.
type Running<'a> = std::pin::Pin<Box<dyn Future<Output = Done<()>> + 'a>>;

fn truth(value: &Value) -> bool {
    match value {
        Value::None => false,
        Value::Bool(yes) => *yes,
        Value::Int(number) => *number != 0,
        Value::Text(text) => !text.is_empty(),
        Value::List(items) => !items.is_empty(),
    }
}

fn show(value: &Value) -> String {
    match value {
        Value::None => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Int(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::List(items) => {
            let inner = items.iter().map(|item| match item {
                Value::Text(text) => format!("'{text}'"),
                other => show(other),
            });
            format!("[{}]", inner.collect::<Vec<_>>().join(", "))
        }
    }
}

fn binary(operator: &str, left: Value, right: Value) -> Done<Value> {
    use Value::{Bool, Int, Text};
    let wrong = || Stop::Error(format!("TypeError: unsupported operand type(s) for {operator}"));
    Ok(match (operator, left, right) {
        ("or", left, right) => {
            if truth(&left) {
                left
            } else {
                right
            }
        }
        ("and", left, right) => {
            if truth(&left) {
                right
            } else {
                left
            }
        }
        ("==", left, right) => Bool(left == right),
        ("!=", left, right) => Bool(left != right),
        ("in", left, Value::List(items)) => Bool(items.contains(&left)),
        ("in", Text(part), Text(whole)) => Bool(whole.contains(&part)),
        ("<=", Int(a), Int(b)) => Bool(a <= b),
        (">=", Int(a), Int(b)) => Bool(a >= b),
        ("<", Int(a), Int(b)) => Bool(a < b),
        (">", Int(a), Int(b)) => Bool(a > b),
        ("+", Int(a), Int(b)) => Int(a.wrapping_add(b)),
        ("+", Text(a), Text(b)) => Text(a + &b),
        ("-", Int(a), Int(b)) => Int(a.wrapping_sub(b)),
        ("*", Int(a), Int(b)) => Int(a.wrapping_mul(b)),
        ("*", Text(text), Int(times)) => Text(text.repeat(times.clamp(0, 10_000) as usize)),
        ("//" | "/" | "%", Int(_), Int(0)) => return Err(Stop::Error("ZeroDivisionError: division by zero".into())),
        ("//" | "/", Int(a), Int(b)) => Int(a.wrapping_div_euclid(b)),
        ("%", Int(a), Int(b)) => Int(a.wrapping_rem_euclid(b)),
        _ => return Err(wrong()),
    })
}

/// The operators, from those that bind least.
const LEVELS: &[&[&str]] =
    &[&["or"], &["and"], &["==", "!=", "<=", ">=", "<", ">", "in"], &["+", "-"], &["*", "//", "/", "%"]];

/// How deep expressions may nest.
const DEPTH: usize = 60;

struct Reader<'a, 'm> {
    rest: &'a str,
    depth: usize,
    machine: &'m mut Machine,
}

impl<'a> Reader<'a, '_> {
    fn level(&mut self, level: usize) -> Done<Value> {
        self.depth += 1;
        let value = if self.depth > DEPTH * LEVELS.len() {
            Err(Stop::Error("SyntaxError: too many nested parentheses".into()))
        } else {
            self.operation(level)
        };
        self.depth -= 1;
        value
    }

    fn operation(&mut self, level: usize) -> Done<Value> {
        let Some(operators) = LEVELS.get(level) else { return self.primary() };
        if level == 2 && self.word("not") {
            return Ok(Value::Bool(!truth(&self.level(level)?)));
        }
        let mut left = self.level(level + 1)?;
        while let Some(operator) = operators.iter().find(|operator| self.operator(operator)) {
            let right = self.level(level + 1)?;
            left = binary(operator, left, right)?;
        }
        Ok(left)
    }

    fn operator(&mut self, operator: &str) -> bool {
        if operator.starts_with(char::is_alphabetic) { self.word(operator) } else { self.sign(operator) }
    }

    fn word(&mut self, word: &str) -> bool {
        let rest = self.rest.trim_start();
        let found = rest.strip_prefix(word).filter(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'));
        found.inspect(|rest| self.rest = rest).is_some()
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = self.rest.trim_start().strip_prefix(sign);
        found.inspect(|rest| self.rest = rest).is_some()
    }

    fn primary(&mut self) -> Done<Value> {
        let syntax = || Stop::Error("SyntaxError: invalid syntax".into());
        self.rest = self.rest.trim_start();
        if self.sign("-") {
            return binary("-", Value::Int(0), self.level(LEVELS.len())?);
        }
        if self.sign("(") {
            let value = self.level(0)?;
            return if self.sign(")") { Ok(value) } else { Err(syntax()) };
        }
        if self.sign("[") {
            return self.arguments("]").map(|(items, _)| Value::List(items));
        }
        let formatted = self.rest.starts_with("f\"") || self.rest.starts_with("f'");
        let text = if formatted { &self.rest[1..] } else { self.rest };
        if let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\'')) {
            let (inner, rest) = text[1..].split_once(quote).ok_or_else(syntax)?;
            self.rest = rest;
            let inner = inner.replace("\\n", "\n").replace("\\t", "\t");
            return if formatted { self.filled(&inner) } else { Ok(Value::Text(inner)) };
        }
        let length =
            self.rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(length);
        self.rest = rest;
        if name.starts_with(|c: char| c.is_ascii_digit()) {
            // A fraction is only ever waited for.
            return Ok(name.parse().map_or_else(|_| Value::Text(name.into()), Value::Int));
        }
        match name {
            "" => Err(syntax()),
            "True" => Ok(Value::Bool(true)),
            "False" => Ok(Value::Bool(false)),
            "None" => Ok(Value::None),
            _ if self.sign("(") => {
                let (args, end) = self.arguments(")")?;
                self.machine.call(name, args, end)
            }
            "os.environ" if self.sign("[") => {
                let (keys, _) = self.arguments("]")?;
                let key = keys.first().map(show).unwrap_or_default();
                self.machine.variable(&key).map(Value::Text).ok_or_else(|| Stop::Error(format!("KeyError: '{key}'")))
            }
            _ => {
                let known = self.machine.names.get(name).cloned();
                known.ok_or_else(|| Stop::Error(format!("NameError: name '{name}' is not defined")))
            }
        }
    }

    /// Values up to a closing bracket; `end=` of a print is given apart, other named ones are passed over.
    fn arguments(&mut self, close: &str) -> Done<(Vec<Value>, Option<String>)> {
        let (mut values, mut end) = (Vec::new(), None);
        while !self.sign(close) {
            let rest = self.rest.trim_start();
            let named = rest.split_once('=').filter(|(name, rest)| {
                !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphabetic()) && !rest.starts_with('=')
            });
            if let Some((name, rest)) = named {
                self.rest = rest;
                let value = self.level(0)?;
                if name == "end" {
                    end = Some(show(&value));
                }
            } else {
                values.push(self.level(0)?);
            }
            if !self.sign(",") && !self.rest.trim_start().starts_with(close) {
                return Err(Stop::Error("SyntaxError: '(' was never closed".into()));
            }
        }
        Ok((values, end))
    }

    /// An f-string with its expressions put in.
    fn filled(&mut self, text: &str) -> Done<Value> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((expression, tail)) = after.split_once('}') else { break };
            out += before;
            out += &show(&self.machine.evaluate(expression)?);
            rest = tail;
        }
        Ok(Value::Text(out + rest))
    }
}
