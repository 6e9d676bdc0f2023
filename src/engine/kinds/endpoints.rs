//! Endpoints: the addresses behind a service (superseded by EndpointSlice).

use super::columns::{AGE, NAME, first_three, or_none, text};
use super::pod::defaults::{each, set_missing};
use super::{Column, Kind};
use crate::meta::{Object, Time, Value};

/// The row of Endpoints.
pub static KIND: Kind = Kind {
    kind: "Endpoints",
    plural: "endpoints",
    singular: "endpoints",
    short_names: &["ep"],
    schema: "io.k8s.api.core.v1.Endpoints",
    columns: || COLUMNS,
    create_on_update: true,
    defaults: |endpoints| {
        each(endpoints, "subsets", |subset| each(subset, "ports", |port| set_missing(port, "protocol", "TCP")))
    },
    deprecation: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
    ..Kind::NAMESPACED
};

const COLUMNS: &[Column] =
    &[NAME, text("Endpoints", "The set of all endpoints is the union of all subsets.", addresses), AGE];

fn addresses(object: &Object, _: Time) -> Value {
    let subsets = object["subsets"].items();
    let mut list = Vec::new();
    for subset in subsets {
        let addresses = || subset["addresses"].items().iter().map(|address| address["ip"].str());
        if subset["ports"].items().is_empty() {
            list.extend(addresses().map(String::from));
        }
        for port in subset["ports"].items() {
            list.extend(addresses().map(|ip| join_host_port(ip, port["port"].int())));
        }
    }
    if subsets.is_empty() { or_none("") } else { first_three(&list).into() }
}

/// `10.0.0.1:80`, or `[fd00::1]:80`.
pub fn join_host_port(host: &str, port: i64) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}
