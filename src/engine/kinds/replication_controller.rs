//! ReplicationController: the ancestor of ReplicaSet.

use super::Kind;

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
    ..Kind::NAMESPACED
};
