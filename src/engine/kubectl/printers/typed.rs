//! Objects as Go's structs print them: fields in the order of their types, and those that have no
//! `omitempty` there even where nothing was said about them.

use super::ordered;
use crate::json;
use crate::meta::{Map, Value, yaml};

/// Fields that are printed even when empty: the kind, where it stands, and what it is then.
const ALWAYS: &[(&str, &[&str], &str)] = &[
    ("CronJob", &["spec", "jobTemplate", "metadata"], "{}"),
    ("CronJob", &["spec", "jobTemplate", "spec", "template", "metadata"], "{}"),
    ("CronJob", &["status"], "{}"),
    ("DaemonSet", &["spec", "updateStrategy"], "{}"),
    (
        "DaemonSet",
        &["status"],
        r#"{"currentNumberScheduled":0,"numberMisscheduled":0,"desiredNumberScheduled":0,"numberReady":0}"#,
    ),
    ("Deployment", &["spec", "strategy"], "{}"),
    ("Deployment", &["status"], "{}"),
    ("Job", &["status"], "{}"),
    ("Pod", &["status"], "{}"),
    ("SelfSubjectReview", &["metadata"], "{}"),
    ("ReplicaSet", &["status"], r#"{"replicas":0}"#),
    ("ReplicationController", &["status"], r#"{"replicas":0}"#),
    ("Service", &["status"], r#"{"loadBalancer":{}}"#),
    ("StatefulSet", &["spec", "updateStrategy"], "{}"),
    ("StatefulSet", &["status"], r#"{"replicas":0,"availableReplicas":0}"#),
];

/// Where the kinds that have a pod template keep it.
const TEMPLATES: &[&[&str]] = &[&["spec", "template"], &["spec", "jobTemplate", "spec", "template"]];

/// The object with every field that its type always prints.
pub fn complete(object: &Value) -> Value {
    let mut object = object.clone();
    if object["items"].is_array() {
        for item in object["items"].array_mut() {
            *item = complete(item);
        }
        return object;
    }
    let kind = object["kind"].str().to_string();
    for (_, path, empty) in ALWAYS.iter().filter(|(known, ..)| *known == kind) {
        if object.at(path).is_null() {
            object.set(path, Value::from_json(empty.as_bytes()).unwrap_or_default());
        }
    }
    if kind == "Pod" {
        containers(&mut object, &["spec"]);
    }
    for template in TEMPLATES {
        if !object.at(template).is_object() {
            continue;
        }
        let path = [*template, &["metadata"]].concat();
        if object.at(&path).is_null() {
            object.set(&path, json!({}));
        }
        containers(&mut object, &[*template, &["spec"]].concat());
    }
    object
}

fn containers(object: &mut Value, spec: &[&str]) {
    for list in ["containers", "initContainers"] {
        let path = [spec, &[list]].concat();
        let mut found = object.at(&path).items().to_vec();
        for container in &mut found {
            if container["resources"].is_null() {
                container["resources"] = Value::Object(Map::default());
            }
        }
        if !found.is_empty() {
            object.set(&path, found);
        }
    }
}

/// `-o json` of such an object.
pub fn json_text(object: &Value) -> String {
    ordered::pretty(&complete(object))
}

/// `-o yaml`, whose keys are sorted whatever prints them.
pub fn yaml_text(object: &Value) -> String {
    yaml::print(&complete(object))
}

/// `-o kyaml`.
pub fn kyaml_text(object: &Value) -> String {
    complete(object).to_kyaml_ordered(&ordered::entries)
}
