//! The containers of pods and pod templates.

use super::page::{Page, or_none, rfc1123, scalar, texts};
use crate::meta::{Object, Quantity, Value};

/// What the values of environment variables that refer to the pod are taken from.
pub struct Resolve<'a> {
    /// The pod; a template has none.
    pub pod: Option<&'a Object>,
}

/// Writes the containers below their title. `indent` is put before the title in templates.
pub fn write(page: &mut Page<'_>, title: &str, list: &Value, statuses: &Value, resolve: &Resolve<'_>, indent: &str) {
    let none = if list.is_empty() { " <none>" } else { "" };
    page.line(0, format!("{indent}{title}:{none}"));
    let name_indent = if indent.is_empty() { "" } else { " " };
    for container in list.items() {
        let status = statuses.items().iter().find(|status| status["name"] == container["name"].str());
        page.line(1, format!("{name_indent}{}:", container["name"].str()));
        basics(page, container, status);
        commands(page, container);
        if let Some(status) = status {
            states(page, status);
        }
        resources(page, &container["resources"]);
        probes(page, container);
        env_from(page, &container["envFrom"]);
        environment(page, container, resolve);
        mounts(page, container);
    }
}

fn basics(page: &mut Page<'_>, container: &Value, status: Option<&Value>) {
    if let Some(status) = status {
        page.line(2, format!("Container ID:\t{}", status["containerID"].str()));
    }
    page.line(2, format!("Image:\t{}", container["image"].str()));
    if let Some(status) = status {
        page.line(2, format!("Image ID:\t{}", status["imageID"].str()));
    }
    for (title, field) in [("Port", "containerPort"), ("Host Port", "hostPort")] {
        let ports: Vec<String> = (container["ports"].items().iter())
            .map(|port| {
                let name = port["name"].str();
                let name = if name.is_empty() { String::new() } else { format!(" ({name})") };
                format!("{}/{}{name}", port[field].int(), port["protocol"].str())
            })
            .collect();
        let plural = if ports.len() > 1 { "s" } else { "" };
        page.line(2, format!("{title}{plural}:\t{}", or_none(&ports.join(", "))));
    }
    seccomp(page, 2, &container["securityContext"]);
}

/// The seccomp profile of a pod or container, if it has one.
pub fn seccomp(page: &mut Page<'_>, level: usize, context: &Value) {
    let profile = &context["seccompProfile"];
    if profile.is_null() {
        return;
    }
    page.line(level, format!("SeccompProfile:\t{}", profile["type"].str()));
    if profile["type"] == "Localhost" {
        page.line(level, format!("LocalhostProfile:\t{}", profile["localhostProfile"].str()));
    }
}

fn commands(page: &mut Page<'_>, container: &Value) {
    for (title, field) in [("Command", "command"), ("Args", "args")] {
        if !container[field].is_empty() {
            page.line(2, format!("{title}:"));
            for word in container[field].items() {
                for line in word.str().split('\n') {
                    page.line(3, line);
                }
            }
        }
    }
}

fn states(page: &mut Page<'_>, status: &Value) {
    state(page, "State", &status["state"]);
    if !status.at(&["lastState", "terminated"]).is_null() {
        state(page, "Last State", &status["lastState"]);
    }
    let ready = if status["ready"].bool() { "True" } else { "False" };
    page.line(2, format!("Ready:\t{ready}"));
    page.line(2, format!("Restart Count:\t{}", status["restartCount"].int()));
}

fn state(page: &mut Page<'_>, title: &str, state: &Value) {
    let (running, waiting, terminated) = (&state["running"], &state["waiting"], &state["terminated"]);
    if !running.is_null() {
        page.line(2, format!("{title}:\tRunning"));
        page.line(3, format!("Started:\t{}", rfc1123(&running["startedAt"])));
    } else if !terminated.is_null() {
        page.line(2, format!("{title}:\tTerminated"));
        for (title, field) in [("Reason", "reason"), ("Message", "message")] {
            if !terminated[field].is_empty() {
                page.line(3, format!("{title}:\t{}", terminated[field].str()));
            }
        }
        page.line(3, format!("Exit Code:\t{}", terminated["exitCode"].int()));
        if terminated["signal"].int() > 0 {
            page.line(3, format!("Signal:\t{}", terminated["signal"].int()));
        }
        page.line(3, format!("Started:\t{}", rfc1123(&terminated["startedAt"])));
        page.line(3, format!("Finished:\t{}", rfc1123(&terminated["finishedAt"])));
    } else {
        page.line(2, format!("{title}:\tWaiting"));
        if !waiting["reason"].is_empty() {
            page.line(3, format!("Reason:\t{}", waiting["reason"].str()));
        }
    }
}

fn resources(page: &mut Page<'_>, resources: &Value) {
    for (title, field) in [("Limits", "limits"), ("Requests", "requests")] {
        if !resources[field].is_empty() {
            page.line(2, format!("{title}:"));
            for (name, amount) in resources[field].entries() {
                page.line(3, format!("{name}:\t{}", scalar(amount)));
            }
        }
    }
}

fn probes(page: &mut Page<'_>, container: &Value) {
    for (title, field) in [("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"), ("Startup", "startupProbe")]
    {
        if !container[field].is_null() {
            let text = probe(&container[field]);
            page.line(2, format!("{title}:\t{text}"));
        }
    }
}

fn probe(probe: &Value) -> String {
    let figure = |field: &str| probe[field].int();
    let figures = format!(
        "delay={}s timeout={}s period={}s #success={} #failure={}",
        figure("initialDelaySeconds"),
        figure("timeoutSeconds"),
        figure("periodSeconds"),
        figure("successThreshold"),
        figure("failureThreshold"),
    );
    let (exec, http, tcp, grpc) = (&probe["exec"], &probe["httpGet"], &probe["tcpSocket"], &probe["grpc"]);
    if !exec.is_null() {
        format!("exec [{}] {figures}", texts(&exec["command"]).join(" "))
    } else if !http.is_null() {
        let scheme = http["scheme"].str().to_ascii_lowercase();
        let (host, port, path) = (http["host"].str(), scalar(&http["port"]), http["path"].str());
        format!("http-get {scheme}://{host}:{port}{path} {figures}")
    } else if !tcp.is_null() {
        format!("tcp-socket {}:{} {figures}", tcp["host"].str(), scalar(&tcp["port"]))
    } else if !grpc.is_null() {
        format!("grpc <pod>:{} {} {figures}", grpc["port"].int(), grpc["service"].str())
    } else {
        format!("unknown {figures}")
    }
}

fn env_from(page: &mut Page<'_>, sources: &Value) {
    if sources.is_empty() {
        return;
    }
    page.line(2, "Environment Variables from:");
    for source in sources.items() {
        let (kind, from) = match &source["configMapRef"] {
            Value::Null => ("Secret", &source["secretRef"]),
            from => ("ConfigMap", from),
        };
        let prefix = source["prefix"].str();
        let prefix = if prefix.is_empty() { String::new() } else { format!(" with prefix '{prefix}'") };
        page.line(3, format!("{}\t{kind}{prefix}\tOptional: {}", from["name"].str(), from["optional"].bool()));
    }
}

fn environment(page: &mut Page<'_>, container: &Value, resolve: &Resolve<'_>) {
    let variables = container["env"].items();
    page.line(2, if variables.is_empty() { "Environment:\t<none>" } else { "Environment:" });
    for variable in variables {
        let (name, from) = (variable["name"].str(), &variable["valueFrom"]);
        let key = |field: &str| {
            let source = &from[field];
            (source["key"].str(), source["name"].str(), source["optional"].bool())
        };
        if !from["fieldRef"].is_null() {
            let (version, path) =
                (from.at(&["fieldRef", "apiVersion"]).str(), from.at(&["fieldRef", "fieldPath"]).str());
            let value = resolve.pod.map(|pod| pod_field(pod, path)).unwrap_or_default();
            page.line(3, format!("{name}:\t{value} ({version}:{path})"));
        } else if !from["resourceFieldRef"].is_null() {
            let resource = from.at(&["resourceFieldRef", "resource"]).str();
            let value = resource_value(container, &from["resourceFieldRef"]);
            page.line(3, format!("{name}:\t{value} ({resource})"));
        } else if !from["secretKeyRef"].is_null() {
            let (key, secret, optional) = key("secretKeyRef");
            page.line(3, format!("{name}:\t<set to the key '{key}' in secret '{secret}'>\tOptional: {optional}"));
        } else if !from["configMapKeyRef"].is_null() {
            let (key, map, optional) = key("configMapKeyRef");
            page.line(3, format!("{name}:\t<set to the key '{key}' of config map '{map}'>\tOptional: {optional}"));
        } else {
            for (at, line) in variable["value"].str().split('\n').enumerate() {
                page.line(3, if at == 0 { format!("{name}:\t{line}") } else { format!("\t{line}") });
            }
        }
    }
}

/// What of a pod's own fields a client can tell: its metadata and little else.
fn pod_field(pod: &Object, path: &str) -> String {
    let keyed = |field: &str| {
        let key = path.strip_prefix(field)?.strip_prefix("['")?.strip_suffix("']")?;
        let map = field.rsplit('.').next()?;
        Some(pod.at(&["metadata", map]).get(key)?.str().to_string())
    };
    match path {
        "metadata.name" => pod.name().into(),
        "metadata.namespace" => pod.namespace().into(),
        "metadata.uid" => pod.uid().into(),
        _ => keyed("metadata.labels").or_else(|| keyed("metadata.annotations")).unwrap_or_default(),
    }
}

/// A container's resource, divided and rounded up, as the downward API gives it.
fn resource_value(container: &Value, source: &Value) -> String {
    let (list, name) = source["resource"].str().split_once('.').unwrap_or_default();
    let amount = container.at(&["resources", list]).get(name);
    let milli = amount.map_or(0, |amount| Quantity::of(amount).milli());
    let divisor = match &source["divisor"] {
        Value::Null => 1000,
        divisor => Quantity::of(divisor).milli(),
    };
    let divisor = if divisor <= 0 { 1000 } else { divisor };
    (milli.saturating_add(divisor - 1) / divisor).to_string()
}

fn mounts(page: &mut Page<'_>, container: &Value) {
    let mut mounts: Vec<&Value> = container["volumeMounts"].items().iter().collect();
    mounts.sort_by(|a, b| a["mountPath"].str().cmp(b["mountPath"].str()));
    page.line(2, if mounts.is_empty() { "Mounts:\t<none>" } else { "Mounts:" });
    for mount in mounts {
        let access = if mount["readOnly"].bool() { "ro" } else { "rw" };
        let sub_path = mount["subPath"].str();
        let sub_path = if sub_path.is_empty() { String::new() } else { format!(",path={sub_path:?}") };
        page.line(3, format!("{} from {} ({access}{sub_path})", mount["mountPath"].str(), mount["name"].str()));
    }
    if !container["volumeDevices"].is_empty() {
        page.line(2, "Devices:");
        for device in container["volumeDevices"].items() {
            page.line(3, format!("{} from {}", device["devicePath"].str(), device["name"].str()));
        }
    }
}
