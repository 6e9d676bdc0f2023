//! A deployment's replica sets as its revisions: finding, making, numbering and forgetting them.

use super::{Rollout, bounds, replicas};
use crate::controllers::runner::{controller_reference, gone_is_fine};
use crate::controllers::{conditions, hash};
use crate::json;
use crate::meta::{Object, Status, Value};

const REVISION: &str = "deployment.kubernetes.io/revision";
const HISTORY: &str = "deployment.kubernetes.io/revision-history";
const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
const MAXIMUM: &str = "deployment.kubernetes.io/max-replicas";
const HASH_LABEL: &str = "pod-template-hash";
/// How many characters of past revisions an annotation keeps.
const HISTORY_LENGTH: usize = 2000;

/// What a replica set does not take over from its deployment's annotations.
const OWN_ANNOTATIONS: &[&str] = &[
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    HISTORY,
    DESIRED,
    MAXIMUM,
    "deprecated.deployment.rollback.to",
];

/// The number of a revision; 0 where there is none.
fn revision(object: &Object) -> i64 {
    object.annotation(REVISION).and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// How many replicas the deployment wanted when this set was last scaled, and at most had.
pub fn desired(set: &Object) -> Option<i64> {
    set.annotation(DESIRED)?.parse().ok()
}

/// How many pods the deployment might have had when this set was last scaled.
pub fn maximum(set: &Object) -> Option<i64> {
    set.annotation(MAXIMUM)?.parse().ok()
}

/// Writes down what the deployment wants now; says whether that was new.
pub fn note_replicas(set: &mut Object, deployment: &Object) -> bool {
    let wanted = replicas(deployment);
    let most = wanted + bounds(deployment).0;
    let mut changed = false;
    for (key, value) in [(DESIRED, wanted), (MAXIMUM, most)] {
        changed |= annotate(set, key, &value.to_string());
    }
    changed
}

fn annotate(object: &mut Object, key: &str, value: &str) -> bool {
    let changed = object.annotation(key) != Some(value);
    if changed {
        object.set(&["metadata", "annotations", key], value);
    }
    changed
}

/// Whether two templates differ in nothing but the hash label.
fn same_template(a: &Value, b: &Value) -> bool {
    let strip = |template: &Value| {
        let mut template = template.clone();
        template.remove(&["metadata", "labels", HASH_LABEL]);
        template
    };
    a["spec"] == b["spec"] && strip(a) == strip(b)
}

impl Rollout<'_> {
    /// Tells the new replica set from the old ones.
    pub fn sort_revisions(&mut self) {
        let mut sets = std::mem::take(&mut self.all);
        sets.sort_by(|a, b| a.created().cmp(&b.created()).then_with(|| a.name().cmp(b.name())));
        let template = &self.deployment.spec()["template"];
        let new = sets.iter().position(|set| same_template(&set.spec()["template"], template));
        self.new = new.map(|at| sets.remove(at));
        self.old = sets;
    }

    /// Brings the new replica set's annotations up to date; makes it if there is none and it is asked for.
    pub fn sync_new_revision(&mut self, create: bool) -> Result<(), Status> {
        let next = self.old.iter().map(revision).max().unwrap_or(0) + 1;
        if let Some(set) = self.new.take() {
            return self.keep_revision(set, next);
        }
        if create { self.make_revision(next) } else { Ok(()) }
    }

    fn keep_revision(&mut self, set: Object, next: i64) -> Result<(), Status> {
        let mut updated = set.clone();
        let mut changed = self.annotate_set(&mut updated, next);
        let min_ready = &self.deployment.spec()["minReadySeconds"];
        if updated.spec()["minReadySeconds"].int() != min_ready.int() {
            updated.set(&["spec", "minReadySeconds"], min_ready.clone());
            changed = true;
        }
        if changed {
            self.new = Some(self.cx.client.update(updated)?);
            return Ok(());
        }
        let mut condition = None;
        if self.has_deadline() && conditions::find(self.deployment.status(), "Progressing").is_none() {
            let message = format!("Found new replica set {:?}", set.name());
            condition = Some(self.condition("Progressing", "True", "FoundNewReplicaSet", &message));
        }
        let number = revision(&set);
        self.new = Some(set);
        self.note_revision(number, condition)
    }

    fn make_revision(&mut self, next: i64) -> Result<(), Status> {
        let set = self.build_set(next);
        let count = replicas(&set);
        let name = set.name().to_string();
        let created = match self.cx.client.create(set) {
            Ok(created) => {
                if count > 0 {
                    let message = format!("Scaled up replica set {name} from 0 to {count}");
                    self.cx.recorder.normal(&self.deployment, "ScalingReplicaSet", &message);
                }
                created
            }
            Err(status) if status.is_already_exists() => return self.collide(&name, status),
            Err(status) if crate::controllers::replicaset::is_namespace_terminating(&status) => return Err(status),
            Err(status) => {
                let message = format!("Failed to create new replica set {name:?}: {}", status.message);
                if self.has_deadline() {
                    let condition = self.condition("Progressing", "False", "ReplicaSetCreateError", &message);
                    let mut new = self.deployment.status().clone();
                    conditions::set(&mut new, condition);
                    self.write_status(new)?;
                }
                self.cx.recorder.warning(&self.deployment, "ReplicaSetCreateError", &message);
                return Err(status);
            }
        };
        let condition = self.has_deadline().then(|| {
            let message = format!("Created new replica set {name:?}");
            self.condition("Progressing", "True", "NewReplicaSetCreated", &message)
        });
        self.new = Some(created);
        self.note_revision(next, condition)
    }

    /// The name is taken: by our own set not seen yet, or by another template of the same hash.
    fn collide(&mut self, name: &str, status: Status) -> Result<(), Status> {
        let there = self.cx.informers.get(super::SETS, self.deployment.namespace(), name);
        let ours = there.filter(|set| {
            set.controller().is_some_and(|owner| owner["uid"] == *self.deployment.uid())
                && same_template(&set.spec()["template"], &self.deployment.spec()["template"])
        });
        if let Some(set) = ours {
            let number = revision(&set);
            self.new = Some(set);
            return self.note_revision(number, None);
        }
        let mut new = self.deployment.status().clone();
        new["collisionCount"] = (new["collisionCount"].int() + 1).into();
        self.write_status(new)?;
        Err(status)
    }

    fn build_set(&self, next: i64) -> Object {
        let deployment = &self.deployment;
        let mut template = deployment.spec()["template"].clone();
        let hash = hash::of(&template, deployment.status()["collisionCount"].as_i64());
        template.set(&["metadata", "labels", HASH_LABEL], hash.as_str());
        let mut selector = deployment.spec()["selector"].clone();
        selector.set(&["matchLabels", HASH_LABEL], hash.as_str());
        let mut set = Object(json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {
                "name": format!("{}-{hash}", deployment.name()), "namespace": deployment.namespace(),
                "labels": template.at(&["metadata", "labels"]).clone(),
                "ownerReferences": [controller_reference(deployment)],
            },
            "spec": {"replicas": 0, "selector": selector, "template": template},
        }));
        let min_ready = &deployment.spec()["minReadySeconds"];
        if min_ready.int() != 0 {
            set.set(&["spec", "minReadySeconds"], min_ready.clone());
        }
        let count = self.new_replicas(0);
        set.set(&["spec", "replicas"], count);
        self.annotate_set(&mut set, next);
        note_replicas(&mut set, deployment);
        set
    }

    /// Gives the set its revision and the deployment's annotations; says whether anything was new.
    fn annotate_set(&self, set: &mut Object, next: i64) -> bool {
        let mut changed = false;
        for (key, value) in self.deployment.at(&["metadata", "annotations"]).entries() {
            if !OWN_ANNOTATIONS.contains(&key.as_str()) {
                changed |= annotate(set, key, value.str());
            }
        }
        let before = set.annotation(REVISION).map(str::to_string);
        if revision(set) >= next {
            return changed;
        }
        annotate(set, REVISION, &next.to_string());
        if let Some(before) = before {
            // An old revision comes back under a new number; its old one is remembered.
            let history = match set.annotation(HISTORY).filter(|history| !history.is_empty()) {
                Some(history) => format!("{history},{before}"),
                None => before,
            };
            let mut from = 0;
            while history.len() - from > HISTORY_LENGTH {
                from += history[from..].find(',').map_or(history.len() - from, |at| at + 1);
            }
            annotate(set, HISTORY, &history[from..]);
        }
        true
    }

    /// Writes the revision into the deployment's annotation, and a condition into its status.
    fn note_revision(&mut self, number: i64, condition: Option<Value>) -> Result<(), Status> {
        // By way of the status: a change of annotations elsewhere would count as a new generation.
        let mut deployment = self.deployment.clone();
        annotate(&mut deployment, REVISION, &number.to_string());
        if let Some(condition) = condition {
            conditions::set(&mut deployment["status"], condition);
        }
        if deployment != self.deployment {
            self.deployment = self.cx.client.update_status(deployment)?;
        }
        Ok(())
    }

    /// Deletes the oldest empty replica sets beyond those kept for going back.
    pub fn clean_up(&self) -> Result<(), Status> {
        let Some(limit) = self.deployment.spec()["revisionHistoryLimit"].as_i64() else { return Ok(()) };
        let mut old: Vec<&Object> = self.old.iter().filter(|set| !set.is_terminating()).collect();
        let excess = old.len().saturating_sub(usize::try_from(limit).unwrap_or(0));
        old.sort_by_key(|set| revision(set));
        for set in old.into_iter().take(excess) {
            let empty = replicas(set) == 0 && set.status()["replicas"].int() == 0;
            if empty && set.generation() <= set.status()["observedGeneration"].int() {
                gone_is_fine(self.cx.delete(super::SETS, set))?;
            }
        }
        Ok(())
    }
}
