//! `Status`: how the API server says no. The texts users see are made here, in one place.

use super::Value;
use crate::json;

/// A failed request, as `metav1.Status` carries it.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// The HTTP status code.
    pub code: u16,
    /// The machine-readable word, such as `NotFound`; may be empty.
    pub reason: &'static str,
    /// The sentence for people.
    pub message: String,
    /// `details`, or `null`.
    pub details: Value,
}

/// One field error within an `Invalid` status.
#[derive(Clone, Debug, PartialEq)]
pub struct Cause {
    /// Such as `FieldValueRequired`.
    pub reason: &'static str,
    /// Such as `Required value`.
    pub message: String,
    /// Such as `spec.containers[0].name`.
    pub field: String,
}

/// `deployments.apps`, or `pods` in the core group.
fn qualified(resource: &str, group: &str) -> String {
    if group.is_empty() { resource.into() } else { format!("{resource}.{group}") }
}

impl Status {
    /// A status of any kind; the named ones below are to be preferred.
    pub fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Status {
        Status { code, reason, message: message.into(), details: Value::Null }
    }

    /// Adds `details` about one object.
    pub fn about(mut self, group: &str, resource: &str, name: &str) -> Status {
        self.details = json!({"name": name, "group": group, "kind": resource});
        if group.is_empty() {
            self.details.remove(&["group"]);
        }
        if name.is_empty() {
            self.details.remove(&["name"]);
        }
        self
    }

    /// 404: there is no such object.
    pub fn not_found(group: &str, resource: &str, name: &str) -> Status {
        let message = format!("{} \"{name}\" not found", qualified(resource, group));
        Status::new(404, "NotFound", message).about(group, resource, name)
    }

    /// 404: there is no such path.
    pub fn no_such_path() -> Status {
        let mut status = Status::new(404, "NotFound", "the server could not find the requested resource");
        status.details = json!({});
        status
    }

    /// 409: the name is taken.
    pub fn already_exists(group: &str, resource: &str, name: &str) -> Status {
        let message = format!("{} \"{name}\" already exists", qualified(resource, group));
        Status::new(409, "AlreadyExists", message).about(group, resource, name)
    }

    /// 409: the object has changed since it was read, or a precondition failed.
    pub fn conflict(group: &str, resource: &str, name: &str, why: &str) -> Status {
        let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", qualified(resource, group));
        Status::new(409, "Conflict", message).about(group, resource, name)
    }

    /// 400: the request makes no sense.
    pub fn bad_request(message: impl Into<String>) -> Status {
        Status::new(400, "BadRequest", message)
    }

    /// 403: the user may not, or admission says no.
    pub fn forbidden(group: &str, resource: &str, name: &str, why: &str) -> Status {
        let message = match name {
            "" => format!("{} is forbidden: {why}", qualified(resource, group)),
            name => format!("{} \"{name}\" is forbidden: {why}", qualified(resource, group)),
        };
        Status::new(403, "Forbidden", message).about(group, resource, name)
    }

    /// 405: the resource does not do that.
    pub fn method_not_allowed() -> Status {
        let mut status =
            Status::new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
        status.details = json!({});
        status
    }

    /// 422: fields fail validation. `kind` is the object's kind, `Pod`.
    pub fn invalid(group: &str, kind: &str, name: &str, causes: Vec<Cause>) -> Status {
        let texts: Vec<String> = causes.iter().map(|c| format!("{}: {}", c.field, c.message)).collect();
        let list = if texts.len() == 1 { texts[0].clone() } else { format!("[{}]", texts.join(", ")) };
        let message = format!("{} \"{name}\" is invalid: {list}", qualified(kind, group));
        let mut status = Status::new(422, "Invalid", message).about(group, kind, name);
        status.details["causes"] =
            causes.iter().map(|c| json!({"reason": (c.reason), "message": &c.message, "field": &c.field})).collect();
        status
    }

    /// 410: the watch or continue token is older than what is kept.
    pub fn expired(message: impl Into<String>) -> Status {
        Status::new(410, "Expired", message)
    }

    /// 500: our own fault.
    pub fn internal(message: impl Into<String>) -> Status {
        Status::new(500, "InternalError", format!("Internal error occurred: {}", message.into()))
    }

    /// Whether this is a 404 about an object.
    pub fn is_not_found(&self) -> bool {
        self.reason == "NotFound"
    }
    /// Whether the name was taken.
    pub fn is_already_exists(&self) -> bool {
        self.reason == "AlreadyExists"
    }
    /// Whether the object had changed.
    pub fn is_conflict(&self) -> bool {
        self.reason == "Conflict"
    }

    /// The `Status` object that answers the request.
    pub fn to_value(&self) -> Value {
        let mut value = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": &self.message, "code": (self.code),
        });
        if !self.reason.is_empty() {
            value["reason"] = self.reason.into();
        }
        if !self.details.is_null() {
            value["details"] = self.details.clone();
        }
        value
    }
}
