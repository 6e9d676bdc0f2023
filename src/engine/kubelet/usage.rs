//! What containers use: simulated, and settable, so that `kubectl top` and autoscalers have figures.

use super::State;
use super::container::Container;
use super::worker::Worker;
use crate::json;
use crate::meta::SortedMap;
use crate::meta::{Object, Quantity, Text, Value};
use crate::store::Change;
use std::time::Duration;

/// What a machine uses by itself: millicores and MiB.
const SYSTEM: (u64, u64) = (120, 640);

/// Annotations by which a user puts load on a pod, or on all pods of a workload together: CPU and memory.
const LOAD: [&str; 2] = ["tabernetes.dev/load-cpu", "tabernetes.dev/load-memory"];
/// The workloads whose pods share a load, and what stands between them and their pods.
const WORKLOADS: &[&str] =
    &["deployments.apps", "replicasets.apps", "statefulsets.apps", "daemonsets.apps", "replicationcontrollers"];
/// How long a container runs before it has been measured twice, which it takes to know what it uses.
const MEASURED_AFTER: Duration = Duration::from_secs(15);

/// Load that a user has put on pods: by namespace and the beginning of their names, CPU in millicores
/// and memory in MiB for each container.
pub type Loads = SortedMap<(Text, Text), (u32, u32)>;

/// CPU in millicores and memory in MiB, as far as they are said.
type Load = [Option<u64>; 2];

/// The loads of workloads by their uids, and who owns whom among them.
#[derive(Default)]
pub struct Shared {
    loads: SortedMap<Text, Load>,
    owners: SortedMap<Text, Text>,
}

impl Shared {
    /// Takes a changed workload in.
    pub(super) fn observe(&mut self, change: &Change) {
        if !WORKLOADS.contains(&&*change.key.resource) {
            return;
        }
        let Some(object) = change.new.as_ref() else {
            let Some(old) = &change.old else { return };
            self.loads.remove(old.uid());
            self.owners.remove(old.uid());
            return;
        };
        match load(object) {
            [None, None] => drop(self.loads.remove(object.uid())),
            load => drop(self.loads.insert(object.uid().into(), load)),
        }
        if let Some(owner) = object.controller() {
            self.owners.insert(object.uid().into(), owner["uid"].str().into());
        }
    }

    /// The workload whose load a pod shares, and that load.
    fn of<'a>(&'a self, pod: &'a Object) -> Option<(&'a str, Load)> {
        let mut uid = pod.controller()?["uid"].str();
        // The topmost counts: ReplicaSets keep their Deployment's annotations when it has lost them.
        while let Some(owner) = self.owners.get(uid) {
            uid = owner;
        }
        self.loads.get(uid).map(|load| (uid, *load))
    }
}

/// What the annotations of an object say.
fn load(object: &Object) -> Load {
    LOAD.map(|key| {
        let amount = Quantity::parse(object.annotation(key)?).ok()?;
        let amount = if key == LOAD[0] { amount.milli() } else { amount.value() >> 20 };
        Some(amount.unsigned_abs())
    })
}

impl State {
    /// `{"usage": {...}, "pods": [...]}` of a node, with quantities as the metrics API has them.
    pub(super) fn usage(&self, node: &str) -> Value {
        let (mut cpu, mut memory) = SYSTEM;
        let mut pods = Vec::new();
        let now = self.host.clock.now();
        // How many share each load, counted when first needed.
        let mut shares: SortedMap<&str, u64> = SortedMap::new();
        for worker in self.workers.values().filter(|worker| *worker.machine == *node) {
            let mut containers = Vec::new();
            let load = self.load_of(worker, &mut shares);
            let mut first = true;
            for container in worker.containers.iter().filter(|c| c.running().is_some()) {
                // The load is that of the first container; the others idle beside it.
                let load = if std::mem::take(&mut first) { load } else { [None, None] };
                let (millis, mebibytes) = self.container(worker, container, load);
                cpu += millis;
                memory += mebibytes;
                let since = container.running().and_then(|instance| instance.started);
                if since.is_some_and(|since| now.since(since) >= MEASURED_AFTER) {
                    containers.push(json!({"name": &container.name, "usage": (quantities(millis, mebibytes))}));
                }
            }
            if !containers.is_empty() {
                pods.push(json!({
                    "namespace": worker.pod.namespace(), "name": worker.pod.name(), "containers": containers,
                }));
            }
        }
        json!({"usage": (quantities(cpu, memory)), "pods": pods})
    }

    /// The load that users have put on a pod: its own, or its share of its workload's.
    fn load_of<'a>(&'a self, worker: &'a Worker, shares: &mut SortedMap<&'a str, u64>) -> Load {
        let own = load(&worker.pod);
        if own != [None, None] {
            return own;
        }
        let Some((uid, load)) = self.shared.of(&worker.pod) else { return own };
        if !shares.contains_key(uid) {
            let serving = self.workers.values().filter(|other| {
                let ready = |c: &Container| c.running().is_some_and(|instance| instance.is_ready);
                other.containers.iter().any(ready) && self.shared.of(&other.pod).is_some_and(|(other, _)| other == uid)
            });
            shares.insert(uid, serving.count().max(1) as u64);
        }
        let share = shares.get(uid).copied().unwrap_or(1);
        load.map(|amount| amount.map(|amount| amount / share))
    }

    /// What one running container uses, in millicores and MiB.
    fn container(&self, worker: &Worker, container: &Container, load: Load) -> (u64, u64) {
        let name = worker.pod.name();
        let loaded = self
            .loads
            .iter()
            .filter(|((namespace, prefix), _)| **namespace == *worker.pod.namespace() && name.starts_with(&**prefix));
        let now = self.host.clock.now();
        let idle = container.instance.as_ref().map_or((0, 0), |instance| {
            let (cpu, memory) = instance.context.image.usage;
            (cpu.saturating_add(instance.context.effort.millicores(now) as u32), memory)
        });
        // The longest beginning that fits is meant.
        let set = loaded.max_by_key(|((_, prefix), _)| prefix.len()).map_or(idle, |(_, load)| *load);
        let limits = container.spec.at(&["resources", "limits"]);
        let limit = |name: &str| limits.get(name).map(Quantity::of);
        let (cpu, memory) = (load[0].unwrap_or(set.0.into()), load[1].unwrap_or(set.1.max(1).into()));
        let cpu = cpu.min(limit("cpu").map_or(u64::MAX, |q| q.milli().unsigned_abs()));
        let memory = memory.min(limit("memory").map_or(u64::MAX, |q| q.value().unsigned_abs() >> 20));
        (cpu, memory)
    }
}

fn quantities(millis: u64, mebibytes: u64) -> Value {
    json!({"cpu": format!("{millis}m"), "memory": format!("{}Ki", mebibytes << 10)})
}
