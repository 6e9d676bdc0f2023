//! Node lifecycle: a node whose kubelet falls silent is not to be trusted with pods.
//!
//! Heartbeats are the kubelet's lease and its status. What the conditions say becomes taints, which
//! the scheduler and the taint eviction controller act upon.

use super::runner::{Again, Context, Controller, Wake, gone_is_fine, key};
use super::{conditions, pods};
use crate::json;
use crate::meta::SortedMap;
use crate::meta::{Object, Status, Text, Time, Value};
use crate::store::{Change, Key};
use std::time::Duration;

/// How long a kubelet may be silent.
const GRACE: Duration = Duration::from_secs(40);
/// How long the kubelet of a new node may take to speak for the first time.
const STARTUP_GRACE: Duration = Duration::from_secs(60);

const LEASES: &str = "leases.coordination.k8s.io";
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
const NOT_READY: &str = "node.kubernetes.io/not-ready";
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// Conditions that keep pods away while they are true, and the taints that say so.
const PRESSURES: &[(&str, &str)] = &[
    ("MemoryPressure", "node.kubernetes.io/memory-pressure"),
    ("DiskPressure", "node.kubernetes.io/disk-pressure"),
    ("PIDPressure", "node.kubernetes.io/pid-pressure"),
    ("NetworkUnavailable", "node.kubernetes.io/network-unavailable"),
];

/// When each node was last heard of.
#[derive(Default)]
struct NodeLifecycle {
    heard: SortedMap<Text, Time>,
    registered: SortedMap<Text, Text>,
}

/// The node lifecycle controller.
pub fn node_lifecycle() -> Box<dyn Controller> {
    Box::<NodeLifecycle>::default()
}

impl Controller for NodeLifecycle {
    fn name(&self) -> &'static str {
        "node-controller"
    }
    fn watches(&self) -> &'static [&'static str] {
        &["nodes", LEASES]
    }
    fn notice(&mut self, change: &Change, wake: &mut Wake) {
        let name = &change.key.name;
        if &*change.key.resource == LEASES {
            if &*change.key.namespace == "kube-node-lease" && change.new.is_some() {
                self.heard.insert(name.clone(), change.time);
            }
            return;
        }
        let beat = |node: &Object| {
            node.status()["conditions"].items().iter().map(|c| c["lastHeartbeatTime"].clone()).collect::<Vec<_>>()
        };
        match (&change.old, &change.new) {
            (_, None) => {
                self.heard.remove(name);
                self.registered.remove(name);
            }
            (None, Some(_)) => {
                self.heard.insert(name.clone(), change.time);
                wake.now(change.key.clone());
            }
            (Some(old), Some(new)) => {
                if beat(old) != beat(new) && new.condition("Ready").is_some_and(|c| c["status"] != "Unknown") {
                    self.heard.insert(name.clone(), change.time);
                }
                wake.now(change.key.clone());
            }
        }
    }
    fn reconcile(&mut self, key: &Key, cx: &Context) -> Result<Again, Status> {
        let Some(mut node) = cx.get(key) else { return Ok(None) };
        if self.registered.get(&key.name).is_none_or(|uid| **uid != *node.uid()) {
            self.registered.insert(key.name.clone(), node.uid().into());
            let message = format!("Node {0} event: Registered Node {0} in Controller", node.name());
            cx.recorder.normal(&node, "RegisteredNode", &message);
        }
        let spoke = node.condition("Ready").is_some();
        let grace = if spoke { GRACE } else { STARTUP_GRACE };
        let deadline = self.heard.get(&key.name).copied().unwrap_or(cx.now) + grace;
        if deadline <= cx.now && node.condition("Ready").is_none_or(|ready| ready["status"] != "Unknown") {
            node = presume_lost(&node, cx)?;
        }
        self.taint(&node, cx)?;
        Ok((deadline > cx.now).then_some(deadline))
    }
}

/// Sets the conditions to what is known of a silent node: nothing.
fn presume_lost(node: &Object, cx: &Context) -> Result<Object, Status> {
    let mut silent = node.clone();
    let was_ready = pods::is_ready(node);
    for kind in ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"] {
        let (reason, message) = match node.condition(kind) {
            Some(condition) if condition["status"] == "Unknown" => continue,
            Some(_) => ("NodeStatusUnknown", "Kubelet stopped posting node status."),
            None => ("NodeStatusNeverUpdated", "Kubelet never posted node status."),
        };
        let mut condition = conditions::new(kind, "Unknown", reason, message, cx.now);
        let heartbeat =
            node.condition(kind).map_or(node.at(&["metadata", "creationTimestamp"]), |c| &c["lastHeartbeatTime"]);
        condition["lastHeartbeatTime"] = heartbeat.clone();
        conditions::put(&mut silent["status"], condition);
    }
    let silent = cx.client.update_status(silent)?;
    if was_ready {
        let message = format!("Node {} status is now: NodeNotReady", node.name());
        cx.recorder.normal(node, "NodeNotReady", &message);
        for pod in cx.informers.pods_on(node.name()) {
            mark_not_ready(pod, cx)?;
        }
    }
    Ok(silent)
}

/// Nobody can tell any more whether the pod is ready: then it is not.
fn mark_not_ready(mut pod: Object, cx: &Context) -> Result<(), Status> {
    if !pods::is_ready(&pod) {
        return Ok(());
    }
    cx.recorder.warning(&pod, "NodeNotReady", "Node is not ready");
    for condition in pod["status"]["conditions"].array_mut() {
        if condition["type"] == "Ready" {
            condition["status"] = "False".into();
            condition["lastTransitionTime"] = cx.now.rfc3339().into();
        }
    }
    gone_is_fine(cx.client.update_status(pod))
}

impl NodeLifecycle {
    /// Makes the node's taints say what its conditions and its `unschedulable` say.
    fn taint(&self, node: &Object, cx: &Context) -> Result<(), Status> {
        let ready = node.condition("Ready").map(|ready| ready["status"].str());
        let (lost, unready) = (ready == Some("Unknown"), ready == Some("False"));
        let mut wanted: Vec<(&str, &str)> = Vec::new();
        // Where no node is left in good health, evicting pods would help nobody.
        let others = cx.informers.list("nodes", None);
        let evicts = others.iter().any(|other| other.name() != node.name() && pods::is_ready(other));
        for (key, is) in [(UNREACHABLE, lost), (NOT_READY, unready)] {
            if is {
                wanted.push((key, "NoSchedule"));
                if evicts {
                    wanted.push((key, "NoExecute"));
                }
            }
        }
        for (condition, key) in PRESSURES {
            if node.condition_is_true(condition) {
                wanted.push((key, "NoSchedule"));
            }
        }
        if node.spec()["unschedulable"].bool() {
            wanted.push((UNSCHEDULABLE, "NoSchedule"));
        }
        let ours = |taint: &Value| {
            let key = taint["key"].str();
            let known =
                [UNREACHABLE, NOT_READY, UNSCHEDULABLE].contains(&key) || PRESSURES.iter().any(|(_, k)| *k == key);
            known && taint["effect"] != "PreferNoSchedule"
        };
        let is_wanted = |taint: &Value| wanted.iter().any(|(k, e)| taint["key"] == *k && taint["effect"] == *e);
        let current = node.spec()["taints"].items();
        let mut taints: Vec<Value> = current.iter().filter(|taint| !ours(taint) || is_wanted(taint)).cloned().collect();
        for (key, effect) in &wanted {
            if !current.iter().any(|taint| taint["key"] == *key && taint["effect"] == *effect) {
                taints.push(json!({"key": *key, "effect": *effect, "timeAdded": cx.now.rfc3339()}));
            }
        }
        if taints == current {
            return Ok(());
        }
        let mut node = node.clone();
        if taints.is_empty() {
            node.remove(&["spec", "taints"]);
        } else {
            node.set(&["spec", "taints"], Value::from(taints));
        }
        cx.client.update(node).map(|_| ())
    }
}

/// What removes pods that stand in nobody's way but have no node any more.
#[derive(Default)]
struct PodGc {
    /// Since when each missing node is known to be missing.
    missing: SortedMap<Text, Time>,
}

/// The collector of orphaned pods.
pub fn pod_gc() -> Box<dyn Controller> {
    Box::<PodGc>::default()
}

/// How often pods are looked through, and how long a node may be missing.
const GC_PERIOD: Duration = Duration::from_secs(20);
const QUARANTINE: Duration = Duration::from_secs(40);

impl Controller for PodGc {
    fn name(&self) -> &'static str {
        "pod-garbage-collector-controller"
    }
    fn watches(&self) -> &'static [&'static str] {
        &["nodes", "pods"]
    }
    fn notice(&mut self, change: &Change, wake: &mut Wake) {
        let nodes = &*change.key.resource == "nodes";
        let missing = |pod: &Object| {
            let node = pod.spec()["nodeName"].str();
            !node.is_empty() && wake.informers.get("nodes", "", node).is_none()
        };
        let looks = match &change.new {
            None => nodes,
            Some(pod) if !nodes => missing(pod) || (pod.is_terminating() && pod.spec()["nodeName"].is_null()),
            Some(_) => false,
        };
        if looks {
            wake.after(key("pods", "", "orphans"), GC_PERIOD);
        }
    }
    fn reconcile(&mut self, _: &Key, cx: &Context) -> Result<Again, Status> {
        let mut missing = SortedMap::new();
        for pod in cx.informers.list("pods", None) {
            let node = pod.spec()["nodeName"].str();
            if node.is_empty() {
                if pod.is_terminating() {
                    force_delete(&pod, cx)?;
                }
                continue;
            }
            if cx.informers.get("nodes", "", node).is_some() {
                continue;
            }
            let since = self.missing.get(node).copied().unwrap_or(cx.now);
            missing.insert(Text::from(node), since);
            if cx.now.since(since) >= QUARANTINE {
                let mut lost = pod.clone();
                if !pods::is_finished(&pod) {
                    lost.set(&["status", "phase"], "Failed");
                }
                let mut condition = conditions::new(
                    "DisruptionTarget",
                    "True",
                    "DeletionByPodGC",
                    "PodGC: node no longer exists",
                    cx.now,
                );
                condition["lastProbeTime"] = Value::Null;
                conditions::put(&mut lost["status"], condition);
                gone_is_fine(cx.client.update_status(lost))?;
                force_delete(&pod, cx)?;
            }
        }
        self.missing = missing;
        Ok((!self.missing.is_empty()).then_some(cx.now + GC_PERIOD))
    }
}

fn force_delete(pod: &Object, cx: &Context) -> Result<(), Status> {
    let options = json!({"gracePeriodSeconds": 0, "preconditions": {"uid": pod.uid()}});
    gone_is_fine(cx.client.delete(super::runner::kind("pods")?, pod.namespace(), pod.name(), options))
}
