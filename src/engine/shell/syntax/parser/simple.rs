//! Simple commands: assignments, words, redirections, here-documents.

use super::{
    AssignedValue, Assignment, Command, Kind, Parser, Part, REDIRECTIONS, Redirect, Result, SyntaxError, Word, is_name,
    plain_text,
};

impl Parser<'_> {
    pub(super) fn simple(&mut self) -> Result<Option<Command>> {
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
            } else if declares(&words)
                && let Some(assignment) = self.array_assignment()?
            {
                words.push(Word(vec![Part::Text(assignment.name.clone())]));
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

    /// `NAME=(...)` as an argument.
    fn array_assignment(&mut self) -> Result<Option<Assignment>> {
        let mark = self.at;
        let name = self.name();
        let append = usize::from(self.peek() == Some('+'));
        let stands = !name.is_empty() && self.peek_at(append) == Some('=') && self.peek_at(append + 1) == Some('(');
        self.at = mark;
        if stands { self.assignment() } else { Ok(None) }
    }

    pub(super) fn assignment(&mut self) -> Result<Option<Assignment>> {
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
            loop {
                let key = self.key()?;
                let Some(word) = self.word()?.or_else(|| key.is_some().then(Word::default)) else { break };
                values.push((key, word));
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

    /// `[key]=` before an element of an array.
    fn key(&mut self) -> Result<Option<Word>> {
        let mark = self.at;
        if self.peek() == Some('[') {
            self.at += 1;
            let key = self.word_until(|c| c == ']' || c == '\n')?;
            if self.next() == Some(']') && self.next() == Some('=') {
                return Ok(Some(key));
            }
        }
        self.at = mark;
        Ok(None)
    }

    pub(super) fn redirect(&mut self) -> Result<Option<Redirect>> {
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
    pub(super) fn here_document(&mut self, delimiter: &Word, strip: bool) -> Result<Word> {
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
                self.cut += text.matches('\n').count() + 1;
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

/// Whether arguments may be assignments: those of `declare` and its like.
fn declares(words: &[Word]) -> bool {
    let name = words.first().and_then(Word::literal);
    name.is_some_and(|name| matches!(name, "declare" | "typeset" | "local" | "export" | "readonly"))
}
