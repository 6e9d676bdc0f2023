//! ClusterRole: what may be done, to be bound anywhere.

use super::{Kind, metadata, role};

/// The row of ClusterRole.
pub static KIND: Kind = Kind {
    group: "rbac.authorization.k8s.io",
    kind: "ClusterRole",
    plural: "clusterroles",
    singular: "clusterrole",
    schema: "io.k8s.api.rbac.v1.ClusterRole",
    names: metadata::path_segment,
    validate: |role, _, errors| role::rules(role, false, errors),
    ..Kind::CLUSTER
};
