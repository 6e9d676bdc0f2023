//! `kubectl create service`: one subcommand for each type of service.

use super::generate;
use crate::json;
use crate::kubectl::command::Command;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::Invocation;
use crate::meta::Value;

/// The rows.
pub static ROWS: &[Command] = &[
    Command {
        path: "create service",
        aliases: &["svc"],
        short: "Create a service using a specified subcommand",
        ..Command::BASE
    },
    Command {
        path: "create service clusterip",
        short: "Create a ClusterIP service",
        run: Some(|inv| Box::pin(async move { create(&inv, "ClusterIP") })),
        ..Command::BASE
    },
    Command {
        path: "create service externalname",
        short: "Create an ExternalName service",
        required: &["external-name"],
        run: Some(|inv| Box::pin(async move { create(&inv, "ExternalName") })),
        ..Command::BASE
    },
    Command {
        path: "create service loadbalancer",
        short: "Create a LoadBalancer service",
        run: Some(|inv| Box::pin(async move { create(&inv, "LoadBalancer") })),
        ..Command::BASE
    },
    Command {
        path: "create service nodeport",
        short: "Create a NodePort service",
        run: Some(|inv| Box::pin(async move { create(&inv, "NodePort") })),
        ..Command::BASE
    },
];

fn create(inv: &Invocation, kind: &str) -> Outcome {
    let name = generate::name(inv)?;
    let cluster_ip = inv.flags.str("clusterip");
    let specifiers = inv.flags.list("tcp");
    if specifiers.is_empty() && kind != "ExternalName" && !(kind == "ClusterIP" && cluster_ip == "None") {
        return Err("at least one tcp port specifier must be provided".into());
    }
    let mut ports = Vec::new();
    for specifier in &specifiers {
        let mut port = read_port(specifier)?;
        if kind == "NodePort" && inv.flags.int("node-port") != 0 {
            port["nodePort"] = inv.flags.int("node-port").into();
        }
        ports.push(port);
    }
    let mut object = generate::object("v1", "Service", &name);
    object.set(&["metadata", "labels", "app"], name.as_str());
    object["spec"] = json!({"selector": {"app": name.as_str()}, "type": kind});
    if !ports.is_empty() {
        object["spec"]["ports"] = ports.into();
    }
    if !cluster_ip.is_empty() {
        object["spec"]["clusterIP"] = cluster_ip.into();
    }
    if kind == "ExternalName" {
        object["spec"]["externalName"] = inv.flags.str("external-name").into();
    }
    object["status"] = json!({"loadBalancer": {}});
    generate::finish(inv, object, &format!("failed to create {kind} service:"))
}

/// `80`, `80:8080`, `80:http`
fn read_port(specifier: &str) -> Outcome<Value> {
    let (port, target) = specifier.split_once(':').unwrap_or((specifier, specifier));
    let number = parse_port(port)?;
    let target = match target.parse::<i64>() {
        Ok(_) => parse_port(target)?.into(),
        Err(_) => match crate::meta::names::port_name(target).first() {
            None => Value::from(target),
            Some(complaint) => return Err(complaint.to_string().into()),
        },
    };
    Ok(json!({"name": (specifier.replace(':', "-")), "port": number, "protocol": "TCP", "targetPort": target}))
}

fn parse_port(text: &str) -> Outcome<i64> {
    let number = match text.parse::<u64>() {
        Ok(number) => number,
        Err(why) => {
            let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            let _ = why;
            let why = if digits { "value out of range" } else { "invalid syntax" };
            return Err(Failure::new(format!("strconv.ParseUint: parsing {text:?}: {why}")));
        }
    };
    match i64::try_from(number) {
        Ok(number @ 1..=65535) => Ok(number),
        _ => Err("must be between 1 and 65535, inclusive".into()),
    }
}
