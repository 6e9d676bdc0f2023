//! The parser of label selectors.

use super::{Operator, Requirement, check_key};
use crate::meta::SortedSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Error,
    End,
    Identifier,
    Open,
    Close,
    Comma,
    Not,
    In,
    NotIn,
    Equals,
    DoubleEquals,
    NotEquals,
    Greater,
    Less,
}

const SIGNS: &[(&str, Token)] = &[
    (")", Token::Close),
    (",", Token::Comma),
    ("!", Token::Not),
    ("==", Token::DoubleEquals),
    ("=", Token::Equals),
    (">", Token::Greater),
    ("<", Token::Less),
    ("!=", Token::NotEquals),
    ("(", Token::Open),
];

fn lex(text: &str) -> Vec<(Token, String)> {
    let special = |c: char| "=!(),<>".contains(c);
    let blank = |c: char| " \t\r\n".contains(c);
    let sign = |text: &str| SIGNS.iter().find(|(s, _)| *s == text).map(|(_, token)| *token);
    let mut items = Vec::new();
    let mut rest = text.trim_start_matches(blank);
    while let Some(first) = rest.chars().next() {
        let end = if special(first) {
            // The longest run of special characters that is a sign.
            (1..=2).rev().find(|n| rest.get(..*n).is_some_and(|head| sign(head).is_some())).unwrap_or(1)
        } else {
            rest.find(|c| special(c) || blank(c)).unwrap_or(rest.len())
        };
        let (word, after) = rest.split_at(end);
        let token = match word {
            "in" => Token::In,
            "notin" => Token::NotIn,
            word => sign(word).unwrap_or(if special(first) { Token::Error } else { Token::Identifier }),
        };
        items.push((token, word.to_string()));
        rest = after.trim_start_matches(blank);
    }
    items
}

/// The requirements of a selector, in the order of the text.
pub(super) fn requirements(text: &str) -> Result<Vec<Requirement>, String> {
    Parser { items: lex(text), at: 0 }.selector()
}

struct Parser {
    items: Vec<(Token, String)>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> (Token, String) {
        self.items.get(self.at).cloned().unwrap_or((Token::End, String::new()))
    }
    fn next(&mut self) -> (Token, String) {
        let item = self.peek();
        self.at += 1;
        item
    }
    /// Where a key or a value is due, `in` and `notin` are words like any other.
    fn as_value((token, text): (Token, String)) -> (Token, String) {
        (if matches!(token, Token::In | Token::NotIn) { Token::Identifier } else { token }, text)
    }
    fn peek_value(&self) -> (Token, String) {
        Self::as_value(self.peek())
    }
    fn next_value(&mut self) -> (Token, String) {
        Self::as_value(self.next())
    }

    fn selector(&mut self) -> Result<Vec<Requirement>, String> {
        let mut requirements = Vec::new();
        loop {
            match self.peek_value() {
                (Token::Identifier | Token::Not, _) => {
                    let requirement = self.requirement().map_err(|e| format!("unable to parse requirement: {e}"))?;
                    requirements.push(requirement);
                    match self.next_value() {
                        (Token::End, _) => return Ok(requirements),
                        (Token::Comma, _) => {
                            let (token, text) = self.peek_value();
                            if !matches!(token, Token::Identifier | Token::Not) {
                                return Err(format!("found '{text}', expected: identifier after ','"));
                            }
                        }
                        (_, text) => return Err(format!("found '{text}', expected: ',' or 'end of string'")),
                    }
                }
                (Token::End, _) => return Ok(requirements),
                (_, text) => return Err(format!("found '{text}', expected: !, identifier, or 'end of string'")),
            }
        }
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let negated = self.peek().0 == Token::Not;
        if negated {
            self.at += 1;
        }
        let (token, key) = self.next_value();
        if token != Token::Identifier {
            return Err(format!("found '{key}', expected: identifier"));
        }
        check_key("<nil>", &key)?;
        if negated {
            return Requirement::new(&key, Operator::DoesNotExist, SortedSet::new());
        }
        if matches!(self.peek_value().0, Token::End | Token::Comma) {
            return Requirement::new(&key, Operator::Exists, SortedSet::new());
        }
        let operator = match self.next() {
            (Token::In, _) => Operator::In,
            (Token::NotIn, _) => Operator::NotIn,
            (Token::Equals, _) => Operator::Equals,
            (Token::DoubleEquals, _) => Operator::DoubleEquals,
            (Token::NotEquals, _) => Operator::NotEquals,
            (Token::Greater, _) => Operator::GreaterThan,
            (Token::Less, _) => Operator::LessThan,
            (_, text) => return Err(format!("found '{text}', expected: in, notin, =, ==, !=, gt, lt")),
        };
        let values = match operator {
            Operator::In | Operator::NotIn => self.values()?,
            _ => self.exact_value()?,
        };
        Requirement::new(&key, operator, values)
    }

    fn values(&mut self) -> Result<SortedSet<String>, String> {
        let (token, text) = self.next_value();
        if token != Token::Open {
            return Err(format!("found '{text}' expected: '('"));
        }
        match self.peek_value() {
            (Token::Identifier | Token::Comma, first) => {
                let values = self.identifiers()?;
                match self.next_value().0 {
                    Token::Close => Ok(values),
                    _ => Err(format!("found '{first}', expected: ')'")),
                }
            }
            (Token::Close, _) => {
                self.at += 1;
                Ok(SortedSet::from([String::new()]))
            }
            (_, text) => Err(format!("found '{text}', expected: ',', ')' or identifier")),
        }
    }

    /// A list in parentheses; nothing before, after or between commas counts as the empty value.
    fn identifiers(&mut self) -> Result<SortedSet<String>, String> {
        let mut values = SortedSet::new();
        loop {
            match self.next_value() {
                (Token::Identifier, text) => {
                    values.insert(text);
                    match self.peek_value() {
                        (Token::Comma, _) => {}
                        (Token::Close, _) => return Ok(values),
                        (_, text) => return Err(format!("found '{text}', expected: ',' or ')'")),
                    }
                }
                (Token::Comma, _) => {
                    if values.is_empty() {
                        values.insert(String::new());
                    }
                    match self.peek_value().0 {
                        Token::Close => {
                            values.insert(String::new());
                            return Ok(values);
                        }
                        Token::Comma => {
                            self.at += 1;
                            values.insert(String::new());
                        }
                        _ => {}
                    }
                }
                (_, text) => return Err(format!("found '{text}', expected: ',', or identifier")),
            }
        }
    }

    fn exact_value(&mut self) -> Result<SortedSet<String>, String> {
        if matches!(self.peek_value().0, Token::End | Token::Comma) {
            return Ok(SortedSet::from([String::new()]));
        }
        match self.next_value() {
            (Token::Identifier, text) => Ok(SortedSet::from([text])),
            (_, text) => Err(format!("found '{text}', expected: identifier")),
        }
    }
}
