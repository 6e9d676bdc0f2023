//! `NamespaceLifecycle`: nothing is created in a namespace that is missing or going away, and
//! the namespaces everything rests on stay.

use super::Plugin;
use crate::api::operation::{Operation, Verb};
use crate::api::server::ApiServer;
use crate::json;
use crate::meta::{Object, Status};

pub(super) static PLUGIN: Plugin =
    Plugin { name: "NamespaceLifecycle", resources: &[], mutate: Some(admit), validate: Some(validate) };

/// Namespaces that may not be deleted.
const IMMORTAL: &[&str] = &["default", "kube-system", "kube-public"];

fn admit(server: &mut ApiServer, op: &mut Operation, object: &mut Object, old: Option<&Object>) -> Result<(), Status> {
    if old.is_some() || !op.resource.namespaced || op.verb != Verb::Create {
        return Ok(());
    }
    let Some(namespace) = server.lookup("namespaces", "", &op.namespace) else {
        return Err(Status::not_found("", "namespaces", &op.namespace));
    };
    if !namespace.is_terminating() {
        return Ok(());
    }
    let why = format!("unable to create new content in namespace {} because it is being terminated", op.namespace);
    let mut status = op.forbidden(object.name(), &why);
    status.details["causes"] = json!([{
        "reason": "NamespaceTerminating",
        "message": (format!("namespace {} is being terminated", op.namespace)),
        "field": "metadata.namespace",
    }]);
    Err(status)
}

fn validate(_: &mut ApiServer, op: &mut Operation, object: &Object, _: Option<&Object>) -> Result<(), Status> {
    if op.verb == Verb::Delete && op.resource.is("namespaces") && IMMORTAL.contains(&object.name()) {
        return Err(op.forbidden(object.name(), "this namespace may not be deleted"));
    }
    Ok(())
}
