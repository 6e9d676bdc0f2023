//! The scheduler: finds a node for each pod that has none, and says why where there is none.
//!
//! [`cache`] is what it knows of nodes, [`queue`] the pods it has to place, [`framework`] how the
//! [`plugins`] judge nodes, [`preemption`] what it does when a pod is more important than others.

mod cache;
mod framework;
mod placing;
mod plugins;
mod preemption;
mod queue;
mod resources;

use crate::api::{ApiServer, Client, Recorder, User};
use crate::controllers::{Component, Informers};
use crate::meta::SortedMap;
use crate::meta::{Object, Text, Time, Value};
use crate::sim::Rng;
use crate::store::{Change, Key};
use cache::{Cache, PodInfo};
use queue::{Queue, Queued};
use std::cell::RefCell;
use std::rc::Rc;

/// The name pods ask for, and the source of its events.
const NAME: &str = "default-scheduler";

/// The resources besides pods and nodes that decide about places.
const CONCERNS: &[&str] = &[
    "persistentvolumeclaims",
    "persistentvolumes",
    "storageclasses.storage.k8s.io",
    "services",
    "namespaces",
    "poddisruptionbudgets.policy",
];

/// The scheduler.
pub struct Scheduler {
    client: Client,
    recorder: Recorder,
    rng: Rng,
    cache: Cache,
    queue: Queue,
    objects: Informers,
    /// Pods for which room is being made, by the node where.
    nominated: SortedMap<Text, Vec<Rc<PodInfo>>>,
    /// Pods that were given a node and wait for their claims to be bound there.
    binding: SortedMap<Key, Binding>,
    /// Where looking for nodes starts next time, so that all get their turn.
    start: usize,
    now: Time,
}

/// A pod that was given a node, and has to wait for its claims before it is bound.
struct Binding {
    node: Text,
    queued: Queued,
    /// Whether the wait is over.
    ready: bool,
    /// When to give up.
    until: Time,
}

/// The scheduler, ready to be added to a cluster.
pub fn scheduler(server: &Rc<RefCell<ApiServer>>) -> Box<dyn Component> {
    let user = User {
        name: "system:kube-scheduler".into(),
        groups: vec!["system:masters".into(), "system:authenticated".into()],
        ..User::default()
    };
    let client = Client::new(server, user, "kube-scheduler");
    let rng = server.borrow().rng.clone();
    Box::new(Scheduler {
        recorder: Recorder::new(client.clone(), NAME, "minikube"),
        now: client.now(),
        client,
        rng,
        cache: Cache::default(),
        queue: Queue::default(),
        objects: Informers::default(),
        nominated: SortedMap::new(),
        binding: SortedMap::new(),
        start: 0,
    })
}

impl Component for Scheduler {
    fn name(&self) -> &'static str {
        NAME
    }
    fn observe(&mut self, change: &Change) {
        self.now = change.time;
        match &*change.key.resource {
            "pods" => self.observe_pod(change),
            "nodes" => self.observe_node(change),
            resource if CONCERNS.contains(&resource) => {
                self.objects.observe(change);
                if resource.starts_with("persistentvolume") || resource.starts_with("storageclasses") {
                    self.observe_volumes(change);
                }
            }
            _ => {}
        }
    }
    fn due(&self) -> Option<Time> {
        let waiting = self.binding.values().map(|binding| if binding.ready { self.now } else { binding.until });
        waiting.chain(self.queue.due(self.now)).min()
    }
    fn run(&mut self, now: Time) {
        self.now = now;
        self.finish_bindings();
        while let Some(queued) = self.queue.pop(now) {
            self.place(queued);
        }
    }
}

/// Whether a pod takes up room on its node.
fn takes_room(pod: &Object) -> bool {
    !pod.spec()["nodeName"].str().is_empty() && !matches!(pod.status()["phase"].str(), "Succeeded" | "Failed")
}

/// Whether a pod is to be given a node by this scheduler.
fn is_ours(pod: &Object) -> bool {
    pod.spec()["nodeName"].str().is_empty()
        && pod.spec()["schedulerName"] == NAME
        && !matches!(pod.status()["phase"].str(), "Succeeded" | "Failed")
}

/// Whether something holds the pod back from being scheduled at all.
fn is_gated(pod: &Object) -> bool {
    !pod.spec()["schedulingGates"].items().is_empty()
}

impl Scheduler {
    fn observe_pod(&mut self, change: &Change) {
        let old_node = change.old.as_ref().filter(|pod| takes_room(pod)).map(|pod| pod.spec()["nodeName"].clone());
        let key = &change.key;
        match &change.new {
            Some(pod) if takes_room(pod) => {
                let node = pod.spec()["nodeName"].str();
                self.queue.remove(key);
                self.binding.remove(key);
                self.forget_nomination(key);
                if self.cache.is_current(node, key, pod) {
                    return;
                }
                let info = Rc::new(PodInfo::new(key.clone(), pod.clone()));
                // What asks for less than before makes room, as what leaves does.
                let takes = |old: &Object| PodInfo::new(key.clone(), old.clone()).requests;
                let shrank = change.old.as_ref().filter(|old| takes_room(old)).is_some_and(|old| {
                    let (before, after) = (takes(old), &info.requests);
                    after.cpu < before.cpu || after.memory < before.memory
                });
                self.cache.add_pod(node, info);
                if self.queue.has_waiting() {
                    self.wake_for_pod(pod, shrank);
                }
            }
            Some(pod) if is_ours(pod) => self.observe_pending(change, pod),
            _ => {
                self.queue.remove(key);
                self.forget_nomination(key);
                if let Some(binding) = self.binding.remove(key) {
                    self.cache.remove_pod(&binding.node, key);
                }
            }
        }
        let left = old_node.filter(|_| !change.new.as_ref().is_some_and(takes_room));
        if let (Some(node), Some(pod)) = (left, &change.old) {
            self.cache.remove_pod(node.str(), key);
            if self.queue.has_waiting() {
                self.wake_for_pod(pod, true);
            }
        }
    }

    fn observe_pending(&mut self, change: &Change, pod: &Object) {
        let key = &change.key;
        if is_gated(pod) || self.binding.contains_key(key) {
            return;
        }
        let info = Rc::new(PodInfo::new(key.clone(), pod.clone()));
        self.nominate(&info);
        let changed = change.old.as_ref().is_some_and(|old| old.spec() != pod.spec() || old.labels() != pod.labels());
        let deleted = pod.is_terminating();
        if !self.queue.refresh(&info) {
            if !deleted {
                self.queue.add(info, self.now);
            }
        } else if deleted {
            self.queue.remove(key);
        } else if changed {
            self.queue.wake(|queued| queued.info.key == *key);
        }
    }

    /// A pod came, left or changed its labels: wakes those that could not be placed because of it.
    fn wake_for_pod(&mut self, pod: &Object, left: bool) {
        let objects = self.objects.clone();
        let labels_of = |name: &str| objects.get("namespaces", "", name).map_or(Value::Null, |ns| ns.labels().clone());
        let ports = PodInfo::new(Key { resource: "pods".into(), namespace: "".into(), name: "".into() }, pod.clone());
        self.queue.wake(|queued| {
            let info = &queued.info;
            queued.rejected_by.iter().any(|plugin| match *plugin {
                "NodeResourcesFit" => left,
                "NodePorts" => {
                    left && ports.ports.iter().any(|(_, _, port)| info.ports.iter().any(|(_, _, p)| p == port))
                }
                "VolumeRestrictions" => left,
                "PodTopologySpread" => plugins::spread_concerns(&info.pod, pod),
                "InterPodAffinity" if left => {
                    info.anti_affinity.iter().any(|term| term.matches(pod, &labels_of))
                        || ports.anti_affinity.iter().any(|term| term.matches(&info.pod, &labels_of))
                }
                "InterPodAffinity" => info.affinity.iter().any(|term| term.matches(pod, &labels_of)),
                _ => false,
            })
        });
    }

    fn observe_node(&mut self, change: &Change) {
        let Some(node) = &change.new else {
            self.cache.remove_node(&change.key.name);
            return;
        };
        self.cache.set_node(node);
        let Some(old) = &change.old else {
            self.queue.wake(|_| true);
            return;
        };
        // Labels and taints may matter to claims of any kind, so these changes wake every pod.
        let opened = old.spec()["unschedulable"].bool() && !node.spec()["unschedulable"].bool();
        if opened || old.spec()["taints"] != node.spec()["taints"] || old.labels() != node.labels() {
            self.queue.wake(|_| true);
        } else if old.status()["allocatable"] != node.status()["allocatable"] {
            self.queue.wake(|queued| queued.rejected_by.contains("NodeResourcesFit"));
        }
    }

    fn observe_volumes(&mut self, change: &Change) {
        let claim = (&*change.key.resource == "persistentvolumeclaims").then_some(&change.key);
        self.queue.wake(|queued| {
            let waits = ["VolumeBinding", "VolumeZone", "VolumeRestrictions"];
            waits.iter().any(|plugin| queued.rejected_by.contains(plugin))
                && claim.is_none_or(|key| {
                    key.namespace == queued.info.key.namespace
                        && plugins::claim_names(&queued.info.pod).iter().any(|name| **name == *key.name)
                })
        });
        // Pods whose claims may have been bound meanwhile go on from where they wait.
        for binding in self.binding.values_mut() {
            let claims = plugins::Claims::of(&binding.queued.info.pod, &self.objects);
            binding.ready |= claims.is_ok_and(|claims| claims.delayed.is_empty());
        }
    }

    /// Remembers for which node a pod was nominated.
    fn nominate(&mut self, info: &Rc<PodInfo>) {
        self.forget_nomination(&info.key);
        let node = info.pod.status()["nominatedNodeName"].str();
        if !node.is_empty() {
            self.nominated.entry(node.into()).or_default().push(info.clone());
        }
    }

    fn forget_nomination(&mut self, key: &Key) {
        if self.nominated.is_empty() {
            return;
        }
        self.nominated.retain(|_, pods| {
            pods.retain(|info| info.key != *key);
            !pods.is_empty()
        });
    }
}
