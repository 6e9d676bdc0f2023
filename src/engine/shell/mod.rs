//! The shell: bash's grammar, an interpreter over [`crate::process`], and the programs of a machine.
//!
//! [`syntax`] reads command lines, [`run`] runs them, [`builtins`] and [`programs`] are the tables of
//! what can be run, [`Terminal`] is what the page and the native binary hold. It reaches the cluster
//! through `kubectl` alone.

pub mod builtins;
mod complete;
mod container;
mod editor;
mod forgive;
mod host;
pub mod programs;
pub mod regex;
pub mod run;
pub mod syntax;
mod terminal;
#[cfg(test)]
pub mod testing;

pub use complete::{Candidate, Completion};
pub use container::Containers;
pub use editor::{Desk, EditorRequest};
pub use host::{Driver, Host, Installed, MachineState, program_file};
pub use programs::METRICS_SERVER;
pub use terminal::{Chunk, ShellView, Stream, Terminal, TerminalOptions};
