//! ResourceQuota: what a namespace may use in total.

use super::Kind;

/// The row of ResourceQuota.
pub static KIND: Kind = Kind {
    kind: "ResourceQuota",
    plural: "resourcequotas",
    singular: "resourcequota",
    short_names: &["quota"],
    subresources: &["status"],
    schema: "io.k8s.api.core.v1.ResourceQuota",
    ..Kind::NAMESPACED
};
