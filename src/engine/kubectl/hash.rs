//! The hash that `--append-hash` and kustomize put behind the names of ConfigMaps and Secrets.

use crate::json;
use crate::meta::{Object, Value, sha256};

/// The ten characters for an object's content; `None` if it is neither ConfigMap nor Secret.
pub fn of(object: &Object) -> Option<String> {
    let mut content = json!({"kind": (object.kind()), "name": (object.name()), "data": (object["data"].clone())});
    match object.kind() {
        "ConfigMap" => {
            if !object["binaryData"].is_empty() {
                content["binaryData"] = object["binaryData"].clone();
            }
        }
        "Secret" => {
            content["type"] = object["type"].str().into();
            if !object["stringData"].is_empty() {
                content["stringData"] = object["stringData"].clone();
            }
        }
        _ => return None,
    }
    if content["data"].is_null() {
        content["data"] = if object.kind() == "ConfigMap" { "".into() } else { Value::Null };
    }
    let digest = sha256(content.to_go_json().as_bytes());
    // Letters that could spell words, and digits that look like letters, are replaced.
    let letters = digest.iter().take(5).flat_map(|byte| [byte >> 4, byte & 15]).map(|nibble| match nibble {
        0 => 'g',
        1 => 'h',
        3 => 'k',
        10 => 'm',
        14 => 't',
        other => char::from_digit(u32::from(other), 16).unwrap_or('x'),
    });
    Some(letters.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suffix_is_the_real_one() {
        let object = Object(json!({"kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a": "1"}}));
        assert_eq!(of(&object).as_deref(), Some("m8mt92gg65"));
    }
}
