//! The node's side of a kubelet: registering, heartbeats, the list of images.

use super::Host;
use super::machine::Machine;
use crate::json;
use crate::kinds;
use crate::meta::{Object, Text, Time, Value};
use std::time::Duration;

/// How often a lease is renewed, and how long it lasts.
const RENEW: Duration = Duration::from_secs(10);
const LEASE_SECONDS: i64 = 40;
/// How often the status is written even if nothing changed.
const REPORT: Duration = Duration::from_secs(300);
/// How long a new image waits to be listed.
const LIST_IMAGES: Duration = Duration::from_secs(10);

/// What a kubelet says about its node when it starts.
const STARTING: &[(&str, &str)] = &[
    ("Starting", "Starting kubelet."),
    ("NodeHasSufficientMemory", "Node NAME status is now: NodeHasSufficientMemory"),
    ("NodeHasNoDiskPressure", "Node NAME status is now: NodeHasNoDiskPressure"),
    ("NodeHasSufficientPID", "Node NAME status is now: NodeHasSufficientPID"),
    ("NodeAllocatableEnforced", "Updated Node Allocatable limit across pods"),
    ("NodeReady", "Node NAME status is now: NodeReady"),
];

impl Machine {
    /// When the machine next has something to say.
    pub fn due(&self) -> Option<Time> {
        let next = self.renew_at.min(self.report_at);
        (self.up && !self.halted).then_some(if self.mirror || self.has_news() { Time::default() } else { next })
    }

    /// Notes that the images on disk changed: they are listed with the next report.
    pub fn list_images(&mut self, now: Time) {
        self.report_at = self.report_at.min(now + LIST_IMAGES);
    }
}

impl Host {
    /// Lets every machine say what it has to say by now.
    pub fn report(&mut self, now: Time) {
        let due = |machine: &&Machine| machine.due().is_some_and(|due| due <= now);
        let names: Vec<Text> = self.machines.values().filter(due).map(|machine| machine.plan.name.clone()).collect();
        for name in names {
            let Some(machine) = self.machines.get_mut(&name) else { continue };
            if !machine.registered {
                machine.registered = true;
                machine.mirror = true;
                machine.renew_at = now + RENEW;
                machine.report_at = now + REPORT;
                self.register(&name, now);
                self.renew(&name, now);
                continue;
            }
            let changed = if machine.has_news() { machine.read_manifests() } else { Vec::new() };
            self.end_static_pods(&name, &changed);
            let Some(machine) = self.machines.get_mut(&name) else { continue };
            if std::mem::take(&mut machine.mirror) {
                self.show_static_pods(&name, now);
            }
            let Some(machine) = self.machines.get_mut(&name) else { continue };
            if machine.renew_at <= now {
                machine.renew_at = now + RENEW;
                self.renew(&name, now);
                self.look_for_extended(&name, now);
            }
            if self.machines.get(&name).is_some_and(|machine| machine.report_at <= now) {
                self.write_status(&name, now);
            }
        }
    }

    /// Registers the node, or reports again if it is registered from before.
    fn register(&mut self, name: &str, now: Time) {
        let Some(machine) = self.machines.get(name) else { return };
        let node = machine.node(now);
        let (status, hollow) = (node.status().clone(), machine.plan.make.hollow);
        match self.client.create(node) {
            // Creating takes no status: it follows.
            Ok(mut node) => {
                node["status"] = status;
                let _ = self.client.update_status(node);
            }
            Err(_) => self.write_status(name, now),
        }
        if hollow {
            return;
        }
        let node = Object(json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "uid": name}}));
        if let Some(recorder) = self.recorders.get(name) {
            for (reason, message) in STARTING {
                recorder.normal(&node, reason, &message.replace("NAME", name));
            }
        }
    }

    /// Ends pods whose manifests are gone or say something else now.
    fn end_static_pods(&self, machine: &str, names: &[String]) {
        for name in names {
            let full = format!("{name}-{machine}");
            let all = self.client.list(&kinds::pod::KIND, None);
            let mirrors = all.iter().filter(|pod| pod.name() == full && pod.spec()["nodeName"] == *machine);
            for pod in mirrors.filter(|pod| pod.annotation("kubernetes.io/config.mirror").is_some()) {
                let at_once = json!({"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 0});
                // Should it be gone already, all is well.
                let _ = self.client.delete(&kinds::pod::KIND, pod.namespace(), pod.name(), at_once);
            }
        }
    }

    /// Shows the pods that run from the machine's own manifests to the API: mirror pods.
    fn show_static_pods(&self, name: &str, now: Time) {
        let Some(machine) = self.machines.get(name) else { return };
        let Ok(node) = self.client.get(&kinds::node::KIND, "", name) else { return };
        let owner = json!({"apiVersion": "v1", "kind": "Node", "name": name, "uid": node.uid(), "controller": true});
        for manifest in &machine.plan.static_pods {
            let mut pod = manifest.clone();
            let full = format!("{}-{name}", pod.name());
            let hash = &super::registry::digest_of(&format!("{full}{}", manifest.0.to_json()))[..32];
            pod["metadata"]["name"] = full.into();
            pod["metadata"]["annotations"] = json!({
                "kubernetes.io/config.hash": hash, "kubernetes.io/config.mirror": hash,
                "kubernetes.io/config.seen": now.rfc3339_micro(), "kubernetes.io/config.source": "file",
            });
            pod["metadata"]["ownerReferences"] = json!([owner.clone()]);
            pod["spec"]["nodeName"] = name.into();
            pod["spec"]["tolerations"] = json!([{"operator": "Exists", "effect": "NoExecute"}]);
            // The one that is there may stay.
            let _ = self.client.create(pod);
        }
    }

    /// Has the status written if somebody gave the node resources that cannot be had yet.
    fn look_for_extended(&mut self, name: &str, now: Time) {
        let Ok(node) = self.client.get(&kinds::node::KIND, "", name) else { return };
        let Some(machine) = self.machines.get_mut(name) else { return };
        let given = |(resource, amount): &(String, Value)| node.status()["allocatable"][resource.as_str()] == *amount;
        if !machine.extended(node.status()).iter().all(given) {
            machine.report_at = now;
        }
    }

    /// Renews the node's lease, as long as the node is there.
    fn renew(&self, name: &str, now: Time) {
        const NAMESPACE: &str = "kube-node-lease";
        let spec = json!({
            "holderIdentity": name, "leaseDurationSeconds": LEASE_SECONDS, "renewTime": now.rfc3339_micro(),
        });
        if let Ok(mut lease) = self.client.get(&kinds::lease::KIND, NAMESPACE, name) {
            lease["spec"] = spec;
            // Should another have written in between, the next renewal comes soon enough.
            let _ = self.client.update(lease);
            return;
        }
        let Ok(node) = self.client.get(&kinds::node::KIND, "", name) else { return };
        let owner = json!({"apiVersion": "v1", "kind": "Node", "name": name, "uid": node.uid()});
        let metadata = json!({"name": name, "namespace": NAMESPACE, "ownerReferences": [owner]});
        let lease =
            json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": spec});
        // The namespace may be missing for a moment while the cluster starts.
        let _ = self.client.create(Object(lease));
    }

    /// Writes the node's status as it is now.
    pub fn write_status(&mut self, name: &str, now: Time) {
        let Some(machine) = self.machines.get_mut(name) else { return };
        machine.report_at = now + REPORT;
        // A node that was deleted by hand stays deleted until the kubelet starts again.
        let Ok(mut node) = self.client.get(&kinds::node::KIND, "", name) else { return };
        node["status"] = machine.status(node.status(), now);
        node.remove(&["metadata", "resourceVersion"]);
        let _ = self.client.update_status(node);
    }
}
