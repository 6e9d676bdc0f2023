//! The commands: one file each (or one folder, for those with subcommands), and the table.

mod attach;
mod create;
mod delete;
mod expose;
mod get;
mod labels;
mod logs;
mod patch;
mod replace;
mod run;
mod scale;
mod wait;
mod watch;

use super::command::Command;

/// Every command, in the order of the root's help; subcommands behind their parents.
static TABLE: &[&[&[Command]]] = &[
    create::ROWS,
    &[expose::ROWS, run::ROWS],
    &[get::ROWS, delete::ROWS],
    &[scale::ROWS],
    &[logs::ROWS, attach::ROWS],
    &[patch::ROWS, replace::ROWS, wait::ROWS],
    &[labels::ROWS],
];

/// The rows of the table.
pub fn all() -> impl Iterator<Item = &'static Command> {
    TABLE.iter().flat_map(|rows| rows.iter()).flat_map(|rows| rows.iter())
}
