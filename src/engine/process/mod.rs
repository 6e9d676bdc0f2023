//! What a program is handed when it starts: arguments, environment, streams, files, ports, time.
//!
//! kubectl, the shell's own commands and the programs in containers are all written against
//! this, and against nothing else of the machine they run on.

mod archive;
mod files;
mod net;

pub use archive::{Archive, ArchiveError};
pub use files::{FileError, FileSystem, Node};
pub use net::{
    Certificate, Connection, Listener, Loopback, NetError, PUBLIC_AUTHORITY, Serve, Tls, Uplink, is_address,
};

use crate::meta::SortedMap;
use crate::sim::{Clock, Pipe, Rng};
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

/// What stands in the file of a program that comes with an image and is in no table of the shell's.
pub const OWN_PROGRAM: &[u8] = b"\x7fELF\0";

/// A future that lives on the one thread there is.
pub type LocalFuture<T> = Pin<Box<dyn Future<Output = T>>>;

/// Runs command lines for programs that start others (`kubectl edit` starts `$KUBE_EDITOR`).
pub trait System {
    /// Runs a command line with the process's streams and files; gives its exit status.
    fn run(&self, command_line: &str, process: Process) -> LocalFuture<i32>;
    /// Starts `process.args` where that is a program of the machine itself rather than of its shell:
    /// `redis-cli` in a redis container. `None` if the machine has none of that name.
    fn spawn(&self, process: Process) -> Option<LocalFuture<i32>> {
        let _ = process;
        None
    }
    /// Sends a signal to a process that somebody may end: a container's main one. False if there is none of that number.
    fn signal(&self, pid: u32, signal: i32) -> bool {
        let _ = (pid, signal);
        false
    }
    /// Whether process 1 was sent a `SIGTERM` that a trap has yet to take; who takes it clears it.
    fn terminated(&self) -> Option<&Cell<bool>> {
        None
    }
}

/// A running program's view of its machine. Clones share streams and files, as a fork does.
#[derive(Clone)]
pub struct Process {
    /// The arguments, the program's own name first.
    pub args: Vec<String>,
    /// The environment.
    pub env: SortedMap<String, String>,
    /// The working directory, absolute.
    pub cwd: String,
    /// Standard input.
    pub stdin: Pipe,
    /// Standard output.
    pub stdout: Pipe,
    /// Standard error.
    pub stderr: Pipe,
    /// Whether standard input and output are a terminal.
    pub tty: bool,
    /// The terminal's width in columns.
    pub columns: usize,
    /// The machine's files.
    pub files: FileSystem,
    /// The machine's loopback interface.
    pub net: Loopback,
    /// Time.
    pub clock: Clock,
    /// Chance.
    pub rng: Rng,
    /// Starts other programs.
    pub system: Rc<dyn System>,
}

impl Process {
    /// Writes text to standard output.
    pub fn out(&self, text: impl AsRef<str>) {
        self.stdout.write(text.as_ref().as_bytes());
    }
    /// Writes text to standard error.
    pub fn err(&self, text: impl AsRef<str>) {
        self.stderr.write(text.as_ref().as_bytes());
    }
    /// The value of an environment variable.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.env.get(name).map(String::as_str)
    }
    /// The address of a name in the machine's own list, `/etc/hosts`.
    pub fn listed_address(&self, name: &str) -> Option<String> {
        let bytes = self.files.read("/etc/hosts").ok()?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let rows = text.lines().map(|line| line.split('#').next().unwrap_or_default().split_whitespace());
        let mut rows = rows.filter_map(|mut row| Some((row.next()?, row)));
        rows.find(|(_, names)| names.clone().any(|known| known == name)).map(|(address, _)| address.to_string())
    }
    /// A path made absolute and free of `.` and `..`.
    pub fn path(&self, path: &str) -> String {
        FileSystem::resolve(&self.cwd, path)
    }
}
