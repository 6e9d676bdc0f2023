//! What a deployment's status says: counts, and whether it is available, progressing, or stuck.

use super::{Rollout, bounds, replicas};
use crate::controllers::runner::Again;
use crate::controllers::{conditions, pods};
use crate::meta::{Object, Status, Time, Value};
use std::time::Duration;

/// `progressDeadlineSeconds` of a deployment that has none.
const NO_DEADLINE: i64 = i32::MAX as i64;

/// Whether all replicas are of the new template and available.
pub fn is_complete(deployment: &Object, status: &Value) -> bool {
    let wanted = replicas(deployment);
    ["updatedReplicas", "replicas", "availableReplicas"].iter().all(|field| status[*field].int() == wanted)
        && status["observedGeneration"].int() >= deployment.generation()
}

/// Whether the new status is nearer to completion than the old one.
fn is_progressing(old: &Value, new: &Value) -> bool {
    let outdated = |status: &Value| status["replicas"].int() - status["updatedReplicas"].int();
    let grew = |field: &str| new[field].int() > old[field].int();
    grew("updatedReplicas") || outdated(new) < outdated(old) || grew("readyReplicas") || grew("availableReplicas")
}

impl Rollout<'_> {
    pub fn has_deadline(&self) -> bool {
        self.deployment.spec()["progressDeadlineSeconds"].as_i64().is_some_and(|seconds| seconds != NO_DEADLINE)
    }

    pub fn condition(&self, kind: &str, status: &str, reason: &str, message: &str) -> Value {
        let mut condition = conditions::new(kind, status, reason, message, self.cx.now);
        condition["lastUpdateTime"] = condition["lastTransitionTime"].clone();
        condition
    }

    pub fn write_status(&mut self, status: Value) -> Result<(), Status> {
        if *self.deployment.status() != status {
            let mut deployment = self.deployment.clone();
            deployment["status"] = status;
            self.deployment = self.cx.client.update_status(deployment)?;
        }
        Ok(())
    }

    /// Notes that the deployment was paused or resumed: its deadline does not count meanwhile.
    pub fn note_pause(&mut self) -> Result<(), Status> {
        let reason = conditions::find(self.deployment.status(), "Progressing").map_or("", |c| c["reason"].str());
        if !self.has_deadline() || reason == "ProgressDeadlineExceeded" {
            return Ok(());
        }
        let (reason, message) = match (self.deployment.spec()["paused"].bool(), reason == "DeploymentPaused") {
            (true, false) => ("DeploymentPaused", "Deployment is paused"),
            (false, true) => ("DeploymentResumed", "Deployment is resumed"),
            _ => return Ok(()),
        };
        let mut status = self.deployment.status().clone();
        conditions::set(&mut status, self.condition("Progressing", "Unknown", reason, message));
        self.write_status(status)
    }

    /// Writes the counts, and no more.
    pub fn sync_status(&mut self) -> Result<Again, Status> {
        let status = self.counts();
        self.write_status(status).map(|()| None)
    }

    /// Writes the counts and how the rollout goes.
    pub fn sync_progress(&mut self) -> Result<Again, Status> {
        let mut status = self.counts();
        let current = conditions::find(self.deployment.status(), "Progressing").cloned().unwrap_or_default();
        if !self.has_deadline() {
            conditions::remove(&mut status, "Progressing");
        }
        let done = status["replicas"].int() == status["updatedReplicas"].int()
            && current["reason"] == "NewReplicaSetAvailable";
        if self.has_deadline() && !done {
            self.judge(&mut status, &current);
        }
        match self.failure() {
            Some(mut condition) => {
                condition["lastUpdateTime"] = condition["lastTransitionTime"].clone();
                conditions::set(&mut status, condition);
            }
            None => conditions::remove(&mut status, "ReplicaFailure"),
        }
        self.write_status(status)?;
        Ok(self.next_look())
    }

    fn judge(&self, status: &mut Value, current: &Value) {
        let what = match &self.new {
            Some(new) => format!("ReplicaSet {:?}", new.name()),
            None => format!("Deployment {:?}", self.deployment.name()),
        };
        if is_complete(&self.deployment, status) {
            let message = format!("{what} has successfully progressed.");
            conditions::set(status, self.condition("Progressing", "True", "NewReplicaSetAvailable", &message));
        } else if is_progressing(self.deployment.status(), status) {
            let message = format!("{what} is progressing.");
            let mut condition = self.condition("Progressing", "True", "ReplicaSetUpdated", &message);
            if current["status"] == "True" {
                condition["lastTransitionTime"] = current["lastTransitionTime"].clone();
            }
            conditions::remove(status, "Progressing");
            conditions::set(status, condition);
        } else if self.has_timed_out(current) {
            let message = format!("{what} has timed out progressing.");
            conditions::set(status, self.condition("Progressing", "False", "ProgressDeadlineExceeded", &message));
        }
    }

    /// When the deadline passes, counted from the last progress.
    fn deadline(&self, current: &Value) -> Option<Time> {
        let from = Time::parse(current["lastUpdateTime"].str())?;
        Some(from + pods::seconds(&self.deployment.spec()["progressDeadlineSeconds"]))
    }

    fn has_timed_out(&self, current: &Value) -> bool {
        match current["reason"].str() {
            "NewReplicaSetAvailable" => false,
            "ProgressDeadlineExceeded" => true,
            _ => self.deadline(current).is_some_and(|deadline| deadline < self.cx.now),
        }
    }

    /// When to look whether the rollout got stuck.
    fn next_look(&self) -> Again {
        let current = conditions::find(self.deployment.status(), "Progressing")?;
        let settled = is_complete(&self.deployment, self.deployment.status());
        if !self.has_deadline() || settled || current["reason"] == "ProgressDeadlineExceeded" {
            return None;
        }
        Some(self.deadline(current)? + Duration::from_secs(1))
    }

    fn failure(&self) -> Option<Value> {
        let of = |set: &Object| set.condition("ReplicaFailure").cloned();
        self.new.as_ref().and_then(of).or_else(|| self.old.iter().find_map(of))
    }

    fn counts(&self) -> Value {
        let sum = |field: &str| self.every().map(|set| set.status()[field].int()).sum::<i64>();
        let (total, available) = (sum("replicas"), sum("availableReplicas"));
        let updated = self.new.as_ref().map_or(0, |new| new.status()["replicas"].int());
        let mut status = self.deployment.status().clone();
        status["observedGeneration"] = self.deployment.generation().into();
        for (field, count) in [
            ("replicas", total),
            ("updatedReplicas", updated),
            ("readyReplicas", sum("readyReplicas")),
            ("availableReplicas", available),
            ("unavailableReplicas", (total - available).max(0)),
        ] {
            pods::put_count(&mut status, field, count);
        }
        status["terminatingReplicas"] = sum("terminatingReplicas").into();
        let enough = available >= replicas(&self.deployment) - bounds(&self.deployment).1;
        let (value, reason, message) = if enough {
            ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
        } else {
            ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
        };
        conditions::set(&mut status, self.condition("Available", value, reason, message));
        status
    }
}
