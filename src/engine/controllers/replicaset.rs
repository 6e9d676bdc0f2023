//! ReplicaSets: keeps as many pods as each asks for. ReplicationControllers are the same machine.

use super::pods;
use super::runner::{Again, Context, Controller, Wake, pod_from_template};
use super::{conditions, surplus};
use crate::meta::{Object, Selector, Status, Value};
use crate::store::{Change, Key};

/// How many pods one pass creates or deletes at most.
const BURST: usize = 500;

/// The controller of one of the two kinds.
struct Replicas {
    name: &'static str,
    kind: &'static str,
    resource: &'static str,
    watches: &'static [&'static str],
    selector: fn(&Object) -> Selector,
}

/// The ReplicaSet controller.
pub fn replicaset() -> Box<dyn Controller> {
    Box::new(Replicas {
        name: "replicaset-controller",
        kind: "ReplicaSet",
        resource: "replicasets.apps",
        watches: &["pods", "replicasets.apps"],
        selector: |set| Selector::from_value(&set.spec()["selector"]).unwrap_or_else(|_| Selector::nothing()),
    })
}

/// The ReplicationController controller.
pub fn replicationcontroller() -> Box<dyn Controller> {
    Box::new(Replicas {
        name: "replication-controller",
        kind: "ReplicationController",
        resource: "replicationcontrollers",
        watches: &["pods", "replicationcontrollers"],
        selector: |set| Selector::from_map(&set.spec()["selector"]),
    })
}

impl Controller for Replicas {
    fn name(&self) -> &'static str {
        self.name
    }
    fn watches(&self) -> &'static [&'static str] {
        self.watches
    }
    fn notice(&mut self, change: &Change, wake: &mut Wake) {
        if &*change.key.resource == self.resource {
            wake.now(change.key.clone());
        } else {
            wake.controllers_of(change, self.kind, self.resource);
            wake.adopters_of(change, self.resource, self.selector);
        }
    }
    fn reconcile(&mut self, key: &Key, cx: &Context) -> Result<Again, Status> {
        let Some(set) = cx.get(key) else { return Ok(None) };
        let mut found = cx.claim(&set, "pods", &(self.selector)(&set))?;
        let terminating = found.iter().filter(|pod| pod.is_terminating() && !pods::is_finished(pod)).count() as i64;
        found.retain(pods::is_active);
        let managed = if set.is_terminating() { Ok(()) } else { self.manage(cx, &set, &found) };
        let failure = managed.as_ref().err();
        let status = self.status(cx, &set, &found, terminating, failure);
        cx.put_status(&set, status)?;
        managed?;
        Ok(pods::next_available(&found, pods::min_ready(&set), cx.now))
    }
}

impl Replicas {
    /// Creates or deletes pods towards the number asked for.
    fn manage(&self, cx: &Context, set: &Object, found: &[Object]) -> Result<(), Status> {
        let wanted = usize::try_from(set.spec()["replicas"].int()).unwrap_or(0);
        if found.len() < wanted {
            return create(cx, set, (wanted - found.len()).min(BURST));
        }
        let count = (found.len() - wanted).min(BURST);
        for pod in surplus::choose(found, count, |node| self.related_on(cx, set, node), cx.now) {
            match cx.delete("pods", pod) {
                Ok(()) => cx.recorder.normal(set, "SuccessfulDelete", &format!("Deleted pod: {}", pod.name())),
                Err(status) if status.is_not_found() => {}
                Err(status) => {
                    cx.recorder.warning(set, "FailedDelete", &format!("Error deleting: {}", status.message));
                    return Err(status);
                }
            }
        }
        Ok(())
    }

    /// How many active pods of sets with the same owner are on a node.
    fn related_on(&self, cx: &Context, set: &Object, node: &str) -> usize {
        let owner = set.controller().map_or("", |owner| owner["uid"].str());
        let siblings = cx.informers.owned(self.resource, owner);
        let is_related = |pod: &Object| {
            let uid = pod.controller().map_or("", |owner| owner["uid"].str());
            uid == set.uid() || siblings.iter().any(|sibling| sibling.uid() == uid)
        };
        cx.informers.pods_on(node).iter().filter(|pod| pods::is_active(pod) && is_related(pod)).count()
    }

    fn status(&self, cx: &Context, set: &Object, found: &[Object], terminating: i64, error: Option<&Status>) -> Value {
        let min_ready = pods::min_ready(set);
        let labels = set.spec().at(&["template", "metadata", "labels"]);
        let labelled = |pod: &&Object| {
            labels.is_shared_with(pod.labels()) || labels.entries().all(|(key, value)| pod.label(key) == value.as_str())
        };
        let count = |test: &dyn Fn(&&Object) -> bool| found.iter().filter(test).count() as i64;
        let ready = count(&|pod| pods::is_ready(pod));
        let available = match min_ready.is_zero() {
            true => ready,
            false => count(&|pod| pods::is_available(pod, min_ready, cx.now)),
        };
        let mut status = set.status().clone();
        status["replicas"] = found.len().into();
        pods::put_count(&mut status, "fullyLabeledReplicas", count(&labelled));
        pods::put_count(&mut status, "readyReplicas", ready);
        pods::put_count(&mut status, "availableReplicas", available);
        if self.kind == "ReplicaSet" {
            status["terminatingReplicas"] = terminating.into();
        }
        status["observedGeneration"] = set.generation().into();
        let failing = conditions::find(&status, "ReplicaFailure").is_some();
        match error {
            Some(error) if !failing => {
                let short = (found.len() as i64) < set.spec()["replicas"].int();
                let reason = if short { "FailedCreate" } else { "FailedDelete" };
                conditions::set(&mut status, conditions::new("ReplicaFailure", "True", reason, &error.message, cx.now));
            }
            None => conditions::remove(&mut status, "ReplicaFailure"),
            Some(_) => {}
        }
        status
    }
}

/// Creates pods in batches that double, so that what fails once is not tried five hundred times.
fn create(cx: &Context, set: &Object, count: usize) -> Result<(), Status> {
    let mut pod = pod_from_template(&set.spec()["template"], set);
    pod.set(&["metadata", "generateName"], format!("{}-", set.name()));
    let (mut left, mut batch) = (count, 1);
    while left > 0 {
        let mut failed = None;
        for _ in 0..batch.min(left) {
            match cx.client.create(pod.clone()) {
                Ok(pod) => cx.recorder.normal(set, "SuccessfulCreate", &format!("Created pod: {}", pod.name())),
                Err(status) if is_namespace_terminating(&status) => return Ok(()),
                Err(status) => {
                    cx.recorder.warning(set, "FailedCreate", &format!("Error creating: {}", status.message));
                    failed.get_or_insert(status);
                }
            }
        }
        if let Some(status) = failed {
            return Err(status);
        }
        left -= batch.min(left);
        batch *= 2;
    }
    Ok(())
}

/// Whether a creation failed because the namespace is on its way out: nothing to be tried again.
pub fn is_namespace_terminating(status: &Status) -> bool {
    status.details["causes"].items().iter().any(|cause| cause["reason"] == "NamespaceTerminating")
}
