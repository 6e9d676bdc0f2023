//! Ingress: HTTP from outside to services, by host and path.

use super::Kind;

/// The row of Ingress.
pub static KIND: Kind = Kind {
    group: "networking.k8s.io",
    kind: "Ingress",
    plural: "ingresses",
    singular: "ingress",
    short_names: &["ing"],
    subresources: &["status"],
    generation: true,
    schema: "io.k8s.api.networking.v1.Ingress",
    ..Kind::NAMESPACED
};
