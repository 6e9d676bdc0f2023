//! What all controllers have in common: a view of the cluster, a queue, and the loop between them.

use super::{Component, Informers, WorkQueue};
use crate::api::{Client, Recorder, User};
use crate::json;
use crate::kinds::{KINDS, Kind};
use crate::meta::{Object, Selector, Status, Time, Value};
use crate::sim::Rng;
use crate::store::{Change, Key};
use std::time::Duration;

/// One controller: what wakes it, and what it does about one object.
pub trait Controller {
    /// Such as `replicaset-controller`; the source of its events.
    fn name(&self) -> &'static str;
    /// The resources whose changes it wants to see; none for all of them.
    fn watches(&self) -> &'static [&'static str];
    /// Puts into the queue what a change makes it look at.
    fn notice(&mut self, change: &Change, wake: &mut Wake);
    /// Moves the cluster towards what one object says. What fails is tried again, later and later.
    ///
    /// # Errors
    /// What the API server answered.
    fn reconcile(&mut self, key: &Key, cx: &Context) -> Result<Again, Status>;
}

/// When to look at the object again, if not because of a change.
pub type Again = Option<Time>;

/// What a controller works with.
pub struct Context {
    /// Its connection.
    pub client: Client,
    /// Its view of the cluster.
    pub informers: Informers,
    /// Its events.
    pub recorder: Recorder,
    /// Its chance.
    pub rng: Rng,
    /// The present moment.
    pub now: Time,
}

/// What [`Controller::notice`] is handed: the queue, and what it takes to find owners.
pub struct Wake<'a> {
    queue: &'a mut WorkQueue,
    /// The cluster as of this change.
    pub informers: &'a Informers,
    /// When the change happened.
    pub now: Time,
}

/// How long a controller waits for more of its dependents' changes before it counts them, and for
/// each dependent: what a reconcile costs, so that a thousand pods cause a handful of them. A real
/// controller manager, which may write 20 times a second in all, lags behind more.
const GATHER: Duration = Duration::from_millis(5);
const GATHER_EACH: Duration = Duration::from_millis(1);

impl Wake<'_> {
    /// Looks at an object at once.
    pub fn now(&mut self, key: Key) {
        self.queue.add(key, self.now);
    }
    /// Looks at an object after a while.
    pub fn after(&mut self, key: Key, delay: Duration) {
        self.queue.add(key, self.now + delay);
    }
    /// Looks at an object once more changes of its dependents have gathered.
    pub fn gather(&mut self, key: Key, dependents: usize) {
        let delay = GATHER + GATHER_EACH.saturating_mul(dependents.min(1_000) as u32);
        self.after(key, delay);
    }
    /// Looks at the controllers of the object that changed, before and after, if they are of `kind`.
    pub fn controllers_of(&mut self, change: &Change, kind: &str, resource: &str) {
        let mut last = "";
        for object in [&change.old, &change.new].into_iter().flatten() {
            if let Some(owner) = object.controller().filter(|owner| owner["kind"] == kind && owner["uid"] != *last) {
                last = owner["uid"].str();
                let dependents = self.informers.count_owned(&change.key.resource, last);
                self.gather(key(resource, &change.key.namespace, owner["name"].str()), dependents);
            }
        }
    }
    /// For a change of an object without a controller: looks at all owners that may adopt it.
    pub fn adopters_of(&mut self, change: &Change, resource: &str, selector: fn(&Object) -> Selector) {
        let Some(object) = change.new.as_ref().filter(|object| object.controller().is_none()) else { return };
        let labels_changed =
            change.old.as_ref().is_none_or(|old| old.labels() != object.labels() || old.controller().is_some());
        if !labels_changed {
            return;
        }
        for owner in self.informers.list(resource, Some(&change.key.namespace)) {
            let selector = selector(&owner);
            if !selector.is_empty() && selector.matches(object.labels()) {
                self.gather(key(resource, owner.namespace(), owner.name()), 0);
            }
        }
    }
}

/// A key, of borrowed parts.
pub fn key(resource: &str, namespace: &str, name: &str) -> Key {
    Key { resource: resource.into(), namespace: namespace.into(), name: name.into() }
}

/// The row of a built-in kind by the store's name for it, such as `deployments.apps`.
///
/// # Errors
/// As the API server answers where there is no such resource.
pub fn kind(resource: &str) -> Result<&'static Kind, Status> {
    let (plural, group) = resource.split_once('.').unwrap_or((resource, ""));
    let found = KINDS.iter().find(|kind| kind.plural == plural && kind.group == group);
    found.copied().ok_or_else(Status::no_such_path)
}

impl Context {
    /// The object of a key, as last seen.
    pub fn get(&self, key: &Key) -> Option<Object> {
        self.informers.get(&key.resource, &key.namespace, &key.name)
    }

    /// The objects an owner controls: adopts those without a controller that its selector matches,
    /// releases those it does not match any more.
    ///
    /// # Errors
    /// What the API server answered to an adoption or release.
    pub fn claim(&self, owner: &Object, resource: &str, selector: &Selector) -> Result<Vec<Object>, Status> {
        let mut claimed = self.informers.owned(resource, owner.uid());
        // Pods of one template share their labels.
        let mut last = None;
        let all_match = claimed.iter().all(|object| {
            let labels = object.labels();
            let as_before = last.replace(labels).is_some_and(|last| labels.is_shared_with(last));
            as_before || selector.matches(labels)
        });
        if !all_match {
            for object in claimed.extract_if(.., |object| !selector.matches(object.labels())) {
                if !owner.is_terminating() && !object.is_terminating() {
                    gone_is_fine(self.release(owner, object))?;
                }
            }
        }
        if owner.is_terminating() {
            return Ok(claimed);
        }
        for orphan in self.informers.orphans(resource, owner.namespace()) {
            if !orphan.is_terminating() && selector.matches(orphan.labels()) {
                match self.adopt(owner, orphan) {
                    Ok(object) => claimed.push(object),
                    Err(status) if status.is_not_found() => {}
                    Err(status) => return Err(status),
                }
            }
        }
        Ok(claimed)
    }

    fn adopt(&self, owner: &Object, mut object: Object) -> Result<Object, Status> {
        object.entry("metadata").entry("ownerReferences").push(controller_reference(owner));
        self.client.update(object)
    }

    fn release(&self, owner: &Object, mut object: Object) -> Result<Object, Status> {
        object.entry("metadata").entry("ownerReferences").array_mut().retain(|other| other["uid"] != *owner.uid());
        if object.owners().is_empty() {
            object.remove(&["metadata", "ownerReferences"]);
        }
        self.client.update(object)
    }

    /// Deletes an object if it is still the one that was seen.
    ///
    /// # Errors
    /// What the API server answered.
    pub fn delete(&self, resource: &str, object: &Object) -> Result<(), Status> {
        let options = json!({"preconditions": {"uid": object.uid()}});
        self.client.delete(kind(resource)?, object.namespace(), object.name(), options)
    }

    /// Writes a status, unless it is what the object already says.
    ///
    /// # Errors
    /// What the API server answered.
    pub fn put_status(&self, object: &Object, status: Value) -> Result<(), Status> {
        if *object.status() == status {
            return Ok(());
        }
        let mut object = object.clone();
        object["status"] = status;
        self.client.update_status(object).map(|_| ())
    }
}

/// Treats an object that is gone, or not the one that was seen any more, as done with.
///
/// # Errors
/// Any other answer.
pub fn gone_is_fine<T>(result: Result<T, Status>) -> Result<(), Status> {
    match result {
        Err(status) if !status.is_not_found() && !status.is_conflict() => Err(status),
        _ => Ok(()),
    }
}

/// The owner reference of a controller to what it creates.
pub fn controller_reference(owner: &Object) -> Value {
    json!({
        "apiVersion": owner.api_version(), "kind": owner.kind(), "name": owner.name(), "uid": owner.uid(),
        "controller": true, "blockOwnerDeletion": true,
    })
}

/// A new pod of a controller, as its template says.
pub fn pod_from_template(template: &Value, owner: &Object) -> Object {
    let mut pod = Object(json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"namespace": owner.namespace(), "ownerReferences": [controller_reference(owner)]},
        "spec": template["spec"].clone(),
    }));
    for field in ["labels", "annotations", "finalizers"] {
        let value = template.at(&["metadata", field]);
        if !value.is_empty() {
            pod["metadata"][field] = value.clone();
        }
    }
    pod
}

/// Runs one controller.
pub struct Runner {
    controller: Box<dyn Controller>,
    queue: WorkQueue,
    cx: Context,
}

impl Runner {
    /// A controller with its queue, empty.
    pub fn new(controller: Box<dyn Controller>, client: &Client, informers: &Informers, rng: &Rng) -> Runner {
        let recorder = Recorder::new(client.clone(), controller.name(), "");
        let now = client.now();
        let cx = Context { client: client.clone(), informers: informers.clone(), recorder, rng: rng.clone(), now };
        Runner { controller, queue: WorkQueue::default(), cx }
    }
}

impl Component for Runner {
    fn name(&self) -> &'static str {
        self.controller.name()
    }
    fn observe(&mut self, change: &Change) {
        let watches = self.controller.watches();
        if watches.is_empty() || watches.contains(&&*change.key.resource) {
            let mut wake = Wake { queue: &mut self.queue, informers: &self.cx.informers, now: change.time };
            self.controller.notice(change, &mut wake);
        }
    }
    fn due(&self) -> Option<Time> {
        self.queue.due()
    }
    fn run(&mut self, now: Time) {
        self.cx.now = now;
        // What is added meanwhile waits for its turn: the view must first see what was written here.
        let mut batch = Vec::new();
        while let Some(key) = self.queue.pop(now) {
            batch.push(key);
        }
        for key in batch {
            match self.controller.reconcile(&key, &self.cx) {
                Ok(again) => {
                    self.queue.forget(&key);
                    if let Some(at) = again {
                        self.queue.add(key, at.max(now + Duration::from_millis(1)));
                    }
                }
                Err(_) => self.queue.retry(key, now),
            }
        }
    }
}

/// Who the controllers are.
pub fn manager() -> User {
    User {
        name: "system:kube-controller-manager".into(),
        groups: vec!["system:masters".into(), "system:authenticated".into()],
        ..User::default()
    }
}
