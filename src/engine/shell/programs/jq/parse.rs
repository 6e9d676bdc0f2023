//! jq's grammar.

use super::value::Value;
use std::rc::Rc;

/// A filter.
#[derive(Clone, Debug)]
pub enum Filter {
    Identity,
    Recurse,
    Literal(Value),
    /// A string with `\( )` in it, and the format (`@base64`) applied to what stands there.
    Text(Vec<Piece>, String),
    Field(Box<Filter>, Box<Filter>),
    Slice(Box<Filter>, Option<Box<Filter>>, Option<Box<Filter>>),
    Iterate(Box<Filter>),
    Try(Box<Filter>, Option<Box<Filter>>),
    Pipe(Box<Filter>, Box<Filter>),
    Comma(Box<Filter>, Box<Filter>),
    Binary(&'static str, Box<Filter>, Box<Filter>),
    Negate(Box<Filter>),
    Array(Option<Box<Filter>>),
    Object(Vec<(Filter, Option<Filter>)>),
    Variable(String),
    Bind(Box<Filter>, String, Box<Filter>),
    Reduce(Box<Filter>, String, Box<Filter>, Box<Filter>),
    /// `foreach`: the source, the start, the step, and what is given after each.
    Each(Box<[Filter; 4]>, String),
    If(Box<Filter>, Box<Filter>, Option<Box<Filter>>),
    Call(String, Vec<Filter>),
    /// `def`: the name, the parameters, what it does, and where it holds.
    Define(String, Vec<String>, Rc<Filter>, Box<Filter>),
    Format(String),
}

#[derive(Clone, Debug)]
pub enum Piece {
    Text(String),
    Filter(Filter),
}

type Result<T> = std::result::Result<T, String>;

/// The binary operators by how loosely they bind; comma and pipe are looser than all.
const LEVELS: &[&[&str]] = &[
    &["//"],
    &["=", "|=", "+=", "-=", "*=", "//=", "/=", "%="],
    &["or"],
    &["and"],
    &["==", "!=", "<=", ">=", "<", ">"],
    &["+", "-"],
    &["*", "/", "%"],
];

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

/// Reads a filter.
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str) -> Result<Filter> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    reader.blanks();
    if reader.rest().is_empty() {
        return Ok(Filter::Identity);
    }
    let filter = reader.pipe()?;
    reader.blanks();
    if reader.rest().is_empty() { Ok(filter) } else { Err(reader.error()) }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }
    fn blanks(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if !self.rest().starts_with('#') {
                return;
            }
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        }
    }
    fn error(&self) -> String {
        match self.rest().chars().next() {
            Some(c) => format!("syntax error, unexpected '{c}' at <top-level>, line 1:\n{}", self.text),
            None => format!("syntax error, unexpected end of file at <top-level>, line 1:\n{}", self.text),
        }
    }
    fn accept(&mut self, symbol: &str) -> bool {
        self.blanks();
        let rest = self.rest();
        let word = symbol.chars().all(is_name);
        let follows = rest.strip_prefix(symbol).map(|after| after.chars().next());
        let stands = match follows {
            None => false,
            Some(next) if word => !next.is_some_and(is_name),
            Some(next) => {
                // `|` is not the start of `|=`, nor `/` of `//`.
                !(matches!(symbol, "|" | "+" | "-" | "*" | "/" | "%" | "//" | "<" | ">") && next == Some('='))
                    && !(symbol == "=" && next == Some('='))
                    && !(symbol == "/" && next == Some('/'))
                    && !(symbol == "?" && rest.starts_with("?//"))
            }
        };
        if stands {
            self.at += symbol.len();
        }
        stands
    }
    fn expect(&mut self, symbol: &str) -> Result<()> {
        if self.accept(symbol) { Ok(()) } else { Err(self.error()) }
    }
    fn word(&mut self) -> String {
        let rest = self.rest();
        let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        let word = rest[..end].to_string();
        self.at += end;
        word
    }

    fn pipe(&mut self) -> Result<Filter> {
        self.depth += 1;
        if self.depth > 60 {
            return Err("filter nests too deep".into());
        }
        if self.accept("def") {
            let filter = self.definition();
            self.depth -= 1;
            return filter;
        }
        let left = self.comma()?;
        let filter = if self.accept("as") {
            self.expect("$")?;
            let name = self.word();
            self.expect("|")?;
            Filter::Bind(Box::new(left), name, Box::new(self.pipe()?))
        } else if self.accept("|") {
            Filter::Pipe(Box::new(left), Box::new(self.pipe()?))
        } else {
            left
        };
        self.depth -= 1;
        Ok(filter)
    }

    /// What follows `def`, up to and with the filter it is for.
    fn definition(&mut self) -> Result<Filter> {
        self.blanks();
        let name = self.word();
        let (mut parameters, mut values) = (Vec::new(), Vec::new());
        if self.accept("(") {
            loop {
                let value = self.accept("$");
                self.blanks();
                let parameter = self.word();
                if parameter.is_empty() {
                    return Err(self.error());
                }
                values.extend(value.then(|| parameter.clone()));
                parameters.push(parameter);
                if !self.accept(";") {
                    break;
                }
            }
            self.expect(")")?;
        }
        self.expect(":")?;
        let mut body = self.pipe()?;
        self.expect(";")?;
        for value in values.into_iter().rev() {
            body = Filter::Bind(Box::new(Filter::Call(value.clone(), Vec::new())), value, Box::new(body));
        }
        self.blanks();
        let rest = if self.rest().is_empty() || self.rest().starts_with(')') { Filter::Identity } else { self.pipe()? };
        Ok(Filter::Define(name, parameters, Rc::new(body), Box::new(rest)))
    }

    fn comma(&mut self) -> Result<Filter> {
        let mut left = self.binary(0)?;
        while self.accept(",") {
            left = Filter::Comma(Box::new(left), Box::new(self.binary(0)?));
        }
        Ok(left)
    }

    fn binary(&mut self, level: usize) -> Result<Filter> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        while let Some(operator) = operators.iter().copied().find(|operator| self.accept(operator)) {
            // `//` binds to the right.
            let right = self.binary(if operator == "//" { level } else { level + 1 })?;
            left = Filter::Binary(operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Filter> {
        if self.accept("-") {
            return Ok(Filter::Negate(Box::new(self.postfix()?)));
        }
        self.postfix()
    }

    fn postfix(&mut self) -> Result<Filter> {
        let mut filter = self.primary()?;
        loop {
            let rest = self.rest();
            if rest.starts_with('?') && !rest.starts_with("?//") {
                self.at += 1;
                filter = Filter::Try(Box::new(filter), None);
            } else if rest.starts_with('[') {
                filter = self.bracket(filter)?;
            } else if rest.starts_with(".[") {
                self.at += 1;
                filter = self.bracket(filter)?;
            } else if rest.starts_with(".\"") || (rest.starts_with('.') && rest[1..].starts_with(|c: char| is_name(c) && !c.is_ascii_digit())) {
                self.at += 1;
                filter = Filter::Field(Box::new(filter), Box::new(self.key()?));
            } else {
                return Ok(filter);
            }
        }
    }

    fn key(&mut self) -> Result<Filter> {
        if self.rest().starts_with('"') {
            return self.string(String::new());
        }
        Ok(Filter::Literal(self.word().into()))
    }

    fn bracket(&mut self, base: Filter) -> Result<Filter> {
        self.at += 1;
        if self.accept("]") {
            return Ok(Filter::Iterate(Box::new(base)));
        }
        if self.accept(":") {
            let to = self.pipe()?;
            self.expect("]")?;
            return Ok(Filter::Slice(Box::new(base), None, Some(Box::new(to))));
        }
        let first = self.pipe()?;
        if self.accept(":") {
            let to = if self.accept("]") {
                None
            } else {
                let to = self.pipe()?;
                self.expect("]")?;
                Some(Box::new(to))
            };
            return Ok(Filter::Slice(Box::new(base), Some(Box::new(first)), to));
        }
        self.expect("]")?;
        Ok(Filter::Field(Box::new(base), Box::new(first)))
    }

    fn primary(&mut self) -> Result<Filter> {
        self.blanks();
        let rest = self.rest();
        let Some(c) = rest.chars().next() else { return Err(self.error()) };
        match c {
            '.' if rest.starts_with("..") => {
                self.at += 2;
                Ok(Filter::Recurse)
            }
            '.' => {
                self.at += 1;
                let rest = self.rest();
                if rest.starts_with('"') || rest.starts_with(|c: char| is_name(c) && !c.is_ascii_digit()) {
                    return Ok(Filter::Field(Box::new(Filter::Identity), Box::new(self.key()?)));
                }
                Ok(Filter::Identity)
            }
            '"' => self.string(String::new()),
            '@' => {
                self.at += 1;
                let format = self.word();
                self.blanks();
                if self.rest().starts_with('"') { self.string(format) } else { Ok(Filter::Format(format)) }
            }
            '$' => {
                self.at += 1;
                Ok(Filter::Variable(self.word()))
            }
            '(' => {
                self.at += 1;
                let inner = self.pipe()?;
                self.expect(")")?;
                Ok(inner)
            }
            '[' => {
                self.at += 1;
                if self.accept("]") {
                    return Ok(Filter::Array(None));
                }
                let inner = self.pipe()?;
                self.expect("]")?;
                Ok(Filter::Array(Some(Box::new(inner))))
            }
            '{' => self.object(),
            c if c.is_ascii_digit() => {
                let mut before = ' ';
                let inside = |c: char, before: char| c.is_ascii_digit() || ".eE".contains(c) || ("+-".contains(c) && "eE".contains(before));
                let end = rest.find(|c: char| !inside(c, std::mem::replace(&mut before, c))).unwrap_or(rest.len());
                let text = rest[..end].to_string();
                self.at += end;
                text.parse::<f64>().map(|number| Filter::Literal(number.into())).map_err(|_| self.error())
            }
            c if is_name(c) => self.named(),
            _ => Err(self.error()),
        }
    }

    fn named(&mut self) -> Result<Filter> {
        let word = self.word();
        Ok(match word.as_str() {
            "null" => Filter::Literal(Value::Null),
            "true" => Filter::Literal(true.into()),
            "false" => Filter::Literal(false.into()),
            "if" => {
                let condition = self.pipe()?;
                self.expect("then")?;
                let yes = self.pipe()?;
                let no = if self.accept("elif") {
                    // `elif` is an `if` that shares the `end`.
                    self.at -= 2;
                    Some(Box::new(self.named()?))
                } else if self.accept("else") {
                    let no = self.pipe()?;
                    self.expect("end")?;
                    Some(Box::new(no))
                } else {
                    self.expect("end")?;
                    None
                };
                Filter::If(Box::new(condition), Box::new(yes), no)
            }
            "try" => {
                let body = self.postfix()?;
                let handler = if self.accept("catch") { Some(Box::new(self.postfix()?)) } else { None };
                Filter::Try(Box::new(body), handler)
            }
            "foreach" => {
                let source = self.postfix()?;
                self.expect("as")?;
                self.expect("$")?;
                let name = self.word();
                self.expect("(")?;
                let start = self.pipe()?;
                self.expect(";")?;
                let step = self.pipe()?;
                let show = if self.accept(";") { self.pipe()? } else { Filter::Identity };
                self.expect(")")?;
                Filter::Each(Box::new([source, start, step, show]), name)
            }
            "reduce" => {
                let source = self.postfix()?;
                self.expect("as")?;
                self.expect("$")?;
                let name = self.word();
                self.expect("(")?;
                let start = self.pipe()?;
                self.expect(";")?;
                let step = self.pipe()?;
                self.expect(")")?;
                Filter::Reduce(Box::new(source), name, Box::new(start), Box::new(step))
            }
            _ => {
                let mut args = Vec::new();
                if self.rest().starts_with('(') {
                    self.at += 1;
                    loop {
                        args.push(self.pipe()?);
                        if !self.accept(";") {
                            break;
                        }
                    }
                    self.expect(")")?;
                }
                Filter::Call(word, args)
            }
        })
    }

    fn object(&mut self) -> Result<Filter> {
        self.at += 1;
        let mut entries = Vec::new();
        loop {
            self.blanks();
            if self.accept("}") {
                return Ok(Filter::Object(entries));
            }
            let rest = self.rest();
            let variable = rest.starts_with('$');
            let key = if variable {
                self.at += 1;
                let name = self.word();
                entries.push((Filter::Literal(name.clone().into()), Some(Filter::Variable(name))));
                self.accept(",");
                continue;
            } else if rest.starts_with('(') {
                self.at += 1;
                let key = self.pipe()?;
                self.expect(")")?;
                key
            } else if rest.starts_with('"') {
                self.string(String::new())?
            } else if rest.starts_with(is_name) {
                Filter::Literal(self.word().into())
            } else {
                return Err(self.error());
            };
            let value = if self.accept(":") { Some(self.value()?) } else { None };
            entries.push((key, value));
            self.blanks();
            if !self.accept(",") && !self.rest().starts_with('}') {
                return Err(self.error());
            }
        }
    }

    /// A value in an object: no comma, but pipes may stand there.
    fn value(&mut self) -> Result<Filter> {
        let left = self.binary(0)?;
        if self.accept("|") { Ok(Filter::Pipe(Box::new(left), Box::new(self.value()?))) } else { Ok(left) }
    }

    fn string(&mut self, format: String) -> Result<Filter> {
        self.at += 1;
        let mut pieces = Vec::new();
        let mut text = String::new();
        loop {
            let Some(c) = self.rest().chars().next() else { return Err(self.error()) };
            self.at += c.len_utf8();
            match c {
                '"' => break,
                '\\' => {
                    let Some(c) = self.rest().chars().next() else { return Err(self.error()) };
                    self.at += c.len_utf8();
                    match c {
                        '(' => {
                            pieces.push(Piece::Text(std::mem::take(&mut text)));
                            let inner = self.pipe()?;
                            self.expect(")")?;
                            pieces.push(Piece::Filter(inner));
                        }
                        'n' => text.push('\n'),
                        't' => text.push('\t'),
                        'r' => text.push('\r'),
                        'u' => {
                            let code = self.rest().get(..4).and_then(|hex| u32::from_str_radix(hex, 16).ok());
                            text.extend(code.and_then(char::from_u32));
                            self.at += if code.is_some() { 4 } else { 0 };
                        }
                        c => text.push(c),
                    }
                }
                c => text.push(c),
            }
        }
        if pieces.is_empty() {
            return Ok(Filter::Literal(text.into()));
        }
        pieces.push(Piece::Text(text));
        Ok(Filter::Text(pieces, format))
    }
}
