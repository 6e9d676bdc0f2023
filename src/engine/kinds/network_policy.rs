//! NetworkPolicy: who may talk to a pod.

use super::columns::{AGE, NAME, selector, text};
use super::field::Field;
use super::pod::defaults::{each, set_missing};
use super::pod::probes;
use super::{Column, Kind, metadata};
use crate::meta::names::port_number;
use crate::meta::{Errors, Object};
use std::net::IpAddr;

/// The row of NetworkPolicy.
pub static KIND: Kind = Kind {
    group: "networking.k8s.io",
    kind: "NetworkPolicy",
    plural: "networkpolicies",
    singular: "networkpolicy",
    short_names: &["netpol"],
    generation: true,
    schema: "io.k8s.api.networking.v1.NetworkPolicy",
    columns: || COLUMNS,
    defaults,
    validate,
    ..Kind::NAMESPACED
};

const COLUMNS: &[Column] = &[
    NAME,
    text("Pod-Selector", "podSelector selects the pods to which this NetworkPolicy object applies.", |policy, _| {
        selector(&policy.spec()["podSelector"])
    }),
    AGE,
];

fn defaults(policy: &mut Object) {
    let spec = policy.entry("spec");
    for direction in ["ingress", "egress"] {
        each(spec, direction, |rule| each(rule, "ports", |port| set_missing(port, "protocol", "TCP")));
    }
    if spec["policyTypes"].is_empty() {
        let types: &[&str] = if spec["egress"].is_empty() { &["Ingress"] } else { &["Ingress", "Egress"] };
        spec.set(&["policyTypes"], types);
    }
}

fn validate(policy: &Object, old: Option<&Object>, errors: &mut Errors) {
    if old.is_some_and(|old| old.spec() == policy.spec()) {
        return;
    }
    let root = Field::root(policy);
    let spec = root.child("spec");
    metadata::selector(&spec.child("podSelector"), errors);
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in spec.child(direction).each() {
            for port in rule.child("ports").each() {
                validate_port(&port, errors);
            }
            for peer in rule.child(peers).each() {
                validate_peer(&peer, errors);
            }
        }
    }
    let types = spec.child("policyTypes");
    if types.items().len() > 2 {
        types.invalid(errors, "may not specify more than two policyTypes");
        return;
    }
    for kind in types.each() {
        if !matches!(kind.str(), "Ingress" | "Egress") {
            kind.unsupported(errors, &["Ingress", "Egress"]);
        }
    }
}

fn validate_port(port: &Field, errors: &mut Errors) {
    let (number, end) = (port.child("port"), port.child("endPort"));
    if !number.is_null() {
        probes::port(&number, errors);
    }
    if let Some(last) = end.as_i64() {
        match number.as_i64() {
            None if number.is_null() => end.invalid(errors, "must not be specified when `port` is not specified"),
            None => end.invalid(errors, "must not be specified when `port` is non-numeric"),
            Some(first) if last < first => end.invalid(errors, "must be greater than or equal to `port`"),
            Some(_) => {}
        }
        end.complain(errors, port_number(last));
    }
    port.child("protocol").one_of(errors, &["TCP", "UDP", "SCTP"]);
}

fn validate_peer(peer: &Field, errors: &mut Errors) {
    let mut found = 0;
    for field in ["podSelector", "namespaceSelector"] {
        if peer[field].is_object() {
            found += 1;
            metadata::selector(&peer.child(field), errors);
        }
    }
    let block = peer.child("ipBlock");
    if block.is_object() {
        found += 1;
        let cidr = block.child("cidr");
        if cidr.need(errors) && !is_cidr(cidr.str()) {
            cidr.invalid(errors, CIDR);
        }
        for except in block.child("except").each() {
            if !is_cidr(except.str()) {
                except.invalid(errors, CIDR);
            }
        }
        if found > 1 {
            peer.forbidden(errors, "may not specify both ipBlock and another peer");
        }
    }
    if found == 0 {
        peer.required(errors, "must specify a peer");
    }
}

const CIDR: &str = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

fn is_cidr(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    match (address.parse::<IpAddr>(), bits.parse::<u8>()) {
        (Ok(IpAddr::V4(_)), Ok(bits)) => bits <= 32,
        (Ok(IpAddr::V6(_)), Ok(bits)) => bits <= 128,
        _ => false,
    }
}
