//! Pod: containers that run together on a node.
//!
//! Here are the row and what others ask of a pod. Its columns, defaults and validation have files
//! of their own, which the kinds with pod templates share.

mod columns;
mod containers;
pub mod defaults;
pub mod probes;
mod qos;
pub mod scheduling;
pub mod validate;
pub mod volumes;
mod warnings;

pub use columns::status;
pub use containers::ephemeral_update;
pub use qos::qos_class;
pub use warnings::template as template_warnings;

use super::Kind;
use super::field::Field;
use crate::json;
use crate::meta::{Object, Value};

/// The field of the containers in a pod's spec.
pub const CONTAINERS: &str = "containers";
/// The field of the init containers in a pod's spec.
pub const INIT_CONTAINERS: &str = "initContainers";
/// The field of the ephemeral containers in a pod's spec.
pub const EPHEMERAL_CONTAINERS: &str = "ephemeralContainers";

/// The row of Pod.
pub static KIND: Kind = Kind {
    kind: "Pod",
    plural: "pods",
    singular: "pod",
    short_names: &["po"],
    categories: &["all"],
    subresources: &[
        "attach",
        "binding",
        "ephemeralcontainers",
        "eviction",
        "exec",
        "log",
        "portforward",
        "proxy",
        "resize",
        "status",
    ],
    generation: true,
    schema: "io.k8s.api.core.v1.Pod",
    columns: || columns::COLUMNS,
    cells: Some(columns::cells),
    selectable: &[
        ("spec.nodeName", |pod| node_name(pod).into()),
        ("spec.restartPolicy", |pod| pod.spec()["restartPolicy"].str().into()),
        ("spec.schedulerName", |pod| pod.spec()["schedulerName"].str().into()),
        ("spec.serviceAccountName", |pod| pod.spec()["serviceAccountName"].str().into()),
        ("spec.hostNetwork", |pod| is_host_network(pod).to_string()),
        ("status.phase", |pod| phase(pod).into()),
        ("status.podIP", |pod| ip(pod).into()),
        ("status.podIPs", |pod| ip(pod).into()),
        ("status.nominatedNodeName", |pod| pod.status()["nominatedNodeName"].str().into()),
    ],
    defaults: defaults::pod,
    prepare,
    validate: validate::pod,
    warnings: |pod| warnings::pod(&pod["metadata"], &Field::root(pod).child("spec")),
    ..Kind::NAMESPACED
};

fn prepare(pod: &mut Object, old: Option<&Object>) {
    match old {
        None => {
            let class = qos_class(pod);
            pod["status"] = json!({"phase": "Pending", "qosClass": class});
            if !pod.spec()["schedulingGates"].is_empty() {
                pod["status"]["conditions"] = json!([{
                    "type": "PodScheduled", "status": "False", "reason": "SchedulingGated",
                    "message": "Scheduling is blocked due to non-empty scheduling gates", "lastProbeTime": null,
                    "lastTransitionTime": null,
                }]);
            }
        }
        Some(old) => pod["status"] = old.status().clone(),
    }
}

/// The node the pod is bound to; empty before it is scheduled.
pub fn node_name(pod: &Object) -> &str {
    pod.at(&["spec", "nodeName"]).str()
}
/// `Pending`, `Running`, `Succeeded`, `Failed`, `Unknown`.
pub fn phase(pod: &Object) -> &str {
    pod.at(&["status", "phase"]).str()
}
/// Whether all its containers have ended for good.
pub fn is_terminal(pod: &Object) -> bool {
    matches!(phase(pod), "Succeeded" | "Failed")
}
/// Whether it still counts for its controller: neither ended nor being deleted.
pub fn is_active(pod: &Object) -> bool {
    !is_terminal(pod) && !pod.is_terminating()
}
/// Whether its condition `Ready` is true.
pub fn is_ready(pod: &Object) -> bool {
    pod.condition_is_true("Ready")
}
/// Its first address; empty before the sandbox has one.
pub fn ip(pod: &Object) -> &str {
    pod.at(&["status", "podIP"]).str()
}
/// `Always`, `OnFailure`, `Never`.
pub fn restart_policy(pod: &Object) -> &str {
    pod.at(&["spec", "restartPolicy"]).str()
}
/// Whether it shares its node's network.
pub fn is_host_network(pod: &Object) -> bool {
    pod.at(&["spec", "hostNetwork"]).bool()
}
/// Its service account's name.
pub fn service_account(pod: &Object) -> &str {
    pod.at(&["spec", "serviceAccountName"]).str()
}
/// Its containers, without init and ephemeral ones.
pub fn containers(pod: &Object) -> &[Value] {
    pod.at(&["spec", CONTAINERS]).items()
}
/// Its init containers, sidecars among them.
pub fn init_containers(pod: &Object) -> &[Value] {
    pod.at(&["spec", INIT_CONTAINERS]).items()
}
/// Its containers of every sort: init, ordinary, ephemeral.
pub fn all_containers(pod: &Object) -> impl Iterator<Item = &Value> {
    [INIT_CONTAINERS, CONTAINERS, EPHEMERAL_CONTAINERS].into_iter().flat_map(|field| pod.spec()[field].items())
}
/// The status of the container of that name, of whatever sort.
pub fn container_status<'a>(pod: &'a Object, name: &str) -> Option<&'a Value> {
    ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"]
        .into_iter()
        .flat_map(|field| pod.status()[field].items())
        .find(|status| status["name"] == name)
}
/// Whether an init container keeps running beside the ordinary ones.
pub fn is_sidecar(container: &Value) -> bool {
    container["restartPolicy"] == "Always"
}
