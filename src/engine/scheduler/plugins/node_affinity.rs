//! NodeAffinity: node selectors, required and preferred node affinity.

use crate::controllers::nodes::{allows, matches_term};
use crate::meta::Value;
use crate::scheduler::cache::NodeInfo;
use crate::scheduler::framework::{Cycle, Filter, Plugin, Prepared, Refusal, Score, normalize};

/// The row.
pub const PLUGIN: Plugin = Plugin { name: "NodeAffinity", filter: Some(prepare), score: Some(prefer), weight: 2 };

struct Wanted<'a>(&'a Value);

fn prepare<'a>(cycle: &'a Cycle<'a>) -> Prepared<'a> {
    let spec = cycle.spec();
    let says = !spec["nodeSelector"].is_empty() || !spec.at(&["affinity", "nodeAffinity"]).is_empty();
    Ok(if says { Some(Box::new(Wanted(spec))) } else { None })
}

impl Filter for Wanted<'_> {
    fn refuse(&self, node: &NodeInfo) -> Option<Refusal> {
        if allows(self.0, &node.node) {
            return None;
        }
        Refusal::final_word("node(s) didn't match Pod's node affinity/selector")
    }
}

struct Preferred<'a>(&'a [Value]);

fn prefer<'a>(cycle: &'a Cycle<'a>, _: &[&'a NodeInfo]) -> Option<Box<dyn Score + 'a>> {
    let path = ["affinity", "nodeAffinity", "preferredDuringSchedulingIgnoredDuringExecution"];
    let terms = cycle.spec().at(&path).items();
    if terms.is_empty() { None } else { Some(Box::new(Preferred(terms))) }
}

impl Score for Preferred<'_> {
    fn score(&self, node: &NodeInfo) -> i64 {
        let met = self.0.iter().filter(|term| matches_term(&term["preference"], &node.node));
        met.map(|term| term["weight"].int()).sum()
    }
    fn normalize(&self, scores: &mut [i64]) {
        normalize(scores, false);
    }
}
