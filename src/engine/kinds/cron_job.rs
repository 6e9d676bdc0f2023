//! CronJob: jobs by the clock.

use super::Kind;

/// The row of CronJob.
pub static KIND: Kind = Kind {
    group: "batch",
    kind: "CronJob",
    plural: "cronjobs",
    singular: "cronjob",
    short_names: &["cj"],
    categories: &["all"],
    subresources: &["status"],
    generation: true,
    schema: "io.k8s.api.batch.v1.CronJob",
    ..Kind::NAMESPACED
};
