//! A field under validation: its value and, spelled out only when something is wrong with it, its path.

use crate::meta::{Errors, Value};
use std::ops::Deref;

/// A value within a document and the way to it. Reads like the value it stands for.
#[derive(Clone, Copy)]
pub struct Field<'a> {
    value: &'a Value,
    parent: Option<&'a Field<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Name(&'a str),
    Index(usize),
    Key(&'a str),
}

impl Deref for Field<'_> {
    type Target = Value;
    fn deref(&self) -> &Value {
        self.value
    }
}

impl<'a> Field<'a> {
    /// A whole document.
    pub fn root(value: &'a Value) -> Field<'a> {
        Field { value, parent: None, step: Step::Root }
    }
    /// The value, for as long as the document lives.
    pub fn value(&self) -> &'a Value {
        self.value
    }
    /// The field `name` of this map.
    pub fn child(&'a self, name: &'a str) -> Field<'a> {
        Field { value: &self.value[name], parent: Some(self), step: Step::Name(name) }
    }
    /// The same place with another value, such as the part of it that is wrong.
    pub fn with(&self, value: &'a Value) -> Field<'a> {
        Field { value, ..*self }
    }
    /// The entry `key` of this map.
    pub fn key(&'a self, key: &'a str) -> Field<'a> {
        Field { value: &self.value[key], parent: Some(self), step: Step::Key(key) }
    }
    /// The element `at` of this list.
    pub fn index(&'a self, at: usize) -> Field<'a> {
        Field { value: &self.value[at], parent: Some(self), step: Step::Index(at) }
    }
    /// The elements of this list.
    pub fn each(&'a self) -> impl Iterator<Item = Field<'a>> {
        (0..self.value.items().len()).map(|at| self.index(at))
    }
    /// The entries of this map.
    pub fn each_key(&'a self) -> impl Iterator<Item = (&'a str, Field<'a>)> {
        self.value.entries().map(|(key, _)| (key.as_str(), self.key(key)))
    }
    /// The path, such as `spec.containers[0].name` or `data[a.txt]`.
    pub fn path(&self) -> String {
        let mut path = self.parent.map(Field::path).unwrap_or_default();
        match self.step {
            Step::Root => {}
            Step::Name(name) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(name);
            }
            Step::Index(at) => {
                path.push('[');
                path.push_str(&at.to_string());
                path.push(']');
            }
            Step::Key(key) => {
                path.push('[');
                path.push_str(key);
                path.push(']');
            }
        }
        path
    }

    /// It must be there.
    pub fn required(&self, errors: &mut Errors, detail: &str) {
        errors.required(&self.path(), detail);
    }
    /// It must be there and not be empty. Whether it is.
    pub fn need(&self, errors: &mut Errors) -> bool {
        let there = !self.value.is_empty();
        if !there {
            self.required(errors, "");
        }
        there
    }
    /// Its value is wrong.
    pub fn invalid(&self, errors: &mut Errors, detail: &str) {
        errors.invalid(&self.path(), self.value, detail);
    }
    /// Its value is wrong, for each of these reasons.
    pub fn complain(&self, errors: &mut Errors, complaints: Vec<String>) {
        for complaint in complaints {
            self.invalid(errors, &complaint);
        }
    }
    /// It may not be there.
    pub fn forbidden(&self, errors: &mut Errors, detail: &str) {
        errors.forbidden(&self.path(), detail);
    }
    /// Its value stands there a second time.
    pub fn duplicate(&self, errors: &mut Errors) {
        errors.duplicate(&self.path(), self.value);
    }
    /// What it names does not exist.
    pub fn not_found(&self, errors: &mut Errors) {
        errors.not_found(&self.path(), self.value);
    }
    /// Its value is not one of these. Absent strings are shown empty.
    pub fn unsupported(&self, errors: &mut Errors, supported: &[&str]) {
        let empty = Value::from("");
        let value = if self.value.is_null() { &empty } else { self.value };
        errors.not_supported(&self.path(), value, supported);
    }
    /// If there, it must be one of these.
    pub fn one_of(&self, errors: &mut Errors, supported: &[&str]) {
        if !self.value.is_empty() && !supported.contains(&self.value.str()) {
            self.unsupported(errors, supported);
        }
    }
    /// It must be there and be one of these; the error of an absent one says so with `detail`.
    pub fn need_one_of(&self, errors: &mut Errors, supported: &[&str], detail: &str) {
        if self.value.is_empty() {
            self.required(errors, detail);
        } else {
            self.one_of(errors, supported);
        }
    }
    /// A number may not be below zero.
    pub fn non_negative(&self, errors: &mut Errors) {
        self.at_least(errors, 0);
    }
    /// A number may not be below `least`.
    pub fn at_least(&self, errors: &mut Errors, least: i64) {
        if self.value.as_i64().is_some_and(|n| n < least) {
            self.invalid(errors, &format!("must be greater than or equal to {least}"));
        }
    }
    /// It may not change.
    pub fn immutable(&self, errors: &mut Errors, old: &Value) {
        if self.value != old {
            self.invalid(errors, "field is immutable");
        }
    }
    /// The value as a string that is shown empty where it is absent.
    pub fn invalid_text(&self, errors: &mut Errors, detail: &str) {
        errors.invalid(&self.path(), &Value::from(self.value.str()), detail);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn paths_are_spelled_as_field_paths_are() {
        let pod = json!({"spec": {"containers": [{"name": "c"}]}, "data": {"a.b": "x"}});
        let root = Field::root(&pod);
        let (spec, data) = (root.child("spec"), root.child("data"));
        let containers = spec.child("containers");
        let first = containers.index(0);
        assert_eq!(first.child("name").path(), "spec.containers[0].name");
        assert_eq!(first.child("name").str(), "c");
        assert_eq!(data.key("a.b").path(), "data[a.b]");
        assert_eq!(root.path(), "");
    }
}
