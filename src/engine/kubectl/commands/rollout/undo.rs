//! `kubectl rollout undo`: an earlier template becomes the present one.

use super::revisions::{self, CHANGE_CAUSE, REVISION, Revision};
use crate::json;
use crate::kubectl::describe;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::{DryRun, Invocation, JSON_PATCH, STRATEGIC};
use crate::kubectl::printers::{Printer, print_made};
use crate::kubectl::resource::Info;
use crate::kubectl::write::{self, LAST_APPLIED};
use crate::meta::{Object, Value};

/// Annotations of a replica set that are not the deployment's.
const KEPT: [&str; 5] = [
    LAST_APPLIED,
    REVISION,
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
];

pub(super) async fn run(inv: Invocation) -> Outcome {
    let printer = Printer::of(&inv)?;
    let dry_run = inv.dry_run()?;
    let (infos, mut failures) = super::select(&inv).await?;
    for info in infos {
        let undone = undo(&inv, &info, dry_run).and_then(|text| {
            let suffix = if dry_run == DryRun::Client { DryRun::Client.suffix() } else { "" };
            print_made(&inv, printer.as_ref(), &info, &format!("{text}{suffix}"))
        });
        failures.extend(undone.err());
    }
    Failure::collected(failures)
}

/// Rolls back one workload and gives what was done.
fn undo(inv: &Invocation, info: &Info, dry_run: DryRun) -> Outcome<String> {
    let object = &info.object;
    if object.annotation(LAST_APPLIED).is_some() {
        inv.err(format!(
            "Warning: resource {}/{} was previously managed with 'kubectl apply'. Rolling back will not update the \
             {LAST_APPLIED} annotation, which may cause unexpected behavior on future 'kubectl apply' operations. \
             Consider using 'kubectl apply' with your previous configuration file instead.\n",
            info.resource.name, info.name
        ));
    }
    if !matches!(object.kind(), "Deployment" | "DaemonSet" | "StatefulSet") {
        let (group, kind) = (&info.resource.group, object.kind());
        if super::history::OTHER_WORKLOADS.contains(&kind) {
            return Err(format!("no rollbacker has been implemented for {kind:?}").into());
        }
        let text = format!("error retrieving rollbacker for {kind:?}, no visitor method exists for {{{group} {kind}}}");
        return Err(text.into());
    }
    let revisions = revisions::of(inv, info)?;
    let wanted = inv.flags.int("to-revision");
    let found = target(object, &revisions, wanted)?;
    if dry_run == DryRun::Client {
        return Ok(describe::template_text(inv, info, &found.template));
    }
    if object.kind() == "Deployment" && object.spec()["paused"].bool() {
        let text = "resume it first with 'kubectl rollout resume' and try again";
        return Err(Failure::new(format!("you cannot rollback a paused deployment; {text}")));
    }
    let mut template = found.template.clone();
    template.remove(&["metadata", "labels", "pod-template-hash"]);
    if same(&template, object.at(&["spec", "template"])) {
        return Ok(format!("skipped rollback (current template already matches revision {})", found.number));
    }
    match object.kind() {
        "Deployment" => {
            let annotations = annotations_of(object.at(&["metadata", "annotations"]), found);
            let patch = json!([
                {"op": "replace", "path": "/spec/template", "value": template},
                {"op": "replace", "path": "/metadata/annotations", "value": annotations},
            ]);
            write::patch(inv, info, "", JSON_PATCH, patch, dry_run)?;
        }
        _ => drop(write::patch(inv, info, "", STRATEGIC, found.object["data"].clone(), dry_run)?),
    }
    Ok(format!("rolled back{}", dry_run.suffix()))
}

/// The revision of that number, or the one before the newest.
fn target<'a>(object: &Object, revisions: &'a [Revision], wanted: i64) -> Outcome<&'a Revision> {
    if wanted != 0 {
        let found = revisions.iter().find(|revision| revision.number == wanted);
        return found.ok_or_else(|| format!("unable to find specified revision {wanted} in history").into());
    }
    let before = revisions.len().checked_sub(2).and_then(|at| revisions.get(at));
    before.ok_or_else(|| match object.kind() {
        "Deployment" => format!("no rollout history found for deployment {:?}", object.name()).into(),
        _ => "no last revision to roll back to".into(),
    })
}

fn same(a: &Value, b: &Value) -> bool {
    let plain = |template: &Value| {
        let mut template = template.clone();
        template.remove(&["metadata", "creationTimestamp"]);
        template
    };
    plain(a) == plain(b)
}

/// The revision's annotations, with those that belong to the deployment itself.
fn annotations_of(current: &Value, revision: &Revision) -> Value {
    let mut annotations = Value::object();
    for (key, value) in revision.object.at(&["metadata", "annotations"]).entries() {
        if !KEPT.contains(&key.as_str()) {
            annotations[key.as_str()] = value.clone();
        }
    }
    for key in KEPT {
        if let Some(value) = current.get(key) {
            annotations[key] = value.clone();
        }
    }
    if revision.object.annotation(CHANGE_CAUSE).is_none() {
        annotations.remove(&[CHANGE_CAUSE]);
    }
    annotations
}
