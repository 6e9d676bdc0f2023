//! The kubelets: what turns a pod that is bound to a node into running containers and a status.
//!
//! One component serves all nodes: `machine` is what a node is made of, `node` how it reports, and
//! [`programs`] what runs in containers.

mod machine;
mod node;
mod programs;

pub use machine::{Make, Plan, VERSION};
pub use programs::Programs;

use crate::api::{ApiServer, Client, Recorder, User};
use crate::controllers::Component;
use crate::meta::{Text, Time};
use crate::network::Network;
use crate::process::Loopback;
use crate::sim::{Clock, Rng, Tasks};
use crate::store::Change;
use machine::Machine;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A handle on all kubelets. Clones are the same.
#[derive(Clone)]
pub struct Kubelets(Rc<RefCell<State>>);

struct State {
    host: Host,
}

/// What the workers of all pods share.
struct Host {
    client: Client,
    clock: Clock,
    rng: Rng,
    tasks: Tasks,
    network: Network,
    programs: Rc<dyn Programs>,
    machines: BTreeMap<Text, Machine>,
    recorders: BTreeMap<Text, Recorder>,
}

impl Kubelets {
    /// Kubelets without machines.
    pub fn new(server: &Rc<RefCell<ApiServer>>, tasks: &Tasks, network: &Network) -> Kubelets {
        let user = User {
            name: "system:node".into(),
            groups: vec!["system:masters".into(), "system:nodes".into(), "system:authenticated".into()],
            ..User::default()
        };
        let (clock, rng) = {
            let server = server.borrow();
            (server.clock.clone(), server.rng.clone())
        };
        let host = Host {
            client: Client::new(server, user, "kubelet"),
            clock,
            rng,
            tasks: tasks.clone(),
            network: network.clone(),
            programs: Rc::new(programs::Few),
            machines: BTreeMap::new(),
            recorders: BTreeMap::new(),
        };
        Kubelets(Rc::new(RefCell::new(State { host })))
    }

    /// Hands in what runs the programs of containers.
    pub fn set_programs(&self, programs: Rc<dyn Programs>) {
        self.0.borrow_mut().host.programs = programs;
    }

    /// Adds a machine and starts its kubelet.
    pub fn add(&self, plan: Plan) {
        let host = &mut self.0.borrow_mut().host;
        let net = Loopback::new(&host.clock);
        host.network.plug_machine(&plan.address, &net);
        let recorder = Recorder::new(host.client.clone(), "kubelet", &plan.name);
        host.recorders.insert(plan.name.clone(), recorder);
        let name = plan.name.clone();
        let machine_id = host.rng.uuid().replace('-', "");
        let machine = Machine::new(plan, net, machine_id, host.rng.uuid());
        host.machines.insert(name, machine);
        host.clock.stir();
    }

    /// The names of the machines, running or not.
    pub fn machines(&self) -> Vec<String> {
        self.0.borrow().host.machines.keys().map(ToString::to_string).collect()
    }

    /// The address of a machine.
    pub fn address(&self, name: &str) -> Option<String> {
        self.0.borrow().host.machines.get(name).map(|machine| machine.plan.address.to_string())
    }

    /// Whether a machine is running.
    pub fn is_up(&self, name: &str) -> bool {
        self.0.borrow().host.machines.get(name).is_some_and(|machine| machine.up)
    }
}

impl Component for Kubelets {
    fn name(&self) -> &'static str {
        "kubelet"
    }
    fn observe(&mut self, change: &Change) {
        let _ = change;
    }
    fn due(&self) -> Option<Time> {
        self.0.borrow().host.machines.values().filter_map(Machine::due).min()
    }
    fn run(&mut self, now: Time) {
        let state = &mut *self.0.borrow_mut();
        state.host.report(now);
    }
}
