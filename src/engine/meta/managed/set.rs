//! Sets of fields, in the tree form of `fieldsV1`.
//!
//! A step of a path is kept as `fieldsV1` writes it: `f:NAME` for a field, `k:{...}` for the item
//! of a list with those keys, `v:VALUE` for an item of a set.

use super::super::value::Key;
use super::super::{Map, Value};
use crate::meta::SortedMap;

/// A set of fields: a node of the tree, and whether the node itself is in the set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Set {
    /// Whether the path that leads here is in the set.
    pub member: bool,
    /// The steps from here.
    pub children: SortedMap<Key, Set>,
}

impl Set {
    /// Reads a `fieldsV1` document.
    pub fn decode(fields: &Value) -> Set {
        Set::node(fields, false)
    }
    fn node(fields: &Value, inner: bool) -> Set {
        let mut set = Set { member: inner && (fields.is_empty() || fields.has(".")), ..Set::default() };
        for (step, below) in fields.entries().filter(|(step, _)| step.as_str() != ".") {
            set.children.insert(step.clone(), Set::node(below, true));
        }
        set
    }
    /// Writes a `fieldsV1` document.
    pub fn encode(&self) -> Value {
        self.encode_with(&Value::object())
    }
    /// The ends of all paths share one empty map.
    fn encode_with(&self, empty: &Value) -> Value {
        if self.children.is_empty() {
            return empty.clone();
        }
        let mut map: Map = self.children.iter().map(|(step, below)| (step.clone(), below.encode_with(empty))).collect();
        if self.member {
            map.insert(ITSELF, empty.clone());
        }
        Value::Object(map)
    }
    /// Whether a `fieldsV1` document has a field of this set.
    pub fn meets(&self, fields: &Value) -> bool {
        self.children.iter().any(|(step, below)| {
            let member = |node: &Value| node.is_empty() || node.has(".");
            fields.get(step.as_str()).is_some_and(|node| below.member && member(node) || below.meets(node))
        })
    }
    /// Writes the fields of this set into a `fieldsV1` document; tells whether it lacked any.
    pub fn write_into(&self, fields: &mut Value) -> bool {
        let mut wrote = false;
        for (step, below) in self.children.iter().filter(|(_, below)| !below.is_empty()) {
            let Some(node) = fields.get(step.as_str()) else {
                fields.object_mut().insert(step.clone(), below.encode());
                wrote = true;
                continue;
            };
            let member = node.is_empty() || node.has(".");
            let mut node = node.clone();
            let mut changed = below.write_into(&mut node);
            if (member || below.member) && !node.is_empty() && !node.has(".") {
                node.object_mut().insert(ITSELF, Value::object());
                changed = true;
            }
            if changed {
                fields.object_mut().insert(step.clone(), node);
                wrote = true;
            }
        }
        wrote
    }
    /// Whether there is no field in it.
    pub fn is_empty(&self) -> bool {
        !self.member && self.children.values().all(Set::is_empty)
    }
    /// Puts the end of a path in.
    pub fn insert(&mut self, path: &[Key]) {
        self.at(path).member = true;
    }
    /// The node at the end of a path, made if it is missing.
    pub(super) fn at(&mut self, path: &[Key]) -> &mut Set {
        path.iter().fold(self, |set, step| set.children.entry(step.clone()).or_default())
    }
    /// Takes a path and all below it out.
    pub fn remove(&mut self, path: &[&str]) {
        match path {
            [] => *self = Set::default(),
            [last] => {
                self.children.remove(*last);
            }
            [step, rest @ ..] => {
                if let Some(below) = self.children.get_mut(*step) {
                    below.remove(rest);
                }
            }
        }
    }
    /// The fields of either.
    #[must_use]
    pub fn union(&self, other: &Set) -> Set {
        let mut set = self.clone();
        set.take_in(other.clone());
        set
    }
    /// Adds the fields of another.
    pub fn take_in(&mut self, other: Set) {
        self.member |= other.member;
        for (step, below) in other.children {
            self.children.entry(step).or_default().take_in(below);
        }
    }
    /// The fields of this that `other` lacks.
    #[must_use]
    pub fn difference(&self, other: &Set) -> Set {
        self.combine(other, |own, others| own && !others, true)
    }
    /// The fields of both.
    #[must_use]
    pub fn intersection(&self, other: &Set) -> Set {
        self.combine(other, |own, others| own && others, false)
    }
    fn combine(&self, other: &Set, member: fn(bool, bool) -> bool, keep_alone: bool) -> Set {
        let mut set = Set { member: member(self.member, other.member), ..Set::default() };
        for (step, below) in &self.children {
            let combined = match other.children.get(step) {
                Some(others) => below.combine(others, member, keep_alone),
                None if keep_alone => below.clone(),
                None => continue,
            };
            if !combined.is_empty() {
                set.children.insert(step.clone(), combined);
            }
        }
        set
    }
    /// The paths in the set as people read them: `.spec.containers[name="c"].image`.
    pub fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        self.collect("", &mut paths);
        paths
    }
    fn collect(&self, prefix: &str, paths: &mut Vec<String>) {
        if self.member {
            paths.push(prefix.to_string());
        }
        for (step, below) in &self.children {
            below.collect(&format!("{prefix}{}", readable(step)), paths);
        }
    }
}

/// The step by which `fieldsV1` says that a path with others below it is itself in the set.
const ITSELF: Key = Key::Field(".");

/// The step that leads to a field of that name. For the API's own fields it costs no allocation.
pub(super) fn field_step(name: &str) -> Key {
    match crate::schema::field_step(name) {
        Some(step) => Key::Field(step),
        None => Key::Own(format!("f:{name}").into()),
    }
}

/// One step as people read it.
pub(super) fn readable(step: &str) -> String {
    let json = |text: &str| Value::from_json(text.as_bytes()).unwrap_or_default();
    match step.split_at_checked(2) {
        Some(("f:", name)) => format!(".{name}"),
        Some(("k:", keys)) => {
            let keys: Vec<String> =
                json(keys).entries().map(|(key, value)| format!("{key}={}", value.to_go_json())).collect();
            format!("[{}]", keys.join(","))
        }
        Some(("v:", value)) => format!("[={}]", json(value).to_go_json()),
        Some(("i:", index)) => format!("[{index}]"),
        _ => step.into(),
    }
}
