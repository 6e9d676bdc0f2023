//! `kubectl plugin`: the programs on the path that pass for subcommands.

use crate::kubectl::command::{Command, Group};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::Invocation;

/// The rows.
pub static ROWS: &[Command] = &[
    Command {
        path: "plugin",
        group: Group::Other,
        short: "Provides utilities for interacting with plugins",
        ..Command::BASE
    },
    Command {
        path: "plugin list",
        short: "List all visible plugin executables on a user's PATH",
        run: Some(|inv| Box::pin(async move { list(&inv) })),
        ..Command::BASE
    },
];

fn list(inv: &Invocation) -> Outcome {
    let path = inv.process.var("PATH").unwrap_or_default();
    let mut found = Vec::new();
    for folder in path.split(':').filter(|folder| !folder.trim().is_empty()) {
        for name in inv.process.files.list(&inv.process.path(folder)).unwrap_or_default() {
            if name.starts_with("kubectl-") {
                found.push(if inv.flags.bool("name-only") { name } else { format!("{folder}/{name}") });
            }
        }
    }
    if found.is_empty() {
        return Err(Failure::new("unable to find any kubectl plugins in your PATH"));
    }
    inv.out(format!("The following compatible plugins are available:\n\n{}\n", found.join("\n")));
    Ok(())
}
