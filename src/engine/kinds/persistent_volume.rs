//! PersistentVolume: a piece of storage.

use super::columns::{AGE, NAME, text, wide};
use super::field::Field;
use super::pod::defaults::set_missing;
use super::pod::scheduling::node_selector;
use super::pod::volumes;
use super::{Column, Kind, metadata, resources};
use crate::json;
use crate::meta::{Errors, Object, Value};

/// The row of PersistentVolume.
pub static KIND: Kind = Kind {
    kind: "PersistentVolume",
    plural: "persistentvolumes",
    singular: "persistentvolume",
    short_names: &["pv"],
    subresources: &["status"],
    schema: "io.k8s.api.core.v1.PersistentVolume",
    columns: || COLUMNS,
    defaults,
    prepare,
    validate,
    ..Kind::CLUSTER
};

const COLUMNS: &[Column] = &[
    NAME,
    text("Capacity", "capacity is the description of the persistent volume's resources and capacity.", |volume, _| {
        volume.at(&["spec", "capacity", "storage"]).str().into()
    }),
    text("Access Modes", "accessModes contains all ways the volume can be mounted.", |volume, _| {
        access_modes(&volume.spec()["accessModes"]).into()
    }),
    text(
        "Reclaim Policy",
        "persistentVolumeReclaimPolicy defines what happens to a persistent volume when released from its claim.",
        |volume, _| volume.spec()["persistentVolumeReclaimPolicy"].str().into(),
    ),
    text(
        "Status",
        "phase indicates if a volume is available, bound to a claim, or released by a claim.",
        |volume, _| {
            if volume.is_terminating() { "Terminating".into() } else { volume.status()["phase"].str().into() }
        },
    ),
    text(
        "Claim",
        "claimRef is part of a bi-directional binding between PersistentVolume and PersistentVolumeClaim.",
        |volume, _| {
            let claim = &volume.spec()["claimRef"];
            if claim.is_null() {
                return "".into();
            }
            format!("{}/{}", claim["namespace"].str(), claim["name"].str()).into()
        },
    ),
    text(
        "StorageClass",
        "storageClassName is the name of StorageClass to which this persistent volume belongs.",
        |volume, _| storage_class(volume).into(),
    ),
    text(
        "VolumeAttributesClass",
        "Name of VolumeAttributesClass to which this persistent volume belongs.",
        |volume, _| or_unset(&volume.spec()["volumeAttributesClassName"]),
    ),
    text(
        "Reason",
        "reason is a brief CamelCase string that describes any failure and is meant for machine parsing and tidy display in the CLI.",
        |volume, _| volume.status()["reason"].str().into(),
    ),
    AGE,
    wide(
        "VolumeMode",
        "volumeMode defines if a volume is intended to be used with a formatted filesystem or to remain in raw block state.",
        |volume, _| or_unset(&volume.spec()["volumeMode"]),
    ),
];

/// Access modes in short, such as `RWO,ROX`.
pub fn access_modes(modes: &Value) -> String {
    let mut short = Vec::new();
    for (mode, name) in
        [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")]
    {
        if modes.items().iter().any(|m| *m == mode) {
            short.push(name);
        }
    }
    short.join(",")
}

/// A storage class's name: the annotation of old, or the field.
pub fn storage_class(object: &Object) -> &str {
    object.annotation("volume.beta.kubernetes.io/storage-class").unwrap_or(object.spec()["storageClassName"].str())
}

/// A text, or `<unset>` where there is none.
pub fn or_unset(value: &Value) -> Value {
    if value.is_empty() { "<unset>".into() } else { value.clone() }
}

fn defaults(volume: &mut Object) {
    let spec = volume.entry("spec");
    set_missing(spec, "persistentVolumeReclaimPolicy", "Retain");
    set_missing(spec, "volumeMode", "Filesystem");
    if spec["hostPath"].is_object() {
        spec.set_default(&["hostPath", "type"], "");
    }
}

fn prepare(volume: &mut Object, old: Option<&Object>) {
    if old.is_none() {
        volume["status"] = json!({"phase": "Pending"});
    }
}

/// The fields of a volume's spec that say no source.
const NO_SOURCE: &[&str] = &[
    "capacity",
    "accessModes",
    "claimRef",
    "persistentVolumeReclaimPolicy",
    "storageClassName",
    "mountOptions",
    "volumeMode",
    "nodeAffinity",
    "volumeAttributesClassName",
];
/// The ways a volume can be mounted.
pub const ACCESS_MODES: &[&str] = &["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

fn validate(volume: &Object, old: Option<&Object>, errors: &mut Errors) {
    if old.is_some_and(|old| old.spec() == volume.spec()) {
        return;
    }
    let root = Field::root(volume);
    let spec = root.child("spec");
    modes(&spec.child("accessModes"), "", errors);
    let capacity = spec.child("capacity");
    if capacity.is_empty() {
        capacity.required(errors, "");
    }
    if capacity["storage"].is_null() || capacity.entries().count() > 1 {
        errors.not_supported(&capacity.path(), &capacity, &["storage"]);
    }
    resources::amounts(&capacity, resources::any_name, errors);
    spec.child("persistentVolumeReclaimPolicy").one_of(errors, &["Delete", "Recycle", "Retain"]);
    if spec["nodeAffinity"]["required"].is_object() {
        let affinity = spec.child("nodeAffinity");
        node_selector(&affinity.child("required"), errors);
    }
    volumes::source(&spec, NO_SOURCE, errors);
    let class = spec.child("storageClassName");
    if !class.is_empty() {
        class.complain(errors, metadata::SUBDOMAIN(class.str()));
    }
    spec.child("volumeMode").one_of(errors, &["Block", "Filesystem"]);
    if let Some(old) = old {
        let source = |object: &Object| {
            let mut map = object.spec().as_object().cloned().unwrap_or_default();
            map.retain(|key, _| !NO_SOURCE.contains(&key));
            map
        };
        if source(volume) != source(old) {
            let why = "spec.persistentvolumesource is immutable after creation";
            spec.child("persistentvolumesource").forbidden(errors, why);
        }
        spec.child("volumeMode").immutable(errors, &old.spec()["volumeMode"]);
    }
}

/// Validates access modes.
pub fn modes(modes: &Field, detail: &str, errors: &mut Errors) {
    if modes.items().is_empty() {
        modes.required(errors, detail);
    }
    for mode in modes.items() {
        if !ACCESS_MODES.contains(&mode.str()) {
            modes.with(mode).unsupported(errors, ACCESS_MODES);
        }
    }
    let alone = modes.items().iter().any(|mode| *mode == "ReadWriteOncePod");
    if alone && modes.items().len() > 1 {
        modes.forbidden(errors, "may not use ReadWriteOncePod with other access modes");
    }
}
