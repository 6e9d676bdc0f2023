//! Making strategic merge patches: of two documents, and of three as `kubectl apply` does.

use super::super::{Map, Value};
use super::strategic::{Mode, merge_map};
use super::{DELETE_FROM, PATCH, RETAIN_KEYS, SET_ORDER, Strategy, position, sort_by_order, strategy};
use crate::schema::Type;

/// Which differences count.
#[derive(Clone, Copy)]
struct Want {
    changes: bool,
    deletions: bool,
}

/// The strategic patch that makes `modified` of `original`; `{}` where they are equal.
pub fn strategic_diff(original: &Value, modified: &Value, ty: Option<&'static Type>) -> Value {
    diff_maps(original, modified, ty, false, Want { changes: true, deletions: true })
}

/// The strategic patch of `kubectl apply`: the changes from `current` to `modified`, and the
/// deletions from `original` (what was applied last) to `modified`.
///
/// # Errors
/// When the two cannot be combined.
pub fn strategic_three_way(
    original: &Value,
    modified: &Value,
    current: &Value,
    ty: Option<&'static Type>,
) -> Result<Value, String> {
    let changes = diff_maps(current, modified, ty, false, Want { changes: true, deletions: false });
    let deletions = diff_maps(original, modified, ty, false, Want { changes: false, deletions: true });
    merge_map(&deletions, &changes, ty, Mode::Combine)
}

fn diff_maps(original: &Value, modified: &Value, ty: Option<&'static Type>, retain_keys: bool, want: Want) -> Value {
    let mut patch = Map::new();
    for (key, new) in modified.entries() {
        let Some(old) = original.get(key.as_str()) else {
            if want.changes {
                patch.insert(key.clone(), new);
            }
            continue;
        };
        if old == new {
            continue;
        }
        let merges = strategy(ty, key);
        match (old, new) {
            (Value::Object(_), Value::Object(_)) => {
                let inner = diff_maps(old, new, merges.target, merges.retain_keys, want);
                if !inner.is_empty() {
                    patch.insert(key.clone(), inner);
                }
            }
            (Value::Array(old), Value::Array(new)) if merges.merge.is_some() => {
                diff_lists(key, old, new, merges, want, &mut patch);
            }
            _ if want.changes => {
                patch.insert(key.clone(), new);
            }
            _ => {}
        }
    }
    let gone = || original.entries().filter(|(key, _)| !modified.has(key));
    if want.deletions {
        for (key, _) in gone() {
            patch.insert(key.clone(), Value::Null);
        }
    }
    if retain_keys && (!patch.is_empty() || gone().next().is_some()) {
        let keys: Value = modified.entries().filter(|(_, v)| !v.is_null()).map(|(key, _)| key.as_str()).collect();
        if !keys.is_empty() {
            patch.insert(RETAIN_KEYS, keys);
        }
    }
    Value::Object(patch)
}

fn diff_lists(field: &str, old: &[Value], new: &[Value], merges: Strategy, want: Want, patch: &mut Map) {
    if old.is_empty() {
        if want.changes && !new.is_empty() {
            patch.insert(field, new.to_vec());
        }
        return;
    }
    let key = merges.merge.unwrap_or_default();
    if old.first().or(new.first()).is_some_and(Value::is_object) {
        diff_maps_in_list(field, old, new, key, merges, want, patch);
    } else {
        let missing = |from: &[Value], list: &[Value]| -> Vec<Value> {
            list.iter().filter(|item| !from.contains(item)).cloned().collect()
        };
        let added = if want.changes { missing(old, new) } else { Vec::new() };
        let deleted = if want.deletions { missing(new, old) } else { Vec::new() };
        if (!deleted.is_empty() || want.changes) && !new.is_empty() {
            patch.insert(format!("{SET_ORDER}{field}"), new.to_vec());
        }
        if !added.is_empty() {
            patch.insert(field, added);
        }
        if !deleted.is_empty() {
            patch.insert(format!("{DELETE_FROM}{field}"), deleted);
        }
    }
}

fn diff_maps_in_list(
    field: &str,
    old: &[Value],
    new: &[Value],
    key: &str,
    merges: Strategy,
    want: Want,
    patch: &mut Map,
) {
    let mut changes = Vec::new();
    for item in new {
        match position(old, item, key) {
            Some(at) => {
                let mut inner = diff_maps(&old[at], item, merges.target, merges.retain_keys, want);
                if !inner.is_empty() {
                    inner[key] = item[key].clone();
                    changes.push(inner);
                }
            }
            None if want.changes => changes.push(item.clone()),
            None => {}
        }
    }
    let mut changes = sort_by_order(changes, new, key);
    if want.deletions {
        for item in old.iter().filter(|item| position(new, item, key).is_none()) {
            let mut deletion = Value::object();
            deletion[PATCH] = "delete".into();
            deletion[key] = item[key].clone();
            changes.push(deletion);
        }
    }
    let places: Vec<_> = new.iter().filter_map(|item| position(old, item, key)).collect();
    let kept = places.len() == new.len() && places.len() == old.len();
    let same_order = kept && places.is_sorted();
    if (want.changes && !same_order || !changes.is_empty()) && !new.is_empty() {
        let order: Value = new.iter().map(|item| Map::from_iter([(key, item[key].clone())])).collect();
        patch.insert(format!("{SET_ORDER}{field}"), order);
    }
    if !changes.is_empty() {
        patch.insert(field, changes);
    }
}
