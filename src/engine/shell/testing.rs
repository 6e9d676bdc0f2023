//! Runs command lines for tests: a machine without a cluster, time that flies.

use super::{Host, Terminal, TerminalOptions};
use crate::meta::Time;
use crate::process::{FileSystem, Loopback};
use crate::sim::{Clock, Rng, Tasks};
use std::rc::Rc;

/// What came of a command line.
pub struct Ran {
    /// Both streams as they came.
    pub output: String,
    /// The exit status.
    pub status: i32,
}

/// A machine with a terminal.
pub struct Bench {
    clock: Clock,
    tasks: Tasks,
    /// The terminal.
    pub terminal: Terminal,
}

impl Bench {
    /// A machine without a cluster.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Bench {
        let clock = Clock::starting_at(Time::from_millis(1_795_410_751_000));
        let (tasks, files) = (Tasks::default(), FileSystem::default());
        let host = Host::new(&clock, &Rng::seeded(1), &tasks, &files, &Loopback::new(&clock));
        let terminal = Terminal::open(&Rc::new(host), TerminalOptions::default());
        Bench { clock, tasks, terminal }
    }

    /// Lets time pass until nothing runs, or for an hour.
    pub fn settle(&self) {
        let end = Time(self.clock.now().0 + 3_600_000_000);
        for _ in 0..100_000 {
            let before = self.clock.stirred();
            self.tasks.poll_all(&self.clock);
            if self.clock.stirred() != before {
                continue;
            }
            match self.clock.next_sleeper() {
                Some(next) if next <= end => self.clock.set(next),
                _ => return,
            }
        }
    }

    /// Runs a line.
    pub fn run(&self, line: &str) -> Ran {
        self.terminal.enter(line);
        self.settle();
        let output = self.terminal.drain().into_iter().map(|chunk| chunk.text).collect();
        Ran { output, status: self.terminal.status() }
    }
}

/// Runs a line on a fresh machine.
pub fn run(line: &str) -> Ran {
    Bench::new().run(line)
}
