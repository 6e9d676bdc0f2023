//! What the columns of many kinds share: the constructors of columns and the texts of cells.

use super::Column;
use crate::meta::selector::format_label_selector;
use crate::meta::{Object, Time, Value, duration};

/// The column of names.
pub const NAME: Column = Column {
    name: "Name",
    kind: "string",
    format: "name",
    priority: 0,
    description: "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names",
    cell: |object, _| object.at(&["metadata", "name"]).clone(),
};
/// The column of ages.
pub const AGE: Column = Column {
    name: "Age",
    kind: "string",
    format: "",
    priority: 0,
    description: CREATION,
    cell: |object, now| age(object.at(&["metadata", "creationTimestamp"]), now).into(),
};
/// The column of creation times.
pub const CREATED: Column = Column {
    name: "Created At",
    kind: "date",
    format: "",
    priority: 0,
    description: CREATION,
    cell: |object, _| object.at(&["metadata", "creationTimestamp"]).clone(),
};
const CREATION: &str = "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

/// The columns of kinds that have no printer of their own.
pub const NAME_AND_CREATED: &[Column] = &[NAME, CREATED];
/// The columns of kinds that show nothing but their age.
pub const NAME_AND_AGE: &[Column] = &[NAME, AGE];

/// A column of texts that is always shown.
pub const fn text(name: &'static str, description: &'static str, cell: fn(&Object, Time) -> Value) -> Column {
    Column { name, kind: "string", format: "", priority: 0, description, cell }
}
/// A column of texts that `-o wide` adds.
pub const fn wide(name: &'static str, description: &'static str, cell: fn(&Object, Time) -> Value) -> Column {
    Column { priority: 1, ..text(name, description, cell) }
}
/// A column of whole numbers.
pub const fn integer(name: &'static str, description: &'static str, cell: fn(&Object, Time) -> Value) -> Column {
    Column { kind: "integer", ..text(name, description, cell) }
}

/// How long ago a timestamp was, as tables show it.
pub fn age(timestamp: &Value, now: Time) -> String {
    Time::parse(timestamp.str()).map_or("<unknown>".into(), |time| duration::age(now, time))
}

/// A text, or `<none>` where there is none.
pub fn or_none(text: &str) -> Value {
    if text.is_empty() { "<none>".into() } else { text.into() }
}

/// Labels as `a=b,c=d`, or `<none>`.
pub fn labels(labels: &Value) -> Value {
    let pairs: Vec<String> = labels.entries().map(|(key, value)| format!("{key}={}", value.str())).collect();
    or_none(&pairs.join(","))
}

/// A label selector as text: `a=b,c in (d,e)`, or `<none>`.
pub fn selector(selector: &Value) -> Value {
    format_label_selector(selector).into()
}

/// The names of a pod spec's containers.
pub fn container_names(spec: &Value) -> Value {
    joined(spec["containers"].items(), "name")
}
/// The images of a pod spec's containers.
pub fn container_images(spec: &Value) -> Value {
    joined(spec["containers"].items(), "image")
}
fn joined(items: &[Value], field: &str) -> Value {
    let texts: Vec<&str> = items.iter().map(|item| item[field].str()).collect();
    texts.join(",").into()
}

/// The first three of a list, and how many more there are.
pub fn first_three(texts: &[String]) -> String {
    match texts.len() {
        0..=3 => texts.join(","),
        more => format!("{} + {} more...", texts[..3].join(","), more - 3),
    }
}
