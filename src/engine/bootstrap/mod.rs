//! How a cluster starts: which machines, which objects, and who is wired to whom.
//!
//! Two profiles: [`Profile::Minikube`] is what `minikube start` gives, with its system pods;
//! [`Profile::Bare`] is a control plane with hollow nodes and nothing else.

mod base;
mod port;
mod static_pods;

use crate::api::{ApiServer, Client, User};
use crate::cluster::Cluster;
use crate::json;
use crate::kinds;
use crate::kubelet::{Kubelets, Make, Plan};
use crate::meta::{Object, Time, Value};
use crate::shell::Containers;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// What kind of cluster starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// As after `minikube start`: a system namespace full of pods, a default storage class.
    Minikube,
    /// Hollow nodes: no system pods, images without size, containers that start and stop at once.
    Bare,
}

static MINIKUBE: Make = Make {
    os_image: "Debian GNU/Linux 12 (bookworm)",
    kernel: "6.8.0-51-generic",
    container_runtime: "containerd://2.2.1",
    cpu: 4,
    memory: "8127152Ki",
    ephemeral_storage: "61202244Ki",
    provider: "",
    hollow: false,
};

static HOLLOW: Make = Make {
    os_image: "Debian GNU/Linux 7 (wheezy)",
    kernel: "3.16.0-0.bpo.4-amd64",
    container_runtime: "containerd://2.2.1",
    cpu: 1,
    memory: "3840Mi",
    ephemeral_storage: "61202244Ki",
    provider: "kubemark",
    hollow: true,
};

impl Profile {
    fn make(self) -> &'static Make {
        match self {
            Profile::Minikube => &MINIKUBE,
            Profile::Bare => &HOLLOW,
        }
    }
    /// How long the cluster has been running when it is handed over.
    fn age(self) -> Duration {
        match self {
            Profile::Minikube => Duration::from_secs(65),
            Profile::Bare => Duration::from_secs(8),
        }
    }
    /// The first three bytes of the machines' addresses.
    fn network(self) -> &'static str {
        match self {
            Profile::Minikube => "192.168.49",
            Profile::Bare => "192.0.2",
        }
    }
    /// The address of the machine at a position, counted from 0.
    fn address(self, at: usize) -> String {
        format!("{}.{}", self.network(), at.saturating_add(2))
    }
}

/// A cluster of that profile with those nodes, the first of them the control plane, as it is at
/// `start`: it has been running for a while then. Without nodes it is an API server and its
/// controllers only: nothing schedules pods to nodes that are then created by hand.
pub fn cluster(profile: Profile, nodes: &[&str], start: Time, seed: u64) -> Cluster {
    let mut cluster = Cluster::new(start - profile.age(), seed);
    cluster.kubelets.set_programs(Rc::new(Containers { tasks: cluster.tasks.clone() }));
    let port = port::Port::new(&cluster.server, &profile.address(0));
    cluster.kubelets.set_api(Rc::new(port));
    for component in crate::controllers::all(&cluster.server) {
        cluster.add(component);
    }
    if !nodes.is_empty() {
        cluster.add(crate::scheduler::scheduler(&cluster.server));
    }
    cluster.add(Box::new(cluster.network.clone()));
    cluster.add(Box::new(cluster.kubelets.clone()));
    cluster.server.borrow_mut().nodes = Some(cluster.kubelets.proxy());

    let client = Client::new(&cluster.server, admin(), "kube-apiserver");
    cluster.server.borrow_mut().bootstrap();
    for name in nodes {
        add_node(&cluster.kubelets, cluster.clock.now(), profile, name);
    }
    if profile == Profile::Minikube {
        base::create_all(&client, base::api_server_endpoints(&profile.address(0)));
        let client = Client::new(&cluster.server, admin(), "kubeadm");
        base::create_all(&client, minikube_objects());
    }
    cluster.advance(start);
    if profile == Profile::Bare {
        // Handed over with a clean slate: what happened while it started is nobody's concern.
        for event in client.list(&kinds::event::KIND, None) {
            let _ = client.delete(&kinds::event::KIND, event.namespace(), event.name(), Value::Null);
        }
        cluster.settle();
    }
    cluster
}

/// Adds a machine, as `minikube node add` does. Its kubelet registers the node.
pub fn add_node(kubelets: &Kubelets, now: Time, profile: Profile, name: &str) {
    let at = kubelets.machines().len();
    let mut labels = json!({"minikube.k8s.io/name": "minikube"});
    let mut annotations = json!({"node.alpha.kubernetes.io/ttl": "0"});
    if at == 0 {
        labels["node-role.kubernetes.io/control-plane"] = "".into();
    }
    if profile == Profile::Minikube {
        labels["minikube.k8s.io/commit"] = "65318f4cfff9c12cc87ec9eb8f4cdd57b25047f3".into();
        labels["minikube.k8s.io/primary"] = (if at == 0 { "true" } else { "false" }).into();
        labels["minikube.k8s.io/version"] = "v1.37.0".into();
        let (year, month, day, hour, minute, second) = now.civil();
        labels["minikube.k8s.io/updated_at"] =
            format!("{year:04}_{month:02}_{day:02}T{hour:02}_{minute:02}_{second:02}_0700").into();
        annotations["volumes.kubernetes.io/controller-managed-attach-detach"] = "true".into();
        if at == 0 {
            labels["node.kubernetes.io/exclude-from-external-load-balancers"] = "".into();
        }
    }
    let address = profile.address(at);
    let static_pods = match profile {
        Profile::Minikube if at == 0 => static_pods::manifests(&address).into_iter().map(Object).collect(),
        _ => Vec::new(),
    };
    kubelets.add(Plan {
        name: name.into(),
        address: address.into(),
        subnet: u8::try_from(at).unwrap_or(u8::MAX),
        labels,
        annotations,
        make: profile.make(),
        static_pods,
    });
}

/// Removes a machine and its node, as `minikube node delete` does.
pub fn delete_node(kubelets: &Kubelets, server: &Rc<RefCell<ApiServer>>, name: &str) {
    kubelets.remove(name);
    let client = Client::new(server, admin(), "minikube");
    // The node may have been deleted by hand already.
    let _ = client.delete(&kinds::node::KIND, "", name, Value::Null);
}

/// The user that made the cluster.
fn admin() -> User {
    User {
        name: "kubernetes-admin".into(),
        groups: vec!["system:masters".into(), "system:authenticated".into()],
        ..User::default()
    }
}

/// The documents of `minikube.yaml`.
fn minikube_objects() -> impl Iterator<Item = Value> {
    use serde::Deserialize;
    let documents = [include_str!("minikube.yaml"), crate::shell::METRICS_SERVER].into_iter();
    let documents = documents.flat_map(serde_yaml::Deserializer::from_str);
    documents.filter_map(|document| Value::deserialize(document).ok())
}

#[cfg(test)]
mod tests;
