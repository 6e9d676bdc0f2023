//! Describes services and their endpoints.

use super::super::failure::Outcome;
use super::events;
use super::page::{Page, labels_line, or_none, scalar, texts};
use crate::meta::{Object, Value};

/// How many endpoints are listed before the rest is only counted.
const SHOWN: usize = 3;

pub(super) fn service(page: &mut Page<'_>) -> Outcome {
    let object = page.object();
    let spec = object.spec();
    let slices = slices_of(page)?;
    page.name_and_namespace();
    page.labels_and_annotations();
    page.field("Selector", labels_line(&spec["selector"]));
    page.field("Type", spec["type"].str());
    page.field_if("IP Family Policy", spec["ipFamilyPolicy"].str());
    page.field("IP Families", or_none(&texts(&spec["ipFamilies"]).join(",")));
    page.field("IP", spec["clusterIP"].str());
    page.field("IPs", or_none(&texts(&spec["clusterIPs"]).join(",")));
    page.field_if("External IPs", &texts(&spec["externalIPs"]).join(","));
    page.field_if("Desired LoadBalancer IP", spec["loadBalancerIP"].str());
    page.field_if("External Name", spec["externalName"].str());
    let ingress = object.at(&["status", "loadBalancer", "ingress"]).items();
    if !ingress.is_empty() {
        let shown = ingress.iter().map(|one| match one["ip"].str() {
            "" => one["hostname"].str().to_string(),
            ip if one["ipMode"].is_null() => ip.to_string(),
            ip => format!("{ip} ({})", one["ipMode"].str()),
        });
        page.field("LoadBalancer Ingress", shown.collect::<Vec<_>>().join(", "));
    }
    for port in spec["ports"].items() {
        ports(page, port, &slices);
    }
    page.field("Session Affinity", spec["sessionAffinity"].str());
    page.field_if("External Traffic Policy", spec["externalTrafficPolicy"].str());
    if spec["healthCheckNodePort"].int() != 0 {
        page.field("HealthCheck NodePort", spec["healthCheckNodePort"].int().to_string());
    }
    page.field_if("Internal Traffic Policy", spec["internalTrafficPolicy"].str());
    page.field_if("Traffic Distribution", spec["trafficDistribution"].str());
    page.field_if("LoadBalancer Source Ranges", &texts(&spec["loadBalancerSourceRanges"]).join(","));
    events::write(page);
    Ok(())
}

fn ports(page: &mut Page<'_>, port: &Value, slices: &[Object]) {
    let name = if port["name"].is_empty() { "<unset>" } else { port["name"].str() };
    let protocol = port["protocol"].str();
    page.line(0, format!("Port:\t{name}\t{}/{protocol}", port["port"].int()));
    page.line(0, format!("TargetPort:\t{}/{protocol}", scalar(&port["targetPort"])));
    if port["nodePort"].int() != 0 {
        page.line(0, format!("NodePort:\t{name}\t{}/{protocol}", port["nodePort"].int()));
    }
    let endpoints = endpoints_of(slices, port["name"].str());
    page.field("Endpoints", endpoints);
}

fn slices_of(page: &Page<'_>) -> Outcome<Vec<Object>> {
    let object = page.object();
    let selector = format!("kubernetes.io/service-name={}", object.name());
    page.inv.list(&*page.inv.resource("endpointslices", "discovery.k8s.io")?, object.namespace(), &selector, "")
}

/// Addresses and ports of the ready endpoints behind a service's port.
fn endpoints_of(slices: &[Object], name: &str) -> String {
    if slices.is_empty() {
        return "<none>".into();
    }
    let mut found = Vec::new();
    for slice in slices {
        for port in slice["ports"].items().iter().filter(|port| name.is_empty() || port["name"] == name) {
            let ready = |endpoint: &&Value| endpoint.at(&["conditions", "ready"]).as_bool() != Some(false);
            for endpoint in slice["endpoints"].items().iter().filter(ready) {
                found.extend(texts(&endpoint["addresses"]).iter().map(|ip| format!("{ip}:{}", port["port"].int())));
            }
        }
    }
    let more = found.len().saturating_sub(SHOWN);
    found.truncate(SHOWN);
    let shown = found.join(",");
    if more > 0 { format!("{shown} + {more} more...") } else { shown }
}

pub(super) fn endpoints(page: &mut Page<'_>) -> Outcome {
    page.name_and_namespace();
    page.labels_and_annotations();
    page.line(0, "Subsets:");
    for subset in page.object()["subsets"].items() {
        for (title, field) in [("Addresses", "addresses"), ("NotReadyAddresses", "notReadyAddresses")] {
            let ips: Vec<&str> = subset[field].items().iter().map(|address| address["ip"].str()).collect();
            page.line(1, format!("{title}:\t{}", or_none(&ips.join(","))));
        }
        page.line(1, "Ports:");
        let rows = subset["ports"].items().iter().map(|port| {
            let name = if port["name"].is_empty() { "<unset>" } else { port["name"].str() };
            vec![name.into(), port["port"].int().to_string(), port["protocol"].str().into()]
        });
        let rows: Vec<Vec<String>> = rows.collect();
        page.table(2, &["Name", "Port", "Protocol"], &rows);
        page.line(0, "");
    }
    events::write(page);
    Ok(())
}

pub(super) fn endpoint_slice(page: &mut Page<'_>) -> Outcome {
    let object = page.object();
    page.name_and_namespace();
    page.labels_and_annotations();
    page.field("AddressType", object["addressType"].str());
    if object["ports"].is_empty() {
        page.field("Ports", "<unset>");
    } else {
        page.line(0, "Ports:");
        let rows = object["ports"].items().iter().map(|port| {
            let name = if port["name"].is_empty() { "<unset>" } else { port["name"].str() };
            vec![name.into(), scalar(&port["port"]), port["protocol"].str().into()]
        });
        let rows: Vec<Vec<String>> = rows.collect();
        page.table(1, &["Name", "Port", "Protocol"], &rows);
    }
    if object["endpoints"].is_empty() {
        page.field("Endpoints", "<none>");
    } else {
        page.line(0, "Endpoints:");
        for endpoint in object["endpoints"].items() {
            endpoint_of_slice(page, endpoint);
        }
    }
    events::write(page);
    Ok(())
}

fn endpoint_of_slice(page: &mut Page<'_>, endpoint: &Value) {
    let or_unset = |text: &str| if text.is_empty() { "<unset>".to_string() } else { text.to_string() };
    page.line(1, format!("- Addresses:\t{}", or_none(&texts(&endpoint["addresses"]).join(", "))));
    page.line(2, "Conditions:");
    let ready = endpoint.at(&["conditions", "ready"]).as_bool().map(|ready| ready.to_string());
    page.line(3, format!("Ready:\t{}", or_unset(&ready.unwrap_or_default())));
    page.line(2, format!("Hostname:\t{}", or_unset(endpoint["hostname"].str())));
    let target = &endpoint["targetRef"];
    if !target.is_null() {
        page.line(2, format!("TargetRef:\t{}/{}", target["kind"].str(), target["name"].str()));
    }
    page.line(2, format!("NodeName:\t{}", or_unset(endpoint["nodeName"].str())));
    page.line(2, format!("Zone:\t{}", or_unset(endpoint["zone"].str())));
}
