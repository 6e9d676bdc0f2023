//! `DefaultStorageClass` and `StorageObjectInUseProtection`: claims get a class, and neither
//! claims nor volumes go away under a pod.

use super::Plugin;
use crate::api::operation::{Operation, Verb};
use crate::api::server::ApiServer;
use crate::meta::{Object, Quantity, Status};
use std::cmp::Reverse;

pub(super) static CLASS: Plugin = Plugin {
    name: "DefaultStorageClass",
    resources: &["persistentvolumeclaims"],
    mutate: Some(set_class),
    validate: None,
};
pub(super) static RESIZE: Plugin = Plugin {
    name: "PersistentVolumeClaimResize",
    resources: &["persistentvolumeclaims"],
    mutate: None,
    validate: Some(may_grow),
};
pub(super) static PROTECTION: Plugin = Plugin {
    name: "StorageObjectInUseProtection",
    resources: &["persistentvolumeclaims", "persistentvolumes"],
    mutate: Some(protect),
    validate: None,
};

const IS_DEFAULT: &str = "storageclass.kubernetes.io/is-default-class";
const OLD_IS_DEFAULT: &str = "storageclass.beta.kubernetes.io/is-default-class";

fn set_class(
    server: &mut ApiServer,
    _: &mut Operation,
    claim: &mut Object,
    old: Option<&Object>,
) -> Result<(), Status> {
    let chosen =
        claim.spec().has("storageClassName") || claim.annotation("volume.beta.kubernetes.io/storage-class").is_some();
    if old.is_some() || chosen {
        return Ok(());
    }
    let is_default =
        |class: &&Object| [IS_DEFAULT, OLD_IS_DEFAULT].iter().any(|key| class.annotation(key) == Some("true"));
    let classes = server.store.list("storageclasses.storage.k8s.io", None).map(|(_, class)| class);
    // Of several, the newest; of those, the first by name.
    if let Some(class) = classes.filter(is_default).min_by_key(|class| Reverse(class.created())) {
        let name = class.name().to_string();
        claim.set(&["spec", "storageClassName"], name);
    }
    Ok(())
}

/// `PersistentVolumeClaimResize`: only what was made for a class that says so may grow.
fn may_grow(server: &mut ApiServer, op: &mut Operation, claim: &Object, old: Option<&Object>) -> Result<(), Status> {
    const SIZE: &[&str] = &["spec", "resources", "requests", "storage"];
    let Some(old) = old.filter(|_| op.verb != Verb::Delete && op.subresource.is_empty()) else { return Ok(()) };
    if Quantity::of(claim.at(SIZE)).value() <= Quantity::of(old.at(SIZE)).value() {
        return Ok(());
    }
    if old.status()["phase"] != "Bound" {
        return Err(op.forbidden(claim.name(), "Only bound persistent volume claims can be expanded"));
    }
    let class =
        old.annotation("volume.beta.kubernetes.io/storage-class").unwrap_or(old.spec()["storageClassName"].str());
    let class = server.lookup("storageclasses.storage.k8s.io", "", class);
    if class.is_some_and(|class| class["allowVolumeExpansion"].bool()) {
        return Ok(());
    }
    let why = "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize";
    Err(op.forbidden(claim.name(), why))
}

fn protect(_: &mut ApiServer, op: &mut Operation, object: &mut Object, old: Option<&Object>) -> Result<(), Status> {
    if old.is_some() {
        return Ok(());
    }
    let finalizer = if op.resource.is("persistentvolumes") {
        "kubernetes.io/pv-protection"
    } else {
        "kubernetes.io/pvc-protection"
    };
    if !object.finalizers().any(|known| known == finalizer) {
        object["metadata"]["finalizers"].push(finalizer);
    }
    Ok(())
}
