//! Running an awk program: values, fields, statements, functions.

use super::super::Call;
use super::parse::{Expression, Redirect, Script, Statement};
use crate::shell::builtins::format_once;
use crate::shell::regex::{Flavor, Regex};
use std::collections::{BTreeMap, BTreeSet};
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
    variables: BTreeMap<String, Value>,
    arrays: BTreeMap<String, BTreeMap<Key, Value>>,
    /// What functions have of their own, innermost last.
    frames: Vec<BTreeMap<String, Value>>,
    record: String,
    fields: Vec<String>,
    open_ranges: Vec<bool>,
    written: BTreeSet<String>,
    regexes: BTreeMap<String, Rc<Regex>>,
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
        let mut variables: BTreeMap<String, Value> =
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
            arrays: BTreeMap::from([("ENVIRON".to_string(), environment)]),
            frames: Vec::new(),
            record: String::new(),
            fields: Vec::new(),
            open_ranges: vec![false; script.rules.len()],
            written: BTreeSet::new(),
            regexes: BTreeMap::new(),
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

    fn split_record(&mut self, line: String) {
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

    fn key(&mut self, index: &[Expression]) -> Key {
        let texts: Vec<String> = index.iter().map(|item| self.evaluate(item).text()).collect();
        Key::of(texts.join(&self.get("SUBSEP").text()))
    }

    fn store(&mut self, name: &str, value: Value) {
        if let Some(own) = self.frames.last_mut().and_then(|frame| frame.get_mut(name)) {
            *own = value;
            return;
        }
        if name == "NF" {
            let count = value.number().clamp(0.0, 100_000.0) as usize;
            self.fields.resize(count, String::new());
            self.rebuild();
        }
        self.variables.insert(name.into(), value);
    }

    fn rebuild(&mut self) {
        self.record = self.fields.join(&self.get("OFS").text());
        self.variables.insert("NF".into(), Value::Number(self.fields.len() as f64));
    }

    fn assign(&mut self, target: &Expression, value: Value) {
        match target {
            Expression::Variable(name) => self.store(name, value),
            Expression::Element(name, index) => {
                let key = self.key(index);
                self.arrays.entry(name.clone()).or_default().insert(key, value);
            }
            Expression::Field(index) => {
                let at = self.evaluate(index).number();
                if at == 0.0 {
                    return self.split_record(value.text());
                }
                if !(1.0..=100_000.0).contains(&at) {
                    return self.fail(format!("trying to access out of range field {at}"));
                }
                let at = at as usize;
                self.fields.resize(self.fields.len().max(at), String::new());
                self.fields[at - 1] = value.text();
                self.rebuild();
            }
            _ => {}
        }
    }

    fn evaluate(&mut self, expression: &Expression) -> Value {
        match expression {
            Expression::Number(number) => Value::Number(*number),
            Expression::Text(text) => Value::Text(text.clone()),
            Expression::Regex(regex) => truth(regex.is_match(&self.record)),
            Expression::Variable(name) => self.get(name),
            Expression::Group(inner) => self.evaluate(inner),
            Expression::Element(name, index) => {
                let key = self.key(index);
                let array = self.arrays.entry(name.clone()).or_default();
                array.entry(key).or_insert(Value::Unset).clone()
            }
            Expression::Field(index) => {
                let at = self.evaluate(index).number();
                if at == 0.0 {
                    return Value::Input(self.record.clone());
                }
                if at < 0.0 {
                    self.fail(format!("trying to access out of range field {at}"));
                }
                self.fields.get((at as usize).wrapping_sub(1)).map_or(Value::Unset, |text| Value::Input(text.clone()))
            }
            Expression::Assign(target, operator, value) => {
                let mut value = self.evaluate(value);
                if let Some(operator) = operator {
                    let old = self.evaluate(target).number();
                    value = Value::Number(self.calculate(*operator, old, value.number()));
                }
                self.assign(target, value.clone());
                value
            }
            Expression::Step(target, step, before) => {
                let old = self.evaluate(target).number();
                self.assign(target, Value::Number(old + step));
                Value::Number(if *before { old + step } else { old })
            }
            Expression::Unary('!', inner) => truth(!self.evaluate(inner).truth()),
            Expression::Unary('-', inner) => Value::Number(-self.evaluate(inner).number()),
            Expression::Unary(_, inner) => Value::Number(self.evaluate(inner).number()),
            Expression::Binary("||", left, right) => truth(self.evaluate(left).truth() || self.evaluate(right).truth()),
            Expression::Binary("&&", left, right) => truth(self.evaluate(left).truth() && self.evaluate(right).truth()),
            Expression::Binary(" ", left, right) => {
                let text = self.evaluate(left).text() + &self.evaluate(right).text();
                Value::Text(text)
            }
            Expression::Binary(operator, left, right) => {
                let (left, right) = (self.evaluate(left), self.evaluate(right));
                self.binary(operator, &left, &right)
            }
            Expression::Match(wanted, left, right) => {
                let text = self.evaluate(left).text();
                truth(self.regex_of(right).is_match(&text) == *wanted)
            }
            Expression::In(index, array) => {
                let key = self.key(index);
                truth(self.arrays.get(array).is_some_and(|array| array.contains_key(&key)))
            }
            Expression::Ternary(condition, yes, no) => {
                if self.evaluate(condition).truth() { self.evaluate(yes) } else { self.evaluate(no) }
            }
            Expression::Call(name, args) => self.function(name, args),
        }
    }

    fn binary(&mut self, operator: &str, left: &Value, right: &Value) -> Value {
        if matches!(operator, "==" | "!=" | "<" | "<=" | ">" | ">=") {
            let order = if left.is_number() && right.is_number() {
                left.number().partial_cmp(&right.number())
            } else {
                Some(left.text().cmp(&right.text()))
            };
            let Some(order) = order else { return truth(operator == "!=") };
            return truth(match operator {
                "==" => order.is_eq(),
                "!=" => order.is_ne(),
                "<" => order.is_lt(),
                "<=" => order.is_le(),
                ">" => order.is_gt(),
                _ => order.is_ge(),
            });
        }
        let letter = operator.chars().next().unwrap_or('+');
        Value::Number(self.calculate(letter, left.number(), right.number()))
    }

    fn calculate(&mut self, operator: char, left: f64, right: f64) -> f64 {
        if matches!(operator, '/' | '%') && right == 0.0 {
            self.fail("division by zero".into());
            return 0.0;
        }
        match operator {
            '+' => left + right,
            '-' => left - right,
            '*' => left * right,
            '/' => left / right,
            '%' => left % right,
            _ => left.powf(right),
        }
    }

    fn function(&mut self, name: &str, args: &[Expression]) -> Value {
        if let Some(function) = self.script.functions.get(name).cloned() {
            if self.frames.len() >= 50 {
                self.fail(format!("function {name}: nested too deep"));
                return Value::Unset;
            }
            let mut frame = BTreeMap::new();
            for (at, parameter) in function.parameters.iter().enumerate() {
                let value = args.get(at).map_or(Value::Unset, |arg| self.evaluate(arg));
                frame.insert(parameter.clone(), value);
            }
            self.frames.push(frame);
            let flow = self.block(&function.body);
            self.frames.pop();
            return if let Flow::Return(value) = flow { value } else { Value::Unset };
        }
        if let ("sub" | "gsub", [pattern, with, rest @ ..]) = (name, args) {
            return self.substitute(name == "gsub", pattern, with, rest.first());
        }
        match (name, args) {
            ("split", [text, Expression::Variable(array), rest @ ..]) => {
                let text = self.evaluate(text).text();
                let parts = match rest.first() {
                    Some(Expression::Regex(regex)) => split_by(&text, regex),
                    Some(other) => {
                        let separator = self.evaluate(other).text();
                        self.split(&text, &separator)
                    }
                    None => {
                        let separator = self.get("FS").text();
                        self.split(&text, &separator)
                    }
                };
                let count = parts.len();
                let items = parts.into_iter().enumerate().map(|(at, part)| (Key::Number(at as i64 + 1), Value::Input(part)));
                self.arrays.insert(array.clone(), items.collect());
                return Value::Number(count as f64);
            }
            ("length", [Expression::Variable(array)]) if self.arrays.contains_key(array) => {
                return Value::Number(self.arrays.get(array).map_or(0, BTreeMap::len) as f64);
            }
            ("match", [text, pattern]) => {
                let text = self.evaluate(text).text();
                let found = self.regex_of(pattern).find_at(&text, 0);
                let (start, length) = found.map_or((0, -1), |found| {
                    let start = text[..found.start()].chars().count() as i64 + 1;
                    (start, text[found.start()..found.end()].chars().count() as i64)
                });
                self.store("RSTART", Value::Number(start as f64));
                self.store("RLENGTH", Value::Number(length as f64));
                return Value::Number(start as f64);
            }
            _ => {}
        }
        let values: Vec<Value> = args.iter().map(|arg| self.evaluate(arg)).collect();
        let text = |at: usize| values.get(at).map(Value::text).unwrap_or_default();
        let number = |at: usize| values.get(at).map_or(0.0, Value::number);
        match name {
            "length" if values.is_empty() => Value::Number(self.record.chars().count() as f64),
            "length" => Value::Number(text(0).chars().count() as f64),
            "substr" => {
                let whole = text(0);
                let from = number(1).round();
                let to = values.get(2).map_or(f64::INFINITY, |length| from + length.number().round());
                let kept = whole.chars().enumerate().filter(|(at, _)| {
                    let place = *at as f64 + 1.0;
                    place >= from && place < to
                });
                Value::Text(kept.map(|(_, c)| c).collect())
            }
            "index" => {
                let (whole, part) = (text(0), text(1));
                Value::Number(whole.find(&part).map_or(0, |at| whole[..at].chars().count() + 1) as f64)
            }
            "toupper" => Value::Text(text(0).to_uppercase()),
            "tolower" => Value::Text(text(0).to_lowercase()),
            "sprintf" => Value::Text(self.format(&values)),
            "int" => Value::Number(number(0).trunc()),
            "sqrt" => Value::Number(number(0).sqrt()),
            "exp" => Value::Number(number(0).exp()),
            "log" => Value::Number(number(0).ln()),
            "sin" => Value::Number(number(0).sin()),
            "cos" => Value::Number(number(0).cos()),
            "atan2" => Value::Number(number(0).atan2(number(1))),
            "rand" => Value::Number(self.call.process.rng.below(1_000_000) as f64 / 1_000_000.0),
            "srand" => Value::Number(0.0),
            "systime" => Value::Number(self.call.process.clock.now().seconds() as f64),
            "close" | "fflush" => Value::Number(0.0),
            name => {
                self.fail(format!("calling undefined function {name}"));
                Value::Unset
            }
        }
    }

    fn substitute(&mut self, all: bool, pattern: &Expression, with: &Expression, target: Option<&Expression>) -> Value {
        let regex = self.regex_of(pattern);
        let with = self.evaluate(with).text();
        let record = Expression::Field(Box::new(Expression::Number(0.0)));
        let target = target.unwrap_or(&record);
        let text = self.evaluate(target).text();
        let mut out = String::new();
        let (mut at, mut copied, mut count) = (0, 0, 0);
        while let Some(found) = (at <= text.len()).then(|| regex.find_at(&text, at)).flatten() {
            let (start, end) = (found.start(), found.end());
            // An empty match right behind the last one is none.
            if end > start || count == 0 || start > copied {
                out.push_str(&text[copied..start]);
                let mut chars = with.chars();
                while let Some(c) = chars.next() {
                    match c {
                        '&' => out.push_str(&text[start..end]),
                        '\\' => match chars.next() {
                            Some(c @ ('&' | '\\')) => out.push(c),
                            other => {
                                out.push('\\');
                                out.extend(other);
                            }
                        },
                        c => out.push(c),
                    }
                }
                copied = end;
                count += 1;
            }
            if !all {
                break;
            }
            at = if end > start { end } else { start + text[start..].chars().next().map_or(1, char::len_utf8) };
        }
        if count > 0 {
            out.push_str(text.get(copied..).unwrap_or(""));
            self.assign(target, Value::Text(out));
        }
        Value::Number(f64::from(count))
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
