//! The commands: one file each (or one folder, for those with subcommands), and the table.

mod get;
mod watch;

use super::command::Command;

/// Every command, in the order of the root's help; subcommands below their parents.
pub static COMMANDS: &[&Command] = &[&get::GET];
