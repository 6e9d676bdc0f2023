//! PriorityClass: which pods go first.

use super::Kind;

/// The row of PriorityClass.
pub static KIND: Kind = Kind {
    group: "scheduling.k8s.io",
    kind: "PriorityClass",
    plural: "priorityclasses",
    singular: "priorityclass",
    short_names: &["pc"],
    generation: true,
    schema: "io.k8s.api.scheduling.v1.PriorityClass",
    ..Kind::CLUSTER
};
