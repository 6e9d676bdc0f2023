//! Strict decoding: what happens to a document on its way through the Go type of its kind.
//!
//! Unknown fields are found and dropped, values of the wrong type refused with `encoding/json`'s
//! texts, quantities and times brought into canonical form, and empty values left out or put in
//! as Go's round trip does.

mod scalars;

pub use scalars::base64_error;

use super::table::{Field, Shape, Type};
use crate::meta::{Map, Value};
use scalars::{int_or_string, quantity, time};

/// A document that went through its type.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// The document as Go would write it back.
    pub value: Value,
    /// The paths of the unknown fields, such as `spec.contatiners`.
    pub unknown: Vec<String>,
}

impl Decoded {
    /// The strict decoding errors: `unknown field "spec.contatiners"`.
    pub fn strict_errors(&self) -> Vec<String> {
        self.unknown.iter().map(|path| format!("unknown field \"{path}\"")).collect()
    }
}

/// Decodes a document.
///
/// # Errors
/// The first error of `encoding/json`, such as `json: cannot unmarshal string into Go struct field
/// DeploymentSpec.spec.replicas of type int32`.
pub fn check(ty: &'static Type, document: &Value) -> Result<Decoded, String> {
    let mut decoder = Decoder { path: Vec::new(), parent: "", unknown: Vec::new(), error: None };
    let value = decoder.object(ty, document, ty.go_name())?;
    match decoder.error {
        Some(error) => Err(error),
        None => Ok(Decoded { value, unknown: decoder.unknown }),
    }
}

enum Step<'a> {
    Field(&'static str),
    Key(&'a str),
    Item(usize),
}

struct Decoder<'a> {
    path: Vec<Step<'a>>,
    /// The Go struct that holds the field being decoded.
    parent: &'static str,
    unknown: Vec<String>,
    /// The first error that does not stop the decoding, as a wrong type does not.
    error: Option<String>,
}

impl<'a> Decoder<'a> {
    /// `spec.containers[0].port`, for an unknown field of the value being decoded.
    fn strict_path(&self, field: &str) -> String {
        let mut text = String::new();
        for step in &self.path {
            match step {
                Step::Field(name) => add_name(&mut text, name),
                Step::Key(name) => add_name(&mut text, name),
                Step::Item(at) => text += &format!("[{at}]"),
            }
        }
        add_name(&mut text, field);
        text
    }

    /// Notes that a value has the wrong type, and decodes to nothing.
    fn mismatch(&mut self, value: &Value, go_type: &str) -> Value {
        let found = match value {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Int(_) | Value::Float(_) if go_type.starts_with("int") => return self.misfit(value, go_type),
            Value::Int(_) | Value::Float(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        self.wrong(found, go_type);
        Value::Null
    }

    /// A number that its type cannot hold is shown.
    fn misfit(&mut self, value: &Value, go_type: &str) -> Value {
        self.wrong(&format!("number {}", value.to_go_json()), go_type);
        Value::Null
    }

    fn wrong(&mut self, found: &str, go_type: &str) {
        if self.error.is_some() {
            return;
        }
        let mut fields = String::new();
        for step in &self.path {
            if let Step::Field(name) = step {
                add_name(&mut fields, name);
            }
        }
        let place = if fields.is_empty() { "value".into() } else { format!("struct field {}.{fields}", self.parent) };
        self.error = Some(format!("json: cannot unmarshal {found} into Go {place} of type {go_type}"));
    }

    fn object(&mut self, ty: &'static Type, value: &'a Value, go_type: &str) -> Result<Value, String> {
        let Value::Object(map) = value else {
            return Ok(if value.is_null() { self.zero(ty) } else { self.mismatch(value, go_type) });
        };
        let outer = std::mem::replace(&mut self.parent, ty.struct_name());
        let mut out = Map::new();
        for (key, value) in map.iter() {
            let Some(field) = ty.field(key) else {
                let path = self.strict_path(key);
                self.unknown.push(path);
                continue;
            };
            if value.is_null() {
                continue;
            }
            self.path.push(Step::Field(field.name));
            let decoded = self.value(&field.shape, field, ty, value)?;
            self.path.pop();
            let left_out = decoded.is_null() || field.omit_empty && decoded.is_empty();
            if !left_out {
                out.insert(field.name, decoded);
            }
        }
        self.parent = outer;
        self.complete(ty, &mut out);
        Ok(Value::Object(out))
    }

    /// The fields that Go writes although they are absent.
    fn complete(&self, ty: &'static Type, out: &mut Map) {
        for field in ty.fields() {
            if (!field.always && !field.required) || field.pointer || out.contains_key(field.name) {
                continue;
            }
            match &field.shape {
                Shape::Ref(_) if !field.always => {}
                Shape::Ref(name) => {
                    let inner = Type::find(name).map_or_else(Value::object, |ty| self.zero(ty));
                    out.insert(field.name, inner);
                }
                shape => {
                    out.insert(field.name, zero_of(shape));
                }
            }
        }
    }

    fn zero(&self, ty: &'static Type) -> Value {
        let mut out = Map::new();
        self.complete(ty, &mut out);
        Value::Object(out)
    }

    fn value(
        &mut self,
        shape: &'static Shape,
        field: &'static Field,
        owner: &'static Type,
        value: &'a Value,
    ) -> Result<Value, String> {
        let go_type = || go_type(shape, field, owner);
        Ok(match (shape, value) {
            (Shape::Any | Shape::Raw, value) => value.clone(),
            (Shape::Loose(name), Value::Object(_)) | (Shape::Ref(name), _) => match Type::find(name) {
                Some(ty) => self.object(ty, value, &go_type())?,
                None => value.clone(),
            },
            (Shape::Loose(_), value) => value.clone(),
            (Shape::Quantity, value) => quantity(value)?,
            (Shape::IntOrString, value) => int_or_string(value)?,
            (Shape::Time, value) => time(value)?.map_or(Value::Null, |time| time.rfc3339().into()),
            (Shape::MicroTime, value) => time(value)?.map_or(Value::Null, |time| time.rfc3339_micro().into()),
            (Shape::List(inner), Value::Array(items)) => {
                let mut out = Vec::with_capacity(items.len());
                for (at, item) in items.iter().enumerate() {
                    self.path.push(Step::Item(at));
                    out.push(self.item(inner, field, owner, item)?);
                    self.path.pop();
                }
                out.into()
            }
            (Shape::Map(inner), Value::Object(map)) => {
                let mut out = Map::new();
                for (key, item) in map.iter() {
                    self.path.push(Step::Key(key.as_str()));
                    let item = self.item(inner, field, owner, item)?;
                    out.insert(key.clone(), item);
                    self.path.pop();
                }
                Value::Object(out)
            }
            (Shape::String, Value::String(_)) | (Shape::Bool, Value::Bool(_)) => value.clone(),
            (Shape::Bytes, Value::String(text)) => {
                if let Some(at) = base64_error(text) {
                    self.error.get_or_insert(format!("illegal base64 data at input byte {at}"));
                }
                value.clone()
            }
            (Shape::Int32, Value::Int(n)) if i32::try_from(*n).is_ok() => value.clone(),
            (Shape::Int64, Value::Int(_)) | (Shape::Double, Value::Int(_) | Value::Float(_)) => value.clone(),
            (_, value) => self.mismatch(value, &go_type()),
        })
    }

    /// An item of a list or map, where `null` stands for the zero value.
    fn item(
        &mut self,
        shape: &'static Shape,
        field: &'static Field,
        owner: &'static Type,
        value: &'a Value,
    ) -> Result<Value, String> {
        match shape {
            Shape::Ref(_) | Shape::Loose(_) | Shape::Any | Shape::Raw => self.value(shape, field, owner, value),
            _ if value.is_null() => Ok(zero_of(shape)),
            _ => self.value(shape, field, owner, value),
        }
    }
}

fn add_name(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}

fn zero_of(shape: &Shape) -> Value {
    match shape {
        Shape::String | Shape::Bytes => "".into(),
        Shape::Bool => false.into(),
        Shape::Int32 | Shape::Int64 | Shape::Double | Shape::IntOrString => 0.into(),
        Shape::Quantity => "0".into(),
        _ => Value::Null,
    }
}

/// The type as Go prints it: `[]v1.Container`, `map[string]string`, `v1.PullPolicy`.
fn go_type(shape: &Shape, field: &Field, owner: &Type) -> String {
    match shape {
        Shape::String => match field.go_type {
            Some(name) if name.contains('.') => name.into(),
            Some(name) => {
                let package = owner.go_name().split('.').next().unwrap_or_default();
                format!("{package}.{name}")
            }
            None => "string".into(),
        },
        Shape::Bool => "bool".into(),
        Shape::Int32 => "int32".into(),
        Shape::Int64 => "int64".into(),
        Shape::Double => "float64".into(),
        Shape::Bytes => "[]uint8".into(),
        Shape::Map(inner) if **inner == Shape::Quantity => "v1.ResourceList".into(),
        Shape::List(inner) => format!("[]{}", go_type(inner, field, owner)),
        Shape::Map(inner) => format!("map[string]{}", go_type(inner, field, owner)),
        Shape::Ref(name) => Type::find(name).map_or(*name, Type::go_name).to_string(),
        Shape::Time => "v1.Time".into(),
        Shape::MicroTime => "v1.MicroTime".into(),
        Shape::Quantity => "resource.Quantity".into(),
        Shape::IntOrString => "intstr.IntOrString".into(),
        Shape::Raw => "runtime.RawExtension".into(),
        Shape::Any | Shape::Loose(_) => "interface {}".into(),
    }
}

#[cfg(test)]
mod tests;
