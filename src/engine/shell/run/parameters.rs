//! `$name` and `${...}`.

use super::super::syntax::{Operation, Parameter, Word};
use super::expand::Expanded;
use super::fields::Fields;
use super::pattern;
use super::{Failure, Shell, escape, quote};

/// What a parameter holds before anything is done to it.
enum Value {
    Unset,
    One(String),
    /// The positional parameters or an array; the flag says that they are joined (`*`).
    Many(Vec<String>, bool),
}

impl Shell {
    pub(super) fn parameter<'a>(
        &'a mut self,
        parameter: &'a Parameter,
        quoted: bool,
        into: &'a mut Fields,
    ) -> Expanded<'a, ()> {
        Box::pin(async move {
            let mut value = self.lookup(parameter).await?;
            match &parameter.operation {
                Operation::Plain => {
                    if matches!(value, Value::Unset) && self.options.nounset {
                        return Err(self.failure(&format!("{}: unbound variable", parameter.name)));
                    }
                }
                Operation::Length => {
                    let length = match &value {
                        Value::Unset => 0,
                        Value::One(text) => text.chars().count(),
                        Value::Many(texts, _) => texts.len(),
                    };
                    value = Value::One(length.to_string());
                }
                Operation::Names => {
                    let names = self.all_variables().map(|(name, _)| name.clone());
                    value = Value::Many(names.filter(|name| name.starts_with(&parameter.name)).collect(), false);
                }
                Operation::Transform(letter) => {
                    let letter = *letter;
                    let traits = self.variable(&parameter.name).map(|variable| variable.letters()).unwrap_or_default();
                    value = value.map(|text| transform(&parameter.name, text, letter, &traits));
                }
                Operation::Indirect => {
                    value = match value {
                        Value::Many(_, joined) if parameter.index.is_some() => {
                            Value::Many(self.array(&parameter.name).keys(), joined)
                        }
                        Value::One(name) => match name.parse::<usize>() {
                            Ok(at) => self.positional.get(at.wrapping_sub(1)).cloned().map_or(Value::Unset, Value::One),
                            Err(_) => self.get(&name).map_or(Value::Unset, Value::One),
                        },
                        other => other,
                    }
                }
                Operation::Absent(kind, colon, word) => {
                    let absent = match &value {
                        Value::Unset => true,
                        Value::One(text) => *colon && text.is_empty(),
                        Value::Many(texts, _) => texts.is_empty(),
                    };
                    match (kind, absent) {
                        ('-', true) | ('+', false) => return self.parts(&word.0, quoted, into).await,
                        ('+', true) => value = Value::Unset,
                        ('=', true) => {
                            let text = self.string(word).await?;
                            self.set(&parameter.name, text.clone());
                            value = Value::One(text);
                        }
                        ('?', true) => {
                            let text = self.string(word).await?;
                            let text = match (text.is_empty(), colon) {
                                (false, _) => text,
                                (true, true) => "parameter null or not set".into(),
                                (true, false) => "parameter not set".into(),
                            };
                            return Err(self.failure(&format!("{}: {text}", parameter.name)));
                        }
                        _ => {}
                    }
                }
                Operation::TrimStart(longest, word) => {
                    let pattern = self.pattern(word).await?;
                    value = value.map(|text| pattern::trim(text, &pattern, true, *longest).into());
                }
                Operation::TrimEnd(longest, word) => {
                    let pattern = self.pattern(word).await?;
                    value = value.map(|text| pattern::trim(text, &pattern, false, *longest).into());
                }
                Operation::Replace(kind, word, with) => {
                    let pattern = self.pattern(word).await?;
                    let with = self.string(with).await?;
                    value = value.map(|text| pattern::replace(text, &pattern, &with, *kind));
                }
                Operation::Slice(offset, length) => {
                    if let (Value::Many(texts, _), None) = (&mut value, &parameter.index) {
                        // `${@:1}` counts from 1: 0 is the shell's own name.
                        texts.insert(0, self.name.clone());
                    }
                    value = self.slice(value, offset, length.as_ref()).await?;
                }
                Operation::Case(upper, all) => value = value.map(|text| change_case(text, *upper, *all)),
            }
            let joint = self.get("IFS").map_or(" ".into(), |ifs| ifs.chars().take(1).collect::<String>());
            match value {
                Value::Unset => {}
                Value::One(text) if quoted => into.quoted(&text),
                Value::One(text) => into.expanded(&text),
                Value::Many(texts, true) if quoted => into.quoted(&texts.join(&joint)),
                Value::Many(texts, _) => {
                    for (at, text) in texts.iter().enumerate() {
                        if at > 0 {
                            into.next();
                        }
                        if quoted { into.quoted(text) } else { into.expanded(text) }
                    }
                }
            }
            Ok(())
        })
    }

    async fn lookup(&mut self, parameter: &Parameter) -> Result<Value, Failure> {
        let name = parameter.name.as_str();
        if let Some(index) = &parameter.index {
            let array = self.array(name);
            return match index.literal() {
                Some(all_of @ ("@" | "*")) => Ok(Value::Many(array.texts(), all_of == "*")),
                _ => {
                    let key = self.key(&array, index).await?;
                    Ok(array.get(&key).map_or(Value::Unset, |text| Value::One(text.clone())))
                }
            };
        }
        let count = self.positional.len();
        Ok(match name {
            "@" => Value::Many(self.positional.clone(), false),
            "*" => Value::Many(self.positional.clone(), true),
            "#" => Value::One(count.to_string()),
            "?" => Value::One(self.status.to_string()),
            "$" => Value::One(self.pid.to_string()),
            "!" => self.last_background.map_or(Value::Unset, |pid| Value::One(pid.to_string())),
            "-" => Value::One(self.options.letters()),
            "0" => Value::One(self.name.clone()),
            name if name.starts_with(|c: char| c.is_ascii_digit()) => {
                let at = name.parse::<usize>().unwrap_or(usize::MAX);
                self.positional.get(at.wrapping_sub(1)).map_or(Value::Unset, |text| Value::One(text.clone()))
            }
            name => self.get(name).map_or(Value::Unset, Value::One),
        })
    }

    async fn slice(&mut self, value: Value, offset: &Word, length: Option<&Word>) -> Result<Value, Failure> {
        let offset = self.arithmetic(offset).await?;
        let length = match length {
            Some(length) => Some(self.arithmetic(length).await?),
            None => None,
        };
        let range = |count: usize| {
            let count = count as i64;
            let start = if offset < 0 { (count + offset).max(0) } else { offset.min(count) };
            let end = match length {
                None => count,
                Some(length) if length < 0 => count + length,
                Some(length) => start.saturating_add(length).min(count),
            };
            (start as usize, (end.max(start) - start) as usize)
        };
        Ok(match value {
            Value::Many(texts, joined) => {
                let (start, count) = range(texts.len());
                Value::Many(texts.into_iter().skip(start).take(count).collect(), joined)
            }
            other => other.map(|text| {
                let (start, count) = range(text.chars().count());
                text.chars().skip(start).take(count).collect()
            }),
        })
    }
}

impl Value {
    fn map(self, change: impl Fn(&str) -> String) -> Value {
        match self {
            Value::Unset => Value::Unset,
            Value::One(text) => Value::One(change(&text)),
            Value::Many(texts, joined) => Value::Many(texts.iter().map(|text| change(text)).collect(), joined),
        }
    }
}

/// `${x@Q}` and its relatives.
#[inline(never)]
fn transform(name: &str, text: &str, letter: char, traits: &str) -> String {
    match letter {
        'U' => text.to_uppercase(),
        'u' => change_case(text, true, false),
        'L' => text.to_lowercase(),
        'a' => traits.into(),
        'A' => {
            let quoted = transform(name, text, 'Q', traits);
            if traits.is_empty() { format!("{name}={quoted}") } else { format!("declare -{traits} {name}={quoted}") }
        }
        'E' | 'P' => {
            let (bytes, _) = super::super::builtins::unescape(text, false);
            String::from_utf8_lossy(&bytes).into_owned()
        }
        'K' | 'k' => format!("\"{}\"", escape(text)),
        _ => match quote(text) {
            plain if plain == text => format!("'{text}'"),
            quoted => quoted,
        },
    }
}

fn change_case(text: &str, upper: bool, all: bool) -> String {
    let change = |text: &str| if upper { text.to_uppercase() } else { text.to_lowercase() };
    let first = text.chars().next().map_or(0, char::len_utf8);
    if all { change(text) } else { change(&text[..first]) + &text[first..] }
}
