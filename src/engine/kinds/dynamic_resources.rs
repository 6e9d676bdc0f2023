//! Dynamic resource allocation: devices, claims on them, slices of them. Stored and shown, not allocated.

use super::Kind;

/// The row of DeviceClass.
pub static DEVICE_CLASS: Kind = Kind {
    group: "resource.k8s.io",
    kind: "DeviceClass",
    plural: "deviceclasses",
    singular: "deviceclass",
    generation: true,
    schema: "io.k8s.api.resource.v1.DeviceClass",
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
    ..Kind::NAMESPACED
};

/// The row of ResourceClaimTemplate.
pub static RESOURCE_CLAIM_TEMPLATE: Kind = Kind {
    group: "resource.k8s.io",
    kind: "ResourceClaimTemplate",
    plural: "resourceclaimtemplates",
    singular: "resourceclaimtemplate",
    schema: "io.k8s.api.resource.v1.ResourceClaimTemplate",
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
    ..Kind::CLUSTER
};
