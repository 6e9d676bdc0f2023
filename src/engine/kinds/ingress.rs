//! Ingress: HTTP from outside to services, by host and path.

use super::columns::{AGE, NAME, first_three, or_none, text};
use super::field::Field;
use super::{Column, Kind, service};
use crate::json;
use crate::meta::names::{dns1123_label, dns1123_subdomain, port_name, port_number, wildcard_dns1123_subdomain};
use crate::meta::{Errors, Object};

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
    columns: || COLUMNS,
    prepare: |ingress, old| {
        if old.is_none() {
            ingress["status"] = json!({"loadBalancer": {}});
        }
    },
    validate,
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

fn validate(ingress: &Object, old: Option<&Object>, errors: &mut Errors) {
    if old.is_some_and(|old| old.spec() == ingress.spec()) {
        return;
    }
    let root = Field::root(ingress);
    let spec = root.child("spec");
    let rules = spec.child("rules");
    if rules.items().is_empty() && spec["defaultBackend"].is_null() {
        spec.with(rules.value()).invalid(errors, "either `defaultBackend` or `rules` must be specified");
    }
    if spec["defaultBackend"].is_object() {
        backend(&spec.child("defaultBackend"), errors);
    }
    for rule in rules.each() {
        host(&rule.child("host"), errors);
        let http = rule.child("http");
        if http.is_object() {
            let paths = http.child("paths");
            if paths.items().is_empty() {
                paths.required(errors, "");
            }
            for path in paths.each() {
                validate_path(&path, errors);
            }
        }
    }
    for tls in spec.child("tls").each() {
        for name in tls.child("hosts").each() {
            host(&name, errors);
        }
        let secret = tls.child("secretName");
        if !secret.is_empty() {
            secret.complain(errors, dns1123_subdomain(secret.str()));
        }
    }
    let class = spec.child("ingressClassName");
    if !class.is_null() {
        class.complain(errors, dns1123_subdomain(class.str()));
    }
}

fn host(host: &Field, errors: &mut Errors) {
    let name = host.str();
    if name.is_empty() {
        return;
    }
    if name.parse::<std::net::IpAddr>().is_ok() {
        host.invalid(errors, "must be a DNS name, not an IP address");
    }
    host.complain(errors, if name.contains('*') { wildcard_dns1123_subdomain(name) } else { dns1123_subdomain(name) });
}

fn validate_path(path: &Field, errors: &mut Errors) {
    let (text, kind) = (path.child("path"), path.child("pathType"));
    match kind.str() {
        "" => kind.required(errors, "pathType must be specified"),
        "Exact" | "Prefix" => {
            if !text.str().starts_with('/') {
                text.with(&text.str().into()).invalid(errors, "must be an absolute path");
            }
            for part in ["//", "/./", "/../", "%2f", "%2F"].into_iter().filter(|part| text.str().contains(part)) {
                text.invalid(errors, &format!("must not contain '{part}'"));
            }
            for end in ["/..", "/."].into_iter().filter(|end| text.str().ends_with(end)) {
                text.invalid(errors, &format!("must not end with '{end}'"));
            }
        }
        "ImplementationSpecific" => {
            if !text.is_empty() && !text.str().starts_with('/') {
                text.invalid(errors, "must be an absolute path");
            }
        }
        _ => kind.unsupported(errors, &["Exact", "ImplementationSpecific", "Prefix"]),
    }
    backend(&path.child("backend"), errors);
}

fn backend(backend: &Field, errors: &mut Errors) {
    let service = backend.child("service");
    let empty = "".into();
    match (backend["resource"].is_object(), service.is_object()) {
        (true, true) => backend.with(&empty).invalid(errors, "cannot set both resource and service backends"),
        (false, false) => backend.with(&empty).invalid(errors, "resource or service backend is required"),
        (true, false) => {
            let resource = backend.child("resource");
            for field in ["kind", "name"] {
                resource.child(field).need(errors);
            }
        }
        (false, true) => {
            let name = service.child("name");
            if name.need(errors) {
                name.complain(errors, dns1123_label(name.str()));
            }
            let port = service.child("port");
            let (number, name) = (port.child("number"), port.child("name"));
            match (number.is_empty(), name.is_empty()) {
                (false, false) => backend.with(&empty).invalid(errors, "cannot set both port name & port number"),
                (true, true) => backend.required(errors, "port name or number is required"),
                (false, true) => number.complain(errors, port_number(number.int())),
                (true, false) => name.complain(errors, port_name(name.str())),
            }
        }
    }
}
