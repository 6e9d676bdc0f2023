//! Pod disruption budgets: how many pods may be taken away on purpose, right now.

use super::runner::{Again, Context, Controller, Wake, key};
use super::{conditions, pods};
use crate::meta::SortedMap;
use crate::meta::{Object, Selector, Status, Time, Value};
use crate::store::{Change, Key};
use std::time::Duration;

const RESOURCE: &str = "poddisruptionbudgets.policy";
/// How long an eviction may take before it counts as not having happened.
const EVICTION_TIMEOUT: Duration = Duration::from_secs(120);

struct Disruption;

/// The disruption controller.
pub fn disruption() -> Box<dyn Controller> {
    Box::new(Disruption)
}

fn selector(budget: &Object) -> Selector {
    Selector::from_value(&budget.spec()["selector"]).unwrap_or_else(|_| Selector::nothing())
}

impl Controller for Disruption {
    fn name(&self) -> &'static str {
        "controllermanager"
    }
    fn watches(&self) -> &'static [&'static str] {
        &[RESOURCE, "pods"]
    }
    fn notice(&mut self, change: &Change, wake: &mut Wake) {
        if &*change.key.resource == RESOURCE {
            return wake.now(change.key.clone());
        }
        for budget in wake.informers.list(RESOURCE, Some(&change.key.namespace)) {
            let selector = selector(&budget);
            let mut pods = [&change.old, &change.new].into_iter().flatten();
            if pods.any(|pod| selector.matches(pod.labels())) {
                wake.gather(key(RESOURCE, budget.namespace(), budget.name()), 0);
            }
        }
    }
    fn reconcile(&mut self, key: &Key, cx: &Context) -> Result<Again, Status> {
        let Some(budget) = cx.get(key) else { return Ok(None) };
        let selector = selector(&budget);
        let mut found = cx.informers.list("pods", Some(&key.namespace));
        found.retain(|pod| selector.matches(pod.labels()) && !pods::is_finished(pod));
        if found.is_empty() {
            cx.recorder.normal(&budget, "NoPods", "No matching pods found");
        }
        let (expected, desired) = match expectation(&budget, &found, cx) {
            Ok(counts) => counts,
            Err(why) => {
                cx.recorder.warning(
                    &budget,
                    "CalculateExpectedPodCountFailed",
                    &format!("Failed to calculate the number of expected pods: {why}"),
                );
                return fail(&budget, &why, cx).map(|()| None);
            }
        };
        let (disrupted, again) = disrupted(&budget, &found, cx.now);
        let healthy = found
            .iter()
            .filter(|pod| pods::is_ready(pod) && !pod.is_terminating() && disrupted.get(pod.name()).is_none());
        let healthy = healthy.count() as i64;
        let allowed = if expected > 0 { (healthy - desired).max(0) } else { 0 };
        let mut status = budget.status().clone();
        for (field, count) in [
            ("currentHealthy", healthy),
            ("desiredHealthy", desired),
            ("expectedPods", expected),
            ("disruptionsAllowed", allowed),
        ] {
            status[field] = count.into();
        }
        status["observedGeneration"] = budget.generation().into();
        if disrupted.is_empty() {
            status.remove(&["disruptedPods"]);
        } else {
            status["disruptedPods"] = disrupted;
        }
        let (value, reason) = if allowed > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
        note(&mut status, &budget, value, reason, "", cx.now);
        cx.put_status(&budget, status)?;
        Ok(again)
    }
}

fn note(status: &mut Value, budget: &Object, value: &str, reason: &str, message: &str, now: Time) {
    let mut condition = conditions::new("DisruptionAllowed", value, reason, message, now);
    condition["observedGeneration"] = budget.generation().into();
    conditions::put(status, condition);
}

fn fail(budget: &Object, why: &str, cx: &Context) -> Result<(), Status> {
    let mut status = budget.status().clone();
    status["disruptionsAllowed"] = 0.into();
    status["observedGeneration"] = budget.generation().into();
    note(&mut status, budget, "False", "SyncFailed", why, cx.now);
    cx.put_status(budget, status)
}

/// How many pods there should be, and how many of them have to be healthy.
fn expectation(budget: &Object, found: &[Object], cx: &Context) -> Result<(i64, i64), String> {
    let (least, most) = (&budget.spec()["minAvailable"], &budget.spec()["maxUnavailable"]);
    if !most.is_null() {
        let expected = scale_of(found, cx)?;
        return Ok((expected, (expected - pods::scaled(most, expected, true)).max(0)));
    }
    if least.is_number() {
        return Ok((found.len() as i64, least.int()));
    }
    let expected = scale_of(found, cx)?;
    Ok((expected, pods::scaled(least, expected, true)))
}

/// How many pods their controllers want in all.
fn scale_of(found: &[Object], cx: &Context) -> Result<i64, String> {
    let mut wanted: SortedMap<String, i64> = SortedMap::new();
    for pod in found {
        let Some(mut owner) = pod.controller().cloned() else { continue };
        let mut seen = 0;
        loop {
            let resource = match owner["kind"].str() {
                "ReplicaSet" => "replicasets.apps",
                "Deployment" => "deployments.apps",
                "ReplicationController" => "replicationcontrollers",
                "StatefulSet" => "statefulsets.apps",
                other => return Err(format!("{} does not implement the scale subresource", kind_text(other))),
            };
            let Some(object) = cx.informers.get(resource, pod.namespace(), owner["name"].str()) else { break };
            seen += 1;
            match object.controller().filter(|_| seen < 3 && owner["kind"] == "ReplicaSet") {
                Some(above) => owner = above.clone(),
                None => {
                    wanted.insert(object.uid().into(), object.spec()["replicas"].int());
                    break;
                }
            }
        }
    }
    Ok(wanted.values().sum())
}

fn kind_text(kind: &str) -> String {
    match kind {
        "Job" => "jobs.batch".into(),
        "DaemonSet" => "daemonsets.apps".into(),
        other => format!("{}s", other.to_lowercase()),
    }
}

/// The pods that were granted an eviction and are still there; and when the next grant lapses.
fn disrupted(budget: &Object, found: &[Object], now: Time) -> (Value, Again) {
    let mut disrupted = Value::object();
    let mut again: Again = None;
    for (name, since) in budget.status()["disruptedPods"].entries() {
        let there = found.iter().any(|pod| *pod.name() == **name && !pod.is_terminating());
        let Some(until) = Time::parse(since.str()).map(|since| since + EVICTION_TIMEOUT) else { continue };
        if there && until > now {
            disrupted[&**name] = since.clone();
            again = Some(again.map_or(until, |other| other.min(until)));
        }
    }
    (disrupted, again)
}
