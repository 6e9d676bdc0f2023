//! Deployment: replica sets, rolled out and back.

use super::columns::{AGE, NAME, container_images, container_names, selector, text, wide};
use super::workload::template_spec;
use super::{Column, Kind, workload};
use crate::meta::{Object, Value};

/// The row of Deployment.
pub static KIND: Kind = Kind {
    group: "apps",
    kind: "Deployment",
    plural: "deployments",
    singular: "deployment",
    short_names: &["deploy"],
    categories: &["all"],
    subresources: &["scale", "status"],
    generation: true,
    schema: "io.k8s.api.apps.v1.Deployment",
    columns: COLUMNS,
    defaults,
    prepare: workload::prepare,
    ..Kind::NAMESPACED
};

const COLUMNS: &[Column] = &[
    NAME,
    text("Ready", "Number of the pod with ready state", |object, _| {
        format!("{}/{}", object.status()["readyReplicas"].int(), replicas(object)).into()
    }),
    text(
        "Up-to-date",
        "Total number of non-terminating pods targeted by this deployment that have the desired template spec.",
        |object, _| object.status()["updatedReplicas"].int().into(),
    ),
    text(
        "Available",
        "Total number of available non-terminating pods (ready for at least minReadySeconds) targeted by this deployment.",
        |object, _| object.status()["availableReplicas"].int().into(),
    ),
    AGE,
    wide("Containers", "Names of each container in the template.", |object, _| container_names(template_spec(object))),
    wide("Images", "Images referenced by each container in the template.", |object, _| {
        container_images(template_spec(object))
    }),
    wide(
        "Selector",
        "Label selector for pods. Existing ReplicaSets whose pods are selected by this will be the ones affected by this deployment.",
        |object, _| selector(&object.spec()["selector"]),
    ),
];

/// How many pods it should have.
pub fn replicas(deployment: &Object) -> i64 {
    deployment.spec()["replicas"].as_i64().unwrap_or(1)
}
/// Whether rollouts are paused.
pub fn is_paused(deployment: &Object) -> bool {
    deployment.spec()["paused"].bool()
}

fn defaults(deployment: &mut Object) {
    workload::default_template(deployment);
    workload::default_replicas(deployment);
    workload::default_history(deployment);
    let quarter = Value::from("25%");
    workload::default_rolling_update(
        &mut deployment["spec"]["strategy"],
        &[("maxUnavailable", quarter.clone()), ("maxSurge", quarter)],
    );
    deployment.set_default(&["spec", "progressDeadlineSeconds"], 600);
}
