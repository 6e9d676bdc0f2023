//! Event of `events.k8s.io`: core events in the newer form.

use super::{Kind, event};

/// The row of Event.
pub static KIND: Kind = Kind {
    group: "events.k8s.io",
    kind: "Event",
    plural: "events",
    singular: "event",
    short_names: &["ev"],
    schema: "io.k8s.api.events.v1.Event",
    columns: event::COLUMNS,
    ..Kind::NAMESPACED
};
