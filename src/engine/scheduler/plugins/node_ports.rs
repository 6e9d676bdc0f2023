//! NodePorts: a host port can be taken once per node.

use crate::meta::Text;
use crate::scheduler::cache::NodeInfo;
use crate::scheduler::framework::{Cycle, Filter, Plugin, Prepared, Refusal};

/// The row.
pub const PLUGIN: Plugin = Plugin { name: "NodePorts", filter: Some(prepare), score: None, weight: 0 };

const ANY: &str = "0.0.0.0";

struct Ports<'a>(&'a [(Text, Text, i64)]);

fn prepare<'a>(cycle: &'a Cycle<'a>) -> Prepared<'a> {
    let ports = &cycle.info.ports;
    Ok(if ports.is_empty() { None } else { Some(Box::new(Ports(ports))) })
}

impl Filter for Ports<'_> {
    fn refuse(&self, node: &NodeInfo) -> Option<Refusal> {
        let taken = node.pods.values().flat_map(|pod| &pod.ports);
        let clash = |(protocol, address, port): &(Text, Text, i64)| {
            self.0
                .iter()
                .any(|(p, a, n)| p == protocol && n == port && (a == address || &**a == ANY || &**address == ANY))
        };
        if taken.into_iter().any(clash) {
            return Refusal::curable("node(s) didn't have free ports for the requested pod ports");
        }
        None
    }
}
