//! StatefulSets: pods with names that stay, created, updated and deleted in order.

use super::pods;
use super::revisions::{self, Revisions};
use super::runner::{Again, Context, Controller, Wake, controller_reference, gone_is_fine, pod_from_template};
use crate::json;
use crate::meta::{Object, Selector, Status, Value};
use crate::store::{Change, Key};

const RESOURCE: &str = "statefulsets.apps";
const CLAIMS: &str = "persistentvolumeclaims";

struct StatefulSets;

/// The StatefulSet controller.
pub fn statefulset() -> Box<dyn Controller> {
    Box::new(StatefulSets)
}

fn selector(set: &Object) -> Selector {
    Selector::from_value(&set.spec()["selector"]).unwrap_or_else(|_| Selector::nothing())
}

impl Controller for StatefulSets {
    fn name(&self) -> &'static str {
        "statefulset-controller"
    }
    fn watches(&self) -> &'static [&'static str] {
        &[RESOURCE, "pods", "controllerrevisions.apps"]
    }
    fn notice(&mut self, change: &Change, wake: &mut Wake) {
        if &*change.key.resource == RESOURCE {
            return wake.now(change.key.clone());
        }
        wake.controllers_of(change, "StatefulSet", RESOURCE);
        wake.adopters_of(change, RESOURCE, selector);
    }
    fn reconcile(&mut self, key: &Key, cx: &Context) -> Result<Again, Status> {
        let Some(set) = cx.get(key) else { return Ok(None) };
        let selector = selector(&set);
        let revisions = Revisions::sync(cx, &set, &selector)?;
        let mut found = cx.claim(&set, "pods", &selector)?;
        found.retain(|pod| ordinal(&set, pod).is_some());
        let mut pass = Pass::new(cx, &set, &revisions, found);
        let managed = if set.is_terminating() { Ok(()) } else { pass.manage() };
        pass.write_status()?;
        managed?;
        let names = [pass.current.name().to_string(), pass.update.name().to_string()];
        let in_use = |revision: &Object| {
            names.iter().any(|name| name == revision.name())
                || pass.pods.iter().any(|pod| pod.label(revisions::HASH_LABEL) == Some(revision.name()))
        };
        revisions.clean_up(cx, &set, in_use)?;
        Ok(pods::next_available(&pass.pods, pods::min_ready(&set), cx.now))
    }
}

/// A pod's number, if its name is one the set gives.
fn ordinal(set: &Object, pod: &Object) -> Option<i64> {
    let number = pod.name().strip_prefix(set.name())?.strip_prefix('-')?;
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok())?
}

/// One pass over one StatefulSet.
struct Pass<'a> {
    cx: &'a Context,
    set: &'a Object,
    /// The revision of pods that are not (yet) to be updated, and the one of the present template.
    current: Object,
    update: Object,
    /// Its pods.
    pods: Vec<Object>,
    start: i64,
    replicas: i64,
}

impl<'a> Pass<'a> {
    fn new(cx: &'a Context, set: &'a Object, revisions: &Revisions, pods: Vec<Object>) -> Pass<'a> {
        let update = revisions.latest().clone();
        let current = set.status()["currentRevision"].str();
        let current = revisions.all.iter().find(|revision| revision.name() == current).unwrap_or(&update).clone();
        let start = set.spec().at(&["ordinals", "start"]).int();
        Pass { cx, set, current, update, pods, start, replicas: set.spec()["replicas"].as_i64().unwrap_or(1) }
    }

    fn partition(&self) -> i64 {
        self.set.spec().at(&["updateStrategy", "rollingUpdate", "partition"]).int()
    }
    fn is_ordered(&self) -> bool {
        self.set.spec()["podManagementPolicy"] != "Parallel"
    }
    fn is_update(&self, pod: &Object) -> bool {
        pod.label(revisions::HASH_LABEL) == Some(self.update.name())
    }
    fn is_available(&self, pod: &Object) -> bool {
        pods::phase(pod) == "Running" && pods::is_available(pod, pods::min_ready(self.set), self.cx.now)
    }
    fn is_healthy(&self, pod: &Object) -> bool {
        self.is_available(pod) && !pod.is_terminating()
    }
    fn find(&self, number: i64) -> Option<Object> {
        self.pods.iter().find(|pod| ordinal(self.set, pod) == Some(number)).cloned()
    }

    /// The revision a new pod of that number gets.
    fn revision_for(&self, number: i64) -> &Object {
        let rolling = *self.set.spec().at(&["updateStrategy", "type"]) == "RollingUpdate";
        let stays = if rolling {
            number < self.start + self.partition()
        } else {
            number < self.start + self.set.status()["currentReplicas"].int()
        };
        let same = self.current.name() == self.update.name();
        if stays && !same { &self.current } else { &self.update }
    }

    fn manage(&mut self) -> Result<(), Status> {
        let end = self.start + self.replicas;
        self.own_claims()?;
        for number in self.start..end {
            if !self.manage_replica(number)? {
                return Ok(());
            }
        }
        let mut condemned: Vec<Object> = self.pods.clone();
        condemned.retain(|pod| ordinal(self.set, pod).is_some_and(|number| number < self.start || number >= end));
        condemned.sort_by_key(|pod| std::cmp::Reverse(ordinal(self.set, pod)));
        if !self.scale_down(condemned)? || *self.set.spec().at(&["updateStrategy", "type"]) == "OnDelete" {
            return Ok(());
        }
        self.update_pods()
    }

    /// Brings one replica about; false if the next has to wait for it.
    fn manage_replica(&mut self, number: i64) -> Result<bool, Status> {
        let waits = self.is_ordered();
        let Some(pod) = self.find(number) else {
            let pod = self.create(number)?;
            self.pods.push(pod);
            return Ok(!waits);
        };
        if pods::is_finished(&pod) {
            if !pod.is_terminating() {
                let message = format!(
                    "StatefulSet {}/{} is recreating failed Pod {}",
                    self.set.namespace(),
                    self.set.name(),
                    pod.name()
                );
                if pods::phase(&pod) == "Failed" {
                    self.cx.recorder.warning(self.set, "RecreatingFailedPod", &message);
                } else {
                    self.cx.recorder.normal(
                        self.set,
                        "RecreatingTerminatedPod",
                        &message.replace("failed", "terminated"),
                    );
                }
                self.delete(&pod)?;
            }
            return Ok(!waits);
        }
        // Claims may have been deleted while the pod waits for them.
        if pods::phase(&pod) == "Pending" {
            self.create_claims(number)?;
        }
        Ok(!waits || self.is_healthy(&pod))
    }

    /// Deletes what is beyond the number wanted, from the top; false if there is more to come.
    fn scale_down(&mut self, condemned: Vec<Object>) -> Result<bool, Status> {
        if condemned.is_empty() {
            return Ok(true);
        }
        let end = self.start + self.replicas;
        let number = |pod: &Object| ordinal(self.set, pod).unwrap_or(0);
        let inside = |pod: &&Object| (self.start..end).contains(&number(pod));
        let unhealthy_inside = self.pods.iter().filter(inside).any(|pod| !self.is_healthy(pod));
        for pod in &condemned {
            if pod.is_terminating() {
                if self.is_ordered() {
                    return Ok(false);
                }
                continue;
            }
            if self.is_ordered() && unhealthy_inside && self.is_healthy(pod) {
                return Ok(false);
            }
            self.delete(pod)?;
            if self.is_ordered() {
                return Ok(false);
            }
        }
        Ok(self.is_ordered())
    }

    /// Deletes the pods of old revisions from the top, so that they come back as new ones.
    fn update_pods(&mut self) -> Result<(), Status> {
        let end = self.start + self.replicas;
        let most = self.set.spec().at(&["updateStrategy", "rollingUpdate", "maxUnavailable"]);
        let most = if most.is_null() { 1 } else { pods::scaled(most, self.replicas, true).max(1) };
        let mut unavailable = 0;
        for number in (self.start + self.partition()..end).rev() {
            let Some(pod) = self.find(number) else { continue };
            if !self.is_update(&pod) && !pod.is_terminating() {
                self.delete(&pod)?;
                unavailable += 1;
            } else if !self.is_healthy(&pod) {
                unavailable += 1;
            }
            if unavailable >= most {
                return Ok(());
            }
        }
        Ok(())
    }

    fn delete(&self, pod: &Object) -> Result<(), Status> {
        let (name, set) = (pod.name(), self.set.name());
        match self.cx.delete("pods", pod) {
            Ok(()) => {
                let message = format!("Delete Pod {name} in StatefulSet {set} successful");
                self.cx.recorder.normal(self.set, "SuccessfulDelete", &message);
                Ok(())
            }
            Err(status) if status.is_not_found() => Ok(()),
            Err(status) => {
                let message = format!("Delete Pod {name} in StatefulSet {set} failed error: {}", status.message);
                self.cx.recorder.warning(self.set, "FailedDelete", &message);
                Err(status)
            }
        }
    }

    fn create(&self, number: i64) -> Result<Object, Status> {
        self.create_claims(number)?;
        let pod = self.build(number);
        let (name, set) = (pod.name().to_string(), self.set.name());
        match self.cx.client.create(pod) {
            Ok(pod) => {
                let message = format!("Create Pod {name} in StatefulSet {set} successful");
                self.cx.recorder.normal(self.set, "SuccessfulCreate", &message);
                Ok(pod)
            }
            Err(status) => {
                if !super::replicaset::is_namespace_terminating(&status) {
                    let message = format!("Create Pod {name} in StatefulSet {set} failed error: {}", status.message);
                    self.cx.recorder.warning(self.set, "FailedCreate", &message);
                }
                Err(status)
            }
        }
    }

    fn claim_name(&self, template: &Value, number: i64) -> String {
        format!("{}-{}-{number}", template.at(&["metadata", "name"]).str(), self.set.name())
    }

    fn build(&self, number: i64) -> Object {
        let revision = self.revision_for(number);
        let template = revision["data"]["spec"]["template"].clone();
        let mut pod = pod_from_template(&template, self.set);
        let name = format!("{}-{number}", self.set.name());
        pod.set(&["metadata", "name"], name.as_str());
        pod.set(&["metadata", "labels", "statefulset.kubernetes.io/pod-name"], name.as_str());
        pod.set(&["metadata", "labels", "apps.kubernetes.io/pod-index"], number.to_string());
        pod.set(&["metadata", "labels", revisions::HASH_LABEL], revision.name());
        pod.set(&["spec", "hostname"], name.as_str());
        let service = self.set.spec()["serviceName"].str();
        if !service.is_empty() {
            pod.set(&["spec", "subdomain"], service);
        }
        let templates = self.set.spec()["volumeClaimTemplates"].items();
        if !templates.is_empty() {
            let named = |volume: &Value| templates.iter().any(|t| t.at(&["metadata", "name"]) == &volume["name"]);
            let mut volumes: Vec<Value> = templates
                .iter()
                .map(|template| {
                    let claim = self.claim_name(template, number);
                    json!({"name": template.at(&["metadata", "name"]).clone(), "persistentVolumeClaim": {"claimName": claim}})
                })
                .collect();
            volumes.extend(pod.spec()["volumes"].items().iter().filter(|volume| !named(volume)).cloned());
            pod.set(&["spec", "volumes"], Value::from(volumes));
        }
        pod
    }

    fn create_claims(&self, number: i64) -> Result<(), Status> {
        for template in self.set.spec()["volumeClaimTemplates"].items() {
            let name = self.claim_name(template, number);
            if self.cx.informers.get(CLAIMS, self.set.namespace(), &name).is_some() {
                continue;
            }
            let mut claim = Object(template.clone());
            claim["apiVersion"] = "v1".into();
            claim["kind"] = "PersistentVolumeClaim".into();
            claim.remove(&["status"]);
            claim.set(&["metadata", "name"], name.as_str());
            claim.set(&["metadata", "namespace"], self.set.namespace());
            for (label, value) in self.set.spec().at(&["selector", "matchLabels"]).entries() {
                claim.set(&["metadata", "labels", label], value.clone());
            }
            let retention = &self.set.spec()["persistentVolumeClaimRetentionPolicy"];
            if retention["whenDeleted"] == "Delete" {
                claim.set(&["metadata", "ownerReferences"], json!([controller_reference(self.set)]));
            }
            let (pod, set) = (format!("{}-{number}", self.set.name()), self.set.name());
            match self.cx.client.create(claim) {
                Ok(_) => {
                    let message = format!("Create Claim {name} Pod {pod} in StatefulSet {set} success");
                    self.cx.recorder.normal(self.set, "SuccessfulCreate", &message);
                }
                Err(status) if status.is_already_exists() => {}
                Err(status) => {
                    let message = format!(
                        "Create Claim {name} for Pod {pod} in StatefulSet {set} failed error: {}",
                        status.message
                    );
                    self.cx.recorder.warning(self.set, "FailedCreate", &message);
                    return Err(status);
                }
            }
        }
        Ok(())
    }

    /// Has claims go with the set, or with the pods that are scaled away, as the retention policy says.
    fn own_claims(&self) -> Result<(), Status> {
        let retention = &self.set.spec()["persistentVolumeClaimRetentionPolicy"];
        let deletes = |when: &str| retention[when] == "Delete";
        for pod in &self.pods {
            let Some(number) = ordinal(self.set, pod) else { continue };
            let condemned = number < self.start || number >= self.start + self.replicas;
            let owner = match (condemned, deletes("whenScaled"), deletes("whenDeleted")) {
                (true, true, _) => Some(controller_reference(pod)),
                (_, _, true) => Some(controller_reference(self.set)),
                _ => None,
            };
            for template in self.set.spec()["volumeClaimTemplates"].items() {
                let name = self.claim_name(template, number);
                let Some(mut claim) = self.cx.informers.get(CLAIMS, self.set.namespace(), &name) else { continue };
                let ours = |other: &Value| matches!(other["kind"].str(), "Pod" | "StatefulSet");
                let mut owners: Vec<Value> = claim.owners().iter().filter(|other| !ours(other)).cloned().collect();
                owners.extend(owner.clone());
                if *claim.owners() == *owners || claim.is_terminating() {
                    continue;
                }
                if owners.is_empty() {
                    claim.remove(&["metadata", "ownerReferences"]);
                } else {
                    claim.set(&["metadata", "ownerReferences"], Value::from(owners));
                }
                gone_is_fine(self.cx.client.update(claim))?;
            }
        }
        Ok(())
    }

    fn write_status(&mut self) -> Result<(), Status> {
        let (mut replicas, mut ready, mut available, mut current, mut updated) = (0, 0, 0, 0, 0);
        for pod in &self.pods {
            replicas += 1;
            ready += i64::from(pods::phase(pod) == "Running" && pods::is_ready(pod));
            available += i64::from(self.is_available(pod));
            if !pod.is_terminating() {
                updated += i64::from(self.is_update(pod));
                current += i64::from(pod.label(revisions::HASH_LABEL) == Some(self.current.name()));
            }
        }
        let rolling = *self.set.spec().at(&["updateStrategy", "type"]) == "RollingUpdate";
        if rolling && updated == replicas && ready == replicas && replicas == self.replicas {
            // All have arrived: what was new is now the state of things.
            self.current = self.update.clone();
            current = updated;
        }
        let mut status = self.set.status().clone();
        status["observedGeneration"] = self.set.generation().into();
        status["replicas"] = replicas.into();
        status["availableReplicas"] = available.into();
        for (field, count) in [("readyReplicas", ready), ("currentReplicas", current), ("updatedReplicas", updated)] {
            pods::put_count(&mut status, field, count);
        }
        status["currentRevision"] = self.current.name().into();
        status["updateRevision"] = self.update.name().into();
        status.set_default(&["collisionCount"], 0);
        self.cx.put_status(self.set, status)
    }
}
