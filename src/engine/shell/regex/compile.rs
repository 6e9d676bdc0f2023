//! From a pattern to a program: recursive descent over its characters.

use super::{Class, Flavor, MAX_STEPS, Step};

/// Appends a piece of program, its targets moved.
pub(super) fn append(program: &mut Vec<Step>, piece: &[Step]) -> Result<(), String> {
    let by = program.len();
    if by + piece.len() > MAX_STEPS {
        return Err("Regular expression too big".into());
    }
    program.extend(piece.iter().map(|step| match step {
        Step::Split(a, b) => Step::Split(a + by, b + by),
        Step::Jump(to) => Step::Jump(to + by),
        step => step.clone(),
    }));
    Ok(())
}

pub(super) struct Compiler {
    pub(super) chars: Vec<char>,
    pub(super) at: usize,
    pub(super) flavor: Flavor,
    pub(super) groups: usize,
    /// Groups that are open: a back-reference into them means nothing.
    pub(super) open: Vec<usize>,
    pub(super) looks_back: bool,
    pub(super) depth: usize,
}

pub(super) type Piece = Result<Vec<Step>, String>;

impl Compiler {
    pub(super) fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    /// Whether an operator stands here: bare in extended patterns, after a backslash in basic ones.
    pub(super) fn operator(&self, c: char) -> bool {
        match self.flavor {
            Flavor::Basic => self.peek(0) == Some('\\') && self.peek(1) == Some(c),
            _ => self.peek(0) == Some(c),
        }
    }

    pub(super) fn accept(&mut self, c: char) -> bool {
        let stands = self.operator(c);
        if stands {
            self.at += if self.flavor == Flavor::Basic { 2 } else { 1 };
        }
        stands
    }

    pub(super) fn alternatives(&mut self) -> Piece {
        self.depth += 1;
        if self.depth > 100 {
            return Err("Regular expression too big".into());
        }
        let mut left = self.sequence()?;
        while self.accept('|') {
            let right = self.sequence()?;
            let mut both = vec![Step::Split(1, left.len() + 2)];
            append(&mut both, &left)?;
            both.push(Step::Jump(left.len() + right.len() + 2));
            append(&mut both, &right)?;
            left = both;
        }
        self.depth -= 1;
        Ok(left)
    }

    pub(super) fn sequence(&mut self) -> Piece {
        let mut program = Vec::new();
        let mut first = true;
        while self.at < self.chars.len() && !self.operator('|') && !(self.operator(')') && self.closes()) {
            let piece = self.repeated(first)?;
            append(&mut program, &piece)?;
            first = false;
        }
        Ok(program)
    }

    /// Whether `)` closes a group here; alone it stands for itself in extended patterns.
    pub(super) fn closes(&self) -> bool {
        !self.open.is_empty() || self.flavor == Flavor::Basic
    }

    pub(super) fn repeated(&mut self, first: bool) -> Piece {
        let mut piece = self.atom(first)?;
        loop {
            let range = match self.peek(0) {
                Some('*') => {
                    self.at += 1;
                    (0, None)
                }
                _ if self.accept('+') => (1, None),
                _ if self.accept('?') => (0, Some(1)),
                _ if self.operator('{') => match self.counts()? {
                    Some(range) => range,
                    None => return Ok(piece),
                },
                _ => return Ok(piece),
            };
            let lazy = self.flavor == Flavor::Perl && self.peek(0) == Some('?');
            self.at += usize::from(lazy);
            piece = repeat(&piece, range.0, range.1, lazy)?;
        }
    }

    /// `{m,n}`; `None`, with nothing passed, where an extended pattern has a brace that is none.
    pub(super) fn counts(&mut self) -> Result<Option<(usize, Option<usize>)>, String> {
        let mark = self.at;
        self.accept('{');
        let low = self.count();
        let comma = self.peek(0) == Some(',');
        self.at += usize::from(comma);
        let high = self.count();
        if !self.accept('}') || (low.is_none() && !comma) {
            if self.flavor == Flavor::Basic {
                return Err(if self.at >= self.chars.len() {
                    "Unmatched { or \\{"
                } else {
                    "Invalid content of \\{\\}"
                }
                .into());
            }
            self.at = mark;
            return Ok(None);
        }
        let low_value = low.unwrap_or(0);
        let high = if comma { high } else { Some(low_value) };
        if high.is_some_and(|high| high < low_value) || low_value > 1000 || high.is_some_and(|high| high > 1000) {
            return Err("Invalid content of \\{\\}".into());
        }
        Ok(Some((low_value, high)))
    }

    pub(super) fn count(&mut self) -> Option<usize> {
        let start = self.at;
        while self.peek(0).is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
        self.chars[start..self.at].iter().collect::<String>().parse().ok()
    }

    pub(super) fn atom(&mut self, first: bool) -> Piece {
        if self.accept('(') {
            return self.group();
        }
        let Some(c) = self.peek(0) else { return Ok(Vec::new()) };
        let basic = self.flavor == Flavor::Basic;
        self.at += 1;
        Ok(vec![match c {
            '.' => Step::Any,
            '[' => Step::Class(Box::new(self.class()?)),
            '^' if !basic || first => Step::Start,
            '$' if !basic || self.at == self.chars.len() || self.operator('|') || self.operator(')') => Step::End,
            '*' | '+' | '?' if !basic && first && c != '*' && self.flavor == Flavor::Perl => {
                return Err("quantifier does not follow a repeatable item".into());
            }
            '{' if !basic => {
                // A brace that begins no count stands for itself.
                Step::Char('{')
            }
            '\\' => return self.escape(),
            c => Step::Char(c),
        }])
    }

    pub(super) fn group(&mut self) -> Piece {
        let counted = !(self.flavor == Flavor::Perl && self.peek(0) == Some('?') && self.peek(1) == Some(':'));
        if !counted {
            self.at += 2;
        }
        let group = self.groups;
        self.groups += usize::from(counted);
        self.open.push(group);
        let body = self.alternatives()?;
        if !self.accept(')') {
            return Err("Unmatched ( or \\(".into());
        }
        self.open.pop();
        let mut program = Vec::new();
        if counted {
            program.push(Step::Save(group * 2));
        }
        append(&mut program, &body)?;
        if counted {
            program.push(Step::Save(group * 2 + 1));
        }
        Ok(program)
    }

    pub(super) fn escape(&mut self) -> Piece {
        let Some(c) = self.peek(0) else { return Err("Trailing backslash".into()) };
        self.at += 1;
        let named = |name: &str, negated: bool, extra: Option<char>| {
            let ranges = extra.into_iter().map(|c| (c, c)).collect();
            Step::Class(Box::new(Class { negated, ranges, named: vec![name.into()] }))
        };
        Ok(vec![match c {
            'w' => named("alnum", false, Some('_')),
            'W' => named("alnum", true, Some('_')),
            's' => named("space", false, None),
            'S' => named("space", true, None),
            'd' if self.flavor == Flavor::Perl => named("digit", false, None),
            'D' if self.flavor == Flavor::Perl => named("digit", true, None),
            'K' if self.flavor == Flavor::Perl => Step::Save(0),
            'b' => Step::WordEdge(true),
            'B' => Step::WordEdge(false),
            '<' => Step::WordStart,
            '>' => Step::WordEnd,
            '`' => Step::Start,
            '\'' => Step::End,
            'n' => Step::Char('\n'),
            't' => Step::Char('\t'),
            '1'..='9' => {
                let group = c as usize - '0' as usize;
                if group >= self.groups || self.open.contains(&group) {
                    return Err("Invalid back reference".into());
                }
                self.looks_back = true;
                Step::Back(group)
            }
            c => Step::Char(c),
        }])
    }

    pub(super) fn class(&mut self) -> Result<Class, String> {
        let unmatched = || "Unmatched [, [^, [:, [., or [=".to_string();
        let mut class = Class::default();
        if self.peek(0) == Some('^') {
            class.negated = true;
            self.at += 1;
        }
        let first = self.at;
        loop {
            let mut low = self.peek(0).ok_or_else(unmatched)?;
            self.at += 1;
            match low {
                ']' if self.at > first + 1 => return Ok(class),
                '[' if self.peek(0) == Some(':') => {
                    let rest: String = self.chars[self.at + 1..].iter().collect();
                    let name = rest.split(":]").next().filter(|_| rest.contains(":]")).ok_or_else(unmatched)?;
                    if !CLASSES.contains(&name) {
                        return Err("Invalid character class name".into());
                    }
                    self.at += name.chars().count() + 3;
                    class.named.push(name.into());
                    continue;
                }
                '\\' => match (self.peek(0), self.flavor) {
                    (Some('n'), _) => {
                        self.at += 1;
                        low = '\n';
                    }
                    (Some('t'), _) => {
                        self.at += 1;
                        low = '\t';
                    }
                    (Some(']' | '\\' | '[' | '/'), _) if self.flavor != Flavor::Basic => {
                        low = self.peek(0).unwrap_or(low);
                        self.at += 1;
                    }
                    (Some(c @ ('d' | 'w' | 's')), Flavor::Perl) => {
                        self.at += 1;
                        class.named.push(
                            if c == 'd' {
                                "digit"
                            } else if c == 's' {
                                "space"
                            } else {
                                "alnum"
                            }
                            .into(),
                        );
                        continue;
                    }
                    _ => {}
                },
                _ => {}
            }
            let mut high = low;
            if self.peek(0) == Some('-') && self.peek(1).is_some_and(|c| c != ']') {
                high = self.peek(1).ok_or_else(unmatched)?;
                self.at += 2;
                if high < low {
                    return Err("Invalid range end".into());
                }
            }
            class.ranges.push((low, high));
        }
    }
}

/// The names `[:...:]` knows.
const CLASSES: &[&str] =
    &["alpha", "digit", "alnum", "upper", "lower", "space", "blank", "punct", "print", "graph", "cntrl", "xdigit"];

/// A piece at least `low` and at most `high` times.
pub(super) fn repeat(piece: &[Step], low: usize, high: Option<usize>, lazy: bool) -> Piece {
    let split = |into: usize, past: usize| if lazy { Step::Split(past, into) } else { Step::Split(into, past) };
    let mut program = Vec::new();
    for _ in 0..low {
        append(&mut program, piece)?;
    }
    match high {
        None => {
            let start = program.len();
            program.push(split(start + 1, start + piece.len() + 2));
            append(&mut program, piece)?;
            program.push(Step::Jump(start));
        }
        Some(high) => {
            let end = program.len() + (high - low) * (piece.len() + 1);
            for _ in low..high {
                let at = program.len();
                program.push(split(at + 1, end));
                append(&mut program, piece)?;
            }
        }
    }
    Ok(program)
}
