//! LimitRange: bounds and defaults for resources in a namespace.

use super::Kind;

/// The row of LimitRange.
pub static KIND: Kind = Kind {
    kind: "LimitRange",
    plural: "limitranges",
    singular: "limitrange",
    short_names: &["limits"],
    schema: "io.k8s.api.core.v1.LimitRange",
    ..Kind::NAMESPACED
};
