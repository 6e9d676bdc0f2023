//! JSON merge patches (RFC 7386), and the three-way merge that `kubectl apply` makes for kinds
//! without a Go type: custom resources.

use super::super::{Map, Value};

/// Applies a merge patch: maps merge, `null` removes, everything else replaces.
pub fn merge_patch(document: &Value, patch: &Value) -> Value {
    let Value::Object(changes) = patch else {
        return patch.clone();
    };
    let mut merged = document.as_object().cloned().unwrap_or_default();
    for (key, change) in changes.iter() {
        if change.is_null() {
            merged.remove(key);
        } else {
            let old = merged.get(key).cloned().unwrap_or_default();
            merged.insert(key.clone(), merge_patch(&old, change));
        }
    }
    Value::Object(merged)
}

/// The merge patch that makes `modified` of `original`; `{}` where they are equal.
pub fn merge_diff(original: &Value, modified: &Value) -> Value {
    let (Value::Object(old), Value::Object(new)) = (original, modified) else {
        return if original == modified { Value::object() } else { modified.clone() };
    };
    let mut patch = Map::new();
    if old.same(new) {
        return Value::Object(patch);
    }
    for (key, value) in new.iter() {
        match old.get(key) {
            Some(before) if before == value => {}
            Some(before @ Value::Object(_)) if value.is_object() => {
                patch.insert(key.clone(), merge_diff(before, value));
            }
            _ => {
                patch.insert(key.clone(), value);
            }
        }
    }
    for key in old.keys().filter(|key| !new.contains_key(key)) {
        patch.insert(key.clone(), Value::Null);
    }
    Value::Object(patch)
}

/// The merge patch of `kubectl apply`: the changes from `current` to `modified`, and the
/// deletions from `original` (what was applied last) to `modified`.
pub fn merge_three_way(original: &Value, modified: &Value, current: &Value) -> Value {
    let changes = only(&merge_diff(current, modified), false);
    let deletions = only(&merge_diff(original, modified), true);
    overlay(&deletions, &changes)
}

/// The deletions of a merge patch alone, or all but them.
fn only(patch: &Value, deletions: bool) -> Value {
    let mut kept = Map::new();
    for (key, change) in patch.entries() {
        match change {
            Value::Null if deletions => {
                kept.insert(key.clone(), Value::Null);
            }
            Value::Null => {}
            Value::Object(map) => {
                let inner = only(change, deletions);
                if !inner.is_empty() || (!deletions && map.is_empty()) {
                    kept.insert(key.clone(), inner);
                }
            }
            _ if deletions => {}
            _ => {
                kept.insert(key.clone(), change);
            }
        }
    }
    Value::Object(kept)
}

/// One patch upon another; unlike applying it, nulls stay.
fn overlay(below: &Value, above: &Value) -> Value {
    let (Value::Object(below), Value::Object(above)) = (below, above) else {
        return above.clone();
    };
    let mut merged = below.clone();
    for (key, value) in above.iter() {
        let value = merged.get(key).map_or_else(|| value.clone(), |old| overlay(old, value));
        merged.insert(key.clone(), value);
    }
    Value::Object(merged)
}
