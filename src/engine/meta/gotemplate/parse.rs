//! The parser of Go templates.

use super::super::Value;
use super::functions::FUNCTIONS;
use super::lex::{Item, Token, lex};
use crate::meta::SortedMap;

/// A template with those that it defines.
#[derive(Clone, Debug, Default)]
pub(super) struct Parsed {
    pub main: Vec<Node>,
    pub defined: SortedMap<String, Vec<Node>>,
}

#[derive(Clone, Debug)]
pub(super) enum Node {
    Text(String),
    Action(Pipeline),
    /// `if`, `with` or `range`, what it holds, and its `else`.
    Branch(Branch, Pipeline, Vec<Node>, Vec<Node>),
    /// `{{template "name" pipeline}}`
    Template(usize, String, Option<Pipeline>),
    Break,
    Continue,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Branch {
    If,
    With,
    Range,
}

/// Commands, each of which gets the result of the one before as its last argument.
#[derive(Clone, Debug, Default)]
pub(super) struct Pipeline {
    /// The variables that take the result.
    pub variables: Vec<String>,
    /// Whether they are declared here.
    pub declares: bool,
    pub commands: Vec<Command>,
}

/// A function or value with arguments.
#[derive(Clone, Debug)]
pub(super) struct Command {
    pub args: Vec<Arg>,
    pub text: String,
}

#[derive(Clone, Debug)]
pub(super) struct Arg {
    /// Where error messages point.
    pub at: usize,
    pub text: String,
    pub kind: Operand,
    /// The fields taken of the operand.
    pub fields: Vec<String>,
}

#[derive(Clone, Debug)]
pub(super) enum Operand {
    Dot,
    Nil,
    Literal(Value),
    Variable(String),
    Function(String),
    Pipeline(Pipeline),
}

/// How deep blocks and parentheses may nest.
const MAX_DEPTH: usize = 100;

/// Reads a template.
///
/// # Errors
/// The real parser's text.
pub(super) fn parse(text: &str) -> Result<Parsed, String> {
    let failure = |at: usize, message: String| {
        let line = text.get(..at).unwrap_or(text).matches('\n').count() + 1;
        format!("template: output:{line}: {message}")
    };
    let items = lex(text).map_err(|(at, message)| failure(at, message))?;
    let mut parser =
        Parser { text, items, at: 0, depth: 0, variables: vec!["$".into()], parsed: Parsed::default(), loops: 0 };
    let (main, end) = parser.nodes().map_err(|message| failure(parser.place(), message))?;
    if let Some(word) = end {
        return Err(failure(parser.place(), format!("unexpected {{{{{word}}}}}")));
    }
    parser.parsed.main = main;
    Ok(parser.parsed)
}

struct Parser<'a> {
    text: &'a str,
    items: Vec<Item>,
    at: usize,
    depth: usize,
    /// The variables in scope.
    variables: Vec<String>,
    parsed: Parsed,
    loops: usize,
}

type Parse<T> = Result<T, String>;

impl Parser<'_> {
    /// Where the last word that was read begins.
    fn place(&self) -> usize {
        self.items.get(self.at.saturating_sub(1)).map_or(self.text.len(), |item| item.at)
    }
    fn peek(&self) -> Option<&Token> {
        self.items.get(self.at).map(|item| &item.token)
    }
    fn next(&mut self) -> Option<Item> {
        let item = self.items.get(self.at).cloned();
        self.at += 1;
        item
    }
    fn skip_space(&mut self) {
        while self.peek() == Some(&Token::Space) {
            self.at += 1;
        }
    }
    fn word(&mut self) -> Option<String> {
        self.skip_space();
        match self.peek() {
            Some(Token::Word(word)) => Some(word.clone()),
            _ => None,
        }
    }
    fn close(&mut self, context: &str) -> Parse<()> {
        self.skip_space();
        match self.next() {
            Some(Item { token: Token::Close, .. }) => Ok(()),
            item => Err(unexpected(item.as_ref(), self.text, context)),
        }
    }

    /// Nodes up to `end` or `else`, whose word is told, or to the end of the text.
    fn nodes(&mut self) -> Parse<(Vec<Node>, Option<String>)> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("max expression depth exceeded".into());
        }
        let mut nodes = Vec::new();
        while let Some(item) = self.next() {
            if let Token::Text(text) = item.token {
                nodes.push(Node::Text(text));
                continue;
            }
            let word = self.word();
            match word.as_deref() {
                Some(word @ ("end" | "else")) => {
                    self.at += 1;
                    self.depth -= 1;
                    if word == "end" {
                        self.close("end")?;
                    }
                    return Ok((nodes, Some(word.into())));
                }
                Some("if") => nodes.push(self.branch(Branch::If, "if")?),
                Some("with") => nodes.push(self.branch(Branch::With, "with")?),
                Some("range") => nodes.push(self.branch(Branch::Range, "range")?),
                Some(word @ ("break" | "continue")) => {
                    self.at += 1;
                    if self.loops == 0 {
                        return Err(format!("{{{{{word}}}}} outside {{{{range}}}}"));
                    }
                    self.close(word)?;
                    nodes.push(if word == "break" { Node::Break } else { Node::Continue });
                }
                Some(word @ ("define" | "block" | "template")) => {
                    self.at += 1;
                    nodes.extend(self.named(word)?);
                }
                _ => {
                    let pipeline = self.pipeline("command")?;
                    self.close("command")?;
                    nodes.push(Node::Action(pipeline));
                }
            }
        }
        if self.depth > 1 {
            return Err("unexpected EOF".into());
        }
        self.depth -= 1;
        Ok((nodes, None))
    }

    fn named(&mut self, word: &str) -> Parse<Option<Node>> {
        let context = format!("{word} clause");
        self.skip_space();
        let item = self.next();
        let (at, name) = match item {
            Some(Item { at, token: Token::Quoted(name) }) => (at, name),
            item => return Err(unexpected(item.as_ref(), self.text, &context)),
        };
        self.skip_space();
        let pipeline = match self.peek() {
            Some(Token::Close) | None => None,
            _ if word == "define" => return Err(unexpected(self.next().as_ref(), self.text, &context)),
            _ => Some(self.pipeline(&context)?),
        };
        self.close(&context)?;
        if word != "template" {
            let scope = std::mem::replace(&mut self.variables, vec!["$".into()]);
            let (body, end) = self.nodes()?;
            self.variables = scope;
            if end.as_deref() != Some("end") {
                return Err(format!("unexpected {{{{else}}}} in {context}"));
            }
            self.parsed.defined.insert(name.clone(), body);
        }
        Ok((word != "define").then_some(Node::Template(at, name, pipeline)))
    }

    fn branch(&mut self, kind: Branch, context: &str) -> Parse<Node> {
        self.at += 1;
        let scope = self.variables.len();
        let pipeline = self.pipeline(context)?;
        self.close(context)?;
        self.loops += usize::from(kind == Branch::Range);
        let (body, end) = self.nodes()?;
        self.loops -= usize::from(kind == Branch::Range);
        let mut otherwise = Vec::new();
        if end.as_deref() == Some("else") {
            match self.word().as_deref() {
                // `else if` and `else with` share the `end` of the whole.
                Some("if") if kind == Branch::If => otherwise.push(self.branch(Branch::If, "if")?),
                Some("with") if kind == Branch::With => otherwise.push(self.branch(Branch::With, "with")?),
                _ => {
                    self.close("else")?;
                    let (nodes, end) = self.nodes()?;
                    if end.as_deref() != Some("end") {
                        return Err("expected end; found {{else}}".into());
                    }
                    otherwise = nodes;
                }
            }
        }
        self.variables.truncate(scope);
        Ok(Node::Branch(kind, pipeline, body, otherwise))
    }

    fn pipeline(&mut self, context: &str) -> Parse<Pipeline> {
        self.skip_space();
        let mut pipeline = Pipeline::default();
        let start = self.at;
        // `$x :=`, `$x =`, and for ranges `$i, $x :=`.
        let mut names = Vec::new();
        while let Some(Token::Variable(name)) = self.peek() {
            names.push(format!("${name}"));
            self.at += 1;
            self.skip_space();
            match self.peek() {
                Some(Token::Sign(",")) if context == "range" && names.len() < 2 => {
                    self.at += 1;
                    self.skip_space();
                }
                Some(Token::Sign(sign @ (":=" | "="))) => {
                    pipeline.declares = *sign == ":=";
                    pipeline.variables = std::mem::take(&mut names);
                    self.at += 1;
                    break;
                }
                _ => break,
            }
        }
        if pipeline.variables.is_empty() {
            self.at = start;
        } else if !pipeline.declares {
            pipeline.variables.iter().try_for_each(|name| self.known(name))?;
        }
        loop {
            self.skip_space();
            match self.peek() {
                Some(Token::Close | Token::Sign(")")) => break,
                Some(_) => pipeline.commands.push(self.command()?),
                None => return Err("unexpected EOF".into()),
            }
        }
        if pipeline.commands.is_empty() {
            return Err(format!("missing value for {context}"));
        }
        for command in &pipeline.commands[1..] {
            if let Some(Arg { kind: Operand::Dot | Operand::Nil | Operand::Literal(_), .. }) = command.args.first() {
                let stage = 2;
                return Err(format!("non executable command in pipeline stage {stage}"));
            }
        }
        if pipeline.declares {
            self.variables.extend(pipeline.variables.iter().cloned());
        }
        Ok(pipeline)
    }

    fn known(&self, name: &str) -> Parse<()> {
        if self.variables.iter().any(|known| known == name) {
            return Ok(());
        }
        Err(format!("undefined variable {name:?}"))
    }

    fn command(&mut self) -> Parse<Command> {
        let mut args = Vec::new();
        loop {
            self.skip_space();
            if let Some(arg) = self.operand()? {
                args.push(arg);
            }
            match self.peek() {
                Some(Token::Space) => {}
                Some(Token::Close | Token::Sign(")")) => break,
                Some(Token::Sign("|")) => {
                    self.at += 1;
                    self.skip_space();
                    if matches!(self.peek(), Some(Token::Close | Token::Sign(")"))) {
                        return Err("missing value for command".into());
                    }
                    break;
                }
                _ => {
                    let item = self.next();
                    return Err(unexpected(item.as_ref(), self.text, "operand"));
                }
            }
        }
        if args.is_empty() {
            return Err("empty command".into());
        }
        let text = args.iter().map(|arg| arg.text.as_str()).collect::<Vec<_>>().join(" ");
        Ok(Command { args, text })
    }

    fn operand(&mut self) -> Parse<Option<Arg>> {
        let Some(item) = self.items.get(self.at).cloned() else {
            return Err("unexpected EOF".into());
        };
        let mut fields = Vec::new();
        let kind = match item.token {
            Token::Dot => Operand::Dot,
            Token::Field(name) => {
                fields.push(name);
                Operand::Dot
            }
            Token::Variable(name) => {
                self.known(&format!("${name}"))?;
                Operand::Variable(format!("${name}"))
            }
            Token::Quoted(text) => Operand::Literal(text.into()),
            Token::Number(text) => Operand::Literal(number(&text)?),
            Token::Word(word) => match word.as_str() {
                "true" => Operand::Literal(true.into()),
                "false" => Operand::Literal(false.into()),
                "nil" => Operand::Nil,
                name if FUNCTIONS.iter().any(|(known, _)| *known == name) || matches!(name, "and" | "or") => {
                    Operand::Function(word)
                }
                name => {
                    self.at += 1;
                    return Err(format!("function {name:?} not defined"));
                }
            },
            Token::Sign("(") => {
                self.at += 1;
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return Err("max expression depth exceeded".into());
                }
                let pipeline = self.pipeline("parenthesized pipeline")?;
                self.depth -= 1;
                if self.peek() != Some(&Token::Sign(")")) {
                    let item = self.next();
                    return Err(unexpected(item.as_ref(), self.text, "parenthesized pipeline"));
                }
                Operand::Pipeline(pipeline)
            }
            _ => return Ok(None),
        };
        self.at += 1;
        let mut at = item.at;
        let first = self.at;
        while let Some(Item { at: place, token: Token::Field(name) }) = self.items.get(self.at) {
            if matches!(kind, Operand::Literal(_) | Operand::Nil) {
                return Err(format!("unexpected . after term {:?}", &self.text[item.at..*place]));
            }
            if self.at == first {
                at = *place;
            }
            fields.push(name.clone());
            self.at += 1;
        }
        let end = self.items.get(self.at).map_or(self.text.len(), |item| item.at);
        let text = self.text.get(item.at..end).unwrap_or_default().to_string();
        Ok(Some(Arg { at, text, kind, fields }))
    }
}

fn number(text: &str) -> Parse<Value> {
    let plain = text.replace('_', "");
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.get(..2) {
        Some("0x") => (16, &lower[2..]),
        Some("0o") => (8, &lower[2..]),
        Some("0b") => (2, &lower[2..]),
        Some(two) if two.starts_with('0') && lower.bytes().all(|b| b.is_ascii_digit()) => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    if let Ok(n) = i64::from_str_radix(&format!("{sign}{digits}"), radix) {
        return Ok(n.into());
    }
    let float = lower.bytes().all(|b| b.is_ascii_digit() || b"e+-.".contains(&b));
    match plain.parse::<f64>() {
        Ok(n) if float => Ok(n.into()),
        _ => Err(format!("bad number syntax: {text:?}")),
    }
}

fn unexpected(item: Option<&Item>, text: &str, context: &str) -> String {
    let Some(item) = item else { return "unexpected EOF".into() };
    let shown = match &item.token {
        Token::Close => "\"}}\"".to_string(),
        Token::Open => "\"{{\"".to_string(),
        Token::Sign(sign) => format!("{sign:?}"),
        Token::Word(word)
            if matches!(
                word.as_str(),
                "if" | "else"
                    | "end"
                    | "range"
                    | "with"
                    | "define"
                    | "template"
                    | "block"
                    | "break"
                    | "continue"
                    | "nil"
            ) =>
        {
            format!("<{word}>")
        }
        Token::Space => "\" \"".to_string(),
        Token::Text(_) => "text".to_string(),
        _ => {
            let rest = text.get(item.at..).unwrap_or_default();
            let end = rest.find(|c: char| c.is_whitespace() || c == '}').unwrap_or(rest.len());
            format!("{:?}", &rest[..end])
        }
    };
    format!("unexpected {shown} in {context}")
}
