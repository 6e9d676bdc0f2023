//! What a schema says of how values merge, for built-in types and custom resources alike.

use super::super::Value;
use crate::meta::value::Key;
use crate::schema::{Field, ListType, Shape, Type};

/// The schema of one value.
#[derive(Clone, Debug)]
pub enum Model {
    /// A built-in type.
    Type(&'static Type),
    /// A field of a built-in type, or the items of one.
    Shape(&'static Shape, &'static Field),
    /// A part of a custom resource's `openAPIV3Schema`.
    Custom(Value),
    /// Nothing is known: maps merge by key, lists as a whole.
    Unknown,
}

/// How a value merges.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Relation {
    /// A scalar, or a list or map that merges as a whole.
    Leaf,
    /// A map or struct whose fields merge one by one.
    Map,
    /// A list whose items merge by the value of some fields, or by their own (no fields).
    List,
}

impl Model {
    /// The root of a custom resource's schema: its metadata is that of every object.
    pub fn custom(schema: &Value) -> Model {
        Model::Custom(schema.clone())
    }
    pub(super) fn relation(&self, value: &Value) -> Relation {
        match value {
            Value::Object(_) => match self {
                Model::Type(ty) if ty.atomic => Relation::Leaf,
                Model::Shape(Shape::Map(_), field) if field.atomic => Relation::Leaf,
                Model::Shape(Shape::Ref(name), field) => {
                    let atomic = field.atomic || Type::find(name).is_some_and(|ty| ty.atomic);
                    if atomic { Relation::Leaf } else { Relation::Map }
                }
                Model::Custom(schema) if schema["x-kubernetes-map-type"] == "atomic" => Relation::Leaf,
                _ => Relation::Map,
            },
            Value::Array(_) => {
                let merges = match self {
                    Model::Shape(Shape::List(_), field) => field.list != ListType::Atomic,
                    Model::Custom(schema) => matches!(schema["x-kubernetes-list-type"].str(), "set" | "map"),
                    _ => false,
                };
                if merges { Relation::List } else { Relation::Leaf }
            }
            _ => Relation::Leaf,
        }
    }
    /// The schema of a field; `None` where the schema does not know it.
    pub(super) fn field(&self, name: &str) -> Option<Model> {
        match self {
            Model::Type(ty) => ty.field(name).map(|field| Model::Shape(&field.shape, field)),
            Model::Shape(Shape::Ref(ty) | Shape::Loose(ty), _) => {
                Type::find(ty).map_or(Some(Model::Unknown), |ty| Model::Type(ty).field(name))
            }
            Model::Shape(Shape::Map(inner), field) => Some(Model::Shape(inner, field)),
            Model::Custom(schema) => {
                let properties = &schema["properties"];
                if let Some(property) = properties.get(name) {
                    return Some(Model::Custom(property.clone()));
                }
                if let Some(inner) = schema.get("additionalProperties").filter(|inner| inner.is_object()) {
                    return Some(Model::Custom(inner.clone()));
                }
                Some(Model::Unknown)
            }
            _ => Some(Model::Unknown),
        }
    }
    /// Whether the field has a name of its own in the schema, as a struct's has and a label has not.
    pub(super) fn names(&self, name: &str) -> bool {
        match self {
            Model::Type(ty) => ty.field(name).is_some(),
            Model::Shape(Shape::Ref(ty), _) => Type::find(ty).is_some_and(|ty| ty.field(name).is_some()),
            Model::Custom(schema) => schema["properties"].has(name),
            _ => false,
        }
    }
    /// The schema of a list's items.
    pub(super) fn item(&self) -> Model {
        match self {
            Model::Shape(Shape::List(inner), field) => {
                match inner.target().filter(|_| matches!(**inner, Shape::Ref(_))) {
                    Some(ty) => Model::Type(ty),
                    None => Model::Shape(inner, field),
                }
            }
            Model::Custom(schema) => Model::Custom(schema["items"].clone()),
            _ => Model::Unknown,
        }
    }
    /// The fields by which the list's items are told apart; none for a set.
    fn keys(&self) -> Vec<String> {
        match self {
            Model::Shape(_, Field { list: ListType::Map(keys), .. }) => keys.split(',').map(String::from).collect(),
            Model::Custom(schema) => {
                schema["x-kubernetes-list-map-keys"].items().iter().map(|key| key.str().to_string()).collect()
            }
            _ => Vec::new(),
        }
    }
    /// Whether two lists have the same items in the same places, going by the items' keys.
    pub(super) fn are_aligned(&self, old: &Value, new: &Value) -> bool {
        let (keys, old, new) = (self.keys(), old.items(), new.items());
        let is_same = |old: &Value, new: &Value, key: &str| {
            old.get(key).is_some_and(|value| !value.is_null() && new.get(key) == Some(value))
        };
        let same = |old, new| keys.iter().all(|key| is_same(old, new, key));
        !keys.is_empty() && old.len() == new.len() && old.iter().zip(new).all(|(old, new)| same(old, new))
    }
    /// The step that leads to an item of the list.
    ///
    /// # Errors
    /// The text for an item that lacks a key.
    pub(super) fn step(&self, at: usize, item: &Value) -> Result<Key, String> {
        let keys = self.keys();
        if keys.is_empty() {
            return Ok(Key::Own(format!("v:{}", item.to_json()).into()));
        }
        let mut values = Value::object();
        for key in &keys {
            let default = || match self.item() {
                Model::Type(ty) => ty.field(key).and_then(|field| field.default).map(Value::from),
                Model::Custom(schema) => schema["properties"][key.as_str()].get("default").cloned(),
                _ => None,
            };
            match item.get(key.as_str()).filter(|value| !value.is_null()).cloned().or_else(default) {
                Some(value) => values[key.as_str()] = value,
                None => {
                    return Err(format!(
                        "element {at}: associative list with keys has an element that omits key field {key:?} (and doesn't have default value)"
                    ));
                }
            }
        }
        Ok(Key::Own(format!("k:{}", values.to_json()).into()))
    }
    /// What is wrong with a scalar, list or map of that schema.
    pub(super) fn mismatch(&self, value: &Value) -> Option<&'static str> {
        let Model::Shape(shape, _) = self else {
            let struct_given_else = matches!(self, Model::Type(_)) && !value.is_object() && !value.is_null();
            return struct_given_else.then_some("expected map");
        };
        match (shape, value) {
            (_, Value::Null)
            | (Shape::Any | Shape::Raw | Shape::Loose(_) | Shape::Quantity | Shape::IntOrString, _) => None,
            (Shape::List(_), Value::Array(_)) | (Shape::Map(_) | Shape::Ref(_), Value::Object(_)) => None,
            (Shape::List(_), _) => Some("expected list"),
            (Shape::Map(_) | Shape::Ref(_), _) => Some("expected map"),
            (Shape::Bool, Value::Bool(_)) => None,
            (Shape::Bool, _) => Some("expected boolean"),
            (Shape::Int32 | Shape::Int64 | Shape::Double, Value::Int(_) | Value::Float(_)) => None,
            (Shape::Int32 | Shape::Int64 | Shape::Double, _) => Some("expected numeric (int or float)"),
            (_, Value::String(_)) => None,
            _ => Some("expected string"),
        }
    }
}
