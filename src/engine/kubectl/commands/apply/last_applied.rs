//! `apply view-last-applied`, `set-last-applied`, `edit-last-applied`: the annotation that `apply` keeps.

use super::super::discover::indented;
use super::super::edit;
use crate::json;
use crate::kubectl::command::Command;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::{DryRun, Invocation, MERGE};
use crate::kubectl::printers::{Printer, print_result};
use crate::kubectl::resource::Selector;
use crate::kubectl::write::{self, LAST_APPLIED};
use crate::meta::{Value, yaml};

/// The row of `view-last-applied`.
pub const VIEW: Command = Command {
    path: "apply view-last-applied",
    short: "View the latest last-applied-configuration annotations of a resource/object",
    run: Some(|inv| Box::pin(view(inv))),
    ..Command::BASE
};

/// The row of `set-last-applied`.
pub const SET: Command = Command {
    path: "apply set-last-applied",
    short: "Set the last-applied-configuration annotation on a live object to match the contents of a file",
    run: Some(|inv| Box::pin(set(inv))),
    ..Command::BASE
};

/// The row of `edit-last-applied`.
pub const EDIT: Command = Command {
    path: "apply edit-last-applied",
    short: "Edit latest last-applied-configuration annotations of a resource/object",
    run: Some(|inv| Box::pin(edit::run(inv, edit::Subject::LastApplied))),
    ..Command::BASE
};

async fn view(inv: Invocation) -> Outcome {
    let output = inv.flags.str("output");
    if !matches!(output, "yaml" | "json") {
        return Err(Failure::usage(format!(
            "Unexpected -o output mode: {output}, the flag 'output' must be one of yaml|json"
        )));
    }
    let selection = Selector::new(&inv, inv.args()).resolve(&inv).await?;
    let (infos, failures) = selection.fetch(&inv);
    Failure::collected(failures)?;
    for info in infos {
        let Some(text) = info.object.annotation(LAST_APPLIED) else {
            if info.source.is_empty() {
                continue;
            }
            let text = "error when no last-applied-configuration annotation found on resource";
            return Err(format!("{text}: {}\n {:?}: <nil>", info.name, info.source).into());
        };
        let Ok(document) = Value::from_json(text.as_bytes()) else { continue };
        inv.out(if output == "json" { indented(&document.to_pretty_json()) + "\n" } else { yaml::print(&document) });
    }
    Ok(())
}

async fn set(inv: Invocation) -> Outcome {
    let dry_run = inv.dry_run()?;
    let printer = Printer::of(&inv)?;
    let selection = Selector::new(&inv, &[]).resolve(&inv).await?;
    let (infos, failures) = selection.infos(&inv);
    Failure::collected(failures)?;
    let mut changed = Vec::new();
    for info in infos {
        let text = info.object.to_go_json() + "\n";
        let current = inv.get(&info.resource, &info.namespace, &info.name)?;
        let old = current.annotation(LAST_APPLIED);
        if old.is_none() && !inv.flags.bool("create-annotation") {
            return Err(format!(
                "no last-applied-configuration annotation found on resource: {}, to create the annotation, run the command with --create-annotation",
                info.name
            )
            .into());
        }
        if old == Some(text.as_str()) {
            inv.out(format!("set-last-applied {}: no changes required.\n", info.name));
        } else {
            changed.push((info, text));
        }
    }
    for (mut info, text) in changed {
        let mut patch = json!({"metadata": {"annotations": {}}});
        patch.set(&["metadata", "annotations", LAST_APPLIED], text);
        if dry_run != DryRun::Client {
            info.object = write::patch(&inv, &info, "", MERGE, patch, dry_run)?;
        }
        print_result(&inv, printer.as_ref(), &info, &format!("configured{}", dry_run.suffix()))?;
    }
    Ok(())
}
