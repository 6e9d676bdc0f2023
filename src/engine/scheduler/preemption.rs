//! Preemption: making room for a pod by removing pods of lower priority.

use super::cache::{NodeInfo, PodInfo};
use super::framework::{Cycle, Diagnosis, Refusal, unavailable};
use crate::meta::SortedMap;
use crate::meta::{Object, Selector, Text};
use std::cmp::Reverse;
use std::rc::Rc;

/// Where room can be made, and who has to go.
pub struct Candidate {
    /// The node.
    pub node: Text,
    /// Who has to go.
    pub victims: Vec<Rc<PodInfo>>,
    /// How many of them a disruption budget would protect.
    violations: usize,
}

/// Finds the node where removing pods costs least.
///
/// # Errors
/// Why that does not help, as the failure's message says it.
pub fn find(cycle: &Cycle, diagnosis: &Diagnosis) -> Result<Candidate, String> {
    if cycle.spec()["preemptionPolicy"] == "Never" {
        return Err("not eligible due to preemptionPolicy=Never.".into());
    }
    let nominated = cycle.info.pod.status()["nominatedNodeName"].str();
    if let Some(node) = cycle.cache.nodes.get(nominated) {
        let hopeless = diagnosis.nodes.get(nominated).is_some_and(|refusal| !refusal.curable);
        let leaving = |other: &Rc<PodInfo>| other.pod.is_terminating() && other.priority() < cycle.info.priority();
        if !hopeless && node.pods.values().any(leaving) {
            return Err("not eligible due to a terminating pod on the nominated node.".into());
        }
    }
    let mut refusals: SortedMap<Text, Refusal> = SortedMap::new();
    let mut candidates = Vec::new();
    let budgets = cycle.objects.list("poddisruptionbudgets.policy", None);
    for node in cycle.nodes() {
        let hopeless =
            diagnosis.everywhere.is_some() || diagnosis.nodes.get(&node.name).is_some_and(|refusal| !refusal.curable);
        let found = if hopeless {
            Err(Refusal::final_word("Preemption is not helpful for scheduling"))
        } else {
            victims_on(cycle, node, &budgets)
        };
        match found {
            Ok(candidate) => candidates.push(candidate),
            Err(refusal) => refusals.extend(refusal.map(|refusal| (node.name.clone(), refusal))),
        }
    }
    let total = cycle.cache.nodes.len();
    candidates.into_iter().min_by_key(cost).ok_or_else(|| unavailable(total, None, &refusals))
}

/// What is compared, in this order: broken budgets, the highest priority, the sum of priorities, the
/// number of victims, and how long the most important have been running.
fn cost(candidate: &Candidate) -> impl Ord + use<> {
    let priorities = || candidate.victims.iter().map(|victim| victim.priority());
    let highest = priorities().max().unwrap_or(i64::MIN);
    let important = candidate.victims.iter().filter(|victim| victim.priority() == highest);
    let started = important.map(|victim| victim.pod.status()["startTime"].str().to_string()).min();
    let sum: i64 = priorities().map(|priority| priority + i64::from(i32::MAX) + 1).sum();
    (candidate.violations, highest, sum, candidate.victims.len(), Reverse(started))
}

fn victims_on(cycle: &Cycle, node: &NodeInfo, budgets: &[Object]) -> Result<Candidate, Option<Refusal>> {
    let mut lower: Vec<Rc<PodInfo>> =
        node.pods.values().filter(|other| other.priority() < cycle.info.priority()).cloned().collect();
    if lower.is_empty() {
        return Err(Refusal::final_word("No preemption victims found for incoming pod"));
    }
    let mut without = node.clone();
    lower.iter().for_each(|victim| without.remove(&victim.key));
    if let Some(refusal) = refusal(cycle, &without) {
        return Err(Some(refusal));
    }
    // The most important are let back in first, those under a budget before the others.
    lower.sort_by_key(|victim| (Reverse(victim.priority()), victim.pod.status()["startTime"].str().to_string()));
    let (protected, free) = by_budget(lower, budgets);
    let (mut victims, mut violations) = (Vec::new(), 0);
    for (pods, counts) in [(protected, 1), (free, 0)] {
        for pod in pods {
            without.add(pod.clone());
            if refusal(cycle, &without).is_some() {
                without.remove(&pod.key);
                victims.push(pod);
                violations += counts;
            }
        }
    }
    Ok(Candidate { node: node.name.clone(), victims, violations })
}

/// Why the pod does not fit a node as it would be.
fn refusal(cycle: &Cycle, node: &NodeInfo) -> Option<Refusal> {
    let cycle = Cycle { instead: Some(node), ..*cycle };
    match cycle.filters() {
        Ok(filters) => cycle.refusal(&filters, node).map(|(_, refusal)| refusal),
        Err((_, text)) => Refusal::final_word(text),
    }
}

/// Splits pods into those whose removal a disruption budget forbids, and the others.
fn by_budget(pods: Vec<Rc<PodInfo>>, budgets: &[Object]) -> (Vec<Rc<PodInfo>>, Vec<Rc<PodInfo>>) {
    let mut allowed: Vec<i64> = budgets.iter().map(|budget| budget.status()["disruptionsAllowed"].int()).collect();
    pods.into_iter().partition(|info| {
        let mut forbidden = false;
        for (budget, allowed) in budgets.iter().zip(&mut allowed) {
            let selector = Selector::from_value(&budget.spec()["selector"]).unwrap_or_else(|_| Selector::nothing());
            let same = budget.namespace() == info.pod.namespace();
            if same && !selector.is_empty() && selector.matches(info.pod.labels()) {
                *allowed -= 1;
                forbidden |= *allowed < 0;
            }
        }
        forbidden
    })
}
