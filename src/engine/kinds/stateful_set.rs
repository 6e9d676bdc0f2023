//! StatefulSet: pods with names and storage that last.

use super::columns::{AGE, NAME, container_images, container_names, text, wide};
use super::pod::defaults::{each, set_missing};
use super::workload::template_spec;
use super::{Column, Kind, workload};
use crate::json;
use crate::meta::Object;

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
    columns: COLUMNS,
    defaults,
    prepare,
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
