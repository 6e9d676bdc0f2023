//! What the kinds with a pod template have in common.

use super::pod::defaults;
use crate::json;
use crate::meta::{Object, Value};

/// The pod spec of the template.
pub fn template_spec(object: &Object) -> &Value {
    object.at(&["spec", "template", "spec"])
}

/// Fills in the template and the number of replicas.
pub fn default_template(object: &mut Object) {
    let spec = object.entry("spec");
    if spec["template"].is_object() {
        defaults::template(&mut spec["template"]);
    }
}

/// Fills in the number of replicas.
pub fn default_replicas(object: &mut Object) {
    object.set_default(&["spec", "replicas"], 1);
}

/// Fills in how many old revisions are kept.
pub fn default_history(object: &mut Object) {
    object.set_default(&["spec", "revisionHistoryLimit"], 10);
}

/// Fills in a `RollingUpdate` strategy: its type, and its settings if that is the type.
pub fn default_rolling_update(strategy: &mut Value, settings: &[(&str, Value)]) {
    defaults::set_missing(strategy, "type", "RollingUpdate");
    if strategy["type"] == "RollingUpdate" {
        for (field, value) in settings {
            strategy.set_default(&["rollingUpdate", field], value.clone());
        }
    }
}

/// Gives an object without labels those of its template.
pub fn default_labels(object: &mut Object) {
    let labels = object.at(&["spec", "template", "metadata", "labels"]).clone();
    if object.labels().is_empty() && !labels.is_empty() {
        object.set(&["metadata", "labels"], labels);
    }
}

/// Drops the status of a new object: all of it is the controller's.
pub fn prepare(object: &mut Object, old: Option<&Object>) {
    if old.is_none() {
        object["status"] = json!({});
    }
}
