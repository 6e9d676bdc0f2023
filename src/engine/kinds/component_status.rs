//! ComponentStatus: whether the control plane is well (deprecated).

use super::columns::{NAME, text};
use super::{Column, Kind};
use crate::meta::{Object, Value};

/// The row of ComponentStatus.
pub static KIND: Kind = Kind {
    kind: "ComponentStatus",
    plural: "componentstatuses",
    singular: "componentstatus",
    short_names: &["cs"],
    verbs: &["get", "list"],
    schema: "io.k8s.api.core.v1.ComponentStatus",
    columns: || COLUMNS,
    deprecation: "v1 ComponentStatus is deprecated in v1.19+",
    ..Kind::CLUSTER
};

const COLUMNS: &[Column] = &[
    NAME,
    text("Status", "Status of the component conditions", |object, _| {
        match healthy(object)["status"].str() {
            "True" => "Healthy",
            "False" => "Unhealthy",
            _ => "Unknown",
        }
        .into()
    }),
    text("Message", "Message of the component conditions", |object, _| healthy(object)["message"].str().into()),
    text("Error", "Error of the component conditions", |object, _| healthy(object)["error"].str().into()),
];

fn healthy(object: &Object) -> &Value {
    object["conditions"].items().iter().rev().find(|condition| condition["type"] == "Healthy").unwrap_or(&Value::Null)
}
