//! Binding: how the scheduler puts a pod on a node.

use super::Kind;

/// The row of Binding.
pub static KIND: Kind = Kind {
    kind: "Binding",
    plural: "bindings",
    singular: "binding",
    verbs: &["create"],
    schema: "io.k8s.api.core.v1.Binding",
    ..Kind::NAMESPACED
};
