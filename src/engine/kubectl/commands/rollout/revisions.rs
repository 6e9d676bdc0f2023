//! The revisions of a workload, whatever keeps them.

use crate::kubectl::failure::Outcome;
use crate::kubectl::invocation::Invocation;
use crate::kubectl::resource::Info;
use crate::meta::selector::format_label_selector;
use crate::meta::{Object, Value};

/// Where a deployment notes which revision it and its replica sets are.
pub const REVISION: &str = "deployment.kubernetes.io/revision";
/// Why a revision was made, if somebody said so.
pub const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

/// One revision.
pub struct Revision {
    /// Its number; the highest is the newest.
    pub number: i64,
    /// The replica set or ControllerRevision.
    pub object: Object,
    /// The pod template as it was.
    pub template: Value,
}

/// The revisions of a workload, oldest first.
///
/// # Errors
/// What the server answers.
pub fn of(inv: &Invocation, info: &Info) -> Outcome<Vec<Revision>> {
    let owner = &info.object;
    let selector = format_label_selector(owner.at(&["spec", "selector"]));
    let (plural, is_deployment) = match owner.kind() {
        "Deployment" => ("replicasets", true),
        _ => ("controllerrevisions", false),
    };
    let resource = inv.resource(plural, "apps")?;
    let all = inv.list(&resource, &info.namespace, &selector, "")?;
    let owned = all.into_iter().filter(|object| object.controller().is_some_and(|of| of["uid"] == owner.uid()));
    let mut revisions: Vec<Revision> = owned
        .map(|object| {
            let number = match is_deployment {
                true => object.annotation(REVISION).and_then(|text| text.parse().ok()).unwrap_or(0),
                false => object["revision"].int(),
            };
            let template = match is_deployment {
                true => object.at(&["spec", "template"]).clone(),
                false => object.at(&["data", "spec", "template"]).clone(),
            };
            Revision { number, object, template }
        })
        .collect();
    revisions.sort_by_key(|revision| revision.number);
    Ok(revisions)
}
