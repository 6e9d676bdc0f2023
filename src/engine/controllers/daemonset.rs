//! DaemonSets: one pod on every node that the pod may run on.

use super::revisions::{self, Revisions};
use super::runner::{Again, Context, Controller, Wake, gone_is_fine, pod_from_template};
use super::{nodes, pods, replicaset};
use crate::json;
use crate::meta::SortedMap;
use crate::meta::{Object, Selector, Status, Text, Value};
use crate::store::{Change, Key};

const RESOURCE: &str = "daemonsets.apps";
/// How many pods one pass creates or deletes at most.
const BURST: usize = 250;

/// What a daemon puts up with that other pods do not.
const TOLERATIONS: &[(&str, &str)] = &[
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
];

struct DaemonSets;

/// The DaemonSet controller.
pub fn daemonset() -> Box<dyn Controller> {
    Box::new(DaemonSets)
}

fn selector(set: &Object) -> Selector {
    Selector::from_value(&set.spec()["selector"]).unwrap_or_else(|_| Selector::nothing())
}

impl Controller for DaemonSets {
    fn name(&self) -> &'static str {
        "daemonset-controller"
    }
    fn watches(&self) -> &'static [&'static str] {
        &[RESOURCE, "pods", "nodes", "controllerrevisions.apps"]
    }
    fn notice(&mut self, change: &Change, wake: &mut Wake) {
        match &*change.key.resource {
            RESOURCE => wake.now(change.key.clone()),
            "nodes" => {
                let facts = |node: &Object| (node.labels().clone(), node.spec().clone());
                if change.old.as_ref().map(facts) != change.new.as_ref().map(facts) {
                    for set in wake.informers.list(RESOURCE, None) {
                        wake.now(super::runner::key(RESOURCE, set.namespace(), set.name()));
                    }
                }
            }
            _ => {
                wake.controllers_of(change, "DaemonSet", RESOURCE);
                wake.adopters_of(change, RESOURCE, selector);
            }
        }
    }
    fn reconcile(&mut self, key: &Key, cx: &Context) -> Result<Again, Status> {
        let Some(set) = cx.get(key) else { return Ok(None) };
        let selector = selector(&set);
        if selector.is_empty() {
            let message = "This daemon set is selecting all pods. A non-empty selector is required.";
            cx.recorder.warning(&set, "SelectingAll", message);
            return Ok(None);
        }
        if set.is_terminating() {
            return Ok(None);
        }
        let revisions = Revisions::sync(cx, &set, &selector)?;
        let hash = revisions::hash_of(revisions.latest()).to_string();
        let found = cx.claim(&set, "pods", &selector)?;
        let mut daemons =
            Daemons { cx, set: &set, hash: &hash, on: SortedMap::new(), nodes: cx.informers.list("nodes", None) };
        for pod in found {
            daemons.on.entry(target_node(&pod).into()).or_default().push(pod);
        }
        let managed = daemons.manage();
        if managed.is_ok() && *set.spec().at(&["updateStrategy", "type"]) == "RollingUpdate" {
            daemons.roll()?;
        }
        let in_use = |revision: &Object| {
            daemons
                .on
                .values()
                .flatten()
                .any(|pod| pod.label(revisions::HASH_LABEL) == Some(revisions::hash_of(revision)))
        };
        revisions.clean_up(cx, &set, in_use)?;
        daemons.write_status()?;
        managed?;
        let all: Vec<Object> = daemons.on.into_values().flatten().collect();
        Ok(pods::next_available(&all, pods::min_ready(&set), cx.now))
    }
}

/// The node a daemon is on, or is meant for.
fn target_node(pod: &Object) -> &str {
    let bound = pod.spec()["nodeName"].str();
    if !bound.is_empty() {
        return bound;
    }
    let terms = pod.spec().at(&["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"]);
    terms["nodeSelectorTerms"][0]["matchFields"][0]["values"][0].str()
}

/// One pass over one DaemonSet.
struct Daemons<'a> {
    cx: &'a Context,
    set: &'a Object,
    /// The hash of the present template.
    hash: &'a str,
    /// Its pods by node.
    on: SortedMap<Text, Vec<Object>>,
    nodes: Vec<Object>,
}

impl Daemons<'_> {
    /// Whether a daemon should start on a node, and whether one that is there may stay.
    fn belongs(&self, node: &Object) -> (bool, bool) {
        let spec = &self.set.spec().at(&["template", "spec"]);
        let named = spec["nodeName"].str();
        if !(named.is_empty() || named == node.name()) || !nodes::allows(spec, node) {
            return (false, false);
        }
        let tolerations = tolerations(spec);
        let untolerated = |effects: &[&str]| {
            node.spec()["taints"].items().iter().any(|taint| {
                effects.contains(&taint["effect"].str())
                    && !tolerations.items().iter().any(|toleration| nodes::meets(toleration, taint))
            })
        };
        (!untolerated(&["NoSchedule", "NoExecute"]), !untolerated(&["NoExecute"]))
    }

    /// Creates and deletes daemons so that each node has what it should.
    fn manage(&mut self) -> Result<(), Status> {
        let (mut create, mut delete) = (Vec::new(), Vec::new());
        let nodes = std::mem::take(&mut self.nodes);
        for node in &nodes {
            let (starts, stays) = self.belongs(node);
            let here = self.on.get(node.name()).map(Vec::as_slice).unwrap_or_default();
            if starts && here.is_empty() {
                create.push(node.name().to_string());
            }
            if !stays {
                delete.extend(here.iter().filter(|pod| !pod.is_terminating()).cloned());
                continue;
            }
            let mut running: Vec<&Object> = Vec::new();
            for pod in here.iter().filter(|pod| !pod.is_terminating()) {
                if pods::phase(pod) == "Failed" {
                    let message = format!(
                        "Found failed daemon pod {}/{} on node {}, will try to kill it",
                        pod.namespace(),
                        pod.name(),
                        node.name()
                    );
                    self.cx.recorder.warning(self.set, "FailedDaemonPod", &message);
                    delete.push(pod.clone());
                } else if pods::phase(pod) == "Succeeded" {
                    let message = format!(
                        "Found succeeded daemon pod {}/{} on node {}, will try to delete it",
                        pod.namespace(),
                        pod.name(),
                        node.name()
                    );
                    self.cx.recorder.normal(self.set, "SucceededDaemonPod", &message);
                    delete.push(pod.clone());
                } else {
                    running.push(pod);
                }
            }
            // During an update with a surge one old and one new daemon may run side by side.
            if self.surge() == 0 && running.len() > 1 {
                running.sort_by_key(|pod| pod.created());
                delete.extend(running.into_iter().skip(1).cloned());
            }
        }
        for (name, pods) in &self.on {
            if !name.is_empty() && !nodes.iter().any(|node| *node.name() == **name) {
                delete.extend(
                    pods.iter().filter(|pod| !pod.is_terminating() && pod.spec()["nodeName"].is_null()).cloned(),
                );
            }
        }
        self.nodes = nodes;
        self.apply(create, delete)
    }

    fn apply(&mut self, create: Vec<String>, delete: Vec<Object>) -> Result<(), Status> {
        let mut result = Ok(());
        for node in create.into_iter().take(BURST) {
            match self.cx.client.create(self.build(&node)) {
                Ok(pod) => {
                    self.cx.recorder.normal(self.set, "SuccessfulCreate", &format!("Created pod: {}", pod.name()));
                    self.on.entry(node.into()).or_default().push(pod);
                }
                Err(status) if replicaset::is_namespace_terminating(&status) => return Ok(()),
                Err(status) => {
                    self.cx.recorder.warning(self.set, "FailedCreate", &format!("Error creating: {}", status.message));
                    result = Err(status);
                    break;
                }
            }
        }
        for pod in delete.into_iter().take(BURST) {
            gone_is_fine(self.cx.delete("pods", &pod))?;
            self.cx.recorder.normal(self.set, "SuccessfulDelete", &format!("Deleted pod: {}", pod.name()));
        }
        result
    }

    /// A daemon for a node: bound there by an affinity to its name, so that the scheduler has a say.
    fn build(&self, node: &str) -> Object {
        let mut pod = pod_from_template(&self.set.spec()["template"], self.set);
        pod.set(&["metadata", "generateName"], format!("{}-", self.set.name()));
        pod.set(&["metadata", "labels", revisions::HASH_LABEL], self.hash);
        let generation = self.set.annotation("deprecated.daemonset.template.generation");
        if let Some(generation) = generation {
            pod.set(&["metadata", "labels", "pod-template-generation"], generation);
        }
        let fields = json!([{"key": "metadata.name", "operator": "In", "values": [node]}]);
        let path = ["spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"];
        let mut required = pod.at(&path).clone();
        let terms = required["nodeSelectorTerms"].array_mut();
        if terms.is_empty() {
            terms.push(Value::object());
        }
        terms.iter_mut().for_each(|term| term["matchFields"] = fields.clone());
        pod.set(&path, required);
        let tolerations = tolerations(pod.spec());
        pod.set(&["spec", "tolerations"], tolerations);
        pod
    }

    fn rolling(&self, field: &str, round_up: bool) -> i64 {
        let value = self.set.spec().at(&["updateStrategy", "rollingUpdate", field]);
        pods::scaled(value, self.desired(), round_up)
    }
    fn surge(&self) -> i64 {
        self.rolling("maxSurge", true)
    }
    fn desired(&self) -> i64 {
        self.nodes.iter().filter(|node| self.belongs(node).0).count() as i64
    }
    fn is_new(&self, pod: &Object) -> bool {
        pod.label(revisions::HASH_LABEL) == Some(self.hash)
    }

    /// Replaces old daemons, so many at a time.
    fn roll(&mut self) -> Result<(), Status> {
        let min_ready = pods::min_ready(self.set);
        let surge = self.surge();
        let most = self.rolling("maxUnavailable", true).max(i64::from(surge == 0));
        let (mut unavailable, mut replace, mut free, mut doubled) = (0, Vec::new(), Vec::new(), Vec::new());
        let mut surging = 0;
        for node in &self.nodes {
            let (starts, _) = self.belongs(node);
            let here = self.on.get(node.name()).map(Vec::as_slice).unwrap_or_default();
            let active: Vec<&Object> = here.iter().filter(|pod| !pod.is_terminating()).collect();
            let new = active.iter().find(|pod| self.is_new(pod));
            let old = active.iter().find(|pod| !self.is_new(pod));
            let available = |pod: &Object| pods::is_available(pod, min_ready, self.cx.now);
            if surge > 0 {
                match (old, new) {
                    (Some(old), Some(new)) if available(new) => replace.push((*old).clone()),
                    (Some(_), Some(_)) => surging += 1,
                    (Some(_), None) if starts => doubled.push(node.name().to_string()),
                    _ => {}
                }
                continue;
            }
            match (old, new) {
                (_, Some(new)) if available(new) => {}
                (Some(old), None) if available(old) => replace.push((*old).clone()),
                // What does not run anyway can be replaced at no cost.
                (Some(old), None) => {
                    unavailable += 1;
                    free.push((*old).clone());
                }
                _ => unavailable += i64::from(starts),
            }
        }
        if surge > 0 {
            let room = usize::try_from(surge - surging).unwrap_or(0);
            doubled.truncate(room);
            return self.apply(doubled, replace);
        }
        let room = usize::try_from(most - unavailable).unwrap_or(0);
        free.extend(replace.into_iter().take(room));
        self.apply(Vec::new(), free)
    }

    fn write_status(&self) -> Result<(), Status> {
        let min_ready = pods::min_ready(self.set);
        let (mut desired, mut current, mut misplaced, mut ready, mut available, mut updated) = (0, 0, 0, 0, 0, 0);
        for node in &self.nodes {
            let (starts, _) = self.belongs(node);
            let here = self.on.get(node.name()).map(Vec::as_slice).unwrap_or_default();
            let active = || here.iter().filter(|pod| !pod.is_terminating());
            desired += i64::from(starts);
            if !starts {
                misplaced += i64::from(!here.is_empty());
                continue;
            }
            // The oldest daemon counts, unless a newer one serves already.
            let Some(first) = active().min_by_key(|pod| pod.created()).or(here.first()) else { continue };
            current += 1;
            updated += i64::from(active().any(|pod| self.is_new(pod)));
            let serving = active().find(|pod| pods::is_ready(pod)).unwrap_or(first);
            if pods::is_ready(serving) {
                ready += 1;
                available += i64::from(pods::is_available(serving, min_ready, self.cx.now));
            }
        }
        let mut status = self.set.status().clone();
        status["observedGeneration"] = self.set.generation().into();
        for (field, count) in [
            ("desiredNumberScheduled", desired),
            ("currentNumberScheduled", current),
            ("numberMisscheduled", misplaced),
            ("numberReady", ready),
        ] {
            status[field] = count.into();
        }
        for (field, count) in [
            ("updatedNumberScheduled", updated),
            ("numberAvailable", available),
            ("numberUnavailable", (desired - available).max(0)),
        ] {
            pods::put_count(&mut status, field, count);
        }
        self.cx.put_status(self.set, status)
    }
}

/// A daemon's tolerations: the template's own, and what all daemons tolerate.
fn tolerations(spec: &Value) -> Value {
    let mut tolerations = spec["tolerations"].clone();
    let network = spec["hostNetwork"].bool().then_some(("node.kubernetes.io/network-unavailable", "NoSchedule"));
    for (key, effect) in TOLERATIONS.iter().copied().chain(network) {
        let same = |other: &Value| other["key"] == key && other["effect"] == effect && other["operator"] == "Exists";
        if !tolerations.items().iter().any(same) {
            tolerations.push(json!({"key": key, "operator": "Exists", "effect": effect}));
        }
    }
    tolerations
}
