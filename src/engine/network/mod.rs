//! The network: every pod has an address, every service a virtual one, and names for both.
//!
//! This is what CNI, kube-proxy and cluster DNS do together: [`Network::connect`] is a packet's way,
//! `dns` the names, `services` the virtual addresses, `policy` what is dropped. [`http`] is spoken
//! on top.

mod dns;
pub mod http;
mod outside;
mod policy;
mod services;

use crate::controllers::Component;
use crate::meta::SortedMap;
use crate::meta::{Object, Text, Time};
use crate::process::{Connection, Loopback, NetError, Uplink};
use crate::sim::{Clock, Rng, Tasks};
use crate::store::Change;
use std::cell::RefCell;
use std::rc::Rc;

/// A namespace and a name.
type Name = (Text, Text);

/// A handle on the network. Clones are the same.
#[derive(Clone)]
pub struct Network(Rc<RefCell<State>>);

struct State {
    clock: Clock,
    rng: Rng,
    /// Where sites outside answer, once somebody asks them.
    tasks: Option<Tasks>,
    /// Pods by address, those on the host network left out.
    pods: SortedMap<Text, Plugged>,
    /// Machines by address.
    machines: SortedMap<Text, Loopback>,
    /// Ports of machines that lead to a pod's.
    host_ports: SortedMap<(Text, u16), (Text, u16)>,
    services: SortedMap<Name, Object>,
    /// Endpoint slices by the service they are of, then by name.
    slices: SortedMap<Name, SortedMap<Text, Object>>,
    policies: SortedMap<Name, Object>,
    namespaces: SortedMap<Text, Object>,
    /// Which endpoint a client sticks to, and until when.
    sticky: SortedMap<(Name, Text), (Text, Time)>,
}

/// A pod on the network.
struct Plugged {
    net: Loopback,
    pod: Object,
}

/// Where a connection starts.
#[derive(Clone, Debug, PartialEq)]
pub enum From {
    /// A pod, by its address and namespace.
    Pod(Text, Text),
    /// A machine, by its address. Policies let those through.
    Machine(Text),
    /// The reader's own machine: it sees the nodes, not what is behind them.
    Outside,
}

impl From {
    /// The address that whoever is at `to` sees. What comes from machines, and from outside through
    /// them, comes through the bridge that pods hang on.
    fn seen_by(&self, to: &str) -> Text {
        match (self, to.rsplit_once('.')) {
            (From::Pod(address, _), _) => address.clone(),
            (_, Some((net, _))) => format!("{net}.1").into(),
            _ => to.into(),
        }
    }
}

impl Network {
    /// An empty network.
    pub fn new(clock: &Clock, rng: &Rng) -> Network {
        Network(Rc::new(RefCell::new(State {
            clock: clock.clone(),
            rng: rng.clone(),
            tasks: None,
            pods: SortedMap::new(),
            machines: SortedMap::new(),
            host_ports: SortedMap::new(),
            services: SortedMap::new(),
            slices: SortedMap::new(),
            policies: SortedMap::new(),
            namespaces: SortedMap::new(),
            sticky: SortedMap::new(),
        })))
    }

    /// Connects the network to what lies outside, whose servers run as tasks.
    pub fn open(&self, tasks: &Tasks) {
        self.0.borrow_mut().tasks = Some(tasks.clone());
    }

    /// Plugs a pod in under an address.
    pub fn plug(&self, address: &Text, net: &Loopback, pod: &Object) {
        net.plug(self.uplink(From::Pod(address.clone(), pod.namespace().into())));
        let plugged = Plugged { net: net.clone(), pod: pod.clone() };
        self.0.borrow_mut().pods.insert(address.clone(), plugged);
    }

    /// Unplugs the pod at an address.
    pub fn unplug(&self, address: &str) {
        let mut state = self.0.borrow_mut();
        state.pods.remove(address);
        state.host_ports.retain(|_, (to, _)| **to != *address);
    }

    /// Plugs a machine in under an address.
    pub fn plug_machine(&self, address: &Text, net: &Loopback) {
        net.plug(self.uplink(From::Machine(address.clone())));
        self.0.borrow_mut().machines.insert(address.clone(), net.clone());
    }

    /// Unplugs the machine at an address: it is switched off.
    pub fn unplug_machine(&self, address: &str) {
        self.0.borrow_mut().machines.remove(address);
    }

    /// Leads a machine's port to a pod's.
    pub fn map_host_port(&self, machine: &Text, port: u16, pod: &Text, to: u16) {
        self.0.borrow_mut().host_ports.insert((machine.clone(), port), (pod.clone(), to));
    }

    /// The way into this network from somewhere.
    pub fn uplink(&self, from: From) -> Rc<dyn Uplink> {
        Rc::new(Port { network: Rc::downgrade(&self.0), from })
    }

    /// Opens a connection from somewhere to an address, through virtual ones and policies.
    ///
    /// # Errors
    /// [`NetError::Refused`] where nobody listens or a service has no endpoints,
    /// [`NetError::TimedOut`] where packets get lost.
    pub fn connect(&self, from: &From, address: &str, port: u16) -> Result<Connection, NetError> {
        let (net, to, port) = self.0.borrow_mut().route(from, address, port)?;
        // Whoever listens may itself ask the network: nothing is borrowed any more.
        net.connect_from(&from.seen_by(&to), port)
    }

    /// The addresses of a name, asked from somewhere.
    ///
    /// # Errors
    /// If it has none.
    pub fn resolve(&self, from: &From, name: &str) -> Result<Vec<String>, NetError> {
        let state = self.0.borrow();
        match state.host_alias(from, name) {
            Some(address) => Ok(vec![address]),
            None => state.resolve(from, name),
        }
    }
}

impl State {
    /// What a pod's `hostAliases` say a name is.
    fn host_alias(&self, from: &From, name: &str) -> Option<String> {
        let From::Pod(address, _) = from else { return None };
        let aliases = self.pods.get(address)?.pod.spec()["hostAliases"].items();
        let found = aliases.iter().find(|alias| alias["hostnames"].items().iter().any(|host| *host == *name));
        found.map(|alias| alias["ip"].str().to_string())
    }

    /// Where a connection ends: whose ports, at which address, and which port.
    fn route(&mut self, from: &From, address: &str, port: u16) -> Result<(Loopback, Text, u16), NetError> {
        let (address, port) = match self.virtual_address(from, address, port)? {
            Some((address, port)) => (address, port),
            None => (Text::from(address), port),
        };
        let (address, port) = self.host_ports.get(&(address.clone(), port)).cloned().unwrap_or((address, port));
        if let Some(machine) = self.machines.get(&address) {
            return Ok((machine.clone(), address, port));
        }
        let Some(plugged) = self.pods.get(&address) else {
            let site = self.site(&address).filter(|_| self.lets_out(from, &address, port));
            return site.map(|net| (net, address, port)).ok_or(NetError::TimedOut);
        };
        if !self.allows(from, &address, &plugged.pod, port) {
            return Err(NetError::TimedOut);
        }
        Ok((plugged.net.clone(), address, port))
    }
}

/// One machine's or pod's end of the network.
struct Port {
    /// Weak: the network holds the machines, which hold this.
    network: std::rc::Weak<RefCell<State>>,
    from: From,
}

impl Uplink for Port {
    fn resolve(&self, name: &str) -> Result<Vec<String>, NetError> {
        let network = self.network.upgrade().ok_or(NetError::NoSuchHost)?;
        Network(network).resolve(&self.from, name)
    }
    fn name_of(&self, address: &str) -> Option<String> {
        self.network.upgrade()?.borrow().name_of(address)
    }
    fn services(&self, name: &str) -> Vec<(i64, String)> {
        self.network.upgrade().map_or_else(Vec::new, |network| network.borrow().service_records(name))
    }
    fn canonical(&self, name: &str) -> Option<String> {
        self.network.upgrade()?.borrow().canonical(name)
    }
    fn connect(&self, address: &str, port: u16) -> Result<Connection, NetError> {
        let network = self.network.upgrade().ok_or(NetError::TimedOut)?;
        Network(network).connect(&self.from, address, port)
    }
}

impl Component for Network {
    fn name(&self) -> &'static str {
        "network"
    }
    fn observe(&mut self, change: &Change) {
        let mut state = self.0.borrow_mut();
        let name = (change.key.namespace.clone(), change.key.name.clone());
        let keep = |shelf: &mut SortedMap<Name, Object>| match &change.new {
            Some(object) => drop(shelf.insert(name.clone(), object.clone())),
            None => drop(shelf.remove(&name)),
        };
        match &*change.key.resource {
            "services" => keep(&mut state.services),
            "networkpolicies.networking.k8s.io" => keep(&mut state.policies),
            "endpointslices.discovery.k8s.io" => state.keep_slice(change),
            "namespaces" => match &change.new {
                Some(object) => drop(state.namespaces.insert(change.key.name.clone(), object.clone())),
                None => drop(state.namespaces.remove(&change.key.name)),
            },
            "pods" => {
                // Labels may change while a pod is plugged in, and policies go by them.
                let Some(pod) = &change.new else { return };
                let address = pod.at(&["status", "podIP"]).str();
                if let Some(plugged) = state.pods.get_mut(address).filter(|plugged| plugged.pod.uid() == pod.uid()) {
                    plugged.pod = pod.clone();
                }
            }
            _ => {}
        }
    }
    fn due(&self) -> Option<Time> {
        None
    }
    fn run(&mut self, _: Time) {}
}

#[cfg(test)]
mod tests;
