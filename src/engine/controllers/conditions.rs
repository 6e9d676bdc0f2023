//! Conditions of a status, set and removed as the real controllers do.

use crate::json;
use crate::meta::{Time, Value};

/// The condition of a type in a status.
pub fn find<'a>(status: &'a Value, kind: &str) -> Option<&'a Value> {
    status["conditions"].items().iter().find(|condition| condition["type"] == kind)
}

/// A condition that says something as of now.
pub fn new(kind: &str, status: &str, reason: &str, message: &str, now: Time) -> Value {
    json!({
        "type": kind, "status": status, "reason": reason, "message": message,
        "lastTransitionTime": now.rfc3339(),
    })
}

/// Puts a condition at the end, in place of the one of its type. If that has the same status and
/// reason it stays as it is; if it has the same status, it keeps the time of its last transition.
pub fn set(status: &mut Value, mut condition: Value) {
    let kind = condition["type"].clone();
    if let Some(current) = find(status, kind.str()) {
        if current["status"] == condition["status"] && current["reason"] == condition["reason"] {
            return;
        }
        if current["status"] == condition["status"] {
            condition["lastTransitionTime"] = current["lastTransitionTime"].clone();
        }
    }
    remove(status, kind.str());
    status["conditions"].push(condition);
}

/// Puts a condition where the one of its type stands, or at the end; the time of its last
/// transition changes with its status alone.
pub fn put(status: &mut Value, mut condition: Value) {
    let list = status["conditions"].array_mut();
    match list.iter_mut().find(|other| other["type"] == condition["type"]) {
        Some(place) => {
            if place["status"] == condition["status"] {
                condition["lastTransitionTime"] = place["lastTransitionTime"].clone();
            }
            *place = condition;
        }
        None => list.push(condition),
    }
}

/// Takes the condition of a type out.
pub fn remove(status: &mut Value, kind: &str) {
    if find(status, kind).is_none() {
        return;
    }
    let list = status["conditions"].array_mut();
    list.retain(|condition| condition["type"] != kind);
    if list.is_empty() {
        status.remove(&["conditions"]);
    }
}
