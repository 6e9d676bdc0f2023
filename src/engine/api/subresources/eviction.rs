//! `eviction`: a deletion that asks the disruption budgets first.

use super::{ApiServer, Operation, Request, Verb, done};
use crate::api::body;
use crate::api::server::Answer;
use crate::json;
use crate::meta::{Object, Selector, Status, Value};

pub(super) fn answer(server: &mut ApiServer, op: &mut Operation, request: &Request) -> Result<Answer, Status> {
    if op.verb != Verb::Create {
        return Err(Status::method_not_allowed());
    }
    let eviction = body::document(request)?.map_err(Status::bad_request)?;
    let name = eviction["metadata"]["name"].str();
    if !name.is_empty() && name != op.name {
        return Err(Status::bad_request(format!(
            "name in URL does not match name in Eviction object: {}, {name}",
            op.name
        )));
    }
    let pod = server.stored(op)?;
    if !may_go_anyway(&pod) {
        charge(server, op, &pod)?;
    }
    op.options.dry_run |= eviction["deleteOptions"]["dryRun"].items().iter().any(|value| *value == "All");
    let mut deletion = op.sub(Verb::Delete, &op.resource, &op.namespace, &op.name);
    server.delete(&mut deletion, &eviction["deleteOptions"]).map(drop)?;
    Ok(done(op).into())
}

/// Pods that serve nobody count for no budget.
fn may_go_anyway(pod: &Object) -> bool {
    pod.is_terminating() || matches!(pod.at(&["status", "phase"]).str(), "Succeeded" | "Failed" | "Pending")
}

fn refuse(budget: &Object, why: &str, retry: i64) -> Status {
    let text = "Cannot evict pod as it would violate the pod's disruption budget.";
    let mut status = Status::new(429, "TooManyRequests", text);
    let message = format!("The disruption budget {} {why}", budget.name());
    status.details = json!({"causes": [{"reason": "DisruptionBudget", "message": message}]});
    if retry > 0 {
        status.details["retryAfterSeconds"] = retry.into();
    }
    status
}

/// Takes the eviction off the budget of the pod, if one covers it.
fn charge(server: &mut ApiServer, op: &Operation, pod: &Object) -> Result<(), Status> {
    let covers = |budget: &Object| {
        Selector::from_value(&budget["spec"]["selector"]).is_ok_and(|selector| selector.matches(pod.labels()))
    };
    let all = server.store.list("poddisruptionbudgets.policy", Some(&op.namespace));
    let budgets: Vec<Object> = all.map(|(_, budget)| budget.clone()).filter(covers).collect();
    let budget = match budgets.as_slice() {
        [] => return Ok(()),
        [budget] => budget,
        _ => {
            return Err(Status::new(
                500,
                "InternalError",
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
            ));
        }
    };
    let status = budget.status();
    let healthy = (status["currentHealthy"].int(), status["desiredHealthy"].int());
    if !pod.condition_is_true("Ready") {
        let always = budget["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow";
        if always || (healthy.0 >= healthy.1 && healthy.1 > 0) {
            return Ok(());
        }
    }
    if status["observedGeneration"].int() < budget.generation() {
        return Err(refuse(budget, "is still being processed by the server.", 10));
    }
    let allowed = status["disruptionsAllowed"].int();
    if allowed <= 0 {
        let why = format!("needs {} healthy pods and has {} currently", healthy.1, healthy.0);
        return Err(refuse(budget, &why, 0));
    }
    let Some(resource) = server.catalog.stored("poddisruptionbudgets.policy").cloned() else { return Ok(()) };
    let mut update = op.sub(Verb::Update, &resource, &op.namespace, budget.name());
    update.subresource = "status".into();
    let now = server.clock.now().rfc3339();
    let change = &mut |old: &Object| {
        let mut budget = old.clone();
        budget.set(&["status", "disruptionsAllowed"], allowed - 1);
        budget.set(&["status", "disruptedPods", pod.name()], Value::from(now.as_str()));
        Ok(budget)
    };
    server.update(&mut update, change).map(drop)
}
