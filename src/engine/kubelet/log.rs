//! What a container wrote: lines with their times, kept for `kubectl logs`.

use crate::meta::Time;
use crate::sim::Pipe;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

/// How much is kept: the kubelet rotates logs too, at 10 MiB; here memory is dearer.
const KEPT: usize = 256 << 10;

/// A log. Clones are the same.
#[derive(Clone, Default)]
pub struct Log(Rc<RefCell<Inner>>);

#[derive(Default)]
struct Inner {
    lines: VecDeque<Line>,
    size: usize,
    /// The beginnings of lines on standard output and standard error.
    partial: [Vec<u8>; 2],
    followers: Vec<Follower>,
    /// Whoever attached sees the bytes as they come.
    attached: Vec<Pipe>,
    ended: bool,
}

struct Line {
    time: Time,
    text: Box<[u8]>,
}

struct Follower {
    to: Pipe,
    view: View,
    left: Option<usize>,
}

/// Which part of a log is asked for, and how it is shown.
#[derive(Clone, Default)]
pub struct View {
    /// Only this many lines from the end.
    pub tail: Option<usize>,
    /// Only what was written since then.
    pub since: Option<Time>,
    /// At most this many bytes.
    pub limit: Option<usize>,
    /// Each line begins with its time.
    pub timestamps: bool,
}

impl View {
    fn show(&self, line: &Line) -> Vec<u8> {
        let mut text = Vec::with_capacity(line.text.len());
        if self.timestamps {
            let micros = line.time.rfc3339_micro();
            text.extend(format!("{}000Z ", micros.trim_end_matches('Z')).into_bytes());
        }
        text.extend(&*line.text);
        text
    }
}

impl Follower {
    /// Whether it wants more.
    fn take(&mut self, line: &Line) -> bool {
        let mut text = self.view.show(line);
        if let Some(left) = &mut self.left {
            text.truncate(*left);
            *left -= text.len();
        }
        let more = self.to.write(&text) && self.left != Some(0);
        if !more {
            self.to.end();
        }
        more
    }
}

impl Log {
    /// Adds bytes of standard output, or of standard error.
    pub fn write(&self, now: Time, error: bool, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let mut inner = self.0.borrow_mut();
        inner.attached.retain(|to| to.write(bytes));
        let mut rest = std::mem::take(&mut inner.partial[usize::from(error)]);
        rest.extend(bytes);
        for text in rest.split_inclusive(|byte| *byte == b'\n') {
            if text.ends_with(b"\n") {
                inner.push(Line { time: now, text: text.into() });
            } else {
                inner.partial[usize::from(error)] = text.into();
            }
        }
    }

    /// Says that no more will be written.
    pub fn end(&self, now: Time) {
        let mut inner = self.0.borrow_mut();
        for at in 0..2 {
            let text = std::mem::take(&mut inner.partial[at]);
            if !text.is_empty() {
                inner.push(Line { time: now, text: text.into() });
            }
        }
        inner.ended = true;
        inner.followers.drain(..).for_each(|follower| follower.to.end());
        inner.attached.drain(..).for_each(|to| to.end());
    }

    /// Whether no more will be written.
    pub fn is_ended(&self) -> bool {
        self.0.borrow().ended
    }

    /// Writes what is there to a pipe; ends it, or goes on as more comes.
    pub fn read(&self, to: Pipe, view: View, follow: bool) {
        let mut inner = self.0.borrow_mut();
        let fits = |line: &&Line| view.since.is_none_or(|since| line.time >= since);
        let count = inner.lines.iter().filter(fits).count();
        let skip = view.tail.map_or(0, |tail| count.saturating_sub(tail));
        let mut follower = Follower { to, left: view.limit, view: view.clone() };
        let more = inner.lines.iter().filter(fits).skip(skip).all(|line| follower.take(line));
        if more && follow && !inner.ended {
            inner.followers.push(follower);
        } else {
            follower.to.end();
        }
    }

    /// Lets a pipe see everything from now on.
    pub fn attach(&self, to: Pipe) {
        let mut inner = self.0.borrow_mut();
        if inner.ended {
            to.end();
        } else {
            inner.attached.push(to);
        }
    }

    /// The last bytes: what becomes a termination message.
    pub fn tail(&self, lines: usize, bytes: usize) -> String {
        let inner = self.0.borrow();
        let skip = inner.lines.len().saturating_sub(lines);
        let text: Vec<u8> = inner.lines.iter().skip(skip).flat_map(|line| line.text.iter().copied()).collect();
        String::from_utf8_lossy(&text[text.len().saturating_sub(bytes)..]).into_owned()
    }
}

impl Inner {
    fn push(&mut self, line: Line) {
        self.followers.retain_mut(|follower| follower.take(&line));
        self.size += line.text.len() + 32;
        self.lines.push_back(line);
        while self.size > KEPT {
            let Some(first) = self.lines.pop_front() else { break };
            self.size -= first.text.len() + 32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{Clock, pipe};

    #[test]
    fn a_view_shows_a_part() {
        let log = Log::default();
        log.write(Time::from_millis(1000), false, b"one\ntw");
        log.write(Time::from_millis(2000), true, b"err\n");
        log.write(Time::from_millis(3000), false, b"o\nrest");
        for (view, expect) in [
            (View::default(), "one\nerr\ntwo\n"),
            (View { tail: Some(1), ..View::default() }, "two\n"),
            (View { since: Some(Time::from_millis(1500)), ..View::default() }, "err\ntwo\n"),
            (View { limit: Some(5), ..View::default() }, "one\ne"),
            (View { tail: Some(1), timestamps: true, ..View::default() }, "1970-01-01T00:00:03.000000000Z two\n"),
        ] {
            let to = pipe(&Clock::default());
            log.read(to.clone(), view, false);
            assert_eq!(String::from_utf8(to.take()).unwrap(), expect);
        }
        assert_eq!(log.tail(2, 100), "err\ntwo\n");
    }

    #[test]
    fn a_follower_sees_what_comes_until_the_end() {
        let (log, to) = (Log::default(), pipe(&Clock::default()));
        log.write(Time(0), false, b"one\n");
        log.read(to.clone(), View { tail: Some(0), ..View::default() }, true);
        log.write(Time(0), false, b"two\nthree");
        log.end(Time(0));
        assert_eq!(to.take(), b"two\nthree");
        assert!(to.is_drained());
    }
}
