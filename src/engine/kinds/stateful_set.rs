//! StatefulSet: pods with names and storage that last.

use super::Kind;

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
    ..Kind::NAMESPACED
};
