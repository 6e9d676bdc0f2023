//! The output of `kubectl explain --output=plaintext-openapiv2`: how kubectl explained before 1.27.

use super::wrap;
use super::{Document, no_field};
use crate::api::{Method, Request};
use crate::kubectl::discovery::Resource;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::Invocation;
use crate::meta::Value;

/// How far fields stand in, and their fields behind them.
const FIELD: usize = 3;
/// How far descriptions stand in.
const DESCRIPTION: usize = 5;
/// How long a line may be.
const WIDTH: usize = 80;

pub(super) fn explain(inv: &Invocation, resource: &Resource, path: &[String]) -> Outcome {
    let whole = inv.request(Request::new(Method::Get, "/openapi/v2"))?;
    let document = Document { schemas: &whole["definitions"] };
    let (api_version, kind) = (resource.api_version(), &resource.kind);
    let Some(schema) = document.of_kind(resource) else {
        let (group, version) = (&resource.group, &resource.version);
        return Err(Failure::new(format!("couldn't find resource for \"{group}/{version}, Kind={kind}\"")));
    };
    let found = look_up(&document, schema, path)?;
    let mut text = format!("KIND:     {kind}\nVERSION:  {api_version}\n\n");
    let mut descriptions = Vec::new();
    let target = innermost(&document, found, &mut descriptions);
    let (name, ty) = (path.last(), type_of(&document, found));
    let shape = Shape::of(target);
    match (shape, name) {
        (Shape::Kind, Some(name)) => text += &format!("RESOURCE: {name} <{ty}>\n\n"),
        (Shape::Primitive, name) => {
            text += &format!("FIELD:    {} <{ty}>\n\n", name.map(String::as_str).unwrap_or_default());
        }
        _ => {}
    }
    text += "DESCRIPTION:\n";
    if descriptions.iter().all(|description| description.is_empty()) {
        descriptions = vec!["<empty>"];
    }
    for (at, description) in descriptions.iter().enumerate().filter(|(_, description)| !description.is_empty()) {
        if at > 0 {
            text += "\n";
        }
        paragraph(description, DESCRIPTION, &mut text);
    }
    if shape == Shape::Kind {
        text += "\nFIELDS:\n";
        if inv.flags.bool("recursive") {
            names(&document, target, FIELD, &mut Vec::new(), &mut text);
        } else {
            fields(&document, target, &mut text);
        }
    }
    inv.out(text);
    Ok(())
}

/// What a schema describes.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Kind,
    Array,
    Map,
    Primitive,
    Arbitrary,
}

impl Shape {
    fn of(schema: &Value) -> Shape {
        match schema["type"].str() {
            "array" => Shape::Array,
            "object" | "" if schema["properties"].is_object() => Shape::Kind,
            "object" => Shape::Map,
            "" => Shape::Arbitrary,
            _ => Shape::Primitive,
        }
    }
}

/// The schema of what an array, a map or a reference holds.
fn inner<'a>(document: &Document<'a>, schema: &'a Value) -> Option<&'a Value> {
    if !Document::reference(schema).is_empty() {
        return Some(document.resolve(schema));
    }
    let inner = match Shape::of(schema) {
        Shape::Array => &schema["items"],
        Shape::Map => &schema["additionalProperties"],
        _ => return None,
    };
    Some(inner)
}

/// Goes through arrays, maps and references to what they hold, collecting descriptions.
fn innermost<'a>(document: &Document<'a>, schema: &'a Value, descriptions: &mut Vec<&'a str>) -> &'a Value {
    descriptions.push(schema["description"].str());
    match inner(document, schema) {
        Some(inner) => innermost(document, inner, descriptions),
        None => schema,
    }
}

fn look_up<'a>(document: &Document<'a>, schema: &'a Value, path: &[String]) -> Outcome<&'a Value> {
    let Some((first, rest)) = path.split_first() else { return Ok(schema) };
    match (inner(document, schema), schema["properties"].get(first.as_str())) {
        (Some(inner), _) => look_up(document, inner, path),
        (None, Some(field)) => look_up(document, field, rest),
        (None, None) => Err(no_field(path.get(..1).unwrap_or_default())),
    }
}

/// What a schema's type is called.
fn type_of(document: &Document, schema: &Value) -> String {
    if !Document::reference(schema).is_empty() {
        return type_of(document, document.resolve(schema));
    }
    match Shape::of(schema) {
        Shape::Kind => "Object".into(),
        Shape::Array => format!("[]{}", type_of(document, &schema["items"])),
        Shape::Map => format!("map[string]{}", type_of(document, &schema["additionalProperties"])),
        Shape::Primitive => schema["type"].str().into(),
        Shape::Arbitrary => String::new(),
    }
}

fn fields(document: &Document, schema: &Value, text: &mut String) {
    for (name, field) in schema["properties"].entries() {
        let required = schema["required"].items().iter().any(|required| *required == **name);
        let mark = if required { " -required-" } else { "" };
        *text += &format!("{}\t<{}>{mark}\n", wrap::indent(FIELD, name), type_of(document, field));
        paragraph(field["description"].str(), DESCRIPTION, text);
        *text += "\n";
    }
}

/// The names of all fields below; `seen` are the types that this stands within.
fn names<'a>(document: &Document<'a>, schema: &'a Value, margin: usize, seen: &mut Vec<&'a str>, text: &mut String) {
    let reference = Document::reference(schema);
    if !reference.is_empty() && seen.contains(&reference) {
        return;
    }
    seen.push(reference);
    if let Some(inner) = inner(document, schema) {
        names(document, inner, margin, seen, text);
    } else {
        for (name, field) in schema["properties"].entries() {
            *text += &format!("{}\t<{}>\n", wrap::indent(margin, name), type_of(document, field));
            names(document, field, margin + FIELD, seen, text);
        }
    }
    seen.pop();
}

fn paragraph(description: &str, margin: usize, text: &mut String) {
    for line in wrap::paragraphs(WIDTH - margin, description) {
        if !line.is_empty() {
            *text += &wrap::indent(margin, &line);
        }
        *text += "\n";
    }
}
