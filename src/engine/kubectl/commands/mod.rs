//! The commands: one file each (or one folder, for those with subcommands), and the table.

mod create;
mod get;
mod watch;

use super::command::Command;

/// Every command, in the order of the root's help; subcommands behind their parents.
static TABLE: &[&[&[Command]]] = &[create::ROWS, &[get::ROWS]];

/// The rows of the table.
pub fn all() -> impl Iterator<Item = &'static Command> {
    TABLE.iter().flat_map(|rows| rows.iter()).flat_map(|rows| rows.iter())
}
