//! Deployment: replica sets, rolled out and back.

use super::columns::{AGE, NAME, container_images, container_names, selector, text, wide};
use super::field::Field;
use super::workload::template_spec;
use super::{Column, Kind, go, workload};
use crate::meta::{Errors, Object, Value};

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
    columns: || COLUMNS,
    defaults,
    prepare: workload::prepare,
    validate,
    warnings: workload::warnings,
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

fn validate(deployment: &Object, old: Option<&Object>, errors: &mut Errors) {
    let root = Field::root(deployment);
    let spec = root.child("spec");
    if old.is_none_or(|old| old.spec() != deployment.spec()) {
        workload::counts(&spec, &["replicas"], errors);
        workload::selector(&spec, "deployment", errors);
        workload::endless_template(&spec, "ReplicaSet", errors);
        strategy(&spec.child("strategy"), errors);
        workload::counts(&spec, &["minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"], errors);
        let deadline = spec.child("progressDeadlineSeconds");
        if deadline.as_i64().is_some_and(|n| n <= spec["minReadySeconds"].int()) {
            deadline.invalid(errors, "must be greater than minReadySeconds");
        }
    }
    workload::same_selector(deployment, old, errors);
}

fn strategy(strategy: &Field, errors: &mut Errors) {
    let rolling = strategy.child("rollingUpdate");
    match strategy["type"].str() {
        "Recreate" if !rolling.is_null() => {
            rolling.forbidden(errors, "may not be specified when strategy `type` is 'Recreate'");
        }
        "Recreate" => {}
        "RollingUpdate" => {
            let (unavailable, surge) = (rolling.child("maxUnavailable"), rolling.child("maxSurge"));
            workload::positive_int_or_percent(&unavailable, errors);
            workload::positive_int_or_percent(&surge, errors);
            if workload::int_or_percent(&unavailable) == 0 && workload::int_or_percent(&surge) == 0 {
                unavailable.invalid(errors, "may not be 0 when `maxSurge` is 0");
            }
            workload::not_above_hundred(&unavailable, errors);
        }
        _ => {
            let shown = go::print("DeploymentStrategy", strategy);
            errors.not_supported_text(&strategy.path(), &shown, &["Recreate", "RollingUpdate"]);
        }
    }
}
