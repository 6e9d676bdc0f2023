//! The garbage collector: what is owned goes when its owners are gone.
//!
//! It watches every resource. An owner that waits in the foreground goes after its dependents; one
//! that orphans lets them go first.

use super::runner::{Again, Context, Controller, Wake, gone_is_fine};
use crate::json;
use crate::meta::{Object, Status, Text, Value};
use crate::meta::{SortedMap, SortedSet};
use crate::store::{Change, Key};
use std::time::Duration;

const ORPHAN: &str = "orphan";
const FOREGROUND: &str = "foregroundDeletion";
/// How long the collector waits before it looks for what has lost its owner.
const PATIENCE: Duration = Duration::from_millis(1);

/// The graph of owners and dependents.
#[derive(Default)]
struct Garbage {
    /// What exists, by uid.
    there: SortedMap<Text, Key>,
    /// By the owner's uid, its dependents.
    dependents: SortedMap<Text, SortedSet<Key>>,
}

/// The garbage collector.
pub fn garbage() -> Box<dyn Controller> {
    Box::<Garbage>::default()
}

fn uids(object: &Object) -> impl Iterator<Item = Text> {
    object.owners().iter().map(|owner| owner["uid"].str().into())
}

fn has(object: &Object, finalizer: &str) -> bool {
    object.finalizers().any(|other| other == finalizer)
}

impl Controller for Garbage {
    fn name(&self) -> &'static str {
        "garbage-collector-controller"
    }
    fn watches(&self) -> &'static [&'static str] {
        &[]
    }
    fn notice(&mut self, change: &Change, wake: &mut Wake) {
        if &*change.key.resource == "events" {
            return;
        }
        if let (Some(old), Some(new)) = (&change.old, &change.new)
            && old.owners() == new.owners()
            && old.finalizers().eq(new.finalizers())
            && old.is_terminating() == new.is_terminating()
        {
            return;
        }
        let before: SortedSet<Text> = change.old.iter().flat_map(uids).collect();
        let after: SortedSet<Text> = change.new.iter().flat_map(uids).collect();
        for uid in before.difference(&after) {
            if let Some(keys) = self.dependents.get_mut(uid) {
                keys.remove(&change.key);
                if keys.is_empty() {
                    self.dependents.remove(uid);
                }
            }
        }
        for uid in after.difference(&before) {
            self.dependents.entry(uid.clone()).or_default().insert(change.key.clone());
        }
        match (&change.old, &change.new) {
            (None, Some(new)) => {
                self.there.insert(new.uid().into(), change.key.clone());
                if !after.iter().all(|uid| self.there.contains_key(uid)) {
                    wake.after(change.key.clone(), PATIENCE);
                }
            }
            (Some(old), Some(new)) => {
                let terminates = new.is_terminating() && (has(new, ORPHAN) || has(new, FOREGROUND));
                if terminates || before != after {
                    wake.after(change.key.clone(), PATIENCE);
                }
                // An owner in the foreground may be waiting for this dependent to let it go.
                if old.owners() != new.owners() {
                    self.wake_owners(old, wake);
                }
            }
            (Some(old), None) => {
                self.there.remove(old.uid());
                for dependent in self.dependents.get(old.uid()).into_iter().flatten() {
                    wake.after(dependent.clone(), PATIENCE);
                }
                self.wake_owners(old, wake);
            }
            (None, None) => {}
        }
    }
    fn reconcile(&mut self, key: &Key, cx: &Context) -> Result<Again, Status> {
        let Some(object) = cx.get(key) else { return Ok(None) };
        if object.is_terminating() {
            if has(&object, ORPHAN) {
                return self.orphan(&object, cx).map(|()| None);
            }
            if has(&object, FOREGROUND) {
                return self.wait_for_dependents(&object, cx).map(|()| None);
            }
            return Ok(None);
        }
        if object.owners().is_empty() {
            return Ok(None);
        }
        self.attempt(&object, cx).map(|()| None)
    }
}

impl Garbage {
    fn wake_owners(&self, object: &Object, wake: &mut Wake) {
        for owner in uids(object) {
            if let Some(owner) = self.there.get(&owner) {
                let waits = wake.informers.get(&owner.resource, &owner.namespace, &owner.name);
                if waits.is_some_and(|owner| owner.is_terminating() && has(&owner, FOREGROUND)) {
                    wake.after(owner.clone(), PATIENCE);
                }
            }
        }
    }

    fn dependents(&self, owner: &Object, cx: &Context) -> Vec<Object> {
        self.dependents.get(owner.uid()).into_iter().flatten().filter_map(|key| cx.get(key)).collect()
    }

    /// The owner an object's reference names, if it is (still) the same.
    fn owner(&self, reference: &Value, namespace: &str, cx: &Context) -> Option<Object> {
        let key = self.there.get(reference["uid"].str())?;
        let reachable = key.namespace.is_empty() || *key.namespace == *namespace;
        cx.get(key).filter(|owner| reachable && owner.name() == reference["name"].str())
    }

    /// Deletes what has lost all its owners; lets go of those that are gone or waiting.
    fn attempt(&self, object: &Object, cx: &Context) -> Result<(), Status> {
        let (mut solid, mut waiting, mut dangling) = (false, Vec::new(), Vec::new());
        for reference in object.owners() {
            match self.owner(reference, object.namespace(), cx) {
                None => dangling.push(reference["uid"].clone()),
                Some(owner) if owner.is_terminating() && has(&owner, FOREGROUND) => {
                    waiting.push(reference["uid"].clone());
                }
                Some(_) => solid = true,
            }
        }
        if solid {
            if dangling.is_empty() && waiting.is_empty() {
                return Ok(());
            }
            dangling.extend(waiting);
            let mut object = object.clone();
            let owners = object.entry("metadata").entry("ownerReferences").array_mut();
            owners.retain(|owner| !dangling.contains(&owner["uid"]));
            return gone_is_fine(cx.client.update(object));
        }
        let blocks = !waiting.is_empty() && !self.dependents(object, cx).is_empty();
        let policy = match () {
            () if blocks || has(object, FOREGROUND) => "Foreground",
            () if has(object, ORPHAN) => "Orphan",
            () => "Background",
        };
        delete(object, policy, cx)
    }

    /// Takes the owner out of its dependents' references, then lets it go.
    fn orphan(&self, owner: &Object, cx: &Context) -> Result<(), Status> {
        for mut dependent in self.dependents(owner, cx) {
            let owners = dependent.entry("metadata").entry("ownerReferences").array_mut();
            owners.retain(|reference| reference["uid"] != *owner.uid());
            if owners.is_empty() {
                dependent.remove(&["metadata", "ownerReferences"]);
            }
            gone_is_fine(cx.client.update(dependent))?;
        }
        drop_finalizer(owner, ORPHAN, cx)
    }

    /// Deletes the dependents; lets the owner go when none that block it is left.
    fn wait_for_dependents(&self, owner: &Object, cx: &Context) -> Result<(), Status> {
        let blocks = |dependent: &Object| {
            let mut references = dependent.owners().iter();
            references.any(|reference| reference["uid"] == *owner.uid() && reference["blockOwnerDeletion"].bool())
        };
        let dependents = self.dependents(owner, cx);
        for dependent in dependents.iter().filter(|dependent| !dependent.is_terminating()) {
            self.attempt(dependent, cx)?;
        }
        if dependents.iter().any(blocks) {
            return Ok(());
        }
        drop_finalizer(owner, FOREGROUND, cx)
    }
}

fn delete(object: &Object, policy: &str, cx: &Context) -> Result<(), Status> {
    let Some(resource) = cx.client.resource(object.api_version(), object.kind()) else { return Ok(()) };
    let options = json!({"propagationPolicy": policy, "preconditions": {"uid": object.uid()}});
    gone_is_fine(cx.client.delete_of(&resource, object.namespace(), object.name(), options))
}

fn drop_finalizer(object: &Object, finalizer: &str, cx: &Context) -> Result<(), Status> {
    let mut object = object.clone();
    object.entry("metadata").entry("finalizers").array_mut().retain(|other| *other != finalizer);
    gone_is_fine(cx.client.update(object))
}
