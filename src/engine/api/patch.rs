//! Patches: JSON patch, merge patch, strategic merge patch, apply.

use super::body;
use super::operation::Operation;
use super::request::Request;
use super::server::ApiServer;
use crate::meta::{Object, Status, Value};

impl ApiServer {
    /// Applies the patch of a request. Tells whether that created the object.
    pub(super) fn patch(&mut self, op: &mut Operation, request: &Request) -> Result<(Object, bool), Status> {
        let patch = body::patch(request)?;
        self.patch_strategic(op, &patch).map(|object| (object, false))
    }

    /// Applies a strategic merge patch, or a merge patch where there is no schema to be strategic by.
    pub(super) fn patch_strategic(&mut self, op: &mut Operation, patch: &Value) -> Result<Object, Status> {
        self.update(op, &mut |old| {
            let mut object = old.clone();
            merge(&mut object, patch);
            Ok(object)
        })
    }
}

/// RFC 7396.
fn merge(target: &mut Value, patch: &Value) {
    let Some(entries) = patch.as_object() else {
        *target = patch.clone();
        return;
    };
    for (key, value) in entries {
        if value.is_null() {
            if let Some(map) = target.as_object_mut() {
                map.remove(key);
            }
        } else {
            merge(target.entry(key), value);
        }
    }
}
