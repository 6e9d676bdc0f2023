//! What a cluster holds from its first moment: the objects the real API server creates itself.

mod roles;

use super::server::ApiServer;
use crate::json;
use crate::meta::{Object, Value};
use crate::sim::Rng;

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
    /// Creates what every cluster holds.
    pub fn bootstrap(&mut self) {
        for namespace in NAMESPACES {
            self.ensure(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": (*namespace)}}));
        }
        for (name, value, description) in PRIORITY_CLASSES {
            self.ensure(json!({
                "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": (*name)},
                "value": (*value), "description": (*description),
            }));
        }
        for object in roles::objects() {
            self.ensure(object);
        }
        // Their identities come from a stream of their own: with one more controller, all that
        // chance decides in a cluster stays as it was, and so do the links that replay it.
        let shared = std::mem::replace(&mut self.rng, Rng::seeded(self.clock.now().0.unsigned_abs()));
        for object in roles::of_controllers() {
            self.ensure(object);
        }
        self.rng = shared;
        self.ensure_api_services();
        self.ensure_own_service();
    }

    /// One `APIService` for each group and version that the server answers itself.
    fn ensure_api_services(&mut self) {
        let mut seen: Vec<(String, String)> = Vec::new();
        for resource in self.catalog.all() {
            let pair = (resource.group.to_string(), resource.version.to_string());
            if !seen.contains(&pair) {
                seen.push(pair);
            }
        }
        for (group, version) in seen {
            self.ensure_api_service(&group, &version);
        }
    }

    /// The `APIService` of a group and version that the server answers itself.
    pub(super) fn ensure_api_service(&mut self, group: &str, version: &str) {
        let (group_priority, version_priority) = priorities(group, version);
        let mut spec = json!({
            "version": version, "versionPriority": version_priority, "groupPriorityMinimum": group_priority,
        });
        if !group.is_empty() {
            spec["group"] = group.into();
        }
        let condition = json!({
            "type": "Available", "status": "True", "reason": "Local", "message": "Local APIServices are always available",
            "lastTransitionTime": (self.clock.now().rfc3339()),
        });
        let made = self.create_own(Object(json!({
            "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
            "metadata": {
                "name": (format!("{version}.{group}")),
                "labels": {"kube-aggregator.kubernetes.io/automanaged": "onstart"},
            },
            "spec": spec,
        })));
        if let Ok(mut service) = made {
            service["status"] = json!({"conditions": [condition]});
            let _ = self.update_own("status", service);
        }
    }

    /// The `kubernetes` Service, whose endpoints are the API server itself.
    fn ensure_own_service(&mut self) {
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
    }

    /// Creates an object unless it is there already.
    pub(super) fn ensure(&mut self, object: Value) {
        // The only failure is that it exists, which is what is wanted.
        let _ = self.create_own(Object(object));
    }
}

/// The groups' priorities in discovery, as the real server's table has them.
const GROUP_PRIORITIES: &[(&str, i64)] = &[
    ("", 18_000),
    ("apps", 17_800),
    ("events.k8s.io", 17_750),
    ("authentication.k8s.io", 17_700),
    ("authorization.k8s.io", 17_600),
    ("autoscaling", 17_500),
    ("batch", 17_400),
    ("certificates.k8s.io", 17_300),
    ("networking.k8s.io", 17_200),
    ("policy", 17_100),
    ("rbac.authorization.k8s.io", 17_000),
    ("storage.k8s.io", 16_800),
    ("apiextensions.k8s.io", 16_700),
    ("admissionregistration.k8s.io", 16_700),
    ("scheduling.k8s.io", 16_600),
    ("coordination.k8s.io", 16_500),
    ("node.k8s.io", 16_300),
    ("discovery.k8s.io", 16_200),
    ("flowcontrol.apiserver.k8s.io", 16_100),
    ("resource.k8s.io", 15_900),
];

/// The priorities of a group and of its version. Groups of custom resources come after all others.
fn priorities(group: &str, version: &str) -> (i64, i64) {
    let of_group = GROUP_PRIORITIES.iter().find(|(name, _)| *name == group).map_or(1_000, |(_, priority)| *priority);
    let of_version = match (group, version) {
        ("", _) => 1,
        ("autoscaling", "v2") => 30,
        ("flowcontrol.apiserver.k8s.io", _) => 21,
        _ if of_group == 1_000 => 100,
        _ => 15,
    };
    (of_group, of_version)
}
