//! Node: a machine that runs pods.

use super::columns::{AGE, NAME, or_none, text, wide};
use super::field::Field;
use super::pod::scheduling::EFFECTS;
use super::{Column, Kind, go};
use crate::meta::SortedSet;
use crate::meta::names::{label_value, qualified_name};
use crate::meta::{Errors, Object, Quantity, Value};

/// The row of Node.
pub static KIND: Kind = Kind {
    kind: "Node",
    plural: "nodes",
    singular: "node",
    short_names: &["no"],
    subresources: &["proxy", "status"],
    schema: "io.k8s.api.core.v1.Node",
    columns: || COLUMNS,
    selectable: &[("spec.unschedulable", |node| is_cordoned(node).to_string())],
    validate,
    ..Kind::CLUSTER
};

const COLUMNS: &[Column] = &[
    NAME,
    text("Status", "The status of the node", |node, _| {
        let ready = match node.condition("Ready") {
            None => "Unknown",
            Some(condition) if condition["status"] == "True" => "Ready",
            Some(_) => "NotReady",
        };
        if is_cordoned(node) { format!("{ready},SchedulingDisabled").into() } else { ready.into() }
    }),
    text("Roles", "The roles of the node", |node, _| or_none(&roles(node).into_iter().collect::<Vec<_>>().join(","))),
    AGE,
    text("Version", "Kubelet Version reported by the node.", |node, _| {
        node.at(&["status", "nodeInfo", "kubeletVersion"]).clone()
    }),
    wide("Internal-IP", "List of addresses reachable to the node.", |node, _| or_none(address(node, "InternalIP"))),
    wide("External-IP", "List of addresses reachable to the node.", |node, _| or_none(address(node, "ExternalIP"))),
    wide(
        "OS-Image",
        "OS Image reported by the node from /etc/os-release (e.g. Debian GNU/Linux 7 (wheezy)).",
        |node, _| info(node, "osImage"),
    ),
    wide(
        "Kernel-Version",
        "Kernel Version reported by the node from 'uname -r' (e.g. 3.16.0-0.bpo.4-amd64).",
        |node, _| info(node, "kernelVersion"),
    ),
    wide(
        "Container-Runtime",
        "ContainerRuntime Version reported by the node through runtime remote API (e.g. containerd://1.4.2).",
        |node, _| info(node, "containerRuntimeVersion"),
    ),
];

fn info(node: &Object, field: &str) -> Value {
    match node.at(&["status", "nodeInfo", field]).str() {
        "" => "<unknown>".into(),
        text => text.into(),
    }
}

/// Whether it takes no new pods, as after `kubectl cordon`.
pub fn is_cordoned(node: &Object) -> bool {
    node.at(&["spec", "unschedulable"]).bool()
}
/// Whether its kubelet reports that it is ready.
pub fn is_ready(node: &Object) -> bool {
    node.condition_is_true("Ready")
}
/// The roles its labels give it, in order.
pub fn roles(node: &Object) -> SortedSet<&str> {
    let mut roles = SortedSet::new();
    for (key, value) in node.labels().entries() {
        match key.as_str().strip_prefix("node-role.kubernetes.io/") {
            Some(role) if !role.is_empty() => _ = roles.insert(role),
            _ if key.as_str() == "kubernetes.io/role" && !value.str().is_empty() => _ = roles.insert(value.str()),
            _ => {}
        }
    }
    roles
}
/// Its first address of a type, such as `InternalIP`; may be empty.
pub fn address<'a>(node: &'a Object, kind: &str) -> &'a str {
    let addresses = node.at(&["status", "addresses"]).items();
    addresses.iter().find(|address| address["type"] == kind).map_or("", |address| address["address"].str())
}
/// Its taints.
pub fn taints(node: &Object) -> &[Value] {
    node.at(&["spec", "taints"]).items()
}
/// How much of a resource pods may use on it.
pub fn allocatable(node: &Object, resource: &str) -> Quantity {
    Quantity::of(node.at(&["status", "allocatable", resource]))
}

fn validate(node: &Object, old: Option<&Object>, errors: &mut Errors) {
    if old.is_some_and(|old| old.spec() == node.spec()) {
        return;
    }
    let root = Field::root(node);
    let spec = root.child("spec");
    let mut seen = SortedSet::new();
    for taint in spec.child("taints").each() {
        let (key, value, effect) = (taint.child("key"), taint.child("value"), taint.child("effect"));
        key.with(&key.str().into()).complain(errors, qualified_name(key.str()));
        value.complain(errors, label_value(value.str()));
        effect.need_one_of(errors, EFFECTS, "");
        if !seen.insert((key.str().to_string(), effect.str().to_string())) {
            errors.duplicate_text(&taint.path(), &go::print("NodeTaint", &taint));
        }
    }
    if let Some(old) = old {
        let provider = spec.child("providerID");
        if !old.spec()["providerID"].is_empty() && old.spec()["providerID"] != *provider {
            provider.forbidden(errors, "node updates may not change providerID except from \"\" to valid");
        }
    }
}
