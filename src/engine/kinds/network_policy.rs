//! NetworkPolicy: who may talk to a pod.

use super::columns::{AGE, NAME, selector, text};
use super::pod::defaults::{each, set_missing};
use super::{Column, Kind};
use crate::meta::Object;

/// The row of NetworkPolicy.
pub static KIND: Kind = Kind {
    group: "networking.k8s.io",
    kind: "NetworkPolicy",
    plural: "networkpolicies",
    singular: "networkpolicy",
    short_names: &["netpol"],
    generation: true,
    schema: "io.k8s.api.networking.v1.NetworkPolicy",
    columns: COLUMNS,
    defaults,
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
