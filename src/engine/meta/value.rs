//! The JSON document every Kubernetes object is stored as: a persistent tree.
//!
//! Strings, arrays and maps sit behind `Rc`, so a clone is a pointer copy and a write copies
//! only the path it touches. Revisions of one object share all that did not change, which is
//! what makes keeping history (and ten thousand pods) cheap. Maps keep their keys sorted, the
//! order in which Go prints maps. See [`super::object`] for the typed accessors on top.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::ops::{Deref, Index, IndexMut};
use std::rc::Rc;

/// A shared, immutable string.
pub type Text = Rc<str>;

/// A JSON value.
#[derive(Clone, Default, PartialEq)]
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

/// A map key. Names of API fields are `'static` and cost no allocation.
#[derive(Clone)]
pub enum Key {
    /// A field name known to the API schema.
    Field(&'static str),
    /// Any other key: a label, an annotation, a ConfigMap entry.
    Own(Text),
}

impl Key {
    /// The key as text.
    pub fn as_str(&self) -> &str {
        match self {
            Key::Field(name) => name,
            Key::Own(text) => text,
        }
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        match crate::schema::field_name(text) {
            Some(name) => Key::Field(name),
            None => Key::Own(text.into()),
        }
    }
}

impl From<String> for Key {
    fn from(text: String) -> Self {
        Key::from(text.as_str())
    }
}

impl From<&String> for Key {
    fn from(text: &String) -> Self {
        Key::from(text.as_str())
    }
}

impl Deref for Key {
    type Target = str;
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for Key {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        self.as_str() == other.as_str()
    }
}
impl Eq for Key {}
impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Key) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Key {
    fn cmp(&self, other: &Key) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A map from strings to values, sorted by key, shared until written to.
#[derive(Clone, Default)]
pub struct Map(Rc<Vec<(Key, Value)>>);

impl Map {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    fn position(&self, key: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(k, _)| k.as_str().cmp(key))
    }

    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.position(key).ok().map(|at| &self.0[at].1)
    }

    /// The value under `key`, to change in place.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        let at = self.position(key).ok()?;
        Some(&mut Rc::make_mut(&mut self.0)[at].1)
    }

    /// The value under `key`, put there as `null` first if it was missing.
    pub fn entry(&mut self, key: &str) -> &mut Value {
        let entries = Rc::make_mut(&mut self.0);
        let at = match entries.binary_search_by(|(k, _)| k.as_str().cmp(key)) {
            Ok(at) => at,
            Err(at) => {
                entries.insert(at, (Key::from(key), Value::Null));
                at
            }
        };
        &mut entries[at].1
    }

    /// Puts `value` under `key` and gives what was there.
    pub fn insert(&mut self, key: impl Into<Key>, value: impl Into<Value>) -> Option<Value> {
        let (key, value) = (key.into(), value.into());
        let entries = Rc::make_mut(&mut self.0);
        match entries.binary_search_by(|(k, _)| k.cmp(&key)) {
            Ok(at) => Some(std::mem::replace(&mut entries[at].1, value)),
            Err(at) => {
                entries.insert(at, (key, value));
                None
            }
        }
    }

    /// Takes the value under `key` out. A map that lacks the key is not copied.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let at = self.position(key).ok()?;
        Some(Rc::make_mut(&mut self.0).remove(at).1)
    }

    /// Whether there is a value under `key`.
    pub fn contains_key(&self, key: &str) -> bool {
        self.position(key).is_ok()
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The entries in order of key.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Key, &Value)> + ExactSizeIterator {
        self.0.iter().map(|(k, v)| (k, v))
    }

    /// The entries in order of key, values to change in place.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&Key, &mut Value)> {
        Rc::make_mut(&mut self.0).iter_mut().map(|(k, v)| (&*k, v))
    }

    /// The keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &Key> + ExactSizeIterator {
        self.0.iter().map(|(k, _)| k)
    }

    /// The values in order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Value> + ExactSizeIterator {
        self.0.iter().map(|(_, v)| v)
    }

    /// Keeps the entries for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &mut Value) -> bool) {
        Rc::make_mut(&mut self.0).retain_mut(|(k, v)| keep(k.as_str(), v));
    }

    /// Whether both are the same shared map (equal without looking).
    pub fn same(&self, other: &Map) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl PartialEq for Map {
    fn eq(&self, other: &Map) -> bool {
        self.same(other) || self.0 == other.0
    }
}

impl<K: Into<Key>, V: Into<Value>> FromIterator<(K, V)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Map::new();
        for (key, value) in entries {
            map.insert(key, value);
        }
        map
    }
}

impl<'a> IntoIterator for &'a Map {
    type Item = (&'a Key, &'a Value);
    type IntoIter = Box<dyn Iterator<Item = (&'a Key, &'a Value)> + 'a>;
    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.iter())
    }
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

macro_rules! from {
    ($($source:ty => |$from:ident| $into:expr;)*) => {$(
        impl From<$source> for Value {
            fn from($from: $source) -> Value { $into }
        }
    )*};
}
from! {
    bool => |b| Value::Bool(b);
    i64 => |n| Value::Int(n);
    i32 => |n| Value::Int(n.into());
    u32 => |n| Value::Int(n.into());
    u16 => |n| Value::Int(n.into());
    u64 => |n| i64::try_from(n).map_or(Value::Float(n as f64), Value::Int);
    usize => |n| Value::from(n as u64);
    f64 => |n| Value::Float(n);
    &str => |s| Value::String(s.into());
    String => |s| Value::String(s.into());
    &String => |s| Value::String(s.as_str().into());
    Text => |s| Value::String(s);
    &Text => |s| Value::String(s.clone());
    Map => |map| Value::Object(map);
    &Map => |map| Value::Object(map.clone());
    &Value => |v| v.clone();
    () => |_unit| Value::Null;
}
impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Value {
        items.into_iter().collect()
    }
}
impl<T: Into<Value> + Clone> From<&[T]> for Value {
    fn from(items: &[T]) -> Value {
        items.iter().cloned().collect()
    }
}
impl<T: Into<Value>, const N: usize> From<[T; N]> for Value {
    fn from(items: [T; N]) -> Value {
        items.into_iter().collect()
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}
impl<T: Into<Value>> FromIterator<T> for Value {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Value {
        Value::Array(Rc::new(items.into_iter().map(Into::into).collect()))
    }
}

impl PartialEq<str> for Value {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == Some(other)
    }
}
impl PartialEq<&str> for Value {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == Some(*other)
    }
}
impl PartialEq<i64> for Value {
    fn eq(&self, other: &i64) -> bool {
        self.as_i64() == Some(*other)
    }
}
impl PartialEq<bool> for Value {
    fn eq(&self, other: &bool) -> bool {
        self.as_bool() == Some(*other)
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

/// Writes a [`Value`] as JSON is written: maps in braces, any expression that converts elsewhere.
///
/// ```
/// use tabernetes_engine::json;
/// let name = String::from("web");
/// let pod = json!({"kind": "Pod", "metadata": {"name": name, "labels": {}}, "ports": [80, 443]});
/// assert_eq!(pod["ports"][1], 443);
/// ```
#[macro_export]
macro_rules! json {
    (null) => { $crate::meta::Value::Null };
    ([]) => { $crate::meta::Value::array() };
    ([ $($items:tt)+ ]) => {{
        #[allow(unused_mut)]
        let mut items: Vec<$crate::meta::Value> = Vec::new();
        $crate::json!(@items items $($items)+);
        $crate::meta::Value::Array(std::rc::Rc::new(items))
    }};
    ({}) => { $crate::meta::Value::object() };
    ({ $($entries:tt)+ }) => {{
        let mut map = $crate::meta::Map::new();
        $crate::json!(@entries map $($entries)+);
        $crate::meta::Value::Object(map)
    }};

    (@items $v:ident) => {};
    (@items $v:ident null $(, $($rest:tt)*)?) => { $v.push($crate::json!(null)); $($crate::json!(@items $v $($rest)*);)? };
    (@items $v:ident {$($inner:tt)*} $(, $($rest:tt)*)?) => { $v.push($crate::json!({$($inner)*})); $($crate::json!(@items $v $($rest)*);)? };
    (@items $v:ident [$($inner:tt)*] $(, $($rest:tt)*)?) => { $v.push($crate::json!([$($inner)*])); $($crate::json!(@items $v $($rest)*);)? };
    (@items $v:ident $item:expr $(, $($rest:tt)*)?) => { $v.push($crate::meta::Value::from($item)); $($crate::json!(@items $v $($rest)*);)? };

    (@entries $m:ident) => {};
    (@entries $m:ident $key:tt : null $(, $($rest:tt)*)?) => { $m.insert($key, $crate::json!(null)); $($crate::json!(@entries $m $($rest)*);)? };
    (@entries $m:ident $key:tt : {$($inner:tt)*} $(, $($rest:tt)*)?) => { $m.insert($key, $crate::json!({$($inner)*})); $($crate::json!(@entries $m $($rest)*);)? };
    (@entries $m:ident $key:tt : [$($inner:tt)*] $(, $($rest:tt)*)?) => { $m.insert($key, $crate::json!([$($inner)*])); $($crate::json!(@entries $m $($rest)*);)? };
    (@entries $m:ident $key:tt : $value:expr $(, $($rest:tt)*)?) => { $m.insert($key, $crate::meta::Value::from($value)); $($crate::json!(@entries $m $($rest)*);)? };

    ($value:expr) => { $crate::meta::Value::from($value) };
}

mod serial {
    //! JSON through serde, both ways.
    use super::{Key, Map, Value};
    use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
    use serde::ser::{Serialize, SerializeMap, Serializer};
    use std::fmt;
    use std::rc::Rc;

    impl Serialize for Value {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            match self {
                Value::Null => to.serialize_unit(),
                Value::Bool(b) => to.serialize_bool(*b),
                Value::Int(n) => to.serialize_i64(*n),
                Value::Float(n) => to.serialize_f64(*n),
                Value::String(text) => to.serialize_str(text),
                Value::Array(items) => to.collect_seq(items.iter()),
                Value::Object(map) => map.serialize(to),
            }
        }
    }

    impl Serialize for Map {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            let mut map = to.serialize_map(Some(self.len()))?;
            for (key, value) in self.iter() {
                map.serialize_entry(key.as_str(), value)?;
            }
            map.end()
        }
    }

    impl<'de> Deserialize<'de> for Value {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Value, D::Error> {
            from.deserialize_any(Document)
        }
    }

    struct Document;

    impl<'de> Visitor<'de> for Document {
        type Value = Value;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a JSON value")
        }
        fn visit_unit<E>(self) -> Result<Value, E> {
            Ok(Value::Null)
        }
        fn visit_bool<E>(self, b: bool) -> Result<Value, E> {
            Ok(Value::Bool(b))
        }
        fn visit_i64<E>(self, n: i64) -> Result<Value, E> {
            Ok(Value::Int(n))
        }
        fn visit_u64<E>(self, n: u64) -> Result<Value, E> {
            Ok(Value::from(n))
        }
        fn visit_f64<E>(self, n: f64) -> Result<Value, E> {
            Ok(Value::Float(n))
        }
        fn visit_str<E>(self, text: &str) -> Result<Value, E> {
            Ok(Value::from(text))
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
            let mut items = Vec::new();
            while let Some(item) = seq.next_element()? {
                items.push(item);
            }
            Ok(Value::Array(Rc::new(items)))
        }
        fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
            let mut map = Map::new();
            while let Some(key) = access.next_key_seed(KeySeed)? {
                map.insert(key, access.next_value::<Value>()?);
            }
            Ok(Value::Object(map))
        }
    }

    struct KeySeed;
    impl<'de> serde::de::DeserializeSeed<'de> for KeySeed {
        type Value = Key;
        fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Key, D::Error> {
            from.deserialize_str(self)
        }
    }
    impl Visitor<'_> for KeySeed {
        type Value = Key;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }
        fn visit_str<E>(self, text: &str) -> Result<Key, E> {
            Ok(Key::from(text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
