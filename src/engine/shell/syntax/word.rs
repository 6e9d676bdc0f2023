//! Words: quotes, backslashes, and everything that begins with `$`.

use super::{Operation, Parameter, Parser, Part, SyntaxError, Word};
use std::rc::Rc;

type Result<T> = std::result::Result<T, SyntaxError>;

/// Where a piece of text ends, and what is special in it.
#[derive(Clone, Copy, PartialEq)]
enum Context {
    /// Up to `"`.
    Double,
    /// Up to the end of the text: here-documents and arithmetic.
    Document,
}

impl Parser<'_> {
    /// One word, if one begins here.
    pub(super) fn word(&mut self) -> Result<Option<Word>> {
        let word = self.word_until(|c| matches!(c, ' ' | '\t' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')'))?;
        Ok((!word.0.is_empty()).then_some(word))
    }

    /// Parts up to a character at which `stop` holds, outside of quotes.
    pub(super) fn word_until(&mut self, stop: impl Fn(char) -> bool) -> Result<Word> {
        self.enter()?;
        let mut parts = Vec::new();
        let mut text = String::new();
        // How many parentheses of patterns such as `@(a|b)` are open.
        let mut open = 0;
        while let Some(c) = self.peek() {
            if c == '(' && (open > 0 || (stop(c) && text.ends_with(['?', '*', '+', '@', '!']))) {
                open += 1;
                text.push(c);
                self.at += 1;
                continue;
            }
            if open > 0 && matches!(c, ')' | '|' | ' ') {
                open -= i32::from(c == ')');
                text.push(c);
                self.at += 1;
                continue;
            }
            if (c == '<' || c == '>') && self.peek_at(1) == Some('(') && text.is_empty() && parts.is_empty() {
                self.at += 2;
                parts.push(Part::Process(Rc::new(self.list_until_paren()?)));
                continue;
            }
            if stop(c) {
                break;
            }
            let part = match c {
                '\'' => Part::Quoted(self.single()?),
                '"' => {
                    self.at += 1;
                    let inside = self.text(Context::Double)?;
                    self.at += 1;
                    Part::Double(inside)
                }
                '\\' => {
                    self.at += 1;
                    match self.next() {
                        Some('\n') => continue,
                        Some(c) => Part::Quoted(c.into()),
                        None => return Err(self.incomplete('\\')),
                    }
                }
                '$' if self.peek_at(1) == Some('\'') => Part::Quoted(self.ansi()?),
                '$' if self.peek_at(1) == Some('"') => {
                    self.at += 1;
                    continue;
                }
                '$' | '`' => match self.dollar()? {
                    Some(part) => part,
                    None => {
                        text.push('$');
                        continue;
                    }
                },
                c => {
                    text.push(c);
                    self.at += 1;
                    continue;
                }
            };
            if !text.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut text)));
            }
            parts.push(part);
        }
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        self.leave();
        Ok(Word(parts))
    }

    /// The text of a here-document as a word: `$` works, quotes stand for themselves.
    pub(super) fn document(text: &str, depth: usize) -> Result<Word> {
        let aliases = Default::default();
        let mut parser = Parser::new(text, &aliases);
        parser.depth = depth;
        Ok(Word(vec![Part::Double(parser.text(Context::Document)?)]))
    }

    fn text(&mut self, context: Context) -> Result<Vec<Part>> {
        self.enter()?;
        let mut parts = Vec::new();
        let mut text = String::new();
        loop {
            let Some(c) = self.peek() else {
                if context == Context::Double {
                    return Err(self.incomplete('"'));
                }
                break;
            };
            match c {
                '"' if context == Context::Double => break,
                '\\' => {
                    self.at += 1;
                    match self.next() {
                        Some('\n') => {}
                        Some(c @ ('$' | '`' | '\\')) => text.push(c),
                        Some('"') if context == Context::Double => text.push('"'),
                        Some(c) => text.extend(['\\', c]),
                        None if context == Context::Double => return Err(self.incomplete('"')),
                        None => text.push('\\'),
                    }
                }
                '$' | '`' => match self.dollar()? {
                    Some(part) => {
                        if !text.is_empty() {
                            parts.push(Part::Quoted(std::mem::take(&mut text)));
                        }
                        parts.push(part);
                    }
                    None => text.push('$'),
                },
                c => {
                    text.push(c);
                    self.at += 1;
                }
            }
        }
        if !text.is_empty() {
            parts.push(Part::Quoted(text));
        }
        self.leave();
        Ok(parts)
    }

    fn single(&mut self) -> Result<String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.next() {
                Some('\'') => return Ok(text),
                Some(c) => text.push(c),
                None => return Err(self.incomplete('\'')),
            }
        }
    }

    /// `$'...'`: C's escapes.
    fn ansi(&mut self) -> Result<String> {
        self.at += 2;
        let mut text = String::new();
        loop {
            match self.next() {
                Some('\'') => return Ok(text),
                Some('\\') => {
                    let c = self.next().ok_or_else(|| self.incomplete('\''))?;
                    let value = match c {
                        'n' => '\n',
                        't' => '\t',
                        'r' => '\r',
                        'a' => '\x07',
                        'b' => '\x08',
                        'e' | 'E' => '\x1b',
                        'f' => '\x0c',
                        'v' => '\x0b',
                        'x' => self.number(16, 2),
                        'u' => self.number(16, 4),
                        'U' => self.number(16, 8),
                        '0'..='7' => {
                            self.at -= 1;
                            self.number(8, 3)
                        }
                        c @ ('\\' | '\'' | '"' | '?') => c,
                        c => {
                            text.push('\\');
                            c
                        }
                    };
                    text.push(value);
                }
                Some(c) => text.push(c),
                None => return Err(self.incomplete('\'')),
            }
        }
    }

    fn number(&mut self, radix: u32, digits: usize) -> char {
        let mut value = 0u32;
        for _ in 0..digits {
            match self.peek().and_then(|c| c.to_digit(radix)) {
                Some(digit) => value = value * radix + digit,
                None => break,
            }
            self.at += 1;
        }
        char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    /// What begins with `$` or a backtick; `None` for a `$` that stands for itself.
    fn dollar(&mut self) -> Result<Option<Part>> {
        if self.peek() == Some('`') {
            return self.backtick().map(Some);
        }
        self.at += 1;
        let plain =
            |name: String| Part::Parameter(Box::new(Parameter { name, index: None, operation: Operation::Plain }));
        Ok(Some(match self.peek() {
            Some('(') if self.peek_at(1) == Some('(') => match self.arithmetic_text() {
                Some(text) => Part::Arithmetic(Self::document(&text, self.depth)?),
                None => {
                    self.at += 1;
                    Part::Command(Rc::new(self.list_until_paren()?))
                }
            },
            Some('(') => {
                self.at += 1;
                Part::Command(Rc::new(self.list_until_paren()?))
            }
            Some('{') => {
                self.at += 1;
                Part::Parameter(Box::new(self.parameter()?))
            }
            Some(c) if c.is_ascii_alphabetic() || c == '_' => plain(self.name()),
            Some(c) if c.is_ascii_digit() || "?$!#@*-".contains(c) => {
                self.at += 1;
                plain(c.into())
            }
            _ => return Ok(None),
        }))
    }

    fn backtick(&mut self) -> Result<Part> {
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.next() {
                Some('`') => break,
                Some('\\') => match self.next() {
                    Some(c @ ('`' | '\\' | '$')) => text.push(c),
                    Some(c) => text.extend(['\\', c]),
                    None => return Err(self.incomplete('`')),
                },
                Some(c) => text.push(c),
                None => return Err(self.incomplete('`')),
            }
        }
        let mut inner = Parser::new(&text, self.aliases);
        inner.depth = self.depth;
        Ok(Part::Command(Rc::new(inner.whole()?)))
    }

    /// The text between `((` and `))`, both passed; `None`, nothing passed, where they do not match.
    pub(super) fn arithmetic_text(&mut self) -> Option<String> {
        let start = self.at + 2;
        let mut depth = 0;
        let mut at = start;
        loop {
            match self.chars.get(at)? {
                '(' => depth += 1,
                ')' if depth > 0 => depth -= 1,
                ')' => break,
                _ => {}
            }
            at += 1;
        }
        (self.chars.get(at + 1) == Some(&')')).then(|| {
            self.at = at + 2;
            self.chars[start..at].iter().collect()
        })
    }

    /// A variable's name, which begins here.
    pub(super) fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(c) = self.peek().filter(|c| c.is_ascii_alphanumeric() || *c == '_') {
            name.push(c);
            self.at += 1;
        }
        name
    }

    fn parameter_name(&mut self) -> String {
        match self.peek() {
            Some(c) if c.is_ascii_alphabetic() || c == '_' => self.name(),
            Some(c) if c.is_ascii_digit() => {
                let mut name = String::new();
                while let Some(c) = self.peek().filter(char::is_ascii_digit) {
                    name.push(c);
                    self.at += 1;
                }
                name
            }
            Some(c) if "?$!#@*-".contains(c) => {
                self.at += 1;
                c.into()
            }
            _ => String::new(),
        }
    }

    /// The rest of `${...}`.
    fn parameter(&mut self) -> Result<Parameter> {
        let start = self.at;
        let bad = |parser: &Parser<'_>| {
            let text: String = parser.chars[start..].iter().take_while(|c| **c != '}').collect();
            SyntaxError::Wrong(format!("${{{text}}}: bad substitution"))
        };
        let mut prefix = ' ';
        if let Some(c @ ('#' | '!')) = self.peek()
            && !matches!(self.peek_at(1), Some('}' | ':' | '%' | '/' | '=' | '+') | None)
            && !(c == '#' && matches!(self.peek_at(1), Some('#' | '-' | '?')) && self.peek_at(2) != Some('}'))
        {
            prefix = c;
            self.at += 1;
        }
        let name = self.parameter_name();
        if name.is_empty() {
            return Err(if self.peek().is_none() { self.incomplete('}') } else { bad(self) });
        }
        let mut index = None;
        if self.peek() == Some('[') {
            self.at += 1;
            index = Some(self.word_until(|c| c == ']')?);
            if self.next().is_none() {
                return Err(self.incomplete('}'));
            }
        }
        let until = |c: char| c == '}';
        let operation = match (prefix, self.next()) {
            (_, None) => return Err(self.incomplete('}')),
            ('#', Some('}')) => return Ok(Parameter { name, index, operation: Operation::Length }),
            ('!', Some('}')) => return Ok(Parameter { name, index, operation: Operation::Indirect }),
            ('!', Some('*' | '@')) if self.peek() == Some('}') => Operation::Names,
            ('#' | '!', _) => return Err(bad(self)),
            (_, Some('}')) => return Ok(Parameter { name, index, operation: Operation::Plain }),
            (_, Some(':')) => match self.peek() {
                Some(c @ ('-' | '=' | '?' | '+')) => {
                    self.at += 1;
                    Operation::Absent(c, true, self.word_until(until)?)
                }
                _ => {
                    let offset = self.word_until(|c| c == '}' || c == ':')?;
                    let length = match self.peek() {
                        Some(':') => {
                            self.at += 1;
                            Some(self.word_until(until)?)
                        }
                        _ => None,
                    };
                    Operation::Slice(offset, length)
                }
            },
            (_, Some(c @ ('-' | '=' | '?' | '+'))) => Operation::Absent(c, false, self.word_until(until)?),
            (_, Some(c @ ('#' | '%'))) => {
                let longest = self.peek() == Some(c);
                if longest {
                    self.at += 1;
                }
                let pattern = self.word_until(until)?;
                if c == '#' { Operation::TrimStart(longest, pattern) } else { Operation::TrimEnd(longest, pattern) }
            }
            (_, Some('/')) => {
                let kind = match self.peek() {
                    Some(c @ ('/' | '#' | '%')) => {
                        self.at += 1;
                        c
                    }
                    _ => ' ',
                };
                let pattern = self.word_until(|c| c == '}' || c == '/')?;
                let mut with = Word::default();
                if self.peek() == Some('/') {
                    self.at += 1;
                    with = self.word_until(until)?;
                }
                Operation::Replace(kind, pattern, with)
            }
            (_, Some('@')) => match self.next() {
                Some(c @ ('Q' | 'U' | 'u' | 'L' | 'E' | 'P' | 'A' | 'a' | 'k' | 'K')) => Operation::Transform(c),
                _ => return Err(bad(self)),
            },
            (_, Some(c @ ('^' | ','))) => {
                let all = self.peek() == Some(c);
                if all {
                    self.at += 1;
                }
                Operation::Case(c == '^', all)
            }
            (_, Some(_)) => return Err(bad(self)),
        };
        match self.next() {
            Some('}') => Ok(Parameter { name, index, operation }),
            Some(_) => Err(bad(self)),
            None => Err(self.incomplete('}')),
        }
    }
}
