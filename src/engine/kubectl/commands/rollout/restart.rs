//! `kubectl rollout restart`, `pause` and `resume`: small patches of the object.

use crate::json;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::{DryRun, Invocation, STRATEGIC};
use crate::kubectl::printers::{Printer, print_made};
use crate::kubectl::resource::Info;
use crate::kubectl::write;
use crate::meta::Value;

const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";

/// Patches each object by what `patch` makes of it, and says what was done.
async fn each(inv: Invocation, done: &str, patch: impl Fn(&Info) -> Outcome<Value>) -> Outcome {
    let printer = Printer::of(&inv)?;
    let (infos, mut failures) = super::select_some(&inv).await?;
    for mut info in infos {
        let patched = patch(&info).and_then(|body| write::patch(&inv, &info, "", STRATEGIC, body, DryRun::None));
        match patched {
            Ok(object) => {
                info.refresh(object);
                print_made(&inv, printer.as_ref(), &info, done)?;
            }
            Err(failure) => failures.push(failure),
        }
    }
    Failure::collected(failures)
}

fn named(info: &Info) -> String {
    format!("{} {:?}", info.resource.qualified(), info.name)
}

pub(super) async fn restart(inv: Invocation) -> Outcome {
    let now = inv.now().rfc3339();
    each(inv, "restarted", |info| match info.object.kind() {
        "Deployment" if info.object.spec()["paused"].bool() => {
            Err(format!("{} can't restart paused deployment (run rollout resume first)", named(info)).into())
        }
        "Deployment" | "DaemonSet" | "StatefulSet" => {
            let before = info.object.at(&["spec", "template", "metadata", "annotations", RESTARTED_AT]);
            if *before == now.as_str() {
                let text = "if restart has already been triggered within the past second, please wait before attempting to trigger another";
                return Err(format!("failed to create patch for {}: {text}", info.name).into());
            }
            Ok(json!({"spec": {"template": {"metadata": {"annotations": {(RESTARTED_AT): &now}}}}}))
        }
        _ => Err(format!("error: {} restarting is not supported", named(info)).into()),
    })
    .await
}

pub(super) async fn pause(inv: Invocation, pause: bool) -> Outcome {
    let (done, doing) = if pause { ("paused", "pausing") } else { ("resumed", "resuming") };
    each(inv, done, |info| match (info.object.kind(), info.object.spec()["paused"].bool() == pause) {
        ("Deployment", false) => Ok(json!({"spec": {"paused": (if pause { Value::Bool(true) } else { Value::Null })}})),
        ("Deployment", true) => {
            Err(format!("{} is {} paused", named(info), if pause { "already" } else { "not" }).into())
        }
        _ => Err(format!("{} {doing} is not supported", named(info)).into()),
    })
    .await
}
