//! Custom resources: what one version of a CustomResourceDefinition says about its objects.
//!
//! `definition` follows the definitions themselves (names, conditions, what is served), `schema`
//! decodes, defaults and validates objects, `rules` asks what their expressions say.

mod definition;
mod rules;
mod schema;

use crate::json;
use crate::meta::jsonpath::{self, Template};
use crate::meta::{Errors, Object, Time, Value, duration, names};

pub(super) use definition::{DEFINITIONS, check_open, remove_instances};

/// One served version of a CustomResourceDefinition.
pub struct Definition {
    /// Whether this is the version objects are stored in.
    pub storage: bool,
    /// `openAPIV3Schema`.
    pub schema: Value,
    /// `subresources`.
    pub subresources: Value,
    /// `selectableFields`.
    pub selectable: Value,
    /// What clients of a deprecated version are told.
    pub deprecation: Option<String>,
    columns: Vec<Column>,
}

/// One of the `additionalPrinterColumns`.
struct Column {
    heading: Value,
    kind: String,
    path: Option<Template>,
}

impl Column {
    fn read(column: &Value) -> Column {
        let heading = json!({
            "name": (&column["name"]), "type": (&column["type"]), "format": (column["format"].str()),
            "description": (match column["description"].str() {
                "" => format!("Custom resource definition column (in JSONPath format): {}", column["jsonPath"].str()),
                text => text.to_string(),
            }),
            "priority": (column["priority"].int()),
        });
        let path = Template::parse(&format!("{{{}}}", column["jsonPath"].str())).ok();
        Column { heading, kind: column["type"].str().into(), path: path.map(|path| path.allow_missing_keys(true)) }
    }

    fn cell(&self, object: &Object, now: Time) -> Value {
        let found = self.path.as_ref().and_then(|path| path.find(object).ok());
        let values: Vec<Value> = found.into_iter().flatten().flatten().collect();
        let Some(first) = values.first() else { return Value::Null };
        match self.kind.as_str() {
            "integer" => first.as_i64().map_or(Value::Null, Value::Int),
            "number" => first.as_f64().map_or(Value::Null, Value::Float),
            "boolean" => first.as_bool().map_or(Value::Null, Value::Bool),
            "date" => match Time::parse(first.str()) {
                Some(then) => duration::age(now, then).into(),
                None => "<invalid>".into(),
            },
            _ => values.iter().map(jsonpath::text).collect::<Vec<_>>().join(",").into(),
        }
    }
}

impl Definition {
    /// Reads a version of a definition's spec.
    pub(super) fn read(version: &Value, group: &str, kind: &str) -> Definition {
        let mut columns: Vec<Column> = version["additionalPrinterColumns"].items().iter().map(Column::read).collect();
        if columns.is_empty() {
            columns.push(Column::read(&json!({
                "name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp",
            })));
        }
        Definition {
            storage: version["storage"].bool(),
            schema: version["schema"]["openAPIV3Schema"].clone(),
            subresources: version["subresources"].clone(),
            selectable: version["selectableFields"].clone(),
            deprecation: version["deprecated"].bool().then(|| match version["deprecationWarning"].str() {
                "" => format!("{group}/{} {kind} is deprecated", version["name"].str()),
                text => text.to_string(),
            }),
            columns,
        }
    }

    /// The headings of the table of its objects.
    pub(super) fn headings(&self) -> Value {
        let name = json!({
            "name": "Name", "type": "string", "format": "name", "priority": 0,
            "description": "Name must be unique within a namespace.",
        });
        std::iter::once(name).chain(self.columns.iter().map(|column| column.heading.clone())).collect()
    }

    /// The cells of one object.
    pub(super) fn cells(&self, object: &Object, now: Time) -> Value {
        let name = Value::from(object.name());
        std::iter::once(name).chain(self.columns.iter().map(|column| column.cell(object, now))).collect()
    }

    /// Fills in the schema's defaults.
    pub(super) fn default(&self, object: &mut Object) {
        schema::default(&self.schema, object);
    }

    /// Validates an object against the schema.
    pub(super) fn validate(&self, object: &Object, old: Option<&Object>, namespaced: bool, errors: &mut Errors) {
        crate::kinds::metadata::validate(object, old, names::dns1123_subdomain, namespaced, errors);
        schema::validate(&self.schema, object, errors);
        self.validate_scale(object, errors);
        rules::validate(&self.schema, object, old, errors);
    }

    /// What `scale` reads must be numbers.
    fn validate_scale(&self, object: &Object, errors: &mut Errors) {
        for field in ["specReplicasPath", "statusReplicasPath"] {
            let path = self.subresources["scale"][field].str();
            let parts: Vec<&str> = path.split('.').filter(|part| !part.is_empty()).collect();
            let value = object.at(&parts);
            if path.is_empty() || value.is_null() || value.as_i64().is_some() {
                continue;
            }
            let detail = format!(
                "{path} accessor error: {} is of the type {}, expected int64",
                crate::meta::go_print(value),
                crate::meta::go::go_type(value),
            );
            errors.invalid(path, &0.into(), &detail);
        }
    }
}

/// The object without what the schema does not know, which is told in `strict`.
pub(super) fn decode(definition: &Definition, mut object: Object, strict: &mut Vec<String>) -> Result<Object, String> {
    let mut unknown = Vec::new();
    schema::prune(&definition.schema, &mut object, &mut unknown);
    strict.extend(unknown.into_iter().map(|path| format!("unknown field {path:?}")));
    Ok(object)
}
