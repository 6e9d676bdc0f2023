//! Deployments: a replica set per template, scaled up and down so that one replaces the other.
//!
//! [`revisions`] finds and makes the replica sets, [`rolling`] does the arithmetic of a rolling
//! update, [`scaling`] spreads a changed number of replicas, [`progress`] tells how it goes.

mod progress;
mod revisions;
mod rolling;
mod scaling;

use super::pods;
use super::runner::{Again, Context, Controller, Wake, key};
use crate::meta::{Object, Selector, Status, Value};
use crate::store::{Change, Key};

const RESOURCE: &str = "deployments.apps";
const SETS: &str = "replicasets.apps";

/// The Deployment controller.
struct Deployments;

/// The Deployment controller.
pub fn deployment() -> Box<dyn Controller> {
    Box::new(Deployments)
}

fn selector(deployment: &Object) -> Selector {
    Selector::from_value(&deployment.spec()["selector"]).unwrap_or_else(|_| Selector::nothing())
}

impl Controller for Deployments {
    fn name(&self) -> &'static str {
        "deployment-controller"
    }
    fn watches(&self) -> &'static [&'static str] {
        &[RESOURCE, SETS, "pods"]
    }
    fn notice(&mut self, change: &Change, wake: &mut Wake) {
        match &*change.key.resource {
            RESOURCE => wake.now(change.key.clone()),
            SETS => {
                wake.controllers_of(change, "Deployment", RESOURCE);
                wake.adopters_of(change, RESOURCE, selector);
            }
            // Recreate waits for the last old pod to be gone.
            _ => {
                let Some(pod) = change.old.as_ref().filter(|_| change.new.is_none()) else { return };
                let Some(set) = pod.controller().filter(|owner| owner["kind"] == "ReplicaSet") else { return };
                let Some(set) = wake.informers.get(SETS, pod.namespace(), set["name"].str()) else { return };
                let Some(owner) = set.controller().filter(|owner| owner["kind"] == "Deployment") else { return };
                let owner = key(RESOURCE, pod.namespace(), owner["name"].str());
                let deployment = wake.informers.get(RESOURCE, &owner.namespace, &owner.name);
                if deployment.is_some_and(|deployment| is_recreate(&deployment)) {
                    wake.now(owner);
                }
            }
        }
    }
    fn reconcile(&mut self, key: &Key, cx: &Context) -> Result<Again, Status> {
        let Some(deployment) = cx.get(key) else { return Ok(None) };
        let selector = selector(&deployment);
        if selector.is_empty() {
            let message = "This deployment is selecting all pods. A non-empty selector is required.";
            cx.recorder.warning(&deployment, "SelectingAll", message);
            return Ok(None);
        }
        let sets = cx.claim(&deployment, SETS, &selector)?;
        let mut rollout = Rollout { cx, deployment, new: None, old: Vec::new(), all: sets };
        rollout.sync()
    }
}

/// One pass over one deployment.
struct Rollout<'a> {
    cx: &'a Context,
    deployment: Object,
    /// The replica set of the present template, if there is one.
    new: Option<Object>,
    /// The other replica sets, oldest first.
    old: Vec<Object>,
    /// All that belong to the deployment, as found.
    all: Vec<Object>,
}

impl Rollout<'_> {
    fn sync(&mut self) -> Result<Again, Status> {
        self.sort_revisions();
        if self.deployment.is_terminating() {
            return self.sync_status();
        }
        self.note_pause()?;
        let paused = self.deployment.spec()["paused"].bool();
        if paused || self.is_scaling() {
            self.sync_new_revision(false)?;
            self.scale()?;
            if paused {
                self.clean_up()?;
            }
            return self.sync_status();
        }
        if is_recreate(&self.deployment) { self.recreate() } else { self.roll() }
    }

    fn roll(&mut self) -> Result<Again, Status> {
        self.sync_new_revision(true)?;
        if self.scale_up_new()? || self.scale_down_old()? {
            return self.sync_progress();
        }
        if progress::is_complete(&self.deployment, self.deployment.status()) {
            self.clean_up()?;
        }
        self.sync_progress()
    }

    fn recreate(&mut self) -> Result<Again, Status> {
        self.sync_new_revision(false)?;
        let mut scaled = false;
        for at in 0..self.old.len() {
            if replicas(&self.old[at]) > 0 {
                scaled |= self.scale_set(at, 0)?;
            }
        }
        if scaled || self.are_old_pods_running() {
            return self.sync_progress();
        }
        self.sync_new_revision(true)?;
        self.scale_new(replicas(&self.deployment))?;
        if progress::is_complete(&self.deployment, self.deployment.status()) {
            self.clean_up()?;
        }
        self.sync_progress()
    }

    fn are_old_pods_running(&self) -> bool {
        self.old.iter().any(|set| {
            set.status()["replicas"].int() > 0
                || self.cx.informers.owned("pods", set.uid()).iter().any(|pod| !pods::is_finished(pod))
        })
    }

    /// The new set, if any, and the old ones.
    fn every(&self) -> impl Iterator<Item = &Object> {
        self.old.iter().chain(&self.new)
    }
}

/// `spec.replicas`.
fn replicas(object: &Object) -> i64 {
    object.spec()["replicas"].int()
}

fn is_recreate(deployment: &Object) -> bool {
    *deployment.spec().at(&["strategy", "type"]) == "Recreate"
}

/// How many pods may be there beyond those asked for, and how many of those may be missing.
fn bounds(deployment: &Object) -> (i64, i64) {
    let wanted = replicas(deployment);
    if is_recreate(deployment) {
        return (0, 0);
    }
    let rolling: &Value = deployment.spec().at(&["strategy", "rollingUpdate"]);
    let surge = pods::scaled(&rolling["maxSurge"], wanted, true);
    let mut unavailable = pods::scaled(&rolling["maxUnavailable"], wanted, false);
    if surge == 0 && unavailable == 0 {
        // Both may round down to nothing, and nothing could ever move.
        unavailable = 1;
    }
    (surge, unavailable.min(wanted))
}
