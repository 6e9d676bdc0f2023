//! The cluster: the API server, the components around it, and the one loop that moves time.

use crate::api::ApiServer;
use crate::controllers::Component;
use crate::kubelet::Kubelets;
use crate::meta::Time;
use crate::network::Network;
use crate::sim::{Clock, Rng, Tasks};
use std::cell::RefCell;
use std::rc::Rc;

/// How often components and tasks may go round within one moment before the cluster is considered
/// livelocked and time is made to move on.
const MAX_ROUNDS: usize = 10_000;

/// A whole cluster. `advance` is the only passage of time.
pub struct Cluster {
    /// The virtual clock.
    pub clock: Clock,
    /// The seeded randomness.
    pub rng: Rng,
    /// The API server.
    pub server: Rc<RefCell<ApiServer>>,
    /// What runs in terminals and containers.
    pub tasks: Tasks,
    /// What connects pods, services and machines.
    pub network: Network,
    /// The kubelets, and the machines they run on.
    pub kubelets: Kubelets,
    components: Vec<Box<dyn Component>>,
    /// The last revision the components have seen.
    cursor: u64,
}

impl Cluster {
    /// A cluster without components: an API server and nothing else.
    pub fn new(start: Time, seed: u64) -> Cluster {
        let clock = Clock::starting_at(start);
        let rng = Rng::seeded(seed);
        let server = ApiServer::new(clock.clone(), rng.clone());
        let tasks = Tasks::default();
        let network = Network::new(&clock, &rng);
        network.open(&tasks);
        let kubelets = Kubelets::new(&server, &tasks, &network);
        Cluster { clock, rng, server, tasks, network, kubelets, components: Vec::new(), cursor: 0 }
    }

    /// Adds a component; they run in the order they were added.
    pub fn add(&mut self, component: Box<dyn Component>) {
        self.components.push(component);
    }

    /// Lets time pass up to `to`, stopping at every moment at which something is due.
    pub fn advance(&mut self, to: Time) {
        self.settle();
        while let Some(next) = self.next_due().filter(|next| *next <= to) {
            self.clock.set(next);
            self.settle();
        }
        self.clock.set(to);
        self.settle();
    }

    /// The next moment at which something is due.
    pub fn next_due(&self) -> Option<Time> {
        let components = self.components.iter().filter_map(|component| component.due());
        components.chain(self.clock.next_sleeper()).min().map(|due| due.max(self.clock.now()))
    }

    /// Runs components and tasks until nothing more happens at this moment.
    pub fn settle(&mut self) {
        for _ in 0..MAX_ROUNDS {
            let before = (self.clock.stirred(), self.server.borrow().store.revision());
            self.tasks.poll_all(&self.clock);
            let ran = self.run_components();
            if !ran && before == (self.clock.stirred(), self.server.borrow().store.revision()) {
                return;
            }
        }
    }

    fn run_components(&mut self) -> bool {
        let now = self.clock.now();
        let mut ran = false;
        for at in 0..self.components.len() {
            self.deliver();
            if self.components[at].due().is_some_and(|due| due <= now) {
                self.components[at].run(now);
                ran = true;
            }
        }
        self.deliver();
        ran
    }

    /// Shows the components what has changed since they last looked.
    fn deliver(&mut self) {
        let server = self.server.borrow();
        for change in server.store.since(self.cursor) {
            for component in &mut self.components {
                component.observe(change);
            }
        }
        self.cursor = server.store.revision();
    }
}
