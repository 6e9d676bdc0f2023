//! InterPodAffinity: pods that want to be where other pods are, or where they are not.

use crate::meta::SortedMap;
use crate::meta::{Object, Text};
use crate::scheduler::cache::{NodeInfo, PodInfo, Term};
use crate::scheduler::framework::{Cycle, Filter, MAX_SCORE, Plugin, Prepared, Refusal, Score};

/// The row.
pub const PLUGIN: Plugin = Plugin { name: "InterPodAffinity", filter: Some(prepare), score: Some(prefer), weight: 2 };

/// What a term that existing pods require counts for a pod that it attracts.
const HARD_WEIGHT: i64 = 1;

/// How often something was found in each place: label, then value.
type Places = SortedMap<(Text, Text), i64>;

fn place(node: &NodeInfo, topology: &Text) -> Option<(Text, Text)> {
    Some((topology.clone(), node.label(topology)?.into()))
}

fn count(places: &mut Places, node: &NodeInfo, term: &Term, amount: i64) {
    if let Some(place) = place(node, &term.topology) {
        *places.entry(place).or_default() += amount;
    }
}

struct Rules<'a> {
    info: &'a PodInfo,
    /// Where pods are that match all of the pod's affinity terms.
    wanted: Places,
    /// Where pods are that match one of its anti-affinity terms.
    avoided: Places,
    /// Where pods are whose anti-affinity keeps this pod away.
    repelling: Places,
    /// Whether the pod meets its own terms, so that the first of a group has a place to go.
    meets_itself: bool,
}

fn prepare<'a>(cycle: &'a Cycle<'a>) -> Prepared<'a> {
    let info = cycle.info;
    let labels_of = |name: &str| cycle.namespace_labels(name);
    let all_match = |pod: &Object| info.affinity.iter().all(|term| term.matches(pod, &labels_of));
    let (mut wanted, mut avoided, mut repelling) = (Places::new(), Places::new(), Places::new());
    let looks = !info.affinity.is_empty() || !info.anti_affinity.is_empty();
    for node in cycle.nodes() {
        for other in node.with_affinity.values() {
            for term in other.anti_affinity.iter().filter(|term| term.matches(&info.pod, &labels_of)) {
                count(&mut repelling, node, term, 1);
            }
        }
        for other in node.pods.values().filter(|_| looks) {
            if !info.affinity.is_empty() && all_match(&other.pod) {
                info.affinity.iter().for_each(|term| count(&mut wanted, node, term, 1));
            }
            for term in info.anti_affinity.iter().filter(|term| term.matches(&other.pod, &labels_of)) {
                count(&mut avoided, node, term, 1);
            }
        }
    }
    if !looks && repelling.is_empty() {
        return Ok(None);
    }
    let meets_itself = all_match(&info.pod);
    Ok(Some(Box::new(Rules { info, wanted, avoided, repelling, meets_itself })))
}

impl Rules<'_> {
    fn is_attracted(&self, node: &NodeInfo) -> bool {
        let mut found = true;
        for term in &self.info.affinity {
            let Some(place) = place(node, &term.topology) else { return false };
            found &= self.wanted.get(&place).is_some_and(|count| *count > 0);
        }
        found || (self.wanted.is_empty() && self.meets_itself)
    }
}

impl Filter for Rules<'_> {
    fn refuse(&self, node: &NodeInfo) -> Option<Refusal> {
        if !self.is_attracted(node) {
            return Refusal::final_word("node(s) didn't match pod affinity rules");
        }
        let there = |places: &Places, topology: &Text| {
            place(node, topology).is_some_and(|place| places.get(&place).is_some_and(|count| *count > 0))
        };
        if self.info.anti_affinity.iter().any(|term| there(&self.avoided, &term.topology)) {
            return Refusal::curable("node(s) didn't match pod anti-affinity rules");
        }
        let here = |(label, value): &(Text, Text)| node.label(label) == Some(value);
        if self.repelling.keys().any(here) {
            return Refusal::curable("node(s) didn't satisfy existing pods anti-affinity rules");
        }
        None
    }
}

struct Leanings(Places);

fn prefer<'a>(cycle: &'a Cycle<'a>, _: &[&'a NodeInfo]) -> Option<Box<dyn Score + 'a>> {
    let info = cycle.info;
    let labels_of = |name: &str| cycle.namespace_labels(name);
    let mut places = Places::new();
    for node in cycle.nodes() {
        for other in node.pods.values().filter(|_| !info.preferred.is_empty()) {
            for (weight, term) in info.preferred.iter().filter(|(_, term)| term.matches(&other.pod, &labels_of)) {
                count(&mut places, node, term, *weight);
            }
        }
        for other in node.with_affinity.values() {
            for (weight, term) in other.preferred.iter().filter(|(_, term)| term.matches(&info.pod, &labels_of)) {
                count(&mut places, node, term, *weight);
            }
            for term in other.affinity.iter().filter(|term| term.matches(&info.pod, &labels_of)) {
                count(&mut places, node, term, HARD_WEIGHT);
            }
        }
    }
    if places.is_empty() { None } else { Some(Box::new(Leanings(places))) }
}

impl Score for Leanings {
    fn score(&self, node: &NodeInfo) -> i64 {
        let here = self.0.iter().filter(|((label, value), _)| node.label(label) == Some(value));
        here.map(|(_, weight)| weight).sum()
    }
    fn normalize(&self, scores: &mut [i64]) {
        let (Some(least), Some(most)) = (scores.iter().copied().min(), scores.iter().copied().max()) else { return };
        for score in scores {
            *score = if most == least { 0 } else { MAX_SCORE * (*score - least) / (most - least) };
        }
    }
}
