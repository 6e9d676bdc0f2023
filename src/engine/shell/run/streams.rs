//! File descriptors: which pipe stands behind each number.

use crate::meta::SortedMap;
use crate::sim::Pipe;

/// The open file descriptors of a shell. Clones share the pipes, as a fork does.
#[derive(Clone)]
pub struct Streams(SortedMap<u32, Pipe>);

impl Streams {
    /// The three that every program has.
    pub fn new(stdin: Pipe, stdout: Pipe, stderr: Pipe) -> Streams {
        Streams(SortedMap::from([(0, stdin), (1, stdout), (2, stderr)]))
    }
    /// The pipe behind a number.
    pub fn get(&self, descriptor: u32) -> Option<&Pipe> {
        self.0.get(&descriptor)
    }
    /// Puts a pipe behind a number.
    pub fn set(&mut self, descriptor: u32, pipe: Pipe) {
        self.0.insert(descriptor, pipe);
    }
    /// Closes a number.
    pub fn close(&mut self, descriptor: u32) {
        self.0.remove(&descriptor);
    }
    /// Writes to standard output. False if nobody reads it.
    pub fn print(&self, text: &str) -> bool {
        self.get(1).is_some_and(|pipe| pipe.write(text.as_bytes()))
    }
    /// Writes to standard error.
    pub fn error(&self, text: &str) {
        if let Some(pipe) = self.get(2) {
            pipe.write(text.as_bytes());
        }
    }
}
