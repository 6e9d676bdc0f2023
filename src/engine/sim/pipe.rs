//! Byte pipes between tasks: a terminal and a shell, a shell and a command, a client and a container.

use super::Clock;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// The bytes that Ctrl-C and Ctrl-D send over a raw terminal.
pub const INTERRUPT: u8 = 3;
/// See [`INTERRUPT`].
pub const END_OF_INPUT: u8 = 4;

/// One end of a pipe; clones are the same end. Whoever holds it may write, read or close it.
#[derive(Clone)]
pub struct Pipe {
    state: Rc<RefCell<State>>,
    clock: Clock,
}

#[derive(Default)]
struct State {
    bytes: VecDeque<u8>,
    /// No more will be written.
    ended: bool,
    /// No more will be read: writers should stop (`SIGPIPE`).
    broken: bool,
    /// Something was written after that.
    refused: bool,
    /// Whoever reads wants keys, not lines: Ctrl-C and Ctrl-D come as bytes.
    raw: bool,
    /// Takes the bytes at once instead of a reader: a file, a terminal's screen.
    sink: Option<Sink>,
}

/// What takes a pipe's bytes as they are written.
type Sink = Rc<dyn Fn(&[u8])>;

/// A new, empty pipe.
pub fn pipe(clock: &Clock) -> Pipe {
    Pipe { state: Rc::default(), clock: clock.clone() }
}

impl Pipe {
    /// A pipe that holds `bytes` and is already ended: a file or a here-document as input.
    pub fn holding(clock: &Clock, bytes: &[u8]) -> Pipe {
        let pipe = pipe(clock);
        pipe.write(bytes);
        pipe.end();
        pipe
    }

    /// A pipe whose bytes go to `sink` as they are written.
    pub fn into_sink(clock: &Clock, sink: impl Fn(&[u8]) + 'static) -> Pipe {
        let pipe = pipe(clock);
        let mut state = pipe.state.borrow_mut();
        state.sink = Some(Rc::new(sink));
        state.ended = true;
        drop(state);
        pipe
    }

    /// Appends bytes. False if nobody reads any more; the writer should end with status 141.
    pub fn write(&self, bytes: &[u8]) -> bool {
        // Nothing stirs: whoever passes on what has come each time it is polled would never let time pass.
        if bytes.is_empty() {
            return !self.is_broken();
        }
        let mut state = self.state.borrow_mut();
        if state.broken {
            state.refused = true;
            self.clock.stir();
            return false;
        }
        if let Some(sink) = state.sink.clone() {
            // The sink may write to other pipes.
            drop(state);
            sink(bytes);
            self.clock.stir();
            return true;
        }
        state.bytes.extend(bytes);
        self.clock.stir();
        true
    }

    /// Says that no more will be written: readers see the end of the file.
    pub fn end(&self) {
        self.state.borrow_mut().ended = true;
        self.clock.stir();
    }

    /// Says that no more will be read.
    pub fn shut(&self) {
        let mut state = self.state.borrow_mut();
        state.broken = true;
        state.bytes.clear();
        self.clock.stir();
    }

    /// Whether writing is pointless.
    pub fn is_broken(&self) -> bool {
        self.state.borrow().broken
    }

    /// Whether somebody wrote although nobody reads: who did should be ended.
    pub fn has_refused(&self) -> bool {
        self.state.borrow().refused
    }

    /// Has a terminal pass Ctrl-C and Ctrl-D on as bytes, as in the raw mode of a tty, or no longer.
    pub fn set_raw(&self, raw: bool) {
        self.state.borrow_mut().raw = raw;
    }

    /// Whether Ctrl-C and Ctrl-D are to come as bytes.
    pub fn is_raw(&self) -> bool {
        self.state.borrow().raw
    }

    /// Whether everything was read and nothing more will come.
    pub fn is_drained(&self) -> bool {
        let state = self.state.borrow();
        state.ended && state.bytes.is_empty()
    }

    /// All bytes there are now, possibly none, without waiting.
    pub fn take(&self) -> Vec<u8> {
        self.state.borrow_mut().bytes.drain(..).collect()
    }

    /// Puts bytes back, to be read first.
    pub fn unread(&self, bytes: Vec<u8>) {
        let mut state = self.state.borrow_mut();
        for byte in bytes.into_iter().rev() {
            state.bytes.push_front(byte);
        }
    }

    /// Waits for bytes. `None` at the end of the file.
    pub fn read(&self) -> Read<'_> {
        Read(self, None)
    }

    /// Waits for one line, with its newline if it has one. `None` at the end of the file.
    pub async fn read_line(&self) -> Option<Vec<u8>> {
        Read(self, Some(b'\n')).await
    }

    /// Waits for bytes up to and including a delimiter. `None` at the end of the file.
    pub async fn read_until(&self, delimiter: u8) -> Option<Vec<u8>> {
        Read(self, Some(delimiter)).await
    }

    /// Waits for the end of the file and gives everything up to it.
    pub async fn read_to_end(&self) -> Vec<u8> {
        let mut all = Vec::new();
        while let Some(bytes) = self.read().await {
            all.extend(bytes);
        }
        all
    }
}

/// The future of [`Pipe::read`].
pub struct Read<'a>(&'a Pipe, Option<u8>);

impl Future for Read<'_> {
    type Output = Option<Vec<u8>>;
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.0.state.borrow_mut();
        let until = match self.1 {
            Some(delimiter) => state.bytes.iter().position(|b| *b == delimiter).map(|at| at + 1),
            None => Some(state.bytes.len()).filter(|len| *len > 0),
        };
        let until = until.or_else(|| (state.ended && !state.bytes.is_empty()).then_some(state.bytes.len()));
        match until {
            Some(until) => Poll::Ready(Some(state.bytes.drain(..until).collect())),
            None if state.ended || state.broken => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_happens_stirs() {
        let clock = Clock::default();
        let pipe = pipe(&clock);
        let stirs = |action: &dyn Fn()| {
            let before = clock.stirred();
            action();
            clock.stirred() != before
        };
        assert!(!stirs(&|| assert!(pipe.write(b""))));
        assert!(stirs(&|| assert!(pipe.write(b"text"))));
        assert!(!stirs(&|| assert_eq!(pipe.take(), b"text")));
        assert!(stirs(&|| pipe.shut()));
        assert!(!stirs(&|| assert!(!pipe.write(b""))));
        assert!(!pipe.has_refused());
        assert!(stirs(&|| assert!(!pipe.write(b"text"))));
        assert!(pipe.has_refused());
    }
}
