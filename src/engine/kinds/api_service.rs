//! APIService: which server serves a group and version.

use super::columns::{AGE, NAME, text};
use super::{Column, Kind};

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
    columns: || COLUMNS,
    defaults: |api| {
        if api.spec()["service"].is_object() {
            api.set_default(&["spec", "service", "port"], 443);
        }
    },
    ..Kind::CLUSTER
};

const COLUMNS: &[Column] = &[
    NAME,
    text("Service", "The reference to the service that hosts this API endpoint.", |api, _| {
        let service = &api.spec()["service"];
        if service.is_null() {
            return "Local".into();
        }
        format!("{}/{}", service["namespace"].str(), service["name"].str()).into()
    }),
    text("Available", "Whether this service is available.", |api, _| match api.condition("Available") {
        None => "Unknown".into(),
        Some(condition) if condition["status"] == "True" => "True".into(),
        Some(condition) => format!("{} ({})", condition["status"].str(), condition["reason"].str()).into(),
    }),
    AGE,
];
