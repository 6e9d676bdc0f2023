//! PersistentVolumeClaim: a pod's request for storage.

use super::columns::{AGE, NAME, text, wide};
use super::persistent_volume::{access_modes, or_unset, storage_class};
use super::pod::defaults::set_missing;
use super::{Column, Kind};
use crate::json;
use crate::meta::{Object, Value};

/// The row of PersistentVolumeClaim.
pub static KIND: Kind = Kind {
    kind: "PersistentVolumeClaim",
    plural: "persistentvolumeclaims",
    singular: "persistentvolumeclaim",
    short_names: &["pvc"],
    subresources: &["status"],
    schema: "io.k8s.api.core.v1.PersistentVolumeClaim",
    columns: COLUMNS,
    defaults: |claim| set_missing(&mut claim["spec"], "volumeMode", "Filesystem"),
    prepare,
    ..Kind::NAMESPACED
};

const COLUMNS: &[Column] = &[
    NAME,
    text("Status", "phase represents the current phase of PersistentVolumeClaim.", |claim, _| {
        if claim.is_terminating() { "Terminating".into() } else { claim.status()["phase"].str().into() }
    }),
    text("Volume", "volumeName is the binding reference to the PersistentVolume backing this claim.", |claim, _| {
        claim.spec()["volumeName"].str().into()
    }),
    text("Capacity", "capacity represents the actual resources of the underlying volume.", |claim, _| {
        bound(claim, &claim.status()["capacity"]["storage"]).str().into()
    }),
    text("Access Modes", "accessModes contains the actual access modes the volume backing the PVC has.", |claim, _| {
        access_modes(bound(claim, &claim.status()["accessModes"])).into()
    }),
    text("StorageClass", "storageClassName is the name of the StorageClass required by the claim.", |claim, _| {
        storage_class(claim).into()
    }),
    text(
        "VolumeAttributesClass",
        "volumeAttributesClassName may be used to set the VolumeAttributesClass used by this claim.",
        |claim, _| or_unset(&claim.spec()["volumeAttributesClassName"]),
    ),
    AGE,
    wide("VolumeMode", "volumeMode defines what type of volume is required by the claim.", |claim, _| {
        or_unset(&claim.spec()["volumeMode"])
    }),
];

/// The value, but for a claim without a volume.
fn bound<'a>(claim: &Object, value: &'a Value) -> &'a Value {
    if claim.spec()["volumeName"].is_empty() { &Value::Null } else { value }
}

fn prepare(claim: &mut Object, old: Option<&Object>) {
    if old.is_none() {
        claim["status"] = json!({"phase": "Pending"});
    }
}
