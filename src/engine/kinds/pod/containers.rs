//! What a container may say: its name, ports, environment, mounts, probes, rights.

use super::volumes::Volumes;
use super::{CONTAINERS, EPHEMERAL_CONTAINERS, INIT_CONTAINERS, is_sidecar, probes};
use crate::kinds::field::Field;
use crate::kinds::resources;
use crate::meta::SortedSet;
use crate::meta::names::{config_map_key, dns1123_label, port_name, port_number, relaxed_env_var_name};
use crate::meta::{Errors, Object, Value};

const PROTOCOLS: &[&str] = &["SCTP", "TCP", "UDP"];
const PULL_POLICIES: &[&str] = &["Always", "IfNotPresent", "Never"];
const MESSAGE_POLICIES: &[&str] = &["File", "FallbackToLogsOnError"];
const PROPAGATIONS: &[&str] = &["Bidirectional", "HostToContainer", "None"];
/// What of a pod an environment variable may show.
const ENV_PATHS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
/// What of a container an environment variable may show.
const ENV_RESOURCES: &[&str] = &[
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];

/// Validates the containers of a pod's spec, of every sort.
pub fn validate(spec: &Field, volumes: &Volumes, errors: &mut Errors) {
    let containers = spec.child(CONTAINERS);
    if containers.items().is_empty() {
        containers.required(errors, "");
    }
    let mut names = SortedSet::new();
    for container in containers.each() {
        common(&container, volumes, errors);
        unique(&container, &mut names, errors);
        probes::validate(&container, errors);
    }
    host_ports(&containers, errors);
    for container in spec.child(INIT_CONTAINERS).each() {
        common(&container, volumes, errors);
        unique(&container, &mut names, errors);
        container.child("restartPolicy").one_of(errors, &["Always"]);
        if is_sidecar(&container) {
            probes::validate(&container, errors);
        } else {
            for field in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
                if !container[field].is_null() {
                    let why = "may not be set for init containers without restartPolicy=Always";
                    container.child(field).forbidden(errors, why);
                }
            }
        }
    }
    host_ports(&spec.child(INIT_CONTAINERS), errors);
    for container in spec.child(EPHEMERAL_CONTAINERS).each() {
        common(&container, volumes, errors);
        unique(&container, &mut names, errors);
        for field in ["ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "resources"] {
            if !container[field].is_empty() {
                container.child(field).forbidden(errors, "cannot be set for an Ephemeral Container");
            }
        }
        let target = container.child("targetContainerName");
        let is_there = containers.items().iter().chain(spec[INIT_CONTAINERS].items()).any(|c| c["name"] == *target);
        if !target.is_empty() && !is_there {
            target.not_found(errors);
        }
    }
    if spec["hostNetwork"].bool() {
        for container in containers.each() {
            for port in container.child("ports").each() {
                if port["hostPort"] != port["containerPort"] {
                    port.child("containerPort").invalid(errors, "must match `hostPort` when `hostNetwork` is true");
                }
            }
        }
    }
}

/// Validates a change of the ephemeral containers: there may be more of them, nothing else.
pub fn ephemeral_update(pod: &Object, old: &Object, errors: &mut Errors) {
    let root = Field::root(pod);
    let spec = root.child("spec");
    let field = spec.child(EPHEMERAL_CONTAINERS);
    for known in old.spec()[EPHEMERAL_CONTAINERS].items() {
        let name = known["name"].str();
        let what = match field.items().iter().find(|container| container["name"] == name) {
            None => "removed",
            Some(container) if container != known => "changed",
            Some(_) => continue,
        };
        field.forbidden(errors, &format!("existing ephemeral containers {name:?} may not be {what}\n"));
    }
}

fn unique(container: &Field, names: &mut SortedSet<String>, errors: &mut Errors) {
    let name = container["name"].str();
    if !name.is_empty() && !names.insert(name.into()) {
        container.child("name").duplicate(errors);
    }
}

fn common(container: &Field, volumes: &Volumes, errors: &mut Errors) {
    let (name, image) = (container.child("name"), container.child("image"));
    if name.need(errors) {
        name.complain(errors, dns1123_label(name.str()));
    }
    if image.need(errors) && image.str().trim() != image.str() {
        image.invalid(errors, "must not have leading or trailing whitespace");
    }
    container.child("terminationMessagePolicy").need_one_of(errors, MESSAGE_POLICIES, "");
    ports(&container.child("ports"), errors);
    environment(container, errors);
    mounts(container, volumes, errors);
    container.child("imagePullPolicy").need_one_of(errors, PULL_POLICIES, "");
    resources::requirements(&container.child("resources"), resources::container_name, errors);
    security(&container.child("securityContext"), errors);
}

fn ports(ports: &Field, errors: &mut Errors) {
    let mut names = SortedSet::new();
    for port in ports.each() {
        let (name, number, host) = (port.child("name"), port.child("containerPort"), port.child("hostPort"));
        if !name.is_empty() {
            let complaints = port_name(name.str());
            if complaints.is_empty() && !names.insert(name.str().to_string()) {
                name.duplicate(errors);
            }
            name.complain(errors, complaints);
        }
        if number.need(errors) {
            number.complain(errors, port_number(number.int()));
        }
        if !host.is_empty() {
            host.complain(errors, port_number(host.int()));
        }
        port.child("protocol").need_one_of(errors, PROTOCOLS, "");
    }
}

fn host_ports(containers: &Field, errors: &mut Errors) {
    let mut taken = SortedSet::new();
    for container in containers.each() {
        for port in container.child("ports").each() {
            let number = port["hostPort"].int();
            let key = format!("{}/{}/{number}", port["protocol"].str(), port["hostIP"].str());
            if number != 0 && !taken.insert(key.clone()) {
                port.child("hostPort").with(&key.into()).duplicate(errors);
            }
        }
    }
}

fn environment(container: &Field, errors: &mut Errors) {
    for variable in container.child("env").each() {
        let name = variable.child("name");
        if name.need(errors) {
            name.complain(errors, relaxed_env_var_name(name.str()));
        }
        let source = variable.child("valueFrom");
        if source.is_object() {
            env_source(&source, !variable["value"].is_empty(), errors);
        }
    }
    let from = container.child("envFrom");
    for source in from.each() {
        let prefix = source.child("prefix");
        if !prefix.is_empty() {
            prefix.complain(errors, relaxed_env_var_name(prefix.str()));
        }
        let mut found = 0;
        for field in ["configMapRef", "secretRef"] {
            if source[field].is_object() {
                found += 1;
                source.child(field).child("name").need(errors);
            }
        }
        match found {
            0 => from.with(&"".into()).invalid(errors, "must specify one of: `configMapRef` or `secretRef`"),
            1 => {}
            _ => from.with(&"".into()).invalid(errors, "may not have more than one field specified at a time"),
        }
    }
}

fn env_source(source: &Field, has_value: bool, errors: &mut Errors) {
    let mut found = 0;
    for (field, check) in [
        ("fieldRef", env_field as fn(&Field, &mut Errors)),
        ("resourceFieldRef", |reference, errors| {
            let resource = reference.child("resource");
            if resource.need(errors) {
                let known = ENV_RESOURCES.contains(&resource.str()) || resource.str().contains("hugepages-");
                if !known {
                    resource.unsupported(errors, ENV_RESOURCES);
                }
            }
        }),
        ("configMapKeyRef", key_reference),
        ("secretKeyRef", key_reference),
        ("fileKeyRef", |reference, errors| {
            for field in ["key", "volumeName", "path"] {
                reference.child(field).need(errors);
            }
        }),
    ] {
        if source[field].is_object() {
            found += 1;
            check(&source.child(field), errors);
        }
    }
    let empty = Value::from("");
    let place = source.with(&empty);
    if found == 0 {
        let kinds = "`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
        place.invalid(errors, &format!("must specify one of: {kinds}"));
    } else if has_value {
        place.invalid(errors, "may not be specified when `value` is not empty");
    } else if found > 1 {
        place.invalid(errors, "may not have more than one field specified at a time");
    }
}

fn env_field(reference: &Field, errors: &mut Errors) {
    reference.child("apiVersion").need(errors);
    pod_field(&reference.child("fieldPath"), ENV_PATHS, errors);
}

/// Validates the path of a field of the pod that is shown to a container.
pub fn pod_field(path: &Field, supported: &[&str], errors: &mut Errors) {
    if !path.need(errors) {
        return;
    }
    let text = path.str();
    let keyed = ["metadata.labels", "metadata.annotations"].into_iter().find_map(|map| text.strip_prefix(map));
    match keyed {
        Some(key) if key.starts_with("['") && key.ends_with("']") => {}
        _ if supported.contains(&text) => {}
        _ if ENV_PATHS.contains(&text) || keyed == Some("") || text == "spec.hostname" => {
            path.unsupported(errors, supported);
        }
        _ => path.invalid(errors, &format!("error converting fieldPath: field label not supported: {text}")),
    }
}

fn key_reference(reference: &Field, errors: &mut Errors) {
    reference.child("name").need(errors);
    let key = reference.child("key");
    if key.need(errors) {
        key.complain(errors, config_map_key(key.str()));
    }
}

fn mounts(container: &Field, volumes: &Volumes, errors: &mut Errors) {
    let devices = container.child("volumeDevices");
    let mut paths = SortedSet::new();
    for mount in container.child("volumeMounts").each() {
        let (name, path) = (mount.child("name"), mount.child("mountPath"));
        name.need(errors);
        if !volumes.contains(name.str()) {
            name.with(&name.str().into()).not_found(errors);
        }
        path.need(errors);
        if !paths.insert(path.str().to_string()) {
            path.invalid(errors, "must be unique");
        }
        if devices.items().iter().any(|device| device["name"] == *name && !name.is_empty()) {
            name.invalid(errors, "must not already exist in volumeDevices");
        }
        let (sub, expression) = (mount.child("subPath"), mount.child("subPathExpr"));
        local_path(&sub, errors);
        if !expression.is_empty() && !sub.is_empty() {
            expression.invalid(errors, "subPathExpr and subPath are mutually exclusive");
        }
        local_path(&expression, errors);
        let propagation = mount.child("mountPropagation");
        propagation.one_of(errors, PROPAGATIONS);
        if *propagation == "Bidirectional" && !container["securityContext"]["privileged"].bool() {
            propagation.forbidden(errors, "Bidirectional mount propagation is available only to privileged containers");
        }
    }
    for device in devices.each() {
        let name = device.child("name");
        name.need(errors);
        device.child("devicePath").need(errors);
        if !name.is_empty() && !volumes.contains(name.str()) {
            name.not_found(errors);
        }
    }
}

/// A path below some directory: relative, and not leading out of it.
pub fn local_path(path: &Field, errors: &mut Errors) {
    if path.str().starts_with('/') {
        path.invalid(errors, "must be a relative path");
    }
    if path.str().split('/').any(|part| part == "..") {
        path.invalid(errors, "must not contain '..'");
    }
}

fn security(context: &Field, errors: &mut Errors) {
    for field in ["runAsUser", "runAsGroup"] {
        id(&context.child(field), errors);
    }
    context.child("procMount").one_of(errors, &["Default", "Unmasked"]);
    seccomp(&context.child("seccompProfile"), errors);
    if context["allowPrivilegeEscalation"] == false {
        let admin = context["capabilities"]["add"].items().iter().any(|c| *c == "CAP_SYS_ADMIN");
        for (conflicts, with) in [
            (context["privileged"].bool(), "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"),
            (admin, "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"),
        ] {
            if conflicts {
                crate::kinds::go::invalid(errors, &context.path(), "SecurityContext", context, with);
            }
        }
    }
}

/// Validates a user's or group's number.
pub fn id(field: &Field, errors: &mut Errors) {
    if field.as_i64().is_some_and(|id| !(0..=i64::from(i32::MAX)).contains(&id)) {
        field.invalid(errors, "must be between 0 and 2147483647, inclusive");
    }
}

/// Validates a seccomp profile.
pub fn seccomp(profile: &Field, errors: &mut Errors) {
    if profile.is_object() {
        profile.child("type").need_one_of(
            errors,
            &["Localhost", "RuntimeDefault", "Unconfined"],
            "type is required when seccompProfile is set",
        );
        let local = profile.child("localhostProfile");
        match (&profile["type"] == "Localhost", local.is_null()) {
            (true, true) => local.required(errors, "must be set when seccomp type is Localhost"),
            (false, false) => local.invalid(errors, "can only be set when seccomp type is Localhost"),
            _ => {}
        }
    }
}
