//! The playground: the one façade that the page and the native binary use.
//!
//! It holds a cluster, the reader's files and terminals, and the log of [`Input`]s that makes all
//! of it again. `input` and `advance` are the only ways to change anything; the rest looks.

mod view;

pub use view::{Health, ObjectView, View};

use crate::api::{Client, Method, Request, Response, User};
use crate::bootstrap;
use crate::cluster::Cluster;
use crate::meta::{Time, Value};
use crate::process::{FileSystem, Loopback};
use crate::scenario::{Input, Scenario, TerminalId, link};
use crate::shell::{self, Chunk, Completion, Terminal};
use std::collections::BTreeMap;
use std::time::Duration;

/// A finished command line that ran apart from all terminals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// What it printed.
    pub stdout: String,
    /// What it complained.
    pub stderr: String,
    /// Its exit status.
    pub code: i32,
}

/// A cluster, its files and its terminals.
pub struct Playground {
    cluster: Cluster,
    host: shell::Host,
    terminals: BTreeMap<TerminalId, Terminal>,
    running: BTreeMap<u32, Terminal>,
    scenario: Scenario,
}
