//! Patches: JSON patch, merge patch, strategic merge patch, apply.

use super::body;
use super::operation::Operation;
use super::request::{Body, Request};
use super::server::ApiServer;
use crate::meta::patch::{json_patch, merge_patch, strategic_patch};
use crate::meta::{Errors, Object, Status, Value, go_print};
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
    let media = request.header_value("content-type").unwrap_or("application/strategic-merge-patch+json");
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
    Value::from_json(body::bytes(request)?).map_err(|error| Status::bad_request(error.to_string()))
}

/// 422 without a word on what is wrong, as a failed JSON patch gives it.
fn unprocessable(why: String) -> Status {
    let mut status = Status::new(422, "Invalid", "the server rejected our request due to an error in our request");
    status.details = crate::json!({"causes": [{"message": why}]});
    status
}

fn invalid(patch: &Value, why: &str) -> Status {
    let mut errors = Errors::default();
    errors.invalid("patch", &go_print(patch).into(), why);
    let mut status = Status::invalid("", "", "", errors.0);
    status.message = status.message.replacen(" \"\" is invalid: ", "", 1);
    status
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

impl ApiServer {
    /// Applies the patch of a request. Tells whether that created the object.
    pub(super) fn patch(&mut self, op: &mut Operation, request: &Request) -> Result<(Object, bool), Status> {
        let form = form(op, request)?;
        let patch = read(request)?;
        self.edit(op, form, &patch).map(|object| (object, false))
    }

    /// Applies a strategic merge patch, or a merge patch where there is no schema to be strategic by.
    pub(super) fn patch_strategic(&mut self, op: &mut Operation, patch: &Value) -> Result<Object, Status> {
        let form = if op.resource.definition().is_some() { Form::Merge } else { Form::Strategic };
        self.edit(op, form, patch)
    }

    fn edit(&mut self, op: &mut Operation, form: Form, patch: &Value) -> Result<Object, Status> {
        let by = op.sub(op.verb, &op.resource, &op.namespace, &op.name);
        self.update(op, &mut |old| apply(&by, form, patch, old).map(Object))
    }
}
