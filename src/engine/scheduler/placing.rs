//! Placing one pod: finding the best node, binding it there, or telling why it fits nowhere.

use super::cache::PodInfo;
use super::framework::{Cycle, Diagnosis, unavailable};
use super::plugins::Claims;
use super::preemption::{self, Candidate};
use super::queue::Queued;
use super::{Binding, NAME, Scheduler};
use crate::api::{Method, Request};
use crate::json;
use crate::kinds;
use crate::meta::{Object, Status, Text, Value};
use std::rc::Rc;
use std::time::Duration;

/// With more nodes than this, not all are looked at for each pod.
const ENOUGH_NODES: usize = 100;
/// How long a pod waits for its claims to be bound.
const BIND_TIMEOUT: Duration = Duration::from_secs(600);

/// What came of looking for a node.
enum Outcome {
    /// The node, with the claims to be bound there and the volumes they get.
    Fits(Text, Vec<(Object, Option<Object>)>),
    /// None, and what could be done about it.
    Nowhere(Diagnosis, Result<Candidate, String>),
}

impl Scheduler {
    /// Takes one pod through the cycle.
    pub(super) fn place(&mut self, queued: Queued) {
        let info = queued.info.clone();
        if self.cache.nodes.is_empty() {
            let message = "no nodes available to schedule pods";
            self.tell(&info, "Unschedulable", message, None);
            return self.queue.park(queued, Default::default(), self.now);
        }
        match self.decide(&info) {
            Outcome::Fits(node, claims) => {
                self.cache.add_pod(&node, info);
                if claims.is_empty() {
                    return self.bind(queued, &node);
                }
                claims.into_iter().for_each(|(claim, volume)| self.choose_volume(claim, volume, &node));
                let until = self.now + BIND_TIMEOUT;
                let key = queued.info.key.clone();
                self.binding.insert(key, Binding { node, queued, ready: false, until });
            }
            Outcome::Nowhere(diagnosis, room) => self.give_up(queued, &diagnosis, room),
        }
    }

    fn decide(&mut self, info: &PodInfo) -> Outcome {
        let (cache, objects, nominated) = (&self.cache, &self.objects, &self.nominated);
        let cycle = Cycle { info, cache, instead: None, objects, nominated };
        let claims_on = |node: &Object| {
            let claims = Claims::of(&info.pod, objects).unwrap_or_default();
            claims.on_node(node, objects).unwrap_or_default()
        };
        // Room was made for the pod on one node: that one first.
        if let Some(node) = cache.nodes.get(info.pod.status()["nominatedNodeName"].str()) {
            let fits = cycle.filters().is_ok_and(|filters| cycle.refusal(&filters, node).is_none());
            if fits {
                return Outcome::Fits(node.name.clone(), claims_on(&node.node));
            }
        }
        let total = cache.nodes.len();
        let (fitting, diagnosis, looked_at) = cycle.find(self.start % total, enough(total));
        self.start = (self.start + looked_at) % total;
        let chosen = match fitting.as_slice() {
            [] => {
                let room = preemption::find(&cycle, &diagnosis);
                return Outcome::Nowhere(diagnosis, room);
            }
            [only] => only,
            several => {
                let scores = cycle.scores(several);
                let best = scores.iter().copied().max().unwrap_or(0);
                let ties: Vec<usize> = (0..scores.len()).filter(|at| scores[*at] == best).collect();
                several[ties[self.rng.below(ties.len() as u64) as usize]]
            }
        };
        Outcome::Fits(chosen.name.clone(), claims_on(&chosen.node))
    }

    /// Says which volume a claim gets, or on which node one is to be made for it.
    fn choose_volume(&self, mut claim: Object, volume: Option<Object>, node: &str) {
        let chosen = match volume {
            Some(mut volume) => {
                volume.set(&["spec", "claimRef"], crate::controllers::volumes::claim_reference(&claim));
                volume.set(&["metadata", "annotations", "pv.kubernetes.io/bound-by-controller"], "yes");
                volume
            }
            None => {
                claim.set(&["metadata", "annotations", "volume.kubernetes.io/selected-node"], node);
                claim
            }
        };
        // If it has changed meanwhile, the wait for the binding times out and the pod comes again.
        self.client.update(chosen).ok();
    }

    /// Binds the pods whose claims have been bound; gives up on those that have waited too long.
    pub(super) fn finish_bindings(&mut self) {
        let now = self.now;
        let due = |binding: &Binding| binding.ready || binding.until <= now;
        let keys: Vec<_> = self.binding.iter().filter(|(_, b)| due(b)).map(|(key, _)| key.clone()).collect();
        for binding in keys.into_iter().filter_map(|key| self.binding.remove(&key)).collect::<Vec<_>>() {
            if binding.ready {
                self.bind(binding.queued, &binding.node);
                continue;
            }
            let message = "running PreBind plugin \"VolumeBinding\": binding volumes: context deadline exceeded";
            self.cache.remove_pod(&binding.node, &binding.queued.info.key);
            self.tell(&binding.queued.info, "SchedulerError", message, None);
            self.queue.back_off(binding.queued, now);
        }
    }

    fn bind(&mut self, queued: Queued, node: &str) {
        let pod = &queued.info.pod;
        let target = format!("/api/v1/namespaces/{}/pods/{}/binding", pod.namespace(), pod.name());
        let binding = json!({
            "apiVersion": "v1", "kind": "Binding",
            "metadata": {"name": pod.name(), "namespace": pod.namespace(), "uid": pod.uid()},
            "target": {"apiVersion": "v1", "kind": "Node", "name": node},
        });
        let response = self.client.request(Request::new(Method::Post, &target).document(binding));
        self.forget_nomination(&queued.info.key);
        if response.code < 300 {
            let message = format!("Successfully assigned {}/{} to {node}", pod.namespace(), pod.name());
            return self.recorder.act(pod, None, "Binding", ("Normal", "Scheduled", &message));
        }
        self.cache.remove_pod(node, &queued.info.key);
        if response.code != 404 {
            self.tell(&queued.info, "SchedulerError", "binding rejected: running Bind plugin \"DefaultBinder\"", None);
            self.queue.back_off(queued, self.now);
        }
    }

    fn give_up(&mut self, queued: Queued, diagnosis: &Diagnosis, room: Result<Candidate, String>) {
        let total = self.cache.nodes.len();
        let mut message = unavailable(total, diagnosis.everywhere.as_deref(), &diagnosis.nodes);
        let mut nominated = None;
        match room {
            // Without a look at the nodes nothing is known about claims to devices: not found, literally.
            _ if diagnosis.everywhere.is_some() => message.push_str(" not found"),
            Err(why) => message.push_str(&format!(" no new claims to deallocate, preemption: {why}")),
            Ok(candidate) => {
                self.make_room(&queued.info, &candidate);
                nominated = Some(candidate.node);
            }
        }
        self.tell(&queued.info, "Unschedulable", &message, nominated.as_deref());
        if let Some(node) = nominated {
            self.nominated.entry(node).or_default().push(queued.info.clone());
        }
        self.queue.park(queued, diagnosis.plugins.clone(), self.now);
    }

    /// Removes the victims.
    fn make_room(&self, info: &PodInfo, candidate: &Candidate) {
        let Some(kind) = kinds::of("v1", "Pod") else { return };
        for victim in &candidate.victims {
            let pod = &victim.pod;
            let condition = json!({
                "type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler",
                "message": format!("{NAME}: preempting to accommodate a higher priority pod"),
                "lastProbeTime": null, "lastTransitionTime": self.now.rfc3339(), "observedGeneration": pod.generation(),
            });
            let patch = json!({"status": {"conditions": [condition]}});
            self.client.patch(kind, pod.namespace(), pod.name(), "status", patch).ok();
            let options = json!({"preconditions": {"uid": pod.uid()}});
            if self.client.delete(kind, pod.namespace(), pod.name(), options).is_ok() {
                let message = format!("Preempted by pod {} on node {}", info.pod.uid(), candidate.node);
                self.recorder.act(pod, Some(&info.pod), "Preempting", ("Normal", "Preempted", &message));
            }
        }
    }

    /// Tells the user that a pod could not be placed: by an event and by its condition.
    fn tell(&self, info: &Rc<PodInfo>, reason: &str, message: &str, nominated: Option<&str>) {
        let pod = &info.pod;
        self.recorder.act(pod, None, "Scheduling", ("Warning", "FailedScheduling", message));
        let old = pod.condition("PodScheduled").unwrap_or(&Value::Null);
        let same = old["status"] == "False" && old["reason"] == reason && old["message"] == message;
        let current = pod.status()["nominatedNodeName"].str();
        if same && nominated.is_none_or(|node| node == current) {
            return;
        }
        let since =
            if old["status"] == "False" { old["lastTransitionTime"].clone() } else { self.now.rfc3339().into() };
        let mut status = json!({"conditions": [{
            "type": "PodScheduled", "status": "False", "reason": reason, "message": message,
            "lastProbeTime": null, "lastTransitionTime": since, "observedGeneration": pod.generation(),
        }]});
        if let Some(node) = nominated {
            status["nominatedNodeName"] = node.into();
        }
        let Some(kind) = kinds::of("v1", "Pod") else { return };
        let patched: Result<Object, Status> =
            self.client.patch(kind, pod.namespace(), pod.name(), "status", json!({"status": status}));
        // A pod that is gone needs to be told nothing.
        patched.ok();
    }
}

/// How many fitting nodes are enough: all of a small cluster, a part of a large one.
fn enough(total: usize) -> usize {
    if total <= ENOUGH_NODES {
        return total;
    }
    let percent = 50_usize.saturating_sub(total / 125).max(5);
    (total * percent / 100).max(ENOUGH_NODES)
}
