//! Ingress: HTTP from outside to services, by host and path.

use super::columns::{AGE, NAME, first_three, or_none, text};
use super::{Column, Kind, service};
use crate::json;

/// The row of Ingress.
pub static KIND: Kind = Kind {
    group: "networking.k8s.io",
    kind: "Ingress",
    plural: "ingresses",
    singular: "ingress",
    short_names: &["ing"],
    subresources: &["status"],
    generation: true,
    schema: "io.k8s.api.networking.v1.Ingress",
    columns: COLUMNS,
    prepare: |ingress, old| {
        if old.is_none() {
            ingress["status"] = json!({"loadBalancer": {}});
        }
    },
    ..Kind::NAMESPACED
};

const COLUMNS: &[Column] = &[
    NAME,
    text(
        "Class",
        "The name of the IngressClass resource that should be used for additional configuration",
        |ingress, _| or_none(ingress.spec()["ingressClassName"].str()),
    ),
    text("Hosts", "Hosts that incoming requests are matched against before the ingress rule", |ingress, _| {
        let hosts =
            ingress.spec()["rules"].items().iter().map(|rule| rule["host"].str()).filter(|host| !host.is_empty());
        let hosts: Vec<String> = hosts.map(String::from).collect();
        if hosts.is_empty() { "*".into() } else { first_three(&hosts).into() }
    }),
    text("Address", "Address is a list containing ingress points for the load-balancer", |ingress, _| {
        service::load_balancer(ingress).into_iter().collect::<Vec<_>>().join(",").into()
    }),
    text("Ports", "Ports of TLS configurations that open", |ingress, _| {
        if ingress.spec()["tls"].items().is_empty() { "80".into() } else { "80, 443".into() }
    }),
    AGE,
];
