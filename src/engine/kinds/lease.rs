//! Lease: who leads, and which node is alive.

use super::columns::{AGE, NAME, text};
use super::{Column, Kind};

/// The row of Lease.
pub static KIND: Kind = Kind {
    group: "coordination.k8s.io",
    kind: "Lease",
    plural: "leases",
    singular: "lease",
    unconditional_update: false,
    schema: "io.k8s.api.coordination.v1.Lease",
    columns: COLUMNS,
    create_on_update: true,
    ..Kind::NAMESPACED
};

const COLUMNS: &[Column] = &[
    NAME,
    text("Holder", "holderIdentity contains the identity of the holder of a current lease.", |lease, _| {
        lease.spec()["holderIdentity"].str().into()
    }),
    AGE,
];
