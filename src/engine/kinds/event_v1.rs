//! Event of `events.k8s.io`: core events in the newer form.

use super::field::Field;
use super::{Kind, View, event};
use crate::meta::{Errors, Object};

/// The row of Event.
pub static KIND: Kind = Kind {
    group: "events.k8s.io",
    kind: "Event",
    plural: "events",
    singular: "event",
    short_names: &["ev"],
    schema: "io.k8s.api.events.v1.Event",
    columns: || event::COLUMNS,
    create_on_update: true,
    view: Some(View { of: &event::KIND, show, store }),
    validate,
    selectable: &[
        ("regarding.kind", |event| event["regarding"]["kind"].str().into()),
        ("regarding.namespace", |event| event["regarding"]["namespace"].str().into()),
        ("regarding.name", |event| event["regarding"]["name"].str().into()),
        ("regarding.uid", |event| event["regarding"]["uid"].str().into()),
        ("regarding.apiVersion", |event| event["regarding"]["apiVersion"].str().into()),
        ("regarding.resourceVersion", |event| event["regarding"]["resourceVersion"].str().into()),
        ("regarding.fieldPath", |event| event["regarding"]["fieldPath"].str().into()),
        ("reason", |event| event["reason"].str().into()),
        ("reportingController", |event| event["reportingController"].str().into()),
        ("type", |event| event["type"].str().into()),
    ],
    ..Kind::NAMESPACED
};

/// What is made anew in this form must be whole: nothing of what is deprecated, and who did what when.
fn validate(event: &Object, old: Option<&Object>, errors: &mut Errors) {
    let root = Field::root(event);
    event::about(&root, event, errors);
    event::reported(&root, "reportingController", errors);
    if old.is_some() {
        return;
    }
    root.child("eventTime").need(errors);
    let kind = root.child("type");
    if !matches!(kind.str(), "Normal" | "Warning") {
        kind.with(&"".into()).invalid(errors, &format!("has invalid value: {}", kind.str()));
    }
    for field in ["firstTimestamp", "lastTimestamp", "count", "source"] {
        let field = root.child(field);
        if !field.is_empty() && *field != 0 {
            field.with(&"".into()).invalid(errors, "needs to be unset");
        }
    }
}

/// The names of fields in the core form, and here.
const RENAMED: &[(&str, &str)] = &[
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("reportingComponent", "reportingController"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
];

fn show(event: &Object) -> Object {
    rename(event, &KIND, |(core, own)| (core, own))
}

fn store(event: &Object) -> Object {
    rename(event, &event::KIND, |(core, own)| (own, core))
}

type Names = (&'static str, &'static str);

fn rename(event: &Object, to: &Kind, direction: fn(Names) -> Names) -> Object {
    let mut renamed = event.clone();
    renamed["apiVersion"] = to.api_version().into();
    for (from, to) in RENAMED.iter().map(|names| direction(*names)) {
        if let Some(value) = renamed.remove(&[from]) {
            renamed.set(&[to], value);
        }
    }
    renamed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn events_go_from_form_to_form_and_back() {
        let core = Object(json!({
            "apiVersion": "v1", "kind": "Event", "involvedObject": {"name": "p"}, "message": "hi", "count": 2,
            "source": {"component": "kubelet"}, "reason": "Started",
        }));
        let shown = show(&core);
        assert_eq!(shown["regarding"]["name"], "p");
        assert_eq!(shown["note"], "hi");
        assert_eq!(store(&shown), core);
    }
}
