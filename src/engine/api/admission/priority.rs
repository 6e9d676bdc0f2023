//! `Priority`: turns a pod's priority class into a number, and guards the classes.

use super::Plugin;
use crate::api::operation::{Operation, Verb};
use crate::api::server::ApiServer;
use crate::meta::{Object, Status};

pub(super) static PODS: Plugin =
    Plugin { name: "Priority", resources: &["pods"], mutate: Some(mutate), validate: None };
pub(super) static CLASSES: Plugin =
    Plugin { name: "Priority", resources: &[CLASS], mutate: None, validate: Some(validate) };

const CLASS: &str = "priorityclasses.scheduling.k8s.io";

fn mutate(server: &mut ApiServer, op: &mut Operation, pod: &mut Object, old: Option<&Object>) -> Result<(), Status> {
    if let Some(old) = old {
        for field in ["priority", "preemptionPolicy"] {
            pod.set_default(&["spec", field], old.at(&["spec", field]).clone());
        }
        return Ok(());
    }
    let class = match pod.at(&["spec", "priorityClassName"]).str() {
        "" => default_class(server),
        name => match server.lookup(CLASS, "", name) {
            Some(class) => Some(class.clone()),
            None => {
                let why = format!("no PriorityClass with name {name} was found");
                return Err(op.forbidden(pod.name(), &why));
            }
        },
    };
    let priority = class.as_ref().map_or(0, |class| class["value"].int());
    let policy = class.as_ref().and_then(|class| class["preemptionPolicy"].as_str()).unwrap_or("PreemptLowerPriority");
    let name = pod.name();
    let refuse = |what: &str, given: &str, computed: &str| {
        let why = format!(
            "the {what} ({given}) must not be provided in pod spec; priority admission controller computed {computed} \
             from the given PriorityClass name"
        );
        Err(op.forbidden(name, &why))
    };
    if let Some(given) = pod.at(&["spec", "priority"]).as_i64().filter(|given| *given != priority) {
        return refuse("integer value of priority", &given.to_string(), &priority.to_string());
    }
    if let Some(given) = pod.at(&["spec", "preemptionPolicy"]).as_str().filter(|given| *given != policy) {
        return refuse("string value of PreemptionPolicy", given, policy);
    }
    pod.set(&["spec", "priority"], priority);
    pod.set(&["spec", "preemptionPolicy"], policy);
    if let Some(class) = &class {
        pod.set(&["spec", "priorityClassName"], class.name());
    }
    Ok(())
}

/// The class of pods that name none; of several, the lowest.
fn default_class(server: &ApiServer) -> Option<Object> {
    let classes = server.store.list(CLASS, None).map(|(_, class)| class);
    classes.filter(|class| class["globalDefault"].bool()).min_by_key(|class| class["value"].int()).cloned()
}

fn validate(server: &mut ApiServer, op: &mut Operation, class: &Object, old: Option<&Object>) -> Result<(), Status> {
    if op.verb == Verb::Delete {
        if class.name().starts_with("system-") {
            return Err(op.forbidden(class.name(), "this is a system priority class and cannot be deleted"));
        }
        return Ok(());
    }
    let becomes_default = class["globalDefault"].bool() && !old.is_some_and(|old| old["globalDefault"].bool());
    match default_class(server).filter(|other| becomes_default && other.name() != class.name()) {
        Some(other) => {
            let why =
                format!("PriorityClass {} is already marked as default. Only one default can exist", other.name());
            Err(op.forbidden(class.name(), &why))
        }
        None => Ok(()),
    }
}
