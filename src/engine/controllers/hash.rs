//! The hashes in names and labels of what controllers make from templates.

use crate::meta::Value;

/// Hashes a template: up to ten characters of those that generated names use. `collisions` tells
/// apart templates whose hashes fall together.
pub fn of(template: &Value, collisions: Option<i64>) -> String {
    let mut hash = fnv1a(0x811c_9dc5, template.to_json().as_bytes());
    if let Some(count) = collisions {
        hash = fnv1a(hash, &(count as u32).to_le_bytes());
    }
    // Each digit has its letter: no vowels, nothing that reads as a word.
    hash.to_string().bytes().map(|digit| char::from(b"456789bcdf"[usize::from(digit - b'0')])).collect()
}

fn fnv1a(start: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(start, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn hashes_are_stable_and_tell_templates_apart() {
        let template = json!({"spec": {"containers": [{"image": "nginx"}]}});
        assert_eq!(of(&template, None), of(&template.clone(), None));
        assert_ne!(of(&template, None), of(&json!({"spec": {}}), None));
        assert_ne!(of(&template, None), of(&template, Some(1)));
        assert!(of(&template, None).bytes().all(|byte| b"456789bcdf".contains(&byte)));
    }
}
