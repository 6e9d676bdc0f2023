//! The parser of JSONPath templates.

use super::super::{Value, go};

/// A part of a template or of a path.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// Text outside of braces, or in quotes; numbers and booleans in filters.
    Literal(Value),
    /// What stands between two braces.
    List(Vec<Node>),
    /// `.name`
    Field(String),
    /// `range`, `end`, or a word that means nothing.
    Identifier(String),
    /// `[1]`, `[0:3:2]`, `[*]`
    Array([Bound; 3]),
    /// `[?(@.x=="y")]`
    Filter(Vec<Node>, Vec<Node>, String),
    /// `['a','b']`
    Union(Vec<Vec<Node>>),
    /// `.*`
    Wildcard,
    /// `..`
    Recursive,
}

/// One of a slice's start, end and step.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bound {
    pub value: i64,
    pub known: bool,
    /// Whether the end follows from the start: `[1]`.
    pub derived: bool,
}

/// How deep filters and unions may nest.
const MAX_DEPTH: usize = 50;

/// Reads a template: literals and lists.
pub(super) fn parse(text: &str, depth: usize) -> Result<Vec<Node>, String> {
    if depth > MAX_DEPTH {
        return Err("unterminated filter".into());
    }
    let mut parser = Parser { rest: text, depth };
    let mut nodes = Vec::new();
    while !parser.rest.is_empty() {
        let open = parser.rest.find('{').unwrap_or(parser.rest.len());
        if open > 0 {
            nodes.push(Node::Literal(parser.take(open).into()));
        } else {
            parser.take(1);
            nodes.push(Node::List(parser.action()?));
        }
    }
    Ok(nodes)
}

/// Reads what could stand between two braces.
fn action(text: &str, depth: usize) -> Result<Vec<Node>, String> {
    match parse(&format!("{{{text}}}"), depth)?.into_iter().next() {
        Some(Node::List(nodes)) => Ok(nodes),
        _ => Ok(Vec::new()),
    }
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

fn ends_word(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
}

impl<'a> Parser<'a> {
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }
    fn take_while(&mut self, inside: impl Fn(char) -> bool) -> &'a str {
        self.take(self.rest.find(|c| !inside(c)).unwrap_or(self.rest.len()))
    }

    fn action(&mut self) -> Result<Vec<Node>, String> {
        let mut nodes = Vec::new();
        loop {
            if self.rest.starts_with("[?(") {
                nodes.push(self.filter()?);
                continue;
            }
            if self.rest.starts_with("..") {
                if matches!(nodes.last(), Some(Node::Recursive)) {
                    return Err("invalid multiple recursive descent".into());
                }
                self.take(2);
                nodes.push(Node::Recursive);
                if self.rest.starts_with(|c: char| c == '_' || c.is_alphanumeric()) {
                    nodes.push(self.field());
                }
                continue;
            }
            match self.rest.chars().next() {
                Some('}') => {
                    self.take(1);
                    return Ok(nodes);
                }
                None | Some('\r' | '\n') => return Err("unclosed action".into()),
                Some(' ' | '@' | '$') => {
                    self.take(1);
                }
                Some('[') => self.array(&mut nodes)?,
                Some(quote @ ('"' | '\'')) => nodes.push(self.quoted(quote)?),
                Some('.') => {
                    self.take(1);
                    nodes.push(self.field());
                }
                Some(c) if c == '+' || c == '-' || c.is_numeric() => nodes.push(self.number()?),
                Some(c) if c == '_' || c.is_alphanumeric() => {
                    let word = self.take_while(|c| !ends_word(c));
                    nodes.push(match word {
                        "true" => Node::Literal(true.into()),
                        "false" => Node::Literal(false.into()),
                        word => Node::Identifier(word.into()),
                    });
                }
                Some(c) => {
                    return Err(format!("unrecognized character in action: U+{:04X} '{c}'", u32::from(c)));
                }
            }
        }
    }

    fn field(&mut self) -> Node {
        let mut end = self.rest.len();
        let mut escaped = false;
        for (at, c) in self.rest.char_indices() {
            if !escaped && ends_word(c) {
                end = at;
                break;
            }
            escaped = !escaped && c == '\\';
        }
        match self.take(end) {
            "*" => Node::Wildcard,
            name => Node::Field(name.replace('\\', "")),
        }
    }

    fn number(&mut self) -> Result<Node, String> {
        let sign = usize::from(self.rest.starts_with(['+', '-']));
        let digits = self.rest[sign..].find(|c: char| c != '.' && !c.is_ascii_digit());
        let text = self.take(digits.map_or(self.rest.len(), |at| at + sign));
        if let Ok(n) = text.parse::<i64>() {
            return Ok(Node::Literal(n.into()));
        }
        match text.parse::<f64>() {
            Ok(n) => Ok(Node::Literal(n.into())),
            Err(_) if text.is_empty() => {
                // A digit of another script: no number, and not to be read for ever.
                let c = self.take_while(|c| !ends_word(c));
                Err(format!("cannot parse number {c}"))
            }
            Err(_) => Err(format!("cannot parse number {text}")),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<Node, String> {
        let mut before = quote;
        for (at, c) in self.rest.char_indices().skip(1) {
            if c == '\n' {
                break;
            }
            if c == quote && before != '\\' {
                let literal = self.take(at + 1);
                let text =
                    go::unquote(literal).ok_or_else(|| format!("unquote string {literal} error invalid syntax"))?;
                return Ok(Node::Literal(text.into()));
            }
            before = c;
        }
        Err("unterminated quoted string".into())
    }

    fn array(&mut self, nodes: &mut Vec<Node>) -> Result<(), String> {
        let end = self.rest.find([']', '\n']).filter(|at| self.rest[*at..].starts_with(']'));
        let text = self.take(end.ok_or("unterminated array")? + 1);
        let text = &text[1..text.len() - 1];
        if text.contains(',') {
            let parts = text.split(',').map(|part| action(&format!("[{}]", part.trim_matches(' ')), self.depth + 1));
            nodes.push(Node::Union(parts.collect::<Result<_, _>>()?));
            return Ok(());
        }
        if let Some(key) =
            text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).filter(|k| !k.contains('\''))
        {
            nodes.extend(action(&format!(".{key}"), self.depth + 1)?);
            return Ok(());
        }
        nodes.push(Node::Array(slice(if text == "*" { ":" } else { text })?));
        Ok(())
    }

    fn filter(&mut self) -> Result<Node, String> {
        self.take(3);
        let (mut quote, mut closed, mut before, mut end) = (None, false, ' ', None);
        for (at, c) in self.rest.char_indices() {
            match c {
                '\n' => break,
                '"' | '\'' if quote.is_none() => quote = Some(c),
                '"' | '\'' if before != '\\' && quote == Some(c) => closed = true,
                ')' if quote.is_some() == closed => {
                    end = Some(at);
                    break;
                }
                _ => {}
            }
            before = c;
        }
        let text = self.take(end.ok_or("unterminated filter")?);
        self.take(1);
        if self.take(1) != "]" {
            return Err("unclosed array expect ]".into());
        }
        let sign = |c: char| "!<>=".contains(c);
        let parts = text.find(sign).filter(|at| *at > 0).and_then(|at| {
            let (left, rest) = text.split_at(at);
            // The value needs a character, so that the operator gives one back if none is left.
            let length = rest.find(|c| !sign(c)).unwrap_or(rest.len() - 1);
            (length > 0).then(|| (left, &rest[..length], &rest[length..]))
        });
        match parts {
            None => Ok(Node::Filter(action(text, self.depth + 1)?, Vec::new(), "exists".into())),
            Some((left, operator, right)) => {
                Ok(Node::Filter(action(left, self.depth + 1)?, action(right, self.depth + 1)?, operator.into()))
            }
        }
    }
}

/// `START:END:STEP`, each of which may be missing.
fn slice(text: &str) -> Result<[Bound; 3], String> {
    let invalid = || format!("invalid array index {text}");
    let parts: Vec<&str> = text.split(':').collect();
    let number = |part: &str| part.strip_prefix('-').unwrap_or(part).bytes().all(|b| b.is_ascii_digit());
    if parts.len() > 3 || !parts.iter().all(|part| number(part)) {
        return Err(invalid());
    }
    let mut bounds = [Bound::default(); 3];
    for (at, bound) in bounds.iter_mut().enumerate() {
        if let Some(part) = parts.get(at).filter(|part| !part.is_empty()) {
            let value = part.parse().map_err(|_| format!("array index {part} is not a number"))?;
            *bound = Bound { value, known: true, derived: false };
        }
    }
    if parts.len() == 1 {
        bounds[1] = Bound { value: bounds[0].value.saturating_add(1), known: true, derived: true };
    }
    Ok(bounds)
}
