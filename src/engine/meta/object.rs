//! A Kubernetes object: a document with `apiVersion`, `kind` and `metadata`.
//!
//! The accessors here are those every kind has; a kind's own file adds its own on top.

use super::{Time, Value};
use std::ops::{Deref, DerefMut};

/// One API object. Cloning copies a pointer (see [`Value`]).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object(pub Value);

impl Deref for Object {
    type Target = Value;
    fn deref(&self) -> &Value {
        &self.0
    }
}
impl DerefMut for Object {
    fn deref_mut(&mut self) -> &mut Value {
        &mut self.0
    }
}
impl From<Value> for Object {
    fn from(value: Value) -> Self {
        Object(value)
    }
}
impl From<Object> for Value {
    fn from(object: Object) -> Self {
        object.0
    }
}

impl Object {
    /// `apiVersion`, such as `apps/v1`.
    pub fn api_version(&self) -> &str {
        self["apiVersion"].str()
    }
    /// `kind`, such as `Deployment`.
    pub fn kind(&self) -> &str {
        self["kind"].str()
    }
    /// `metadata.name`.
    pub fn name(&self) -> &str {
        self.at(&["metadata", "name"]).str()
    }
    /// `metadata.namespace`; empty for cluster-scoped objects.
    pub fn namespace(&self) -> &str {
        self.at(&["metadata", "namespace"]).str()
    }
    /// `metadata.uid`.
    pub fn uid(&self) -> &str {
        self.at(&["metadata", "uid"]).str()
    }
    /// `metadata.resourceVersion` as the number it is here.
    pub fn revision(&self) -> u64 {
        self.at(&["metadata", "resourceVersion"]).str().parse().unwrap_or(0)
    }
    /// `metadata.generation`.
    pub fn generation(&self) -> i64 {
        self.at(&["metadata", "generation"]).int()
    }
    /// `metadata.creationTimestamp`.
    pub fn created(&self) -> Option<Time> {
        Time::parse(self.at(&["metadata", "creationTimestamp"]).as_str()?)
    }
    /// `metadata.deletionTimestamp`: set while the object is being deleted.
    pub fn deletion(&self) -> Option<Time> {
        Time::parse(self.at(&["metadata", "deletionTimestamp"]).as_str()?)
    }
    /// Whether the object is being deleted.
    pub fn is_terminating(&self) -> bool {
        !self.at(&["metadata", "deletionTimestamp"]).is_null()
    }
    /// The value of a label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.at(&["metadata", "labels"]).get(key)?.as_str()
    }
    /// The value of an annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.at(&["metadata", "annotations"]).get(key)?.as_str()
    }
    /// `metadata.labels`, or `null`.
    pub fn labels(&self) -> &Value {
        self.at(&["metadata", "labels"])
    }
    /// `metadata.finalizers`.
    pub fn finalizers(&self) -> impl Iterator<Item = &str> {
        self.at(&["metadata", "finalizers"]).items().iter().map(Value::str)
    }
    /// `metadata.ownerReferences`.
    pub fn owners(&self) -> &[Value] {
        self.at(&["metadata", "ownerReferences"]).items()
    }
    /// The owner reference whose `controller` is true.
    pub fn controller(&self) -> Option<&Value> {
        self.owners().iter().find(|owner| owner["controller"].bool())
    }
    /// `spec`.
    pub fn spec(&self) -> &Value {
        &self["spec"]
    }
    /// `status`.
    pub fn status(&self) -> &Value {
        &self["status"]
    }
    /// The status condition of that type.
    pub fn condition(&self, kind: &str) -> Option<&Value> {
        self.at(&["status", "conditions"]).items().iter().find(|c| c["type"] == kind)
    }
    /// Whether the condition of that type is `True`.
    pub fn condition_is_true(&self, kind: &str) -> bool {
        self.condition(kind).is_some_and(|c| c["status"] == "True")
    }
}
