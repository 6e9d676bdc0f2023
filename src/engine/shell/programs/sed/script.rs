//! sed's language: addresses, commands, groups.

use crate::shell::regex::{Flavor, Regex};

/// One command with its addresses.
pub struct Command {
    pub from: Option<Address>,
    pub to: Option<Address>,
    pub negated: bool,
    pub what: What,
}

pub enum Address {
    Line(usize),
    Last,
    Match(Regex),
    /// `first~step`
    Step(usize, usize),
    /// `,+N`
    Plus(usize),
}

pub enum What {
    Substitute { regex: Regex, with: Vec<Piece>, flags: Flags },
    Translate(Vec<(char, char)>),
    Append(String),
    Insert(String),
    Change(String),
    /// `{`: where its `}` stands.
    Group(usize),
    End,
    Branch(String),
    BranchIf(String),
    BranchUnless(String),
    Label(String),
    Quit(i32, bool),
    /// A command of one letter.
    Letter(char),
    Write(String),
    Read(String),
}

#[derive(Default)]
pub struct Flags {
    pub global: bool,
    pub print: bool,
    pub number: usize,
    /// The file that a changed line is written to.
    pub write: Option<String>,
}

/// A piece of a replacement.
#[derive(Debug, PartialEq)]
pub enum Piece {
    Text(String),
    Group(usize),
    /// `\U`, `\L`, `\u`, `\l`, `\E`
    Case(char),
}

type Error = (usize, String);

struct Reader {
    chars: Vec<char>,
    at: usize,
    extended: bool,
    /// The regex that an empty one stands for.
    last: Option<(String, bool)>,
}

/// Reads a script.
///
/// # Errors
/// How many characters were read, and GNU's message.
pub fn parse(text: &str, extended: bool) -> Result<Vec<Command>, Error> {
    let mut reader = Reader { chars: text.chars().collect(), at: 0, extended, last: None };
    let mut commands = Vec::new();
    let mut open = Vec::new();
    loop {
        reader.skip(|c| c.is_whitespace() || c == ';');
        if reader.peek().is_none() {
            break;
        }
        let command = reader.command()?;
        match command.what {
            What::Group(_) => open.push(commands.len()),
            What::End => match open.pop() {
                Some(start) => {
                    let end = commands.len();
                    if let Some(Command { what: What::Group(to), .. }) = commands.get_mut(start) {
                        *to = end;
                    }
                }
                None => return Err(reader.error("unexpected `}'")),
            },
            _ => {}
        }
        commands.push(command);
    }
    if open.is_empty() { Ok(commands) } else { Err((0, "unmatched `{'".into())) }
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }
    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }
    fn skip(&mut self, skipped: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&skipped) {
            self.at += 1;
        }
    }
    fn error(&self, message: &str) -> Error {
        (self.at, message.into())
    }
    fn number(&mut self) -> Option<usize> {
        let start = self.at;
        self.skip(|c| c.is_ascii_digit());
        self.chars[start..self.at].iter().collect::<String>().parse().ok()
    }

    fn address(&mut self) -> Result<Option<Address>, Error> {
        Ok(Some(match self.peek() {
            Some('$') => {
                self.at += 1;
                Address::Last
            }
            Some('/') => {
                self.at += 1;
                let text = self.until('/', true).ok_or_else(|| self.error("unterminated address regex"))?;
                Address::Match(self.regex_flags(text)?)
            }
            Some('\\') => {
                self.at += 1;
                let delimiter = self.next().ok_or_else(|| self.error("unterminated address regex"))?;
                let text = self.until(delimiter, true).ok_or_else(|| self.error("unterminated address regex"))?;
                Address::Match(self.regex_flags(text)?)
            }
            Some(c) if c.is_ascii_digit() => {
                let first = self.number().unwrap_or(0);
                if self.peek() == Some('~') {
                    self.at += 1;
                    Address::Step(first, self.number().unwrap_or(0))
                } else {
                    Address::Line(first)
                }
            }
            _ => return Ok(None),
        }))
    }

    fn regex_flags(&mut self, text: String) -> Result<Regex, Error> {
        let ignore_case = self.peek() == Some('I');
        self.at += usize::from(ignore_case);
        self.regex(text, ignore_case)
    }

    fn regex(&mut self, text: String, ignore_case: bool) -> Result<Regex, Error> {
        let (text, ignore_case) = match (text.is_empty(), self.last.clone()) {
            (true, Some(last)) => last,
            (true, None) => return Err(self.error("no previous regular expression")),
            (false, _) => (text, ignore_case),
        };
        let flavor = if self.extended { Flavor::Extended } else { Flavor::Basic };
        let regex = Regex::new(&text, flavor, ignore_case).map_err(|message| self.error(&message))?;
        self.last = Some((text, ignore_case));
        Ok(regex)
    }

    /// The text up to a delimiter, which is passed. In a regex a delimiter in brackets does not count.
    fn until(&mut self, delimiter: char, regex: bool) -> Option<String> {
        let mut text = String::new();
        let mut bracket = 0;
        loop {
            match self.next()? {
                '\\' => match self.next()? {
                    c if c == delimiter => text.push(c),
                    '\n' if regex => text.push('\n'),
                    c => text.extend(['\\', c]),
                },
                '\n' if regex => return None,
                '[' if regex && bracket == 0 => {
                    bracket = text.len() + 1;
                    text.push('[');
                }
                ']' if bracket > 0 && text.len() > bracket && !text.ends_with("[^") => {
                    bracket = 0;
                    text.push(']');
                }
                c if c == delimiter && bracket == 0 => return Some(text),
                c => text.push(c),
            }
        }
    }

    fn command(&mut self) -> Result<Command, Error> {
        let from = self.address()?;
        let mut to = None;
        self.skip(|c| c == ' ');
        if self.peek() == Some(',') && from.is_some() {
            self.at += 1;
            self.skip(|c| c == ' ');
            to = if self.peek() == Some('+') {
                self.at += 1;
                Some(Address::Plus(self.number().unwrap_or(0)))
            } else {
                self.address()?
            };
            if to.is_none() {
                return Err(self.error("unexpected `,'"));
            }
        }
        self.skip(|c| c == ' ');
        let mut negated = false;
        while self.peek() == Some('!') {
            self.at += 1;
            negated = true;
            self.skip(|c| c == ' ');
        }
        let Some(letter) = self.next() else { return Err(self.error("missing command")) };
        let what = match letter {
            '#' => {
                self.skip(|c| c != '\n');
                What::Label(String::new())
            }
            's' => self.substitute()?,
            'y' => self.translate()?,
            'a' => What::Append(self.text()?),
            'i' => What::Insert(self.text()?),
            'c' => What::Change(self.text()?),
            '{' => return Ok(Command { from, to, negated, what: What::Group(0) }),
            '}' => What::End,
            ':' => What::Label(self.word()),
            'b' => What::Branch(self.word()),
            't' => What::BranchIf(self.word()),
            'T' => What::BranchUnless(self.word()),
            'w' => What::Write(self.word()),
            'r' => What::Read(self.word()),
            'q' | 'Q' => {
                self.skip(|c| c == ' ');
                let status = self.number().unwrap_or(0);
                What::Quit(i32::try_from(status).unwrap_or(0), letter == 'q')
            }
            '=' | 'd' | 'D' | 'g' | 'G' | 'h' | 'H' | 'l' | 'n' | 'N' | 'p' | 'P' | 'x' | 'z' => What::Letter(letter),
            c => return Err(self.error(&format!("unknown command: `{c}'"))),
        };
        self.skip(|c| c == ' ');
        match self.peek() {
            None | Some(';' | '\n' | '}' | '#') => Ok(Command { from, to, negated, what }),
            Some(_) => {
                self.at += 1;
                let what = if letter == 's' { "unknown option to `s'" } else { "extra characters after command" };
                Err(self.error(what))
            }
        }
    }

    fn word(&mut self) -> String {
        self.skip(|c| c == ' ');
        let start = self.at;
        self.skip(|c| c != '\n' && c != ';' && c != '}');
        self.chars[start..self.at].iter().collect::<String>().trim().into()
    }

    /// The text of `a`, `i` and `c`: to the end of the line, in one-line or in classic form.
    fn text(&mut self) -> Result<String, Error> {
        self.skip(|c| c == ' ' || c == '\t');
        if self.peek() == Some('\\') {
            self.at += 1;
            let mark = self.at;
            self.skip(|c| c == ' ' || c == '\t');
            if self.peek() == Some('\n') {
                self.at += 1;
            } else {
                // A backslash keeps the blanks that follow it.
                self.at = mark;
            }
        }
        if self.peek().is_none() {
            return Err(self.error("expected \\ after `a', `c' or `i'"));
        }
        let mut text = String::new();
        while let Some(c) = self.next() {
            match c {
                '\n' => break,
                '\\' => text.extend(self.next()),
                c => text.push(c),
            }
        }
        Ok(text + "\n")
    }

    fn substitute(&mut self) -> Result<What, Error> {
        let unterminated = |reader: &Reader| reader.error("unterminated `s' command");
        let delimiter = self.next().ok_or_else(|| unterminated(self))?;
        let pattern = self.until(delimiter, true).ok_or_else(|| unterminated(self))?;
        let with = self.until(delimiter, false).ok_or_else(|| unterminated(self))?;
        let mut flags = Flags::default();
        let mut ignore_case = false;
        loop {
            match self.peek() {
                Some('g') => flags.global = true,
                Some('p') => flags.print = true,
                Some('i' | 'I') => ignore_case = true,
                Some('m' | 'M' | 'e') => {}
                Some('w') => {
                    self.at += 1;
                    flags.write = Some(self.word());
                    break;
                }
                Some(c) if c.is_ascii_digit() => {
                    flags.number = self.number().unwrap_or(1);
                    if flags.number == 0 {
                        return Err(self.error("number option to `s' command may not be zero"));
                    }
                    continue;
                }
                _ => break,
            }
            self.at += 1;
        }
        let regex = self.regex(pattern, ignore_case)?;
        let with = replacement(&with);
        let most = with.iter().map(|piece| if let Piece::Group(group) = piece { *group } else { 0 }).max().unwrap_or(0);
        if most >= regex.groups() {
            return Err(self.error(&format!("invalid reference \\{most} on `s' command's RHS")));
        }
        Ok(What::Substitute { regex, with, flags })
    }

    fn translate(&mut self) -> Result<What, Error> {
        let unterminated = |reader: &Reader| reader.error("unterminated `y' command");
        let delimiter = self.next().ok_or_else(|| unterminated(self))?;
        let from = self.until(delimiter, false).ok_or_else(|| unterminated(self))?;
        let to = self.until(delimiter, false).ok_or_else(|| unterminated(self))?;
        let plain = |text: &str| -> Vec<char> { text.replace("\\n", "\n").replace("\\\\", "\\").chars().collect() };
        let (from, to) = (plain(&from), plain(&to));
        if from.len() != to.len() {
            return Err(self.error("strings for `y' command are different lengths"));
        }
        Ok(What::Translate(from.into_iter().zip(to).collect()))
    }
}

fn replacement(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let piece = match c {
            '&' => Piece::Group(0),
            '\\' => match chars.next() {
                Some(digit @ '0'..='9') => Piece::Group(digit as usize - '0' as usize),
                Some(case @ ('U' | 'L' | 'u' | 'l' | 'E')) => Piece::Case(case),
                Some('n') => {
                    plain.push('\n');
                    continue;
                }
                Some('t') => {
                    plain.push('\t');
                    continue;
                }
                other => {
                    plain.extend(other);
                    continue;
                }
            },
            c => {
                plain.push(c);
                continue;
            }
        };
        if !plain.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
        }
        pieces.push(piece);
    }
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    pieces
}
