//! What a pod's spec may say, on its own or in a template; what an update of a pod may change.

use super::containers;
use super::scheduling;
use super::volumes;
use super::{CONTAINERS, EPHEMERAL_CONTAINERS, INIT_CONTAINERS};
use crate::kinds::field::Field;
use crate::kinds::{go, metadata};
use crate::meta::names::{dns1123_label, dns1123_subdomain};
use crate::meta::{Errors, Object, Value};

const RESTART_POLICIES: &[&str] = &["Always", "OnFailure", "Never"];
const DNS_POLICIES: &[&str] = &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
const UPDATABLE: &str = "pod updates may not change fields other than `spec.containers[*].image`,\
    `spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,\
    `spec.tolerations` (only additions to existing tolerations),\
    `spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// Validates a pod.
pub fn pod(pod: &Object, old: Option<&Object>, errors: &mut Errors) {
    let root = Field::root(pod);
    let field = root.child("spec");
    match old {
        None => spec(&field, errors),
        Some(old) if pod.spec() == old.spec() => {}
        Some(old) => {
            spec(&field, errors);
            update(&field, old.spec(), errors);
        }
    }
}

/// Validates a pod template: its metadata and its spec.
pub fn template(template: &Field, errors: &mut Errors) {
    let meta = template.child("metadata");
    metadata::labels(&meta.child("labels"), errors);
    metadata::annotations(&meta.child("annotations"), errors);
    let field = template.child("spec");
    spec(&field, errors);
    if !field[EPHEMERAL_CONTAINERS].is_empty() {
        field.child(EPHEMERAL_CONTAINERS).forbidden(errors, "ephemeral containers not allowed in pod template");
    }
}

/// Validates a pod's spec.
pub fn spec(spec: &Field, errors: &mut Errors) {
    let known = volumes::validate(&spec.child("volumes"), errors);
    containers::validate(spec, &known, errors);
    spec.child("restartPolicy").need_one_of(errors, RESTART_POLICIES, "");
    spec.child("dnsPolicy").need_one_of(errors, DNS_POLICIES, "");
    metadata::labels(&spec.child("nodeSelector"), errors);
    security(&spec.child("securityContext"), errors);
    for secret in spec.child("imagePullSecrets").each() {
        if secret["name"].is_empty() {
            secret.child("name").required(errors, "");
        }
    }
    scheduling::affinity(&spec.child("affinity"), errors);
    dns(spec, errors);
    scheduling::spread(&spec.child("topologySpreadConstraints"), errors);
    for (name, check) in [
        ("serviceAccountName", dns1123_subdomain as metadata::NameRule),
        ("nodeName", dns1123_subdomain),
        ("hostname", dns1123_label),
        ("subdomain", dns1123_label),
        ("priorityClassName", dns1123_subdomain),
        ("runtimeClassName", dns1123_subdomain),
    ] {
        let field = spec.child(name);
        if !field.is_empty() {
            field.complain(errors, check(field.str()));
        }
    }
    let deadline = spec.child("activeDeadlineSeconds");
    if deadline.as_i64().is_some_and(|n| !(1..=i64::from(i32::MAX)).contains(&n)) {
        deadline.invalid(errors, "must be between 1 and 2147483647, inclusive");
    }
    scheduling::tolerations(&spec.child("tolerations"), errors);
    for alias in spec.child("hostAliases").each() {
        let ip = alias.child("ip");
        if ip.str().parse::<std::net::IpAddr>().is_err() {
            ip.invalid_text(errors, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
        }
        for host in alias.child("hostnames").each() {
            host.complain(errors, dns1123_subdomain(host.str()));
        }
    }
    spec.child("preemptionPolicy").one_of(errors, &["Never", "PreemptLowerPriority"]);
    if spec["os"].is_object() {
        spec.child("os").child("name").need_one_of(errors, &["linux", "windows"], "");
    }
}

fn security(context: &Field, errors: &mut Errors) {
    for field in ["runAsUser", "runAsGroup", "fsGroup"] {
        containers::id(&context.child(field), errors);
    }
    for group in context.child("supplementalGroups").each() {
        containers::id(&group, errors);
    }
    context.child("fsGroupChangePolicy").one_of(errors, &["Always", "OnRootMismatch"]);
    containers::seccomp(&context.child("seccompProfile"), errors);
}

fn dns(spec: &Field, errors: &mut Errors) {
    let config = spec.child("dnsConfig");
    let servers = config.child("nameservers");
    if spec["dnsPolicy"] == "None" && servers.is_empty() {
        let why = "must provide at least one DNS nameserver when `dnsPolicy` is None";
        match config.is_null() {
            true => config.required(errors, "must provide `dnsConfig` when `dnsPolicy` is None"),
            false => servers.required(errors, why),
        }
    }
    for server in servers.each() {
        if server.str().parse::<std::net::IpAddr>().is_err() {
            server.invalid(errors, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
        }
    }
}

/// Refuses an update of a pod's spec that changes more than may change.
fn update(spec: &Field, old: &Value, errors: &mut Errors) {
    let mut munged = spec.value().clone();
    for list in [CONTAINERS, INIT_CONTAINERS] {
        let (new_list, old_list) = (spec.child(list), &old[list]);
        if new_list.items().len() != old_list.items().len() {
            new_list.forbidden(errors, "pod updates may not add or remove containers");
            return;
        }
        for (at, container) in old_list.items().iter().enumerate() {
            if let Some(new) = munged[list].as_array_mut().and_then(|items| items.get_mut(at)) {
                new.set(&["image"], container["image"].clone());
            }
        }
    }
    let deadline = spec.child("activeDeadlineSeconds");
    match (deadline.as_i64(), old["activeDeadlineSeconds"].as_i64()) {
        (Some(new), Some(old)) if old < new => {
            deadline.invalid(errors, "must be less than or equal to previous value");
        }
        (None, Some(_)) => deadline.invalid(errors, "must not update from a positive integer to nil value"),
        _ => {}
    }
    scheduling::only_added_tolerations(&spec.child("tolerations"), &old["tolerations"], errors);
    let gates = spec.child("schedulingGates");
    for gate in gates.items() {
        if !old["schedulingGates"].items().contains(gate) {
            let name = gate["name"].str();
            gates.forbidden(errors, &format!("only deletion is allowed, but found new scheduling gate '{name}'"));
        }
    }
    let mut kept = vec!["activeDeadlineSeconds", "tolerations", "schedulingGates"];
    if old["terminationGracePeriodSeconds"].int() < 0 && spec["terminationGracePeriodSeconds"] == 1 {
        kept.push("terminationGracePeriodSeconds");
    }
    if !old["schedulingGates"].is_empty() {
        // While gated, where the pod may go can still be narrowed.
        kept.extend(["nodeSelector", "affinity"]);
    }
    for field in kept {
        match &old[field] {
            Value::Null => drop(munged.remove(&[field])),
            value => munged.set(&[field], value.clone()),
        }
    }
    let changes = go::changes("PodSpec", old, &munged);
    if !changes.is_empty() {
        spec.forbidden(errors, &format!("{UPDATABLE}\n{changes}"));
    }
}
