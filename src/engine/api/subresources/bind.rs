//! `binding`: the scheduler's decision about a pod.

use super::{ApiServer, Operation, Request, Verb, done};
use crate::api::body;
use crate::api::server::Answer;
use crate::json;
use crate::meta::{Object, Status, Value};

pub(super) fn answer(server: &mut ApiServer, op: &mut Operation, request: &Request) -> Result<Answer, Status> {
    if op.verb != Verb::Create {
        return Err(Status::method_not_allowed());
    }
    let binding = body::document(request)?.map_err(Status::bad_request)?;
    bind(server, op, &binding)?;
    Ok(done(op).into())
}

/// Assigns the operation's pod to the binding's node.
pub(in crate::api) fn bind(server: &mut ApiServer, op: &mut Operation, binding: &Value) -> Result<Object, Status> {
    let node = binding["target"]["name"].str().to_string();
    if node.is_empty() {
        let mut errors = crate::meta::Errors::default();
        errors.required("target.name", "");
        return Err(Status::invalid("", "Binding", &op.name, errors.0));
    }
    let name = op.name.clone();
    let now = server.clock.now().rfc3339();
    op.subresource = "binding".into();
    server.update(op, &mut |old| {
        let refuse = |why: String| Err(Status::conflict("", "pods/binding", &name, &why));
        if old.is_terminating() {
            return refuse(format!("pod {name} is being deleted, cannot be assigned to a host"));
        }
        let assigned = old.at(&["spec", "nodeName"]).str();
        if !assigned.is_empty() {
            return refuse(format!("pod {name} is already assigned to node {assigned:?}"));
        }
        let mut pod = old.clone();
        pod.set(&["spec", "nodeName"], node.as_str());
        pod.remove(&["spec", "schedulingGates"]);
        for (key, value) in binding["metadata"]["annotations"].entries() {
            pod.set(&["metadata", "annotations", key], value.clone());
        }
        let scheduled = json!({
            "type": "PodScheduled", "status": "True", "lastProbeTime": null, "lastTransitionTime": now.as_str(),
            "observedGeneration": (old.generation()),
        });
        let conditions = pod["status"]["conditions"].array_mut();
        conditions.retain(|condition| condition["type"] != "PodScheduled");
        conditions.push(scheduled);
        Ok(pod)
    })
}
