//! DaemonSet: one pod on each node.

use super::Kind;

/// The row of DaemonSet.
pub static KIND: Kind = Kind {
    group: "apps",
    kind: "DaemonSet",
    plural: "daemonsets",
    singular: "daemonset",
    short_names: &["ds"],
    categories: &["all"],
    subresources: &["status"],
    generation: true,
    schema: "io.k8s.api.apps.v1.DaemonSet",
    ..Kind::NAMESPACED
};
