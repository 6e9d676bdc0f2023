//! Lease: who leads, and which node is alive.

use super::Kind;

/// The row of Lease.
pub static KIND: Kind = Kind {
    group: "coordination.k8s.io",
    kind: "Lease",
    plural: "leases",
    singular: "lease",
    unconditional_update: false,
    schema: "io.k8s.api.coordination.v1.Lease",
    ..Kind::NAMESPACED
};
