//! `LimitRanger`: a namespace's defaults and bounds for what containers, pods and claims ask for.

use super::Plugin;
use crate::api::operation::Operation;
use crate::api::server::ApiServer;
use crate::kinds::resource_usage::pod_requirements;
use crate::meta::{Object, Quantity, Status, Value};

pub(super) static PLUGIN: Plugin = Plugin {
    name: "LimitRanger",
    resources: &["pods", "persistentvolumeclaims"],
    mutate: Some(mutate),
    validate: Some(validate),
};

const ANNOTATION: &str = "kubernetes.io/limit-ranger";

/// The limits of the namespace's ranges that are of a type.
fn limits(server: &ApiServer, namespace: &str, kind: &str) -> Vec<Value> {
    let ranges = server.store.list("limitranges", Some(namespace));
    let all = ranges.flat_map(|(_, range)| range["spec"]["limits"].items().iter());
    all.filter(|limit| limit["type"] == *kind).cloned().collect()
}

fn mutate(server: &mut ApiServer, op: &mut Operation, pod: &mut Object, old: Option<&Object>) -> Result<(), Status> {
    if old.is_some() || !op.subresource.is_empty() || !op.resource.is("pods") {
        return Ok(());
    }
    let limits = limits(server, &op.namespace, "Container");
    if limits.is_empty() {
        return Ok(());
    }
    let mut said = Vec::new();
    for list in ["containers", "initContainers"] {
        if pod.at(&["spec", list]).is_empty() {
            continue;
        }
        let word = if list == "containers" { "container" } else { "init container" };
        for container in pod["spec"][list].array_mut() {
            for (field, default) in [("requests", "defaultRequest"), ("limits", "default")] {
                let set = fill(container, field, &limits, default);
                if !set.is_empty() {
                    let kind = field.trim_end_matches('s');
                    said.push(format!("{} {kind} for {word} {}", set.join(", "), container["name"].str()));
                }
            }
        }
    }
    if !said.is_empty() {
        pod.set(&["metadata", "annotations", ANNOTATION], format!("LimitRanger plugin set: {}", said.join("; ")));
    }
    Ok(())
}

/// Sets what the container leaves open, and tells which resources that were.
fn fill(container: &mut Value, field: &str, limits: &[Value], default: &str) -> Vec<String> {
    let mut set = Vec::new();
    for (name, amount) in limits.iter().flat_map(|limit| limit[default].entries()) {
        if !container["resources"][field].has(name) {
            container.set(&["resources", field, name], amount.clone());
            set.push(name.to_string());
        }
    }
    set.sort();
    set
}

fn validate(server: &mut ApiServer, op: &mut Operation, object: &Object, old: Option<&Object>) -> Result<(), Status> {
    if old.is_some() {
        return Ok(());
    }
    let mut errors = Vec::new();
    if op.resource.is("pods") {
        let containers = limits(server, &op.namespace, "Container");
        for list in ["containers", "initContainers"] {
            for container in object.spec()[list].items() {
                let resources = &container["resources"];
                containers
                    .iter()
                    .for_each(|limit| check(limit, &resources["requests"], &resources["limits"], &mut errors));
            }
        }
        let pods = limits(server, &op.namespace, "Pod");
        if !pods.is_empty() {
            let (requests, limits) = pod_requirements(object);
            pods.iter().for_each(|limit| check(limit, &requests, &limits, &mut errors));
        }
    } else {
        let requests = &object.spec()["resources"]["requests"];
        for limit in limits(server, &op.namespace, "PersistentVolumeClaim") {
            check_minimum(&limit, requests, &Value::Null, &mut errors);
            for (name, most) in limit["max"].entries() {
                let asked = requests.get(name.as_str()).map(Quantity::of);
                match asked {
                    None => errors.push(bound("maximum", name, &limit, most, ".  No request is specified")),
                    Some(asked) if asked > Quantity::of(most) => {
                        errors.push(bound("maximum", name, &limit, most, &format!(", but request is {asked}")));
                    }
                    Some(_) => {}
                }
            }
        }
    }
    let why = match errors.as_slice() {
        [] => return Ok(()),
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    };
    Err(op.forbidden(object.name(), &why))
}

fn bound(word: &str, name: &str, limit: &Value, amount: &Value, rest: &str) -> String {
    format!("{word} {name} usage per {} is {}{rest}", limit["type"].str(), Quantity::of(amount))
}

fn check_minimum(limit: &Value, requests: &Value, limits: &Value, errors: &mut Vec<String>) {
    for (name, least) in limit["min"].entries() {
        let enforced = Quantity::of(least);
        let of = |map: &Value| map.get(name.as_str()).map(Quantity::of);
        match (of(requests), of(limits)) {
            (None, _) => errors.push(bound("minimum", name, limit, least, ".  No request is specified")),
            (Some(request), _) if request < enforced => {
                errors.push(bound("minimum", name, limit, least, &format!(", but request is {request}")));
            }
            (_, Some(most)) if most < enforced => {
                errors.push(bound("minimum", name, limit, least, &format!(", but limit is {most}")));
            }
            _ => {}
        }
    }
}

fn check(limit: &Value, requests: &Value, limits: &Value, errors: &mut Vec<String>) {
    check_minimum(limit, requests, limits, errors);
    for (name, most) in limit["max"].entries() {
        let enforced = Quantity::of(most);
        let of = |map: &Value| map.get(name.as_str()).map(Quantity::of);
        match (of(limits), of(requests)) {
            (None, _) => errors.push(bound("maximum", name, limit, most, ".  No limit is specified")),
            (Some(given), _) if given > enforced => {
                errors.push(bound("maximum", name, limit, most, &format!(", but limit is {given}")));
            }
            (_, Some(request)) if request > enforced => {
                errors.push(bound("maximum", name, limit, most, &format!(", but request is {request}")));
            }
            _ => {}
        }
    }
    for (name, ratio) in limit["maxLimitRequestRatio"].entries() {
        let of = |map: &Value| map.get(name.as_str()).map(Quantity::of).filter(|amount| !amount.is_zero());
        let text = |rest: &str| {
            format!(
                "{name} max limit to request ratio per {} is {}, but {rest}",
                limit["type"].str(),
                Quantity::of(ratio)
            )
        };
        match (of(requests), of(limits)) {
            (None, _) => errors.push(text("no request is specified or request is 0")),
            (_, None) => errors.push(text("no limit is specified or limit is 0")),
            (Some(request), Some(most)) => {
                let provided = most.as_f64() / request.as_f64();
                if provided > Quantity::of(ratio).as_f64() {
                    errors.push(text(&format!("provided ratio is {provided:.6}")));
                }
            }
        }
    }
}
