//! Commands: lists, pipelines, compound commands, redirections. Recursive descent over characters,
//! since what a character means in a shell depends on where it stands.

use super::{
    Arm, AssignedValue, Assignment, Command, Condition, Item, Kind, List, Part, Pipeline, Redirect, RedirectKind,
    SyntaxError, Test, Word,
};
use std::collections::BTreeMap;
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
    (">|", RedirectKind::Write),
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
    pub(super) aliases: &'a BTreeMap<String, String>,
    pub(super) depth: usize,
    /// Aliases being expanded, and where each one's text ends: it is not expanded in itself.
    expanding: Vec<(String, usize)>,
    /// Whether `// remark` at the end of a line is a comment too.
    forgiving: bool,
}

impl<'a> Parser<'a> {
    /// A parser at the beginning of a text.
    pub fn new(text: &str, aliases: &'a BTreeMap<String, String>) -> Parser<'a> {
        let chars = text.chars().filter(|c| *c != '\r').collect();
        Parser { chars, at: 0, aliases, depth: 0, expanding: Vec::new(), forgiving: false }
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
    fn list(&mut self, line: bool) -> Result<List> {
        self.enter()?;
        let mut items = Vec::new();
        loop {
            if line {
                self.blanks()
            } else {
                self.newlines()
            }
            let start = self.at;
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
            items.push(Item { first, rest, background, source: source.trim().into() });
            let separated = background || self.accept(";") || (!line && self.accept("\n"));
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
            "for" => self.for_command()?,
            "while" | "until" => {
                let condition = self.body(|p| p.list(false))?;
                Kind::While(word == "until", condition, self.do_done()?)
            }
            "case" => self.case_command()?,
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
            _ if self.peek() == Some('(') && self.function_parens() => return self.function(word),
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

    fn compound(&mut self, kind: Kind) -> Result<Option<Command>> {
        let mut redirects = Vec::new();
        while let Some(redirect) = self.redirect()? {
            redirects.push(redirect);
        }
        Ok(Some(Command { kind, redirects }))
    }

    /// A list that must not be empty.
    fn body(&mut self, read: impl FnOnce(&mut Self) -> Result<List>) -> Result<List> {
        let list = read(self)?;
        if list.0.is_empty() { Err(self.surprise()) } else { Ok(list) }
    }

    fn do_done(&mut self) -> Result<List> {
        self.expect("do")?;
        let body = self.body(|p| p.list(false))?;
        self.expect("done")?;
        Ok(body)
    }

    fn if_command(&mut self) -> Result<Kind> {
        let mut arms = Vec::new();
        loop {
            let condition = self.body(|p| p.list(false))?;
            self.expect("then")?;
            arms.push((condition, self.body(|p| p.list(false))?));
            self.newlines();
            if self.keyword("elif") {
                continue;
            }
            let otherwise = if self.keyword("else") { Some(self.body(|p| p.list(false))?) } else { None };
            self.expect("fi")?;
            return Ok(Kind::If(arms, otherwise));
        }
    }

    fn for_command(&mut self) -> Result<Kind> {
        self.blanks();
        if self.peek() == Some('(') && self.peek_at(1) == Some('(') {
            let text = self.arithmetic_text().ok_or_else(|| self.incomplete(')'))?;
            let mut parts = text.splitn(3, ';').map(|part| Self::document(part, self.depth));
            let mut next = || parts.next().unwrap_or_else(|| Ok(Word::default()));
            let head = [next()?, next()?, next()?];
            self.accept(";");
            return Ok(Kind::ForArithmetic(head, self.do_done()?));
        }
        let name = self.bare_word().ok_or_else(|| self.surprise())?;
        if !is_name(&name) {
            return Err(SyntaxError::Wrong(format!("`{name}': not a valid identifier")));
        }
        self.at += name.chars().count();
        self.newlines();
        let mut words = None;
        if self.keyword("in") {
            let mut list = Vec::new();
            self.blanks();
            while let Some(word) = self.word()? {
                list.push(word);
                self.blanks();
            }
            words = Some(list);
        }
        self.accept(";");
        Ok(Kind::For(name, words, self.do_done()?))
    }

    fn case_command(&mut self) -> Result<Kind> {
        self.blanks();
        let word = self.word()?.ok_or_else(|| self.surprise())?;
        self.expect("in")?;
        let mut arms = Vec::new();
        loop {
            self.newlines();
            if self.keyword("esac") {
                return Ok(Kind::Case(word, arms));
            }
            self.accept("(");
            let mut patterns = Vec::new();
            loop {
                self.blanks();
                patterns.push(self.word()?.ok_or_else(|| self.surprise())?);
                if self.accept(")") {
                    break;
                }
                if !self.accept("|") {
                    return Err(self.surprise());
                }
            }
            let body = self.list(false)?;
            self.newlines();
            let falls_through = self.accept(";&");
            let ended = falls_through || self.accept(";;&") || self.accept(";;");
            arms.push(Arm { patterns, body, falls_through });
            if !ended {
                self.expect("esac")?;
                return Ok(Kind::Case(word, arms));
            }
        }
    }

    fn test_or(&mut self) -> Result<Test> {
        self.enter()?;
        let mut left = self.test_and()?;
        loop {
            self.newlines();
            if !self.accept("||") {
                break;
            }
            left = Test::Or(Box::new(left), Box::new(self.test_and()?));
        }
        self.leave();
        Ok(left)
    }

    fn test_and(&mut self) -> Result<Test> {
        let mut left = self.test_one()?;
        loop {
            self.newlines();
            if !self.accept("&&") {
                return Ok(left);
            }
            left = Test::And(Box::new(left), Box::new(self.test_one()?));
        }
    }

    fn test_one(&mut self) -> Result<Test> {
        self.newlines();
        if self.keyword("!") {
            self.enter()?;
            let inner = self.test_one()?;
            self.leave();
            return Ok(Test::Not(Box::new(inner)));
        }
        if self.accept("(") {
            let inner = self.test_or()?;
            return if self.accept(")") { Ok(inner) } else { Err(self.surprise()) };
        }
        let first = self.word()?.filter(|word| word.literal() != Some("]]")).ok_or_else(|| self.surprise())?;
        self.blanks();
        if let Some(operator) = first.literal().filter(|text| text.len() == 2 && text.starts_with('-'))
            && self.operator().is_none()
            && self.bare_word().as_deref() != Some("]]")
        {
            let operand = self.word()?.ok_or_else(|| self.surprise())?;
            return Ok(Test::Unary(operator.into(), operand));
        }
        for operator in ["<", ">"] {
            if self.accept(operator) {
                self.blanks();
                let right = self.word()?.ok_or_else(|| self.surprise())?;
                return Ok(Test::Binary(first, operator.into(), right));
            }
        }
        match self.bare_word() {
            Some(operator) if operator != "]]" => {
                self.at += operator.chars().count();
                self.blanks();
                let right = if operator == "=~" { Some(self.regex_word()?) } else { self.word()? };
                Ok(Test::Binary(first, operator, right.ok_or_else(|| self.surprise())?))
            }
            _ => Ok(Test::Unary("-n".into(), first)),
        }
    }

    /// The right side of `=~`, in which parentheses and bars are part of the word.
    fn regex_word(&mut self) -> Result<Word> {
        let mut whole = Word::default();
        let mut depth = 0usize;
        loop {
            whole.0.extend(self.word_until(|c| " \t\n()".contains(c))?.0);
            match self.peek() {
                Some('(') => depth += 1,
                Some(')') if depth > 0 => depth -= 1,
                Some(' ' | '\t') if depth > 0 => {}
                _ => return Ok(whole),
            }
            whole.0.extend(self.next().map(|c| Part::Text(c.into())));
        }
    }

    fn simple(&mut self) -> Result<Option<Command>> {
        let mut assignments = Vec::new();
        let mut words = Vec::new();
        let mut redirects = Vec::new();
        loop {
            self.blanks();
            if let Some(redirect) = self.redirect()? {
                redirects.push(redirect);
            } else if words.is_empty()
                && let Some(assignment) = self.assignment()?
            {
                assignments.push(assignment);
            } else if let Some(word) = self.word()? {
                words.push(word);
                if self.peek() == Some('(') {
                    return Err(self.surprise());
                }
            } else {
                break;
            }
        }
        let empty = assignments.is_empty() && words.is_empty() && redirects.is_empty();
        Ok((!empty).then_some(Command { kind: Kind::Simple(assignments, words), redirects }))
    }

    fn assignment(&mut self) -> Result<Option<Assignment>> {
        let mark = self.at;
        let name = self.name();
        let mut index = None;
        if !name.is_empty() && self.peek() == Some('[') {
            self.at += 1;
            index = Some(self.word_until(|c| c == ']' || c == '\n')?);
            if self.next() != Some(']') {
                index = None;
            }
        }
        let append = self.peek() == Some('+') && self.peek_at(1) == Some('=');
        let equals = self.at + usize::from(append);
        if !is_name(&name) || self.chars.get(equals) != Some(&'=') {
            self.at = mark;
            return Ok(None);
        }
        self.at = equals + 1;
        let value = if self.peek() == Some('(') {
            self.at += 1;
            let mut values = Vec::new();
            self.newlines();
            while let Some(word) = self.word()? {
                values.push(word);
                self.newlines();
            }
            if self.next() != Some(')') {
                return Err(self.incomplete(')'));
            }
            AssignedValue::Many(values)
        } else {
            AssignedValue::One(self.word()?.unwrap_or_default())
        };
        Ok(Some(Assignment { name, index, append, value }))
    }

    fn redirect(&mut self) -> Result<Option<Redirect>> {
        self.blanks();
        let mark = self.at;
        let mut digits = String::new();
        while let Some(c) = self.peek().filter(char::is_ascii_digit) {
            digits.push(c);
            self.at += 1;
        }
        let operator = self.operator().unwrap_or("");
        let row = REDIRECTIONS.iter().find(|(text, _)| *text == operator);
        let process = matches!(operator, "<" | ">") && self.peek_at(1) == Some('(');
        let Some((_, kind)) = row.filter(|_| !process && (digits.is_empty() || !operator.starts_with('&'))) else {
            self.at = mark;
            return Ok(None);
        };
        self.at += operator.chars().count();
        self.blanks();
        let descriptor = match operator.starts_with('<') {
            _ if !digits.is_empty() => Some(digits.parse().unwrap_or(u32::MAX)),
            true => Some(0),
            false if operator.starts_with('&') => None,
            false => Some(1),
        };
        let Some(word) = self.word()? else { return Err(self.surprise()) };
        let target = match operator {
            "<<" | "<<-" => self.here_document(&word, operator == "<<-")?,
            "<<<" => {
                let mut parts = word.0;
                parts.push(Part::Quoted("\n".into()));
                Word(parts)
            }
            _ => word,
        };
        Ok(Some(Redirect { descriptor, kind: *kind, target }))
    }

    /// Cuts the here-document's text out of the lines below this one.
    fn here_document(&mut self, delimiter: &Word, strip: bool) -> Result<Word> {
        let quoted = delimiter.literal().is_none();
        let mut end = String::new();
        plain_text(&delimiter.0, &mut end);
        let unfinished =
            || SyntaxError::Incomplete(format!("warning: here-document delimited by end-of-file (wanted `{end}')"));
        let start = self.chars[self.at..].iter().position(|c| *c == '\n').ok_or_else(unfinished)? + self.at + 1;
        let mut text = String::new();
        let mut at = start;
        loop {
            let rest = self.chars.get(at..).unwrap_or_default();
            let length = rest.iter().position(|c| *c == '\n').unwrap_or(rest.len());
            let line: String = rest[..length].iter().collect();
            let line = if strip { line.trim_start_matches('\t') } else { &line };
            if line == end {
                // Its newline stays: it ends the line that the document was cut from.
                self.chars.drain(start - 1..at + length);
                break;
            }
            if length == rest.len() {
                return Err(unfinished());
            }
            text.push_str(line);
            text.push('\n');
            at += length + 1;
        }
        if quoted { Ok(Word(vec![Part::Quoted(text)])) } else { Self::document(&text, self.depth) }
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
