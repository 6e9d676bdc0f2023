//! StatefulSet: pods with names and storage that last.

use super::columns::{AGE, NAME, container_images, container_names, text, wide};
use super::workload::template_spec;
use super::{Column, Kind};
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
