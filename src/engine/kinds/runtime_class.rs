//! RuntimeClass: how a node runs containers.

use super::Kind;

/// The row of RuntimeClass.
pub static KIND: Kind = Kind {
    group: "node.k8s.io",
    kind: "RuntimeClass",
    plural: "runtimeclasses",
    singular: "runtimeclass",
    unconditional_update: false,
    schema: "io.k8s.api.node.v1.RuntimeClass",
    ..Kind::CLUSTER
};
