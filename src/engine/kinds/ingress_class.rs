//! IngressClass: which controller does an ingress.

use super::Kind;

/// The row of IngressClass.
pub static KIND: Kind = Kind {
    group: "networking.k8s.io",
    kind: "IngressClass",
    plural: "ingressclasses",
    singular: "ingressclass",
    generation: true,
    schema: "io.k8s.api.networking.v1.IngressClass",
    ..Kind::CLUSTER
};
