//! The commands: one file each (or one folder, for those with subcommands), and the table.

mod apply;
mod attach;
mod auth;
mod autoscale;
mod certificate;
mod completion;
mod config;
mod cp;
mod create;
mod debug;
mod delete;
mod diff;
mod discover;
mod drain;
mod edit;
mod events;
mod explain;
mod expose;
mod general;
mod get;
mod kuberc;
mod kustomize;
mod labels;
mod logs;
mod nodes;
mod patch;
mod plugin;
mod port_forward;
pub(crate) mod proxy;
mod reconcile;
mod replace;
mod rollout;
mod run;
mod scale;
mod set;
mod top;
mod wait;
mod watch;

use super::command::Command;
use super::describe;

/// Every command, in the order of the root's help; subcommands behind their parents.
static TABLE: &[&[&[Command]]] = &[
    create::ROWS,
    &[expose::ROWS, run::ROWS, set::ROWS],
    &[explain::ROWS, get::ROWS, edit::ROWS, delete::ROWS],
    &[rollout::ROWS, scale::ROWS, autoscale::ROWS],
    &[certificate::ROWS, discover::CLUSTER_INFO, top::ROWS, nodes::ROWS, drain::ROWS, nodes::TAINT],
    &[
        describe::ROWS,
        logs::ROWS,
        attach::ROWS,
        port_forward::ROWS,
        proxy::ROWS,
        cp::ROWS,
        auth::ROWS,
        reconcile::ROWS,
        debug::ROWS,
        events::ROWS,
    ],
    &[diff::ROWS, apply::ROWS, patch::ROWS, replace::ROWS, wait::ROWS, kustomize::ROWS],
    &[labels::ROWS, completion::ROWS],
    &[discover::ROWS, config::ROWS, kuberc::ROWS, plugin::ROWS, general::ROWS],
];

/// The rows of the table.
pub fn all() -> impl Iterator<Item = &'static Command> {
    TABLE.iter().flat_map(|rows| rows.iter()).flat_map(|rows| rows.iter())
}
