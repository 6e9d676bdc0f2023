//! Pod: containers that run together on a node.

use super::Kind;

/// The row of Pod.
pub static KIND: Kind = Kind {
    kind: "Pod",
    plural: "pods",
    singular: "pod",
    short_names: &["po"],
    categories: &["all"],
    subresources: &[
        "attach",
        "binding",
        "ephemeralcontainers",
        "eviction",
        "exec",
        "log",
        "portforward",
        "proxy",
        "resize",
        "status",
    ],
    generation: true,
    schema: "io.k8s.api.core.v1.Pod",
    ..Kind::NAMESPACED
};
