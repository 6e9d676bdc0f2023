//! Bodies: from bytes or documents to the objects that operations are about.

use super::operation::Operation;
use super::request::{Body, Request};
use crate::meta::{Object, Status, Value};

/// How large a body may be.
const LIMIT: usize = 3 * 1024 * 1024;

/// What the server can read.
const MEDIA_TYPES: &str = "application/json, application/yaml, application/vnd.kubernetes.protobuf";

/// The bytes of a body, if it is not too large.
pub(super) fn bytes(request: &Request) -> Result<&[u8], Status> {
    match &request.body {
        Body::Bytes(bytes) if bytes.len() > LIMIT => {
            Err(Status::new(413, "RequestEntityTooLarge", format!("Request entity too large: limit is {LIMIT}")))
        }
        Body::Bytes(bytes) => Ok(bytes),
        Body::Empty | Body::Document(_) => Ok(&[]),
    }
}

/// The document a body holds, or why it holds none.
pub(super) fn document(request: &Request) -> Result<Result<Value, String>, Status> {
    if let Body::Document(document) = &request.body {
        return Ok(Ok(document.clone()));
    }
    let bytes = bytes(request)?;
    let media = request.header_value("content-type").unwrap_or_default();
    match media.split(';').next().unwrap_or_default().trim() {
        "" | "application/json" => Ok(Value::from_json(bytes).map_err(|error| error.to_string())),
        "application/yaml" => Ok(serde_yaml::from_slice(bytes).map_err(|error| error.to_string())),
        _ => Err(Status::new(
            415,
            "UnsupportedMediaType",
            format!("the body of the request was in an unknown format - accepted media types include: {MEDIA_TYPES}"),
        )),
    }
}

/// The object in the body of a create or update, checked against the path.
pub(super) fn object(op: &mut Operation, request: &Request) -> Result<Object, Status> {
    let kind = op.resource.kind.clone();
    let document = document(request)?.map_err(|why| {
        Status::bad_request(format!("the object provided is unrecognized (must be of type {kind}): {why}"))
    })?;
    let object = Object(document);
    check_type(op, &object)?;
    check_place(op, &object)?;
    Ok(object)
}

/// Refuses an object of another kind than the path's.
fn check_type(op: &Operation, object: &Object) -> Result<(), Status> {
    let (wanted, given) = (&*op.resource.api_version, object.api_version());
    if !object.is_object() {
        return Err(Status::bad_request(format!(
            "{} in version {:?} cannot be handled as a {}: json: cannot unmarshal {} into Go value of type v1.{}",
            op.resource.kind,
            op.resource.version,
            op.resource.kind,
            if object.is_array() { "array" } else { "string" },
            op.resource.kind,
        )));
    }
    if !given.is_empty() && given != wanted {
        return Err(Status::bad_request(format!(
            "the API version in the data ({given}) does not match the expected API version ({wanted})"
        )));
    }
    if !object.kind().is_empty() && object.kind() != &*op.resource.kind {
        let (kind, version) = (object.kind(), &op.resource.version);
        return Err(Status::bad_request(format!(
            "{kind} in version {version:?} cannot be handled as a {}: converting ({version}.{kind}) to (core.{}): unknown conversion",
            op.resource.kind, op.resource.kind,
        )));
    }
    Ok(())
}

/// Refuses an object of another name or namespace than the path's.
fn check_place(op: &Operation, object: &Object) -> Result<(), Status> {
    let (name, namespace) = (object.name(), object.namespace());
    if !op.name.is_empty() {
        if name.is_empty() {
            return Err(Status::bad_request("name must be provided"));
        }
        if name != op.name {
            return Err(Status::bad_request(format!(
                "the name of the object ({name}) does not match the name on the URL ({})",
                op.name
            )));
        }
    }
    if op.resource.namespaced && !namespace.is_empty() && namespace != op.namespace {
        return Err(Status::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    Ok(())
}

/// The options of a deletion, from the body or the query.
pub(super) fn delete_options(op: &mut Operation, request: &Request) -> Result<Value, Status> {
    let mut options = match &request.body {
        Body::Empty => Value::object(),
        Body::Bytes(bytes) if bytes.is_empty() => Value::object(),
        _ => document(request)?.map_err(Status::bad_request)?,
    };
    for key in ["propagationPolicy", "gracePeriodSeconds", "orphanDependents"] {
        if let Some(text) = request.param(key) {
            let value = Value::from_json(text.as_bytes()).ok().filter(|value| !value.is_object());
            options.set(&[key], value.unwrap_or_else(|| text.into()));
        }
    }
    op.options.dry_run |= options["dryRun"].items().iter().any(|value| *value == "All");
    Ok(options)
}
