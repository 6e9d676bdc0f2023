//! NetworkPolicy: who may talk to a pod.

use super::Kind;

/// The row of NetworkPolicy.
pub static KIND: Kind = Kind {
    group: "networking.k8s.io",
    kind: "NetworkPolicy",
    plural: "networkpolicies",
    singular: "networkpolicy",
    short_names: &["netpol"],
    generation: true,
    schema: "io.k8s.api.networking.v1.NetworkPolicy",
    ..Kind::NAMESPACED
};
