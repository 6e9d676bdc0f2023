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

const fn row(path: &'static str, short: &'static str, examples: &'static str, run: Run) -> Command {
    Command { path, short, long: short, examples, run: Some(run), ..Command::BASE }
}

/// The rows.
pub static ROWS: &[Command] = &[
    Command {
        path: "rollout",
        group: Group::Deploy,
        short: "Manage the rollout of a resource",
        long: "Manage the rollout of one or many resources: deployments, daemonsets, statefulsets.",
        examples: "  # Back to the revision before\n  kubectl rollout undo deployment/web\n\n  # Wait until it is out\n  kubectl rollout status deployment/web",
        ..Command::BASE
    },
    row(
        "rollout history",
        "View rollout history",
        "  # All revisions\n  kubectl rollout history deployment/web\n\n  # One of them in full\n  kubectl rollout history deployment/web --revision=3",
        |inv| Box::pin(history::run(inv)),
    ),
    row(
        "rollout pause",
        "Mark the provided resource as paused",
        "  # Changes to the template wait\n  kubectl rollout pause deployment/web",
        |inv| Box::pin(restart::pause(inv, true)),
    ),
    row(
        "rollout restart",
        "Restart a resource",
        "  # New pods one after the other\n  kubectl rollout restart deployment/web",
        |inv| Box::pin(restart::restart(inv)),
    ),
    row(
        "rollout resume",
        "Resume a paused resource",
        "  # Changes roll out again\n  kubectl rollout resume deployment/web",
        |inv| Box::pin(restart::pause(inv, false)),
    ),
    row(
        "rollout status",
        "Show the status of the rollout",
        "  # Watch it until it is done\n  kubectl rollout status deployment/web",
        |inv| Box::pin(status::run(inv)),
    ),
    row(
        "rollout undo",
        "Undo a previous rollout",
        "  # Back by one\n  kubectl rollout undo deployment/web\n\n  # Back to a certain revision\n  kubectl rollout undo deployment/web --to-revision=3",
        |inv| Box::pin(undo::run(inv)),
    ),
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
