//! The kubelets: what turns a pod that is bound to a node into running containers and a status.
//!
//! One component serves all nodes: `machine` is what a node is made of and `node` how it reports;
//! `worker` is what happens to one pod (`start`, `create`, `stop`, `probes`, `status`); [`images`] say what
//! containers do; `proxy` is how the API server reaches in.

mod container;
mod create;
mod disk;
mod env;
mod host;
pub mod images;
mod log;
mod machine;
mod node;
mod port;
mod probes;
mod programs;
mod proxy;
mod registry;
mod start;
mod status;
mod stop;
mod token;
mod usage;
mod volumes;
mod worker;

pub use machine::{Make, Plan, VERSION};
pub use programs::{ApiPort, Programs};

use crate::api::{ApiServer, Client, NodeProxy, Recorder, User};
use crate::controllers::Component;
use crate::meta::{Object, Text, Time};
use crate::meta::{SortedMap, SortedSet};
use crate::network::Network;
use crate::process::{FileSystem, Loopback};
use crate::sim::Tasks;
use crate::store::Change;
use host::{Caches, Host};
use machine::Machine;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use worker::Worker;

/// After how long a changed ConfigMap or Secret shows in volumes, at least and at most.
const REFRESH: (u64, u64) = (20_000, 40_000);

/// A handle on all kubelets. Clones are the same.
#[derive(Clone)]
pub struct Kubelets(Rc<RefCell<State>>);

struct State {
    host: Host,
    /// By the uid of the pod.
    workers: SortedMap<Text, Box<Worker>>,
    /// When workers are due, and of which pod.
    queue: SortedSet<(Time, Text)>,
    due: SortedMap<Text, Time>,
    loads: usage::Loads,
    shared: usage::Shared,
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
            api: Rc::new(programs::Few),
            machines: SortedMap::new(),
            recorders: SortedMap::new(),
            caches: Caches::default(),
            inbox: Rc::default(),
        };
        Kubelets(Rc::new(RefCell::new(State {
            host,
            workers: SortedMap::new(),
            queue: SortedSet::new(),
            due: SortedMap::new(),
            loads: SortedMap::new(),
            shared: usage::Shared::default(),
        })))
    }

    /// What the API server asks the kubelets through.
    pub fn proxy(&self) -> Rc<dyn NodeProxy> {
        Rc::new(self.clone())
    }

    /// Hands in what runs the programs of containers.
    pub fn set_programs(&self, programs: Rc<dyn Programs>) {
        self.0.borrow_mut().host.programs = programs;
    }

    /// Hands in the API server's port.
    pub fn set_api(&self, api: Rc<dyn ApiPort>) {
        self.0.borrow_mut().host.api = api;
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
        let mut machine = Machine::new(plan, net, machine_id, host.rng.uuid());
        machine.since = host.clock.now();
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

    /// The disk and the ports of a machine, for who logs in.
    pub fn inside(&self, name: &str) -> Option<(FileSystem, Loopback)> {
        let state = self.0.borrow();
        let machine = state.host.machines.get(name)?;
        if machine.files.node(disk::AUTHORITY).is_none() && !machine.plan.make.hollow {
            disk::furnish(&machine.files, &machine.plan, machine.since);
        }
        Some((machine.files.clone(), machine.net.clone()))
    }

    /// Whether a machine is running.
    pub fn is_up(&self, name: &str) -> bool {
        self.0.borrow().host.machines.get(name).is_some_and(|machine| machine.up)
    }

    /// Whether a machine's kubelet runs, and since when that is so.
    pub fn kubelet(&self, name: &str) -> Option<(bool, Time)> {
        let state = self.0.borrow();
        let machine = state.host.machines.get(name)?;
        Some((machine.up && !machine.halted, machine.since))
    }

    /// Stops a machine's kubelet, or starts it (again). Its containers go on.
    pub fn set_kubelet(&self, name: &str, runs: bool) {
        let state = &mut *self.0.borrow_mut();
        let now = state.host.clock.now();
        let Some(machine) = state.host.machines.get_mut(name).filter(|machine| machine.up) else { return };
        (machine.halted, machine.since) = (!runs, now);
        if runs {
            machine.registered = false;
            machine.renew_at = now;
            state.wake_machine(name, now);
        }
        state.host.clock.stir();
    }

    /// Ends a container of a machine behind its kubelet's back, as `crictl stop` does. False if none has that id.
    pub fn kill(&self, name: &str, container: &str) -> bool {
        let state = &mut *self.0.borrow_mut();
        let now = state.host.clock.now();
        let position = |worker: &Worker| {
            worker.containers.iter().position(|c| {
                c.running().is_some_and(|running| running.id.trim_start_matches("containerd://") == container)
            })
        };
        let mut here = state.workers.iter().filter(|(_, worker)| *worker.machine == *name);
        let found = here.find_map(|(uid, worker)| Some((uid.clone(), position(worker)?)));
        let Some((uid, at)) = found else { return false };
        if let Some(worker) = state.workers.get_mut(&uid) {
            worker.end(at, container::Ended::with(137, now), &mut state.host, now);
        }
        state.wake(&uid, now);
        state.host.clock.stir();
        true
    }

    /// Switches a machine off: its kubelet falls silent and nothing on it runs any more.
    pub fn stop(&self, name: &str) {
        let state = &mut *self.0.borrow_mut();
        let now = state.host.clock.now();
        let Some(machine) = state.host.machines.get_mut(name).filter(|machine| machine.up) else { return };
        machine.up = false;
        let address = machine.plan.address.clone();
        state.host.network.unplug_machine(&address);
        for worker in state.workers.values_mut().filter(|worker| *worker.machine == *name) {
            worker.power_off(&mut state.host, now);
        }
        state.host.clock.stir();
    }

    /// Switches a machine on again: its kubelet registers anew and starts the node's pods.
    pub fn start(&self, name: &str) {
        let state = &mut *self.0.borrow_mut();
        let now = state.host.clock.now();
        let Some(machine) = state.host.machines.get_mut(name).filter(|machine| !machine.up) else { return };
        (machine.up, machine.halted, machine.since) = (true, false, now);
        machine.registered = false;
        machine.renew_at = now;
        state.host.network.plug_machine(&machine.plan.address, &machine.net);
        state.wake_machine(name, now);
        state.host.clock.stir();
    }

    /// Takes a machine away for good.
    pub fn remove(&self, name: &str) {
        self.stop(name);
        let state = &mut *self.0.borrow_mut();
        state.host.machines.remove(name);
        state.workers.retain(|_, worker| *worker.machine != *name);
    }

    /// Puts load on the pods of a namespace whose names begin with `prefix`: for each container, CPU in
    /// millicores and memory in MiB. `None` takes it off again.
    pub fn set_load(&self, namespace: &str, prefix: &str, load: Option<(u32, u32)>) {
        let loads = &mut self.0.borrow_mut().loads;
        let key = (namespace.into(), prefix.into());
        match load {
            Some(load) => drop(loads.insert(key, load)),
            None => drop(loads.remove(&key)),
        }
    }
}

impl State {
    /// Has all pods of a machine looked at.
    fn wake_machine(&mut self, name: &str, now: Time) {
        let uids: Vec<Text> = self.workers.values().filter(|w| *w.machine == *name).map(|w| w.uid()).collect();
        for uid in uids {
            if let Some(worker) = self.workers.get_mut(&uid) {
                worker.sync_at = Some(now);
            }
            self.wake(&uid, now);
        }
    }

    /// Sees to it that a worker runs at that moment.
    fn wake(&mut self, uid: &Text, at: Time) {
        match self.due.get(uid).copied() {
            Some(due) if due <= at => return,
            Some(due) => drop(self.queue.remove(&(due, uid.clone()))),
            None => {}
        }
        self.due.insert(uid.clone(), at);
        self.queue.insert((at, uid.clone()));
    }

    /// Lets a worker do what is due.
    fn run_worker(&mut self, uid: &Text, now: Time) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        if !self.host.is_up(&worker.machine) {
            return;
        }
        if let Some(next) = worker.run(&mut self.host, now) {
            self.wake(uid, next);
        }
    }

    fn observe_pod(&mut self, change: &Change) {
        let bound = |pod: &Object| Text::from(pod.spec()["nodeName"].str());
        let now = change.time;
        match &change.new {
            Some(pod) => {
                let machine = bound(pod);
                if !self.host.machines.contains_key(&machine) {
                    return;
                }
                let uid = Text::from(pod.uid());
                match self.workers.get_mut(&uid) {
                    Some(worker) => worker.update(pod, now),
                    None => drop(self.workers.insert(uid.clone(), Box::new(Worker::new(pod, &machine, now)))),
                }
                if self.workers.get(&uid).is_some_and(|worker| worker.sync_at.is_some() || worker.refresh_at.is_some())
                {
                    self.wake(&uid, now);
                }
            }
            None => {
                let Some(old) = &change.old else { return };
                if let Some(mut worker) = self.workers.remove(old.uid()) {
                    worker.drop_all(&mut self.host, now);
                    if old.annotation("kubernetes.io/config.mirror").is_some()
                        && let Some(machine) = self.host.machines.get_mut(&worker.machine)
                    {
                        machine.mirror = true;
                    }
                }
            }
        }
    }

    /// Has the pods that show a changed ConfigMap or Secret show it, after a while.
    fn refresh_volumes(&mut self, change: &Change) {
        if change.old.is_none() {
            return;
        }
        let (kind, namespace, name) = (&*change.key.resource, &*change.key.namespace, &*change.key.name);
        let shows = |worker: &&mut Box<Worker>| {
            worker.pod.namespace() == namespace && volumes::Volumes::show(&worker.pod, kind, name)
        };
        let mut woken = Vec::new();
        for worker in self.workers.values_mut().filter(shows) {
            let (least, most) = REFRESH;
            let at = change.time + Duration::from_millis(least + self.host.rng.below(most - least));
            worker.refresh_at = Some(worker.refresh_at.map_or(at, |other| other.min(at)));
            woken.push((worker.uid(), at));
        }
        for (uid, at) in woken {
            self.wake(&uid, at);
        }
    }
}

impl Component for Kubelets {
    fn name(&self) -> &'static str {
        "kubelet"
    }

    fn observe(&mut self, change: &Change) {
        let state = &mut *self.0.borrow_mut();
        match &*change.key.resource {
            "pods" => state.observe_pod(change),
            "configmaps" | "secrets" => {
                state.host.caches.observe(change);
                state.refresh_volumes(change);
            }
            _ => {
                state.shared.observe(change);
                state.host.caches.observe(change);
            }
        }
    }

    fn due(&self) -> Option<Time> {
        let state = self.0.borrow();
        if !state.host.inbox.borrow().is_empty() {
            return Some(state.host.clock.now());
        }
        let machines = state.host.machines.values().filter_map(Machine::due);
        machines.chain(state.queue.first().map(|(due, _)| *due)).min()
    }

    fn run(&mut self, now: Time) {
        let state = &mut *self.0.borrow_mut();
        let news = std::mem::take(&mut *state.host.inbox.borrow_mut());
        for (uid, news) in news {
            if let Some(worker) = state.workers.get_mut(&uid) {
                worker.receive(news, &mut state.host, now);
                state.wake(&uid, now);
            }
        }
        state.host.report(now);
        while let Some((due, uid)) = state.queue.first().cloned().filter(|(due, _)| *due <= now) {
            state.queue.remove(&(due, uid.clone()));
            state.due.remove(&uid);
            state.run_worker(&uid, now);
        }
    }
}
