//! NetworkPolicy: which connections to and from a pod are let through. What is not is dropped.

use super::{From, State};
use crate::meta::{Object, Selector, Text, Value};

/// The other end of a connection, as a policy's peers see it.
struct Peer<'a> {
    address: &'a str,
    pod: Option<&'a Object>,
}

impl State {
    /// Whether policies let a connection to that pod and port through.
    pub(super) fn allows(&self, from: &From, address: &Text, to: &Object, port: u16) -> bool {
        // Traffic of the pod's own machine is always let through, or probes would fail.
        let From::Pod(client, _) = from else { return true };
        let source = self.pods.get(client).map(|plugged| &plugged.pod);
        let inward = Peer { address: client, pod: source };
        let outward = Peer { address, pod: Some(to) };
        self.passes(to, "Ingress", &inward, to, (port, "TCP"))
            && source.is_none_or(|source| self.passes(source, "Egress", &outward, to, (port, "TCP")))
    }

    /// Whether policies let a connection out of the cluster.
    pub(super) fn lets_out(&self, from: &From, address: &Text, port: u16) -> bool {
        let From::Pod(client, _) = from else { return true };
        let outward = Peer { address, pod: None };
        let Some(source) = self.pods.get(client).map(|plugged| &plugged.pod) else { return true };
        self.passes(source, "Egress", &outward, source, (port, "TCP"))
    }

    /// Whether policies let a pod's questions through to one of the servers of cluster DNS.
    pub(super) fn lets_ask(&self, client: &Text, servers: &[String]) -> bool {
        if self.policies.is_empty() {
            return true;
        }
        let Some(source) = self.pods.get(client).map(|plugged| &plugged.pod) else { return true };
        let inward = Peer { address: client, pod: Some(source) };
        servers.is_empty()
            || servers.iter().filter_map(|address| self.pods.get(address.as_str())).any(|server| {
                let address = server.pod.at(&["status", "podIP"]).str();
                let (outward, server) = (Peer { address, pod: Some(&server.pod) }, &server.pod);
                self.passes(source, "Egress", &outward, server, (53, "UDP"))
                    && self.passes(server, "Ingress", &inward, server, (53, "UDP"))
            })
    }

    /// Whether the policies that select `pod` for a direction let the peer through. None select: yes.
    fn passes(&self, pod: &Object, direction: &str, peer: &Peer, target: &Object, port: (u16, &str)) -> bool {
        let mut selected = false;
        for ((namespace, _), policy) in &self.policies {
            let spec = policy.spec();
            if **namespace != *pod.namespace()
                || !matches(&spec["podSelector"], pod.labels())
                || !covers(spec, direction)
            {
                continue;
            }
            selected = true;
            let (rules, peers) = if direction == "Ingress" { ("ingress", "from") } else { ("egress", "to") };
            let lets =
                |rule: &Value| self.is_peer(&rule[peers], peer, namespace) && is_port(&rule["ports"], target, port);
            if spec[rules].items().iter().any(lets) {
                return true;
            }
        }
        !selected
    }

    fn is_peer(&self, peers: &Value, peer: &Peer, namespace: &Text) -> bool {
        peers.items().is_empty() || peers.items().iter().any(|entry| self.is_one(entry, peer, namespace))
    }

    fn is_one(&self, entry: &Value, peer: &Peer, namespace: &Text) -> bool {
        if let Some(block) = entry.get("ipBlock") {
            let outside = block["except"].items().iter().any(|cidr| within(peer.address, cidr.str()));
            return within(peer.address, block["cidr"].str()) && !outside;
        }
        let Some(pod) = peer.pod else { return false };
        let in_namespace = match entry.get("namespaceSelector") {
            Some(selector) => {
                self.namespaces.get(pod.namespace()).is_some_and(|object| matches(selector, object.labels()))
            }
            None => *pod.namespace() == **namespace,
        };
        in_namespace && entry.get("podSelector").is_none_or(|selector| matches(selector, pod.labels()))
    }
}

fn matches(selector: &Value, labels: &Value) -> bool {
    let empty = selector["matchLabels"].is_empty() && selector["matchExpressions"].is_empty();
    empty || Selector::from_value(selector).is_ok_and(|selector| selector.matches(labels))
}

/// Whether a policy speaks about a direction: as said, or as its rules imply.
fn covers(spec: &Value, direction: &str) -> bool {
    match spec["policyTypes"].items() {
        [] => direction == "Ingress" || !spec["egress"].is_null(),
        types => types.iter().any(|kind| *kind == *direction),
    }
}

/// Whether a rule's ports contain that port of the target pod. None said: all.
fn is_port(ports: &Value, target: &Object, (port, protocol): (u16, &str)) -> bool {
    let port = i64::from(port);
    let speaks = |entry: &&Value| match entry["protocol"].str() {
        "" => protocol == "TCP",
        said => said == protocol,
    };
    ports.items().is_empty()
        || ports.items().iter().filter(speaks).any(|entry| match &entry["port"] {
            Value::Null => true,
            Value::String(name) => named_port(target, name) == Some(port),
            first => {
                let last = entry["endPort"].as_i64().unwrap_or(first.int());
                (first.int()..=last).contains(&port)
            }
        })
}

fn named_port(pod: &Object, name: &str) -> Option<i64> {
    let containers = pod.spec()["containers"].items().iter();
    let mut ports = containers.flat_map(|container| container["ports"].items());
    ports.find(|port| port["name"] == *name).map(|port| port["containerPort"].int())
}

/// Whether an IPv4 address lies in a block such as `10.0.0.0/8`.
fn within(address: &str, cidr: &str) -> bool {
    let number = |text: &str| text.parse::<core::net::Ipv4Addr>().ok().map(u32::from);
    let (base, bits) = cidr.split_once('/').unwrap_or((cidr, "32"));
    let (Some(address), Some(base), Ok(bits)) = (number(address), number(base), bits.parse::<u32>()) else {
        return false;
    };
    let mask = if bits == 0 { 0 } else { u32::MAX << 32_u32.saturating_sub(bits).min(31) };
    address & mask == base & mask
}
