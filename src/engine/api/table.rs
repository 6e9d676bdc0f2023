//! The forms of an answer: objects whole, their metadata alone, or rows of a `Table`.

use super::request::Request;
use super::resource::{Resource, Source};
use crate::json;
use crate::kinds::Column;
use crate::meta::{Object, Status, Time, Value};

/// How much of each object a table's row carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Include {
    None,
    Metadata,
    Object,
}

/// The form the client wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Whole,
    Metadata,
    Table(Include),
}

/// What the server can write.
const MEDIA_TYPES: &str = "application/json, application/yaml, application/vnd.kubernetes.protobuf";

/// Reads the `Accept` header: the first alternative that can be served wins. Protobuf is passed
/// over, as every client that asks for it also takes JSON.
pub(super) fn wanted(request: &Request) -> Result<Form, Status> {
    let Some(accept) = request.header_value("accept").filter(|accept| !accept.trim().is_empty()) else {
        return Ok(Form::Whole);
    };
    for alternative in accept.split(',') {
        let mut parts = alternative.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default();
        if !matches!(media, "application/json" | "application/yaml" | "application/*" | "*/*") {
            continue;
        }
        let mut parameters = (None, None, None);
        for part in parts {
            match part.split_once('=') {
                Some(("as", value)) => parameters.0 = Some(value),
                Some(("g", value)) => parameters.1 = Some(value),
                Some(("v", value)) => parameters.2 = Some(value),
                _ => {}
            }
        }
        match parameters {
            (None, _, _) => return Ok(Form::Whole),
            (Some("Table"), Some("meta.k8s.io"), Some("v1" | "v1beta1")) => {
                return Ok(Form::Table(match request.param("includeObject") {
                    Some("None") => Include::None,
                    Some("Object") => Include::Object,
                    _ => Include::Metadata,
                }));
            }
            (Some("PartialObjectMetadata" | "PartialObjectMetadataList"), Some("meta.k8s.io"), Some("v1")) => {
                return Ok(Form::Metadata);
            }
            _ => {}
        }
    }
    Err(Status::new(406, "NotAcceptable", format!("only the following media types are accepted: {MEDIA_TYPES}")))
}

fn metadata_alone(object: &Object) -> Value {
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": (&object["metadata"])})
}

/// The headings of a resource's table.
fn columns(resource: &Resource) -> Value {
    match &resource.source {
        Source::Builtin(row) => headings((row.columns)()),
        Source::Custom(definition) => definition.headings(),
    }
}

fn headings(columns: &[Column]) -> Value {
    let heading = |column: &Column| {
        json!({
            "name": (column.name), "type": (column.kind), "format": (column.format),
            "description": (column.description), "priority": (i64::from(column.priority)),
        })
    };
    columns.iter().map(heading).collect()
}

/// An object that no resource stores, in the form wanted.
pub(super) fn present_as(form: &Form, columns: &[Column], object: Object, now: Time) -> Value {
    match form {
        Form::Whole => object.0,
        Form::Metadata => metadata_alone(&object),
        Form::Table(include) => {
            let cells: Value = columns.iter().map(|column| (column.cell)(&object, now)).collect();
            let metadata = json!({"resourceVersion": (object.at(&["metadata", "resourceVersion"]))});
            table(headings(columns), json!([{"cells": cells, "object": (included(&object, *include))}]), metadata)
        }
    }
}

fn included(object: &Object, include: Include) -> Value {
    match include {
        Include::None => Value::Null,
        Include::Metadata => metadata_alone(object),
        Include::Object => object.0.clone(),
    }
}

fn row(resource: &Resource, object: &Object, include: Include, now: Time) -> Value {
    let cells: Value = match &resource.source {
        Source::Builtin(row) => {
            // Columns read the stored form.
            let stored = row.view.as_ref().map(|view| (view.store)(object));
            let object = stored.as_ref().unwrap_or(object);
            match row.cells {
                Some(cells) => cells(object, now),
                None => (row.columns)().iter().map(|column| (column.cell)(object, now)).collect(),
            }
        }
        Source::Custom(definition) => definition.cells(object, now),
    };
    json!({"cells": cells, "object": (included(object, include))})
}

fn table(headings: Value, rows: Value, metadata: Value) -> Value {
    json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
        "columnDefinitions": headings, "rows": rows,
    })
}

/// One object in the form wanted.
pub(super) fn present(form: &Form, resource: &Resource, object: Object, now: Time) -> Value {
    match form {
        Form::Whole => object.0,
        Form::Metadata => metadata_alone(&object),
        Form::Table(_) => present_row(form, resource, object, now, columns(resource)),
    }
}

/// One object as it stands in a watch's event: only the first table carries the headings.
pub(super) fn present_event(form: &Form, resource: &Resource, object: Object, now: Time, first: bool) -> Value {
    match form {
        Form::Table(_) if !first => present_row(form, resource, object, now, Value::Null),
        _ => present(form, resource, object, now),
    }
}

fn present_row(form: &Form, resource: &Resource, object: Object, now: Time, headings: Value) -> Value {
    let Form::Table(include) = form else { return object.0 };
    let metadata = json!({"resourceVersion": (object.at(&["metadata", "resourceVersion"]))});
    table(headings, json!([row(resource, &object, *include, now)]), metadata)
}

/// A list in the form wanted.
pub(super) fn present_list(
    form: &Form,
    resource: &Resource,
    objects: Vec<Object>,
    metadata: Value,
    now: Time,
) -> Value {
    let (kind, api_version, items): (&str, &str, Value) = match form {
        Form::Whole => (&resource.list_kind, &resource.api_version, objects.into_iter().collect()),
        Form::Metadata => ("PartialObjectMetadataList", "meta.k8s.io/v1", objects.iter().map(metadata_alone).collect()),
        Form::Table(include) => {
            let rows = objects.iter().map(|object| row(resource, object, *include, now)).collect();
            return table(columns(resource), rows, metadata);
        }
    };
    json!({"kind": kind, "apiVersion": api_version, "metadata": metadata, "items": items})
}
