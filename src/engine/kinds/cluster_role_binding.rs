//! ClusterRoleBinding: who has a cluster role, everywhere.

use super::{Kind, metadata, role_binding};

/// The row of ClusterRoleBinding.
pub static KIND: Kind = Kind {
    group: "rbac.authorization.k8s.io",
    kind: "ClusterRoleBinding",
    plural: "clusterrolebindings",
    singular: "clusterrolebinding",
    schema: "io.k8s.api.rbac.v1.ClusterRoleBinding",
    columns: || role_binding::COLUMNS,
    names: metadata::path_segment,
    defaults: role_binding::defaults,
    validate: |binding, old, errors| role_binding::validate(binding, old, &["ClusterRole"], errors),
    ..Kind::CLUSTER
};
