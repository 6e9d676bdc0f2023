//! RoleBinding: who has a role in a namespace.

use super::Kind;

/// The row of RoleBinding.
pub static KIND: Kind = Kind {
    group: "rbac.authorization.k8s.io",
    kind: "RoleBinding",
    plural: "rolebindings",
    singular: "rolebinding",
    schema: "io.k8s.api.rbac.v1.RoleBinding",
    ..Kind::NAMESPACED
};
