//! Taint eviction: pods leave nodes whose `NoExecute` taints they do not tolerate, or not for long.

use super::runner::{Again, Context, Controller, Wake};
use super::{conditions, nodes, pods};
use crate::json;
use crate::meta::SortedMap;
use crate::meta::{Object, Status, Time, Value};
use crate::store::{Change, Key};
use std::time::Duration;

/// Since when each pod is on borrowed time.
#[derive(Default)]
struct TaintEviction {
    since: SortedMap<Key, Time>,
}

/// The taint eviction controller.
pub fn taint_eviction() -> Box<dyn Controller> {
    Box::<TaintEviction>::default()
}

fn no_execute(node: &Object) -> Vec<&Value> {
    node.spec()["taints"].items().iter().filter(|taint| taint["effect"] == "NoExecute").collect()
}

/// How long a pod tolerates taints: not at all, for a while, or (`None`) for ever.
fn tolerance(pod: &Object, taints: &[&Value]) -> Option<Duration> {
    let mut least: Option<Duration> = None;
    for taint in taints {
        let tolerations = pod.spec()["tolerations"].items().iter();
        let mut matching = tolerations.filter(|toleration| nodes::meets(toleration, taint)).peekable();
        if matching.peek().is_none() {
            return Some(Duration::ZERO);
        }
        for toleration in matching.filter(|toleration| !toleration["tolerationSeconds"].is_null()) {
            let seconds = pods::seconds(&toleration["tolerationSeconds"]);
            least = Some(least.map_or(seconds, |other| other.min(seconds)));
        }
    }
    least
}

impl Controller for TaintEviction {
    fn name(&self) -> &'static str {
        "taint-eviction-controller"
    }
    fn watches(&self) -> &'static [&'static str] {
        &["nodes", "pods"]
    }
    fn notice(&mut self, change: &Change, wake: &mut Wake) {
        if &*change.key.resource == "pods" {
            let bound = |pod: &Object| pod.spec()["nodeName"].clone();
            let moved = change.old.as_ref().map(bound) != change.new.as_ref().map(bound)
                || change.old.as_ref().map(|pod| &pod.spec()["tolerations"])
                    != change.new.as_ref().map(|pod| &pod.spec()["tolerations"]);
            if moved
                && (self.since.contains_key(&change.key)
                    || change.new.as_ref().is_some_and(|pod| {
                        let node = wake.informers.get("nodes", "", pod.spec()["nodeName"].str());
                        node.is_some_and(|node| !no_execute(&node).is_empty())
                    }))
            {
                wake.now(change.key.clone());
            }
            return;
        }
        let Some(node) = &change.new else { return };
        let before = change.old.as_ref().map(no_execute).unwrap_or_default();
        if before != no_execute(node) {
            for pod in wake.informers.pods_on(node.name()) {
                wake.now(super::runner::key("pods", pod.namespace(), pod.name()));
            }
        }
    }
    fn reconcile(&mut self, key: &Key, cx: &Context) -> Result<Again, Status> {
        let pod = cx.get(key).filter(|pod| !pod.is_terminating());
        let node = pod.as_ref().and_then(|pod| cx.informers.get("nodes", "", pod.spec()["nodeName"].str()));
        let (Some(pod), Some(node)) = (pod, node) else {
            self.since.remove(key);
            return Ok(None);
        };
        let taints = no_execute(&node);
        let spared = taints.is_empty();
        let Some(tolerance) = tolerance(&pod, &taints).filter(|_| !spared) else {
            if self.since.remove(key).is_some() {
                let message = format!("Cancelling deletion of Pod {}/{}", pod.namespace(), pod.name());
                cx.recorder.normal(&pod, "TaintManagerEviction", &message);
            }
            return Ok(None);
        };
        let until = *self.since.entry(key.clone()).or_insert(cx.now) + tolerance;
        if until > cx.now {
            return Ok(Some(until));
        }
        self.since.remove(key);
        let message = format!("Marking for deletion Pod {}/{}", pod.namespace(), pod.name());
        cx.recorder.normal(&pod, "TaintManagerEviction", &message);
        let mut condition = conditions::new(
            "DisruptionTarget",
            "True",
            "DeletionByTaintManager",
            "Taint manager: deleting due to NoExecute taint",
            cx.now,
        );
        condition["lastProbeTime"] = Value::Null;
        let patch = json!({"status": {"conditions": [condition]}});
        cx.client.patch(super::runner::kind("pods")?, pod.namespace(), pod.name(), "status", patch)?;
        cx.delete("pods", &pod).map(|()| None)
    }
}
