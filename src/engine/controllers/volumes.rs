//! What the volume controllers and the scheduler both ask of claims and volumes.

use super::Informers;
use crate::json;
use crate::meta::{Object, Quantity, Selector, Value};

/// Set on a claim once both sides are bound.
pub const BIND_COMPLETED: &str = "pv.kubernetes.io/bind-completed";
/// Set on what the controller bound, as opposed to the user.
pub const BOUND_BY_CONTROLLER: &str = "pv.kubernetes.io/bound-by-controller";

/// Whether a claim is bound for good.
pub fn is_fully_bound(claim: &Object) -> bool {
    !claim.spec()["volumeName"].str().is_empty() && claim.annotation(BIND_COMPLETED).is_some()
}

/// The name of a claim's class; `None` where nothing is said about it.
pub fn class_name(claim: &Object) -> Option<&str> {
    claim.annotation("volume.beta.kubernetes.io/storage-class").or_else(|| claim.spec()["storageClassName"].as_str())
}

/// A claim's class.
pub fn class(claim: &Object, objects: &Informers) -> Option<Object> {
    objects.get("storageclasses.storage.k8s.io", "", class_name(claim).filter(|name| !name.is_empty())?)
}

/// Whether a claim is to be bound when a pod needs it, and not before.
pub fn waits_for_consumer(claim: &Object, objects: &Informers) -> bool {
    class(claim, objects).is_some_and(|class| class["volumeBindingMode"] == "WaitForFirstConsumer")
}

/// Whether a volume can be made for a claim.
pub fn can_provision(claim: &Object, objects: &Informers) -> bool {
    class(claim, objects).is_some_and(|class| class["provisioner"] != "kubernetes.io/no-provisioner")
}

/// The reference of a volume to the claim it serves.
pub fn claim_reference(claim: &Object) -> Value {
    json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": claim.namespace(), "name": claim.name(),
        "uid": claim.uid(), "resourceVersion": claim.at(&["metadata", "resourceVersion"]).clone(),
    })
}

/// Whether a volume is kept for that claim.
pub fn is_for(volume: &Object, claim: &Object) -> bool {
    let reference = &volume.spec()["claimRef"];
    reference["name"] == claim.name()
        && reference["namespace"] == claim.namespace()
        && (reference["uid"].str().is_empty() || reference["uid"] == claim.uid())
}

/// How much a volume has, or a claim asks for.
pub fn size(object: &Object) -> Quantity {
    let amounts = if object.kind() == "PersistentVolume" {
        &object.spec()["capacity"]
    } else {
        object.spec().at(&["resources", "requests"])
    };
    Quantity::of(&amounts["storage"])
}

/// The volume that serves a claim best: one kept for it, or else the smallest that is large enough.
pub fn best_match(claim: &Object, objects: &Informers, may: &dyn Fn(&Object) -> bool) -> Option<Object> {
    let wanted = size(claim);
    let selector = &claim.spec()["selector"];
    let selector =
        (!selector.is_null()).then(|| Selector::from_value(selector).unwrap_or_else(|_| Selector::nothing()));
    let modes = claim.spec()["accessModes"].items();
    let filesystem = |object: &Object| object.spec()["volumeMode"] != "Block";
    let mut best: Option<Object> = None;
    for volume in objects.list("persistentvolumes", None) {
        let kept = !volume.spec()["claimRef"].is_null();
        if volume.is_terminating()
            || size(&volume) < wanted
            || filesystem(&volume) != filesystem(claim)
            || !may(&volume)
        {
            continue;
        }
        if kept {
            if is_for(&volume, claim) {
                return Some(volume);
            }
            continue;
        }
        let has_modes = modes.iter().all(|mode| volume.spec()["accessModes"].items().contains(mode));
        let same_class = class_name(claim).unwrap_or("") == class_name(&volume).unwrap_or("");
        let free = matches!(volume.status()["phase"].str(), "Available" | "");
        let selected = selector.as_ref().is_none_or(|selector| selector.matches(volume.labels()));
        if has_modes && same_class && free && selected && best.as_ref().is_none_or(|best| size(&volume) < size(best)) {
            best = Some(volume);
        }
    }
    best
}
