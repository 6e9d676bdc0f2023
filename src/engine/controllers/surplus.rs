//! Which pods go first when there are too many: those that would be missed least.

use super::pods;
use crate::meta::SortedMap;
use crate::meta::{Object, Time};
use std::cmp::{Ordering, Reverse};

/// What the pods are compared by.
struct Ranked<'a> {
    pod: &'a Object,
    doubled: usize,
    ready: Option<Time>,
}

/// The `count` pods to delete. `related_on` says how many pods of the same kind share a node.
pub fn choose(pods: &[Object], count: usize, related_on: impl Fn(&str) -> usize, now: Time) -> Vec<&Object> {
    if count >= pods.len() || count == 0 {
        return pods.iter().take(count).collect();
    }
    let mut on_node: SortedMap<&str, usize> = SortedMap::new();
    let mut ranked: Vec<Ranked> = Vec::with_capacity(pods.len());
    for pod in pods {
        let node = pod.spec()["nodeName"].str();
        let doubled = *on_node.entry(node).or_insert_with(|| related_on(node));
        ranked.push(Ranked { pod, doubled, ready: pods::ready_since(pod) });
    }
    ranked.sort_by(|a, b| compare(a, b, now));
    ranked.into_iter().take(count).map(|ranked| ranked.pod).collect()
}

/// `Less` if `a` should go before `b`.
fn compare(a: &Ranked, b: &Ranked, now: Time) -> Ordering {
    let assigned = |r: &Ranked| !r.pod.spec()["nodeName"].str().is_empty();
    let phase = |r: &Ranked| match pods::phase(r.pod) {
        "Running" => 2,
        "Unknown" => 1,
        _ => 0,
    };
    let cost = |r: &Ranked| -> i64 {
        let text = r.pod.annotation("controller.kubernetes.io/pod-deletion-cost");
        text.and_then(|text| text.parse().ok()).unwrap_or(0)
    };
    let ready = |r: &Ranked| pods::is_ready(r.pod);
    // Ages compare by order of magnitude, so that of pods about as old any may go.
    let age = |since: Option<Time>| since.map_or(0, |since| 64 - (now.since(since).as_nanos() as u64).leading_zeros());
    assigned(a)
        .cmp(&assigned(b))
        .then_with(|| phase(a).cmp(&phase(b)))
        .then_with(|| ready(a).cmp(&ready(b)))
        .then_with(|| cost(a).cmp(&cost(b)))
        .then_with(|| Reverse(a.doubled).cmp(&Reverse(b.doubled)))
        .then_with(|| {
            if ready(a) && a.ready != b.ready { by_age(age(a.ready), age(b.ready), a, b) } else { Ordering::Equal }
        })
        .then_with(|| Reverse(pods::restarts(a.pod)).cmp(&Reverse(pods::restarts(b.pod))))
        .then_with(|| by_age(age(a.pod.created()), age(b.pod.created()), a, b))
}

fn by_age(a_age: u32, b_age: u32, a: &Ranked, b: &Ranked) -> Ordering {
    a_age.cmp(&b_age).then_with(|| a.pod.uid().cmp(b.pod.uid()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn pod(name: &str, node: &str, phase: &str, ready: &str, cost: &str) -> Object {
        Object(json!({
            "metadata": {"name": name, "annotations": {"controller.kubernetes.io/pod-deletion-cost": cost}},
            "spec": {"nodeName": node},
            "status": {"phase": phase, "conditions": [{"type": "Ready", "status": ready}]},
        }))
    }

    #[test]
    fn the_least_missed_go_first() {
        let pods = [
            pod("ready", "m1", "Running", "True", "0"),
            pod("costly", "m1", "Running", "True", "9"),
            pod("unready", "m1", "Running", "False", "0"),
            pod("pending", "m1", "Pending", "False", "0"),
            pod("unassigned", "", "Pending", "False", "0"),
            pod("doubled", "m2", "Running", "True", "0"),
        ];
        let related = |node: &str| if node == "m2" { 2 } else { 1 };
        let chosen = choose(&pods, 5, related, Time(0));
        let names: Vec<&str> = chosen.iter().map(|pod| pod.name()).collect();
        assert_eq!(names, ["unassigned", "pending", "unready", "doubled", "ready"]);
    }
}
