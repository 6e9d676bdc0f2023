//! What the API server fills into pods and pod templates that say nothing about it.

use super::{CONTAINERS, EPHEMERAL_CONTAINERS, INIT_CONTAINERS};
use crate::meta::{Object, Value};

const PROBE: &[(&str, i64)] =
    &[("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)];

/// Fills in a pod: what a template has, and what only a pod of its own has.
pub fn pod(pod: &mut Object) {
    let spec = pod.entry("spec");
    spec.set_default(&["enableServiceLinks"], true);
    for field in [CONTAINERS, INIT_CONTAINERS] {
        each(spec, field, requests_from_limits);
        if spec["hostNetwork"].bool() {
            each(spec, field, |container| each(container, "ports", host_port));
        }
    }
    requests_from_limits(spec);
    self::spec(spec);
}

/// Fills in a pod template.
pub fn template(template: &mut Value) {
    if template["spec"].is_object() {
        spec(template.entry("spec"));
    }
}

fn spec(spec: &mut Value) {
    set_missing(spec, "dnsPolicy", "ClusterFirst");
    set_missing(spec, "restartPolicy", "Always");
    set_missing(spec, "schedulerName", "default-scheduler");
    spec.set_default(&["securityContext"], Value::object());
    spec.set_default(&["terminationGracePeriodSeconds"], 30);
    // The old name of the field is kept in step.
    let old_name = if spec["serviceAccountName"].is_empty() { "serviceAccount" } else { "serviceAccountName" };
    let account = spec[old_name].clone();
    if !account.is_empty() && spec["serviceAccount"] != spec["serviceAccountName"] {
        spec.set(&["serviceAccount"], account.clone());
        spec.set(&["serviceAccountName"], account);
    }
    for field in [INIT_CONTAINERS, CONTAINERS, EPHEMERAL_CONTAINERS] {
        each(spec, field, container);
    }
    each(spec, "volumes", volume);
}

fn container(container: &mut Value) {
    if container["imagePullPolicy"].is_empty() {
        let policy = if is_latest(container["image"].str()) { "Always" } else { "IfNotPresent" };
        container.set(&["imagePullPolicy"], policy);
    }
    set_missing(container, "terminationMessagePath", "/dev/termination-log");
    set_missing(container, "terminationMessagePolicy", "File");
    each(container, "ports", |port| set_missing(port, "protocol", "TCP"));
    each(container, "env", |variable| {
        if variable["valueFrom"]["fieldRef"].is_object() {
            set_missing(&mut variable["valueFrom"]["fieldRef"], "apiVersion", "v1");
        }
        if variable["valueFrom"]["fileKeyRef"].is_object() {
            variable.set_default(&["valueFrom", "fileKeyRef", "optional"], false);
        }
    });
    for field in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if container[field].is_object() {
            let probe = container.entry(field);
            for (field, number) in PROBE {
                if probe[*field].is_empty() {
                    probe.set(&[field], *number);
                }
            }
            handler(probe);
        }
    }
    for hook in ["postStart", "preStop"] {
        if container["lifecycle"][hook].is_object() {
            handler(&mut container["lifecycle"][hook]);
        }
    }
}

/// Fills in what a probe or hook does.
fn handler(handler: &mut Value) {
    if handler["httpGet"].is_object() {
        set_missing(&mut handler["httpGet"], "path", "/");
        set_missing(&mut handler["httpGet"], "scheme", "HTTP");
    }
    if handler["grpc"].is_object() {
        handler.set_default(&["grpc", "service"], "");
    }
}

/// Whether an image's tag is `latest`, given or implied.
fn is_latest(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or_default();
    !name.contains('@') && name.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}

fn host_port(port: &mut Value) {
    if port["hostPort"].is_empty() {
        let number = port["containerPort"].clone();
        port.set(&["hostPort"], number);
    }
}

fn requests_from_limits(holder: &mut Value) {
    let limits = holder["resources"]["limits"].clone();
    for (resource, limit) in limits.entries() {
        if holder.at(&["resources", "requests", resource]).is_null() {
            holder.set(&["resources", "requests", resource], limit.clone());
        }
    }
}

fn volume(volume: &mut Value) {
    // A volume that names no source is an empty directory.
    if volume.entries().all(|(key, value)| key.as_str() == "name" || value.is_null()) {
        volume.set(&["emptyDir"], Value::object());
    }
    for source in ["secret", "configMap", "downwardAPI", "projected"] {
        if volume[source].is_object() {
            volume.set_default(&[source, "defaultMode"], 0o644);
        }
    }
    if volume["downwardAPI"].is_object() {
        each(&mut volume["downwardAPI"], "items", field_ref);
    }
    if volume["projected"].is_object() {
        each(&mut volume["projected"], "sources", |source| {
            if source["serviceAccountToken"].is_object() {
                source.set_default(&["serviceAccountToken", "expirationSeconds"], 3600);
            }
            if source["downwardAPI"].is_object() {
                each(&mut source["downwardAPI"], "items", field_ref);
            }
        });
    }
    if volume["hostPath"].is_object() {
        volume.set_default(&["hostPath", "type"], "");
    }
    if volume["iscsi"].is_object() {
        set_missing(&mut volume["iscsi"], "iscsiInterface", "default");
    }
    if volume["image"].is_object() && volume["image"]["pullPolicy"].is_empty() {
        let policy = if is_latest(volume["image"]["reference"].str()) { "Always" } else { "IfNotPresent" };
        volume.set(&["image", "pullPolicy"], policy);
    }
    if volume["ephemeral"]["volumeClaimTemplate"].is_object() {
        set_missing(&mut volume["ephemeral"]["volumeClaimTemplate"]["spec"], "volumeMode", "Filesystem");
    }
}

fn field_ref(item: &mut Value) {
    if item["fieldRef"].is_object() {
        set_missing(&mut item["fieldRef"], "apiVersion", "v1");
    }
}

/// Changes each element of the list in `field`, if there is one.
pub fn each(holder: &mut Value, field: &str, change: fn(&mut Value)) {
    if holder[field].items().is_empty() {
        return;
    }
    for item in holder.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten() {
        if item.is_object() {
            change(item);
        }
    }
}

/// Sets a field that is absent or empty.
pub fn set_missing(holder: &mut Value, field: &str, value: &str) {
    if holder[field].is_empty() {
        holder.set(&[field], value);
    }
}
