//! The scheduler's picture of the cluster: nodes and what runs on them, counted up as pods come and go.

use super::resources::{self, Resources};
use crate::meta::SortedMap;
use crate::meta::{Object, Selector, Text, Value};
use crate::store::Key;
use std::rc::Rc;

/// A pod, read once.
pub struct PodInfo {
    /// Where it is stored.
    pub key: Key,
    /// The pod itself.
    pub pod: Object,
    /// What it asks for.
    pub requests: Resources,
    /// The same, with something for containers that ask for nothing.
    pub weights: Resources,
    /// The host ports it takes: protocol, address, port.
    pub ports: Vec<(Text, Text, i64)>,
    /// Affinity to other pods.
    pub affinity: Vec<Term>,
    /// Anti-affinity to other pods.
    pub anti_affinity: Vec<Term>,
    /// Preferences about other pods; a negative weight keeps away.
    pub preferred: Vec<(i64, Term)>,
}

/// One term of (anti-)affinity between pods.
pub struct Term {
    /// The label whose value makes nodes one place.
    pub topology: Text,
    selector: Selector,
    namespaces: Vec<Text>,
    namespace_selector: Option<Selector>,
}

impl Term {
    fn read(term: &Value, pod: &Object) -> Term {
        let mut namespaces: Vec<Text> = term["namespaces"].items().iter().map(|name| name.str().into()).collect();
        let selects = !term["namespaceSelector"].is_null();
        if namespaces.is_empty() && !selects {
            namespaces.push(pod.namespace().into());
        }
        let selector = |value: &Value| Selector::from_value(value).unwrap_or_else(|_| Selector::nothing());
        Term {
            topology: term["topologyKey"].str().into(),
            selector: matching_own(selector(&term["labelSelector"]), term, pod),
            namespaces,
            namespace_selector: selects.then(|| selector(&term["namespaceSelector"])),
        }
    }

    /// Whether the term speaks of that pod; `labels_of` gives a namespace's labels.
    pub fn matches(&self, pod: &Object, labels_of: &dyn Fn(&str) -> Value) -> bool {
        let namespace = pod.namespace();
        let here = self.namespaces.iter().any(|name| &**name == namespace)
            || self
                .namespace_selector
                .as_ref()
                .is_some_and(|selector| selector.is_empty() || selector.matches(&labels_of(namespace)));
        here && self.selector.matches(pod.labels())
    }
}

/// Adds the requirements of `matchLabelKeys`: the same value as the pod itself has.
pub fn matching_own(selector: Selector, term: &Value, pod: &Object) -> Selector {
    let mut text = selector.to_string();
    for (field, sign) in [("matchLabelKeys", "="), ("mismatchLabelKeys", "!=")] {
        for label in term[field].items() {
            if let Some(value) = pod.label(label.str()) {
                let comma = if text.is_empty() { "" } else { "," };
                text.push_str(&format!("{comma}{}{sign}{value}", label.str()));
            }
        }
    }
    let has_keys = !term["matchLabelKeys"].is_empty() || !term["mismatchLabelKeys"].is_empty();
    if has_keys { Selector::parse(&text).unwrap_or(selector) } else { selector }
}

impl PodInfo {
    /// Reads a pod.
    pub fn new(key: Key, pod: Object) -> PodInfo {
        let spec = pod.spec();
        let affinity = &spec["affinity"];
        let required = |kind: &str| -> Vec<Term> {
            let terms = affinity[kind]["requiredDuringSchedulingIgnoredDuringExecution"].items();
            terms.iter().map(|term| Term::read(term, &pod)).collect()
        };
        let mut preferred = Vec::new();
        for (kind, sign) in [("podAffinity", 1), ("podAntiAffinity", -1)] {
            for term in affinity[kind]["preferredDuringSchedulingIgnoredDuringExecution"].items() {
                preferred.push((sign * term["weight"].int(), Term::read(&term["podAffinityTerm"], &pod)));
            }
        }
        let mut requests = resources::of_pod(spec, pod.status(), false);
        requests.pods = 1;
        PodInfo {
            key,
            requests,
            weights: resources::of_pod(spec, pod.status(), true),
            ports: host_ports(spec),
            affinity: required("podAffinity"),
            anti_affinity: required("podAntiAffinity"),
            preferred,
            pod,
        }
    }

    /// `spec.priority`.
    pub fn priority(&self) -> i64 {
        self.pod.spec()["priority"].int()
    }

    /// Whether the pod says anything about other pods' places.
    pub fn has_affinity(&self) -> bool {
        !(self.affinity.is_empty() && self.anti_affinity.is_empty() && self.preferred.is_empty())
    }
}

fn host_ports(spec: &Value) -> Vec<(Text, Text, i64)> {
    let sidecars = spec["initContainers"].items().iter().filter(|container| container["restartPolicy"] == "Always");
    let mut ports = Vec::new();
    for port in spec["containers"].items().iter().chain(sidecars).flat_map(|container| container["ports"].items()) {
        if port["hostPort"].int() > 0 {
            let address = Some(port["hostIP"].str()).filter(|ip| !ip.is_empty()).unwrap_or("0.0.0.0");
            let protocol = Some(port["protocol"].str()).filter(|name| !name.is_empty()).unwrap_or("TCP");
            ports.push((protocol.into(), address.into(), port["hostPort"].int()));
        }
    }
    ports
}

/// A node and the pods on it.
#[derive(Clone)]
pub struct NodeInfo {
    /// The node's name.
    pub name: Text,
    /// The node itself.
    pub node: Object,
    /// What it has to give.
    pub allocatable: Resources,
    /// What its pods ask for.
    pub requested: Resources,
    /// The same, with something for containers that ask for nothing.
    pub weights: Resources,
    /// The pods on it.
    pub pods: SortedMap<Key, Rc<PodInfo>>,
    /// Those of them that say something about other pods' places.
    pub with_affinity: SortedMap<Key, Rc<PodInfo>>,
    /// How many pods each controller has here, by its uid.
    pub by_owner: SortedMap<Text, usize>,
}

impl NodeInfo {
    fn new(node: Object) -> NodeInfo {
        NodeInfo {
            name: node.name().into(),
            allocatable: Resources::of(&node.status()["allocatable"]),
            node,
            requested: Resources::default(),
            weights: Resources::default(),
            pods: SortedMap::new(),
            with_affinity: SortedMap::new(),
            by_owner: SortedMap::new(),
        }
    }

    /// Counts a pod in, in place of what it was before.
    pub fn add(&mut self, info: Rc<PodInfo>) {
        self.remove(&info.key);
        self.requested.add(&info.requests, 1);
        self.weights.add(&info.weights, 1);
        if let Some(owner) = info.pod.controller() {
            *self.by_owner.entry(owner["uid"].str().into()).or_default() += 1;
        }
        if info.has_affinity() {
            self.with_affinity.insert(info.key.clone(), info.clone());
        }
        self.pods.insert(info.key.clone(), info);
    }

    /// Counts a pod out.
    pub fn remove(&mut self, key: &Key) {
        let Some(info) = self.pods.remove(key) else { return };
        self.with_affinity.remove(key);
        self.requested.add(&info.requests, -1);
        self.weights.add(&info.weights, -1);
        if let Some(owner) = info.pod.controller() {
            let uid = owner["uid"].str();
            if let Some(count) = self.by_owner.get_mut(uid) {
                *count -= 1;
                if *count == 0 {
                    self.by_owner.remove(uid);
                }
            }
        }
    }

    /// The value of a label of the node.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.node.label(key)
    }
}

/// All nodes.
#[derive(Default)]
pub struct Cache {
    /// By name, nodes that exist.
    pub nodes: SortedMap<Text, NodeInfo>,
    /// Pods bound to nodes that do not exist (yet).
    homeless: SortedMap<Text, SortedMap<Key, Rc<PodInfo>>>,
}

impl Cache {
    /// Takes a node in, new or changed.
    pub fn set_node(&mut self, node: &Object) {
        if let Some(info) = self.nodes.get_mut(node.name()) {
            if info.node.status()["allocatable"] != node.status()["allocatable"] {
                info.allocatable = Resources::of(&node.status()["allocatable"]);
            }
            info.node = node.clone();
            return;
        }
        let mut info = NodeInfo::new(node.clone());
        for pod in self.homeless.remove(node.name()).into_iter().flat_map(SortedMap::into_values) {
            info.add(pod);
        }
        self.nodes.insert(info.name.clone(), info);
    }

    /// Takes a node out; its pods stay on record for when it comes back.
    pub fn remove_node(&mut self, name: &str) {
        if let Some(info) = self.nodes.remove(name) {
            self.homeless.insert(info.name, info.pods);
        }
    }

    /// Counts a pod in on a node.
    pub fn add_pod(&mut self, node: &str, info: Rc<PodInfo>) {
        match self.nodes.get_mut(node) {
            Some(node) => node.add(info),
            None => {
                self.homeless.entry(node.into()).or_default().insert(info.key.clone(), info);
            }
        }
    }

    /// Whether a pod is counted on the node already, and nothing that counts has changed.
    pub fn is_current(&mut self, node: &str, key: &Key, pod: &Object) -> bool {
        let Some(known) = self.nodes.get(node).and_then(|node| node.pods.get(key)) else { return false };
        let infeasible = |pod: &Object| resources::is_infeasible(pod.status());
        known.pod.spec() == pod.spec()
            && known.pod.labels() == pod.labels()
            && infeasible(&known.pod) == infeasible(pod)
    }

    /// Counts a pod out.
    pub fn remove_pod(&mut self, node: &str, key: &Key) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.remove(key);
        }
        if let Some(pods) = self.homeless.get_mut(node) {
            pods.remove(key);
            if pods.is_empty() {
                self.homeless.remove(node);
            }
        }
    }
}
