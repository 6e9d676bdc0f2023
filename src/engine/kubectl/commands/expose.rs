//! `kubectl expose`: a service in front of what is there.

use super::create::generate;
use crate::json;
use crate::kubectl::command::{Command, Group};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::Invocation;
use crate::kubectl::resource::{Info, Selector};
use crate::meta::{Object, Value};

/// The rows.
pub static ROWS: &[Command] = &[Command {
    path: "expose",
    group: Group::Beginner,
    short: "Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service",
    run: Some(|inv| Box::pin(run(inv))),
    ..Command::BASE
}];

/// The kinds that can be exposed, and where the labels of their pods stand.
const EXPOSABLE: &[(&str, &str)] =
    &[("", "Service"), ("", "ReplicationController"), ("", "Pod"), ("apps", "Deployment"), ("apps", "ReplicaSet")];

async fn run(inv: Invocation) -> Outcome {
    let selection = Selector::new(&inv, inv.args()).without_labels().resolve(&inv).await?;
    let (infos, mut failures) = selection.fetch(&inv);
    for info in infos {
        if let Err(failure) = expose(&inv, &info) {
            failures.push(failure);
        }
    }
    Failure::collected(failures)
}

fn expose(inv: &Invocation, info: &Info) -> Outcome {
    let (object, flags) = (&info.object, &inv.flags);
    let kind = info.resource.kind.as_str();
    if !EXPOSABLE.iter().any(|(group, known)| *group == info.resource.group && *known == kind) {
        let kind = crate::kubectl::discovery::with_group(kind, &info.resource.group);
        return Err(format!("cannot expose a {kind}").into());
    }
    let selector = match flags.str("selector") {
        "" => selector_of(object).map_err(|why| {
            Failure::new(format!("couldn't retrieve selectors via --selector flag or introspection: {why}"))
        })?,
        text => generate::pairs(text).into_iter().collect::<crate::meta::Map>().into(),
    };
    let name = match flags.str("name") {
        "" => info.name.chars().take(63).collect(),
        name => name.to_string(),
    };
    let ports = ports(inv, object)?;
    let mut service = generate::object("v1", "Service", &name);
    let labels = match flags.str("labels") {
        "" => object.labels().clone(),
        text => generate::pairs(text).into_iter().collect::<crate::meta::Map>().into(),
    };
    if !labels.is_empty() {
        service.set(&["metadata", "labels"], labels);
    }
    service["spec"] = json!({"ports": ports, "selector": selector});
    for (flag, field) in [
        ("type", "type"),
        ("cluster-ip", "clusterIP"),
        ("load-balancer-ip", "loadBalancerIP"),
        ("session-affinity", "sessionAffinity"),
    ] {
        if !flags.str(flag).is_empty() {
            service["spec"][field] = flags.str(flag).into();
        }
    }
    if !flags.str("external-ip").is_empty() {
        service["spec"]["externalIPs"] = json!([(flags.str("external-ip"))]);
    }
    match flags.str("session-affinity") {
        "" | "None" | "ClientIP" => {}
        other => return Err(format!("unknown session affinity: {other}").into()),
    }
    service["status"] = json!({"loadBalancer": {}});
    let service = super::run::overridden(inv, Object(service))?;
    generate::finish_as(inv, service.0, "", "exposed")
}

/// The labels by which the service is to find its pods.
fn selector_of(object: &Object) -> Result<Value, String> {
    match object.kind() {
        "Pod" if object.labels().is_empty() => Err("the pod has no labels and cannot be exposed".into()),
        "Pod" => Ok(object.labels().clone()),
        "Service" | "ReplicationController" => match object.at(&["spec", "selector"]) {
            selector if selector.is_empty() => {
                let what = if object.kind() == "Service" { "service" } else { "replication controller" };
                Err(format!("the {what} has no pod selector set"))
            }
            selector => Ok(selector.clone()),
        },
        _ if !object.at(&["spec", "selector", "matchExpressions"]).is_empty() => Err(format!(
            "couldn't convert expressions - \"{}\" to map-based selector format",
            object.at(&["spec", "selector", "matchExpressions"]).to_json()
        )),
        _ => Ok(object.at(&["spec", "selector", "matchLabels"]).clone()),
    }
}

/// The ports that flags name, or that the object has: the number, and how it is spoken to.
fn found_ports(inv: &Invocation, object: &Object) -> Outcome<Vec<(String, String)>> {
    let given = inv.flags.str("port");
    if !given.is_empty() {
        return Ok(given.split(',').map(|port| (port.to_string(), String::new())).collect());
    }
    let mut found = Vec::new();
    let mut add = |port: &Value, number: &str| {
        let protocol = port["protocol"].as_str().unwrap_or("TCP");
        found.push((port[number].int().to_string(), protocol.to_string()));
    };
    match object.kind() {
        "Service" => object.at(&["spec", "ports"]).items().iter().for_each(|port| add(port, "port")),
        kind => {
            let spec = if kind == "Pod" { object.spec() } else { object.at(&["spec", "template", "spec"]) };
            for container in spec["containers"].items() {
                container["ports"].items().iter().for_each(|port| add(port, "containerPort"));
            }
        }
    }
    if found.is_empty() {
        return Err("couldn't find port via --port flag or introspection".into());
    }
    Ok(found)
}

fn ports(inv: &Invocation, object: &Object) -> Outcome<Vec<Value>> {
    let (found, flags) = (found_ports(inv, object)?, &inv.flags);
    let several = found.len() > 1;
    let mut ports = Vec::new();
    for (at, (number, protocol)) in found.iter().enumerate() {
        let Ok(number) = number.parse::<i64>() else {
            return Err(format!("strconv.Atoi: parsing {number:?}: invalid syntax").into());
        };
        let protocol = match (flags.str("protocol"), protocol.as_str()) {
            ("", "") => "TCP",
            ("", own) | (own, _) => own,
        };
        let target = match flags.str("target-port") {
            "" => number.into(),
            target => generate::int_or_string(target),
        };
        let mut port = json!({"port": number, "protocol": protocol, "targetPort": target});
        if several {
            port["name"] = format!("port-{}", at + 1).into();
        }
        ports.push(port);
    }
    Ok(ports)
}
