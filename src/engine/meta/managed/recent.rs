//! What was created lately, with who owns what in it: a ReplicaSet's next pod has the same fields.

use super::update::Applier;
use crate::meta::Value;
use std::collections::VecDeque;

/// How many forms are remembered.
const REMEMBERED: usize = 16;

/// Documents that were created lately, and their managers' `fieldsV1`. It saves work and changes nothing.
#[derive(Default)]
pub struct Recent(VecDeque<Form>);

struct Form {
    manager: String,
    subresource: String,
    document: Value,
    fields: Value,
}

impl Recent {
    /// The `fieldsV1` of an earlier document with the same fields, by the same manager.
    pub(super) fn find(&self, document: &Value, applier: &Applier) -> Option<Value> {
        let is_its = |form: &&Form| {
            form.manager == applier.manager
                && form.subresource == applier.subresource
                && form.document["kind"] == document["kind"]
                && form.document["apiVersion"] == document["apiVersion"]
                && have_same_fields(&form.document, document)
        };
        self.0.iter().find(is_its).map(|form| form.fields.clone())
    }

    pub(super) fn remember(&mut self, document: &Value, applier: &Applier, fields: &Value) {
        self.0.truncate(REMEMBERED - 1);
        self.0.push_front(Form {
            manager: applier.manager.into(),
            subresource: applier.subresource.into(),
            document: document.clone(),
            fields: fields.clone(),
        });
    }
}

/// Whether two documents have the same fields, whatever is in them. Lists must be equal: their items
/// may be told apart by any of their values.
fn have_same_fields(one: &Value, other: &Value) -> bool {
    if one.is_shared_with(other) {
        return true;
    }
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let (mut one, mut other) = (one.iter(), other.iter());
            one.len() == other.len()
                && one.all(|(key, value)| {
                    other.next().is_some_and(|(name, other)| key == name && have_same_fields(value, other))
                })
        }
        (Value::Array(_), _) | (_, Value::Array(_)) => one == other,
        _ => one.is_null() == other.is_null() && one.is_object() == other.is_object(),
    }
}

#[cfg(test)]
mod tests {
    use super::have_same_fields;
    use crate::json;

    #[test]
    fn only_what_has_the_same_fields_is_the_same() {
        let one = json!({"metadata": {"name": "a", "labels": {"app": "x"}}, "spec": {"list": [{"name": "c"}]}, "n": 1});
        for (other, expect) in [
            (
                json!({"metadata": {"name": "b", "labels": {"app": "y"}}, "spec": {"list": [{"name": "c"}]}, "n": 2}),
                true,
            ),
            (
                json!({"metadata": {"name": "b", "labels": {"own": "y"}}, "spec": {"list": [{"name": "c"}]}, "n": 2}),
                false,
            ),
            (
                json!({"metadata": {"name": "b", "labels": {"app": "y"}}, "spec": {"list": [{"name": "d"}]}, "n": 2}),
                false,
            ),
            (
                json!({"metadata": {"name": "b", "labels": {"app": "y"}}, "spec": {"list": [{"name": "c"}]}, "n": null}),
                false,
            ),
            (json!({"metadata": {"name": "b", "labels": {}}, "spec": {"list": [{"name": "c"}]}, "n": 2}), false),
            (json!({"metadata": {"name": "b", "labels": "x"}, "spec": {"list": [{"name": "c"}]}, "n": {}}), false),
        ] {
            assert_eq!(have_same_fields(&one, &other), expect, "{}", other.to_json());
        }
    }
}
