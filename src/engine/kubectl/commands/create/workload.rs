//! `kubectl create deployment`.

use super::generate;
use crate::json;
use crate::kubectl::command::Command;
use crate::kubectl::failure::Outcome;
use crate::kubectl::invocation::Invocation;
use crate::meta::Value;

/// The rows.
pub static ROWS: &[Command] = &[Command {
    path: "create deployment",
    aliases: &["deploy"],
    short: "Create a deployment with the specified name",
    required: &["image"],
    run: Some(|inv| Box::pin(deployment(inv))),
    ..Command::BASE
}];

async fn deployment(inv: Invocation) -> Outcome {
    let name = generate::name(&inv)?;
    let images = inv.flags.list("image");
    let command = generate::command(&inv);
    if images.len() > 1 && !command.is_empty() {
        return Err("cannot specify multiple --image options and command".into());
    }
    if inv.flags.int("replicas") < 0 {
        return Err("--replicas must be >= 0".into());
    }
    let mut containers: Vec<Value> = Vec::new();
    for image in &images {
        let mut container = json!({"image": image, "name": (container_name(&inv, image)), "resources": {}});
        if !command.is_empty() {
            container["command"] = command.clone().into();
        }
        if inv.flags.int("port") >= 0 && containers.is_empty() {
            container["ports"] = json!([{"containerPort": (inv.flags.int("port"))}]);
        }
        containers.push(container);
    }
    let mut object = generate::object("apps/v1", "Deployment", &name);
    object.set(&["metadata", "labels", "app"], name.as_str());
    object["spec"] = json!({
        "replicas": (inv.flags.int("replicas")),
        "selector": {"matchLabels": {"app": name.as_str()}},
        "strategy": {},
        "template": {"metadata": {"labels": {"app": name.as_str()}}, "spec": {"containers": containers}},
    });
    object["status"] = Value::object();
    generate::finish(&inv, object, "failed to create deployment:")
}

/// The image's last part without tag and digest; what a name may not hold is replaced, and a
/// random suffix keeps such names apart.
fn container_name(inv: &Invocation, image: &str) -> String {
    let image = image.split('@').next().unwrap_or_default();
    let last = image.rsplit('/').next().unwrap_or_default();
    let last = last.split(':').next().unwrap_or_default();
    if last.contains('_') {
        return format!("{}-{}", last.replace('_', "-"), inv.process.rng.name_suffix(5));
    }
    last.to_string()
}
