//! The kinds of the Container Storage Interface: drivers, nodes, capacities, attachments, attributes classes.

use super::columns::{AGE, NAME, integer, text};
use super::pod::defaults::set_missing;
use super::{Column, Kind};
use crate::meta::Value;

/// The row of CSIDriver.
pub static DRIVER: Kind = Kind {
    group: "storage.k8s.io",
    kind: "CSIDriver",
    plural: "csidrivers",
    singular: "csidriver",
    unconditional_update: false,
    schema: "io.k8s.api.storage.v1.CSIDriver",
    columns: || DRIVER_COLUMNS,
    defaults: |driver| {
        let spec = driver.entry("spec");
        for (field, on) in [
            ("attachRequired", true),
            ("podInfoOnMount", false),
            ("storageCapacity", false),
            ("requiresRepublish", false),
            ("seLinuxMount", false),
        ] {
            spec.set_default(&[field], on);
        }
        set_missing(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType");
        spec.set_default(&["volumeLifecycleModes"], ["Persistent"]);
    },
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
    columns: || NODE_COLUMNS,
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
    columns: || CAPACITY_COLUMNS,
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
    columns: || ATTACHMENT_COLUMNS,
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
    columns: || ATTRIBUTES_COLUMNS,
    ..Kind::CLUSTER
};

const DRIVER_COLUMNS: &[Column] = &[
    NAME,
    text(
        "AttachRequired",
        "attachRequired indicates this CSI volume driver requires an attach operation.",
        |driver, _| driver.spec()["attachRequired"].as_bool().unwrap_or(true).into(),
    ),
    text(
        "PodInfoOnMount",
        "podInfoOnMount indicates this CSI volume driver requires additional pod information.",
        |driver, _| driver.spec()["podInfoOnMount"].bool().into(),
    ),
    text(
        "StorageCapacity",
        "storageCapacity indicates that the CSI volume driver wants pod scheduling to consider the storage capacity.",
        |driver, _| driver.spec()["storageCapacity"].bool().into(),
    ),
    text("TokenRequests", "tokenRequests indicates the CSI driver needs pods' service account tokens.", |driver, _| {
        let audiences: Vec<&str> = driver.spec()["tokenRequests"].items().iter().map(|t| t["audience"].str()).collect();
        if audiences.is_empty() { "<unset>".into() } else { audiences.join(",").into() }
    }),
    text(
        "RequiresRepublish",
        "requiresRepublish indicates the CSI driver wants NodePublishVolume being periodically called.",
        |driver, _| driver.spec()["requiresRepublish"].bool().into(),
    ),
    text("Modes", "volumeLifecycleModes defines what kind of volumes this CSI volume driver supports.", |driver, _| {
        let modes: Vec<&str> = driver.spec()["volumeLifecycleModes"].items().iter().map(Value::str).collect();
        if modes.is_empty() { "<none>".into() } else { modes.join(",").into() }
    }),
    AGE,
];

const NODE_COLUMNS: &[Column] = &[
    NAME,
    integer("Drivers", "drivers is a list of information of all CSI Drivers existing on a node.", |node, _| {
        node.spec()["drivers"].items().len().into()
    }),
    AGE,
];

const CAPACITY_COLUMNS: &[Column] = &[
    NAME,
    text(
        "StorageClassName",
        "storageClassName represents the name of the StorageClass that the reported capacity applies to.",
        |capacity, _| capacity["storageClassName"].str().into(),
    ),
    text("Capacity", "capacity is the value reported by the CSI driver in its GetCapacityResponse.", |capacity, _| {
        if capacity["capacity"].is_null() { "<unset>".into() } else { capacity["capacity"].clone() }
    }),
];

const ATTACHMENT_COLUMNS: &[Column] = &[
    NAME,
    text("Attacher", "attacher indicates the name of the volume driver that must handle this request.", |object, _| {
        object.spec()["attacher"].str().into()
    }),
    text("PV", "source represents the volume that should be attached.", |object, _| {
        object.at(&["spec", "source", "persistentVolumeName"]).str().into()
    }),
    text("Node", "nodeName represents the node that the volume should be attached to.", |object, _| {
        object.spec()["nodeName"].str().into()
    }),
    text("Attached", "attached indicates the volume is successfully attached.", |object, _| {
        object.status()["attached"].bool().into()
    }),
    AGE,
];

const ATTRIBUTES_COLUMNS: &[Column] =
    &[NAME, text("DriverName", "Name of the CSI driver", |class, _| class["driverName"].str().into()), AGE];
