//! What containers use: simulated, and settable, so that `kubectl top` and autoscalers have figures.

use super::State;
use super::container::Container;
use super::worker::Worker;
use crate::json;
use crate::meta::SortedMap;
use crate::meta::{Quantity, Text, Value};

/// What a machine uses by itself: millicores and MiB.
const SYSTEM: (u64, u64) = (120, 640);

/// Load that a user has put on pods: by namespace and the beginning of their names, CPU in millicores
/// and memory in MiB for each container.
pub type Loads = SortedMap<(Text, Text), (u32, u32)>;

impl State {
    /// `{"usage": {...}, "pods": [...]}` of a node, with quantities as the metrics API has them.
    pub(super) fn usage(&self, node: &str) -> Value {
        let (mut cpu, mut memory) = SYSTEM;
        let mut pods = Vec::new();
        for worker in self.workers.values().filter(|worker| *worker.machine == *node) {
            let mut containers = Vec::new();
            for container in worker.containers.iter().filter(|c| c.running().is_some()) {
                let (millis, mebibytes) = self.container(worker, container);
                cpu += millis;
                memory += mebibytes;
                containers.push(json!({"name": &container.name, "usage": (quantities(millis, mebibytes))}));
            }
            if !containers.is_empty() {
                pods.push(json!({
                    "namespace": worker.pod.namespace(), "name": worker.pod.name(), "containers": containers,
                }));
            }
        }
        json!({"usage": (quantities(cpu, memory)), "pods": pods})
    }

    /// What one running container uses, in millicores and MiB.
    fn container(&self, worker: &Worker, container: &Container) -> (u64, u64) {
        let name = worker.pod.name();
        let loaded = self
            .loads
            .iter()
            .filter(|((namespace, prefix), _)| **namespace == *worker.pod.namespace() && name.starts_with(&**prefix));
        let idle = container.instance.as_ref().map_or((0, 0), |instance| instance.context.image.usage);
        // The longest beginning that fits is meant.
        let load = loaded.max_by_key(|((_, prefix), _)| prefix.len()).map_or(idle, |(_, load)| *load);
        let limits = container.spec.at(&["resources", "limits"]);
        let limit = |name: &str| limits.get(name).map(Quantity::of);
        let cpu = u64::from(load.0).min(limit("cpu").map_or(u64::MAX, |q| q.milli().unsigned_abs()));
        let memory = u64::from(load.1.max(1)).min(limit("memory").map_or(u64::MAX, |q| q.value().unsigned_abs() >> 20));
        (cpu, memory)
    }
}

fn quantities(millis: u64, mebibytes: u64) -> Value {
    json!({"cpu": format!("{millis}m"), "memory": format!("{}Ki", mebibytes << 10)})
}
