//! NodeUnschedulable: cordoned nodes take no pods, but those that tolerate it.

use crate::controllers::nodes::tolerates;
use crate::json;
use crate::scheduler::cache::NodeInfo;
use crate::scheduler::framework::{Cycle, Filter, Plugin, Prepared, Refusal};

/// The row.
pub const PLUGIN: Plugin = Plugin { name: "NodeUnschedulable", filter: Some(prepare), score: None, weight: 0 };

struct Cordoned;

fn prepare<'a>(cycle: &'a Cycle<'a>) -> Prepared<'a> {
    let taint = json!({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"});
    Ok(if tolerates(cycle.spec(), &taint) { None } else { Some(Box::new(Cordoned)) })
}

impl Filter for Cordoned {
    fn refuse(&self, node: &NodeInfo) -> Option<Refusal> {
        let cordoned = node.node.spec()["unschedulable"].bool();
        if cordoned { Refusal::final_word("node(s) were unschedulable") } else { None }
    }
}
