//! Endpoints: the addresses behind a service (superseded by EndpointSlice).

use super::Kind;

/// The row of Endpoints.
pub static KIND: Kind = Kind {
    kind: "Endpoints",
    plural: "endpoints",
    singular: "endpoints",
    short_names: &["ep"],
    schema: "io.k8s.api.core.v1.Endpoints",
    ..Kind::NAMESPACED
};
