//! NodeResourcesFit: a node must have left what the pod asks for; the emptier the better.

use crate::scheduler::cache::{NodeInfo, PodInfo};
use crate::scheduler::framework::{Cycle, Filter, MAX_SCORE, Plugin, Prepared, Refusal, Score};
use std::borrow::Cow;

/// The row.
pub const PLUGIN: Plugin = Plugin { name: "NodeResourcesFit", filter: Some(prepare), score: Some(prefer), weight: 1 };

struct Fit<'a>(&'a PodInfo);

fn prepare<'a>(cycle: &'a Cycle<'a>) -> Prepared<'a> {
    Ok(Some(Box::new(Fit(cycle.info))))
}

impl Filter for Fit<'_> {
    fn refuse(&self, node: &NodeInfo) -> Option<Refusal> {
        let (asked, used, all) = (&self.0.requests, &node.requested, &node.allocatable);
        let mut reasons: Vec<Cow<'static, str>> = Vec::new();
        let mut hopeless = false;
        if node.pods.len() as i64 + 1 > all.pods {
            reasons.push("Too many pods".into());
        }
        let amounts = [
            ("Insufficient cpu", asked.cpu, used.cpu, all.cpu),
            ("Insufficient memory", asked.memory, used.memory, all.memory),
            ("Insufficient ephemeral-storage", asked.storage, used.storage, all.storage),
        ];
        for (text, asked, used, all) in amounts {
            if asked > 0 && asked > all - used {
                reasons.push(text.into());
                hopeless |= asked > all;
            }
        }
        for (name, asked) in asked.other.iter().filter(|(_, asked)| **asked > 0) {
            let all = all.other.get(name).copied().unwrap_or(0);
            if *asked > all - used.other.get(name).copied().unwrap_or(0) {
                reasons.push(format!("Insufficient {name}").into());
                hopeless |= *asked > all;
            }
        }
        if reasons.is_empty() { None } else { Some(Refusal { reasons, curable: !hopeless }) }
    }
}

fn prefer<'a>(cycle: &'a Cycle<'a>, _: &[&'a NodeInfo]) -> Option<Box<dyn Score + 'a>> {
    Some(Box::new(Fit(cycle.info)))
}

impl Score for Fit<'_> {
    fn score(&self, node: &NodeInfo) -> i64 {
        let left = |asked: i64, used: i64, all: i64| {
            let used = asked + used;
            if all == 0 || used > all { 0 } else { (all - used) * MAX_SCORE / all }
        };
        let (asked, used, all) = (&self.0.weights, &node.weights, &node.allocatable);
        (left(asked.cpu, used.cpu, all.cpu) + left(asked.memory, used.memory, all.memory)) / 2
    }
}
