//! Running a sed script over lines.

use super::super::Call;
use super::script::{Address, Command, Flags, Piece, What};
use crate::shell::regex::{Found, Regex};
use crate::meta::SortedMap;
use std::collections::VecDeque;

/// How often a script may jump within one line before it is taken to loop for ever.
const MAX_JUMPS: usize = 100_000;

/// A script at work.
pub struct Editor<'a> {
    commands: &'a [Command],
    quiet: bool,
    call: &'a Call,
    /// Lines that were read but not edited: the last one waits until it is known whether more follow.
    waiting: VecDeque<String>,
    number: usize,
    space: String,
    hold: String,
    /// Which ranges are open, and the line on which each ends if that is known.
    ranges: SortedMap<usize, Option<usize>>,
    after: String,
    substituted: bool,
    /// `N` waits for a line: the script goes on behind it.
    pending: Option<usize>,
    unended: bool,
    /// What was printed.
    pub out: String,
    /// The status `q` asked for.
    pub quit: Option<i32>,
}

enum Step {
    To(usize),
    NextCycle,
    /// The cycle ends without printing.
    Deleted,
    /// Start over with what is in the pattern space.
    Again,
    Wait(usize),
}

impl<'a> Editor<'a> {
    pub fn new(commands: &'a [Command], quiet: bool, call: &'a Call) -> Editor<'a> {
        Editor {
            commands,
            quiet,
            call,
            waiting: VecDeque::new(),
            number: 0,
            space: String::new(),
            hold: String::new(),
            ranges: SortedMap::new(),
            after: String::new(),
            substituted: false,
            pending: None,
            unended: false,
            out: String::new(),
            quit: None,
        }
    }

    /// Takes lines; edits all but the last, which may be the last of all.
    pub fn feed(&mut self, lines: Vec<String>, unended: bool, last_file: bool) {
        self.waiting.extend(lines);
        self.unended = unended && last_file;
        while self.waiting.len() > 1 && self.quit.is_none() {
            self.next_line();
        }
        let needs_last = self.commands.iter().any(|command| {
            let last = |address: &Option<Address>| matches!(address, Some(Address::Last));
            last(&command.from) || last(&command.to) || matches!(command.what, What::Letter('N' | 'n' | 'D'))
        });
        if !needs_last && !self.unended && self.quit.is_none() {
            // Nothing depends on which line is the last: what was read is shown at once.
            while !self.waiting.is_empty() && self.quit.is_none() {
                self.next_line();
            }
        }
    }

    /// Edits the last line.
    pub fn finish(&mut self) {
        while !self.waiting.is_empty() && self.quit.is_none() {
            self.next_line();
        }
        if self.pending.take().is_some() && self.quit.is_none() {
            // `N` without a next line prints what there is.
            self.print_space();
            self.flush();
        }
        if self.unended && self.out.ends_with('\n') {
            self.out.pop();
        }
    }

    /// Begins a new file whose lines are counted from 1.
    pub fn restart(&mut self) {
        self.number = 0;
        self.ranges.clear();
        self.unended = false;
    }

    fn next_line(&mut self) {
        let Some(line) = self.waiting.pop_front() else { return };
        self.number += 1;
        let start = match self.pending.take() {
            Some(at) if matches!(self.commands.get(at.wrapping_sub(1)), Some(Command { what: What::Letter('N'), .. })) => {
                self.space.push('\n');
                self.space.push_str(&line);
                at
            }
            Some(at) => {
                self.space = line;
                at
            }
            None => {
                self.space = line;
                self.substituted = false;
                0
            }
        };
        self.cycle(start);
    }

    fn cycle(&mut self, start: usize) {
        let mut at = start;
        let mut jumps = 0;
        while let Some(command) = self.commands.get(at) {
            let selected = self.selects(at, command) != command.negated;
            let step = if selected { self.run(at, command) } else { self.skip(at, command) };
            match step {
                Step::To(to) => {
                    jumps += usize::from(to <= at);
                    if jumps > MAX_JUMPS {
                        break;
                    }
                    at = to;
                }
                Step::NextCycle => break,
                Step::Deleted => return self.flush(),
                Step::Again => {
                    self.flush();
                    jumps += 1;
                    if jumps > MAX_JUMPS {
                        break;
                    }
                    at = 0;
                }
                Step::Wait(to) => {
                    self.pending = Some(to);
                    return self.flush();
                }
            }
        }
        if self.quit.is_none() || !self.quiet {
            self.print_unless_quiet();
        }
        self.flush();
    }

    fn print_unless_quiet(&mut self) {
        if !self.quiet {
            self.print_space();
        }
    }

    fn print_space(&mut self) {
        self.out.push_str(&self.space);
        self.out.push('\n');
    }

    fn flush(&mut self) {
        self.out.push_str(&std::mem::take(&mut self.after));
    }

    fn skip(&self, at: usize, command: &Command) -> Step {
        match command.what {
            What::Group(end) => Step::To(end + 1),
            _ => Step::To(at + 1),
        }
    }

    fn is_last(&self) -> bool {
        self.waiting.is_empty()
    }

    fn meets(&self, address: &Address) -> bool {
        match address {
            Address::Line(line) => self.number == *line,
            Address::Last => self.is_last(),
            Address::Match(regex) => regex.is_match(&self.space),
            Address::Step(first, 0) => self.number == *first,
            Address::Step(first, step) => self.number >= *first && (self.number - first).is_multiple_of(*step),
            Address::Plus(_) => false,
        }
    }

    fn selects(&mut self, at: usize, command: &Command) -> bool {
        let Some(from) = &command.from else { return true };
        let Some(to) = &command.to else { return self.meets(from) };
        if let Some(end) = self.ranges.get(&at).copied() {
            let ends = match (to, end) {
                (_, Some(line)) => self.number >= line,
                (to, None) => self.meets(to),
            };
            if ends {
                self.ranges.remove(&at);
            }
            // A range that should have ended before this line does not select it.
            return end.is_none_or(|line| self.number <= line);
        }
        if !(self.meets(from) || (matches!(from, Address::Line(0)) && self.number == 1)) {
            return false;
        }
        let end = match to {
            Address::Line(line) => Some(*line),
            Address::Plus(count) => Some(self.number + count),
            _ => None,
        };
        let over = match (to, end) {
            (_, Some(line)) => line <= self.number,
            (Address::Last, _) => self.is_last(),
            (to, _) => matches!(from, Address::Line(0)) && self.meets(to),
        };
        if !over {
            self.ranges.insert(at, end);
        }
        true
    }

    fn branch(&self, label: &str) -> Step {
        if label.is_empty() {
            return Step::NextCycle;
        }
        let is = |command: &Command| matches!(&command.what, What::Label(name) if name == label);
        self.commands.iter().position(is).map_or(Step::NextCycle, Step::To)
    }

    fn run(&mut self, at: usize, command: &Command) -> Step {
        match &command.what {
            What::Substitute { regex, with, flags } => self.substitute(regex, with, flags),
            What::Translate(pairs) => {
                let change = |c: char| pairs.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to);
                self.space = self.space.chars().map(change).collect();
            }
            What::Append(text) => self.after.push_str(text),
            What::Insert(text) => self.out.push_str(text),
            What::Change(text) => {
                if command.to.is_none() || command.negated || !self.ranges.contains_key(&at) {
                    self.out.push_str(text);
                }
                return Step::Deleted;
            }
            What::Group(_) | What::End | What::Label(_) => {}
            What::Branch(label) => return self.branch(label),
            What::BranchIf(label) if std::mem::take(&mut self.substituted) => return self.branch(label),
            What::BranchUnless(label) if !std::mem::take(&mut self.substituted) => return self.branch(label),
            What::BranchIf(_) | What::BranchUnless(_) => {}
            What::Quit(status, print) => {
                self.quit = Some(*status);
                if *print {
                    self.print_unless_quiet();
                }
                return Step::Deleted;
            }
            What::Write(path) => self.write(path),
            What::Read(path) => {
                if let Ok(bytes) = self.call.process.files.read(&self.call.path(path)) {
                    self.after.push_str(&String::from_utf8_lossy(&bytes));
                }
            }
            What::Letter(letter) => return self.letter(*letter, at),
        }
        Step::To(at + 1)
    }

    fn letter(&mut self, letter: char, at: usize) -> Step {
        match letter {
            '=' => self.out.push_str(&format!("{}\n", self.number)),
            'd' => return Step::Deleted,
            'D' => match self.space.split_once('\n') {
                Some((_, rest)) => {
                    self.space = rest.into();
                    return Step::Again;
                }
                None => return Step::Deleted,
            },
            'g' => self.space = self.hold.clone(),
            'G' => self.space = format!("{}\n{}", self.space, self.hold),
            'h' => self.hold = self.space.clone(),
            'H' => self.hold = format!("{}\n{}", self.hold, self.space),
            'x' => std::mem::swap(&mut self.space, &mut self.hold),
            'z' => self.space.clear(),
            'l' => {
                let shown = self.space.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n");
                self.out.push_str(&format!("{shown}$\n"));
            }
            'p' => self.print_space(),
            'P' => {
                let first = self.space.split('\n').next().unwrap_or("");
                self.out.push_str(&format!("{first}\n"));
            }
            'n' => {
                self.print_unless_quiet();
                match self.waiting.pop_front() {
                    Some(line) => {
                        self.flush();
                        self.number += 1;
                        self.space = line;
                    }
                    None => return Step::Deleted,
                }
            }
            _ => match self.waiting.pop_front() {
                Some(line) => {
                    self.number += 1;
                    self.space.push('\n');
                    self.space.push_str(&line);
                }
                None => return Step::Wait(at + 1),
            },
        }
        Step::To(at + 1)
    }

    /// Writes the pattern space to a file, which the script has emptied when it began.
    fn write(&mut self, path: &str) {
        if path == "/dev/stdout" {
            return self.print_space();
        }
        let _ = self.call.process.files.append(&self.call.path(path), format!("{}\n", self.space).as_bytes());
    }

    fn substitute(&mut self, regex: &Regex, with: &[Piece], flags: &Flags) {
        let text = std::mem::take(&mut self.space);
        let mut out = String::new();
        let (mut at, mut count, mut changed) = (0, 0, false);
        let mut copied = 0;
        while at <= text.len() {
            let Some(found) = regex.find_at(&text, at) else { break };
            let (start, end) = (found.start(), found.end());
            count += 1;
            if count >= flags.number.max(1) {
                out.push_str(&text[copied..start]);
                replace(&found, &text, with, &mut out);
                copied = end;
                changed = true;
                if !flags.global {
                    break;
                }
            }
            // An empty match right after another one is none.
            at = if end > start { end } else { start + text[start..].chars().next().map_or(1, char::len_utf8) };
            if end > start && regex.find_at(&text, at).is_some_and(|next| next.start() == at && next.end() == at) {
                out.push_str(&text[copied..at]);
                copied = at;
                let step = text[at..].chars().next().map_or(1, char::len_utf8);
                at += step;
            }
        }
        if copied <= text.len() {
            out.push_str(&text[copied..]);
        }
        self.space = out;
        if changed {
            self.substituted = true;
            if flags.print {
                self.print_space();
            }
            if let Some(path) = &flags.write {
                self.write(path);
            }
        }
    }
}

fn replace(found: &Found, text: &str, with: &[Piece], out: &mut String) {
    let mut case = 'E';
    let mut once = ' ';
    for piece in with {
        let piece = match piece {
            Piece::Case(letter @ ('u' | 'l')) => {
                once = *letter;
                continue;
            }
            Piece::Case(letter) => {
                case = *letter;
                continue;
            }
            Piece::Text(text) => text.as_str(),
            Piece::Group(group) => found.text(text, *group),
        };
        let mut cased = match case {
            'U' => piece.to_uppercase(),
            'L' => piece.to_lowercase(),
            _ => piece.to_string(),
        };
        if let (Some(first), 'u' | 'l') = (cased.chars().next(), once) {
            let rest = cased.split_off(first.len_utf8());
            cased = if once == 'u' { cased.to_uppercase() } else { cased.to_lowercase() } + &rest;
            once = ' ';
        }
        out.push_str(&cased);
    }
}
