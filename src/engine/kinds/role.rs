//! Role: what may be done in a namespace.

use super::{Kind, metadata};

/// The row of Role.
pub static KIND: Kind = Kind {
    group: "rbac.authorization.k8s.io",
    kind: "Role",
    plural: "roles",
    singular: "role",
    schema: "io.k8s.api.rbac.v1.Role",
    names: metadata::path_segment,
    ..Kind::NAMESPACED
};
