//! ReplicationController: the ancestor of ReplicaSet.

use super::columns::{AGE, NAME, container_images, container_names, integer, labels, wide};
use super::field::Field;
use super::replica_set::prepare_replicas;
use super::workload::template_spec;
use super::{Column, Kind, pod, workload};
use crate::meta::{Errors, Object};

/// The row of ReplicationController.
pub static KIND: Kind = Kind {
    kind: "ReplicationController",
    plural: "replicationcontrollers",
    singular: "replicationcontroller",
    short_names: &["rc"],
    categories: &["all"],
    subresources: &["scale", "status"],
    generation: true,
    schema: "io.k8s.api.core.v1.ReplicationController",
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
        labels(&object.spec()["selector"])
    }),
];

/// How many pods it should have.
pub fn replicas(object: &Object) -> i64 {
    object.spec()["replicas"].as_i64().unwrap_or(1)
}

fn defaults(controller: &mut Object) {
    let labels = controller.at(&["spec", "template", "metadata", "labels"]).clone();
    if !labels.is_empty() && controller.spec()["selector"].is_empty() {
        controller.set(&["spec", "selector"], labels);
    }
    workload::default_labels(controller);
    workload::default_template(controller);
    workload::default_replicas(controller);
}

fn validate(controller: &Object, old: Option<&Object>, errors: &mut Errors) {
    if old.is_some_and(|old| old.spec() == controller.spec()) {
        return;
    }
    let root = Field::root(controller);
    let spec = root.child("spec");
    workload::counts(&spec, &["minReadySeconds"], errors);
    spec.child("selector").need(errors);
    workload::counts(&spec, &["replicas"], errors);
    let template = spec.child("template");
    if template.is_null() {
        template.required(errors, "");
        return;
    }
    let meta = template.child("metadata");
    let labels = meta.child("labels");
    if !spec["selector"].entries().all(|(key, value)| labels[key.as_str()] == *value) {
        labels.invalid(errors, "`selector` does not match template `labels`");
    }
    pod::validate::template(&template, errors);
    workload::endless(&template, "ReplicationController", errors);
}
