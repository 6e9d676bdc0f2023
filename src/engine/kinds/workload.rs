//! What the kinds with a pod template have in common.

use crate::meta::{Object, Value};

/// The pod spec of the template.
pub fn template_spec(object: &Object) -> &Value {
    object.at(&["spec", "template", "spec"])
}
