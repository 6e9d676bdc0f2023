//! PodTopologySpread: pods spread evenly over zones, nodes or whatever a constraint names.
//!
//! Pods without constraints of their own are spread by the default ones, which only score.

use crate::controllers::nodes::{allows, untolerated};
use crate::meta::SortedMap;
use crate::meta::{Object, Selector, Text, Value};
use crate::scheduler::cache::{NodeInfo, matching_own};
use crate::scheduler::framework::{Cycle, Filter, MAX_SCORE, Plugin, Prepared, Refusal, Score};

/// The row.
pub const PLUGIN: Plugin = Plugin { name: "PodTopologySpread", filter: Some(prepare), score: Some(prefer), weight: 2 };

const HOSTNAME: &str = "kubernetes.io/hostname";
/// The constraints of pods that have none: label and allowed skew.
const DEFAULTS: &[(&str, i64)] = &[(HOSTNAME, 3), ("topology.kubernetes.io/zone", 5)];

/// What a constraint counts.
enum Counted {
    /// Pods in the pod's namespace with matching labels.
    Matching(Selector),
    /// Pods of the same controller: what the default constraints come to, without looking at labels.
    Siblings(Text),
}

struct Constraint {
    topology: Text,
    skew: i64,
    least_places: i64,
    counted: Counted,
    honors_affinity: bool,
    honors_taints: bool,
}

impl Constraint {
    fn read(constraint: &Value, pod: &Object) -> Constraint {
        let selector = Selector::from_value(&constraint["labelSelector"]).unwrap_or_else(|_| Selector::nothing());
        Constraint {
            topology: constraint["topologyKey"].str().into(),
            skew: constraint["maxSkew"].int(),
            least_places: constraint["minDomains"].as_i64().unwrap_or(1),
            counted: Counted::Matching(matching_own(selector, constraint, pod)),
            honors_affinity: constraint["nodeAffinityPolicy"] != "Ignore",
            honors_taints: constraint["nodeTaintsPolicy"] == "Honor",
        }
    }

    fn count(&self, node: &NodeInfo, namespace: &str) -> i64 {
        let count = match &self.counted {
            Counted::Siblings(owner) => node.by_owner.get(owner).copied().unwrap_or(0),
            Counted::Matching(selector) => {
                let pods = node.pods.values().map(|other| &other.pod);
                pods.filter(|pod| {
                    pod.namespace() == namespace && !pod.is_terminating() && selector.matches(pod.labels())
                })
                .count()
            }
        };
        count as i64
    }

    fn considers(&self, cycle: &Cycle, node: &NodeInfo) -> bool {
        (!self.honors_affinity || allows(cycle.spec(), &node.node))
            && (!self.honors_taints || untolerated(cycle.spec(), &node.node, &["NoSchedule", "NoExecute"]).is_none())
    }
}

fn constraints(cycle: &Cycle, when: &str) -> Vec<Constraint> {
    let listed = cycle.spec()["topologySpreadConstraints"].items().iter();
    let listed = listed.filter(|constraint| constraint["whenUnsatisfiable"] == when);
    listed.map(|constraint| Constraint::read(constraint, &cycle.info.pod)).collect()
}

/// Whether a change of `other` may let a waiting pod in: one of its constraints counts it.
pub fn concerns(pod: &Object, other: &Object) -> bool {
    pod.namespace() == other.namespace()
        && pod.spec()["topologySpreadConstraints"].items().iter().any(|constraint| {
            Selector::from_value(&constraint["labelSelector"]).is_ok_and(|selector| selector.matches(other.labels()))
        })
}

struct Spread {
    /// Each constraint with the counts of its places, and whether the pod itself would count.
    constraints: Vec<(Constraint, SortedMap<Text, i64>, bool)>,
}

fn prepare<'a>(cycle: &'a Cycle<'a>) -> Prepared<'a> {
    let constraints = constraints(cycle, "DoNotSchedule");
    if constraints.is_empty() {
        return Ok(None);
    }
    let pod = &cycle.info.pod;
    let mut places: Vec<SortedMap<Text, i64>> = vec![SortedMap::new(); constraints.len()];
    for node in cycle.nodes() {
        if constraints.iter().any(|constraint| node.label(&constraint.topology).is_none()) {
            continue;
        }
        for (constraint, places) in constraints.iter().zip(&mut places) {
            let Some(value) = node.label(&constraint.topology).filter(|_| constraint.considers(cycle, node)) else {
                continue;
            };
            *places.entry(value.into()).or_default() += constraint.count(node, pod.namespace());
        }
    }
    let constraints = constraints.into_iter().zip(places).map(|(constraint, places)| {
        let counts_itself = match &constraint.counted {
            Counted::Matching(selector) => selector.matches(pod.labels()),
            Counted::Siblings(_) => true,
        };
        (constraint, places, counts_itself)
    });
    Ok(Some(Box::new(Spread { constraints: constraints.collect() })))
}

impl Filter for Spread {
    fn refuse(&self, node: &NodeInfo) -> Option<Refusal> {
        for (constraint, places, counts_itself) in &self.constraints {
            let Some(value) = node.label(&constraint.topology) else {
                return Refusal::final_word(
                    "node(s) didn't match pod topology spread constraints (missing required label)",
                );
            };
            let enough = places.len() as i64 >= constraint.least_places;
            let least = if enough { places.values().copied().min().unwrap_or(0) } else { 0 };
            let here = places.get(value).copied().unwrap_or(0);
            if here + i64::from(*counts_itself) - least > constraint.skew {
                return Refusal::curable("node(s) didn't match pod topology spread constraints");
            }
        }
        None
    }
}

struct Even {
    constraints: Vec<Weighted>,
}

/// A constraint that scores: what its places hold, and how much it counts.
struct Weighted {
    topology: Text,
    skew: i64,
    places: SortedMap<Text, i64>,
    weight: f64,
    required: bool,
}

fn default_constraints(cycle: &Cycle) -> Vec<Constraint> {
    let pod = &cycle.info.pod;
    let owner = pod
        .controller()
        .filter(|owner| matches!(owner["kind"].str(), "ReplicaSet" | "ReplicationController" | "StatefulSet"));
    let counted = || match owner {
        Some(owner) => Some(Counted::Siblings(owner["uid"].str().into())),
        None => {
            let services = cycle.objects.list("services", Some(pod.namespace()));
            let mut selectors = services.iter().map(|service| Selector::from_map(&service.spec()["selector"]));
            selectors.find(|s| !s.is_empty() && s.matches(pod.labels())).map(Counted::Matching)
        }
    };
    let make = |(topology, skew): &(&str, i64)| {
        Some(Constraint {
            topology: (*topology).into(),
            skew: *skew,
            least_places: 1,
            counted: counted()?,
            honors_affinity: true,
            honors_taints: false,
        })
    };
    DEFAULTS.iter().filter_map(make).collect()
}

fn prefer<'a>(cycle: &'a Cycle<'a>, fitting: &[&'a NodeInfo]) -> Option<Box<dyn Score + 'a>> {
    let own = !cycle.spec()["topologySpreadConstraints"].items().is_empty();
    let constraints = if own { constraints(cycle, "ScheduleAnyway") } else { default_constraints(cycle) };
    if constraints.is_empty() {
        return None;
    }
    let namespace = cycle.info.pod.namespace();
    let weigh = |constraint: Constraint| {
        let mut places: SortedMap<Text, i64> = SortedMap::new();
        for node in fitting {
            if let Some(value) = node.label(&constraint.topology) {
                places.entry(value.into()).or_default();
            }
        }
        for node in cycle.nodes().filter(|node| constraint.considers(cycle, node)) {
            if let Some(count) = node.label(&constraint.topology).and_then(|value| places.get_mut(value)) {
                *count += constraint.count(node, namespace);
            }
        }
        let size = if &*constraint.topology == HOSTNAME { fitting.len() } else { places.len() };
        let weight = (size as f64 + 2.0).ln();
        Weighted { topology: constraint.topology, skew: constraint.skew, places, weight, required: own }
    };
    Some(Box::new(Even { constraints: constraints.into_iter().map(weigh).collect() }))
}

impl Score for Even {
    fn score(&self, node: &NodeInfo) -> i64 {
        let mut total = 0.0;
        for constraint in &self.constraints {
            match node.label(&constraint.topology) {
                Some(value) => {
                    let here = constraint.places.get(value).copied().unwrap_or(0);
                    total += here as f64 * constraint.weight + (constraint.skew - 1) as f64;
                }
                // A node outside all places is not to be preferred.
                None if constraint.required => return i64::MAX,
                None => {}
            }
        }
        total.round() as i64
    }
    fn normalize(&self, scores: &mut [i64]) {
        let placed = || scores.iter().copied().filter(|score| *score != i64::MAX);
        let (least, most) = (placed().min().unwrap_or(0), placed().max().unwrap_or(0));
        for score in scores.iter_mut() {
            *score = match *score {
                i64::MAX => 0,
                _ if most == 0 => MAX_SCORE,
                score => MAX_SCORE * (most + least - score) / most,
            };
        }
    }
}
