//! Walks over documents: which fields one has, how two differ, what one makes of the other.

use super::super::{Map, Value, go};
use super::model::{Model, Relation};
use super::set::{Set, field_step, readable};
use crate::meta::SortedMap;
use crate::meta::value::Key;

/// The fields of a document.
pub(super) fn fields(model: &Model, value: &Value) -> Set {
    let mut set = Set::default();
    match model.relation(value) {
        Relation::Leaf => set.member = true,
        Relation::Map => {
            for (key, child) in value.entries() {
                let mut below = fields(&model.field(key).unwrap_or(Model::Unknown), child);
                below.member |= !model.names(key) || child.is_null() || child.is_object() && child.is_empty();
                add(&mut set, field_step(key), below);
            }
        }
        Relation::List => {
            for (at, item) in value.items().iter().enumerate() {
                if let Ok(step) = model.step(at, item) {
                    let mut below = fields(&model.item(), item);
                    below.member = true;
                    add(&mut set, step, below);
                }
            }
        }
    }
    set
}

fn add(set: &mut Set, step: Key, below: Set) {
    if !below.is_empty() {
        set.children.insert(step, below);
    }
}

/// What is wrong with a document that someone applies: unknown fields, wrong types, items without
/// their keys or with the same.
pub(super) fn validate(model: &Model, value: &Value, path: &str, errors: &mut Vec<String>) {
    if let Some(expected) = model.mismatch(value) {
        errors.push(format!("{path}: {expected}, got &{{{}}}", go::go_print(value)));
        return;
    }
    match value {
        Value::Object(map) => {
            for (key, child) in map.iter() {
                let path = format!("{path}.{key}");
                match model.field(key) {
                    Some(model) => validate(&model, child, &path, errors),
                    None => errors.push(format!("{path}: field not declared in schema")),
                }
            }
        }
        Value::Array(items) => {
            let list = model.relation(value) == Relation::List;
            let mut seen = Vec::new();
            for (at, item) in items.iter().enumerate() {
                let step = match model.step(at, item) {
                    Ok(step) if list => step,
                    Err(error) if list => {
                        errors.push(format!("{path}: {error}"));
                        continue;
                    }
                    _ => Key::Own(format!("i:{at}").into()),
                };
                if seen.contains(&step) {
                    errors.push(format!("{path}: duplicate entries for key {}", readable(&step)));
                }
                validate(&model.item(), item, &format!("{path}{}", readable(&step)), errors);
                seen.push(step);
            }
        }
        _ => {}
    }
}

/// The items of a list by their steps; of several with the same, the first.
fn by_step<'a>(model: &Model, value: &'a Value) -> SortedMap<Key, &'a Value> {
    let mut items = SortedMap::new();
    for (at, item) in value.items().iter().enumerate() {
        if let Ok(step) = model.step(at, item) {
            items.entry(step).or_insert(item);
        }
    }
    items
}

/// How one document differs from another.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    pub added: Set,
    pub modified: Set,
    pub removed: Set,
}

pub(super) fn compare(model: &Model, old: &Value, new: &Value) -> Comparison {
    let mut comparison = Comparison::default();
    compare_at(model, Some(old), Some(new), &mut Vec::new(), &mut comparison);
    comparison
}

/// Only what is not shared by both documents is looked at: a write mostly leaves nearly all of it.
fn compare_at(model: &Model, old: Option<&Value>, new: Option<&Value>, path: &mut Vec<Key>, out: &mut Comparison) {
    let (old, new) = match (old, new) {
        (None, None) => return,
        (None, Some(new)) => return *out.added.at(path) = whole(model, new),
        (Some(old), None) => return *out.removed.at(path) = whole(model, old),
        (Some(old), Some(new)) => (old, new),
    };
    let relation = model.relation(new);
    let empty = |value: &Value| !value.is_object() || value.is_empty();
    let empty_map = relation == Relation::Map && empty(old) && empty(new);
    if relation == Relation::Leaf || model.relation(old) != relation || empty_map {
        if old != new {
            out.modified.insert(path);
        }
        return;
    }
    let mut descend = |step: Key, model: &Model, old: Option<&Value>, new: Option<&Value>| {
        path.push(step);
        compare_at(model, old, new, path, out);
        path.pop();
    };
    if relation == Relation::Map {
        let inner = |key: &str| model.field(key).unwrap_or(Model::Unknown);
        for (key, new) in new.entries() {
            let old = old.get(key.as_str());
            if old.is_none_or(|old| !old.is_shared_with(new)) {
                descend(field_step(key), &inner(key), old, Some(new));
            }
        }
        for (key, gone) in old.entries().filter(|(key, _)| !new.has(key)) {
            descend(field_step(key), &inner(key), Some(gone), None);
        }
    } else if model.are_aligned(old, new) {
        let inner = model.item();
        let pairs = old.items().iter().zip(new.items()).enumerate();
        for (at, (old, new)) in pairs.filter(|(_, (old, new))| old != new) {
            if let Ok(step) = model.step(at, new) {
                descend(step, &inner, Some(old), Some(new));
            }
        }
    } else {
        let (before, after) = (by_step(model, old), by_step(model, new));
        let inner = model.item();
        for (step, item) in &after {
            descend(step.clone(), &inner, before.get(step).copied(), Some(item));
        }
        for (step, item) in before.iter().filter(|(step, _)| !after.contains_key(*step)) {
            descend(step.clone(), &inner, Some(item), None);
        }
    }
}

/// All paths of a value that the other document lacks.
fn whole(model: &Model, value: &Value) -> Set {
    let mut set = Set { member: true, ..Set::default() };
    match model.relation(value) {
        Relation::Leaf => {}
        Relation::Map => {
            for (key, child) in value.entries() {
                let inner = model.field(key).unwrap_or(Model::Unknown);
                set.children.insert(field_step(key), whole(&inner, child));
            }
        }
        Relation::List => {
            let inner = model.item();
            for (step, item) in by_step(model, value) {
                set.children.insert(step, whole(&inner, item));
            }
        }
    }
    set
}

/// A document with another laid upon it.
pub(super) fn merge(model: &Model, old: &Value, new: &Value) -> Value {
    if model.relation(old) != model.relation(new) {
        return new.clone();
    }
    match (model.relation(new), old, new) {
        (Relation::Map, Value::Object(below), Value::Object(above)) => {
            let mut merged: Map = below.clone();
            for (key, value) in above.iter() {
                let inner = model.field(key).unwrap_or(Model::Unknown);
                let value = below.get(key).map_or_else(|| value.clone(), |old| merge(&inner, old, value));
                merged.insert(key.clone(), value);
            }
            Value::Object(merged)
        }
        (Relation::List, _, _) => merge_list(model, old, new),
        _ => new.clone(),
    }
}

/// The new list's items in its order, the old list's own items among them where they stood.
fn merge_list(model: &Model, old: &Value, new: &Value) -> Value {
    let (before, after) = (by_step(model, old), by_step(model, new));
    let steps = |value: &Value| -> Vec<Key> {
        value.items().iter().enumerate().filter_map(|(at, item)| model.step(at, item).ok()).collect()
    };
    let inner = model.item();
    let old_steps = steps(old);
    let mut rest = old_steps.iter().peekable();
    let mut merged: Vec<Value> = Vec::new();
    for step in steps(new) {
        let Some(item) = after.get(&step) else { continue };
        let shared = before.get(&step);
        while let Some(own) = rest.next_if(|own| !after.contains_key(*own) || shared.is_some() && **own != step) {
            if !after.contains_key(own) {
                merged.extend(before.get(own).map(|item| (*item).clone()));
            }
        }
        rest.next_if(|own| **own == step);
        merged.push(shared.map_or_else(|| (*item).clone(), |old| merge(&inner, old, item)));
    }
    merged.extend(rest.filter(|own| !after.contains_key(*own)).filter_map(|own| before.get(own)).map(|i| (*i).clone()));
    merged.into()
}

/// The document without the fields of the set.
pub(super) fn remove(model: &Model, value: &Value, set: &Set) -> Value {
    match model.relation(value) {
        Relation::Leaf => value.clone(),
        Relation::Map => {
            let mut kept = value.as_object().cloned().unwrap_or_default();
            for (step, below) in &set.children {
                let Some(name) = step.strip_prefix("f:") else { continue };
                if below.member {
                    kept.remove(name);
                } else if let Some(child) = kept.get(name) {
                    let child = remove(&model.field(name).unwrap_or(Model::Unknown), child, below);
                    kept.insert(name, child);
                }
            }
            Value::Object(kept)
        }
        Relation::List => {
            let inner = model.item();
            let items = value.items().iter().enumerate().filter_map(|(at, item)| {
                let below = model.step(at, item).ok().and_then(|step| set.children.get(&step));
                match below {
                    Some(below) if below.member => None,
                    Some(below) => Some(remove(&inner, item, below)),
                    None => Some(item.clone()),
                }
            });
            items.collect()
        }
    }
}

/// The set, and with each field of a struct in it the struct's own path.
pub(super) fn with_structs(model: &Model, set: &Set) -> Set {
    let mut out = Set { member: set.member, ..Set::default() };
    for (step, below) in &set.children {
        let (inner, named) = match step.strip_prefix("f:") {
            Some(name) => (model.field(name).unwrap_or(Model::Unknown), model.names(name)),
            None => (model.item(), false),
        };
        let mut below = with_structs(&inner, below);
        below.member |= named;
        out.children.insert(step.clone(), below);
    }
    out
}
