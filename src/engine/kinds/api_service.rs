//! APIService: which server serves a group and version.

use super::Kind;

/// The row of APIService.
pub static KIND: Kind = Kind {
    group: "apiregistration.k8s.io",
    kind: "APIService",
    plural: "apiservices",
    singular: "apiservice",
    categories: &["api-extensions"],
    subresources: &["status"],
    unconditional_update: false,
    schema: "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService",
    ..Kind::CLUSTER
};
