//! What programs read: files and standard input, whole or line by line as it comes.

use super::super::host::Host;
use super::Call;
use crate::process::{FileError, Node};
use crate::sim::Pipe;

/// Opens a file to be read; `-` is standard input.
///
/// # Errors
/// What the file system says.
pub fn open(call: &Call, path: &str) -> Result<Pipe, FileError> {
    match path {
        "-" | "/dev/stdin" => return Ok(call.process.stdin.clone()),
        _ => {}
    }
    if let Some(pipe) = device(&call.host, path) {
        return Ok(pipe);
    }
    let full = call.path(path);
    if path.ends_with('/') && matches!(call.process.files.node(&full), Some(Node::File(..))) {
        return Err(FileError::NotDirectory);
    }
    let bytes = call.process.files.read(&full)?;
    Ok(Pipe::holding(&call.process.clock, &bytes))
}

/// How much of an endless device is read at most.
const ENDLESS: usize = 1 << 16;

/// What is read from a device; nobody reads the endless ones to their end.
pub fn device(host: &Host, path: &str) -> Option<Pipe> {
    let bytes = match path {
        "/dev/null" => Vec::new(),
        "/dev/zero" => vec![0; ENDLESS],
        "/dev/random" | "/dev/urandom" => (0..ENDLESS).map(|_| host.rng.below(256) as u8).collect(),
        _ => return None,
    };
    Some(Pipe::holding(&host.clock, &bytes))
}

/// The lines of a pipe, as they come.
pub struct Lines {
    pipe: Pipe,
    partial: Vec<u8>,
    ended: bool,
    delimiter: u8,
    /// Whether the last line had no newline.
    pub unended: bool,
}

impl Lines {
    /// The lines of a pipe.
    pub fn of(pipe: Pipe) -> Lines {
        Lines::split_at(pipe, b'\n')
    }

    /// The records of a pipe that end with a byte.
    pub fn split_at(pipe: Pipe, delimiter: u8) -> Lines {
        Lines { pipe, partial: Vec::new(), ended: false, delimiter, unended: false }
    }

    /// Waits for more lines and gives all there are, without their newlines. `None` at the end.
    pub async fn batch(&mut self) -> Option<Vec<String>> {
        while !self.ended {
            let Some(bytes) = self.pipe.read().await else {
                self.ended = true;
                if self.partial.is_empty() {
                    return None;
                }
                self.unended = true;
                return Some(vec![text(&std::mem::take(&mut self.partial))]);
            };
            self.partial.extend(bytes);
            if let Some(last) = self.partial.iter().rposition(|byte| *byte == self.delimiter) {
                let rest = self.partial.split_off(last + 1);
                let mut whole = std::mem::replace(&mut self.partial, rest);
                whole.pop();
                return Some(whole.split(|byte| *byte == self.delimiter).map(text).collect());
            }
        }
        None
    }

    /// Waits for the end and gives all lines.
    pub async fn all(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(batch) = self.batch().await {
            lines.extend(batch);
        }
        lines
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Call {
    /// All lines of all files; complaints about those that cannot be read, and whether there were any.
    pub async fn all_lines(&self, files: &[String]) -> (Vec<String>, bool) {
        let mut lines = Vec::new();
        let mut failed = false;
        for file in files {
            match open(self, file) {
                Ok(pipe) => lines.extend(Lines::of(pipe).all().await),
                Err(error) => {
                    self.complain(format!("{file}: {error}"));
                    failed = true;
                }
            }
        }
        (lines, failed)
    }
}
