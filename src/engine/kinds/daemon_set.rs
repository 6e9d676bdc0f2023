//! DaemonSet: one pod on each node.

use super::columns::{AGE, NAME, container_images, container_names, integer, labels, selector, text, wide};
use super::field::Field;
use super::workload::template_spec;
use super::{Column, Kind, workload};
use crate::json;
use crate::meta::{Errors, Object};

/// The row of DaemonSet.
pub static KIND: Kind = Kind {
    group: "apps",
    kind: "DaemonSet",
    plural: "daemonsets",
    singular: "daemonset",
    short_names: &["ds"],
    categories: &["all"],
    subresources: &["status"],
    generation: true,
    schema: "io.k8s.api.apps.v1.DaemonSet",
    columns: || COLUMNS,
    defaults,
    prepare,
    validate,
    warnings: workload::warnings,
    ..Kind::NAMESPACED
};

const COLUMNS: &[Column] = &[
    NAME,
    integer("Desired", "The total number of nodes that should be running the daemon pod.", |object, _| {
        object.status()["desiredNumberScheduled"].int().into()
    }),
    integer(
        "Current",
        "The number of nodes that are running at least 1 daemon pod and are supposed to run the daemon pod.",
        |object, _| object.status()["currentNumberScheduled"].int().into(),
    ),
    integer(
        "Ready",
        "numberReady is the number of nodes that should be running the daemon pod and have one or more of the daemon pod running with a Ready Condition.",
        |object, _| object.status()["numberReady"].int().into(),
    ),
    integer("Up-to-date", "The total number of nodes that are running updated daemon pod", |object, _| {
        object.status()["updatedNumberScheduled"].int().into()
    }),
    integer(
        "Available",
        "The number of nodes that should be running the daemon pod and have one or more of the daemon pod running and available",
        |object, _| object.status()["numberAvailable"].int().into(),
    ),
    text(
        "Node Selector",
        "NodeSelector is a selector which must be true for the pod to fit on a node.",
        |object, _| labels(&template_spec(object)["nodeSelector"]),
    ),
    AGE,
    wide("Containers", "Names of each container in the template.", |object, _| container_names(template_spec(object))),
    wide("Images", "Images referenced by each container in the template.", |object, _| {
        container_images(template_spec(object))
    }),
    wide("Selector", "A label query over pods that are managed by the daemon set.", |object, _| {
        selector(&object.spec()["selector"])
    }),
];

fn defaults(set: &mut Object) {
    workload::default_template(set);
    workload::default_history(set);
    workload::default_rolling_update(
        &mut set["spec"]["updateStrategy"],
        &[("maxUnavailable", 1.into()), ("maxSurge", 0.into())],
    );
}

fn prepare(set: &mut Object, old: Option<&Object>) {
    let template_generation = "deprecated.daemonset.template.generation";
    let Some(old) = old else {
        set["status"] = json!({
            "currentNumberScheduled": 0, "desiredNumberScheduled": 0, "numberMisscheduled": 0, "numberReady": 0,
        });
        set.set(&["metadata", "annotations", template_generation], "1");
        return;
    };
    let count: i64 = old.annotation(template_generation).and_then(|n| n.parse().ok()).unwrap_or(1);
    let changed = set.at(&["spec", "template"]) != old.at(&["spec", "template"]);
    set.set(&["metadata", "annotations", template_generation], (count + i64::from(changed)).to_string());
}

fn validate(set: &Object, old: Option<&Object>, errors: &mut Errors) {
    let root = Field::root(set);
    let spec = root.child("spec");
    if old.is_none_or(|old| old.spec() != set.spec()) {
        workload::selector(&spec, "daemonset", errors);
        workload::endless_template(&spec, "DaemonSet", errors);
        workload::counts(&spec, &["minReadySeconds"], errors);
        let strategy = spec.child("updateStrategy");
        let rolling = strategy.child("rollingUpdate");
        match strategy["type"].str() {
            "OnDelete" => {}
            "RollingUpdate" => {
                let (unavailable, surge) = (rolling.child("maxUnavailable"), rolling.child("maxSurge"));
                for field in [&unavailable, &surge] {
                    workload::positive_int_or_percent(field, errors);
                    workload::not_above_hundred(field, errors);
                }
                match (workload::int_or_percent(&unavailable), workload::int_or_percent(&surge)) {
                    (0, 0) => unavailable.required(errors, "cannot be 0 when maxSurge is 0"),
                    (0, _) | (_, 0) => {}
                    _ => surge.invalid(errors, "may not be set when maxUnavailable is non-zero"),
                }
            }
            _ => strategy.child("type").unsupported(errors, &["RollingUpdate", "OnDelete"]),
        }
        workload::counts(&spec, &["revisionHistoryLimit"], errors);
    }
    workload::same_selector(set, old, errors);
}
