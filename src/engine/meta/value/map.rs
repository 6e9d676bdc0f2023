//! Maps sorted by key, and their keys.

use super::{Text, Value};
use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

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

/// Up to how many entries a map is searched from its beginning.
const SMALL: usize = 16;

/// Whether two keys are the same. Field names mostly are one and the same text in memory.
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && (one.as_ptr() == other.as_ptr() || one == other)
}

/// The order of two keys, mostly told by their first bytes alone.
fn compare(one: &str, other: &str) -> Ordering {
    one.as_bytes().first().cmp(&other.as_bytes().first()).then_with(|| one.cmp(other))
}

impl Map {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    fn position(&self, key: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(k, _)| compare(k, key))
    }

    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        // Most maps are small and most keys differ in length: that is faster than to compare texts.
        if self.0.len() <= SMALL {
            return self.0.iter().find(|(k, _)| same(k, key)).map(|(_, value)| value);
        }
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
        let at = match entries.binary_search_by(|(k, _)| compare(k, key)) {
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
        match entries.binary_search_by(|(k, _)| compare(k, &key)) {
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
