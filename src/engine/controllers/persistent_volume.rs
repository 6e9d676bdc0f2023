//! Volumes and claims: brings the two together, makes volumes where a class says how, and takes back
//! what is not claimed any more.

use super::runner::{Again, Context, Controller, Wake, gone_is_fine, key};
use super::volumes::{self, BIND_COMPLETED, BOUND_BY_CONTROLLER};
use crate::json;
use crate::meta::{Object, Status, Value};
use crate::store::{Change, Key};

const CLAIMS: &str = "persistentvolumeclaims";
const VOLUMES: &str = "persistentvolumes";
/// Who makes volumes here: directories on the node, as minikube does.
const PROVISIONER: &str = "k8s.io/minikube-hostpath";

struct PersistentVolumes;

/// The persistent volume controller.
pub fn persistent_volume() -> Box<dyn Controller> {
    Box::new(PersistentVolumes)
}

impl Controller for PersistentVolumes {
    fn name(&self) -> &'static str {
        "persistentvolume-controller"
    }
    fn watches(&self) -> &'static [&'static str] {
        &[CLAIMS, VOLUMES, "storageclasses.storage.k8s.io"]
    }
    fn notice(&mut self, change: &Change, wake: &mut Wake) {
        let claims = |wake: &mut Wake| {
            for claim in wake.informers.list(CLAIMS, None) {
                if !volumes::is_fully_bound(&claim) {
                    wake.now(key(CLAIMS, claim.namespace(), claim.name()));
                }
            }
        };
        match &*change.key.resource {
            CLAIMS => {
                wake.now(change.key.clone());
                for claim in [&change.old, &change.new].into_iter().flatten() {
                    let volume = claim.spec()["volumeName"].str();
                    if !volume.is_empty() {
                        wake.now(key(VOLUMES, "", volume));
                    }
                }
            }
            VOLUMES => {
                wake.now(change.key.clone());
                for volume in [&change.old, &change.new].into_iter().flatten() {
                    let claim = &volume.spec()["claimRef"];
                    if !claim.is_null() {
                        wake.now(key(CLAIMS, claim["namespace"].str(), claim["name"].str()));
                    }
                }
                // Claims that found nothing look again when something is to be had.
                let free =
                    |object: &Option<Object>| object.as_ref().is_some_and(|o| o.status()["phase"] == "Available");
                if free(&change.new) && !free(&change.old) {
                    claims(wake);
                }
            }
            _ => claims(wake),
        }
    }
    fn reconcile(&mut self, key: &Key, cx: &Context) -> Result<Again, Status> {
        let Some(object) = cx.get(key) else { return Ok(None) };
        if &*key.resource == CLAIMS { sync_claim(object, cx) } else { sync_volume(object, cx) }.map(|()| None)
    }
}

fn sync_claim(claim: Object, cx: &Context) -> Result<(), Status> {
    if volumes::is_fully_bound(&claim) {
        return sync_bound(claim, cx);
    }
    if claim.is_terminating() {
        return Ok(());
    }
    let wanted = claim.spec()["volumeName"].str();
    if !wanted.is_empty() {
        // The user asks for one volume and no other.
        let Some(volume) = cx.informers.get(VOLUMES, "", wanted) else { return set_phase(&claim, "Pending", cx) };
        let free = volume.spec()["claimRef"].is_null();
        if free || volumes::is_for(&volume, &claim) {
            return bind(volume, claim, cx);
        }
        return set_phase(&claim, "Pending", cx);
    }
    let kept = |volume: &Object| volumes::is_for(volume, &claim) && !volume.spec()["claimRef"].is_null();
    let delayed = volumes::waits_for_consumer(&claim, &cx.informers)
        && claim.annotation("volume.kubernetes.io/selected-node").is_none();
    // A claim that waits for a pod takes only what was chosen for it.
    let found = volumes::best_match(&claim, &cx.informers, &|volume| !delayed || kept(volume));
    if let Some(volume) = found {
        return bind(volume, claim, cx);
    }
    set_phase(&claim, "Pending", cx)?;
    if delayed {
        let message = "waiting for first consumer to be created before binding";
        cx.recorder.normal(&claim, "WaitForFirstConsumer", message);
        return Ok(());
    }
    provision(claim, cx)
}

/// A claim that is bound loses everything with its volume.
fn sync_bound(claim: Object, cx: &Context) -> Result<(), Status> {
    let name = claim.spec()["volumeName"].str();
    let Some(volume) = cx.informers.get(VOLUMES, "", name) else {
        if claim.status()["phase"] != "Lost" {
            cx.recorder.warning(
                &claim,
                "ClaimLost",
                "Bound claim has lost its PersistentVolume. Data on the volume is lost!",
            );
        }
        return set_phase(&claim, "Lost", cx);
    };
    if volumes::is_for(&volume, &claim) && !volume.spec()["claimRef"].is_null() {
        return bind(volume, claim, cx);
    }
    if claim.status()["phase"] != "Lost" {
        let message = "Two claims are bound to the same volume, this one is bound incorrectly";
        cx.recorder.warning(&claim, "ClaimMisbound", message);
    }
    set_phase(&claim, "Lost", cx)
}

fn set_phase(claim: &Object, phase: &str, cx: &Context) -> Result<(), Status> {
    let mut status = claim.status().clone();
    status["phase"] = phase.into();
    cx.put_status(claim, status)
}

/// Writes on both sides that they belong together.
fn bind(mut volume: Object, mut claim: Object, cx: &Context) -> Result<(), Status> {
    let reference = &volume.spec()["claimRef"];
    if reference["uid"] != claim.uid() {
        if reference.is_null() {
            volume.set(&["metadata", "annotations", BOUND_BY_CONTROLLER], "yes");
        }
        volume.set(&["spec", "claimRef"], volumes::claim_reference(&claim));
        volume = cx.client.update(volume)?;
    }
    if volume.status()["phase"] != "Bound" {
        set_volume_phase(&mut volume, "Bound", cx)?;
    }
    if !volumes::is_fully_bound(&claim) {
        if claim.spec()["volumeName"].str().is_empty() {
            claim.set(&["spec", "volumeName"], volume.name());
            claim.set(&["metadata", "annotations", BOUND_BY_CONTROLLER], "yes");
        }
        claim.set(&["metadata", "annotations", BIND_COMPLETED], "yes");
        claim = cx.client.update(claim)?;
    }
    let mut status = claim.status().clone();
    status["phase"] = "Bound".into();
    status["accessModes"] = volume.spec()["accessModes"].clone();
    status["capacity"] = volume.spec()["capacity"].clone();
    cx.put_status(&claim, status)
}

fn set_volume_phase(volume: &mut Object, phase: &str, cx: &Context) -> Result<(), Status> {
    if volume.status()["phase"] == phase {
        return Ok(());
    }
    volume.set(&["status", "phase"], phase);
    volume.set(&["status", "lastPhaseTransitionTime"], cx.now.rfc3339());
    *volume = cx.client.update_status(volume.clone())?;
    Ok(())
}

fn sync_volume(mut volume: Object, cx: &Context) -> Result<(), Status> {
    if volume.is_terminating() {
        return Ok(());
    }
    let reference = volume.spec()["claimRef"].clone();
    if reference.is_null() || reference["uid"].str().is_empty() {
        return set_volume_phase(&mut volume, "Available", cx);
    }
    let claim = cx.informers.get(CLAIMS, reference["namespace"].str(), reference["name"].str());
    match claim.filter(|claim| claim.uid() == reference["uid"].str()) {
        Some(claim) if claim.spec()["volumeName"].str() == volume.name() => set_volume_phase(&mut volume, "Bound", cx),
        Some(_) => Ok(()),
        None => {
            if volume.status()["phase"] != "Failed" {
                set_volume_phase(&mut volume, "Released", cx)?;
            }
            match volume.spec()["persistentVolumeReclaimPolicy"].str() {
                "Delete" => reclaim(&mut volume, cx),
                _ => Ok(()),
            }
        }
    }
}

/// Deletes a volume that was made for a claim that is gone.
fn reclaim(volume: &mut Object, cx: &Context) -> Result<(), Status> {
    let made = volume.annotation("pv.kubernetes.io/provisioned-by");
    if made.is_some_and(|by| by != PROVISIONER) {
        // Whoever made it takes it away.
        return Ok(());
    }
    let path = volume.spec()["hostPath"]["path"].str();
    let refusal = match path {
        _ if made.is_some() => None,
        "" => Some(format!(
            "error getting deleter volume plugin for volume {:?}: no deletable volume plugin matched",
            volume.name()
        )),
        path if path.starts_with("/tmp/") => None,
        path => Some(format!("host_path deleter only supports /tmp/.+ but received provided {path}")),
    };
    if let Some(message) = refusal {
        if volume.status()["phase"] == "Failed" {
            return Ok(());
        }
        cx.recorder.warning(volume, "VolumeFailedDelete", &message);
        volume.set(&["status", "message"], message);
        return set_volume_phase(volume, "Failed", cx);
    }
    gone_is_fine(cx.delete(VOLUMES, volume))
}

/// Makes a volume for a claim, or says why not.
fn provision(claim: Object, cx: &Context) -> Result<(), Status> {
    let Some(name) = volumes::class_name(&claim).filter(|name| !name.is_empty()) else {
        let message = "no persistent volumes available for this claim and no storage class is set";
        cx.recorder.normal(&claim, "FailedBinding", message);
        return Ok(());
    };
    let Some(class) = volumes::class(&claim, &cx.informers) else {
        let message = format!("storageclass.storage.k8s.io {name:?} not found");
        cx.recorder.warning(&claim, "ProvisioningFailed", &message);
        return Ok(());
    };
    let provisioner = class["provisioner"].str();
    if provisioner == "kubernetes.io/no-provisioner" {
        return Ok(());
    }
    let mut claim = claim;
    if claim.annotation("volume.kubernetes.io/storage-provisioner") != Some(provisioner) {
        for annotation in ["volume.beta.kubernetes.io/storage-provisioner", "volume.kubernetes.io/storage-provisioner"]
        {
            claim.set(&["metadata", "annotations", annotation], provisioner);
        }
        claim = cx.client.update(claim)?;
    }
    let message = format!(
        "Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the \
         system administrator. If volume creation is delayed, please verify that the provisioner is running and \
         correctly registered."
    );
    cx.recorder.normal(&claim, "ExternalProvisioning", &message);
    if provisioner == PROVISIONER { make_volume(&claim, &class, cx) } else { Ok(()) }
}

/// What minikube's own provisioner does.
fn make_volume(claim: &Object, class: &Object, cx: &Context) -> Result<(), Status> {
    let name = format!("pvc-{}", claim.uid());
    if cx.informers.get(VOLUMES, "", &name).is_some() {
        return Ok(());
    }
    let source = "k8s.io/minikube-hostpath_minikube_storage-provisioner";
    let recorder = crate::api::Recorder::new(cx.client.clone(), source, "");
    let provisioning =
        format!("External provisioner is provisioning volume for claim \"{}/{}\"", claim.namespace(), claim.name());
    recorder.normal(claim, "Provisioning", &provisioning);
    let path = format!("/tmp/hostpath-provisioner/{}/{}", claim.namespace(), claim.name());
    let policy = Some(class["reclaimPolicy"].str()).filter(|policy| !policy.is_empty()).unwrap_or("Delete");
    let volume = json!({
        "apiVersion": "v1", "kind": "PersistentVolume",
        "metadata": {
            "name": &name,
            "annotations": {
                "hostPathProvisionerIdentity": class.uid(), "pv.kubernetes.io/provisioned-by": PROVISIONER,
            },
        },
        "spec": {
            "accessModes": claim.spec()["accessModes"].clone(),
            "capacity": {"storage": claim.spec().at(&["resources", "requests", "storage"]).clone()},
            "claimRef": volumes::claim_reference(claim),
            "hostPath": {"path": path, "type": ""},
            "persistentVolumeReclaimPolicy": policy,
            "storageClassName": class.name(),
            "volumeMode": Some(claim.spec()["volumeMode"].str()).filter(|mode| !mode.is_empty()).unwrap_or("Filesystem"),
        },
    });
    cx.client.create(Object(volume))?;
    recorder.normal(claim, "ProvisioningSucceeded", &format!("Successfully provisioned volume {name}"));
    Ok(())
}

/// What keeps volumes and claims from going while they are used.
struct Protection {
    name: &'static str,
    resource: &'static str,
    watches: &'static [&'static str],
    finalizer: &'static str,
    in_use: fn(&Object, &Context) -> bool,
}

/// The protection of claims that pods use.
pub fn claim_protection() -> Box<dyn Controller> {
    Box::new(Protection {
        name: "persistentvolumeclaim-protection-controller",
        resource: CLAIMS,
        watches: &[CLAIMS, "pods"],
        finalizer: "kubernetes.io/pvc-protection",
        in_use: |claim, cx| {
            let uses = |volume: &Value| volume.at(&["persistentVolumeClaim", "claimName"]) == claim.name();
            let pods = cx.informers.list("pods", Some(claim.namespace()));
            pods.iter().any(|pod| {
                let placed = !pod.spec()["nodeName"].str().is_empty();
                placed && !super::pods::is_finished(pod) && pod.spec()["volumes"].items().iter().any(uses)
            })
        },
    })
}

/// The protection of volumes that are bound.
pub fn volume_protection() -> Box<dyn Controller> {
    Box::new(Protection {
        name: "persistentvolume-protection-controller",
        resource: VOLUMES,
        watches: &[VOLUMES],
        finalizer: "kubernetes.io/pv-protection",
        in_use: |volume, _| volume.status()["phase"] == "Bound",
    })
}

impl Controller for Protection {
    fn name(&self) -> &'static str {
        self.name
    }
    fn watches(&self) -> &'static [&'static str] {
        self.watches
    }
    fn notice(&mut self, change: &Change, wake: &mut Wake) {
        if &*change.key.resource == self.resource {
            return wake.now(change.key.clone());
        }
        // A pod that is gone or done may have been the last to use a claim that is to go.
        let Some(pod) = change.new.as_ref().or(change.old.as_ref()) else { return };
        if change.new.is_none() || super::pods::is_finished(pod) {
            for volume in pod.spec()["volumes"].items().iter().filter(|volume| volume.has("persistentVolumeClaim")) {
                wake.now(key(CLAIMS, pod.namespace(), volume.at(&["persistentVolumeClaim", "claimName"]).str()));
            }
        }
    }
    fn reconcile(&mut self, key: &Key, cx: &Context) -> Result<Again, Status> {
        let Some(mut object) = cx.get(key) else { return Ok(None) };
        let has = object.finalizers().any(|finalizer| finalizer == self.finalizer);
        if object.is_terminating() {
            if has && !(self.in_use)(&object, cx) {
                object.entry("metadata").entry("finalizers").array_mut().retain(|other| *other != self.finalizer);
                gone_is_fine(cx.client.update(object))?;
            }
        } else if !has {
            object.entry("metadata").entry("finalizers").push(self.finalizer);
            cx.client.update(object)?;
        }
        Ok(None)
    }
}
