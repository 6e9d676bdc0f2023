//! The profiles of `kubectl debug`: what a container may do to what it debugs.

use crate::json;
use crate::kubectl::flags::Flags;
use crate::meta::{Object, Value, patch};

/// How something is debugged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// In a pod of its own, on the node.
    Node,
    /// In a copy of the pod.
    Copy,
    /// In the pod itself.
    Ephemeral,
}

/// A profile: the container's security context, and what a node's pod has of the node.
pub struct Profile {
    /// The word of `--profile`.
    pub name: &'static str,
    /// The container's rights, by how it debugs.
    context: fn(Style) -> Option<Value>,
    /// Whether the node's namespaces are a node's pod's own.
    host_namespaces: bool,
    /// Whether a node's pod sees the node's files below `/host`.
    host_root: bool,
}

/// All profiles.
pub static PROFILES: &[Profile] = &[
    Profile { name: "legacy", context: |_| None, host_namespaces: true, host_root: true },
    Profile {
        name: "general",
        context: |style| (style != Style::Node).then(|| json!({"capabilities": {"add": ["SYS_PTRACE"]}})),
        host_namespaces: true,
        host_root: true,
    },
    Profile { name: "baseline", context: |_| None, host_namespaces: false, host_root: false },
    Profile {
        name: "restricted",
        context: |_| {
            Some(json!({
                "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": true,
                "seccompProfile": {"type": "RuntimeDefault"},
            }))
        },
        host_namespaces: false,
        host_root: false,
    },
    Profile {
        name: "netadmin",
        context: |_| Some(json!({"capabilities": {"add": ["NET_ADMIN", "NET_RAW"]}})),
        host_namespaces: true,
        host_root: false,
    },
    Profile {
        name: "sysadmin",
        context: |_| Some(json!({"privileged": true})),
        host_namespaces: true,
        host_root: true,
    },
];

impl Profile {
    /// Gives the container of that name its rights, and the pod what goes with them.
    pub fn apply(&self, pod: &mut Object, name: &str, style: Style, flags: &Flags) {
        let list = if style == Style::Ephemeral { "ephemeralContainers" } else { "containers" };
        if style == Style::Copy && self.name != "legacy" {
            strip(pod, flags);
            if pod.at(&["spec", "shareProcessNamespace"]).is_null() {
                pod.set(&["spec", "shareProcessNamespace"], true);
            }
        }
        if style == Style::Node && self.host_namespaces {
            for field in ["hostNetwork", "hostPID", "hostIPC"] {
                pod.set(&["spec", field], true);
            }
        }
        let root = style == Style::Node && self.host_root;
        if root {
            pod["spec"]["volumes"].push(json!({"name": "host-root", "hostPath": {"path": "/"}}));
        }
        for container in pod["spec"][list].array_mut().iter_mut().filter(|container| container["name"] == name) {
            match (self.context)(style) {
                Some(context) if self.name == "restricted" => container["securityContext"] = context,
                Some(context) => grant(&mut container["securityContext"], &context),
                None if self.name == "legacy" => {}
                None => drop(container.remove(&["securityContext"])),
            }
            if root {
                container["volumeMounts"].push(json!({"name": "host-root", "mountPath": "/host"}));
            }
        }
    }
}

/// Adds rights to those that a container has.
fn grant(context: &mut Value, more: &Value) {
    let mut capabilities = context.at(&["capabilities", "add"]).items().to_vec();
    for added in more.at(&["capabilities", "add"]).items() {
        if !capabilities.contains(added) {
            capabilities.push(added.clone());
        }
    }
    *context = patch::merge_patch(context, more);
    if !capabilities.is_empty() {
        context.set(&["capabilities", "add"], capabilities);
    }
}

/// Takes from a copy what is of no use while somebody looks into it.
fn strip(pod: &mut Object, flags: &Flags) {
    if !flags.bool("keep-annotations") {
        pod.remove(&["metadata", "annotations"]);
    }
    if !flags.bool("keep-init-containers") {
        pod.remove(&["spec", "initContainers"]);
    }
    for container in pod["spec"]["containers"].array_mut() {
        for probe in ["liveness", "readiness", "startup"] {
            if !flags.bool(&format!("keep-{probe}")) {
                container.remove(&[&format!("{probe}Probe")]);
            }
        }
    }
}
