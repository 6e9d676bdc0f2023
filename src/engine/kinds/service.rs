//! Service: one address for many pods.

use super::Kind;

/// The row of Service.
pub static KIND: Kind = Kind {
    kind: "Service",
    plural: "services",
    singular: "service",
    short_names: &["svc"],
    categories: &["all"],
    subresources: &["proxy", "status"],
    schema: "io.k8s.api.core.v1.Service",
    ..Kind::NAMESPACED
};
