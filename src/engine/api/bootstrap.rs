//! What a cluster holds from its first moment: the objects the real API server creates itself.

use super::server::ApiServer;
use crate::json;
use crate::meta::{Object, Value};

/// The namespaces every cluster has.
const NAMESPACES: &[&str] = &["default", "kube-node-lease", "kube-public", "kube-system"];

/// The priority classes every cluster has: name, value, description.
const PRIORITY_CLASSES: &[(&str, i64, &str)] = &[
    (
        "system-cluster-critical",
        2_000_000_000,
        "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
    ),
    (
        "system-node-critical",
        2_000_001_000,
        "Used for system critical pods that must not be moved from their current node.",
    ),
];

/// Where the API server itself listens; its Service has the first address of the range.
const API_SERVER_PORT: i64 = 8443;
const SERVICE_ADDRESS: &str = "10.96.0.1";

impl ApiServer {
    /// Creates what every cluster holds. `address` is the API server's own.
    pub fn bootstrap(&mut self, address: &str) {
        for namespace in NAMESPACES {
            self.ensure(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": (*namespace)}}));
        }
        for (name, value, description) in PRIORITY_CLASSES {
            self.ensure(json!({
                "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": (*name)},
                "value": (*value), "description": (*description),
            }));
        }
        self.ensure_own_service(address);
    }

    /// The `kubernetes` Service and its endpoints, which point at the API server itself.
    fn ensure_own_service(&mut self, address: &str) {
        let labels = json!({"component": "apiserver", "provider": "kubernetes"});
        self.ensure(json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"name": "kubernetes", "namespace": "default", "labels": labels},
            "spec": {
                "type": "ClusterIP", "clusterIP": SERVICE_ADDRESS, "clusterIPs": [SERVICE_ADDRESS],
                "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack", "sessionAffinity": "None",
                "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": API_SERVER_PORT}],
            },
        }));
        self.ensure(json!({
            "apiVersion": "v1", "kind": "Endpoints",
            "metadata": {
                "name": "kubernetes", "namespace": "default",
                "labels": {"endpointslice.kubernetes.io/skip-mirror": "true"},
            },
            "subsets": [{
                "addresses": [{"ip": address}],
                "ports": [{"name": "https", "port": API_SERVER_PORT, "protocol": "TCP"}],
            }],
        }));
        self.ensure(json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": {
                "name": "kubernetes", "namespace": "default", "labels": {"kubernetes.io/service-name": "kubernetes"},
            },
            "addressType": "IPv4",
            "endpoints": [{"addresses": [address], "conditions": {"ready": true}}],
            "ports": [{"name": "https", "port": API_SERVER_PORT, "protocol": "TCP"}],
        }));
    }

    /// Creates an object unless it is there already.
    pub(super) fn ensure(&mut self, object: Value) {
        // The only failure is that it exists, which is what is wanted.
        let _ = self.create_own(Object(object));
    }
}
