//! Describes objects that have no describer of their own, field by field.

use super::super::failure::Outcome;
use super::events;
use super::page::Page;
use crate::meta::Value;

/// Fields of the metadata that stand elsewhere or are for machines.
const SKIPPED_METADATA: [&str; 6] = ["name", "namespace", "labels", "annotations", "managedFields", "selfLink"];

pub(super) fn describe(page: &mut Page<'_>) -> Outcome {
    page.name_and_namespace();
    page.labels_and_annotations();
    let object = page.object();
    for (key, value) in object.entries() {
        if key.as_str() == "metadata" {
            let mut metadata = value.clone();
            for skipped in SKIPPED_METADATA {
                metadata.remove(&[skipped]);
            }
            entry(page, 0, "metadata", &metadata);
        } else {
            entry(page, 0, key, value);
        }
    }
    events::write(page);
    Ok(())
}

fn entry(page: &mut Page<'_>, level: usize, key: &str, value: &Value) {
    let label = label(key);
    match value {
        Value::Object(map) => {
            page.line(level, format!("{label}:"));
            for (key, value) in map.iter() {
                entry(page, level + 1, key, value);
            }
        }
        Value::Array(items) => {
            page.line(level, format!("{label}:"));
            for item in items.iter() {
                match item {
                    Value::Object(map) => {
                        for (key, value) in map.iter() {
                            entry(page, level + 1, key, value);
                        }
                    }
                    item => page.line(level + 1, super::page::scalar(item)),
                }
            }
        }
        Value::Null => page.line(level, format!("{label}:\t<nil>")),
        scalar => page.line(level, format!("{label}:\t{}", super::page::scalar(scalar))),
    }
}

/// `resourceVersion` becomes `Resource Version`; abbreviations are written in capitals.
fn label(field: &str) -> String {
    const ABBREVIATIONS: [&str; 5] = ["api", "url", "uid", "osb", "guid"];
    if field.contains('/') || field.contains('.') {
        return field.into();
    }
    let mut words: Vec<String> = Vec::new();
    let letters: Vec<char> = field.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| letters.get(before));
        let begins = match before {
            None => true,
            Some(before) => {
                let next_is_lower = letters.get(at + 1).is_some_and(|next| next.is_lowercase());
                letter.is_uppercase() && (!before.is_uppercase() || next_is_lower)
            }
        };
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(*letter);
        }
    }
    let shown = words.iter().filter(|word| word.as_str() != "_" && word.as_str() != "-").map(|word| {
        if ABBREVIATIONS.contains(&word.to_lowercase().as_str()) {
            return word.to_uppercase();
        }
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().to_string() + letters.as_str()).unwrap_or_default()
    });
    shown.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn fields_become_labels() {
        for (field, expect) in [
            ("resourceVersion", "Resource Version"),
            ("apiVersion", "API Version"),
            ("uid", "UID"),
            ("url", "URL"),
            ("groupPriorityMinimum", "Group Priority Minimum"),
            ("a.b/c", "a.b/c"),
        ] {
            assert_eq!(label(field), expect);
        }
    }
}
