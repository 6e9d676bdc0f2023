//! Applying strategic merge patches: merge patches whose lists merge by the schema's keys, with
//! directives in the patch.

use super::super::{Map, Value, go_print};
use super::{DELETE_FROM, PATCH, RETAIN_KEYS, SET_ORDER, Strategy, interleave, position, strategy};
use crate::schema::Type;

/// What merging is for.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Mode {
    /// A patch is applied to an object: directives are obeyed and do not stay.
    Apply,
    /// A patch is laid upon another patch: directives and nulls stay.
    Combine,
}

/// Applies a strategic merge patch to an object of that type.
///
/// # Errors
/// The real library's text for a patch that makes no sense.
pub fn strategic_patch(document: &Value, patch: &Value, ty: Option<&'static Type>) -> Result<Value, String> {
    merge_map(document, patch, ty, Mode::Apply)
}

pub(super) fn merge_map(
    original: &Value,
    patch: &Value,
    ty: Option<&'static Type>,
    mode: Mode,
) -> Result<Value, String> {
    let mut patch = patch.as_object().cloned().unwrap_or_default();
    if let Some(directive) = patch.remove(PATCH) {
        return match directive.str() {
            "replace" => Ok(Value::Object(patch)),
            "delete" => Ok(Value::object()),
            _ => Err(bad_patch_type(&directive, &Value::Object(patch))),
        };
    }
    let mut merged = original.as_object().cloned().unwrap_or_default();
    retain_keys(&mut merged, &mut patch, mode)?;
    set_element_order(&mut merged, &mut patch, ty, mode)?;
    for (key, change) in patch.iter() {
        let mut key = key.as_str();
        let mut deletes = false;
        if let Some(list) = key.strip_prefix(DELETE_FROM) {
            if mode == Mode::Combine {
                merged.insert(key, change);
                continue;
            }
            (key, deletes) = (list, true);
        }
        if change.is_null() {
            merged.remove(key);
            if mode == Mode::Apply {
                continue;
            }
        }
        let merges = strategy(ty, key);
        let result = match (merged.get(key), change) {
            (Some(old @ Value::Object(_)), Value::Object(_)) => merge_map(old, change, merges.target, mode)?,
            (Some(Value::Array(old)), Value::Array(new)) if deletes => {
                old.iter().filter(|item| !new.contains(item)).cloned().collect()
            }
            (Some(Value::Array(old)), Value::Array(new)) => merge_list(old, new, merges, mode)?,
            _ if deletes => continue,
            _ => fresh(change, mode),
        };
        merged.insert(key, result);
    }
    Ok(Value::Object(merged))
}

fn bad_patch_type(directive: &Value, patch: &Value) -> String {
    format!("unknown patch type: {} in map: {}", go_print(directive), go_print(patch))
}

/// What a patch puts where nothing (or something else) was: itself, without directives and nulls.
fn fresh(change: &Value, mode: Mode) -> Value {
    match change {
        _ if mode == Mode::Combine => change.clone(),
        Value::Object(map) => map
            .iter()
            .filter(|(key, value)| !value.is_null() && !is_directive(key))
            .map(|(key, value)| (key.clone(), fresh(value, mode)))
            .collect::<Map>()
            .into(),
        Value::Array(items) => {
            items.iter().filter(|item| item[PATCH] != "delete").map(|item| fresh(item, mode)).collect()
        }
        _ => change.clone(),
    }
}

fn is_directive(key: &str) -> bool {
    key == PATCH || key == RETAIN_KEYS || key.starts_with(DELETE_FROM) || key.starts_with(SET_ORDER)
}

fn retain_keys(merged: &mut Map, patch: &mut Map, mode: Mode) -> Result<(), String> {
    let Some(keys) = patch.remove(RETAIN_KEYS) else {
        return Ok(());
    };
    let wrong = "invalid patch format of retainKeys";
    if !keys.is_array() {
        return Err(wrong.into());
    }
    if mode == Mode::Combine {
        return match merged.insert(RETAIN_KEYS, &keys) {
            Some(old) if old != keys => Err(wrong.into()),
            _ => Ok(()),
        };
    }
    let named = |key: &str| keys.items().iter().any(|item| item == key);
    if patch.iter().any(|(key, value)| !value.is_null() && !is_directive(key) && !named(key)) {
        return Err(wrong.into());
    }
    merged.retain(|key, _| named(key));
    Ok(())
}

/// Merges the lists whose order the patch gives.
fn set_element_order(merged: &mut Map, patch: &mut Map, ty: Option<&'static Type>, mode: Mode) -> Result<(), String> {
    let directives: Vec<String> =
        patch.keys().filter(|key| key.starts_with(SET_ORDER)).map(|key| key.to_string()).collect();
    for directive in directives {
        let order = patch.remove(&directive).unwrap_or_default();
        if mode == Mode::Combine {
            match merged.insert(directive.as_str(), &order) {
                Some(old) if old != order => return Err("invalid patch format of setElementOrder list".into()),
                _ => {}
            }
        }
        let field = &directive[SET_ORDER.len()..];
        let merges = strategy(ty, field);
        let key = merges.merge.unwrap_or_default();
        let old = merged.get(field).cloned();
        // Deletions may name items that are no longer in order.
        let new = patch.remove(field);
        if let Some(new) = &new {
            check_order(new.items(), order.items(), key)?;
        }
        let list = match (&old, &new) {
            (None, None) => continue,
            (Some(old), None) => old.items().to_vec(),
            (None | Some(Value::Null), Some(new)) => fresh(new, mode).items().to_vec(),
            (Some(old), Some(new)) => merge_list(old.items(), new.items(), merges, mode)?.items().to_vec(),
        };
        let server = old.unwrap_or_default();
        merged.insert(field, interleave(list, order.items(), server.items(), key));
    }
    Ok(())
}

/// The items of a patch must stand in the order that it says it sets.
fn check_order(items: &[Value], order: &[Value], key: &str) -> Result<(), String> {
    let kept = items.iter().filter(|item| item[PATCH] != "delete");
    let mut last = None;
    for item in kept {
        let at = position(order, item, key);
        if at.is_none() || at < last {
            let list = |items: &[Value]| go_print(&items.iter().cloned().collect());
            return Err(format!(
                "The order in patch list:\n{}\n doesn't match $setElementOrder list:\n{}\n",
                list(items),
                list(order)
            ));
        }
        last = at;
    }
    Ok(())
}

fn merge_list(original: &[Value], patch: &[Value], merges: Strategy, mode: Mode) -> Result<Value, String> {
    let Some(key) = merges.merge else {
        return Ok(fresh(&patch.iter().cloned().collect(), mode));
    };
    let maps = original.first().or(patch.first()).is_some_and(Value::is_object);
    let mut merged = original.to_vec();
    if !maps {
        for item in patch {
            if !merged.contains(item) {
                merged.push(item.clone());
            }
        }
        return Ok(interleave(merged, patch, original, "").into());
    }
    let mut plain = Vec::new();
    let mut replace = false;
    for item in patch {
        match item.get(PATCH) {
            None => plain.push(item.clone()),
            Some(directive) => match directive.str() {
                "delete" => {
                    let wanted = item.get(key).ok_or_else(|| no_merge_key(item, key))?;
                    merged.retain(|old| old.get(key) != Some(wanted));
                }
                "replace" => replace = true,
                "merge" => return Err("merging lists cannot yet be specified in the patch".into()),
                _ => return Err(bad_patch_type(directive, item)),
            },
        }
    }
    if replace {
        return Ok(plain.into());
    }
    for item in &plain {
        if item.get(key).is_none() {
            return Err(no_merge_key(item, key));
        }
        match position(&merged, item, key) {
            Some(at) => merged[at] = merge_map(&merged[at], item, merges.target, mode)?,
            None => merged.push(fresh(item, mode)),
        }
    }
    Ok(interleave(merged, &plain, original, key).into())
}

fn no_merge_key(item: &Value, key: &str) -> String {
    format!("map: {} does not contain declared merge key: {key}", go_print(item))
}
