//! NodeName: a pod that names its node goes there or nowhere.

use crate::scheduler::cache::NodeInfo;
use crate::scheduler::framework::{Cycle, Filter, Plugin, Prepared, Refusal};

/// The row.
pub const PLUGIN: Plugin = Plugin { name: "NodeName", filter: Some(prepare), score: None, weight: 0 };

struct Named<'a>(&'a str);

fn prepare<'a>(cycle: &'a Cycle<'a>) -> Prepared<'a> {
    let name = cycle.spec()["nodeName"].str();
    Ok(if name.is_empty() { None } else { Some(Box::new(Named(name))) })
}

impl Filter for Named<'_> {
    fn refuse(&self, node: &NodeInfo) -> Option<Refusal> {
        if *node.name == *self.0 {
            return None;
        }
        Refusal::final_word("node(s) didn't match the requested node name")
    }
}
