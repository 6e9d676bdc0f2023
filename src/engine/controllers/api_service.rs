//! Availability of `APIService`s: whether somebody stands behind those that another server answers.

use super::conditions;
use super::runner::{Again, Context, Controller, Wake};
use crate::meta::Status;
use crate::store::{Change, Key};

const RESOURCE: &str = "apiservices.apiregistration.k8s.io";
const SLICES: &str = "endpointslices.discovery.k8s.io";

struct Availability;

/// The controller of `APIService` conditions.
pub fn availability() -> Box<dyn Controller> {
    Box::new(Availability)
}

impl Controller for Availability {
    fn name(&self) -> &'static str {
        "AvailableConditionController"
    }
    fn watches(&self) -> &'static [&'static str] {
        &[RESOURCE, "services", SLICES]
    }
    fn notice(&mut self, change: &Change, wake: &mut Wake) {
        if &*change.key.resource == RESOURCE {
            let remote = |service: &crate::meta::Object| !service.spec()["service"].is_null();
            if change.new.as_ref().is_some_and(remote) {
                wake.now(change.key.clone());
            }
            return;
        }
        // Very few services stand behind an API.
        let name = match &*change.key.resource {
            "services" => Some(change.key.name.to_string()),
            _ => {
                let slice = change.new.as_ref().or(change.old.as_ref());
                slice.and_then(|slice| slice.label("kubernetes.io/service-name")).map(String::from)
            }
        };
        for service in wake.informers.list(RESOURCE, None) {
            let reference = &service.spec()["service"];
            if name.as_deref() == reference["name"].as_str() && reference["namespace"] == *change.key.namespace {
                wake.now(super::runner::key(RESOURCE, "", service.name()));
            }
        }
    }
    fn reconcile(&mut self, key: &Key, cx: &Context) -> Result<Again, Status> {
        let Some(service) = cx.get(key) else { return Ok(None) };
        let reference = &service.spec()["service"];
        let (namespace, name) = (reference["namespace"].str(), reference["name"].str());
        let slices = cx.informers.list(SLICES, Some(namespace));
        let of_service = slices.iter().filter(|slice| slice.label("kubernetes.io/service-name") == Some(name));
        let mut endpoints = of_service.flat_map(|slice| slice["endpoints"].items());
        let (value, reason, message) = if cx.informers.get("services", namespace, name).is_none() {
            ("False", "ServiceNotFound", format!("service/{name} in {namespace:?} is not present"))
        } else if !endpoints.any(|endpoint| endpoint["conditions"]["ready"].bool()) {
            let message =
                format!("endpoints for service/{name} in {namespace:?} have no addresses with port name \"https\"");
            ("False", "MissingEndpoints", message)
        } else {
            ("True", "Passed", "all checks passed".to_string())
        };
        let mut status = service.status().clone();
        conditions::put(&mut status, conditions::new("Available", value, reason, &message, cx.now));
        cx.put_status(&service, status)?;
        Ok(None)
    }
}
