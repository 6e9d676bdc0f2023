//! Machines: what a node is made of, and what its kubelet and container runtime remember.

use super::disk;
use crate::json;
use crate::meta::{Object, Text, Time, Value, yaml};
use crate::meta::{SortedMap, SortedSet};
use crate::process::{FileSystem, Loopback};

/// What all machines of one make have in common.
pub struct Make {
    /// Such as `Debian GNU/Linux 12 (bookworm)`.
    pub os_image: &'static str,
    /// Such as `6.8.0-51-generic`.
    pub kernel: &'static str,
    /// Such as `containerd://2.2.1`.
    pub container_runtime: &'static str,
    /// Whole CPUs.
    pub cpu: u32,
    /// Such as `8127152Ki`.
    pub memory: &'static str,
    /// Such as `61202244Ki`.
    pub ephemeral_storage: &'static str,
    /// Before the name in `spec.providerID`; no such field if empty.
    pub provider: &'static str,
    /// Whether the container runtime is hollow, as kubemark's is: images have no size and take no
    /// time to pull, containers start and stop at once, and less is said about all of it.
    pub hollow: bool,
}

/// What a machine is started with.
#[derive(Clone)]
pub struct Plan {
    /// The node's name.
    pub name: Text,
    /// The machine's address.
    pub address: Text,
    /// The third byte of the pods' addresses, `10.244.N.0/24`.
    pub subnet: u8,
    /// The node's labels beyond those every kubelet sets.
    pub labels: Value,
    /// The node's annotations.
    pub annotations: Value,
    /// What it is made of.
    pub make: &'static Make,
    /// Manifests of pods that run without being asked for.
    pub static_pods: Vec<Object>,
}

/// Versions of what runs here.
pub const VERSION: &str = "v1.36.2";

/// How many pods a kubelet takes.
const MAX_PODS: u32 = 110;

/// A machine, running or not.
pub(super) struct Machine {
    pub plan: Plan,
    /// Whether it is switched on.
    pub up: bool,
    /// Whether its kubelet is stopped: what runs goes on, and nobody looks after it.
    pub halted: bool,
    /// Since when its kubelet is what it is.
    pub since: Time,
    /// Whether the kubelet has registered the node since it started.
    pub registered: bool,
    /// Images on its disk: by full reference, with what they take there.
    pub images: SortedMap<String, u64>,
    /// Images that are being pulled.
    pub coming: SortedSet<String>,
    /// Until when the puller is busy: images are pulled one after the other.
    pub pulls_until: Time,
    /// When the lease is to be renewed.
    pub renew_at: Time,
    /// When the status is to be written even if nothing changed.
    pub report_at: Time,
    /// Whether its static pods have to be shown to the API (again).
    pub mirror: bool,
    /// Its own files: `hostPath` volumes show them.
    pub files: FileSystem,
    /// What its manifests said when they were last read, and at which version of its files that was.
    pub manifests: (u64, SortedMap<String, String>),
    /// Its own ports: pods on the host network listen here.
    pub net: Loopback,
    /// Pod addresses in use, by their last two bytes' distance from the first.
    addresses: SortedSet<u16>,
    /// The address given out last: addresses are not reused at once.
    last: u16,
    pub machine_id: String,
    pub boot_id: String,
}

impl Machine {
    pub fn new(plan: Plan, net: Loopback, machine_id: String, boot_id: String) -> Machine {
        let files = FileSystem::default();
        let mut manifests = SortedMap::new();
        if !plan.make.hollow {
            disk::lay(&files, &plan);
            for pod in &plan.static_pods {
                manifests.insert(format!("{}.yaml", pod.name()), yaml::print(&pod.0));
            }
        }
        let manifests = (files.version(), manifests);
        Machine {
            plan,
            up: true,
            halted: false,
            since: Time::default(),
            registered: false,
            images: SortedMap::new(),
            coming: SortedSet::new(),
            pulls_until: Time::default(),
            renew_at: Time::default(),
            report_at: Time::default(),
            mirror: false,
            files,
            manifests,
            net,
            addresses: SortedSet::new(),
            last: 1,
            machine_id,
            boot_id,
        }
    }

    /// A free pod address.
    pub fn take_address(&mut self) -> Option<Text> {
        let subnet = self.plan.subnet;
        let free = (self.last + 1..=254).chain(2..=self.last).find(|host| !self.addresses.contains(host))?;
        self.addresses.insert(free);
        self.last = free;
        Some(format!("10.244.{subnet}.{free}").into())
    }

    /// Gives a pod address back.
    pub fn free_address(&mut self, address: &str) {
        let host = address.rsplit('.').next().and_then(|host| host.parse().ok());
        if let Some(host) = host {
            self.addresses.remove(&host);
        }
    }

    /// `status.capacity` and, less what the system keeps, `status.allocatable`: here nothing.
    pub fn capacity(&self) -> Value {
        let make = self.plan.make;
        let mut capacity = json!({
            "cpu": make.cpu.to_string(), "memory": (make.memory), "pods": MAX_PODS.to_string(),
            "ephemeral-storage": (make.ephemeral_storage),
        });
        if !make.hollow {
            capacity["hugepages-1Gi"] = "0".into();
            capacity["hugepages-2Mi"] = "0".into();
        }
        capacity
    }

    /// Extended resources: what a node's status says it has beyond what its kubelet counts.
    pub fn extended(&self, status: &Value) -> Vec<(String, Value)> {
        let own = self.capacity();
        let others = status["capacity"].entries().filter(|(name, _)| !own.has(name));
        others.map(|(name, amount)| (name.to_string(), amount.clone())).collect()
    }

    /// The node as its kubelet registers it.
    pub fn node(&self, now: Time) -> Object {
        let plan = &self.plan;
        let mut labels = json!({
            "beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
            "kubernetes.io/hostname": &plan.name, "kubernetes.io/os": "linux",
        });
        for (key, value) in plan.labels.entries() {
            labels[key.as_str()] = value.clone();
        }
        let cidr = format!("10.244.{}.0/24", plan.subnet);
        let mut node = Object(json!({
            "apiVersion": "v1", "kind": "Node",
            "metadata": {"name": &plan.name, "labels": labels, "annotations": &plan.annotations},
            "spec": {"podCIDR": &cidr, "podCIDRs": [&cidr]},
        }));
        if !plan.make.provider.is_empty() {
            node["spec"]["providerID"] = format!("{}://{}", plan.make.provider, plan.name).into();
        }
        node["status"] = self.status(&Value::Null, now);
        node
    }

    /// The node's status, with the transition times of the old one where nothing changed.
    pub fn status(&self, old: &Value, now: Time) -> Value {
        let plan = &self.plan;
        let conditions: Value =
            CONDITIONS.iter().map(|row| condition(row, old, now)).chain(foreign_conditions(old)).collect();
        let images: Value = self
            .images
            .iter()
            .filter(|(_, size)| **size > 0)
            .map(|(name, size)| json!({"names": [name], "sizeBytes": (*size)}))
            .collect();
        // What others say the machine has besides is taken over.
        let (mut capacity, extended) = (self.capacity(), self.extended(old));
        extended.into_iter().for_each(|(name, amount)| capacity[name.as_str()] = amount);
        let mut status = json!({
            "addresses": [
                {"type": "InternalIP", "address": &plan.address},
                {"type": "Hostname", "address": &plan.name},
            ],
            "capacity": (capacity.clone()), "allocatable": capacity, "conditions": conditions,
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": {
                "machineID": &self.machine_id, "systemUUID": &self.machine_id, "bootID": &self.boot_id,
                "kernelVersion": (plan.make.kernel), "osImage": (plan.make.os_image),
                "containerRuntimeVersion": (plan.make.container_runtime), "kubeletVersion": VERSION,
                "kubeProxyVersion": "", "operatingSystem": "linux", "architecture": "amd64",
            },
        });
        if !images.is_empty() {
            status["images"] = images;
        }
        for field in ["volumesAttached", "volumesInUse"] {
            if let Some(value) = old.get(field) {
                status[field] = value.clone();
            }
        }
        status
    }
}

/// A node condition: type, healthy status, reason, message.
type Row = (&'static str, &'static str, &'static str, &'static str);

const CONDITIONS: &[Row] = &[
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
];

fn condition((kind, status, reason, message): &Row, old: &Value, now: Time) -> Value {
    let before = old["conditions"].items().iter().find(|c| c["type"] == *kind);
    let since = before.filter(|c| c["status"] == *status).map(|c| c["lastTransitionTime"].clone());
    json!({
        "type": *kind, "status": *status, "reason": *reason, "message": *message,
        "lastHeartbeatTime": now.rfc3339(), "lastTransitionTime": since.unwrap_or_else(|| now.rfc3339().into()),
    })
}

/// Conditions that others have put on the node.
fn foreign_conditions(old: &Value) -> impl Iterator<Item = Value> {
    let foreign = |c: &&Value| !CONDITIONS.iter().any(|(kind, ..)| c["type"] == **kind);
    old["conditions"].items().iter().filter(foreign).cloned().collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Clock;

    pub const MAKE: Make = Make {
        os_image: "",
        kernel: "",
        container_runtime: "",
        cpu: 1,
        memory: "1Gi",
        ephemeral_storage: "1Gi",
        provider: "",
        hollow: true,
    };

    #[test]
    fn addresses_go_round() {
        let plan = Plan {
            name: "n".into(),
            address: "192.0.2.2".into(),
            subnet: 3,
            labels: Value::Null,
            annotations: Value::Null,
            make: &MAKE,
            static_pods: Vec::new(),
        };
        let mut machine = Machine::new(plan, Loopback::new(&Clock::default()), String::new(), String::new());
        assert_eq!(machine.take_address().as_deref(), Some("10.244.3.2"));
        assert_eq!(machine.take_address().as_deref(), Some("10.244.3.3"));
        machine.free_address("10.244.3.2");
        assert_eq!(machine.take_address().as_deref(), Some("10.244.3.4"));
        let rest = std::iter::from_fn(|| machine.take_address()).count();
        assert_eq!(rest, 254 - 4 + 1);
        assert_eq!(machine.take_address(), None);
    }
}
