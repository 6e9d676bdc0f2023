//! kubectl: one file per command, and the table. It knows the API by requests alone.
//!
//! [`run`] finds the command ([`cli`]), parses its flags ([`flags`]) and calls its row's function
//! with an [`invocation`]. [`resource`] turns words and files into objects; [`printers`] print them.

pub mod cli;
pub mod command;
pub mod commands;
pub mod config;
pub mod describe;
pub mod discovery;
pub mod failure;
pub mod flags;
pub mod hash;
pub mod help;
pub mod invocation;
pub mod kuberc;
pub mod kustomize;
pub mod manifest;
pub mod pods;
pub mod printers;
pub mod resource;
pub mod write;

use crate::api::Client;
use crate::process::Process;

/// Runs one kubectl invocation: `process.args[0]` is `kubectl`. Gives the exit status.
pub async fn run(process: Process, client: Client) -> i32 {
    cli::run(process, client).await
}
