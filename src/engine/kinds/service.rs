//! Service: one address for many pods.

use super::columns::{AGE, NAME, labels, or_none, text, wide};
use super::pod::defaults::{each, set_missing};
use super::{Column, Kind};
use crate::json;
use crate::meta::{Object, Time, Value};
use std::collections::BTreeSet;

/// The row of Service.
pub static KIND: Kind = Kind {
    kind: "Service",
    plural: "services",
    singular: "service",
    short_names: &["svc"],
    categories: &["all"],
    subresources: &["proxy", "status"],
    schema: "io.k8s.api.core.v1.Service",
    columns: COLUMNS,
    selectable: &[
        ("spec.clusterIP", |service| cluster_ip(service).into()),
        ("spec.type", |service| kind_of(service).into()),
    ],
    defaults,
    prepare,
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
pub fn load_balancer(object: &Object) -> BTreeSet<String> {
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
    if old.is_none() {
        service["status"] = json!({"loadBalancer": {}});
    }
}
