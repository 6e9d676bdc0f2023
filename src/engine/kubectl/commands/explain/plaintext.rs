//! The output of `kubectl explain`: what the real one's template `plaintext` makes of a schema.

use super::wrap::{indent, words};
use super::{Document, no_field};
use crate::kubectl::discovery::Resource;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::Invocation;
use crate::meta::Value;

/// How many values of an enumeration a list of fields shows.
const ENUM_LIMIT: usize = 4;

pub(super) fn explain(inv: &Invocation, document: &Document, resource: &Resource, path: &[String]) -> Outcome {
    let (group, version, kind) = (&resource.group, &resource.version, &resource.kind);
    if !group.is_empty() {
        inv.out(format!("GROUP:      {group}\n"));
    }
    inv.out(format!("KIND:       {kind}\nVERSION:    {version}\n\n"));
    let Some(schema) = document.of_kind(resource) else {
        let gvk = format!("map[group:{group} kind:{kind} version:{version}]");
        return Err(Failure::new(format!("error: GVK {gvk} not found in OpenAPI schema")));
    };
    let template = Template { document, recursive: inv.flags.bool("recursive") };
    let text = template.output(schema, path).ok_or_else(|| no_field(path))?;
    inv.out(text + "\n");
    Ok(())
}

struct Template<'a> {
    document: &'a Document<'a>,
    recursive: bool,
}

impl<'a> Template<'a> {
    /// The texts about the field at a path below a schema; nothing if there is none.
    fn output(&self, schema: &'a Value, path: &[String]) -> Option<String> {
        let resolved = self.document.resolve(schema);
        let Some((first, rest)) = path.split_first() else {
            let mut description = String::new();
            self.describe(resolved, &mut description);
            let description = if description.is_empty() { "<empty>" } else { &description };
            let mut text = format!("DESCRIPTION:\n{}\n", indent(4, &words(76, description)));
            let mut fields = String::new();
            self.fields(resolved, 1, &mut Vec::new(), &mut fields);
            if !fields.is_empty() {
                text += "FIELDS:\n";
                text += &fields;
            }
            return Some(text);
        };
        if let Some(field) = resolved["properties"].get(first.as_str()) {
            let mut text = String::new();
            if rest.is_empty() {
                text = format!("FIELD: {first} <{}>\n{}\n\n", self.type_of(field), all_values(field));
            }
            return Some(text + &self.output(field, rest)?);
        }
        for inner in ["items", "additionalProperties"] {
            if resolved[inner].is_object() {
                return self.output(&resolved[inner], path);
            }
        }
        resolved["allOf"].items().iter().find_map(|part| self.output(part, path))
    }

    /// A schema's description and those of what it is made of.
    fn describe(&self, schema: &'a Value, text: &mut String) {
        let resolved = self.document.resolve(schema);
        if !resolved["description"].is_empty() {
            *text += resolved["description"].str();
            *text += "\n";
        }
        self.parts(resolved, &mut |part| self.describe(part, text));
    }

    fn parts(&self, schema: &'a Value, then: &mut dyn FnMut(&'a Value)) {
        schema["allOf"].items().iter().for_each(&mut *then);
        for inner in ["items", "additionalProperties"] {
            if schema[inner].is_object() {
                then(&schema[inner]);
            }
        }
    }

    /// The list of a schema's fields; `seen` are the types that this stands within.
    fn fields(&self, schema: &'a Value, level: usize, seen: &mut Vec<&'a str>, text: &mut String) {
        let reference = Document::reference(schema);
        if !reference.is_empty() && seen.contains(&reference) {
            return;
        }
        seen.push(reference);
        let resolved = self.document.resolve(schema);
        for (name, field) in resolved["properties"].entries() {
            self.field(resolved, name, field, level, text);
            if self.recursive {
                self.fields(field, level + 1, seen, text);
            }
        }
        self.parts(resolved, &mut |part| self.fields(part, level, seen, text));
        seen.pop();
    }

    fn field(&self, schema: &Value, name: &str, field: &'a Value, level: usize, text: &mut String) {
        let margin = level * 2;
        *text += &format!("{}\t<{}>", indent(margin, name), self.type_of(field));
        if schema["required"].items().iter().any(|required| *required == name) {
            *text += " -required-";
        }
        *text += &first_values(field, margin);
        *text += "\n";
        if !self.recursive {
            let description = field["description"].str();
            let description = if description.is_empty() { "<no description>" } else { description };
            *text += &format!("{}\n\n", indent(margin + 2, &words(78 - margin, description)));
        }
    }

    /// What a schema's type is called.
    fn type_of(&self, schema: &'a Value) -> String {
        if schema["items"].is_object() {
            return format!("[]{}", self.type_of(&schema["items"]));
        }
        if schema["additionalProperties"].is_object() {
            return format!("map[string]{}", self.type_of(&schema["additionalProperties"]));
        }
        if let ([part], true) = (schema["allOf"].items(), schema["properties"].is_null()) {
            return self.type_of(part);
        }
        let reference = Document::reference(schema);
        match self.document.resolve(schema)["type"].str() {
            "" | "object" if reference.is_empty() => "Object".into(),
            "" | "object" => reference.rsplit('.').next().unwrap_or("Object").into(),
            plain => plain.into(),
        }
    }
}

/// A value as an enumeration shows it.
fn shown(value: &Value) -> String {
    match value.as_str() {
        Some("") => "\"\"".into(),
        Some(text) => text.into(),
        None => value.to_json(),
    }
}

/// All values of an enumeration, below its field's name.
fn all_values(field: &Value) -> String {
    let values: Vec<String> = field["enum"].items().iter().map(|value| format!("    {}", shown(value))).collect();
    if values.is_empty() { String::new() } else { format!("ENUM:\n{}", values.join("\n")) }
}

/// The first values of an enumeration, within a list of fields.
fn first_values(field: &Value, margin: usize) -> String {
    let values = field["enum"].items();
    if values.is_empty() {
        return String::new();
    }
    let mut shown: Vec<String> = values.iter().take(ENUM_LIMIT).map(shown).collect();
    if values.len() > ENUM_LIMIT {
        shown.push("....".into());
    }
    format!("\n{}{}", indent(margin, "enum: "), shown.join(", "))
}
