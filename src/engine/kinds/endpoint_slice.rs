//! EndpointSlice: some of the addresses behind a service.

use super::Kind;

/// The row of EndpointSlice.
pub static KIND: Kind = Kind {
    group: "discovery.k8s.io",
    kind: "EndpointSlice",
    plural: "endpointslices",
    singular: "endpointslice",
    generation: true,
    schema: "io.k8s.api.discovery.v1.EndpointSlice",
    ..Kind::NAMESPACED
};
