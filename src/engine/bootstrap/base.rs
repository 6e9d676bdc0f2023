//! What every API server makes for itself when it first starts.

use crate::api::Client;
use crate::json;
use crate::meta::{Object, Value};

/// Creates objects that do not depend on one another's names being taken: what is there stays.
pub(super) fn create_all(client: &Client, objects: impl IntoIterator<Item = Value>) {
    for object in objects {
        // A name that is taken means that an earlier start made the object.
        let _ = client.create(Object(object));
    }
}

/// The namespaces, priority classes and the service of the API server itself.
pub(super) fn objects() -> Vec<Value> {
    let mut objects: Vec<Value> = ["kube-system", "kube-public", "kube-node-lease", "default"]
        .iter()
        .map(|name| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": *name}}))
        .collect();
    for (name, value, description) in [
        (
            "system-cluster-critical",
            2_000_000_000_i64,
            "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
        ),
        (
            "system-node-critical",
            2_000_001_000,
            "Used for system critical pods that must not be moved from their current node.",
        ),
    ] {
        objects.push(json!({
            "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name},
            "value": value, "description": description,
        }));
    }
    objects.push(json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {
            "name": "kubernetes", "namespace": "default",
            "labels": {"component": "apiserver", "provider": "kubernetes"},
        },
        "spec": {
            "clusterIP": "10.96.0.1", "type": "ClusterIP",
            "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 8443}],
        },
    }));
    objects
}

/// Where the API server answers, for the service `kubernetes`.
pub(super) fn api_server_endpoints(address: &str) -> [Value; 2] {
    [
        json!({
            "apiVersion": "v1", "kind": "Endpoints",
            "metadata": {
                "name": "kubernetes", "namespace": "default",
                "labels": {"endpointslice.kubernetes.io/skip-mirror": "true"},
            },
            "subsets": [{
                "addresses": [{"ip": address}],
                "ports": [{"name": "https", "port": 8443, "protocol": "TCP"}],
            }],
        }),
        json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": {
                "name": "kubernetes", "namespace": "default",
                "labels": {"kubernetes.io/service-name": "kubernetes"},
            },
            "addressType": "IPv4",
            "endpoints": [{"addresses": [address], "conditions": {"ready": true}}],
            "ports": [{"name": "https", "port": 8443, "protocol": "TCP"}],
        }),
    ]
}
