//! Bodies: from bytes or documents to the objects that operations are about.

use super::custom;
use super::operation::{FieldValidation, Operation};
use super::request::{Body, Request};
use crate::meta::{Errors, Object, Parsed, Status, Value, parse_json, yaml};
use crate::schema::{Type, decode};

/// How large a body may be.
const LIMIT: usize = 3 * 1024 * 1024;

/// What the server can read.
const MEDIA_TYPES: &str = "application/json, application/yaml, application/vnd.kubernetes.protobuf";

/// The bytes of a body, if it is not too large.
pub(super) fn bytes(request: &Request) -> Result<&[u8], Status> {
    match &request.body {
        Body::Bytes(bytes) if bytes.len() > LIMIT => {
            let text = format!("Request entity too large: limit is {LIMIT}");
            Err(Status::new(413, "RequestEntityTooLarge", text))
        }
        Body::Bytes(bytes) => Ok(bytes),
        Body::Empty | Body::Document(_) => Ok(&[]),
    }
}

/// What a body says, or why it says nothing.
fn parse(request: &Request) -> Result<Result<Parsed, String>, Status> {
    if let Body::Document(document) = &request.body {
        return Ok(Ok(Parsed { value: document.clone(), duplicates: Vec::new() }));
    }
    let bytes = bytes(request)?;
    let media = request.header_value("content-type").unwrap_or_default();
    match media.split(';').next().unwrap_or_default().trim() {
        "" | "application/json" => {
            let parsed = parse_json(bytes);
            Ok(parsed.map_err(|why| format!("couldn't get version/kind; json parse error: {why}")))
        }
        "application/yaml" => {
            let text = String::from_utf8_lossy(bytes);
            let value = yaml::parse(&text).map(|value| Parsed { value, duplicates: Vec::new() });
            Ok(value.map_err(|why| format!("error converting YAML to JSON: {why}")))
        }
        _ => Err(Status::new(
            415,
            "UnsupportedMediaType",
            format!("the body of the request was in an unknown format - accepted media types include: {MEDIA_TYPES}"),
        )),
    }
}

/// The document a body holds, or why it holds none.
pub(super) fn document(request: &Request) -> Result<Result<Value, String>, Status> {
    Ok(parse(request)?.map(|parsed| parsed.value))
}

/// How an error shows the start of a body that could not be read.
fn summary(bytes: &[u8]) -> String {
    const SHOWN: usize = 30;
    let (start, more) = match bytes.get(..SHOWN) {
        Some(start) if bytes.len() > SHOWN => (start, " ..."),
        _ => (bytes, ""),
    };
    match bytes.first() {
        None => "<empty>".into(),
        Some(b'{') => format!("{}{more}", String::from_utf8_lossy(start)),
        Some(_) => start.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + more,
    }
}

/// The object in the body of a create or update, checked against the path and its type.
pub(super) fn object(op: &mut Operation, request: &Request) -> Result<Object, Status> {
    let kind = op.resource.kind.clone();
    let unrecognized = |why: &str| {
        let shown = bytes(request).map(summary).unwrap_or_default();
        Status::bad_request(format!("the object provided is unrecognized (must be of type {kind}): {why} ({shown})"))
    };
    let parsed = parse(request)?.map_err(|why| unrecognized(&why))?;
    if !parsed.value.is_object() {
        let found = match &parsed.value {
            Value::Array(_) => "array",
            Value::String(_) => "string",
            Value::Bool(_) => "bool",
            _ => "number",
        };
        return Err(unrecognized(&format!(
            "couldn't get version/kind; json parse error: json: cannot unmarshal {found} into Go value of type struct \
             {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }}"
        )));
    }
    let mut object = Object(parsed.value);
    check_type(op, &object)?;
    let mut strict: Vec<String> = Vec::new();
    object = typed(op, object, &mut strict).map_err(|why| cannot_be_handled(op, &why))?;
    strict.extend(parsed.duplicates.iter().map(|path| format!("duplicate field {path:?}")));
    settle(op, strict, |op, why| cannot_be_handled(op, &why))?;
    check_place(op, &object)?;
    Ok(object)
}

fn cannot_be_handled(op: &Operation, why: &str) -> Status {
    let kind = &op.resource.kind;
    Status::bad_request(format!("{kind} in version {:?} cannot be handled as a {kind}: {why}", op.resource.version))
}

/// The object as its type reads it; the strict decoding errors are added to `strict`.
pub(super) fn typed(op: &Operation, object: Object, strict: &mut Vec<String>) -> Result<Object, String> {
    match (op.resource.row(), op.resource.definition()) {
        (Some(row), _) => match Type::find(row.schema) {
            Some(ty) => {
                let decoded = decode::check(ty, &object)?;
                strict.extend(decoded.strict_errors());
                Ok(Object(decoded.value))
            }
            None => Ok(object),
        },
        (None, Some(definition)) => custom::decode(definition, object, strict),
        (None, None) => Ok(object),
    }
}

/// Does with strict decoding errors what the client asked for.
pub(super) fn settle(
    op: &mut Operation,
    strict: Vec<String>,
    refuse: impl FnOnce(&Operation, String) -> Status,
) -> Result<(), Status> {
    match op.options.validation {
        FieldValidation::Strict if !strict.is_empty() => {
            let why = format!("strict decoding error: {}", strict.join(", "));
            Err(refuse(op, why))
        }
        FieldValidation::Warn => {
            op.warnings.extend(strict);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Refuses an object of another kind than the path's.
fn check_type(op: &Operation, object: &Object) -> Result<(), Status> {
    let (wanted, given) = (&*op.resource.api_version, object.api_version());
    if !given.is_empty() && given != wanted {
        return Err(Status::bad_request(format!(
            "the API version in the data ({given}) does not match the expected API version ({wanted})"
        )));
    }
    if !object.kind().is_empty() && object.kind() != &*op.resource.kind {
        let (kind, version, own) = (object.kind(), &op.resource.version, &op.resource.kind);
        let known = crate::kinds::of(wanted, kind).is_some();
        let why = if op.resource.definition().is_some() {
            format!("kind {kind:?} does not match the expected kind {own:?}")
        } else if known {
            format!("converting ({version}.{kind}) to (core.{own}): unknown conversion")
        } else {
            format!(
                "no kind {kind:?} is registered for version {wanted:?} in scheme \"pkg/api/legacyscheme/scheme.go:30\""
            )
        };
        return Err(Status::bad_request(format!("{kind} in version {version:?} cannot be handled as a {own}: {why}")));
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

const DELETE_OPTIONS: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions";
/// What may become of what a deleted object owns.
const POLICIES: &[&str] = &["Foreground", "Background", "Orphan", "nil"];

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
    if let Some(ty) = Type::find(DELETE_OPTIONS) {
        options = decode::check(ty, &options).map_err(Status::bad_request)?.value;
    }
    let mut errors = Errors::default();
    let policy = &options["propagationPolicy"];
    if !policy.is_null() && !options["orphanDependents"].is_null() {
        errors.invalid("propagationPolicy", policy, "orphanDependents and deletionPropagation cannot be both set");
    } else if !policy.is_null() && !POLICIES.contains(&policy.str()) {
        errors.not_supported("propagationPolicy", policy, POLICIES);
    }
    if !errors.is_empty() {
        return Err(Status::invalid("meta.k8s.io", "DeleteOptions", "", errors.0));
    }
    op.options.dry_run |= options["dryRun"].items().iter().any(|value| *value == "All");
    Ok(options)
}
