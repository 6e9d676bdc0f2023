//! What `minikube` does to the machines of the playground's cluster.

use crate::api::ApiServer;
use crate::bootstrap::{self, Profile};
use crate::cluster::Cluster;
use crate::kubelet::Kubelets;
use crate::process::{FileSystem, Loopback};
use crate::scenario::Scenario;
use crate::shell::{Driver, MachineState};
use crate::sim::Clock;
use std::cell::RefCell;
use std::rc::Rc;

struct Machines {
    profile: Profile,
    kubelets: Kubelets,
    server: Rc<RefCell<ApiServer>>,
    clock: Clock,
}

/// The driver of a scenario's cluster.
pub(super) fn of(cluster: &Cluster, scenario: &Scenario) -> Rc<dyn Driver> {
    Rc::new(Machines {
        profile: scenario.profile,
        kubelets: cluster.kubelets.clone(),
        server: cluster.server.clone(),
        clock: cluster.clock.clone(),
    })
}

impl Driver for Machines {
    fn machines(&self) -> Vec<MachineState> {
        let state = |name: String| MachineState {
            address: self.kubelets.address(&name).unwrap_or_default(),
            running: self.kubelets.is_up(&name),
            kubelet: self.kubelets.kubelet(&name).unwrap_or_default(),
            name,
        };
        self.kubelets.machines().into_iter().map(state).collect()
    }

    fn inside(&self, name: &str) -> Option<(FileSystem, Loopback)> {
        self.kubelets.inside(name).filter(|_| self.kubelets.is_up(name))
    }

    fn start(&self, name: &str) {
        if self.kubelets.machines().iter().any(|known| known == name) {
            self.kubelets.start(name);
        } else {
            bootstrap::add_node(&self.kubelets, self.clock.now(), self.profile, name);
        }
    }

    fn stop(&self, name: &str) {
        self.kubelets.stop(name);
    }

    fn set_kubelet(&self, name: &str, runs: bool) {
        self.kubelets.set_kubelet(name, runs);
    }

    fn kill(&self, name: &str, container: &str) -> bool {
        self.kubelets.kill(name, container)
    }

    fn delete(&self, name: &str) {
        bootstrap::delete_node(&self.kubelets, &self.server, name);
    }
}
