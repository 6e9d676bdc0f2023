//! `DefaultStorageClass` and `StorageObjectInUseProtection`: claims get a class, and neither
//! claims nor volumes go away under a pod.

use super::Plugin;
use crate::api::operation::Operation;
use crate::api::server::ApiServer;
use crate::meta::{Object, Status};
use std::cmp::Reverse;

pub(super) static CLASS: Plugin =
    Plugin { resources: &["persistentvolumeclaims"], mutate: Some(set_class), validate: None };
pub(super) static PROTECTION: Plugin =
    Plugin { resources: &["persistentvolumeclaims", "persistentvolumes"], mutate: Some(protect), validate: None };

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
