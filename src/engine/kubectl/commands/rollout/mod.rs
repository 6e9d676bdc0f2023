//! `kubectl rollout`: the revisions of deployments, daemon sets and stateful sets.
//!
//! A deployment's revisions are its replica sets; those of the others are ControllerRevisions,
//! which hold a patch of the template. [`revisions`] finds either.

mod history;
mod restart;
mod revisions;
mod status;
mod undo;

use crate::kubectl::command::{Command, Group, Run};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::Invocation;
use crate::kubectl::resource::{Info, Selector};

const fn row(path: &'static str, short: &'static str, run: Run) -> Command {
    Command { path, short, run: Some(run), ..Command::BASE }
}

/// The rows.
pub static ROWS: &[Command] = &[
    Command { path: "rollout", group: Group::Deploy, short: "Manage the rollout of a resource", ..Command::BASE },
    row("rollout history", "View rollout history", |inv| Box::pin(history::run(inv))),
    row("rollout pause", "Mark the provided resource as paused", |inv| Box::pin(restart::pause(inv, true))),
    row("rollout restart", "Restart a resource", |inv| Box::pin(restart::restart(inv))),
    row("rollout resume", "Resume a paused resource", |inv| Box::pin(restart::pause(inv, false))),
    row("rollout status", "Show the status of the rollout", |inv| Box::pin(status::run(inv))),
    row("rollout undo", "Undo a previous rollout", |inv| Box::pin(undo::run(inv))),
];

/// The objects that words, files or `-l` name.
///
/// # Errors
/// If nothing was named, or it makes no sense.
async fn select(inv: &Invocation) -> Outcome<(Vec<Info>, Vec<Failure>)> {
    if inv.args().is_empty() && inv.flags.list("filename").is_empty() && inv.flags.str("kustomize").is_empty() {
        return Err("required resource not specified".into());
    }
    let selection = Selector::new(inv, inv.args()).all_of_type().resolve(inv).await?;
    Ok(selection.fetch(inv))
}

/// As [`select`]; says so if nothing fits.
async fn select_some(inv: &Invocation) -> Outcome<(Vec<Info>, Vec<Failure>)> {
    let (infos, failures) = select(inv).await?;
    if infos.is_empty() && failures.is_empty() {
        inv.err(format!("No resources found in {} namespace.\n", inv.namespace()?));
    }
    Ok((infos, failures))
}
