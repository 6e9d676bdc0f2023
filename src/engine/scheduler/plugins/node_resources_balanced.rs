//! NodeResourcesBalancedAllocation: better the nodes whose resources are used up alike.

use crate::scheduler::cache::{NodeInfo, PodInfo};
use crate::scheduler::framework::{Cycle, MAX_SCORE, Plugin, Score};

/// The row.
pub const PLUGIN: Plugin =
    Plugin { name: "NodeResourcesBalancedAllocation", filter: None, score: Some(prefer), weight: 1 };

struct Balance<'a>(&'a PodInfo);

fn prefer<'a>(cycle: &'a Cycle<'a>, _: &[&'a NodeInfo]) -> Option<Box<dyn Score + 'a>> {
    // A pod that asks for nothing changes no balance.
    if cycle.info.requests.is_none() { None } else { Some(Box::new(Balance(cycle.info))) }
}

impl Score for Balance<'_> {
    fn score(&self, node: &NodeInfo) -> i64 {
        let part = |asked: i64, used: i64, all: i64| {
            if all == 0 { 1.0 } else { ((asked + used) as f64 / all as f64).min(1.0) }
        };
        let (asked, used, all) = (&self.0.requests, &node.requested, &node.allocatable);
        let deviation = (part(asked.cpu, used.cpu, all.cpu) - part(asked.memory, used.memory, all.memory)).abs() / 2.0;
        ((1.0 - deviation) * MAX_SCORE as f64) as i64
    }
}
