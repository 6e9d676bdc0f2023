//! StatefulSet: pods with names and storage that last.

use super::columns::{AGE, NAME, container_images, container_names, text, wide};
use super::field::Field;
use super::pod::defaults::{each, set_missing};
use super::workload::template_spec;
use super::{Column, Kind, metadata, workload};
use crate::json;
use crate::meta::{Errors, Object};

/// The row of StatefulSet.
pub static KIND: Kind = Kind {
    group: "apps",
    kind: "StatefulSet",
    plural: "statefulsets",
    singular: "statefulset",
    short_names: &["sts"],
    categories: &["all"],
    subresources: &["scale", "status"],
    generation: true,
    schema: "io.k8s.api.apps.v1.StatefulSet",
    columns: || COLUMNS,
    defaults,
    prepare,
    validate,
    warnings: workload::warnings,
    ..Kind::NAMESPACED
};

const COLUMNS: &[Column] = &[
    NAME,
    text("Ready", "Number of the pod with ready state", |object, _| {
        format!("{}/{}", object.status()["readyReplicas"].int(), replicas(object)).into()
    }),
    AGE,
    wide("Containers", "Names of each container in the template.", |object, _| container_names(template_spec(object))),
    wide("Images", "Images referenced by each container in the template.", |object, _| {
        container_images(template_spec(object))
    }),
];

/// How many pods it should have.
pub fn replicas(set: &Object) -> i64 {
    set.spec()["replicas"].as_i64().unwrap_or(1)
}

fn defaults(set: &mut Object) {
    workload::default_template(set);
    workload::default_replicas(set);
    workload::default_history(set);
    let spec = set.entry("spec");
    set_missing(spec, "podManagementPolicy", "OrderedReady");
    workload::default_rolling_update(&mut spec["updateStrategy"], &[("partition", 0.into())]);
    for moment in ["whenDeleted", "whenScaled"] {
        set_missing(&mut spec["persistentVolumeClaimRetentionPolicy"], moment, "Retain");
    }
    each(spec, "volumeClaimTemplates", |claim| {
        set_missing(claim, "apiVersion", "v1");
        set_missing(claim, "kind", "PersistentVolumeClaim");
        set_missing(&mut claim["spec"], "volumeMode", "Filesystem");
        set_missing(&mut claim["status"], "phase", "Pending");
    });
}

fn prepare(set: &mut Object, old: Option<&Object>) {
    if old.is_none() {
        set["status"] = json!({"availableReplicas": 0, "replicas": 0});
    }
}

/// What of a set's spec may change.
const MUTABLE: &[&str] = &[
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
];

fn validate(set: &Object, old: Option<&Object>, errors: &mut Errors) {
    if old.is_some_and(|old| old.spec() == set.spec()) {
        return;
    }
    let root = Field::root(set);
    let spec = root.child("spec");
    let management = spec.child("podManagementPolicy");
    if !matches!(management.str(), "OrderedReady" | "Parallel") {
        management.invalid(errors, "must be 'OrderedReady' or 'Parallel'");
    }
    let strategy = spec.child("updateStrategy");
    let rolling = strategy.child("rollingUpdate");
    match strategy["type"].str() {
        "OnDelete" if !rolling.is_null() => {
            rolling.invalid(errors, "only allowed for updateStrategy 'RollingUpdate'");
        }
        "OnDelete" => {}
        "RollingUpdate" => {
            workload::counts(&rolling, &["partition"], errors);
            workload::positive_int_or_percent(&rolling.child("maxUnavailable"), errors);
        }
        _ => strategy.invalid(errors, "must be 'RollingUpdate' or 'OnDelete'"),
    }
    let retention = spec.child("persistentVolumeClaimRetentionPolicy");
    for moment in ["whenDeleted", "whenScaled"] {
        retention.child(moment).one_of(errors, &["Retain", "Delete"]);
    }
    workload::counts(&spec, &["replicas", "minReadySeconds", "revisionHistoryLimit"], errors);
    workload::counts(&spec.child("ordinals"), &["start"], errors);
    workload::selector(&spec, "statefulset", errors);
    workload::matches_template(&spec, errors);
    let template = spec.child("template");
    let meta = template.child("metadata");
    metadata::labels(&meta.child("labels"), errors);
    metadata::annotations(&meta.child("annotations"), errors);
    workload::endless(&template, "StatefulSet", errors);
    if let Some(old) = old {
        let fixed = |object: &Object| {
            let mut map = object.spec().as_object().cloned().unwrap_or_default();
            map.retain(|key, _| !MUTABLE.contains(&key));
            map
        };
        if fixed(set) != fixed(old) {
            let mut list = MUTABLE.iter().map(|field| format!("'{field}'")).collect::<Vec<_>>();
            let last = list.pop().unwrap_or_default();
            let list = list.join(", ");
            let why = format!("updates to statefulset spec for fields other than {list} and {last} are forbidden");
            spec.forbidden(errors, &why);
        }
    }
}
