//! How objects are made that a cluster starts with, and where its API server answers.

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
