//! JSON in the order of Go's structs: how objects that kubectl makes itself are printed, and how
//! the server's own bytes look.

use crate::meta::{Map, Value};

/// Field names in the order of the structs that have them; what is not listed keeps the order of
/// the alphabet behind them. Labels, annotations and data are maps, and Go sorts those.
const ORDER: &[&str] = &[
    "kind",
    "apiVersion",
    "groupVersion",
    "metadata",
    "name",
    "generateName",
    "namespace",
    "selfLink",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "labels",
    "annotations",
    "ownerReferences",
    "finalizers",
    "managedFields",
    "immutable",
    "data",
    "stringData",
    "binaryData",
    "type",
    "value",
    "globalDefault",
    "description",
    "preemptionPolicy",
    "rules",
    "aggregationRule",
    "subjects",
    "roleRef",
    "spec",
    "status",
    "message",
    "reason",
    "details",
    "code",
    "singularName",
    "namespaced",
    "group",
    "version",
    "verbs",
    "shortNames",
    "categories",
    "resources",
    "hard",
    "scopes",
    "schedule",
    "timeZone",
    "concurrencyPolicy",
    "suspend",
    "jobTemplate",
    "replicas",
    "minAvailable",
    "selector",
    "matchLabels",
    "matchExpressions",
    "maxUnavailable",
    "template",
    "volumeClaimTemplates",
    "serviceName",
    "strategy",
    "updateStrategy",
    "minReadySeconds",
    "revisionHistoryLimit",
    "paused",
    "progressDeadlineSeconds",
    "volumes",
    "initContainers",
    "containers",
    "ephemeralContainers",
    "image",
    "command",
    "args",
    "workingDir",
    "ports",
    "envFrom",
    "env",
    "readOnly",
    "recursiveReadOnly",
    "mountPath",
    "subPath",
    "restartPolicy",
    "volumeMounts",
    "volumeDevices",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "lifecycle",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "imagePullPolicy",
    "terminationGracePeriodSeconds",
    "activeDeadlineSeconds",
    "dnsPolicy",
    "nodeSelector",
    "serviceAccountName",
    "serviceAccount",
    "automountServiceAccountToken",
    "nodeName",
    "hostNetwork",
    "hostPID",
    "hostIPC",
    "shareProcessNamespace",
    "securityContext",
    "stdin",
    "stdinOnce",
    "tty",
    "imagePullSecrets",
    "hostname",
    "subdomain",
    "affinity",
    "schedulerName",
    "tolerations",
    "hostAliases",
    "priorityClassName",
    "priority",
    "dnsConfig",
    "readinessGates",
    "runtimeClassName",
    "enableServiceLinks",
    "httpGet",
    "tcpSocket",
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
    "configMapKeyRef",
    "key",
    "operator",
    "effect",
    "tolerationSeconds",
    "observedGeneration",
    "currentNumberScheduled",
    "numberMisscheduled",
    "desiredNumberScheduled",
    "numberReady",
    "readyReplicas",
    "updatedReplicas",
    "availableReplicas",
    "unavailableReplicas",
    "clusterIP",
    "clusterIPs",
    "externalIPs",
    "sessionAffinity",
    "protocol",
    "port",
    "targetPort",
    "nodePort",
    "ingressClassName",
    "defaultBackend",
    "tls",
    "host",
    "hosts",
    "http",
    "paths",
    "path",
    "pathType",
    "backend",
    "service",
    "number",
    "secretName",
    "apiGroups",
    "resourceNames",
    "nonResourceURLs",
    "disruptionsAllowed",
    "currentHealthy",
    "desiredHealthy",
    "expectedPods",
    "versions",
    "serverAddressByClientCIDRs",
    "major",
    "minor",
    "emulationMajor",
    "emulationMinor",
    "minCompatibilityMajor",
    "minCompatibilityMinor",
    "gitVersion",
    "gitCommit",
    "gitTreeState",
    "buildDate",
    "goVersion",
    "compiler",
    "platform",
    "preferences",
    "clusters",
    "users",
    "contexts",
    "current-context",
    "cluster",
    "user",
    "context",
    "server",
    "tls-server-name",
    "insecure-skip-tls-verify",
    "client-certificate",
    "client-certificate-data",
    "client-key",
    "client-key-data",
    "certificate-authority",
    "certificate-authority-data",
    "proxy-url",
    "token",
    "as",
    "username",
    "password",
    "auth-provider",
    "exec",
    "defaults",
    "aliases",
    "credentialPluginPolicy",
    "credentialPluginAllowlist",
    "prependArgs",
    "appendArgs",
    "scaleTargetRef",
    "minReplicas",
    "maxReplicas",
    "metrics",
    "desiredReplicas",
];

/// Maps, whose keys are the user's and not fields.
const MAPS: &[&str] =
    &["labels", "annotations", "data", "binaryData", "stringData", "matchLabels", "hard", "nodeSelector"];

/// One line of JSON.
pub fn compact(value: &Value) -> String {
    let mut out = String::new();
    write(value, "", None, &mut out);
    out
}

/// JSON indented by four spaces, with a newline at its end.
pub fn pretty(value: &Value) -> String {
    let mut out = String::new();
    write(value, "", Some(0), &mut out);
    out.push('\n');
    out
}

/// The entries of a map in order; `field` is the name of the field that holds it.
pub fn entries<'a>(map: &'a Map, field: &str) -> Vec<(&'a str, &'a Value)> {
    let mut entries: Vec<(&str, &Value)> = map.iter().map(|(key, value)| (key.as_str(), value)).collect();
    // Rules of roles are their own matter: verbs come first there.
    let place = |key: &str| match (field, key) {
        ("rules", "verbs") => Some(0),
        ("rules", "apiGroups") => Some(1),
        ("rules", "resources") => Some(2),
        ("resources", "kind") => ORDER.iter().position(|known| *known == "verbs"),
        ("details", "kind") => Some(ORDER.len()),
        ("conditions", "message") => Some(ORDER.len() + 1),
        ("exec", "command") => Some(0),
        ("exec", "env") => Some(ORDER.len()),
        ("exec", "apiVersion") => Some(ORDER.len() + 1),
        ("spec", "ports") => ORDER.iter().position(|known| *known == "replicas"),
        ("spec", "type") => ORDER.iter().position(|known| *known == "clusterIPs"),
        ("httpGet", "port") => ORDER.iter().position(|known| *known == "pathType"),
        ("context", "namespace") => Some(ORDER.len()),
        ("containers" | "initContainers", "resources") => ORDER.iter().position(|known| *known == "volumeMounts"),
        ("spec", "rules") => ORDER.iter().position(|known| *known == "host"),
        ("scaleTargetRef", "apiVersion") => Some(ORDER.len()),
        ("subjects", "apiGroup") | ("roleRef", "kind") => Some(1),
        ("roleRef", "apiGroup") => Some(0),
        ("subjects" | "roleRef", "name") => Some(ORDER.len()),
        ("subjects" | "roleRef", "namespace") => Some(ORDER.len() + 1),
        _ => ORDER.iter().position(|known| *known == key),
    };
    if !MAPS.contains(&field) && field != "selector" {
        entries.sort_by_key(|(key, _)| place(key).unwrap_or(usize::MAX));
    }
    entries
}

fn write(value: &Value, field: &str, indent: Option<usize>, out: &mut String) {
    let inner = indent.map(|depth| depth + 1);
    let line = |depth: Option<usize>, out: &mut String| {
        if let Some(depth) = depth {
            out.push('\n');
            out.extend(std::iter::repeat_n("    ", depth));
        }
    };
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push('{');
            for (at, (key, value)) in entries(map, field).into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                line(inner, out);
                out.push_str(&Value::from(key).to_go_json());
                out.push_str(if indent.is_some() { ": " } else { ":" });
                write(value, key, inner, out);
            }
            line(indent, out);
            out.push('}');
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                line(inner, out);
                write(item, field, inner, out);
            }
            line(indent, out);
            out.push(']');
        }
        other => out.push_str(&other.to_go_json()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn fields_stand_in_the_order_of_their_structs() {
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"labels": {"b": "1", "a": "2"}, "name": "x"}});
        assert_eq!(
            compact(&pod),
            r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"x","labels":{"a":"2","b":"1"}}}"#
        );
    }
}
