//! The JSON document every Kubernetes object is stored as: a persistent tree.
//!
//! Strings, arrays and maps sit behind `Rc`, so a clone is a pointer copy and a write copies
//! only the path it touches. Revisions of one object share all that did not change, which is
//! what makes keeping history (and ten thousand pods) cheap. Maps keep their keys sorted, the
//! order in which Go prints maps. See [`super::object`] for the typed accessors on top.

mod convert;
mod macros;
mod map;
mod serial;
mod share;

pub use map::{Entries, Key, Map};

use std::fmt;
use std::ops::{Index, IndexMut};
use std::rc::Rc;

/// A shared, immutable string.
pub type Text = Rc<str>;

/// A JSON value.
#[derive(Clone, Default)]
pub enum Value {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number without a fraction.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A string.
    String(Text),
    /// A list.
    Array(Rc<Vec<Value>>),
    /// A map with sorted keys.
    Object(Map),
}

impl Value {
    /// An empty map.
    pub fn object() -> Value {
        Value::Object(Map::new())
    }

    /// An empty list.
    pub fn array() -> Value {
        Value::Array(Rc::default())
    }

    /// The field or element `at`, if this is a map or list that has it.
    pub fn get<A: At>(&self, at: A) -> Option<&Value> {
        at.of(self)
    }

    /// The field `key`, to change in place, if this is a map that has it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.as_object_mut()?.get_mut(key)
    }

    /// The value at the end of a path of field names; `null` where the path breaks.
    pub fn at(&self, path: &[&str]) -> &Value {
        path.iter().fold(self, |value, key| &value[*key])
    }

    /// Makes this a map if it is `null`, and gives the place of `key` in it, `null` if new.
    /// A value that is neither is replaced by a map.
    pub fn entry(&mut self, key: &str) -> &mut Value {
        if !self.is_object() {
            *self = Value::object();
        }
        match self {
            Value::Object(map) => map.entry(key),
            _ => unreachable!("made a map above"),
        }
    }

    /// Sets the value at the end of a path of field names, creating maps on the way.
    pub fn set(&mut self, path: &[&str], value: impl Into<Value>) {
        *path.iter().fold(self, |place, key| place.entry(key)) = value.into();
    }

    /// Sets the value at the end of a path unless something other than `null` is there: a default.
    pub fn set_default(&mut self, path: &[&str], value: impl Into<Value>) {
        if self.at(path).is_null() {
            self.set(path, value);
        }
    }

    /// Takes out the field at the end of a path. A path that breaks changes nothing.
    pub fn remove(&mut self, path: &[&str]) -> Option<Value> {
        if self.at(path).is_null() && !self.at(&path[..path.len() - 1]).has(path[path.len() - 1]) {
            return None;
        }
        let (last, parents) = path.split_last()?;
        let parent = parents.iter().fold(self, |place, key| place.entry(key));
        parent.as_object_mut()?.remove(last)
    }

    /// Whether this is a map with that key.
    pub fn has(&self, key: &str) -> bool {
        self.as_object().is_some_and(|map| map.contains_key(key))
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }
    /// Whether this is a map.
    pub fn is_object(&self) -> bool {
        matches!(self, Value::Object(_))
    }
    /// Whether this is a list.
    pub fn is_array(&self) -> bool {
        matches!(self, Value::Array(_))
    }
    /// Whether this is a string.
    pub fn is_string(&self) -> bool {
        matches!(self, Value::String(_))
    }
    /// Whether this is a number.
    pub fn is_number(&self) -> bool {
        matches!(self, Value::Int(_) | Value::Float(_))
    }
    /// Whether this is `null`, `""`, `0`, `false`, `[]` or `{}`: what Go's `omitempty` omits.
    pub fn is_empty(&self) -> bool {
        match self {
            Value::Null => true,
            Value::Bool(b) => !b,
            Value::Int(n) => *n == 0,
            Value::Float(n) => *n == 0.0,
            Value::String(s) => s.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(map) => map.is_empty(),
        }
    }

    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }
    /// The string, or `""` for anything else: how Go reads an absent string field.
    pub fn str(&self) -> &str {
        self.as_str().unwrap_or_default()
    }
    /// The whole number, if it is one.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Int(n) => Some(*n),
            Value::Float(n) if n.fract() == 0.0 && n.abs() < 9.0e15 => Some(*n as i64),
            _ => None,
        }
    }
    /// The whole number, or `0` for anything else: how Go reads an absent integer field.
    pub fn int(&self) -> i64 {
        self.as_i64().unwrap_or_default()
    }
    /// The number, if it is one.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Int(n) => Some(*n as f64),
            Value::Float(n) => Some(*n),
            _ => None,
        }
    }
    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(b) => Some(*b),
            _ => None,
        }
    }
    /// Whether this is `true`: how Go reads an absent boolean field.
    pub fn bool(&self) -> bool {
        matches!(self, Value::Bool(true))
    }
    /// The elements, if it is a list.
    pub fn as_array(&self) -> Option<&[Value]> {
        match self {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }
    /// The elements, or none for anything else.
    pub fn items(&self) -> &[Value] {
        self.as_array().unwrap_or_default()
    }
    /// The map, if it is one.
    pub fn as_object(&self) -> Option<&Map> {
        match self {
            Value::Object(map) => Some(map),
            _ => None,
        }
    }
    /// The entries of the map in order of key, or none for anything else.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = (&Key, &Value)> {
        self.as_object().into_iter().flat_map(Map::iter)
    }
    /// The elements, to change in place.
    pub fn as_array_mut(&mut self) -> Option<&mut Vec<Value>> {
        match self {
            Value::Array(items) => Some(Rc::make_mut(items)),
            _ => None,
        }
    }
    /// The elements, to change in place; anything else becomes an empty list first.
    pub fn array_mut(&mut self) -> &mut Vec<Value> {
        if !self.is_array() {
            *self = Value::array();
        }
        self.as_array_mut().expect("made a list above")
    }
    /// The map, to change in place.
    pub fn as_object_mut(&mut self) -> Option<&mut Map> {
        match self {
            Value::Object(map) => Some(map),
            _ => None,
        }
    }
    /// The map, to change in place; anything else becomes an empty map first.
    pub fn object_mut(&mut self) -> &mut Map {
        if !self.is_object() {
            *self = Value::object();
        }
        self.as_object_mut().expect("made a map above")
    }
    /// Appends to the list; anything else becomes a list first.
    pub fn push(&mut self, value: impl Into<Value>) {
        self.array_mut().push(value.into());
    }
    /// Moves the value out and leaves `null`.
    pub fn take(&mut self) -> Value {
        std::mem::take(self)
    }
    /// Whether both are one and the same list or map in memory: equal without looking.
    pub fn is_shared_with(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Array(one), Value::Array(other)) => Rc::ptr_eq(one, other),
            (Value::Object(one), Value::Object(other)) => one.same(other),
            _ => false,
        }
    }
    /// The value in one line of JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
    /// Reads JSON.
    ///
    /// # Errors
    /// What `serde_json` says where the text is no JSON.
    pub fn from_json(text: &[u8]) -> Result<Value, serde_json::Error> {
        serde_json::from_slice(text)
    }
}

/// What is shared is equal without looking.
impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(one), Value::Bool(other)) => one == other,
            (Value::Int(one), Value::Int(other)) => one == other,
            (Value::Float(one), Value::Float(other)) => one == other,
            (Value::String(one), Value::String(other)) => Rc::ptr_eq(one, other) || one == other,
            (Value::Array(one), Value::Array(other)) => Rc::ptr_eq(one, other) || one == other,
            (Value::Object(one), Value::Object(other)) => one == other,
            _ => false,
        }
    }
}

/// What [`Value::get`] takes: a field name or a position.
pub trait At {
    /// The part of `value` that this names.
    fn of(self, value: &Value) -> Option<&Value>;
}
impl At for &str {
    fn of(self, value: &Value) -> Option<&Value> {
        value.as_object()?.get(self)
    }
}
impl At for usize {
    fn of(self, value: &Value) -> Option<&Value> {
        value.as_array()?.get(self)
    }
}

impl<A: At> Index<A> for Value {
    type Output = Value;
    fn index(&self, at: A) -> &Value {
        at.of(self).unwrap_or(null())
    }
}

/// `Value` holds `Rc`s, so a `static` of it is not `Sync`; a promoted constant is all it needs.
fn null() -> &'static Value {
    const NULL: &Value = &Value::Null;
    NULL
}

impl IndexMut<&str> for Value {
    fn index_mut(&mut self, key: &str) -> &mut Value {
        self.entry(key)
    }
}

impl IndexMut<usize> for Value {
    fn index_mut(&mut self, at: usize) -> &mut Value {
        &mut self.array_mut()[at]
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json())
    }
}
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn missing_fields_read_as_null_and_writes_create_the_path() {
        let mut pod = json!({"metadata": {"name": "web"}});
        assert!(pod["spec"]["nodeName"].is_null());
        pod["spec"]["nodeName"] = "minikube".into();
        assert_eq!(pod.to_json(), r#"{"metadata":{"name":"web"},"spec":{"nodeName":"minikube"}}"#);
        assert!(pod.remove(&["spec", "nodeName"]).is_some());
        assert!(pod.remove(&["status", "phase"]).is_none());
        assert_eq!(pod.to_json(), r#"{"metadata":{"name":"web"},"spec":{}}"#);
    }

    #[test]
    fn a_clone_shares_what_is_not_written() {
        let old = json!({"spec": {"a": 1}, "status": {"phase": "Pending"}});
        let mut new = old.clone();
        new["status"]["phase"] = "Running".into();
        let (Value::Object(a), Value::Object(b)) = (&old["spec"], &new["spec"]) else { panic!() };
        assert!(a.same(b));
        assert_eq!(old["status"]["phase"], "Pending");
    }
}
