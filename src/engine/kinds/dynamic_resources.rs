//! Dynamic resource allocation: devices, claims on them, slices of them. Stored and shown, not allocated.

use super::columns::{AGE, NAME, text};
use super::{Column, Kind, NAME_AND_AGE};

/// The row of DeviceClass.
pub static DEVICE_CLASS: Kind = Kind {
    group: "resource.k8s.io",
    kind: "DeviceClass",
    plural: "deviceclasses",
    singular: "deviceclass",
    generation: true,
    schema: "io.k8s.api.resource.v1.DeviceClass",
    columns: || NAME_AND_AGE,
    ..Kind::CLUSTER
};

/// The row of ResourceClaim.
pub static RESOURCE_CLAIM: Kind = Kind {
    group: "resource.k8s.io",
    kind: "ResourceClaim",
    plural: "resourceclaims",
    singular: "resourceclaim",
    subresources: &["status"],
    schema: "io.k8s.api.resource.v1.ResourceClaim",
    columns: || CLAIM_COLUMNS,
    ..Kind::NAMESPACED
};

/// The row of ResourceClaimTemplate.
pub static RESOURCE_CLAIM_TEMPLATE: Kind = Kind {
    group: "resource.k8s.io",
    kind: "ResourceClaimTemplate",
    plural: "resourceclaimtemplates",
    singular: "resourceclaimtemplate",
    schema: "io.k8s.api.resource.v1.ResourceClaimTemplate",
    columns: || NAME_AND_AGE,
    ..Kind::NAMESPACED
};

/// The row of ResourceSlice.
pub static RESOURCE_SLICE: Kind = Kind {
    group: "resource.k8s.io",
    kind: "ResourceSlice",
    plural: "resourceslices",
    singular: "resourceslice",
    generation: true,
    schema: "io.k8s.api.resource.v1.ResourceSlice",
    columns: || SLICE_COLUMNS,
    ..Kind::CLUSTER
};

const CLAIM_COLUMNS: &[Column] = &[
    NAME,
    text("State", "A summary of the current state (allocated, pending, reserved, etc.).", |claim, _| {
        let mut states = Vec::new();
        if claim.is_terminating() {
            states.push("deleted");
        }
        if claim.status()["allocation"].is_null() {
            if !claim.is_terminating() {
                states.push("pending");
            }
        } else {
            states.push("allocated");
            if !claim.status()["reservedFor"].is_empty() {
                states.push("reserved");
            }
        }
        states.join(",").into()
    }),
    AGE,
];

const SLICE_COLUMNS: &[Column] = &[
    NAME,
    text("Node", "nodeName identifies the node which provides the resources in this pool.", |slice, _| {
        match slice.spec()["nodeName"].str() {
            "" => "<unset>".into(),
            node => node.into(),
        }
    }),
    text("Driver", "driver identifies the DRA driver providing the capacity information.", |slice, _| {
        slice.spec()["driver"].str().into()
    }),
    text("Pool", "pool describes the pool that this ResourceSlice belongs to.", |slice, _| {
        slice.at(&["spec", "pool", "name"]).str().into()
    }),
    AGE,
];
