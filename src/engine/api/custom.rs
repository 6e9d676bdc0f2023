//! Custom resources: what one version of a CustomResourceDefinition says about its objects.

use crate::json;
use crate::meta::{Object, Time, Value};

/// One served version of a CustomResourceDefinition.
pub struct Definition {
    /// Whether this is the version objects are stored in.
    pub storage: bool,
    /// `openAPIV3Schema`.
    pub schema: Value,
    /// `additionalPrinterColumns`.
    pub columns: Value,
    /// `subresources`.
    pub subresources: Value,
    /// `selectableFields`.
    pub selectable: Value,
}

impl Definition {
    /// The headings of the table of its objects.
    pub(super) fn headings(&self) -> Value {
        json!([{"name": "Name", "type": "string", "format": "name", "description": "", "priority": 0}])
    }

    /// The cells of one object.
    pub(super) fn cells(&self, object: &Object, _: Time) -> Value {
        json!([(object.name())])
    }
}
