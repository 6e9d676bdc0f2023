//! What a command is: a row of data and a function. The rows stand in [`super::commands`].

use super::failure::Outcome;
use super::flags::{self, FlagSpec};
use super::invocation::Invocation;
use crate::process::LocalFuture;

/// The headings under which the root's help lists the commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Create, expose, run, set.
    Beginner,
    /// Explain, get, edit, delete.
    Intermediate,
    /// Rollout, scale, autoscale.
    Deploy,
    /// Certificates and nodes.
    Cluster,
    /// Describe, logs, exec.
    Troubleshooting,
    /// Diff, apply, patch.
    Advanced,
    /// Label, annotate, completion.
    Settings,
    /// What stands in no other group.
    Other,
    /// A subcommand, listed by its parent.
    Sub,
    /// Listed nowhere.
    Hidden,
}

impl Group {
    /// The groups of the root's help with their headings.
    pub const HEADINGS: &'static [(Group, &'static str)] = &[
        (Group::Beginner, "Basic Commands (Beginner):"),
        (Group::Intermediate, "Basic Commands (Intermediate):"),
        (Group::Deploy, "Deploy Commands:"),
        (Group::Cluster, "Cluster Management Commands:"),
        (Group::Troubleshooting, "Troubleshooting and Debugging Commands:"),
        (Group::Advanced, "Advanced Commands:"),
        (Group::Settings, "Settings Commands:"),
    ];
}

/// What a command does.
pub type Run = fn(Invocation) -> LocalFuture<Outcome>;

/// One command. Its usage line and flags stand in `flags.txt`, under its path; longer texts and
/// examples in `help.txt`.
pub struct Command {
    /// The words that name it, such as `create deployment`.
    pub path: &'static str,
    /// Other last words that name it.
    pub aliases: &'static [&'static str],
    /// Where help lists it.
    pub group: Group,
    /// One sentence.
    pub short: &'static str,
    /// Flags that must be given.
    pub required: &'static [&'static str],
    /// The table of its flags, besides those of `flags_first.txt`.
    pub flags: fn() -> &'static str,
    /// Flags that are there only if a variable of the environment is true.
    pub gated: &'static [(&'static str, FlagSpec)],
    /// What it does; `None` for a mere parent of subcommands, which prints its help.
    pub run: Option<Run>,
}

impl Command {
    /// The row that most commands start from.
    pub const BASE: Command = Command {
        path: "",
        aliases: &[],
        group: Group::Sub,
        short: "",
        required: &[],
        flags: flags::others,
        gated: &[],
        run: None,
    };

    /// The last word of the path.
    pub fn name(&self) -> &'static str {
        self.path.rsplit(' ').next().unwrap_or_default()
    }

    /// The path above; `None` for the commands right below the root.
    pub fn parent(&self) -> &'static str {
        self.path.rsplit_once(' ').map_or("", |(parent, _)| parent)
    }

    /// Whether a word names it.
    pub fn is_named(&self, word: &str) -> bool {
        self.name() == word || self.aliases.contains(&word)
    }
}
