//! TaintToleration: nodes keep away the pods that do not tolerate their taints.

use crate::controllers::nodes::{tolerates, untolerated};
use crate::meta::Value;
use crate::scheduler::cache::NodeInfo;
use crate::scheduler::framework::{Cycle, Filter, Plugin, Prepared, Refusal, Score, normalize};

/// The row.
pub const PLUGIN: Plugin = Plugin { name: "TaintToleration", filter: Some(prepare), score: Some(prefer), weight: 3 };

struct Taints<'a>(&'a Value);

fn prepare<'a>(cycle: &'a Cycle<'a>) -> Prepared<'a> {
    Ok(Some(Box::new(Taints(cycle.spec()))))
}

fn prefer<'a>(cycle: &'a Cycle<'a>, _: &[&'a NodeInfo]) -> Option<Box<dyn Score + 'a>> {
    Some(Box::new(Taints(cycle.spec())))
}

impl Filter for Taints<'_> {
    fn refuse(&self, node: &NodeInfo) -> Option<Refusal> {
        untolerated(self.0, &node.node, &["NoSchedule", "NoExecute"])?;
        Refusal::final_word("node(s) had untolerated taint(s)")
    }
}

impl Score for Taints<'_> {
    fn score(&self, node: &NodeInfo) -> i64 {
        let taints = node.node.spec()["taints"].items().iter();
        taints.filter(|taint| taint["effect"] == "PreferNoSchedule" && !tolerates(self.0, taint)).count() as i64
    }
    fn normalize(&self, scores: &mut [i64]) {
        normalize(scores, true);
    }
}
