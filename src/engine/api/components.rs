//! `ComponentStatus`: whether the control plane is well. Nothing is stored; it always is.

use super::operation::{Operation, Verb};
use crate::json;
use crate::meta::{Object, Status};

/// The parts of the control plane, and what they say when asked.
const COMPONENTS: &[&str] = &["etcd-0", "controller-manager", "scheduler"];

/// The resource that this answers for.
pub(super) const RESOURCE: &str = "componentstatuses";

fn component(name: &str) -> Object {
    Object(json!({
        "apiVersion": "v1", "kind": "ComponentStatus", "metadata": {"name": name, "creationTimestamp": null},
        "conditions": [{"type": "Healthy", "status": "True", "message": "ok"}],
    }))
}

/// The objects that an operation reads.
pub(super) fn read(op: &Operation) -> Result<Vec<Object>, Status> {
    let named = |name: &&&str| op.verb != Verb::Get || **name == op.name;
    let found: Vec<Object> = COMPONENTS.iter().filter(named).map(|name| component(name)).collect();
    if found.is_empty() { Err(op.not_found()) } else { Ok(found) }
}
