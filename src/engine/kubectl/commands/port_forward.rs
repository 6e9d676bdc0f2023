//! `kubectl port-forward`: ports of this machine, leading into a pod.

use crate::api::{Content, Method, PortForward, Request};
use crate::kubectl::command::{Command, Group};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::Invocation;
use crate::kubectl::pods;
use crate::kubectl::resource::Info;
use crate::meta::Object;
use crate::process::{Connection, Listener, NetError};
use std::task::Poll;

/// The rows.
pub static ROWS: &[Command] = &[Command {
    path: "port-forward",
    group: Group::Troubleshooting,
    short: "Forward one or more local ports to a pod",
    run: Some(|inv| Box::pin(run(inv))),
    ..Command::BASE
}];

/// A local port and the pod's port it leads to.
#[derive(Clone, Copy)]
struct Pair {
    local: u16,
    remote: u16,
}

async fn run(inv: Invocation) -> Outcome {
    let Some((name, specs)) = inv.args().split_first().filter(|(_, specs)| !specs.is_empty()) else {
        return Err(Failure::usage("TYPE/NAME and list of ports are required for port-forward"));
    };
    let object = pods::named(&inv, name).await?;
    let pod = pods::first(&inv, name, inv.flags.duration("pod-running-timeout")).await?;
    let specs = translate(specs, &object.object, &pod.object)?;
    let phase = pod.object.at(&["status", "phase"]).str();
    if phase != "Running" {
        let text = "unable to forward port because pod is not running. Current status=";
        return Err(format!("{text}{phase}").into());
    }
    let hosts = hosts(&inv)?;
    let mut pairs = Vec::new();
    for spec in &specs {
        pairs.push(parse(spec)?);
    }
    let forward = connect(&inv, &pod)?;
    let listeners = listen(&inv, &hosts, &pairs)?;
    serve(&inv, &forward, &listeners).await
}

fn connect(inv: &Invocation, pod: &Info) -> Outcome<PortForward> {
    let request = Request::new(Method::Post, &format!("{}/portforward", pod.path()));
    let answer = inv.send(request).map_err(|failure| match failure {
        Failure::Api(status) if status["code"].int() >= 500 => {
            format!("error upgrading connection: unable to upgrade connection: {}", status["message"].str()).into()
        }
        other => other,
    })?;
    match answer.content {
        Content::PortForward(forward) => Ok(forward),
        _ => Err("error upgrading connection: unknown response".into()),
    }
}

/// Named ports as numbers, and a service's ports as those of its pods.
fn translate(specs: &[String], object: &Object, pod: &Object) -> Outcome<Vec<String>> {
    let mut found = Vec::new();
    for spec in specs {
        let (local, remote) = spec.split_once(':').unwrap_or((spec, spec));
        let number = match object.kind() {
            "Service" => service_port(remote, object, pod)?,
            _ => match remote.parse::<i64>() {
                Ok(_) => remote.to_string(),
                Err(_) => named_port(remote, pod)
                    .ok_or_else(|| format!("Pod '{}' does not have a named port '{remote}'", pod.name()))?
                    .to_string(),
            },
        };
        let local = if local == remote { number.as_str() } else { local };
        found.push(if spec.starts_with(':') { format!(":{number}") } else { format!("{local}:{number}") });
    }
    Ok(found)
}

fn named_port(name: &str, pod: &Object) -> Option<i64> {
    let containers = pod.at(&["spec", "containers"]).items().iter().chain(pod.at(&["spec", "initContainers"]).items());
    let mut ports = containers.flat_map(|container| container["ports"].items());
    ports.find(|port| port["name"] == name).map(|port| port["containerPort"].int())
}

fn service_port(remote: &str, service: &Object, pod: &Object) -> Outcome<String> {
    let ports = service.at(&["spec", "ports"]).items();
    let found = match remote.parse::<i64>() {
        Ok(number) => ports.iter().find(|port| port["port"] == number),
        Err(_) => ports.iter().find(|port| port["name"] == remote),
    };
    let Some(port) = found else {
        let text = match remote.parse::<i64>() {
            Ok(_) => format!("Service {} does not have a service port {remote}", service.name()),
            Err(_) => format!("Service '{}' does not have a named port '{remote}'", service.name()),
        };
        return Err(text.into());
    };
    if service.at(&["spec", "clusterIP"]) == &crate::meta::Value::from("None") {
        return Ok(port["port"].int().to_string());
    }
    match (&port["targetPort"], port["port"].int()) {
        (target, port) if target.is_null() => Ok(port.to_string()),
        (target, _) if target.is_number() => Ok(target.int().to_string()),
        (target, _) => match named_port(target.str(), pod) {
            Some(number) => Ok(number.to_string()),
            None => Err(format!("Pod '{}' does not have a named port '{}'", pod.name(), target.str()).into()),
        },
    }
}

fn parse(spec: &str) -> Outcome<Pair> {
    let number = |text: &str, which: &str| -> Outcome<u16> {
        let why = match text.parse::<u64>() {
            Ok(number) => match u16::try_from(number) {
                Ok(number) => return Ok(number),
                Err(_) => "value out of range",
            },
            Err(_) => "invalid syntax",
        };
        Err(format!("error parsing {which} port '{text}': strconv.ParseUint: parsing {text:?}: {why}").into())
    };
    let (local, remote) = match spec.split(':').collect::<Vec<_>>().as_slice() {
        [port] => (number(port, "local")?, number(port, "remote")?),
        ["", remote] => (0, number(remote, "remote")?),
        [local, remote] => (number(local, "local")?, number(remote, "remote")?),
        _ => return Err(format!("invalid port format '{spec}'").into()),
    };
    if remote == 0 {
        return Err("remote port must be > 0".into());
    }
    Ok(Pair { local, remote })
}

/// The addresses to listen on: those of `--address`, IPv6 in brackets.
fn hosts(inv: &Invocation) -> Outcome<Vec<String>> {
    let mut hosts = Vec::new();
    for address in inv.flags.list("address") {
        match address.parse::<std::net::IpAddr>() {
            Ok(std::net::IpAddr::V6(address)) => hosts.push(format!("[{address}]")),
            Ok(address) => hosts.push(address.to_string()),
            Err(_) if address == "localhost" => hosts.extend(["127.0.0.1".into(), "[::1]".into()]),
            Err(_) => return Err(format!("{address} is not a valid IP").into()),
        }
    }
    Ok(hosts)
}

/// Opens the local ports; those that cannot be had are said, and it is an error if none can.
fn listen(inv: &Invocation, hosts: &[String], pairs: &[Pair]) -> Outcome<Vec<(Listener, u16)>> {
    let mut listeners = Vec::new();
    for pair in pairs {
        let listener = match pair.local {
            0 => (30_000..u16::MAX).find_map(|port| inv.process.net.listen(port).ok()).ok_or(NetError::AddressInUse),
            port => inv.process.net.listen(port),
        };
        match listener {
            Ok(listener) => {
                let (port, remote) = (listener.port, pair.remote);
                for host in hosts {
                    inv.out(format!("Forwarding from {host}:{port} -> {remote}\n"));
                }
                listeners.push((listener, remote));
            }
            Err(why) => {
                let why = if why == NetError::AddressInUse { "address already in use" } else { "permission denied" };
                let failures = hosts.iter().map(|host| {
                    let network = if host.starts_with('[') { "tcp6" } else { "tcp4" };
                    format!("unable to create listener: Error listen {network} {host}:{}: bind: {why}", pair.local)
                });
                let (port, failures) = (pair.local, failures.collect::<Vec<_>>().join(" "));
                let text = "Listeners failed to create with the following errors:";
                inv.err(format!("Unable to listen on port {port}: {text} [{failures}]\n"));
            }
        }
    }
    if listeners.is_empty() {
        let all: Vec<String> = pairs.iter().map(|pair| format!("{{{} {}}}", pair.local, pair.remote)).collect();
        return Err(format!("unable to listen on any of the requested ports: [{}]", all.join(" ")).into());
    }
    Ok(listeners)
}

/// Passes bytes on between connections here and in the pod, until the pod is lost.
async fn serve(inv: &Invocation, forward: &PortForward, listeners: &[(Listener, u16)]) -> Outcome {
    let mut joined: Vec<(Connection, Connection)> = Vec::new();
    let mut waiting: Vec<_> = listeners.iter().map(|(listener, _)| Box::pin(listener.accept())).collect();
    std::future::poll_fn(|context| {
        for (accept, (listener, remote)) in waiting.iter_mut().zip(listeners) {
            while let Poll::Ready(near) = std::future::Future::poll(accept.as_mut(), context) {
                accept.set(listener.accept());
                inv.out(format!("Handling connection for {}\n", listener.port));
                match (forward.open)(*remote) {
                    Ok(far) => joined.push((near, far)),
                    Err(why) => {
                        let text = format!("an error occurred forwarding {} -> {remote}: {why}", listener.port);
                        inv.log('E', "portforward.go:424", &format!("\"Unhandled Error\" err={text:?}"));
                        near.close();
                    }
                }
            }
        }
        joined.retain(|(near, far)| pass(near, far));
        if (forward.lost)() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    for (near, far) in &joined {
        near.close();
        far.close();
    }
    Err("lost connection to pod".into())
}

/// Passes on what is there in both directions; false once both sides are done.
fn pass(near: &Connection, far: &Connection) -> bool {
    let mut open = false;
    for (from, to) in [(&near.input, &far.output), (&far.input, &near.output)] {
        let bytes = from.take();
        if !bytes.is_empty() {
            to.write(&bytes);
        }
        if from.is_drained() {
            to.end();
        } else {
            open |= !to.is_broken();
        }
    }
    open
}
