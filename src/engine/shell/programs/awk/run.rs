//! Running an awk program: values, fields, statements, functions.

mod expression;

use super::super::Call;
use super::parse::{Expression, Redirect, Script, Statement};
use crate::shell::builtins::format_once;
use crate::shell::regex::{Flavor, Regex};
use crate::meta::{SortedMap, SortedSet};
use std::collections::VecDeque;
use std::rc::Rc;

/// How many statements one record may take before the program is taken to loop for ever.
const MAX_STEPS: usize = 5_000_000;

/// A value: input that looks like a number is both.
#[derive(Clone, Debug)]
pub enum Value {
    Number(f64),
    Text(String),
    Input(String),
    Unset,
}

enum Flow {
    Next,
    Break,
    Continue,
    NextRecord,
    Exit,
    Return(Value),
}

/// A program at work.
pub struct Machine<'a> {
    script: &'a Script,
    call: &'a Call,
    variables: SortedMap<String, Value>,
    arrays: SortedMap<String, SortedMap<Key, Value>>,
    /// What functions have of their own, innermost last.
    frames: Vec<SortedMap<String, Value>>,
    record: String,
    fields: Vec<String>,
    open_ranges: Vec<bool>,
    /// What is left of files that `getline` reads.
    readers: SortedMap<String, VecDeque<String>>,
    /// What commands that are read from have printed.
    pub captured: SortedMap<String, String>,
    /// The command whose output is wanted before the program can go on.
    pub wanted: Option<String>,
    /// Commands that are printed to, with what they will read.
    pub commands: Vec<(String, String)>,
    written: SortedSet<String>,
    regexes: SortedMap<String, Rc<Regex>>,
    steps: usize,
    /// What was printed.
    pub out: String,
    /// The status, once `exit` ran.
    pub exit: Option<i32>,
    /// What went wrong while running.
    pub error: Option<String>,
}

/// An array's key: numbers in their own order, before texts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Number(i64),
    Text(String),
}

impl Key {
    fn of(text: String) -> Key {
        match text.parse::<i64>() {
            Ok(number) if number.to_string() == text => Key::Number(number),
            _ => Key::Text(text),
        }
    }
    fn text(&self) -> String {
        match self {
            Key::Number(number) => number.to_string(),
            Key::Text(text) => text.clone(),
        }
    }
}

/// The escapes of awk's strings.
pub fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('a') => out.push('\x07'),
            Some('b') => out.push('\x08'),
            Some('f') => out.push('\x0c'),
            Some('v') => out.push('\x0b'),
            Some('0') => {
                let rest: String = chars.clone().take_while(|c| c.is_digit(8)).take(2).collect();
                chars = chars.as_str()[rest.len()..].chars();
                out.extend(u32::from_str_radix(&format!("0{rest}"), 8).ok().and_then(char::from_u32));
            }
            Some(c @ ('"' | '\\' | '/')) => out.push(c),
            Some(c) => out.extend(['\\', c]),
            None => out.push('\\'),
        }
    }
    out
}

fn number_of(text: &str) -> f64 {
    let text = text.trim_start();
    let bytes = text.as_bytes();
    let mut end = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let mut dot = false;
    while let Some(byte) = bytes.get(end) {
        match byte {
            b'0'..=b'9' => {}
            b'.' if !dot => dot = true,
            b'e' | b'E' => {
                let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
                if !bytes.get(end + 1 + sign).is_some_and(u8::is_ascii_digit) {
                    break;
                }
                end += 1 + sign;
                while bytes.get(end).is_some_and(u8::is_ascii_digit) {
                    end += 1;
                }
                break;
            }
            _ => break,
        }
        end += 1;
    }
    text[..end].parse().unwrap_or(0.0)
}

fn looks_numeric(text: &str) -> bool {
    let text = text.trim();
    text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) && text.parse::<f64>().is_ok_and(f64::is_finite)
}

fn show(number: f64) -> String {
    if number == number.trunc() && number.abs() < 1e16 {
        return (number as i64).to_string();
    }
    crate::shell::builtins::float(number, 'g', None)
}

impl Value {
    fn number(&self) -> f64 {
        match self {
            Value::Number(number) => *number,
            Value::Text(text) | Value::Input(text) => number_of(text),
            Value::Unset => 0.0,
        }
    }
    fn text(&self) -> String {
        match self {
            Value::Number(number) => show(*number),
            Value::Text(text) | Value::Input(text) => text.clone(),
            Value::Unset => String::new(),
        }
    }
    fn truth(&self) -> bool {
        match self {
            Value::Number(number) => *number != 0.0,
            Value::Text(text) => !text.is_empty(),
            Value::Input(text) if looks_numeric(text) => number_of(text) != 0.0,
            Value::Input(text) => !text.is_empty(),
            Value::Unset => false,
        }
    }
    fn is_number(&self) -> bool {
        match self {
            Value::Number(_) | Value::Unset => true,
            Value::Input(text) => looks_numeric(text),
            Value::Text(_) => false,
        }
    }
}

fn truth(value: bool) -> Value {
    Value::Number(f64::from(u8::from(value)))
}

impl<'a> Machine<'a> {
    pub fn new(script: &'a Script, call: &'a Call) -> Machine<'a> {
        let texts = [("FS", " "), ("OFS", " "), ("ORS", "\n"), ("SUBSEP", "\x1c"), ("FILENAME", ""), ("RS", "\n")];
        let mut variables: SortedMap<String, Value> =
            texts.iter().map(|(name, text)| (name.to_string(), Value::Text(text.to_string()))).collect();
        for name in ["NR", "NF", "FNR"] {
            variables.insert(name.into(), Value::Number(0.0));
        }
        let environment =
            call.process.env.iter().map(|(name, value)| (Key::of(name.clone()), Value::Input(value.clone()))).collect();
        Machine {
            script,
            call,
            variables,
            arrays: SortedMap::from([("ENVIRON".to_string(), environment)]),
            frames: Vec::new(),
            record: String::new(),
            fields: Vec::new(),
            open_ranges: vec![false; script.rules.len()],
            written: SortedSet::new(),
            readers: SortedMap::new(),
            captured: SortedMap::new(),
            wanted: None,
            commands: Vec::new(),
            regexes: SortedMap::new(),
            steps: 0,
            out: String::new(),
            exit: None,
            error: None,
        }
    }

    pub fn set(&mut self, name: &str, text: String) {
        self.variables.insert(name.into(), Value::Input(text));
    }

    pub fn wants_input(&self) -> bool {
        self.exit.is_none() && !(self.script.rules.is_empty() && self.script.end.is_empty())
    }

    pub fn begin(&mut self) {
        for block in &self.script.begin {
            if self.exit.is_some() || matches!(self.block(block), Flow::Exit) {
                return;
            }
        }
    }

    pub fn end(&mut self) {
        // `exit` in a rule still runs the `END` blocks; one in `BEGIN` or `END` itself does not come here.
        if self.error.is_some() {
            return;
        }
        self.steps = 0;
        for block in &self.script.end {
            if matches!(self.block(block), Flow::Exit) {
                return;
            }
        }
    }

    pub fn next_file(&mut self, name: &str) {
        self.variables.insert("FILENAME".into(), Value::Text(if name == "-" { String::new() } else { name.into() }));
        self.variables.insert("FNR".into(), Value::Number(0.0));
    }

    pub fn record(&mut self, line: String) {
        self.steps = 0;
        for name in ["NR", "FNR"] {
            let next = self.get(name).number() + 1.0;
            self.variables.insert(name.into(), Value::Number(next));
        }
        self.split_record(line);
        for at in 0..self.script.rules.len() {
            let rule = &self.script.rules[at];
            let selected = match &rule.pattern {
                None => true,
                Some((pattern, None)) => self.evaluate(pattern).truth(),
                Some((from, Some(to))) => {
                    let inside = self.open_ranges[at] || self.evaluate(from).truth();
                    self.open_ranges[at] = inside && !self.evaluate(to).truth();
                    inside
                }
            };
            if !selected {
                continue;
            }
            match &rule.body {
                None => {
                    let line = format!("{}{}", self.record, self.get("ORS").text());
                    self.out.push_str(&line);
                }
                Some(body) => match self.block(body) {
                    Flow::NextRecord | Flow::Exit => return,
                    _ => {}
                },
            }
        }
    }

    /// The next line of a file that is read with `getline`.
    fn next_line(&mut self, name: &str) -> Result<Option<String>, ()> {
        if !self.readers.contains_key(name) {
            let bytes = self.call.process.files.read(&self.call.path(name)).map_err(drop)?;
            let lines = String::from_utf8_lossy(&bytes).lines().map(String::from).collect();
            self.readers.insert(name.into(), lines);
        }
        Ok(self.readers.get_mut(name).and_then(VecDeque::pop_front))
    }

    /// The next line that a command prints. If it has yet to be run, the program ends here to begin anew after it.
    fn next_line_of(&mut self, command: &str) -> Result<Option<String>, ()> {
        let Some(text) = self.captured.get(command) else {
            self.wanted.get_or_insert_with(|| command.into());
            self.exit = Some(0);
            return Ok(None);
        };
        let lines = text.lines().map(String::from);
        let lines = self.readers.entry(format!("|{command}")).or_insert_with(|| lines.collect());
        Ok(lines.pop_front())
    }

    pub(super) fn split_record(&mut self, line: String) {
        let separator = self.get("FS").text();
        self.fields = self.split(&line, &separator);
        self.record = line;
        self.variables.insert("NF".into(), Value::Number(self.fields.len() as f64));
    }

    fn split(&mut self, text: &str, separator: &str) -> Vec<String> {
        if separator == " " {
            return text.split_whitespace().map(String::from).collect();
        }
        if text.is_empty() {
            return Vec::new();
        }
        if separator.is_empty() {
            return text.chars().map(String::from).collect();
        }
        if separator.chars().count() == 1 && separator != "\\" {
            return text.split(separator).map(String::from).collect();
        }
        let regex = self.regex(separator);
        let mut fields = Vec::new();
        let (mut from, mut at) = (0, 0);
        while let Some(found) = regex.find_at(text, at) {
            if found.end() == found.start() {
                match text[found.start()..].chars().next() {
                    Some(c) => at = found.start() + c.len_utf8(),
                    None => break,
                }
                continue;
            }
            fields.push(text[from..found.start()].to_string());
            from = found.end();
            at = from;
        }
        fields.push(text[from..].to_string());
        fields
    }

    fn regex(&mut self, text: &str) -> Rc<Regex> {
        if let Some(regex) = self.regexes.get(text) {
            return regex.clone();
        }
        let regex = Regex::new(text, Flavor::Extended, false).unwrap_or_else(|message| {
            self.fail(message);
            Regex::literal(text, false)
        });
        let regex = Rc::new(regex);
        self.regexes.insert(text.into(), regex.clone());
        regex
    }

    fn regex_of(&mut self, expression: &Expression) -> Rc<Regex> {
        match expression {
            Expression::Regex(regex) => regex.clone(),
            other => {
                let text = self.evaluate(other).text();
                self.regex(&text)
            }
        }
    }

    fn fail(&mut self, message: String) {
        self.error.get_or_insert(message);
        self.exit = Some(2);
    }

    fn get(&self, name: &str) -> Value {
        let local = self.frames.last().and_then(|frame| frame.get(name));
        local.or_else(|| self.variables.get(name)).cloned().unwrap_or(Value::Unset)
    }

    fn block(&mut self, statements: &[Statement]) -> Flow {
        for statement in statements {
            let flow = self.statement(statement);
            if !matches!(flow, Flow::Next) {
                return flow;
            }
        }
        Flow::Next
    }

    fn statement(&mut self, statement: &Statement) -> Flow {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            self.fail("program loops for ever".into());
        }
        if self.exit.is_some() && self.error.is_some() {
            return Flow::Exit;
        }
        match statement {
            Statement::Expression(expression) => drop(self.evaluate(expression)),
            Statement::Print(list, redirect) => {
                let text = if list.is_empty() {
                    self.record.clone()
                } else {
                    let texts: Vec<String> = list.iter().map(|item| self.evaluate(item).text()).collect();
                    texts.join(&self.get("OFS").text())
                };
                let text = text + &self.get("ORS").text();
                self.print(&text, redirect.as_ref());
            }
            Statement::Printf(list, redirect) => {
                let values: Vec<Value> = list.iter().map(|item| self.evaluate(item)).collect();
                let text = self.format(&values);
                self.print(&text, redirect.as_ref());
            }
            Statement::If(condition, yes, no) => {
                let branch = if self.evaluate(condition).truth() { yes } else { no };
                return self.block(branch);
            }
            Statement::Block(block) => return self.block(block),
            Statement::While(condition, body) => {
                while self.evaluate(condition).truth() {
                    match self.turn(body) {
                        None => {}
                        Some(flow) => return flow,
                    }
                }
            }
            Statement::Do(body, condition) => loop {
                if let Some(flow) = self.turn(body) {
                    return flow;
                }
                if !self.evaluate(condition).truth() {
                    break;
                }
            },
            Statement::For(init, condition, step, body) => {
                if let Some(init) = init {
                    self.statement(init);
                }
                while condition.as_ref().is_none_or(|condition| self.evaluate(condition).truth()) {
                    if let Some(flow) = self.turn(body) {
                        return flow;
                    }
                    if let Some(step) = step {
                        self.statement(step);
                    }
                }
            }
            Statement::ForIn(name, array, body) => {
                let keys: Vec<String> =
                    self.arrays.get(array).map(|array| array.keys().map(Key::text).collect()).unwrap_or_default();
                for key in keys {
                    self.store(name, Value::Input(key));
                    if let Some(flow) = self.turn(body) {
                        return flow;
                    }
                }
            }
            Statement::Next => return Flow::NextRecord,
            Statement::Break => return Flow::Break,
            Statement::Continue => return Flow::Continue,
            Statement::Exit(status) => {
                let status = status.as_ref().map_or(0.0, |status| self.evaluate(status).number());
                self.exit = Some(status as i32 & 0xff);
                return Flow::Exit;
            }
            Statement::Return(value) => {
                let value = value.as_ref().map_or(Value::Unset, |value| self.evaluate(value));
                return Flow::Return(value);
            }
            Statement::Delete(name, index) if index.is_empty() => drop(self.arrays.remove(name)),
            Statement::Delete(name, index) => {
                let key = self.key(index);
                if let Some(array) = self.arrays.get_mut(name) {
                    array.remove(&key);
                }
            }
        }
        Flow::Next
    }

    /// One turn of a loop: `None` to go on, else how the loop ends.
    fn turn(&mut self, body: &[Statement]) -> Option<Flow> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            self.fail("program loops for ever".into());
            return Some(Flow::Exit);
        }
        match self.block(body) {
            Flow::Next | Flow::Continue => None,
            Flow::Break => Some(Flow::Next),
            flow => Some(flow),
        }
    }

    fn print(&mut self, text: &str, redirect: Option<&Redirect>) {
        let Some(redirect) = redirect else { return self.out.push_str(text) };
        let target = self.evaluate(&redirect.target).text();
        if redirect.pipe {
            return match self.commands.iter_mut().find(|(command, _)| *command == target) {
                Some((_, input)) => input.push_str(text),
                None => self.commands.push((target, text.into())),
            };
        }
        match target.as_str() {
            "/dev/stdout" => self.out.push_str(text),
            "/dev/stderr" => self.call.process.err(text),
            target => {
                let path = self.call.path(target);
                let fresh = self.written.insert(path.clone()) && !redirect.append;
                let files = &self.call.process.files;
                let done = if fresh { files.write(&path, text.as_bytes()) } else { files.append(&path, text.as_bytes()) };
                if let Err(error) = done {
                    self.fail(format!("can't redirect to {target}: {error}"));
                }
            }
        }
    }

    fn format(&mut self, values: &[Value]) -> String {
        let Some((format, rest)) = values.split_first() else { return String::new() };
        let format = format.text();
        // `%d` of 3.7 is 3, `%c` of 65 is `A`: the shared formatter wants texts of the right kind.
        let mut letters = Vec::new();
        let mut chars = format.chars();
        while let Some(c) = chars.next() {
            if c == '%' {
                match chars.by_ref().find(|c| c.is_ascii_alphabetic() || matches!(c, '%' | '*')) {
                    Some('%') | None => {}
                    Some(letter) => letters.push(letter),
                }
            }
        }
        let texts: Vec<String> = rest
            .iter()
            .enumerate()
            .map(|(at, value)| match letters.get(at) {
                Some('d' | 'i' | 'u' | 'x' | 'X' | 'o' | '*') => (value.number() as i64).to_string(),
                Some('f' | 'F' | 'e' | 'E' | 'g' | 'G') => value.number().to_string(),
                Some('c') if value.is_number() => {
                    char::from_u32(value.number() as u32).map(String::from).unwrap_or_default()
                }
                _ => value.text(),
            })
            .collect();
        let mut out = Vec::new();
        let mut slice = texts.as_slice();
        if let Err(message) = format_once(&format.replace('\\', "\\\\"), &mut slice, &mut out) {
            self.fail(message);
        }
        String::from_utf8_lossy(&out).into_owned()
    }
}

fn split_by(text: &str, regex: &Regex) -> Vec<String> {
    let mut parts = Vec::new();
    let mut from = 0;
    if text.is_empty() {
        return parts;
    }
    while let Some(found) = regex.find_at(text, from).filter(|found| found.end() > found.start()) {
        parts.push(text[from..found.start()].to_string());
        from = found.end();
    }
    parts.push(text[from..].to_string());
    parts
}
