//! A terminal with everything it has shown: prompts, entered lines and output, in order.

use super::Finished;
use crate::shell::{self, EditorRequest, Host, TerminalOptions};
use std::rc::Rc;

/// Where a piece of a terminal's text comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
    /// A remark of the playground, not of any program.
    Hint,
    /// What stands before a line that was entered.
    Prompt,
    /// A line that was entered.
    Echo,
    /// What stood before is wiped: `clear`.
    Clear,
}

/// A piece of a terminal's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Where it comes from.
    pub stream: Stream,
    /// The text.
    pub text: String,
}

/// What could stand at the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// The byte of the line at which the candidates begin.
    pub start: usize,
    /// What could stand there, sorted.
    pub candidates: Vec<String>,
}

/// What `clear` prints: cursor home, erase display, erase what scrolled away.
const CLEAR: &str = "\x1b[H\x1b[2J\x1b[3J";

/// A terminal and what it has shown so far.
pub struct Terminal {
    shell: shell::Terminal,
    chunks: Vec<Chunk>,
    prompt: String,
    editor: Option<EditorRequest>,
}

impl Terminal {
    pub(super) fn open(host: &Rc<Host>, options: TerminalOptions) -> Terminal {
        let shell = shell::Terminal::open(host, options);
        Terminal { prompt: shell.prompt(), shell, chunks: Vec::new(), editor: None }
    }

    /// Everything shown so far. It only grows.
    pub fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// What stands before the line being typed.
    pub fn prompt(&self) -> &str {
        &self.prompt
    }

    /// Whether a command runs.
    pub fn is_busy(&self) -> bool {
        self.shell.is_busy()
    }

    /// The exit status of the last command.
    pub fn status(&self) -> i32 {
        self.shell.status()
    }

    /// The file that a program wants edited, while one does.
    pub fn editor(&self) -> Option<&EditorRequest> {
        self.editor.as_ref()
    }

    pub(super) fn complete(&self, line: &str, cursor: usize) -> Completion {
        let found = self.shell.complete(line, cursor);
        let candidates = found.candidates.into_iter().map(|candidate| candidate.text).collect();
        Completion { start: found.start, candidates }
    }

    pub(super) fn has_exited(&self) -> bool {
        self.shell.has_exited()
    }

    pub(super) fn enter(&mut self, line: &str) {
        if !self.is_busy() {
            self.chunks.push(Chunk { stream: Stream::Prompt, text: self.prompt.clone() });
        }
        self.chunks.push(Chunk { stream: Stream::Echo, text: line.into() });
        self.shell.enter(line);
    }

    pub(super) fn interrupt(&mut self) {
        self.shell.interrupt();
    }

    pub(super) fn end_of_input(&mut self) {
        self.shell.end_of_input();
    }

    pub(super) fn answer_editor(&mut self, text: Option<String>) {
        self.shell.answer_editor(text);
    }

    /// Takes over what the shell has printed since the last time.
    pub(super) fn collect(&mut self) {
        for chunk in self.shell.drain() {
            let stream = match chunk.stream {
                shell::Stream::Out => Stream::Out,
                shell::Stream::Err => Stream::Err,
                shell::Stream::Hint => Stream::Hint,
                shell::Stream::Prompt => Stream::Prompt,
            };
            let mut text = chunk.text.as_str();
            if let Some(at) = text.rfind(CLEAR).filter(|_| stream == Stream::Out) {
                self.chunks.push(Chunk { stream: Stream::Clear, text: String::new() });
                text = &text[at + CLEAR.len()..];
            }
            if !text.is_empty() {
                self.chunks.push(Chunk { stream, text: text.into() });
            }
        }
        self.prompt = self.shell.prompt();
        self.editor = self.shell.editor_request();
    }

    /// What was printed, apart by stream.
    pub(super) fn finished(&self) -> Finished {
        let of = |stream: Stream| {
            let chunks = self.chunks.iter().filter(|chunk| chunk.stream == stream);
            chunks.map(|chunk| chunk.text.as_str()).collect()
        };
        Finished { stdout: of(Stream::Out), stderr: of(Stream::Err), code: self.status() }
    }
}
