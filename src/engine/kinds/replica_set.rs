//! ReplicaSet: so many pods of one template.

use super::Kind;

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
    ..Kind::NAMESPACED
};
