//! PodDisruptionBudget: how many pods must stay through evictions.

use super::Kind;

/// The row of PodDisruptionBudget.
pub static KIND: Kind = Kind {
    group: "policy",
    kind: "PodDisruptionBudget",
    plural: "poddisruptionbudgets",
    singular: "poddisruptionbudget",
    short_names: &["pdb"],
    subresources: &["status"],
    generation: true,
    unconditional_update: false,
    schema: "io.k8s.api.policy.v1.PodDisruptionBudget",
    ..Kind::NAMESPACED
};
