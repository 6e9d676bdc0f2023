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
    /// A field name known to the API schema, or written in the code.
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

/// One entry of a map.
pub(super) type Pair = (Key, Value);

/// A map from strings to values, sorted by key, shared until written to.
///
/// Its entries lie in one piece without room to grow: there are far more maps than there are
/// insertions into any of them. An empty one is nothing at all.
#[derive(Clone, Default)]
pub struct Map(pub(super) Option<Rc<[Pair]>>);

/// What a map is made of, in any order, while it is put together.
#[derive(Default)]
pub struct Entries(pub(super) Vec<Pair>);

impl Entries {
    /// Adds an entry whose key is written in the code.
    pub fn field(&mut self, key: &'static str, value: Value) {
        self.push(Key::Field(key), value);
    }

    /// Adds an entry; of those with the same key, the last counts.
    pub fn add(&mut self, key: impl Into<Key>, value: Value) {
        self.push(key.into(), value);
    }

    /// Not inlined: documents are written in code at hundreds of places.
    #[inline(never)]
    fn push(&mut self, key: Key, value: Value) {
        self.0.push((key, value));
    }
}

/// Up to how many entries a map is searched from its beginning.
const SMALL: usize = 16;

/// Whether two keys are the same. Field names mostly are one and the same text in memory.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && (one.as_ptr() == other.as_ptr() || one == other)
}

/// The order of two keys, mostly told by their first bytes alone.
fn compare(one: &str, other: &str) -> Ordering {
    one.as_bytes().first().cmp(&other.as_bytes().first()).then_with(|| one.cmp(other))
}

/// Where a key is among entries, or where it would be.
fn position(pairs: &[Pair], key: &str) -> Result<usize, usize> {
    pairs.binary_search_by(|(k, _)| compare(k, key))
}

impl Map {
    /// An empty map.
    pub const fn new() -> Self {
        Map(None)
    }

    /// A map of entries in any order; of those with the same key, the last counts.
    pub(super) fn of(mut pairs: Vec<Pair>) -> Self {
        if !pairs.is_sorted_by(|(a, _), (b, _)| compare(a, b).is_lt()) {
            pairs.sort_by(|(a, _), (b, _)| compare(a, b));
            pairs.dedup_by(|later, earlier| {
                let again = later.0 == earlier.0;
                if again {
                    std::mem::swap(&mut later.1, &mut earlier.1);
                }
                again
            });
        }
        Map((!pairs.is_empty()).then(|| pairs.into()))
    }

    pub(super) fn pairs(&self) -> &[Pair] {
        self.0.as_deref().unwrap_or_default()
    }

    pub(super) fn pairs_mut(&mut self) -> &mut [Pair] {
        self.0.as_mut().map(Rc::make_mut).unwrap_or_default()
    }

    /// Puts a new entry in at its place.
    fn put(&mut self, at: usize, key: Key, value: Value) {
        let new = std::iter::once((key, value));
        let Some(pairs) = &mut self.0 else {
            self.0 = Some(new.collect());
            return;
        };
        *pairs = match Rc::get_mut(pairs) {
            Some(pairs) => {
                let moved = |(key, value): &mut Pair| (key.clone(), value.take());
                let (before, after) = pairs.split_at_mut(at);
                before.iter_mut().map(moved).chain(new).chain(after.iter_mut().map(moved)).collect()
            }
            None => {
                let (before, after) = pairs.split_at(at);
                before.iter().cloned().chain(new).chain(after.iter().cloned()).collect()
            }
        };
    }

    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let pairs = self.pairs();
        // Most maps are small and most keys differ in length: that is faster than to compare texts.
        if pairs.len() <= SMALL {
            return pairs.iter().find(|(k, _)| same(k, key)).map(|(_, value)| value);
        }
        position(pairs, key).ok().map(|at| &pairs[at].1)
    }

    /// The value under `key`, to change in place.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        let at = position(self.pairs(), key).ok()?;
        Some(&mut self.pairs_mut()[at].1)
    }

    /// The value under `key`, put there as `null` first if it was missing.
    pub fn entry(&mut self, key: &str) -> &mut Value {
        let at = position(self.pairs(), key).unwrap_or_else(|at| {
            self.put(at, Key::from(key), Value::Null);
            at
        });
        &mut self.pairs_mut()[at].1
    }

    /// Puts `value` under `key` and gives what was there.
    pub fn insert(&mut self, key: impl Into<Key>, value: impl Into<Value>) -> Option<Value> {
        let (key, value) = (key.into(), value.into());
        match position(self.pairs(), &key) {
            Ok(at) => Some(std::mem::replace(&mut self.pairs_mut()[at].1, value)),
            Err(at) => {
                self.put(at, key, value);
                None
            }
        }
    }

    /// Takes the value under `key` out. A map that lacks the key is not copied.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let at = position(self.pairs(), key).ok()?;
        let mut left = self.pairs().to_vec();
        let (_, value) = left.remove(at);
        *self = Map::of(left);
        Some(value)
    }

    /// Whether there is a value under `key`.
    pub fn contains_key(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.pairs().len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.pairs().is_empty()
    }

    /// The entries in order of key.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Key, &Value)> + ExactSizeIterator {
        self.pairs().iter().map(|(k, v)| (k, v))
    }

    /// The entries in order of key, values to change in place.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&Key, &mut Value)> {
        self.pairs_mut().iter_mut().map(|(k, v)| (&*k, v))
    }

    /// The keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &Key> + ExactSizeIterator {
        self.pairs().iter().map(|(k, _)| k)
    }

    /// The values in order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Value> + ExactSizeIterator {
        self.pairs().iter().map(|(_, v)| v)
    }

    /// Keeps the entries for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &mut Value) -> bool) {
        let mut left = self.pairs().to_vec();
        left.retain_mut(|(k, v)| keep(k.as_str(), v));
        *self = Map::of(left);
    }

    /// The entry of that key, which in a document of the same form is at the same place.
    pub(super) fn entry_near(&self, at: usize, key: &str) -> Option<&Pair> {
        let pairs = self.pairs();
        let found = pairs.get(at).filter(|(name, _)| same(name, key));
        found.or_else(|| pairs.get(position(pairs, key).ok()?))
    }

    /// Whether both are the same shared map (equal without looking).
    pub fn same(&self, other: &Map) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => Rc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        }
    }
}

impl PartialEq for Map {
    fn eq(&self, other: &Map) -> bool {
        self.same(other) || self.pairs() == other.pairs()
    }
}

impl<K: Into<Key>, V: Into<Value>> FromIterator<(K, V)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Map::of(entries.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}

impl<'a> IntoIterator for &'a Map {
    type Item = (&'a Key, &'a Value);
    type IntoIter = Box<dyn Iterator<Item = (&'a Key, &'a Value)> + 'a>;
    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.iter())
    }
}
