//! Where in objects fields lie: rows of kind and path, and the walk along a path.

use super::Built;
use super::resmap::{Gvk, Resource};
use crate::meta::Value;

/// A field of some kinds. Empty parts of the kind stand for any.
pub struct Field<'a> {
    /// The API group.
    pub group: &'a str,
    /// Kinds, separated by `|`.
    pub kinds: &'a str,
    /// Names separated by `/`; lists are walked through, `[]` marks one that is not created.
    pub path: &'a str,
    /// Whether it is created where it is missing.
    pub create: bool,
}

impl Field<'_> {
    /// A field that is created.
    pub const fn made(group: &'static str, kinds: &'static str, path: &'static str) -> Field<'static> {
        Field { group, kinds, path, create: true }
    }

    /// A field that is changed where it is.
    pub const fn found(group: &'static str, kinds: &'static str, path: &'static str) -> Field<'static> {
        Field { group, kinds, path, create: false }
    }

    /// Whether objects of that kind have it.
    pub fn is_of(&self, gvk: &Gvk) -> bool {
        (self.group.is_empty() || self.group == gvk.group)
            && (self.kinds.is_empty() || self.kinds.split('|').any(|kind| kind == gvk.kind))
    }

    /// Changes the field of a resource, if it is one of the kind.
    ///
    /// # Errors
    /// What `change` gives.
    pub fn apply(&self, resource: &mut Resource, change: &mut dyn FnMut(&mut Value) -> Built) -> Built {
        if !self.is_of(&resource.gvk()) {
            return Ok(());
        }
        walk(&mut resource.object.0, &split(self.path), self.create, change)
    }
}

/// The names of a path; `\/` is a slash within a name.
pub fn split(path: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = path.trim_matches('/').chars().peekable();
    while let Some(c) = chars.next() {
        match (c, parts.last_mut()) {
            ('\\', Some(last)) if chars.peek() == Some(&'/') => {
                chars.next();
                last.push('/');
            }
            ('/', _) => parts.push(String::new()),
            (c, Some(last)) => last.push(c),
            _ => {}
        }
    }
    parts
}

/// Changes every value that a path leads to.
///
/// # Errors
/// What `change` gives.
pub fn walk(value: &mut Value, path: &[String], create: bool, change: &mut dyn FnMut(&mut Value) -> Built) -> Built {
    let Some((name, rest)) = path.split_first() else { return change(value) };
    if let Some(items) = value.as_array_mut() {
        return items.iter_mut().try_for_each(|item| walk(item, path, create, change));
    }
    let plain = name.strip_suffix("[]").unwrap_or(name);
    let make = create && plain == name && (value.is_object() || value.is_null());
    match value.get(plain) {
        Some(Value::Null) | None if !make => Ok(()),
        _ if make => walk(value.entry(plain), rest, create, change),
        _ => value.get_mut(plain).map_or(Ok(()), |next| walk(next, rest, create, change)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn a_path_leads_through_lists_and_makes_maps() {
        for (object, path, create, expect) in [
            (json!({"a": [{"b": 1}, {"c": 2}]}), "a/b", false, json!({"a": [{"b": 0}, {"c": 2}]})),
            (json!({"a": [{"b": 1}, {"c": 2}]}), "a/b", true, json!({"a": [{"b": 0}, {"b": 0, "c": 2}]})),
            (json!({}), "a/b", true, json!({"a": {"b": 0}})),
            (json!({}), "a[]/b", true, json!({})),
            (json!({"x/y": 1}), "x\\/y", false, json!({"x/y": 0})),
        ] {
            let mut changed = object.clone();
            let zero = &mut |place: &mut Value| {
                *place = 0.into();
                Ok(())
            };
            walk(&mut changed, &split(path), create, zero).unwrap();
            assert_eq!(changed, expect, "{object} {path}");
        }
    }
}
