//! What the kubelet on a pod's node answers: `log`, `exec`, `attach`, `portforward`.

use super::{ApiServer, Operation, Request};
use crate::api::request::{Content, Response};
use crate::api::server::{Answer, NodeProxy};
use crate::meta::{Errors, Object, Status, Value};
use std::rc::Rc;

/// The query parameters of `log` that count something.
const AMOUNTS: &[(&str, i64, &str)] = &[
    ("tailLines", 0, "must be greater than or equal to 0"),
    ("limitBytes", 1, "must be greater than 0"),
    ("sinceSeconds", 1, "must be greater than 0"),
];

fn names(pod: &Object, field: &str) -> Vec<String> {
    pod.spec()[field].items().iter().map(|container| container["name"].str().to_string()).collect()
}

/// The container that is meant: the one named, or the only one.
fn container(pod: &Object, asked: &str) -> Result<String, Status> {
    let containers = names(pod, "containers");
    let init = names(pod, "initContainers");
    if !asked.is_empty() {
        let known = containers.iter().chain(&init).chain(&names(pod, "ephemeralContainers")).any(|name| name == asked);
        return if known {
            Ok(asked.into())
        } else {
            Err(Status::bad_request(format!("container {asked} is not valid for pod {}", pod.name())))
        };
    }
    match containers.as_slice() {
        [] => Err(Status::bad_request(format!("a container name must be specified for pod {}", pod.name()))),
        [only] => Ok(only.clone()),
        all => {
            let mut text = format!(
                "a container name must be specified for pod {}, choose one of: [{}]",
                pod.name(),
                all.join(" ")
            );
            if !init.is_empty() {
                text += &format!(" or one of the init containers: [{}]", init.join(" "));
            }
            Err(Status::bad_request(text))
        }
    }
}

/// The kubelets, if the pod has been assigned to one.
fn kubelet(server: &ApiServer, pod: &Object) -> Result<Rc<dyn NodeProxy>, Status> {
    if pod.at(&["spec", "nodeName"]).str().is_empty() {
        return Err(Status::bad_request(format!("pod {} does not have a host assigned", pod.name())));
    }
    server.nodes.clone().ok_or_else(|| Status::new(503, "ServiceUnavailable", "no kubelet is connected"))
}

fn respond(content: Result<Content, Status>) -> Response {
    match content {
        Ok(content) => Response { code: 200, headers: Vec::new(), content },
        Err(status) => Response::failure(&status),
    }
}

pub(super) fn log(server: &mut ApiServer, op: &mut Operation, request: &Request) -> Result<Answer, Status> {
    let pod = server.stored(op)?;
    check_amounts(op, request)?;
    let container = container(&pod, request.param("container").unwrap_or_default())?;
    let text = |bytes| Content::Bytes { kind: "text/plain".into(), bytes };
    if pod.at(&["spec", "nodeName"]).str().is_empty() {
        return Ok(respond(Ok(text(Vec::new()))).into());
    }
    let nodes = kubelet(server, &pod)?;
    let request = request.clone();
    let follow = request.flag("follow");
    Ok(Answer::Proxy(Box::new(move || {
        let pipe = nodes.logs(&pod, &container, &request);
        respond(pipe.map(|pipe| if follow { Content::Stream(pipe) } else { text(pipe.take()) }))
    })))
}

fn check_amounts(op: &Operation, request: &Request) -> Result<(), Status> {
    let mut errors = Errors::default();
    for (key, least, why) in AMOUNTS {
        let Some(text) = request.param(key) else { continue };
        match text.parse::<i64>() {
            Ok(number) if number < *least => errors.invalid(key, &Value::Int(number), why),
            Ok(_) => {}
            Err(_) => {
                let why = format!("strconv.ParseInt: parsing {text:?}: invalid syntax");
                return Err(Status::bad_request(format!("unable to decode the query parameter {key}: {why}")));
            }
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Status::invalid("", "PodLogOptions", &op.name, errors.0)) }
}

pub(super) fn exec(server: &mut ApiServer, op: &mut Operation, request: &Request) -> Result<Answer, Status> {
    let pod = server.stored(op)?;
    let container = container(&pod, request.param("container").unwrap_or_default())?;
    let command: Vec<String> =
        request.query.iter().filter(|(key, _)| key == "command").map(|(_, value)| value.clone()).collect();
    if op.subresource == "exec" && command.is_empty() {
        return Err(Status::bad_request("you must specify at least one command"));
    }
    let flag = |key: &str| request.flag(key);
    if !["stdin", "stdout", "stderr"].into_iter().any(flag) {
        return Err(Status::bad_request("you must specify at least 1 of stdin, stdout, stderr"));
    }
    let tty = flag("tty");
    let nodes = kubelet(server, &pod)?;
    Ok(Answer::Proxy(Box::new(move || respond(nodes.exec(&pod, &container, &command, tty).map(Content::Exec)))))
}

pub(super) fn port_forward(server: &mut ApiServer, op: &mut Operation, _: &Request) -> Result<Answer, Status> {
    let pod = server.stored(op)?;
    let nodes = kubelet(server, &pod)?;
    Ok(Answer::Proxy(Box::new(move || respond(nodes.port_forward(&pod).map(Content::PortForward)))))
}
