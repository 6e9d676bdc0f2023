//! The kinds of the Container Storage Interface: drivers, nodes, capacities, attachments, attributes classes.

use super::Kind;

/// The row of CSIDriver.
pub static DRIVER: Kind = Kind {
    group: "storage.k8s.io",
    kind: "CSIDriver",
    plural: "csidrivers",
    singular: "csidriver",
    unconditional_update: false,
    schema: "io.k8s.api.storage.v1.CSIDriver",
    ..Kind::CLUSTER
};

/// The row of CSINode.
pub static NODE: Kind = Kind {
    group: "storage.k8s.io",
    kind: "CSINode",
    plural: "csinodes",
    singular: "csinode",
    unconditional_update: false,
    schema: "io.k8s.api.storage.v1.CSINode",
    ..Kind::CLUSTER
};

/// The row of CSIStorageCapacity.
pub static STORAGE_CAPACITY: Kind = Kind {
    group: "storage.k8s.io",
    kind: "CSIStorageCapacity",
    plural: "csistoragecapacities",
    singular: "csistoragecapacity",
    unconditional_update: false,
    schema: "io.k8s.api.storage.v1.CSIStorageCapacity",
    ..Kind::NAMESPACED
};

/// The row of VolumeAttachment.
pub static VOLUME_ATTACHMENT: Kind = Kind {
    group: "storage.k8s.io",
    kind: "VolumeAttachment",
    plural: "volumeattachments",
    singular: "volumeattachment",
    subresources: &["status"],
    unconditional_update: false,
    schema: "io.k8s.api.storage.v1.VolumeAttachment",
    ..Kind::CLUSTER
};

/// The row of VolumeAttributesClass.
pub static VOLUME_ATTRIBUTES_CLASS: Kind = Kind {
    group: "storage.k8s.io",
    kind: "VolumeAttributesClass",
    plural: "volumeattributesclasses",
    singular: "volumeattributesclass",
    short_names: &["vac"],
    schema: "io.k8s.api.storage.v1.VolumeAttributesClass",
    ..Kind::CLUSTER
};
