//! `kubectl rollout history`

use super::revisions::{self, CHANGE_CAUSE};
use crate::kubectl::describe;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::Invocation;
use crate::kubectl::printers::Printer;
use crate::kubectl::printers::tabwriter::TabWriter;
use crate::kubectl::resource::Info;

pub(super) async fn run(inv: Invocation) -> Outcome {
    let number = inv.flags.int("revision");
    if number < 0 {
        return Err(format!("revision must be a positive integer: {number}").into());
    }
    let printer = Printer::of(&inv)?;
    let (infos, mut failures) = super::select(&inv).await?;
    for info in &infos {
        let shown = match &printer {
            Some(printer) => print_objects(&inv, info, number, printer),
            None => show(&inv, info, number),
        };
        failures.extend(shown.err());
    }
    Failure::collected(failures)
}

/// Workloads without revisions: refused in other words than what runs no pods.
pub(super) const OTHER_WORKLOADS: &[&str] = &["CronJob", "Job", "Pod", "ReplicaSet", "ReplicationController"];

fn viewable(info: &Info) -> Outcome {
    match info.object.kind() {
        "Deployment" | "DaemonSet" | "StatefulSet" => Ok(()),
        kind if OTHER_WORKLOADS.contains(&kind) => {
            Err(format!("no history viewer has been implemented for {kind:?}").into())
        }
        kind => {
            let group = &info.resource.group;
            Err(format!("error retrieving history for {kind:?}, no visitor method exists for {{{group} {kind}}}")
                .into())
        }
    }
}

fn show(inv: &Invocation, info: &Info, number: i64) -> Outcome {
    viewable(info)?;
    let revisions = revisions::of(inv, info)?;
    if number > 0 {
        let Some(found) = revisions.iter().find(|revision| revision.number == number) else {
            return Err("unable to find the specified revision".into());
        };
        let mut template = found.template.clone();
        if let Some(cause) = found.object.annotation(CHANGE_CAUSE) {
            template.set(&["metadata", "annotations", CHANGE_CAUSE], cause);
        }
        let text = describe::template_text(inv, info, &template);
        inv.out(format!("{} with revision #{number}\n{text}\n", info.reference()));
        return Ok(());
    }
    let mut table = TabWriter::with(0, 2);
    table.tabbed("REVISION\tCHANGE-CAUSE");
    for revision in &revisions {
        let cause = revision.object.annotation(CHANGE_CAUSE).filter(|cause| !cause.is_empty()).unwrap_or("<none>");
        table.tabbed(&format!("{}\t{cause}", revision.number));
    }
    inv.out(format!("{} \n{}\n", info.reference(), table.flush()));
    Ok(())
}

/// With `-o`, the objects that hold the revisions are printed.
fn print_objects(inv: &Invocation, info: &Info, number: i64, printer: &Printer) -> Outcome {
    viewable(info)?;
    for revision in revisions::of(inv, info)?.iter().filter(|revision| number == 0 || revision.number == number) {
        inv.out(printer.print_typed(&revision.object, None)?);
    }
    Ok(())
}
