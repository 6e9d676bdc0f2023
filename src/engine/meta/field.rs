//! Field errors: the texts of Kubernetes' `field.ErrorList`, collected while validating.

use super::{Cause, Value};

/// The errors found so far in one object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Errors(pub Vec<Cause>);

impl Errors {
    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    fn add(&mut self, field: &str, reason: &'static str, message: String) {
        self.0.push(Cause { reason, message, field: field.into() });
    }
    fn with_detail(kind: String, detail: &str) -> String {
        if detail.is_empty() { kind } else { format!("{kind}: {detail}") }
    }
    /// A field that must be there.
    pub fn required(&mut self, field: &str, detail: &str) {
        self.add(field, "FieldValueRequired", Self::with_detail("Required value".into(), detail));
    }
    /// A value that is not allowed.
    pub fn invalid(&mut self, field: &str, value: &Value, detail: &str) {
        self.add(field, "FieldValueInvalid", Self::with_detail(format!("Invalid value: {}", go_value(value)), detail));
    }
    /// A value that is not allowed, already written as Go writes it.
    pub fn invalid_text(&mut self, field: &str, value: &str, detail: &str) {
        self.add(field, "FieldValueInvalid", Self::with_detail(format!("Invalid value: {value}"), detail));
    }
    /// A value out of a closed set, already written as Go writes it.
    pub fn not_supported_text(&mut self, field: &str, value: &str, supported: &[&str]) {
        let list: Vec<String> = supported.iter().map(|s| format!("{s:?}")).collect();
        let message = format!("Unsupported value: {value}: supported values: {}", list.join(", "));
        self.add(field, "FieldValueNotSupported", message);
    }
    /// A value that stands twice, already written as Go writes it.
    pub fn duplicate_text(&mut self, field: &str, value: &str) {
        self.add(field, "FieldValueDuplicate", format!("Duplicate value: {value}"));
    }
    /// A value out of a closed set.
    pub fn not_supported(&mut self, field: &str, value: &Value, supported: &[&str]) {
        self.not_supported_text(field, &go_value(value), supported);
    }
    /// A value that stands twice.
    pub fn duplicate(&mut self, field: &str, value: &Value) {
        self.add(field, "FieldValueDuplicate", format!("Duplicate value: {}", go_value(value)));
    }
    /// A field that may not be set (now).
    pub fn forbidden(&mut self, field: &str, detail: &str) {
        self.add(field, "FieldValueForbidden", Self::with_detail("Forbidden".into(), detail));
    }
    /// A reference to what does not exist.
    pub fn not_found(&mut self, field: &str, value: &Value) {
        self.add(field, "FieldValueNotFound", format!("Not found: {}", go_value(value)));
    }
    /// A string that is too long.
    pub fn too_long(&mut self, field: &str, max: usize) {
        self.add(field, "FieldValueTooLong", format!("Too long: may not be more than {max} bytes"));
    }
    /// A list with too many items.
    pub fn too_many(&mut self, field: &str, actual: usize, max: usize) {
        self.add(field, "FieldValueTooMany", format!("Too many: {actual}: must have at most {max} items"));
    }
    /// A value of the wrong type.
    pub fn type_invalid(&mut self, field: &str, value: &Value, detail: &str) {
        self.add(
            field,
            "FieldValueTypeInvalid",
            Self::with_detail(format!("Invalid value: {}", go_value(value)), detail),
        );
    }
}

/// A value as Go's field errors print it: strings quoted, the rest as JSON.
fn go_value(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        other => other.to_json(),
    }
}
