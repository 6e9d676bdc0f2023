//! EndpointSlice: some of the addresses behind a service.

use super::columns::{AGE, NAME, first_three, text};
use super::field::Field;
use super::pod::defaults::{each, set_missing};
use super::{Column, Kind};
use crate::meta::names::port_number;
use crate::meta::{Errors, Object, Value};
use std::net::{Ipv4Addr, Ipv6Addr};

/// The row of EndpointSlice.
pub static KIND: Kind = Kind {
    group: "discovery.k8s.io",
    kind: "EndpointSlice",
    plural: "endpointslices",
    singular: "endpointslice",
    generation: true,
    schema: "io.k8s.api.discovery.v1.EndpointSlice",
    columns: || COLUMNS,
    defaults: |slice| {
        each(slice, "ports", |port| {
            port.set_default(&["name"], "");
            set_missing(port, "protocol", "TCP");
        });
    },
    validate,
    ..Kind::NAMESPACED
};

const COLUMNS: &[Column] = &[
    NAME,
    text("AddressType", "addressType specifies the type of address carried by this EndpointSlice.", |slice, _| {
        slice["addressType"].str().into()
    }),
    text("Ports", "ports specifies the list of network ports exposed by each endpoint in this slice.", |slice, _| {
        let name = |port: &Value| match (port["port"].as_i64(), port["name"].as_str()) {
            (Some(number), _) => number.to_string(),
            (None, Some(name)) => name.into(),
            _ => "*".into(),
        };
        or_unset(&slice["ports"].items().iter().map(name).collect::<Vec<_>>())
    }),
    text("Endpoints", "endpoints is a list of unique endpoints in this slice.", |slice, _| {
        let addresses = slice["endpoints"].items().iter().flat_map(|endpoint| endpoint["addresses"].items());
        or_unset(&addresses.map(|address| address.str().to_string()).collect::<Vec<_>>())
    }),
    AGE,
];

fn or_unset(list: &[String]) -> Value {
    if list.is_empty() { "<unset>".into() } else { first_three(list).into() }
}

fn validate(slice: &Object, old: Option<&Object>, errors: &mut Errors) {
    let root = Field::root(slice);
    let kind = root.child("addressType");
    match old {
        Some(old) => kind.immutable(errors, &old["addressType"]),
        None => kind.need_one_of(errors, &["FQDN", "IPv4", "IPv6"], ""),
    }
    for endpoint in root.child("endpoints").each() {
        let addresses = endpoint.child("addresses");
        if addresses.items().is_empty() {
            addresses.required(errors, "must contain at least 1 address");
        }
        for address in addresses.each() {
            let fits = match kind.str() {
                "IPv4" => address.str().parse::<Ipv4Addr>().is_ok(),
                "IPv6" => address.str().parse::<Ipv6Addr>().is_ok(),
                _ => true,
            };
            if !fits {
                address.invalid(errors, &format!("must be a valid {} address", kind.str()));
            }
        }
    }
    for port in root.child("ports").each() {
        port.child("protocol").one_of(errors, &["SCTP", "TCP", "UDP"]);
        let number = port.child("port");
        if let Some(n) = number.as_i64() {
            number.complain(errors, port_number(n));
        }
    }
}
