//! Deletion: grace periods, finalizers, propagation.

use super::custom;
use super::operation::{Operation, Verb};
use super::read::ListOptions;
use super::server::ApiServer;
use super::table::{self, Form};
use crate::json;
use crate::meta::{Object, Status, Value};
use std::time::Duration;

/// Finalizers that stand for a propagation policy.
const ORPHAN: &str = "orphan";
const FOREGROUND: &str = "foregroundDeletion";

/// Resources whose dependents stay behind unless the client says otherwise, as in the days
/// before garbage collection.
const ORPHANED_BY_DEFAULT: &[&str] = &["replicationcontrollers", "jobs.batch"];

/// Whether nothing holds a terminating object back any more.
pub(super) fn is_done(op: &Operation, object: &Object) -> bool {
    object.is_terminating()
        && object.finalizers().next().is_none()
        && object.at(&["metadata", "deletionGracePeriodSeconds"]).int() == 0
        && (!op.resource.is("namespaces") || object.at(&["spec", "finalizers"]).is_empty())
}

impl ApiServer {
    /// Deletes the operation's object, or starts to. `Ok(Err(object))` if it is still there.
    pub(super) fn delete(&mut self, op: &mut Operation, options: &Value) -> Result<Result<Object, Object>, Status> {
        let old = self.stored(op)?;
        check_preconditions(op, options, &old)?;
        super::admission::validate(self, op, &old, Some(&old))?;
        let mut object = old.clone();
        self.set_propagation(op, options, &mut object);
        if op.resource.is(custom::DEFINITIONS) && !op.options.dry_run {
            custom::remove_instances(self, op, &mut object);
        }
        let grace = grace_period(op, options, &old);
        let held = object.finalizers().next().is_some()
            || grace > 0
            || (op.resource.is("namespaces") && !object.at(&["spec", "finalizers"]).is_empty());
        if !held {
            if !op.options.dry_run {
                let key = self.key(op, &op.name);
                if op.resource.is("pods") && !old.is_terminating() {
                    // Even a pod that goes at once is first marked, as watchers see.
                    self.mark(op, &mut object, &old, grace);
                    self.commit(key.clone(), Some(object.clone()));
                }
                self.commit(key, None);
            }
            return Ok(Ok(object));
        }
        self.mark(op, &mut object, &old, grace);
        if object != old && !op.options.dry_run {
            let key = self.key(op, &op.name);
            if is_done(op, &object) {
                self.commit(key, None);
                return Ok(Ok(object));
            }
            self.commit(key, Some(object.clone()));
        }
        Ok(Err(object))
    }

    /// Deletes all objects that the options select, and gives the list of them.
    pub(super) fn delete_collection(
        &mut self,
        op: &mut Operation,
        options: &ListOptions,
        delete: &Value,
    ) -> Result<Value, Status> {
        let (objects, metadata) = self.select(op, options)?;
        for object in &objects {
            let mut one = op.sub(Verb::Delete, &op.resource, object.namespace(), object.name());
            match self.delete(&mut one, delete) {
                Err(status) if !status.is_not_found() => return Err(status),
                _ => op.warnings.append(&mut one.warnings),
            }
        }
        Ok(table::present_list(&Form::Whole, &op.resource, objects, metadata, self.clock.now()))
    }

    /// Writes when the object is to be gone.
    fn mark(&self, op: &Operation, object: &mut Object, old: &Object, grace: i64) {
        let now = self.clock.now();
        if let Some(until) = old.deletion() {
            // A second deletion may only shorten the wait.
            let before = old.at(&["metadata", "deletionGracePeriodSeconds"]).int();
            if grace >= before {
                return;
            }
            let started = until - Duration::from_secs(before.max(0).unsigned_abs());
            let until = (started + Duration::from_secs(grace.max(0).unsigned_abs())).max(now);
            object.set(&["metadata", "deletionTimestamp"], until.rfc3339());
        } else {
            let until = now + Duration::from_secs(grace.max(0).unsigned_abs());
            object.set(&["metadata", "deletionTimestamp"], until.rfc3339());
            let generation = object.generation();
            if generation > 0 {
                object.set(&["metadata", "generation"], generation + 1);
            }
        }
        object.set(&["metadata", "deletionGracePeriodSeconds"], grace);
        if op.resource.is("namespaces") {
            object.remove(&["metadata", "deletionGracePeriodSeconds"]);
            object.set(&["status", "phase"], "Terminating");
        }
    }

    /// Turns the propagation policy into the finalizer that carries it out.
    fn set_propagation(&self, op: &mut Operation, options: &Value, object: &mut Object) {
        let orphan_by_default = ORPHANED_BY_DEFAULT.iter().any(|name| op.resource.is(name));
        let policy = match (options["propagationPolicy"].str(), options["orphanDependents"].as_bool()) {
            ("", Some(true)) => "Orphan",
            ("", Some(false)) => "Background",
            ("", None) if object.finalizers().any(|f| f == ORPHAN || f == FOREGROUND) => return,
            ("", None) if orphan_by_default => {
                if op.resource.is("jobs.batch") {
                    op.warnings.push(
                        "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background \
                         to remove them or set propagationPolicy=Orphan to suppress this warning"
                            .into(),
                    );
                }
                "Orphan"
            }
            (policy, _) => policy,
        };
        let wanted = match policy {
            "Orphan" => Some(ORPHAN),
            "Foreground" => Some(FOREGROUND),
            _ => None,
        };
        let mut finalizers: Vec<&str> = object.finalizers().filter(|f| *f != ORPHAN && *f != FOREGROUND).collect();
        finalizers.extend(wanted);
        let finalizers: Value = finalizers.into_iter().collect();
        if finalizers != *object.at(&["metadata", "finalizers"]) {
            if finalizers.is_empty() {
                object.remove(&["metadata", "finalizers"]);
            } else {
                object.set(&["metadata", "finalizers"], finalizers);
            }
        }
    }
}

/// Resources whose deletion is answered with the object as it last was.
const RETURNED: &[&str] = &[
    "persistentvolumeclaims",
    "persistentvolumes",
    "pods",
    "podtemplates",
    "resourcequotas",
    "serviceaccounts",
    "services",
];

/// The answer to a deletion that is done.
pub(super) fn success(op: &Operation, object: &Object) -> Value {
    if RETURNED.iter().any(|name| op.resource.is(name)) {
        return object.0.clone();
    }
    let mut details = json!({"name": (object.name()), "kind": (&op.resource.plural), "uid": (object.uid())});
    if !op.resource.group.is_empty() {
        details["group"] = (&op.resource.group).into();
    }
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})
}

/// How long the object has to end gracefully: only pods take time.
fn grace_period(op: &Operation, options: &Value, object: &Object) -> i64 {
    if !op.resource.is("pods") {
        return 0;
    }
    let scheduled = !object.at(&["spec", "nodeName"]).str().is_empty();
    let ended = matches!(object.at(&["status", "phase"]).str(), "Succeeded" | "Failed");
    if !scheduled || ended {
        return 0;
    }
    let asked = options["gracePeriodSeconds"].as_i64();
    asked.or(object.at(&["spec", "terminationGracePeriodSeconds"]).as_i64()).unwrap_or(30).max(0)
}

fn check_preconditions(op: &Operation, options: &Value, object: &Object) -> Result<(), Status> {
    let wanted = &options["preconditions"];
    let refuse = |why: String| Err(Status::conflict("", &op.resource.kind, object.name(), &why));
    if let Some(uid) = wanted["uid"].as_str().filter(|uid| *uid != object.uid()) {
        return refuse(format!(
            "the UID in the precondition ({uid}) does not match the UID in record ({}). \
             The object might have been deleted and then recreated",
            object.uid()
        ));
    }
    let stored = object.at(&["metadata", "resourceVersion"]).str();
    if let Some(version) = wanted["resourceVersion"].as_str().filter(|version| *version != stored) {
        return refuse(format!(
            "the ResourceVersion in the precondition ({version}) does not match the ResourceVersion in record \
             ({stored}). The object might have been modified"
        ));
    }
    Ok(())
}
