//! ReplicaSet: so many pods of one template.

use super::columns::{AGE, NAME, container_images, container_names, integer, selector, wide};
use super::field::Field;
use super::workload::template_spec;
use super::{Column, Kind, workload};
use crate::json;
use crate::meta::{Errors, Object};

/// The row of ReplicaSet.
pub static KIND: Kind = Kind {
    group: "apps",
    kind: "ReplicaSet",
    plural: "replicasets",
    singular: "replicaset",
    short_names: &["rs"],
    categories: &["all"],
    subresources: &["scale", "status"],
    generation: true,
    schema: "io.k8s.api.apps.v1.ReplicaSet",
    columns: || COLUMNS,
    selectable: &[("status.replicas", |object| object.status()["replicas"].int().to_string())],
    defaults,
    prepare: prepare_replicas,
    validate,
    warnings: workload::warnings,
    ..Kind::NAMESPACED
};

const COLUMNS: &[Column] = &[
    NAME,
    integer("Desired", "Replicas is the number of desired replicas.", |object, _| replicas(object).into()),
    integer("Current", "Replicas is the most recently observed number of replicas.", |object, _| {
        object.status()["replicas"].int().into()
    }),
    integer("Ready", "The number of ready replicas.", |object, _| object.status()["readyReplicas"].int().into()),
    AGE,
    wide("Containers", "Names of each container in the template.", |object, _| container_names(template_spec(object))),
    wide("Images", "Images referenced by each container in the template.", |object, _| {
        container_images(template_spec(object))
    }),
    wide("Selector", "Selector is a label query over pods that should match the replica count.", |object, _| {
        selector(&object.spec()["selector"])
    }),
];

/// How many pods it should have.
pub fn replicas(object: &Object) -> i64 {
    object.spec()["replicas"].as_i64().unwrap_or(1)
}

fn defaults(set: &mut Object) {
    workload::default_template(set);
    workload::default_replicas(set);
}

/// A new object has no pods yet, and its status says so.
pub fn prepare_replicas(object: &mut Object, old: Option<&Object>) {
    if old.is_none() {
        object["status"] = json!({"replicas": 0});
    }
}

fn validate(set: &Object, old: Option<&Object>, errors: &mut Errors) {
    let root = Field::root(set);
    let spec = root.child("spec");
    if old.is_none_or(|old| old.spec() != set.spec()) {
        workload::counts(&spec, &["replicas", "minReadySeconds"], errors);
        workload::selector(&spec, "ReplicaSet", errors);
        workload::endless_template(&spec, "ReplicaSet", errors);
    }
    workload::same_selector(set, old, errors);
}
