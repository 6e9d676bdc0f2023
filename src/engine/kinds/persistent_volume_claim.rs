//! PersistentVolumeClaim: a pod's request for storage.

use super::columns::{AGE, NAME, text, wide};
use super::field::Field;
use super::persistent_volume::{access_modes, modes, or_unset, storage_class};
use super::pod::defaults::set_missing;
use super::{Column, Kind, go, metadata, resources};
use crate::json;
use crate::meta::{Errors, Object, Quantity, Value};

/// The row of PersistentVolumeClaim.
pub static KIND: Kind = Kind {
    kind: "PersistentVolumeClaim",
    plural: "persistentvolumeclaims",
    singular: "persistentvolumeclaim",
    short_names: &["pvc"],
    subresources: &["status"],
    schema: "io.k8s.api.core.v1.PersistentVolumeClaim",
    columns: || COLUMNS,
    defaults: |claim| set_missing(&mut claim["spec"], "volumeMode", "Filesystem"),
    prepare,
    validate,
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

fn validate(claim: &Object, old: Option<&Object>, errors: &mut Errors) {
    if old.is_some_and(|old| old.spec() == claim.spec()) {
        return;
    }
    let root = Field::root(claim);
    let field = root.child("spec");
    spec(&field, errors);
    if let Some(old) = old {
        update(&field, old, errors);
    }
}

/// Validates a claim's spec, of its own or in a template.
pub fn spec(spec: &Field, errors: &mut Errors) {
    metadata::selector(&spec.child("selector"), errors);
    modes(&spec.child("accessModes"), "at least 1 access mode is required", errors);
    let resources = spec.child("resources");
    let storage = resources.key("storage");
    match &resources["requests"]["storage"] {
        Value::Null => storage.required(errors, ""),
        size => {
            let size = storage.with(size);
            resources::amount("storage", &size, errors);
            if Quantity::of(&size).is_zero() {
                size.invalid(errors, "must be greater than zero");
            }
        }
    }
    for field in ["storageClassName", "volumeAttributesClassName"] {
        let class = spec.child(field);
        if !class.is_empty() {
            class.complain(errors, metadata::SUBDOMAIN(class.str()));
        }
    }
    spec.child("volumeMode").one_of(errors, &["Block", "Filesystem"]);
}

fn update(spec: &Field, old: &Object, errors: &mut Errors) {
    let before = old.spec();
    let mut munged = spec.value().clone();
    let restore = |munged: &mut Value, path: &[&str]| match before.at(path) {
        Value::Null => drop(munged.remove(path)),
        value => munged.set(path, value.clone()),
    };
    if before["volumeName"].is_empty() {
        restore(&mut munged, &["volumeName"]);
    }
    // A class may be given to a claim that has none.
    if before["storageClassName"].is_null() {
        restore(&mut munged, &["storageClassName"]);
    }
    let bound = old.status()["phase"] == "Bound";
    if bound {
        restore(&mut munged, &["resources", "requests", "storage"]);
        restore(&mut munged, &["volumeAttributesClassName"]);
    }
    let changes = go::changes("ClaimSpec", before, &munged);
    if !changes.is_empty() {
        let why =
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
        spec.forbidden(errors, &format!("{why}\n{changes}"));
    }
    let (new, has) = (spec.at(&["resources", "requests", "storage"]), old.at(&["status", "capacity", "storage"]));
    if bound && Quantity::of(new) < Quantity::of(has) {
        errors.forbidden("spec.resources.requests.storage", "field can not be less than status.capacity");
    }
}
