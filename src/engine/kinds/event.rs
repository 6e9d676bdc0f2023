//! Event: what happened to an object.

use super::columns::{NAME, age, integer, text, wide};
use super::field::Field;
use super::{Column, Kind};
use crate::meta::names::qualified_name;
use crate::meta::{Errors, Object, Time, Value};

/// The row of Event.
pub static KIND: Kind = Kind {
    kind: "Event",
    plural: "events",
    singular: "event",
    short_names: &["ev"],
    schema: "io.k8s.api.core.v1.Event",
    columns: || COLUMNS,
    create_on_update: true,
    selectable: &[
        ("involvedObject.kind", |event| event["involvedObject"]["kind"].str().into()),
        ("involvedObject.namespace", |event| event["involvedObject"]["namespace"].str().into()),
        ("involvedObject.name", |event| event["involvedObject"]["name"].str().into()),
        ("involvedObject.uid", |event| event["involvedObject"]["uid"].str().into()),
        ("involvedObject.apiVersion", |event| event["involvedObject"]["apiVersion"].str().into()),
        ("involvedObject.resourceVersion", |event| event["involvedObject"]["resourceVersion"].str().into()),
        ("involvedObject.fieldPath", |event| event["involvedObject"]["fieldPath"].str().into()),
        ("reason", |event| event["reason"].str().into()),
        ("reportingComponent", |event| reporter(event).into()),
        ("source", |event| reporter(event).into()),
        ("type", |event| event["type"].str().into()),
    ],
    validate,
    ..Kind::NAMESPACED
};

/// The columns of events, in either group.
pub const COLUMNS: &[Column] = &[
    text("Last Seen", "The time at which the most recent occurrence of this event was recorded.", |event, now| {
        age(last_seen(event), now).into()
    }),
    text("Type", "Type of this event (Normal, Warning), new types could be added in the future", |event, _| {
        event["type"].str().into()
    }),
    text(
        "Reason",
        "This should be a short, machine understandable string that gives the reason for the transition into the object's current status.",
        |event, _| event["reason"].str().into(),
    ),
    text("Object", "The object that this event is about.", |event, _| {
        let target = &event["involvedObject"];
        let kind = target["kind"].str().to_lowercase();
        match target["name"].str() {
            "" => kind.into(),
            name => format!("{kind}/{name}").into(),
        }
    }),
    wide(
        "Subobject",
        "If referring to a piece of an object instead of an entire object, this string should contain a valid JSON/Go field access statement, such as desiredState.manifest.containers[2].",
        |event, _| event["involvedObject"]["fieldPath"].str().into(),
    ),
    wide(
        "Source",
        "The component reporting this event. Should be a short machine understandable string.",
        |event, _| {
            let instance = &event["reportingInstance"];
            let host = if event["source"].is_empty() { instance.str() } else { event["source"]["host"].str() };
            match host {
                "" => reporter(event).into(),
                host => format!("{}, {host}", reporter(event)).into(),
            }
        },
    ),
    text("Message", "A human-readable description of the status of this operation.", |event, _| {
        event["message"].str().trim().into()
    }),
    wide(
        "First Seen",
        "The time at which the event was first recorded. (Time of server receipt is in TypeMeta.)",
        |event, now| age(first_seen(event), now).into(),
    ),
    Column {
        priority: 1,
        ..integer("Count", "The number of times this event has occurred.", |event, _: Time| count(event).into())
    },
    Column { priority: 1, ..NAME },
];

/// When the event was first recorded.
pub fn first_seen(event: &Object) -> &Value {
    if event["firstTimestamp"].is_null() { &event["eventTime"] } else { &event["firstTimestamp"] }
}

/// When the event last occurred.
pub fn last_seen(event: &Object) -> &Value {
    if event["series"].is_object() {
        &event["series"]["lastObservedTime"]
    } else if event["lastTimestamp"].is_null() {
        first_seen(event)
    } else {
        &event["lastTimestamp"]
    }
}

/// How often the event has occurred.
pub fn count(event: &Object) -> i64 {
    if event["series"].is_object() { event["series"]["count"].int() } else { event["count"].int().max(1) }
}

/// The component that reported the event.
pub fn reporter(event: &Object) -> &str {
    match event["source"]["component"].str() {
        "" => event["reportingComponent"].str(),
        component => component,
    }
}

fn validate(event: &Object, _: Option<&Object>, errors: &mut Errors) {
    let root = Field::root(event);
    about(&root, event, errors);
    reported(&root, "reportingComponent", errors);
}

/// Validates which object the event is about.
pub fn about(root: &Field, event: &Object, errors: &mut Errors) {
    let about = root.child("involvedObject");
    let namespace = about.child("namespace");
    let cluster_scoped = namespace.is_empty() && event.namespace() == "default";
    if !cluster_scoped && *namespace != event.namespace() {
        namespace.with(&namespace.str().into()).invalid(errors, "does not match event.namespace");
    }
}

/// Validates what an event with a time of its own must say; `reporter` is what the form calls who says it.
pub fn reported(root: &Field, reporter: &str, errors: &mut Errors) {
    if root["eventTime"].is_null() {
        return;
    }
    let named = root["reportingComponent"].clone();
    let reporter = root.child(reporter).with(&named);
    if reporter.need(errors) {
        reporter.complain(errors, qualified_name(reporter.str()));
    }
    for (field, most) in [("reportingInstance", 128), ("action", 128), ("reason", 128), ("message", 1024)] {
        let field = root.child(field);
        if field.str().len() > most {
            field.with(&"".into()).invalid(errors, &format!("can have at most {most} characters"));
        } else if most == 128 {
            field.need(errors);
        }
    }
}
