//! `metrics.k8s.io`: what nodes and pods use. Nothing is stored; the kubelets are asked, as metrics-server does,
//! while the `APIService` of the group is there.

use super::operation::{Operation, Verb};
use super::resource::Resource;
use super::server::ApiServer;
use crate::json;
use crate::kinds::metrics::{GROUP, NODES, PODS};
use crate::meta::{Object, Status, Time, Value};
use crate::store::Key;

/// The group is served while this is there.
const API_SERVICE: &str = "v1beta1.metrics.k8s.io";
/// How often the kubelets are asked, in seconds: measurements are as old as the last time.
const RESOLUTION: i64 = 15;

/// Whether the resource is one of the group's.
pub(super) fn serves(resource: &Resource) -> bool {
    *resource.group == *GROUP
}

impl ApiServer {
    /// Serves the group, or serves it no more, after a change of its `APIService`.
    pub(super) fn follow_metrics(&mut self, key: &Key) {
        if *key.name != *API_SERVICE || *key.resource != *"apiservices.apiregistration.k8s.io" {
            return;
        }
        let there = self.store.get(key).is_some();
        for row in [&NODES, &PODS] {
            self.catalog.serve(row, there);
        }
    }

    /// The measurements that an operation reads.
    pub(super) fn measure(&self, op: &Operation) -> Result<Vec<Object>, Status> {
        let Some(kubelets) = self.nodes.as_ref().filter(|_| self.has_metrics_server()) else {
            let asked = format!("{} {}.{GROUP}", op.verb.as_str().replace("list", "get"), op.resource.plural);
            let message = format!("the server is currently unable to handle the request ({asked})");
            return Err(Status::new(503, "ServiceUnavailable", message));
        };
        let at = self.clock.now();
        let at = Time::from_millis(at.seconds().div_euclid(RESOLUTION) * RESOLUTION * 1000);
        let wanted = |namespace: &str, name: &str| {
            (op.namespace.is_empty() || op.namespace == namespace) && (op.verb != Verb::Get || op.name == name)
        };
        let mut found = Vec::new();
        for (key, node) in self.store.list("nodes", None) {
            let usage = kubelets.usage(&key.name);
            if op.resource.namespaced {
                for pod in usage["pods"].items().iter() {
                    let (namespace, name) = (pod["namespace"].str(), pod["name"].str());
                    if let Some(stored) = self.lookup("pods", namespace, name).filter(|_| wanted(namespace, name)) {
                        found.push(measurement(op, stored, "containers", &pod["containers"], at));
                    }
                }
            } else if wanted("", &key.name) && node.condition_is_true("Ready") {
                found.push(measurement(op, node, "usage", &usage["usage"], at));
            }
        }
        found.sort_by(|a, b| (a.namespace(), a.name()).cmp(&(b.namespace(), b.name())));
        if found.is_empty() && op.verb == Verb::Get {
            let name = if op.resource.namespaced { format!("{}/{}", op.namespace, op.name) } else { op.name.clone() };
            return Err(Status::not_found(GROUP, &op.resource.kind.to_lowercase(), &name));
        }
        Ok(found)
    }

    /// Whether somebody stands behind the group's `APIService`.
    fn has_metrics_server(&self) -> bool {
        let Some(service) = self.lookup("apiservices.apiregistration.k8s.io", "", API_SERVICE) else { return false };
        let service = &service.spec()["service"];
        let of_service = |slice: &&Object| slice.label("kubernetes.io/service-name") == Some(service["name"].str());
        let slices = self.store.list("endpointslices.discovery.k8s.io", Some(service["namespace"].str()));
        let mut endpoints =
            slices.map(|(_, slice)| slice).filter(of_service).flat_map(|slice| slice["endpoints"].items());
        endpoints.any(|endpoint| endpoint["conditions"]["ready"].bool())
    }
}

/// What was measured of an object.
fn measurement(op: &Operation, of: &Object, field: &str, usage: &Value, at: Time) -> Object {
    let mut metadata = json!({"name": of.name(), "creationTimestamp": (at.rfc3339())});
    if !of.namespace().is_empty() {
        metadata["namespace"] = of.namespace().into();
    }
    if !of.labels().is_empty() {
        metadata["labels"] = of.labels().clone();
    }
    let mut object = Object(json!({
        "kind": (&op.resource.kind), "apiVersion": (&op.resource.api_version), "metadata": metadata,
        "timestamp": (at.rfc3339()), "window": format!("{RESOLUTION}s"),
    }));
    object[field] = usage.clone();
    object
}
