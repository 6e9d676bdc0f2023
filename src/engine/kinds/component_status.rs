//! ComponentStatus: whether the control plane is well (deprecated).

use super::Kind;

/// The row of ComponentStatus.
pub static KIND: Kind = Kind {
    kind: "ComponentStatus",
    plural: "componentstatuses",
    singular: "componentstatus",
    short_names: &["cs"],
    verbs: &["get", "list"],
    schema: "io.k8s.api.core.v1.ComponentStatus",
    ..Kind::CLUSTER
};
