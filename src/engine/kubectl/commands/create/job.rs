//! `kubectl create job` and `kubectl create cronjob`.

use super::generate;
use crate::json;
use crate::kubectl::command::Command;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::Invocation;
use crate::kubectl::resource::{Part, Selector};
use crate::meta::Value;

/// The rows.
pub static ROWS: &[Command] = &[
    Command {
        path: "create cronjob",
        aliases: &["cj"],
        short: "Create a cron job with the specified name",
        required: &["image", "schedule"],
        run: Some(|inv| Box::pin(cron_job(inv))),
        ..Command::BASE
    },
    Command {
        path: "create job",
        short: "Create a job with the specified name",
        run: Some(|inv| Box::pin(job(inv))),
        ..Command::BASE
    },
];

fn pod_spec(inv: &Invocation, name: &str, restart: &str) -> Value {
    let mut container = json!({"image": (inv.flags.str("image")), "name": name, "resources": {}});
    let command = generate::command(inv);
    if !command.is_empty() {
        container["command"] = command.into();
    }
    json!({"metadata": {}, "spec": {"containers": [container], "restartPolicy": restart}})
}

async fn job(inv: Invocation) -> Outcome {
    let name = generate::name(&inv)?;
    let (image, from) = (inv.flags.str("image"), inv.flags.str("from"));
    let mut object = generate::object("batch/v1", "Job", &name);
    match (image, from) {
        ("", "") => return Err("either --image or --from must be specified".into()),
        (_, "") => object["spec"] = json!({"template": (pod_spec(&inv, &name, "Never"))}),
        ("", from) => {
            if !generate::command(&inv).is_empty() {
                return Err("cannot specify --from and command".into());
            }
            of_cron_job(&inv, from, &mut object).await?;
        }
        _ => return Err("either --image or --from must be specified".into()),
    }
    object["status"] = Value::object();
    generate::finish(&inv, object, "failed to create job:")
}

/// A job as a cron job would make it, but by hand.
async fn of_cron_job(inv: &Invocation, from: &str, object: &mut Value) -> Outcome {
    let selection = Selector::new(inv, &[from.to_string()]).resolve(inv).await?;
    let Some(Ok(Part::Named(info))) = selection.parts.into_iter().next() else {
        return Err("from must be an existing cronjob".into());
    };
    let cron_job = inv.get(&info.resource, &info.namespace, &info.name)?;
    if info.resource.kind != "CronJob" {
        return Err(format!("unknown object type *{}.{}", info.resource.version, info.resource.kind).into());
    }
    let template = cron_job.at(&["spec", "jobTemplate"]);
    for (key, value) in template.at(&["metadata", "annotations"]).entries() {
        object.set(&["metadata", "annotations", key], value);
    }
    object.set(&["metadata", "annotations", "cronjob.kubernetes.io/instantiate"], "manual");
    if !template.at(&["metadata", "labels"]).is_empty() {
        object.set(&["metadata", "labels"], template.at(&["metadata", "labels"]));
    }
    let owner = json!({
        "apiVersion": (cron_job.api_version()), "kind": "CronJob", "name": (cron_job.name()), "uid": (cron_job.uid()),
        "controller": true,
    });
    object.set(&["metadata", "ownerReferences"], json!([owner]));
    object["spec"] = template["spec"].clone();
    Ok(())
}

async fn cron_job(inv: Invocation) -> Outcome {
    let name = generate::name(&inv)?;
    let restart = match inv.flags.str("restart") {
        "" => "OnFailure",
        restart @ ("OnFailure" | "Never") => restart,
        other => return Err(Failure::new(format!("invalid restart policy: {other}"))),
    };
    let mut object = generate::object("batch/v1", "CronJob", &name);
    object["spec"] = json!({
        "jobTemplate": {"metadata": {"name": name.as_str()}, "spec": {"template": (pod_spec(&inv, &name, restart))}},
        "schedule": (inv.flags.str("schedule")),
    });
    object["status"] = Value::object();
    generate::finish(&inv, object, "failed to create cronjob:")
}
