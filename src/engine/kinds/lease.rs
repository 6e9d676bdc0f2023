//! Lease: who leads, and which node is alive.

use super::columns::{AGE, NAME, text};
use super::field::Field;
use super::{Column, Kind, workload};
use crate::meta::{Errors, Object};

/// The row of Lease.
pub static KIND: Kind = Kind {
    group: "coordination.k8s.io",
    kind: "Lease",
    plural: "leases",
    singular: "lease",
    unconditional_update: false,
    schema: "io.k8s.api.coordination.v1.Lease",
    columns: || COLUMNS,
    create_on_update: true,
    validate,
    ..Kind::NAMESPACED
};

const COLUMNS: &[Column] = &[
    NAME,
    text("Holder", "holderIdentity contains the identity of the holder of a current lease.", |lease, _| {
        lease.spec()["holderIdentity"].str().into()
    }),
    AGE,
];

fn validate(lease: &Object, _: Option<&Object>, errors: &mut Errors) {
    let root = Field::root(lease);
    let spec = root.child("spec");
    let duration = spec.child("leaseDurationSeconds");
    if duration.as_i64().is_some_and(|n| n <= 0) {
        duration.invalid(errors, "must be greater than 0");
    }
    workload::counts(&spec, &["leaseTransitions"], errors);
}
