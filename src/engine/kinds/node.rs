//! Node: a machine that runs pods.

use super::Kind;

/// The row of Node.
pub static KIND: Kind = Kind {
    kind: "Node",
    plural: "nodes",
    singular: "node",
    short_names: &["no"],
    subresources: &["proxy", "status"],
    schema: "io.k8s.api.core.v1.Node",
    ..Kind::CLUSTER
};
