//! `proxy`: a request passed on to a port of a pod, or of one of a service's pods.

use super::{ApiServer, Operation, Request};
use crate::api::request::{Content, Response};
use crate::api::server::Answer;
use crate::meta::{Object, Status, Value};

/// The name in `[scheme:]name[:port]`, and the port.
fn split(text: &str) -> Result<(String, String), Status> {
    let parts: Vec<&str> = text.split(':').collect();
    let (scheme, name, port) = match parts.as_slice() {
        [name] => ("", *name, ""),
        [name, port] => ("", *name, *port),
        [scheme, name, port] => (*scheme, *name, *port),
        _ => ("?", "", ""),
    };
    match scheme {
        "" | "http" | "https" if !name.is_empty() => Ok((name.into(), port.into())),
        _ => Err(Status::bad_request(format!("invalid proxy request {text:?}"))),
    }
}

fn unavailable(message: String) -> Status {
    Status::new(503, "ServiceUnavailable", message)
}

/// The address and port of a port's first endpoint, and the pod there.
fn endpoint(server: &ApiServer, op: &Operation, asked: &str) -> Result<(Value, Value), Status> {
    let service = server.stored(op)?;
    let ports = service.spec()["ports"].items();
    let port = match ports {
        [only] if asked.is_empty() => Some(only),
        _ => ports.iter().find(|port| port["name"] == asked || port["port"].int().to_string() == asked),
    };
    let missing = || unavailable(format!("no service port {asked:?} found for service {:?}", op.name));
    let name = port.ok_or_else(missing)?["name"].str();
    let endpoints = server.lookup("endpoints", &op.namespace, &op.name);
    let subsets = endpoints.map(|endpoints| endpoints["subsets"].clone()).unwrap_or_default();
    for subset in subsets.items() {
        let port = subset["ports"].items().iter().find(|port| port["name"].str() == name);
        if let (Some(port), Some(address)) = (port, subset["addresses"].items().first()) {
            return Ok((address.clone(), port["port"].clone()));
        }
    }
    Err(unavailable(format!("no endpoints available for service {:?}", op.name)))
}

/// A pod's port: the one asked for, or the first it declares.
fn port_of(pod: &Object, asked: &str) -> Result<u16, Status> {
    if !asked.is_empty() {
        return asked.parse().map_err(|_| Status::bad_request(format!("invalid port {asked:?}")));
    }
    let mut declared = pod.spec()["containers"].items().iter().flat_map(|container| container["ports"].items());
    let first = declared.next().map_or(80, |port| port["containerPort"].int());
    Ok(u16::try_from(first).unwrap_or(80))
}

pub(super) fn answer(server: &mut ApiServer, op: &mut Operation, request: &Request) -> Result<Answer, Status> {
    let (name, asked) = split(&op.name)?;
    op.name = name;
    let (pod, address, port) = match &*op.resource.plural {
        "pods" => {
            let pod = server.stored(op)?;
            let address = pod.status()["podIP"].str().to_string();
            let port = port_of(&pod, &asked)?;
            (Some(pod), address, port)
        }
        "services" => {
            let (address, port) = endpoint(server, op, &asked)?;
            let pod = server.lookup("pods", &op.namespace, address["targetRef"]["name"].str()).cloned();
            (pod, address["ip"].str().to_string(), u16::try_from(port.int()).unwrap_or(0))
        }
        _ => {
            let node = server.stored(op)?;
            let addresses = node.status()["addresses"].items();
            (None, addresses.first().map_or("", |address| address["address"].str()).into(), 10250)
        }
    };
    if address.is_empty() {
        return Err(Status::bad_request("address not allowed"));
    }
    let refused =
        unavailable(format!("error trying to reach service: dial tcp {address}:{port}: connect: connection refused"));
    let Some(nodes) = server.nodes.clone() else { return Err(refused) };
    // Everything up to the subresource is the API server's; what follows is the program's.
    let own = if op.namespace.is_empty() { 6 } else { 8 };
    let target = format!("/{}", request.path.splitn(own + 1, '/').nth(own).unwrap_or_default());
    let Some(pod) = pod else {
        if !op.resource.is("nodes") {
            return Err(refused);
        }
        let node = op.name.clone();
        let serve = move || nodes.serve(&node, &target).unwrap_or_else(|| Response::failure(&refused));
        return Ok(Answer::Proxy(Box::new(serve)));
    };
    let request = request.clone();
    Ok(Answer::Proxy(Box::new(move || match nodes.fetch(&pod, port, &target, request) {
        Ok(later) => Response { code: 200, headers: Vec::new(), content: Content::Later(later) },
        Err(_) => Response::failure(&refused),
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_carry_scheme_and_port() {
        let check = |text: &str, expect: Option<(&str, &str)>| {
            let found = split(text).ok();
            assert_eq!(found.as_ref().map(|(name, port)| (name.as_str(), port.as_str())), expect, "{text}");
        };
        check("web", Some(("web", "")));
        check("web:8080", Some(("web", "8080")));
        check("https:web:main", Some(("web", "main")));
        check("https:web:", Some(("web", "")));
        check("ftp:web:1", None);
        check(":1", None);
        check("a:b:c:d", None);
    }

    #[test]
    fn ports_are_declared_or_80() {
        let pod = Object(crate::json!({"spec": {"containers": [{"name": "a"}, {"ports": [{"containerPort": 8080}]}]}}));
        assert_eq!(port_of(&pod, "").ok(), Some(8080));
        assert_eq!(port_of(&pod, "81").ok(), Some(81));
        assert_eq!(port_of(&Object(crate::json!({})), "").ok(), Some(80));
        assert!(port_of(&pod, "main").is_err());
    }
}
