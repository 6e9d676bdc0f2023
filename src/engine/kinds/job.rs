//! Job: pods that run until so many have succeeded.

use super::Kind;

/// The row of Job.
pub static KIND: Kind = Kind {
    group: "batch",
    kind: "Job",
    plural: "jobs",
    singular: "job",
    categories: &["all"],
    subresources: &["status"],
    generation: true,
    schema: "io.k8s.api.batch.v1.Job",
    ..Kind::NAMESPACED
};
