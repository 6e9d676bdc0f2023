//! `scale`: how many replicas, in one form for every kind that has them.

use super::{ApiServer, Operation, Request, Verb};
use crate::api::route::finish;
use crate::api::server::Answer;
use crate::api::table::{self, Form};
use crate::api::{body, patch};
use crate::json;
use crate::kinds::Column;
use crate::kinds::columns::{AGE, NAME, integer};
use crate::meta::{Errors, Object, Selector, Status, Value};

const COLUMNS: &[Column] = &[
    NAME,
    integer("Desired", "Number of desired pods.", |scale, _| scale.spec()["replicas"].int().into()),
    integer("Available", "Number of available pods.", |scale, _| scale.status()["replicas"].int().into()),
    AGE,
];

/// Where a resource keeps its replicas.
struct Paths {
    spec: Vec<String>,
    status: Vec<String>,
    selector: Vec<String>,
}

fn path(text: &str) -> Vec<String> {
    text.split('.').filter(|part| !part.is_empty()).map(String::from).collect()
}

fn at<'a>(object: &'a Object, path: &[String]) -> &'a Value {
    path.iter().fold(&object.0, |value, key| &value[key.as_str()])
}

fn paths(op: &Operation) -> Paths {
    match op.resource.definition() {
        Some(definition) => {
            let scale = &definition.subresources["scale"];
            Paths {
                spec: path(scale["specReplicasPath"].str()),
                status: path(scale["statusReplicasPath"].str()),
                selector: path(scale["labelSelectorPath"].str()),
            }
        }
        None => Paths { spec: path("spec.replicas"), status: path("status.replicas"), selector: path("spec.selector") },
    }
}

/// The `Scale` of an object.
fn scale_of(op: &Operation, object: &Object) -> Result<Object, Status> {
    let paths = paths(op);
    let replicas = at(object, &paths.spec);
    if replicas.is_null() && op.resource.definition().is_some() {
        return Err(Status::internal(format!(
            "the spec replicas field {:?} does not exist",
            format!(".{}", paths.spec.join("."))
        )));
    }
    let selector = match at(object, &paths.selector) {
        _ if paths.selector.is_empty() => String::new(),
        Value::String(text) => text.to_string(),
        value @ Value::Object(map) if map.contains_key("matchLabels") || map.contains_key("matchExpressions") => {
            Selector::from_value(value).map(|selector| selector.to_string()).unwrap_or_default()
        }
        value => Selector::from_map(value).to_string(),
    };
    let mut metadata = Value::object();
    for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        let value = object.at(&["metadata", field]);
        if !value.is_null() {
            metadata[field] = value.clone();
        }
    }
    let mut scale = json!({
        "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata,
        "spec": {}, "status": {"replicas": (at(object, &paths.status).int())},
    });
    if replicas.int() != 0 {
        scale["spec"]["replicas"] = replicas.clone();
    }
    if !selector.is_empty() {
        scale["status"]["selector"] = selector.into();
    }
    Ok(Object(scale))
}

pub(super) fn answer(server: &mut ApiServer, op: &mut Operation, request: &Request) -> Result<Answer, Status> {
    let old = server.stored(op)?;
    let scale = scale_of(op, &old)?;
    let form = table::wanted(request)?;
    let wanted = match op.verb {
        Verb::Get => return Ok(finish(200, op, present(server, &form, scale)).into()),
        Verb::Update => Object(body::document(request)?.map_err(Status::bad_request)?),
        Verb::Patch => Object(patch::document(op, request, &scale)?),
        _ => return Err(Status::method_not_allowed()),
    };
    let replicas = wanted.at(&["spec", "replicas"]).int();
    if replicas < 0 {
        let mut errors = Errors::default();
        errors.invalid("spec.replicas", &replicas.into(), "must be greater than or equal to 0");
        return Err(Status::invalid("autoscaling", "Scale", &op.name, errors.0));
    }
    let paths = paths(op);
    let spec: Vec<&str> = paths.spec.iter().map(String::as_str).collect();
    let made = server.update(op, &mut |old| {
        let mut object = old.clone();
        object.set(&spec, replicas);
        for field in ["uid", "resourceVersion"] {
            let given = wanted.at(&["metadata", field]);
            if !given.is_empty() {
                object.set(&["metadata", field], given.clone());
            }
        }
        Ok(object)
    })?;
    let scale = scale_of(op, &made)?;
    Ok(finish(200, op, present(server, &form, scale)).into())
}

/// A scale in the form the client wants.
fn present(server: &ApiServer, form: &Form, scale: Object) -> Value {
    table::present_as(form, COLUMNS, scale, server.clock.now())
}
