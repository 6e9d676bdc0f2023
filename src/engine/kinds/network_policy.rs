//! NetworkPolicy: who may talk to a pod.

use super::columns::{AGE, NAME, selector, text};
use super::{Column, Kind};

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
    ..Kind::NAMESPACED
};

const COLUMNS: &[Column] = &[
    NAME,
    text("Pod-Selector", "podSelector selects the pods to which this NetworkPolicy object applies.", |policy, _| {
        selector(&policy.spec()["podSelector"])
    }),
    AGE,
];
