//! Strategic merge as kustomize does it: on documents alone, what the patch adds to a list coming
//! first. (The server's own, which adds at the end and knows more directives, is in `meta::patch`.)

use crate::meta::{Map, Value};
use crate::schema::{ListType, Shape, Type};

const PATCH: &str = "$patch";

/// What a patch makes of a value; nothing if it deletes it.
pub fn merge(value: Option<&Value>, patch: &Value, ty: Option<&'static Type>) -> Option<Value> {
    match patch {
        Value::Null => None,
        Value::Object(patch) => match patch.get(PATCH).map_or("", Value::str) {
            "delete" => None,
            "replace" => Some(merge_map(&Map::new(), patch, None).into()),
            _ => {
                let empty = Map::new();
                let old = value.and_then(Value::as_object);
                let merged = merge_map(old.unwrap_or(&empty), patch, ty);
                // Where nothing was, deleting leaves nothing.
                let nothing = old.is_none() && merged.is_empty() && !patch.is_empty();
                (!nothing).then(|| merged.into())
            }
        },
        other => Some(other.clone()),
    }
}

fn merge_map(old: &Map, patch: &Map, ty: Option<&'static Type>) -> Map {
    let mut merged = old.clone();
    for (name, change) in patch {
        if name.as_str() == PATCH {
            continue;
        }
        let field = ty.and_then(|ty| ty.field(name));
        let target = field.filter(|field| !matches!(field.shape, Shape::Map(_))).and_then(|f| f.shape.target());
        let result = match change {
            Value::Array(items) => {
                let keys = match field {
                    Some(field) => match (field.patch_merge, field.list) {
                        (Some(_), ListType::Map(keys)) => Some(keys),
                        (key, _) => key,
                    },
                    None => None,
                };
                merge_list(old.get(name), items, keys, target)
            }
            change => merge(old.get(name), change, target),
        };
        match result {
            Some(result) => drop(merged.insert(name.clone(), result)),
            None => drop(merged.remove(name)),
        }
    }
    merged
}

/// Merges a list by the fields that are its items' keys; without keys the patch replaces it.
fn merge_list(old: Option<&Value>, patch: &[Value], keys: Option<&str>, ty: Option<&'static Type>) -> Option<Value> {
    let plain = |item: &Value| merge(None, item, None);
    let directive = |wanted: &str| {
        patch.iter().any(|item| item[PATCH] == wanted && item.as_object().is_some_and(|map| map.len() == 1))
    };
    let (Some(keys), false) = (keys, directive("replace")) else {
        return Some(patch.iter().filter(|item| !(item[PATCH] == "replace")).filter_map(plain).collect());
    };
    if directive("delete") {
        return None;
    }
    let old = old.map(Value::items).unwrap_or_default();
    let mut merged: Vec<Value> = Vec::new();
    if !patch.iter().chain(old).any(Value::is_object) {
        for item in patch.iter().chain(old) {
            if !merged.contains(item) {
                merged.push(item.clone());
            }
        }
        return Some(merged.into());
    }
    // The items of the patch come first. An item that leaves out one of the keys is taken for the
    // first that has the others, whose own turn then puts it back as it was.
    let keys: Vec<&str> = keys.split(',').collect();
    let same = |a: &Value, b: &Value| keys.iter().all(|key| a[*key] == b[*key]);
    let fits =
        |item: &Value, wanted: &Value| keys.iter().all(|key| wanted[*key].is_null() || item[*key] == wanted[*key]);
    for item in patch {
        let before = old.iter().find(|other| fits(other, item));
        merged.extend(merge(before, item, ty));
    }
    for item in old.iter().filter(|item| !patch.iter().any(|other| same(item, other))) {
        match merged.iter_mut().find(|other| fits(other, item)) {
            Some(other) => *other = item.clone(),
            None => merged.push(item.clone()),
        }
    }
    Some(merged.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn what_a_patch_adds_to_a_list_comes_first() {
        let service = Type::find("io.k8s.api.core.v1.Service");
        let old = json!({"spec": {"selector": {"a": "b"}, "ports": [{"port": 80}, {"port": 81, "name": "x"}]}});
        for (patch, expect) in [
            (
                json!({"spec": {"ports": [{"port": 82}]}}),
                json!([{"port": 82}, {"port": 80}, {"port": 81, "name": "x"}]),
            ),
            (json!({"spec": {"ports": [{"port": 81, "name": "y"}]}}), json!([{"port": 81, "name": "y"}, {"port": 80}])),
            (json!({"spec": {"ports": [{"port": 80, "$patch": "delete"}]}}), json!([{"port": 81, "name": "x"}])),
            (json!({"spec": {"ports": [{"$patch": "replace"}, {"port": 1}]}}), json!([{"port": 1}])),
            (json!({"spec": {"ports": null}}), json!(null)),
        ] {
            let merged = merge(Some(&old), &patch, service).unwrap();
            assert_eq!(merged.at(&["spec", "ports"]), &expect, "{patch}");
        }
        assert_eq!(merge(Some(&old), &json!({"$patch": "delete"}), service), None);
        assert_eq!(merge(None, &json!({"a": {"b": null}}), None), None);
    }
}
