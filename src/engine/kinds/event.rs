//! Event: what happened to an object.

use super::Kind;

/// The row of Event.
pub static KIND: Kind = Kind {
    kind: "Event",
    plural: "events",
    singular: "event",
    short_names: &["ev"],
    schema: "io.k8s.api.core.v1.Event",
    ..Kind::NAMESPACED
};
