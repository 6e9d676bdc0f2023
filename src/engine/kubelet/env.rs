//! A container's environment: services, ConfigMaps and Secrets, fields, and `$(VAR)`.

use super::host::Caches;
use crate::meta::SortedMap;
use crate::meta::{Object, Quantity, Text, Value};
use std::rc::Rc;

/// Names and values in order.
pub type Pairs = Vec<(String, String)>;

/// An environment. What all pods of a namespace have from its services is shared.
#[derive(Clone, Default)]
pub struct Env {
    /// From the services of the namespace.
    pub services: Rc<Pairs>,
    /// From the image and the pod; later ones win.
    pub own: Pairs,
}

impl Env {
    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.own.iter().rev().chain(self.services.iter().rev()).find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
    /// All of it.
    /// `NAME=VALUE` in the order that a process gets them: the services before `HOME`, which comes last.
    pub fn lines(&self) -> Vec<String> {
        let (home, own): (Vec<_>, Vec<_>) = self.own.iter().partition(|(name, _)| name == "HOME");
        let services = self.services.iter().filter(|(name, _)| !self.own.iter().any(|(other, _)| other == name));
        own.into_iter().chain(services).chain(home).map(|(name, value)| format!("{name}={value}")).collect()
    }

    pub fn to_map(&self) -> SortedMap<String, String> {
        self.services.iter().chain(&self.own).cloned().collect()
    }
}

/// What the fields of a pod are read from.
pub struct Fields<'a> {
    /// The pod.
    pub pod: &'a Object,
    /// Its address.
    pub address: &'a str,
    /// The address of its machine.
    pub host: &'a str,
    /// What the node can give: what a limit is where none is said.
    pub allocatable: &'a Value,
}

impl Fields<'_> {
    /// The value of a `fieldRef`.
    pub fn field(&self, path: &str) -> Option<String> {
        let pod = self.pod;
        let one = |map: &str, key: &str| pod.at(&["metadata", map])[key].str().to_string();
        if let Some((map, key)) = path.strip_suffix("']").and_then(|path| path.split_once("['")) {
            return map.strip_prefix("metadata.").map(|map| one(map, key));
        }
        Some(match path {
            "metadata.name" => pod.name().into(),
            "metadata.namespace" => pod.namespace().into(),
            "metadata.uid" => pod.uid().into(),
            "metadata.labels" => listed(pod.at(&["metadata", "labels"])),
            "metadata.annotations" => listed(pod.at(&["metadata", "annotations"])),
            "spec.nodeName" => pod.spec()["nodeName"].str().into(),
            "spec.serviceAccountName" => pod.spec()["serviceAccountName"].str().into(),
            "status.hostIP" | "status.hostIPs" => self.host.into(),
            "status.podIP" | "status.podIPs" => self.address.into(),
            _ => return None,
        })
    }

    /// The value of a `resourceFieldRef` of a container.
    pub fn resource(&self, container: &Value, reference: &Value) -> Option<String> {
        let (list, resource) = reference["resource"].str().split_once('.')?;
        let said = &container["resources"][list][resource];
        let amount = match (said, list) {
            (Value::Null, "limits") => &self.allocatable[resource],
            (Value::Null, _) => return Some("0".into()),
            (said, _) => said,
        };
        let divisor = Some(Quantity::of(&reference["divisor"])).filter(|divisor| !divisor.is_zero());
        let divisor = divisor.map_or(1000, Quantity::milli).max(1);
        let amount = i128::from(Quantity::of(amount).milli());
        Some(((amount + i128::from(divisor) - 1) / i128::from(divisor)).to_string())
    }
}

/// Labels or annotations as a downward API file lists them.
fn listed(map: &Value) -> String {
    map.entries().map(|(key, value)| format!("{key}={:?}", value.str())).collect::<Vec<_>>().join("\n")
}

/// What the services of a namespace put into its pods, and the API server's into all.
pub fn of_services<'a>(services: impl Iterator<Item = &'a Object>, namespace: &str, links: bool) -> Pairs {
    let mut pairs = Vec::new();
    for service in services {
        let kubernetes = service.namespace() == "default" && service.name() == "kubernetes";
        let address = service.spec()["clusterIP"].str();
        if !(kubernetes || links && service.namespace() == namespace) || matches!(address, "" | "None") {
            continue;
        }
        let prefix = service.name().to_uppercase().replace('-', "_");
        let ports = service.spec()["ports"].items();
        let Some(first) = ports.first() else { continue };
        pairs.push((format!("{prefix}_SERVICE_HOST"), address.to_string()));
        pairs.push((format!("{prefix}_SERVICE_PORT"), first["port"].int().to_string()));
        for port in ports.iter().filter(|port| !port["name"].is_empty()) {
            let name = port["name"].str().to_uppercase().replace('-', "_");
            pairs.push((format!("{prefix}_SERVICE_PORT_{name}"), port["port"].int().to_string()));
        }
        for (at, port) in ports.iter().enumerate() {
            let protocol = Some(port["protocol"].str()).filter(|p| !p.is_empty()).unwrap_or("TCP");
            let (lower, number) = (protocol.to_lowercase(), port["port"].int());
            let url = format!("{lower}://{address}:{number}");
            if at == 0 {
                pairs.push((format!("{prefix}_PORT"), url.clone()));
            }
            let link = format!("{prefix}_PORT_{number}_{protocol}");
            pairs.push((link.clone(), url));
            pairs.push((format!("{link}_PROTO"), lower));
            pairs.push((format!("{link}_PORT"), number.to_string()));
            pairs.push((format!("{link}_ADDR"), address.to_string()));
        }
    }
    pairs
}

/// What a container's `envFrom` and `env` come to, after what it has from services and its image.
///
/// # Errors
/// What is missing, as the kubelet says it.
pub fn of_container(container: &Value, fields: &Fields, caches: &Caches, base: Env) -> Result<Env, String> {
    let mut env = base;
    let namespace = fields.pod.namespace();
    for source in container["envFrom"].items() {
        let prefix = source["prefix"].str();
        let (reference, shelf, word) = match source.get("configMapRef") {
            Some(reference) => (reference, &caches.config_maps, "configmap"),
            None => (&source["secretRef"], &caches.secrets, "secret"),
        };
        let name = reference["name"].str();
        match shelf.get(&(Text::from(namespace), Text::from(name))) {
            Some(object) => {
                let data = object["data"].entries().map(|(key, value)| (key.to_string(), value));
                env.own.extend(data.map(|(key, value)| (format!("{prefix}{key}"), text(word, value))));
            }
            None if reference["optional"].bool() => {}
            None => return Err(format!("{word} \"{name}\" not found")),
        }
    }
    for entry in container["env"].items() {
        let name = entry["name"].str().to_string();
        let value = match entry.get("valueFrom") {
            None => Some(expand(entry["value"].str(), &|name| env.get(name).map(String::from))),
            Some(source) => from_source(source, container, fields, caches)?,
        };
        env.own.extend(value.map(|value| (name, value)));
    }
    Ok(env)
}

/// The value of a `valueFrom`; `None` where an optional one is missing.
fn from_source(source: &Value, container: &Value, fields: &Fields, caches: &Caches) -> Result<Option<String>, String> {
    if let Some(reference) = source.get("fieldRef") {
        let path = reference["fieldPath"].str();
        return fields.field(path).map(Some).ok_or_else(|| format!("unsupported fieldPath: {path}"));
    }
    if let Some(reference) = source.get("resourceFieldRef") {
        let named = reference["containerName"].str();
        let all = fields.pod.spec();
        let other = all["containers"].items().iter().chain(all["initContainers"].items());
        let other = other.into_iter().find(|other| !named.is_empty() && other["name"] == *named);
        return Ok(fields.resource(other.unwrap_or(container), reference));
    }
    let (reference, shelf, word, kind) = match source.get("configMapKeyRef") {
        Some(reference) => (reference, &caches.config_maps, "configmap", "ConfigMap"),
        None => (&source["secretKeyRef"], &caches.secrets, "secret", "Secret"),
    };
    let (namespace, name, key) = (fields.pod.namespace(), reference["name"].str(), reference["key"].str());
    let optional = reference["optional"].bool();
    let Some(object) = shelf.get(&(Text::from(namespace), Text::from(name))) else {
        return if optional { Ok(None) } else { Err(format!("{word} \"{name}\" not found")) };
    };
    match object["data"].get(key) {
        Some(value) => Ok(Some(text(word, value))),
        None if optional => Ok(None),
        None => Err(format!("couldn't find key {key} in {kind} {namespace}/{name}")),
    }
}

/// A value of a ConfigMap, or of a Secret, decoded.
fn text(word: &str, value: &Value) -> String {
    if word == "secret" {
        return String::from_utf8_lossy(&super::volumes::decode(value.str())).into_owned();
    }
    value.str().into()
}

/// Replaces `$(NAME)` by values; `$$(NAME)` and unknown names stay, the former with one `$`.
pub fn expand(text: &str, value: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some((name, after)) = rest.strip_prefix('(').and_then(|inner| inner.split_once(')')) {
            out.push_str(&value(name).unwrap_or_else(|| format!("$({name})")));
            rest = after;
        } else {
            out.push('$');
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn variables_are_expanded() {
        let value = |name: &str| (name == "A").then(|| "1".to_string());
        for (text, expect) in [("$(A)-$(B)", "1-$(B)"), ("$$(A)", "$(A)"), ("$A $(A", "$A $(A"), ("100$", "100$")] {
            assert_eq!(expand(text, &value), expect, "{text}");
        }
    }

    #[test]
    fn fields_and_resources_are_read() {
        let pod = Object(json!({
            "metadata": {"name": "web", "namespace": "default", "labels": {"a/b": "c", "d": "e"}},
            "spec": {"nodeName": "n"},
        }));
        let allocatable = json!({"cpu": "4", "memory": "1Gi"});
        let fields = Fields { pod: &pod, address: "10.244.0.2", host: "192.0.2.2", allocatable: &allocatable };
        for (path, expect) in [
            ("metadata.name", Some("web")),
            ("metadata.labels['a/b']", Some("c")),
            ("metadata.labels", Some("a/b=\"c\"\nd=\"e\"")),
            ("status.podIP", Some("10.244.0.2")),
            ("spec.nope", None),
        ] {
            assert_eq!(fields.field(path).as_deref(), expect, "{path}");
        }
        let container = json!({"resources": {"limits": {"cpu": "1500m"}, "requests": {"memory": "64Mi"}}});
        for (resource, divisor, expect) in [
            ("limits.cpu", "", "2"),
            ("limits.cpu", "1m", "1500"),
            ("limits.memory", "1Mi", "1024"),
            ("requests.memory", "", "67108864"),
            ("requests.cpu", "", "0"),
        ] {
            let reference = json!({"resource": resource, "divisor": divisor});
            assert_eq!(fields.resource(&container, &reference).as_deref(), Some(expect), "{resource}");
        }
    }
}
