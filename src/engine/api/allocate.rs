//! Addresses and node ports of services: handed out, kept apart, taken back.

use super::operation::Operation;
use super::server::ApiServer;
use crate::json;
use crate::meta::SortedSet;
use crate::meta::{Errors, Object, Status, Value};
use crate::store::Key;
use std::net::Ipv4Addr;

/// The range of service addresses: 10.96.0.0/12.
const RANGE: (u32, u32) = (0x0a60_0000, 0x0a6f_ffff);
/// The range of node ports.
const PORTS: (i64, i64) = (30_000, 32_767);

/// What is in use, kept current with the store.
#[derive(Default)]
pub(super) struct Allocated {
    addresses: SortedSet<u32>,
    ports: SortedSet<i64>,
}

fn address(text: &str) -> Option<u32> {
    text.parse::<Ipv4Addr>().ok().map(u32::from)
}

impl Allocated {
    /// Takes a change of the store in.
    pub fn observe(&mut self, key: &Key, old: Option<&Object>, new: Option<&Object>) {
        if &*key.resource != "services" {
            return;
        }
        for (service, taken) in [(old, false), (new, true)] {
            let Some(service) = service else { continue };
            for ip in service.spec()["clusterIPs"].items().iter().filter_map(|ip| address(ip.str())) {
                _ = if taken { self.addresses.insert(ip) } else { self.addresses.remove(&ip) };
            }
            let ports = service.spec()["ports"].items().iter().map(|port| port["nodePort"].int());
            let health = service.spec()["healthCheckNodePort"].int();
            for port in ports.chain([health]).filter(|port| *port != 0) {
                _ = if taken { self.ports.insert(port) } else { self.ports.remove(&port) };
            }
        }
    }
}

fn kind(service: &Object) -> &str {
    match service.spec()["type"].str() {
        "" => "ClusterIP",
        kind => kind,
    }
}

fn needs_address(service: &Object) -> bool {
    matches!(kind(service), "ClusterIP" | "NodePort" | "LoadBalancer")
}

fn needs_ports(service: &Object) -> bool {
    kind(service) == "NodePort"
        || (kind(service) == "LoadBalancer" && service.spec()["allocateLoadBalancerNodePorts"].as_bool() != Some(false))
}

fn needs_health_port(service: &Object) -> bool {
    kind(service) == "LoadBalancer" && service.spec()["externalTrafficPolicy"] == "Local"
}

/// Gives a service that is to be written what it needs and does not name itself.
pub(super) fn begin(
    server: &mut ApiServer,
    op: &Operation,
    service: &mut Object,
    old: Option<&Object>,
) -> Result<(), Status> {
    if !op.resource.is("services") || !op.subresource.is_empty() {
        return Ok(());
    }
    if let Some(old) = old {
        carry_over(service, old);
    }
    let mut errors = Errors::default();
    normalize(service, old);
    if needs_address(service) {
        families(service);
        give_address(server, service, old, &mut errors);
    }
    if errors.is_empty() && needs_ports(service) {
        give_ports(server, service, old, &mut errors);
    }
    if errors.is_empty() && needs_health_port(service) && service.spec()["healthCheckNodePort"].int() == 0 {
        let port = free_port(server, &SortedSet::new());
        service.set(&["spec", "healthCheckNodePort"], port);
    }
    if errors.is_empty() { Ok(()) } else { Err(Status::invalid("", "Service", service.name(), errors.0)) }
}

/// What an update leaves open stays as it was.
fn carry_over(service: &mut Object, old: &Object) {
    // A type that needs no node ports drops those it had, unless they were changed as well.
    if needs_ports(old) && !needs_ports(service) {
        let numbers = |service: &Object| -> Vec<i64> {
            service.spec()["ports"].items().iter().map(|port| port["nodePort"].int()).collect()
        };
        if numbers(service) == numbers(old) {
            let mut ports = service.spec()["ports"].items().to_vec();
            ports.iter_mut().for_each(|port| drop(port.remove(&["nodePort"])));
            service.set(&["spec", "ports"], ports);
        }
    }
    // Whoever changes the one address means the first of them all.
    let before = old.spec();
    if service.spec()["clusterIP"] != before["clusterIP"] && service.spec()["clusterIPs"] == before["clusterIPs"] {
        match service.spec()["clusterIP"].clone() {
            one if one.is_empty() => drop(service.remove(&["spec", "clusterIPs"])),
            one if !before["clusterIPs"].is_empty() => service["spec"]["clusterIPs"].array_mut()[0] = one,
            _ => {}
        }
    }
    if needs_address(service) && needs_address(old) {
        if service.spec()["clusterIP"].is_empty() && service.spec()["clusterIPs"].is_empty() {
            service.set(&["spec", "clusterIP"], before["clusterIP"].clone());
        }
        if service.spec()["clusterIPs"].is_empty() && service.spec()["clusterIP"] == before["clusterIP"] {
            service.set(&["spec", "clusterIPs"], before["clusterIPs"].clone());
        }
        for field in ["ipFamilies", "ipFamilyPolicy"] {
            service.set_default(&["spec", field], before[field].clone());
        }
    }
    if needs_ports(service) && needs_ports(old) {
        let mut used: SortedSet<i64> = service.spec()["ports"].items().iter().map(|p| p["nodePort"].int()).collect();
        let mut ports = service.spec()["ports"].items().to_vec();
        for port in ports.iter_mut().filter(|port| port["nodePort"].int() == 0) {
            let same = |other: &&Value| other["port"] == port["port"] && other["protocol"] == port["protocol"];
            let before = old.spec()["ports"].items().iter().find(same).map(|other| other["nodePort"].int());
            if let Some(number) = before.filter(|number| *number != 0 && used.insert(*number)) {
                port["nodePort"] = number.into();
            }
        }
        service.set(&["spec", "ports"], ports);
    }
    if needs_health_port(service) && needs_health_port(old) {
        service.set_default(&["spec", "healthCheckNodePort"], old.spec()["healthCheckNodePort"].clone());
    }
}

/// `clusterIP` and the first of `clusterIPs` are the same thing.
fn normalize(service: &mut Object, old: Option<&Object>) {
    let (one, mut all) = (service.spec()["clusterIP"].clone(), service.spec()["clusterIPs"].clone());
    if let Some(before) = old.map(Object::spec)
        && !one.is_empty()
        && one != before["clusterIP"]
        && !all.is_empty()
        && all == before["clusterIPs"]
    {
        all[0] = one.clone();
        service.set(&["spec", "clusterIPs"], all.clone());
    }
    if !one.is_empty() && all.is_empty() {
        service.set(&["spec", "clusterIPs"], json!([one]));
    } else if one.is_empty() && !all.is_empty() {
        service.set(&["spec", "clusterIP"], all[0].clone());
    }
}

fn families(service: &mut Object) {
    let headless = service.spec()["clusterIP"] == "None";
    if headless && service.spec()["selector"].is_empty() {
        service.set_default(&["spec", "ipFamilyPolicy"], "RequireDualStack");
        service.set_default(&["spec", "ipFamilies"], json!(["IPv4", "IPv6"]));
    } else {
        service.set_default(&["spec", "ipFamilyPolicy"], "SingleStack");
        service.set_default(&["spec", "ipFamilies"], json!(["IPv4"]));
    }
}

fn give_address(server: &ApiServer, service: &mut Object, old: Option<&Object>, errors: &mut Errors) {
    let given = service.spec()["clusterIP"].str().to_string();
    if given == "None" {
        return;
    }
    if given.is_empty() {
        let span = u64::from(RANGE.1 - RANGE.0 - 1);
        // The lowest part of the range is left to those who choose addresses by hand.
        let reserved = 256;
        let free = (0..1000)
            .map(|_| RANGE.0 + 1 + reserved + u32::try_from(server.rng.below(span - u64::from(reserved))).unwrap_or(0))
            .find(|ip| !server.allocated.addresses.contains(ip));
        let Some(ip) = free else { return };
        let text = Ipv4Addr::from(ip).to_string();
        service.set(&["spec", "clusterIP"], text.as_str());
        service.set(&["spec", "clusterIPs"], json!([text]));
        return;
    }
    if old.is_some_and(|old| old.spec()["clusterIP"] == *given) {
        return;
    }
    // A change of the address is for validation to refuse.
    if old.is_some_and(|old| needs_address(old) && !old.spec()["clusterIP"].is_empty()) {
        return;
    }
    let Some(ip) = address(&given) else { return };
    let why = if ip < RANGE.0 || ip > RANGE.1 {
        "the provided network does not match the current range"
    } else if server.allocated.addresses.contains(&ip) {
        "provided IP is already allocated"
    } else {
        return;
    };
    let all = service.spec()["clusterIPs"].clone();
    errors.invalid("spec.clusterIPs", &all, &format!("failed to allocate IP {given}: {why}"));
}

fn free_port(server: &ApiServer, taken: &SortedSet<i64>) -> i64 {
    let span = u64::try_from(PORTS.1 - PORTS.0 + 1).unwrap_or(1);
    let draw = || PORTS.0 + i64::try_from(server.rng.below(span)).unwrap_or(0);
    let is_free = |port: &i64| !server.allocated.ports.contains(port) && !taken.contains(port);
    let drawn = std::iter::repeat_with(draw).take(64).find(is_free);
    drawn.or_else(|| (PORTS.0..=PORTS.1).find(is_free)).unwrap_or(0)
}

fn give_ports(server: &ApiServer, service: &mut Object, old: Option<&Object>, errors: &mut Errors) {
    let before: SortedSet<i64> = old
        .map(|old| old.spec()["ports"].items().iter().map(|port| port["nodePort"].int()).collect())
        .unwrap_or_default();
    let mut ports = service.spec()["ports"].items().to_vec();
    let mut own: SortedSet<i64> = SortedSet::new();
    for (at, port) in ports.iter().enumerate() {
        let field = format!("spec.ports[{at}].nodePort");
        let number = port["nodePort"].int();
        if number == 0 {
            continue;
        }
        if !own.insert(number) || before.contains(&number) {
            continue;
        }
        if number < PORTS.0 || number > PORTS.1 {
            let why =
                format!("provided port is not in the valid range. The range of valid ports is {}-{}", PORTS.0, PORTS.1);
            errors.invalid(&field, &number.into(), &why);
        } else if server.allocated.ports.contains(&number) {
            errors.invalid(&field, &number.into(), "provided port is already allocated");
        }
    }
    for at in 0..ports.len() {
        if ports[at]["nodePort"].int() != 0 {
            continue;
        }
        // The same port in another protocol has the same number on the nodes.
        let twin = ports.iter().find(|other| {
            other["port"] == ports[at]["port"]
                && other["protocol"] != ports[at]["protocol"]
                && other["nodePort"].int() != 0
        });
        let number = twin.map_or_else(|| free_port(server, &own), |other| other["nodePort"].int());
        own.insert(number);
        ports[at]["nodePort"] = number.into();
    }
    if !ports.is_empty() {
        service.set(&["spec", "ports"], ports);
    }
}
