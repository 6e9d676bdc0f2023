//! Deployment: replica sets, rolled out and back.

use super::Kind;

/// The row of Deployment.
pub static KIND: Kind = Kind {
    group: "apps",
    kind: "Deployment",
    plural: "deployments",
    singular: "deployment",
    short_names: &["deploy"],
    categories: &["all"],
    subresources: &["scale", "status"],
    generation: true,
    schema: "io.k8s.api.apps.v1.Deployment",
    ..Kind::NAMESPACED
};
