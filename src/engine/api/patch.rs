//! Patches: JSON patch, merge patch, strategic merge patch, apply.

use super::body;
use super::operation::{Operation, Verb};
use super::request::{Body, Request};
use super::resource::{Resource, Source};
use super::server::ApiServer;
use crate::meta::managed::{self, Applier, Model};
use crate::meta::patch::{json_patch, merge_patch, strategic_patch};
use crate::meta::{Errors, Object, Status, Value, go_print, parse_json, yaml};
use crate::schema::Type;

/// How many operations a JSON patch may have.
const MOST_OPERATIONS: usize = 10_000;

/// The kinds of patches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Json,
    Merge,
    Strategic,
    Apply,
}

const FORMS: &[(&str, Form)] = &[
    ("application/json-patch+json", Form::Json),
    ("application/merge-patch+json", Form::Merge),
    ("application/strategic-merge-patch+json", Form::Strategic),
    ("application/apply-patch+yaml", Form::Apply),
];

/// The form of a request's patch, if the resource takes it.
fn form(op: &Operation, request: &Request) -> Result<Form, Status> {
    let custom = op.resource.definition().is_some();
    let usual = if custom { "application/merge-patch+json" } else { "application/strategic-merge-patch+json" };
    let media = request.header_value("content-type").unwrap_or(usual);
    let media = media.split(';').next().unwrap_or_default().trim();
    let served = |form: Form| !(custom && form == Form::Strategic);
    FORMS.iter().find(|(name, form)| *name == media && served(*form)).map(|(_, form)| *form).ok_or_else(|| {
        let known: Vec<&str> = FORMS.iter().filter(|(_, form)| served(*form)).map(|(name, _)| *name).collect();
        Status::new(
            415,
            "UnsupportedMediaType",
            format!(
                "the body of the request was in an unknown format - accepted media types include: {}",
                known.join(", ")
            ),
        )
    })
}

/// The patch itself.
fn read(request: &Request) -> Result<Value, Status> {
    if let Body::Document(document) = &request.body {
        return Ok(document.clone());
    }
    parse_json(body::bytes(request)?).map(|parsed| parsed.value).map_err(Status::bad_request)
}

/// 422 without a word on what is wrong, as a failed JSON patch gives it.
fn unprocessable(_: String) -> Status {
    let mut status = Status::new(422, "Invalid", "the server rejected our request due to an error in our request");
    status.details = Value::object();
    status
}

fn invalid(patch: &Value, why: &str) -> Status {
    invalid_text(&go_print(patch), why)
}

fn invalid_text(shown: &str, why: &str) -> Status {
    let mut errors = Errors::default();
    errors.invalid("patch", &shown.into(), why);
    Status::invalid("", "", "", errors.0)
}

/// What a patch that is no apply makes of a document.
fn apply(op: &Operation, form: Form, patch: &Value, document: &Object) -> Result<Value, Status> {
    match form {
        Form::Json => {
            if !patch.is_array() {
                return Err(Status::bad_request(
                    "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
                ));
            }
            if patch.items().len() > MOST_OPERATIONS {
                let text = format!(
                    "The allowed maximum operations in a JSON patch is {MOST_OPERATIONS}, got {}",
                    patch.items().len()
                );
                return Err(Status::new(413, "RequestEntityTooLarge", text));
            }
            json_patch(document, patch).map_err(unprocessable)
        }
        _ if !patch.is_object() => {
            let kind = match patch {
                Value::Array(_) => "array",
                Value::String(_) => "string",
                Value::Bool(_) => "bool",
                _ => "number",
            };
            Err(Status::bad_request(format!(
                "json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}"
            )))
        }
        Form::Strategic => {
            let ty = op.resource.row().and_then(|row| Type::find(row.schema));
            strategic_patch(document, patch, ty).map_err(|why| invalid(patch, &why))
        }
        Form::Merge | Form::Apply => Ok(merge_patch(document, patch)),
    }
}

/// What a request's patch makes of a document that is not stored itself, such as a `Scale`.
pub(super) fn document(op: &Operation, request: &Request, document: &Object) -> Result<Value, Status> {
    let form = form(op, request).or_else(|status| match request.header_value("content-type") {
        Some("application/strategic-merge-patch+json") => Ok(Form::Merge),
        _ => Err(status),
    })?;
    let form = if form == Form::Strategic { Form::Merge } else { form };
    apply(op, form, &read(request)?, document)
}

/// How the fields of a resource merge.
pub(super) fn model(resource: &Resource) -> Model {
    match &resource.source {
        Source::Builtin(row) => Type::find(row.schema).map_or(Model::Unknown, Model::Type),
        Source::Custom(definition) => Model::custom(&definition.schema),
    }
}

/// The operation's user as a manager of fields.
pub(super) fn applier<'a>(server: &ApiServer, op: &'a Operation) -> Applier<'a> {
    let ignored: &[&str] = match op.subresource.as_str() {
        "" if op.resource.has_subresource("status") => &["status"],
        "status" => &["spec"],
        _ => &[],
    };
    Applier {
        manager: &op.options.manager,
        api_version: &op.resource.api_version,
        subresource: &op.subresource,
        ignored,
        now: server.clock.now(),
    }
}

/// The error of the converter from maps to Go objects, where that of the JSON decoder is `why`.
fn converter_error(why: &str) -> String {
    let Some((found, wanted)) = why
        .strip_prefix("json: cannot unmarshal ")
        .and_then(|rest| Some((rest.split(' ').next()?, rest.rsplit_once(" of type ")?.1)))
    else {
        return format!("error decoding from json: {why}");
    };
    let (kind, go) = match found {
        "number" => ("int64", "int64"),
        "object" => ("map", "map[string]interface {}"),
        "array" => ("slice", "[]interface {}"),
        other => (other, other),
    };
    if wanted.starts_with("[]") {
        format!("cannot restore slice from {kind}")
    } else if wanted.starts_with("map[") {
        format!("cannot restore map from {kind}")
    } else if wanted.contains('.') && found != "number" {
        format!("cannot restore struct from: {kind}")
    } else if found == "number" && wanted != "bool" {
        format!("cannot convert {go} to {wanted}")
    } else {
        format!("unrecognized type: {wanted}")
    }
}

impl ApiServer {
    /// Applies the patch of a request. Tells whether that created the object.
    pub(super) fn patch(&mut self, op: &mut Operation, request: &Request) -> Result<(Object, bool), Status> {
        let form = form(op, request)?;
        if form == Form::Apply {
            return self.apply(op, request);
        }
        if op.options.force {
            let mut errors = Errors::default();
            errors.forbidden("force", "may not be specified for non-apply patch");
            return Err(Status::invalid("meta.k8s.io", "PatchOptions", "", errors.0));
        }
        let patch = read(request)?;
        let by = op.sub(op.verb, &op.resource, &op.namespace, &op.name);
        let mut strict = Vec::new();
        let object = self.stored(op).and_then(|old| patched(&by, form, &patch, &old, &mut strict))?;
        body::settle(op, strict, |_, why| invalid(&patch, &why))?;
        self.update(op, &mut |_| Ok(object.clone())).map(|object| (object, false))
    }

    /// Applies a strategic merge patch, or a merge patch where there is no schema to be strategic by.
    pub(super) fn patch_strategic(&mut self, op: &mut Operation, patch: &Value) -> Result<Object, Status> {
        let form = if op.resource.definition().is_some() { Form::Merge } else { Form::Strategic };
        let by = op.sub(op.verb, &op.resource, &op.namespace, &op.name);
        self.update(op, &mut |old| apply(&by, form, patch, old).map(Object))
    }

    /// Server-side apply: the manager says what it wants, and comes to own just that.
    fn apply(&mut self, op: &mut Operation, request: &Request) -> Result<(Object, bool), Status> {
        if request.param("fieldManager").unwrap_or_default().is_empty() {
            let mut errors = Errors::default();
            errors.required("fieldManager", "is required for apply patch");
            return Err(Status::invalid("meta.k8s.io", "PatchOptions", "", errors.0));
        }
        let config = match &request.body {
            Body::Document(document) => document.clone(),
            _ => yaml::parse(&String::from_utf8_lossy(body::bytes(request)?))
                .map_err(|why| Status::bad_request(format!("error decoding YAML: {why}")))?,
        };
        if !config.is_object() {
            return Err(Status::bad_request("error decoding YAML: patch is no object"));
        }
        let config = Object(config);
        check_config(op, &config)?;
        let live = self.stored(op).ok();
        let old = live.as_ref().map_or(Value::Null, |live| live.0.clone());
        self.check_uid(op, config.uid(), live.as_ref().map_or("", |live| live.uid()))?;
        let result = managed::apply(&old, &config, &model(&op.resource), &applier(self, op), op.options.force);
        let place = if op.namespace.is_empty() { String::new() } else { format!("{}/", op.namespace) };
        let kind = format!("{}, Kind={}", op.resource.api_version, op.resource.kind);
        let merged = result.map_err(|failure| failure.status(&format!("{place}{}", op.name), &kind))?;
        let mut strict = Vec::new();
        let object = body::typed(op, Object(merged), &mut strict).map_err(|why| {
            Status::new(500, "", format!("failed to create typed patch object ({place}{}; {kind}): {why}", op.name))
        })?;
        op.options.applied = true;
        if live.is_none() {
            if !op.subresource.is_empty() {
                return Err(op.not_found());
            }
            op.verb = Verb::Create;
            return self.create(op, object).map(|object| (object, true));
        }
        self.update(op, &mut |_| Ok(object.clone())).map(|object| (object, false))
    }
}

/// Refuses to apply a document that is another object than the path's.
fn check_config(op: &Operation, config: &Object) -> Result<(), Status> {
    if !config.at(&["metadata", "managedFields"]).is_empty() {
        return Err(Status::bad_request("metadata.managedFields must be nil"));
    }
    if *config.api_version() != *op.resource.api_version || *config.kind() != *op.resource.kind {
        return Err(Status::bad_request(format!(
            "Incorrect object type in patch: {}, Kind={}, expected: {}, Kind={}",
            config.api_version(),
            config.kind(),
            op.resource.api_version,
            op.resource.kind,
        )));
    }
    let (name, namespace) = (config.name(), config.namespace());
    if !name.is_empty() && name != op.name {
        return Err(Status::bad_request(format!(
            "the name of the object ({name}) does not match the name on the URL ({})",
            op.name
        )));
    }
    if !namespace.is_empty() && namespace != op.namespace {
        return Err(Status::bad_request(format!(
            "the namespace of the object ({namespace}) does not match the namespace on the request ({})",
            op.namespace
        )));
    }
    Ok(())
}

/// What a patch makes of an object, as its type reads it.
fn patched(
    op: &Operation,
    form: Form,
    patch: &Value,
    old: &Object,
    strict: &mut Vec<String>,
) -> Result<Object, Status> {
    let object = Object(apply(op, form, patch, old)?);
    body::typed(op, object.clone(), strict).map_err(|why| match form {
        Form::Strategic => invalid(patch, &converter_error(&why)),
        _ => invalid_text(&object.to_json(), &why),
    })
}
