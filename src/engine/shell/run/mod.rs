//! The interpreter: a [`Shell`] is one running shell, and its methods give the grammar meaning.
//!
//! `execute` runs commands, `simple` finds and starts programs, `expand` turns words into
//! arguments. A subshell is a clone.

mod arithmetic;
mod array;
mod braces;
mod execute;
mod expand;
mod fields;
mod jobs;
mod parameters;
pub mod pattern;
mod redirect;
mod simple;
mod streams;
mod test;
#[cfg(test)]
mod tests;
mod trace;
mod variables;

pub use array::Array;
pub use jobs::{Job, Jobs};
pub use simple::{Found, escape, quote, start};
pub use streams::Streams;
pub use test::evaluate as evaluate_test;
pub use variables::{Content, Variable, Variables};

use super::editor::Desk;
use super::host::Host;
use super::syntax::{Command, Parser, SyntaxError};
use crate::meta::SortedMap;
use crate::meta::Time;
use crate::process::Process;
use std::cell::RefCell;
use std::rc::Rc;

/// How commands end, besides with a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// The next command runs.
    Next,
    /// `break N`
    Break(u32),
    /// `continue N`
    Continue(u32),
    /// `return`, or the end of a sourced file.
    Return,
    /// `exit`: the shell ends.
    Exit,
    /// An expansion failed: the line ends, an interactive shell goes on.
    Abort,
}

/// An expansion failed; the message has been printed.
pub struct Failure;

/// What `set` sets.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Options {
    pub errexit: bool,
    pub xtrace: bool,
    pub nounset: bool,
    pub pipefail: bool,
    pub noglob: bool,
    pub allexport: bool,
    pub noclobber: bool,
    /// Those of `shopt`.
    pub shopt: Vec<&'static str>,
}

impl Options {
    /// The options as `$-` shows them.
    pub fn letters(&self) -> String {
        let flags = [
            ('a', self.allexport),
            ('e', self.errexit),
            ('f', self.noglob),
            ('u', self.nounset),
            ('x', self.xtrace),
            ('C', self.noclobber),
        ];
        flags.iter().filter(|(_, on)| *on).map(|(letter, _)| *letter).collect()
    }
}

/// Shells that complain in their own ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// bash
    Bash,
    /// Debian's `sh`.
    Dash,
    /// busybox's `sh`.
    Ash,
}

/// A running shell.
#[derive(Clone)]
pub struct Shell {
    /// The machine it runs on.
    pub host: Rc<Host>,
    /// Where editors open, if there is a terminal.
    pub desk: Option<Rc<Desk>>,
    /// Its streams.
    pub streams: Streams,
    /// Whether the streams are a terminal.
    pub tty: bool,
    /// The terminal's width.
    pub columns: usize,
    /// Whether a reader types the lines.
    pub interactive: bool,
    /// Whether prompts and remarks pasted from books are forgiven.
    pub forgiving: bool,
    /// `$0`
    pub name: String,
    /// `$1` and on.
    pub positional: Vec<String>,
    /// The working directory.
    pub cwd: String,
    /// Its variables.
    pub variables: Variables,
    /// Its functions.
    pub functions: SortedMap<String, Rc<Command>>,
    /// Its aliases.
    pub aliases: SortedMap<String, String>,
    /// Its options.
    pub options: Options,
    /// `$?`
    pub status: i32,
    /// `$!`
    pub last_background: Option<u32>,
    /// What runs in the background.
    pub jobs: Rc<RefCell<Jobs>>,
    /// What `trap` set, by signal.
    pub traps: SortedMap<String, String>,
    /// What was typed, oldest first.
    pub history: Rc<RefCell<Vec<String>>>,
    pid: u32,
    started: Time,
    /// Above zero, a failure is part of a condition and `set -e` does not end the shell.
    unchecked: u32,
    /// How deep functions, sourced files and subshells nest.
    depth: u32,
    /// Whether the command being expanded had a `$(...)` whose status may become its own.
    captured: bool,
    /// `PIPESTATUS`
    statuses: Vec<i32>,
    /// `LINENO`
    line: usize,
    /// Whether complaints name the line: those of scripts do.
    pub numbered: bool,
    /// Which shell it is.
    pub dialect: Dialect,
    /// The functions that run, the innermost last.
    calls: Vec<String>,
    /// How deep substitutions nest, as `set -x` shows it.
    nested: usize,
    /// Signals that came from the shell itself and have yet to be noticed.
    pub(in crate::shell) pending: Vec<&'static str>,
    /// The directories that `popd` goes back to, the last one first.
    pub(in crate::shell) directories: Vec<String>,
}

impl Shell {
    /// A shell on that machine with the process's streams, environment and directory.
    pub fn new(host: &Rc<Host>, process: &Process) -> Shell {
        let mut shell = Shell {
            host: host.clone(),
            desk: None,
            streams: Streams::new(process.stdin.clone(), process.stdout.clone(), process.stderr.clone()),
            tty: process.tty,
            columns: process.columns,
            interactive: false,
            forgiving: false,
            name: host.shell_name.into(),
            positional: Vec::new(),
            cwd: process.cwd.clone(),
            variables: Variables::default(),
            functions: SortedMap::new(),
            aliases: SortedMap::new(),
            options: Options::default(),
            status: 0,
            last_background: None,
            jobs: Rc::default(),
            traps: SortedMap::new(),
            history: Rc::default(),
            pid: host.next_pid(),
            started: host.clock.now(),
            unchecked: 0,
            depth: 0,
            captured: false,
            statuses: vec![0],
            line: 1,
            numbered: false,
            dialect: host.dialect(),
            calls: Vec::new(),
            nested: 0,
            pending: Vec::new(),
            directories: Vec::new(),
        };
        for (name, value) in &process.env {
            shell.set(name, value.clone());
            shell.export(name, true);
        }
        shell
    }

    /// A shell that shares nothing but files and streams with this one from now on.
    pub fn subshell(&self) -> Shell {
        let mut inner = self.clone();
        inner.depth += 1;
        inner.interactive = false;
        inner.forgiving = false;
        inner.jobs = Rc::default();
        inner.traps = SortedMap::new();
        inner
    }

    /// Who complains in this shell's messages.
    pub fn speaker(&self) -> &str {
        if self.interactive || self.name.is_empty() { self.host.shell_name } else { &self.name }
    }

    /// Prints a complaint in the shell's own name.
    pub fn complain(&self, message: &str) {
        let speaker = self.speaker();
        self.streams.error(&format!("{speaker}: {}{message}\n", self.place()));
    }

    /// How complaints name the line: scripts' do.
    pub(super) fn place(&self) -> String {
        match self.dialect {
            _ if !self.numbered || self.interactive => String::new(),
            Dialect::Bash => format!("line {}: ", self.line),
            Dialect::Dash => format!("{}: ", self.line),
            Dialect::Ash => String::new(),
        }
    }

    /// How it says that there is no such command.
    pub(super) fn not_found(&self) -> &'static str {
        if self.dialect == Dialect::Bash { "command not found" } else { "not found" }
    }

    /// The number of its process.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    fn failure(&mut self, message: &str) -> Failure {
        self.complain(message);
        self.status = 1;
        Failure
    }

    /// Runs a whole script, line by line. The status is left in [`Shell::status`].
    pub async fn run_script(&mut self, text: &str) -> Flow {
        let mut rest = text.to_string();
        let first = self.line;
        let mut number = first;
        loop {
            let aliases = std::mem::take(&mut self.aliases);
            let (line, after) = {
                let mut parser = Parser::new(&rest, &aliases);
                if self.forgiving {
                    parser = parser.forgiving();
                }
                parser.first_line = number;
                let line = parser.line();
                number = parser.line_number();
                (line, parser.rest())
            };
            self.aliases = aliases;
            match line {
                Ok(None) => return Flow::Next,
                Ok(Some(list)) => {
                    let flow = self.list(&list).await;
                    if flow != Flow::Next {
                        return flow;
                    }
                }
                Err(error) => {
                    self.line = number;
                    self.syntax_error(&error);
                    if let SyntaxError::Wrong(message) = &error
                        && !self.place().is_empty()
                        && message.contains("unexpected token")
                    {
                        let line = text.lines().nth(number.saturating_sub(first)).unwrap_or_default();
                        self.complain(&format!("`{line}'"));
                    }
                    return Flow::Abort;
                }
            }
            rest = after;
        }
    }

    /// Runs a script to its end, with its `EXIT` trap: what `bash -c` does. Gives the exit status.
    pub async fn run_to_exit(&mut self, text: &str) -> i32 {
        let flow = self.run_script(text).await;
        if flow == Flow::Abort && self.status == 0 {
            self.status = 1;
        }
        self.leave().await;
        self.status
    }

    /// Runs what `trap ... EXIT` asked for.
    pub async fn leave(&mut self) {
        if let Some(command) = self.traps.remove("EXIT") {
            let status = self.status;
            let flow = Box::pin(self.run_script(&command)).await;
            // `exit` in a trap has the last word.
            if flow != Flow::Exit {
                self.status = status;
            }
        }
    }

    /// Prints a syntax error as bash does.
    pub fn syntax_error(&mut self, error: &SyntaxError) {
        let (SyntaxError::Incomplete(message) | SyntaxError::Wrong(message)) = error;
        self.complain(message);
        self.status = if message.ends_with("bad substitution") { 1 } else { 2 };
    }

    /// A line cut short by Ctrl-C leaves functions and conditions half way; this leaves them.
    pub fn reset(&mut self, streams: &Streams) {
        while !self.variables.saved.is_empty() {
            self.pop_scope();
        }
        self.streams = streams.clone();
        self.unchecked = 0;
        self.depth = 0;
        self.nested = 0;
        self.calls.clear();
    }
}
