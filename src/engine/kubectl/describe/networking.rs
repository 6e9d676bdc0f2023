//! Describes ingresses and network policies.

use super::super::failure::Outcome;
use super::events;
use super::page::{Page, go_time, scalar, texts};
use crate::meta::selector::format_label_selector;
use crate::meta::{Object, Value};

pub(super) fn ingress(page: &mut Page<'_>) -> Outcome {
    let object = page.object();
    let spec = object.spec();
    page.field("Name", object.name());
    page.map("Labels", object.labels());
    page.field("Namespace", object.namespace());
    let addresses = object.at(&["status", "loadBalancer", "ingress"]).items().iter();
    let addresses = addresses.map(|one| if one["ip"].is_empty() { one["hostname"].str() } else { one["ip"].str() });
    page.field("Address", addresses.collect::<Vec<_>>().join(","));
    let class = match &spec["ingressClassName"] {
        Value::Null => "<none>",
        class => class.str(),
    };
    page.field("Ingress Class", class);
    match &spec["defaultBackend"] {
        Value::Null => page.field("Default backend", "<default>"),
        backend => {
            let text = format!("{} ({})", backend_name(backend), endpoints(page, backend));
            page.field("Default backend", text);
        }
    }
    if !spec["tls"].is_empty() {
        page.line(0, "TLS:");
        for tls in spec["tls"].items() {
            let hosts = texts(&tls["hosts"]).join(",");
            match tls["secretName"].str() {
                "" => page.line(1, format!("SNI routes {hosts}")),
                secret => page.line(1, format!("{secret} terminates {hosts}")),
            }
        }
    }
    page.line(0, "Rules:");
    page.line(1, "Host\tPath\tBackends");
    page.line(1, "----\t----\t--------");
    let mut rules = 0;
    for rule in spec["rules"].items().iter().filter(|rule| !rule["http"].is_null()) {
        rules += 1;
        let host = if rule["host"].is_empty() { "*" } else { rule["host"].str() };
        page.line(1, format!("{host}\t"));
        for path in rule.at(&["http", "paths"]).items() {
            let text = endpoints(page, &path["backend"]);
            page.line(1, format!("\t{} \t{} ({text})", path["path"].str(), backend_name(&path["backend"])));
        }
    }
    if rules == 0 {
        page.line(1, "*\t*\t<default>");
    }
    page.annotations("Annotations", object.at(&["metadata", "annotations"]));
    events::write(page);
    Ok(())
}

/// `web:80`, or the resource that the backend names.
fn backend_name(backend: &Value) -> String {
    let service = &backend["service"];
    if service.is_null() {
        let resource = &backend["resource"];
        return format!(
            "APIGroup: {}, Kind: {}, Name: {}",
            resource["apiGroup"].str(),
            resource["kind"].str(),
            resource["name"].str()
        );
    }
    let port = if service.at(&["port", "name"]).is_empty() {
        service.at(&["port", "number"])
    } else {
        service.at(&["port", "name"])
    };
    format!("{}:{}", service["name"].str(), scalar(port))
}

/// The endpoints behind a backend, or why there are none.
fn endpoints(page: &Page<'_>, backend: &Value) -> String {
    let (name, namespace) = (backend.at(&["service", "name"]).str(), page.object().namespace());
    let service = page.inv.resource("services", "").and_then(|resource| page.inv.get(&resource, namespace, name));
    let service = match service {
        Ok(service) => service,
        Err(failure) => return format!("<error: {}>", failure.message()),
    };
    let port = backend.at(&["service", "port"]);
    let wanted = (service.spec()["ports"].items().iter())
        .find(|one| (!port["name"].is_empty() && one["name"] == port["name"].str()) || one["port"] == port["number"]);
    let selector = format!("kubernetes.io/service-name={name}");
    let slices: Vec<Object> = (page.inv.resource("endpointslices", "discovery.k8s.io"))
        .and_then(|resource| page.inv.list(&resource, namespace, &selector, ""))
        .unwrap_or_default();
    let mut found = Vec::new();
    for slice in &slices {
        let name = wanted.map(|port| port["name"].str()).unwrap_or_default();
        for port in slice["ports"].items().iter().filter(|port| port["name"].str() == name) {
            for endpoint in slice["endpoints"].items() {
                found.extend(texts(&endpoint["addresses"]).iter().map(|ip| format!("{ip}:{}", port["port"].int())));
            }
        }
    }
    let more = found.len().saturating_sub(3);
    found.truncate(3);
    let shown = found.join(",");
    if more > 0 { format!("{shown} + {more} more...") } else { shown }
}

pub(super) fn ingress_class(page: &mut Page<'_>) -> Outcome {
    let object = page.object();
    page.field("Name", object.name());
    page.labels_and_annotations();
    page.field("Controller", object.spec()["controller"].str());
    let parameters = &object.spec()["parameters"];
    if !parameters.is_null() {
        page.line(0, "Parameters:");
        for (title, field) in [("APIGroup", "apiGroup"), ("Kind", "kind"), ("Name", "name")] {
            if !parameters[field].is_empty() {
                page.line(1, format!("{title}:\t{}", parameters[field].str()));
            }
        }
    }
    events::write(page);
    Ok(())
}

pub(super) fn policy(page: &mut Page<'_>) -> Outcome {
    let object = page.object();
    let spec = object.spec();
    page.name_and_namespace();
    page.field("Created on", go_time(object.at(&["metadata", "creationTimestamp"])));
    page.labels_and_annotations();
    page.line(0, "Spec:");
    let selector = match spec["podSelector"].as_object().is_none_or(|map| map.is_empty()) {
        true => "<none> (Allowing the specific traffic to all pods in this namespace)".to_string(),
        false => format_label_selector(&spec["podSelector"]),
    };
    page.line(0, format!("  PodSelector:     {selector}"));
    let types = texts(&spec["policyTypes"]);
    for (kind, field, peers, direction) in [("Ingress", "ingress", "from", "From"), ("Egress", "egress", "to", "To")] {
        if types.iter().any(|named| named == kind) {
            page.line(0, format!("  Allowing {field} traffic:"));
            rules(page, &spec[field], peers, direction, field);
        } else {
            page.line(0, format!("  Not affecting {field} traffic"));
        }
    }
    page.line(0, format!("  Policy Types: {}", types.join(", ")));
    Ok(())
}

fn rules(page: &mut Page<'_>, rules: &Value, peers: &str, direction: &str, traffic: &str) {
    if rules.is_empty() {
        page.line(0, format!("    <none> (Selected pods are isolated for {traffic} connectivity)"));
        return;
    }
    for (at, rule) in rules.items().iter().enumerate() {
        if at > 0 {
            page.line(0, "    ----------");
        }
        if rule["ports"].is_empty() {
            page.line(0, "    To Port: <any> (traffic allowed to all ports)");
        }
        for port in rule["ports"].items() {
            let number = if port["port"].is_null() { "<any>".into() } else { scalar(&port["port"]) };
            let end = port["endPort"].as_i64().map(|end| format!("-{end}")).unwrap_or_default();
            let protocol = if port["protocol"].is_empty() { "TCP" } else { port["protocol"].str() };
            page.line(0, format!("    To Port: {number}{end}/{protocol}"));
        }
        if rule[peers].is_empty() {
            let all = if direction == "From" {
                "traffic not restricted by source"
            } else {
                "traffic not restricted by destination"
            };
            page.line(0, format!("    {direction}: <any> ({all})"));
        }
        for peer in rule[peers].items() {
            page.line(0, format!("    {direction}:"));
            for (title, field) in [("NamespaceSelector", "namespaceSelector"), ("PodSelector", "podSelector")] {
                if !peer[field].is_null() {
                    page.line(0, format!("      {title}: {}", format_label_selector(&peer[field])));
                }
            }
            if !peer["ipBlock"].is_null() {
                page.line(0, "      IPBlock:");
                page.line(0, format!("        CIDR: {}", peer.at(&["ipBlock", "cidr"]).str()));
                page.line(0, format!("        Except: {}", texts(peer.at(&["ipBlock", "except"])).join(", ")));
            }
        }
    }
}
