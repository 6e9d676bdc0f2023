//! What the columns of many kinds share: the constructors of columns and the texts of cells.

use super::Column;
use crate::meta::{Object, Time, Value};
use std::time::Duration;

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
    match Time::parse(timestamp.str()) {
        Some(time) => human(now.since(time)),
        None => "<unknown>".into(),
    }
}

/// A span as Kubernetes' `HumanDuration` writes it: two units at most, coarser with length.
pub fn human(span: Duration) -> String {
    let seconds = span.as_secs();
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let (days, years) = (hours / 24, hours / 24 / 365);
    let pair = |big: u64, unit: &str, small: u64, subunit: &str| match small {
        0 => format!("{big}{unit}"),
        _ => format!("{big}{unit}{small}{subunit}"),
    };
    match seconds {
        0..120 => format!("{seconds}s"),
        120..600 => pair(minutes, "m", seconds % 60, "s"),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => pair(hours, "h", minutes % 60, "m"),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => pair(days, "d", hours % 24, "h"),
        _ if years < 2 => format!("{days}d"),
        _ if years < 8 => pair(years, "y", days % 365, "d"),
        _ => format!("{years}y"),
    }
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

/// A label selector as text: `a=b,c in (d,e),!f`; `<none>` selects everything.
pub fn selector(selector: &Value) -> Value {
    let mut parts: Vec<(&str, String)> = Vec::new();
    for (key, value) in selector["matchLabels"].entries() {
        parts.push((key, format!("{key}={}", value.str())));
    }
    for term in selector["matchExpressions"].items() {
        let key = term["key"].str();
        let mut values: Vec<&str> = term["values"].items().iter().map(Value::str).collect();
        values.sort_unstable();
        let values = values.join(",");
        parts.push((
            key,
            match term["operator"].str() {
                "In" => format!("{key} in ({values})"),
                "NotIn" => format!("{key} notin ({values})"),
                "DoesNotExist" => format!("!{key}"),
                _ => key.to_string(),
            },
        ));
    }
    parts.sort_by(|a, b| a.0.cmp(b.0));
    let texts: Vec<String> = parts.into_iter().map(|(_, text)| text).collect();
    or_none(&texts.join(","))
}

/// The names and the images of a pod spec's containers, each joined by commas.
pub fn containers_and_images(spec: &Value) -> (Value, Value) {
    let joined = |field: &str| {
        let list: Vec<&str> = spec["containers"].items().iter().map(|c| c[field].str()).collect();
        Value::from(list.join(","))
    };
    (joined("name"), joined("image"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn spans_read_like_kubectls() {
        for (seconds, text) in [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (130, "2m10s"),
            (599, "9m59s"),
            (600, "10m"),
            (10_799, "179m"),
            (10_800, "3h"),
            (10_900, "3h1m"),
            (28_800, "8h"),
            (172_799, "47h"),
            (172_800, "2d"),
            (180_000, "2d2h"),
            (691_200, "8d"),
            (63_072_000, "2y"),
            (64_000_000, "2y10d"),
            (252_288_000, "8y"),
        ] {
            assert_eq!(human(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn selectors_read_like_kubectls() {
        let terms = json!({
            "matchLabels": {"tier": "web", "app": "x"},
            "matchExpressions": [{"key": "env", "operator": "In", "values": ["b", "a"]}, {"key": "z", "operator": "Exists"}],
        });
        assert_eq!(selector(&terms), "app=x,env in (a,b),tier=web,z");
        assert_eq!(selector(&json!({})), "<none>");
    }
}
