//! Service: one address for many pods.

use super::columns::{AGE, NAME, labels, or_none, text, wide};
use super::field::Field;
use super::pod::defaults::{each, set_missing};
use super::pod::probes;
use super::{Column, Kind, go, metadata};
use crate::json;
use crate::meta::SortedSet;
use crate::meta::names::{dns1123_label, dns1123_subdomain, port_number, qualified_name};
use crate::meta::{Errors, Object, Time, Value};
use std::net::IpAddr;

/// The row of Service.
pub static KIND: Kind = Kind {
    kind: "Service",
    plural: "services",
    singular: "service",
    short_names: &["svc"],
    categories: &["all"],
    subresources: &["proxy", "status"],
    schema: "io.k8s.api.core.v1.Service",
    columns: || COLUMNS,
    selectable: &[
        ("spec.clusterIP", |service| cluster_ip(service).into()),
        ("spec.type", |service| kind_of(service).into()),
    ],
    defaults,
    prepare,
    validate,
    names: metadata::LABEL,
    ..Kind::NAMESPACED
};

const COLUMNS: &[Column] = &[
    NAME,
    text(
        "Type",
        "type determines how the Service is exposed. Defaults to ClusterIP. Valid options are ExternalName, ClusterIP, NodePort, and LoadBalancer.",
        |service, _| kind_of(service).into(),
    ),
    text("Cluster-IP", "clusterIP is the IP address of the service and is usually assigned randomly.", |service, _| {
        or_none(cluster_ip(service))
    }),
    text(
        "External-IP",
        "externalIPs is a list of IP addresses for which nodes in the cluster will also accept traffic for this service.",
        external_ip,
    ),
    text("Port(s)", "The list of ports that are exposed by this service.", |service, _| {
        let list: Vec<String> = ports(service)
            .iter()
            .map(|port| {
                let (number, protocol) = (port["port"].int(), port["protocol"].str());
                match port["nodePort"].int() {
                    0 => format!("{number}/{protocol}"),
                    node_port => format!("{number}:{node_port}/{protocol}"),
                }
            })
            .collect();
        or_none(&list.join(","))
    }),
    AGE,
    wide(
        "Selector",
        "Route service traffic to pods with label keys and values matching this selector.",
        |service, _| labels(&service.spec()["selector"]),
    ),
];

fn external_ip(service: &Object, _: Time) -> Value {
    let own: Vec<&str> = service.spec()["externalIPs"].items().iter().map(Value::str).collect();
    match kind_of(service) {
        "ClusterIP" | "NodePort" => or_none(&own.join(",")),
        "ExternalName" => service.spec()["externalName"].clone(),
        "LoadBalancer" => {
            let balancer = load_balancer(service);
            let all: Vec<&str> = balancer.iter().map(String::as_str).filter(|ip| !ip.is_empty()).chain(own).collect();
            if all.is_empty() { "<pending>".into() } else { all.join(",").into() }
        }
        _ => "<unknown>".into(),
    }
}

/// The addresses and hosts in `status.loadBalancer`, of a Service or an Ingress, in order.
pub fn load_balancer(object: &Object) -> SortedSet<String> {
    let ingress = object.at(&["status", "loadBalancer", "ingress"]).items();
    let host = |entry: &Value| match entry["ip"].str() {
        "" => entry["hostname"].str().to_string(),
        ip => ip.to_string(),
    };
    ingress.iter().map(host).collect()
}

/// `ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`.
pub fn kind_of(service: &Object) -> &str {
    service.at(&["spec", "type"]).str()
}
/// Its cluster address: `None` for a headless service, empty for an external name.
pub fn cluster_ip(service: &Object) -> &str {
    service.at(&["spec", "clusterIP"]).str()
}
/// Whether it has no address of its own and DNS answers with its pods'.
pub fn is_headless(service: &Object) -> bool {
    cluster_ip(service) == "None"
}
/// Its ports.
pub fn ports(service: &Object) -> &[Value] {
    service.at(&["spec", "ports"]).items()
}

fn defaults(service: &mut Object) {
    let spec = service.entry("spec");
    set_missing(spec, "sessionAffinity", "None");
    match spec["sessionAffinity"].str() {
        "None" => _ = spec.remove(&["sessionAffinityConfig"]),
        "ClientIP" => spec.set_default(&["sessionAffinityConfig", "clientIP", "timeoutSeconds"], 10_800),
        _ => {}
    }
    set_missing(spec, "type", "ClusterIP");
    each(spec, "ports", |port| {
        set_missing(port, "protocol", "TCP");
        if port["targetPort"].is_empty() {
            let number = port["port"].clone();
            port.set(&["targetPort"], number);
        }
    });
    let exposed = matches!(spec["type"].str(), "NodePort" | "LoadBalancer");
    if exposed || spec["type"] == "ClusterIP" {
        if exposed || !spec["externalIPs"].is_empty() {
            set_missing(spec, "externalTrafficPolicy", "Cluster");
        }
        set_missing(spec, "internalTrafficPolicy", "Cluster");
    }
    if spec["type"] == "LoadBalancer" {
        spec.set_default(&["allocateLoadBalancerNodePorts"], true);
    }
}

fn prepare(service: &mut Object, old: Option<&Object>) {
    let Some(old) = old else {
        service["status"] = json!({"loadBalancer": {}});
        return;
    };
    // A change of the type takes along what only the former type had a use for.
    let kept = |service: &Object, field: &str| service.spec()[field] == old.spec()[field];
    let is = |service: &Object, types: &[&str]| types.contains(&kind_of(service));
    let exposed = ["NodePort", "LoadBalancer"];
    if is(old, &exposed) && !is(service, &exposed) {
        let numbers = |service: &Object| ports(service).iter().map(|port| port["nodePort"].int()).collect::<Vec<_>>();
        if numbers(service) == numbers(old) {
            each(&mut service["spec"], "ports", |port| drop(port.remove(&["nodePort"])));
        }
        if kept(service, "externalTrafficPolicy") && service.spec()["externalIPs"].is_empty() {
            service.remove(&["spec", "externalTrafficPolicy"]);
        }
    }
    for (types, fields) in [
        (&["LoadBalancer"][..], &["allocateLoadBalancerNodePorts", "loadBalancerClass", "healthCheckNodePort"][..]),
        (
            &["ClusterIP", "NodePort", "LoadBalancer"],
            &["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"],
        ),
        (&["ExternalName"], &["externalName"]),
    ] {
        if is(old, types) && !is(service, types) {
            for field in fields {
                if kept(service, field) {
                    service.remove(&["spec", field]);
                }
            }
        }
    }
}

const TYPES: &[&str] = &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const PROTOCOLS: &[&str] = &["SCTP", "TCP", "UDP"];

fn validate(service: &Object, old: Option<&Object>, errors: &mut Errors) {
    if old.is_some_and(|old| old.spec() == service.spec()) {
        return;
    }
    let root = Field::root(service);
    let spec = root.child("spec");
    if let Some(old) = old {
        same_address(&spec, old, errors);
    }
    let (list, addresses) = (spec.child("ports"), spec.child("clusterIPs"));
    let kind = kind_of(service);
    if list.items().is_empty() && !is_headless(service) && kind != "ExternalName" {
        list.required(errors, "");
    }
    match kind {
        "LoadBalancer" | "NodePort" if is_headless(service) => {
            let shown = "None".into();
            let why = format!("may not be set to 'None' for {kind} services");
            addresses.index(0).with(&shown).invalid(errors, &why);
        }
        "ExternalName" => {
            for field in ["clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
                if !spec[field].is_empty() {
                    spec.child(field).forbidden(errors, "may not be set for ExternalName services");
                }
            }
            let name = spec.child("externalName");
            if name.need(errors) {
                name.complain(errors, dns1123_subdomain(name.str().trim_end_matches('.')));
            }
        }
        _ => {}
    }
    let mut names = SortedSet::new();
    for port in list.each() {
        validate_port(&port, list.items().len() > 1, &mut names, errors);
    }
    metadata::labels(&spec.child("selector"), errors);
    spec.child("sessionAffinity").need_one_of(errors, &["ClientIP", "None"], "");
    let seconds = spec.at(&["sessionAffinityConfig", "clientIP", "timeoutSeconds"]);
    if seconds.as_i64().is_some_and(|n| !(1..=86_400).contains(&n)) {
        let config = spec.child("sessionAffinityConfig");
        let client = config.child("clientIP");
        client.child("timeoutSeconds").invalid(errors, "must be greater than 0 and less than 86400");
    }
    for address in addresses.each().filter(|address| **address != "None") {
        if address.str().parse::<IpAddr>().is_err() {
            address.invalid(errors, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
        }
    }
    for address in spec.child("externalIPs").each() {
        if address.str().parse::<IpAddr>().is_err() {
            address.invalid(errors, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
        }
    }
    spec.child("type").need_one_of(errors, TYPES, "");
    spec.child("externalTrafficPolicy").one_of(errors, &["Cluster", "Local"]);
    spec.child("internalTrafficPolicy").one_of(errors, &["Cluster", "Local"]);
    spec.child("ipFamilyPolicy").one_of(errors, &["PreferDualStack", "RequireDualStack", "SingleStack"]);
    duplicate_ports(&list, kind, errors);
}

/// An address that is set stays, while the service has one.
fn same_address(spec: &Field, old: &Object, errors: &mut Errors) {
    let (addresses, before) = (spec.child("clusterIPs"), &old.spec()["clusterIPs"][0]);
    let outside = |kind: &str| kind == "ExternalName";
    if before.is_empty() || outside(kind_of(old)) || outside(spec["type"].str()) || addresses[0] == *before {
        return;
    }
    let why =
        if addresses.items().is_empty() { "primary clusterIP can not be unset" } else { "may not change once set" };
    addresses.index(0).with(addresses.value()).invalid(errors, why);
}

fn validate_port<'a>(port: &Field<'a>, need_name: bool, names: &mut SortedSet<&'a str>, errors: &mut Errors) {
    let (name, number) = (port.child("name"), port.child("port"));
    if !name.is_empty() {
        name.complain(errors, dns1123_label(name.str()));
        if !names.insert(port.value()["name"].str()) {
            name.duplicate(errors);
        }
    } else if need_name {
        name.required(errors, "");
    }
    let shown = number.int().into();
    number.with(&shown).complain(errors, port_number(number.int()));
    port.child("protocol").need_one_of(errors, PROTOCOLS, "");
    probes::port(&port.child("targetPort"), errors);
    let protocol = port.child("appProtocol");
    if !protocol.is_null() {
        protocol.complain(errors, qualified_name(protocol.str()));
    }
}

fn duplicate_ports(ports: &Field, kind: &str, errors: &mut Errors) {
    if kind == "ClusterIP" {
        for port in ports.each().filter(|port| port["nodePort"].int() != 0) {
            port.child("nodePort").forbidden(errors, "may not be used when `type` is 'ClusterIP'");
        }
    }
    let (mut seen, mut node_ports) = (SortedSet::new(), SortedSet::new());
    for port in ports.each() {
        let protocol = port["protocol"].str().to_string();
        if !seen.insert((protocol.clone(), port["port"].int())) {
            let key = json!({"protocol": (&port["protocol"]), "port": (&port["port"])});
            errors.duplicate_text(&port.path(), &go::print("ServicePort", &key));
        }
        let node_port = port["nodePort"].int();
        if node_port != 0 && !node_ports.insert((protocol, node_port)) {
            port.child("nodePort").duplicate(errors);
        }
    }
}
