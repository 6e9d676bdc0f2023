//! Compound commands: `if`, loops, `case`, `[[ ]]`.

use super::{After, Arm, Command, Head, Kind, List, Parser, Part, Result, SyntaxError, Test, Word, is_name};

impl Parser<'_> {
    pub(super) fn compound(&mut self, kind: Kind) -> Result<Option<Command>> {
        let mut redirects = Vec::new();
        while let Some(redirect) = self.redirect()? {
            redirects.push(redirect);
        }
        Ok(Some(Command { kind, redirects }))
    }

    /// A list that must not be empty.
    pub(super) fn body(&mut self, read: impl FnOnce(&mut Self) -> Result<List>) -> Result<List> {
        let list = read(self)?;
        if list.0.is_empty() { Err(self.surprise()) } else { Ok(list) }
    }

    /// What was read since a place, on one line.
    fn text_since(&self, start: usize) -> String {
        let text: String = self.chars.get(start..self.at).unwrap_or_default().iter().collect();
        text.trim().into()
    }

    pub(super) fn do_done(&mut self) -> Result<List> {
        self.expect("do")?;
        let body = self.body(|p| p.list(false))?;
        self.expect("done")?;
        Ok(body)
    }

    pub(super) fn if_command(&mut self) -> Result<Kind> {
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

    pub(super) fn for_command(&mut self, start: usize, select: bool) -> Result<Kind> {
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
        let source = self.text_since(start);
        self.accept(";");
        Ok(Kind::For(Head { name, select, source }, words, self.do_done()?))
    }

    pub(super) fn case_command(&mut self, start: usize) -> Result<Kind> {
        self.blanks();
        let word = self.word()?.ok_or_else(|| self.surprise())?;
        self.expect("in")?;
        let source = self.text_since(start);
        let mut arms = Vec::new();
        loop {
            self.newlines();
            if self.keyword("esac") {
                return Ok(Kind::Case(word, arms, source));
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
            const ENDS: [(&str, After); 3] = [(";&", After::FallsThrough), (";;&", After::GoesOn), (";;", After::Ends)];
            let after = ENDS.into_iter().find(|(operator, _)| self.accept(operator)).map(|(_, after)| after);
            arms.push(Arm { patterns, body, after: after.unwrap_or(After::Ends) });
            if after.is_none() {
                self.expect("esac")?;
                return Ok(Kind::Case(word, arms, source));
            }
        }
    }

    pub(super) fn test_or(&mut self) -> Result<Test> {
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

    pub(super) fn test_and(&mut self) -> Result<Test> {
        let mut left = self.test_one()?;
        loop {
            self.newlines();
            if !self.accept("&&") {
                return Ok(left);
            }
            left = Test::And(Box::new(left), Box::new(self.test_one()?));
        }
    }

    pub(super) fn test_one(&mut self) -> Result<Test> {
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
    pub(super) fn regex_word(&mut self) -> Result<Word> {
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
}
