//! Expressions: what they come to, what they are assigned to, and the functions of the language.

use super::{Flow, Key, Machine, Value, split_by, truth};
use super::super::parse::Expression;
use crate::meta::SortedMap;

impl Machine<'_> {
    pub(super) fn key(&mut self, index: &[Expression]) -> Key {
        let texts: Vec<String> = index.iter().map(|item| self.evaluate(item).text()).collect();
        Key::of(texts.join(&self.get("SUBSEP").text()))
    }

    pub(super) fn store(&mut self, name: &str, value: Value) {
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

    pub(super) fn rebuild(&mut self) {
        self.record = self.fields.join(&self.get("OFS").text());
        self.variables.insert("NF".into(), Value::Number(self.fields.len() as f64));
    }

    pub(super) fn assign(&mut self, target: &Expression, value: Value) {
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

    pub(super) fn evaluate(&mut self, expression: &Expression) -> Value {
        match expression {
            Expression::Number(number) => Value::Number(*number),
            Expression::Text(text) => Value::Text(text.clone()),
            Expression::Regex(regex) => truth(regex.is_match(&self.record)),
            Expression::Variable(name) => self.get(name),
            Expression::Group(inner) => self.evaluate(inner),
            Expression::Getline(target, source, is_command) => {
                let name = self.evaluate(source).text();
                let line = match if *is_command { self.next_line_of(&name) } else { self.next_line(&name) } {
                    Ok(Some(line)) => line,
                    Ok(None) => return Value::Number(0.0),
                    Err(()) => return Value::Number(-1.0),
                };
                match target {
                    Some(target) => self.assign(target, Value::Input(line)),
                    None => self.split_record(line),
                }
                Value::Number(1.0)
            }
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

    pub(super) fn binary(&mut self, operator: &str, left: &Value, right: &Value) -> Value {
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

    pub(super) fn calculate(&mut self, operator: char, left: f64, right: f64) -> f64 {
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

    pub(super) fn function(&mut self, name: &str, args: &[Expression]) -> Value {
        if let Some(function) = self.script.functions.get(name).cloned() {
            if self.frames.len() >= 50 {
                self.fail(format!("function {name}: nested too deep"));
                return Value::Unset;
            }
            let mut frame = SortedMap::new();
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
                return Value::Number(self.arrays.get(array).map_or(0, SortedMap::len) as f64);
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
            "close" => {
                if let Some(name) = values.first().map(Value::text) {
                    self.readers.remove(&name);
                    self.readers.remove(&format!("|{name}"));
                }
                Value::Number(0.0)
            }
            "fflush" => Value::Number(0.0),
            name => {
                self.fail(format!("calling undefined function {name}"));
                Value::Unset
            }
        }
    }

    pub(super) fn substitute(&mut self, all: bool, pattern: &Expression, with: &Expression, target: Option<&Expression>) -> Value {
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
