//! Commands: lists, pipelines, compound commands, redirections. Recursive descent over characters,
//! since what a character means in a shell depends on where it stands.

mod compound;
mod simple;

use super::{
    After, Arm, AssignedValue, Assignment, Command, Condition, Head, Item, Kind, List, Part, Pipeline, Redirect,
    RedirectKind, SyntaxError, Test, Word,
};
use crate::meta::SortedMap;
use std::rc::Rc;

type Result<T> = std::result::Result<T, SyntaxError>;

/// How deep commands may nest; beyond it the text is refused rather than the stack overrun.
const MAX_DEPTH: usize = 100;

/// The operators, longest first.
const OPERATORS: &[&str] = &[
    "&>>", "<<<", "<<-", ";;&", "&&", "||", ";;", ";&", "|&", "&>", "<<", ">>", "<&", ">&", ">|", "<>", "(", ")", ";",
    "&", "|", "<", ">", "\n",
];

/// The redirections and what they are.
const REDIRECTIONS: &[(&str, RedirectKind)] = &[
    ("<<<", RedirectKind::Text),
    ("<<-", RedirectKind::Text),
    ("<<", RedirectKind::Text),
    ("&>>", RedirectKind::AppendBoth),
    ("&>", RedirectKind::WriteBoth),
    (">>", RedirectKind::Append),
    ("<&", RedirectKind::Copy),
    (">&", RedirectKind::Copy),
    (">|", RedirectKind::Overwrite),
    ("<>", RedirectKind::Read),
    ("<", RedirectKind::Read),
    (">", RedirectKind::Write),
];

/// Words that mean something where a command may begin, but cannot begin one themselves.
const CLOSERS: &[&str] = &["then", "elif", "else", "fi", "do", "done", "esac", "}", "in"];

/// Reads command lines from a text, one line at a time, since a line may define the aliases of the next.
pub struct Parser<'a> {
    pub(super) chars: Vec<char>,
    pub(super) at: usize,
    pub(super) aliases: &'a SortedMap<String, String>,
    pub(super) depth: usize,
    /// Aliases being expanded, and where each one's text ends: it is not expanded in itself.
    expanding: Vec<(String, usize)>,
    /// Whether `// remark` at the end of a line is a comment too.
    forgiving: bool,
    /// The number of the text's first line.
    pub first_line: usize,
    /// Lines of here-documents, which are cut out of the text.
    pub(super) cut: usize,
    /// Up to where lines were counted, and how many there were.
    counted: (usize, usize),
}

impl<'a> Parser<'a> {
    /// A parser at the beginning of a text.
    pub fn new(text: &str, aliases: &'a SortedMap<String, String>) -> Parser<'a> {
        let chars = text.chars().filter(|c| *c != '\r').collect();
        Parser {
            chars,
            at: 0,
            aliases,
            depth: 0,
            expanding: Vec::new(),
            forgiving: false,
            first_line: 1,
            cut: 0,
            counted: (0, 0),
        }
    }

    /// Takes `// remark` at the end of a line for a comment, as books write it.
    #[must_use]
    pub fn forgiving(mut self) -> Parser<'a> {
        self.forgiving = true;
        self
    }

    /// What has not been read yet.
    pub fn rest(&self) -> String {
        self.chars[self.at.min(self.chars.len())..].iter().collect()
    }

    /// The commands of the next line; `None` at the end of the text.
    ///
    /// # Errors
    /// If the text is no command line, or none yet.
    pub fn line(&mut self) -> Result<Option<List>> {
        self.newlines();
        if self.peek().is_none() {
            return Ok(None);
        }
        let list = self.list(true)?;
        match self.operator() {
            Some("\n") => Ok(Some(list)),
            None if self.peek().is_none() => Ok(Some(list)),
            _ => Err(self.surprise()),
        }
    }

    /// All commands of the text.
    ///
    /// # Errors
    /// As [`Parser::line`].
    pub fn whole(&mut self) -> Result<List> {
        let mut items = Vec::new();
        while let Some(list) = self.line()? {
            items.extend(list.0);
        }
        Ok(List(items))
    }

    /// The number of the line that is being read.
    pub fn line_number(&mut self) -> usize {
        let (from, before) = if self.counted.0 <= self.at { self.counted } else { (0, 0) };
        let passed = self.chars.get(from..self.at).unwrap_or_default();
        self.counted = (self.at, before + passed.iter().filter(|c| **c == '\n').count());
        self.first_line + self.counted.1 + self.cut
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }
    pub(super) fn peek_at(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }
    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }
    pub(super) fn enter(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(SyntaxError::Wrong("maximum nesting level exceeded".into()));
        }
        Ok(())
    }
    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }
    pub(super) fn incomplete(&self, missing: char) -> SyntaxError {
        SyntaxError::Incomplete(format!("unexpected EOF while looking for matching `{missing}'"))
    }

    fn blanks(&mut self) {
        loop {
            match self.peek() {
                Some(' ' | '\t') => self.at += 1,
                Some('\\') if self.peek_at(1) == Some('\n') => self.at += 2,
                Some('#') => self.comment(),
                Some('/') if self.forgiving && self.remark() => self.comment(),
                _ => return,
            }
        }
    }

    /// Whether `// ...` stands here after a blank.
    fn remark(&self) -> bool {
        self.peek_at(1) == Some('/')
            && self.peek_at(2).is_none_or(|c| c == ' ')
            && self.at > 0
            && self.chars.get(self.at - 1).is_some_and(|c| c.is_whitespace())
    }

    fn comment(&mut self) {
        while self.peek().is_some_and(|c| c != '\n') {
            self.at += 1;
        }
    }

    fn newlines(&mut self) {
        loop {
            self.blanks();
            if self.peek() != Some('\n') {
                return;
            }
            self.at += 1;
        }
    }

    /// The operator that stands here.
    fn operator(&self) -> Option<&'static str> {
        let rest = &self.chars[self.at..];
        let stands = |operator: &str| {
            let mut count = 0;
            operator.chars().all(|c| {
                count += 1;
                rest.get(count - 1) == Some(&c)
            })
        };
        OPERATORS.iter().copied().find(|operator| stands(operator))
    }

    fn accept(&mut self, operator: &str) -> bool {
        self.blanks();
        let stands = self.operator() == Some(operator);
        if stands {
            self.at += operator.chars().count();
        }
        stands
    }

    /// The unquoted word that stands here, without passing it.
    fn bare_word(&self) -> Option<String> {
        let rest = &self.chars[self.at..];
        let end = rest.iter().position(|c| " \t\n;&|<>()".contains(*c)).unwrap_or(rest.len());
        let word: String = rest[..end].iter().collect();
        (!word.is_empty() && !word.contains(['\'', '"', '\\', '$', '`'])).then_some(word)
    }

    fn keyword(&mut self, word: &str) -> bool {
        self.blanks();
        let stands = self.bare_word().as_deref() == Some(word);
        if stands {
            self.at += word.chars().count();
        }
        stands
    }

    fn expect(&mut self, word: &str) -> Result<()> {
        self.newlines();
        if self.keyword(word) { Ok(()) } else { Err(self.surprise()) }
    }

    /// The error for what stands here.
    fn surprise(&mut self) -> SyntaxError {
        self.blanks();
        match (self.operator(), self.bare_word()) {
            (Some(operator), _) => unexpected(operator),
            (None, Some(word)) => unexpected(&word),
            (None, None) if self.peek().is_none() => {
                SyntaxError::Incomplete("syntax error: unexpected end of file".into())
            }
            (None, None) => unexpected(self.rest().split_whitespace().next().unwrap_or_default()),
        }
    }

    /// Commands up to something that cannot begin one; `line` stops at a newline too.
    fn list(&mut self, one_line: bool) -> Result<List> {
        self.enter()?;
        let mut items = Vec::new();
        loop {
            if one_line {
                self.blanks()
            } else {
                self.newlines()
            }
            let (start, line) = (self.at, self.line_number());
            let Some(first) = self.pipeline()? else { break };
            let mut rest = Vec::new();
            loop {
                let condition = if self.accept("&&") {
                    Condition::Success
                } else if self.accept("||") {
                    Condition::Failure
                } else {
                    break;
                };
                self.newlines();
                match self.pipeline()? {
                    Some(pipeline) => rest.push((condition, pipeline)),
                    None => return Err(self.surprise()),
                }
            }
            let source: String = self.chars.get(start..self.at).unwrap_or_default().iter().collect();
            let background = self.accept("&");
            items.push(Item { first, rest, background, source: source.trim().into(), line });
            let separated = background || self.accept(";") || (!one_line && self.accept("\n"));
            if !separated {
                break;
            }
        }
        self.leave();
        Ok(List(items))
    }

    /// The commands of `$(`, and its `)`.
    pub(super) fn list_until_paren(&mut self) -> Result<List> {
        let list = self.list(false)?;
        self.newlines();
        match self.peek() {
            Some(')') => {
                self.at += 1;
                Ok(list)
            }
            None => Err(self.incomplete(')')),
            _ => Err(self.surprise()),
        }
    }

    fn pipeline(&mut self) -> Result<Option<Pipeline>> {
        let mut pipeline = Pipeline { negated: false, timed: false, commands: Vec::new() };
        loop {
            if self.keyword("!") {
                pipeline.negated = !pipeline.negated;
            } else if self.keyword("time") {
                pipeline.timed = true;
            } else {
                break;
            }
        }
        loop {
            match self.command()? {
                Some(command) => pipeline.commands.push((Rc::new(command), false)),
                None if pipeline.commands.is_empty() && !pipeline.negated && !pipeline.timed => return Ok(None),
                None => return Err(self.surprise()),
            }
            let both = self.accept("|&");
            if both && let Some(last) = pipeline.commands.last_mut() {
                last.1 = true;
            }
            if !both && !self.accept("|") {
                return Ok(Some(pipeline));
            }
            self.newlines();
        }
    }

    fn command(&mut self) -> Result<Option<Command>> {
        self.blanks();
        self.alias();
        if self.peek() == Some('(') {
            let arithmetic = if self.peek_at(1) == Some('(') { self.arithmetic_text() } else { None };
            let kind = match arithmetic {
                Some(text) => Kind::Arithmetic(Self::document(&text, self.depth)?),
                None => {
                    self.at += 1;
                    Kind::Subshell(Rc::new(self.body(|p| p.list_until_paren())?))
                }
            };
            return self.compound(kind);
        }
        let Some(word) = self.bare_word() else { return self.simple() };
        if CLOSERS.contains(&word.as_str()) {
            return Ok(None);
        }
        let mark = self.at;
        self.at += word.chars().count();
        let kind = match word.as_str() {
            "{" => {
                let list = self.body(|p| p.list(false))?;
                self.expect("}")?;
                Kind::Group(list)
            }
            "if" => self.if_command()?,
            "for" | "select" => self.for_command(mark, word == "select")?,
            "while" | "until" => {
                let condition = self.body(|p| p.list(false))?;
                Kind::While(word == "until", condition, self.do_done()?)
            }
            "case" => self.case_command(mark)?,
            "function" => {
                self.blanks();
                let name = self.bare_word().ok_or_else(|| self.surprise())?;
                self.at += name.chars().count();
                if self.accept("(") && !self.accept(")") {
                    return Err(self.surprise());
                }
                return self.function(name);
            }
            "[[" => {
                let test = self.test_or()?;
                if !self.keyword("]]") {
                    return Err(self.surprise());
                }
                Kind::Test(test)
            }
            _ if self.peek() == Some('(') && !word.contains('=') && self.function_parens() => {
                return self.function(word);
            }
            _ => {
                self.at = mark;
                return self.simple();
            }
        };
        self.compound(kind)
    }

    /// Passes `()` if that is what stands here.
    fn function_parens(&mut self) -> bool {
        let mark = self.at;
        let stands = self.accept("(") && self.accept(")");
        if !stands {
            self.at = mark;
        }
        stands
    }

    fn function(&mut self, name: String) -> Result<Option<Command>> {
        self.newlines();
        self.enter()?;
        let body = self.command()?;
        self.leave();
        match body {
            Some(body) if !matches!(body.kind, Kind::Simple(..)) => {
                Ok(Some(Command { kind: Kind::Function(name, Rc::new(body)), redirects: Vec::new() }))
            }
            _ => Err(self.surprise()),
        }
    }

    /// Replaces an alias that stands here by its text.
    fn alias(&mut self) {
        while let Some(word) = self.bare_word() {
            let at = self.at;
            self.expanding.retain(|(_, end)| *end > at);
            let Some(text) = self.aliases.get(&word) else { return };
            if self.expanding.iter().any(|(name, _)| *name == word) {
                return;
            }
            let length = word.chars().count();
            let text: Vec<char> = text.chars().collect();
            for (_, end) in &mut self.expanding {
                *end = *end + text.len() - length.min(*end);
            }
            self.expanding.push((word, at + text.len().max(1)));
            self.chars.splice(at..at + length, text);
            self.blanks();
        }
    }
}

fn plain_text(parts: &[Part], into: &mut String) {
    for part in parts {
        match part {
            Part::Text(text) | Part::Quoted(text) => into.push_str(text),
            Part::Double(parts) => plain_text(parts, into),
            _ => into.push('$'),
        }
    }
}

/// Whether a text can name a variable.
pub fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn unexpected(token: &str) -> SyntaxError {
    let token = if token == "\n" { "newline" } else { token };
    SyntaxError::Wrong(format!("syntax error near unexpected token `{token}'"))
}
