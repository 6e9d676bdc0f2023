//! From client-side to server-side apply: what `kubectl` applied before counts as its own.
//!
//! Client-side apply leaves what it applied in an annotation. Server-side apply by the manager
//! `kubectl` may change those fields although another manager's name stands on them, and keeps
//! the annotation up to date, so that people can go back.

use super::super::{Map, Value};
use super::model::Model;
use super::set::Set;
use super::walk::{compare, fields};

/// The manager that may do so.
pub(super) const KUBECTL: &str = "kubectl";
const ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";
const PATH: &[&str] = &["metadata", "annotations", ANNOTATION];

/// The fields that client-side apply set and nobody has changed since.
pub(super) fn allowed(live: &Value, model: &Model) -> Set {
    let Ok(applied) = Value::from_json(live.at(PATH).str().as_bytes()) else {
        return Set::default();
    };
    if !applied.is_object() || applied["apiVersion"] != live["apiVersion"] {
        return Set::default();
    }
    let changes = compare(model, &applied, live);
    fields(model, &applied).difference(&changes.modified).difference(&changes.added).difference(&changes.removed)
}

/// Writes what is applied now into the annotation, where there is one.
pub(super) fn follow(object: &mut Value, config: &Value) {
    if !object.at(PATH).is_string() {
        return;
    }
    let mut config = config.clone();
    config.remove(PATH);
    if config.at(&["metadata", "annotations"]).as_object().is_some_and(Map::is_empty) {
        config.remove(&["metadata", "annotations"]);
    }
    object.set(PATH, config.to_go_json() + "\n");
}
