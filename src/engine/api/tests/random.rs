//! Whatever a request says, it is answered, and what is refused is refused with a `Status`.

use super::{Body, Content, Method, Request, WatchStep, admin, ask};
use crate::json;
use crate::kinds::KINDS;
use crate::meta::Value;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// How many rounds a property is tried for; each is some requests to one server.
const CASES: u32 = 96;

/// What the real server answers with 500 although the client is to blame.
const OWN_FAULTS: &[&str] = &["without impersonating a user", "more than one PodDisruptionBudget"];

fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(texts).prop_map(String::from)
}

/// A position in the table of kinds.
fn kind() -> impl Strategy<Value = usize> {
    0..KINDS.len()
}

fn method() -> impl Strategy<Value = Method> {
    use Method::{Delete, Get, Head, Options, Patch, Post, Put};
    select(&[Get, Post, Put, Patch, Patch, Delete, Head, Options])
}

fn segment() -> impl Strategy<Value = String> {
    let known = one_of(&[
        "api",
        "apis",
        "v1",
        "v2",
        "apps",
        "batch",
        "namespaces",
        "default",
        "kubernetes",
        "status",
        "scale",
        "watch",
        "proxy",
        "eviction",
        "binding",
        "token",
        "log",
        "exec",
        "finalize",
        "openapi",
        "v3",
        "example.com",
        "websites",
        "ephemeralcontainers",
        "resize",
        "approval",
        "healthz",
    ]);
    prop_oneof![known, kind().prop_map(|at| KINDS[at].plural.to_string()), "[a-z/%. -]{0,6}"]
}

fn root(at: usize) -> String {
    let kind = KINDS[at];
    if kind.group.is_empty() { "/api/v1".into() } else { format!("/apis/{}", kind.api_version()) }
}

fn path() -> impl Strategy<Value = String> {
    let any = prop::collection::vec(segment(), 0..8).prop_map(|parts| format!("/{}", parts.join("/")));
    let real = (kind(), "[ab]{0,1}", prop::option::of(segment())).prop_map(|(at, name, sub)| {
        let place = if KINDS[at].namespaced { "/namespaces/default" } else { "" };
        let name = if name.is_empty() { name } else { format!("/{name}") };
        let sub = sub.map(|sub| format!("/{sub}")).unwrap_or_default();
        format!("{}{place}/{}{name}{sub}", root(at), KINDS[at].plural)
    });
    let custom = ("[ab]{0,1}", prop::option::of(segment())).prop_map(|(name, sub)| {
        let tail: String = [Some(name), sub].into_iter().flatten().map(|part| format!("/{part}")).collect();
        format!("/apis/example.com/v1/namespaces/default/websites{tail}")
    });
    prop_oneof![any, real.boxed(), custom]
}

/// Values that are hard to take.
fn leaf() -> impl Strategy<Value = String> {
    one_of(&[
        "null",
        "true",
        "0",
        "-1",
        "1e99",
        "-1e-320",
        "9223372036854775807",
        "-9223372036854775808",
        "123456789012345678901234567890",
        "0.1",
        "\"x\"",
        "\"\"",
        "\"1Gi\"",
        "\"-1m\"",
        "\"50%\"",
        "\"2026-01-01T00:00:00Z\"",
        "\"\\u0000\"",
        "\"é\"",
        "[]",
        "{}",
        "\"$(A)\"",
        "\"{{.}}\"",
        "\"self.\"",
        "\"a=b\"",
        "\"10.0.0.1\"",
    ])
}

fn document(depth: u32) -> impl Strategy<Value = String> {
    let key = select(&[
        "spec",
        "status",
        "template",
        "containers",
        "name",
        "ports",
        "selector",
        "matchLabels",
        "matchExpressions",
        "replicas",
        "versions",
        "schema",
        "openAPIV3Schema",
        "properties",
        "x-kubernetes-validations",
        "rule",
        "rules",
        "hard",
        "limits",
        "type",
        "metadata",
        "resources",
        "requests",
        "cpu",
        "names",
        "labels",
        "finalizers",
        "ownerReferences",
        "managedFields",
        "data",
        "stringData",
        "volumes",
        "env",
        "valueFrom",
        "a",
        "$patch",
        "$setElementOrder/containers",
        "$retainKeys",
        "$deleteFromPrimitiveList/finalizers",
    ]);
    leaf().prop_recursive(depth, 24, 4, move |inner| {
        let list = prop::collection::vec(inner.clone(), 0..3).prop_map(|items| format!("[{}]", items.join(",")));
        let map = prop::collection::vec((key.clone(), inner), 0..4).prop_map(|entries| {
            let entries: Vec<String> = entries.into_iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
            format!("{{{}}}", entries.join(","))
        });
        prop_oneof![list, map]
    })
}

/// Objects that would be taken as they are.
fn valid(name: &str) -> Vec<Value> {
    let labels = json!({"app": name});
    let pod = json!({"containers": [
        {"name": "c", "image": "nginx", "ports": [{"containerPort": 80}], "env": [{"name": "A", "value": "1"}],
         "resources": {"requests": {"cpu": "10m"}, "limits": {"memory": "1Gi"}}},
    ], "volumes": [{"name": "v", "emptyDir": {}}]});
    let template = json!({"metadata": {"labels": (&labels)}, "spec": (&pod)});
    let selector = json!({"matchLabels": (&labels)});
    let object = |api_version: &str, kind: &str, field: &str, value: Value| {
        let mut object =
            json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "labels": (&labels)}});
        object[field] = value;
        object
    };
    let workload = json!({"replicas": 1, "selector": (&selector), "template": (&template)});
    vec![
        object("v1", "Pod", "spec", pod),
        object("v1", "ConfigMap", "data", json!({"a": "1"})),
        object("v1", "Secret", "data", json!({"a": "MQ=="})),
        object("v1", "Service", "spec", json!({"selector": (&labels), "ports": [{"port": 80, "targetPort": "http"}]})),
        object("v1", "Namespace", "spec", json!({})),
        object("v1", "Node", "spec", json!({"taints": [{"key": "a", "effect": "NoSchedule"}]})),
        object("apps/v1", "Deployment", "spec", workload.clone()),
        object("apps/v1", "ReplicaSet", "spec", workload),
        object("policy/v1", "PodDisruptionBudget", "spec", json!({"minAvailable": "50%", "selector": (&selector)})),
        object(
            "rbac.authorization.k8s.io/v1",
            "ClusterRole",
            "rules",
            json!([
                {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]},
            ]),
        ),
        object(
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            "spec",
            json!({
                "maxReplicas": 2, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a"},
            }),
        ),
        object("example.com/v1", "Website", "spec", json!({"url": "https://x", "min": 1, "max": 2})),
        super::custom::definition(),
    ]
}

/// Where an object of that kind is posted.
fn home(object: &Value) -> String {
    let (api_version, kind) = (object["apiVersion"].str(), object["kind"].str());
    let root = if api_version == "v1" { "/api/v1".into() } else { format!("/apis/{api_version}") };
    match KINDS.iter().find(|row| row.api_version() == api_version && row.kind == kind) {
        Some(row) if !row.namespaced => format!("{root}/{}", row.plural),
        Some(row) => format!("{root}/namespaces/default/{}", row.plural),
        None => format!("{root}/namespaces/default/websites"),
    }
}

/// Puts a value somewhere into a document: the path is chosen by the indices, one for each level.
fn mutate(value: &mut Value, way: &[Index], with: &Value) {
    let Some((first, rest)) = way.split_first() else {
        *value = with.clone();
        return;
    };
    match value {
        Value::Object(map) if !map.is_empty() => {
            let key = map.keys().nth(first.index(map.len())).map(|key| key.to_string()).unwrap_or_default();
            mutate(value.entry(&key), rest, with);
        }
        Value::Array(items) if !items.is_empty() => {
            let at = first.index(items.len());
            mutate(&mut value.array_mut()[at], rest, with);
        }
        _ => *value = with.clone(),
    }
}

/// A value nested so deep that no stack would hold a recursion over it.
fn deep() -> impl Strategy<Value = String> {
    (select(&["[", "{\"a\":", "{\"spec\":[", "- ", "{a: ["]), 0..60_000usize)
        .prop_map(|(open, times)| open.repeat(times))
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let mutated = (any::<Index>(), prop::collection::vec(any::<Index>(), 0..6), document(2), "[ab]").prop_map(
        |(which, way, with, name)| {
            let all = valid(&name);
            let mut object = all[which.index(all.len())].clone();
            mutate(&mut object, &way, &Value::from_json(with.as_bytes()).unwrap_or_default());
            object.to_json().into_bytes()
        },
    );
    let operation =
        (one_of(&["add", "remove", "replace", "move", "copy", "test", "no"]), pointer(), pointer(), document(2))
            .prop_map(|(op, path, from, value)| {
                format!("{{\"op\":\"{op}\",\"path\":\"{path}\",\"from\":\"{from}\",\"value\":{value}}}")
            });
    let operations = prop::collection::vec(operation, 0..6).prop_map(|all| format!("[{}]", all.join(",")));
    prop_oneof![
        1 => prop::collection::vec(any::<u8>(), 0..40),
        2 => document(3).prop_map(String::into_bytes),
        1 => deep().prop_map(String::into_bytes),
        2 => operations.prop_map(String::into_bytes),
        6 => mutated,
    ]
}

fn pointer() -> impl Strategy<Value = String> {
    let part =
        one_of(&["metadata", "labels", "spec", "containers", "0", "-", "-1", "name", "a~1b", "", "status", "data"]);
    prop::collection::vec(part, 0..5).prop_map(|parts| parts.iter().map(|part| format!("/{part}")).collect())
}

fn header() -> impl Strategy<Value = (String, String)> {
    let pair = |key: &str, value: &str| (key.to_string(), value.to_string());
    select(vec![
        pair("content-type", "application/json-patch+json"),
        pair("content-type", "application/merge-patch+json"),
        pair("content-type", "application/strategic-merge-patch+json"),
        pair("content-type", "application/apply-patch+yaml"),
        pair("content-type", "application/yaml"),
        pair("content-type", "application/json; charset=utf-8"),
        pair("content-type", "application/vnd.kubernetes.protobuf"),
        pair("content-type", ""),
        pair("accept", "application/json;as=Table;v=v1;g=meta.k8s.io"),
        pair("accept", "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"),
        pair("accept", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"),
        pair("accept", "text/html"),
        pair("accept", "application/cbor"),
        pair("authorization", "Bearer a.b.c"),
        pair("impersonate-user", "system:serviceaccount:default:x"),
        pair("impersonate-group", "g"),
    ])
}

fn parameter() -> impl Strategy<Value = (String, String)> {
    let key = one_of(&[
        "labelSelector",
        "fieldSelector",
        "limit",
        "continue",
        "resourceVersion",
        "resourceVersionMatch",
        "watch",
        "fieldManager",
        "dryRun",
        "fieldValidation",
        "force",
        "gracePeriodSeconds",
        "propagationPolicy",
        "sendInitialEvents",
        "allowWatchBookmarks",
        "timeoutSeconds",
        "container",
        "tailLines",
        "sinceTime",
        "command",
        "stdout",
        "includeObject",
        "pretty",
        "orphanDependents",
    ]);
    let known = one_of(&[
        "true",
        "All",
        "1",
        "0",
        "-1",
        "99999999999999999999",
        "Strict",
        "a=b",
        "a in (b,c),!d",
        "metadata.name=a",
        "spec.nodeName!=x",
        "NotOlderThan",
        "Exact",
        "Background",
        "Orphan",
        "eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ",
        "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6LTEsInN0YXJ0IjoiLyJ9",
        "((((",
        "a in (",
        "\u{0}",
    ]);
    (key, prop_oneof![known, ".{0,8}"])
}

fn request() -> impl Strategy<Value = Request> {
    let parts = (
        method(),
        path(),
        prop::collection::vec(parameter(), 0..3),
        prop::collection::vec(header(), 0..2),
        body(),
        any::<bool>(),
    );
    parts.prop_map(|(method, path, query, headers, body, at_home)| {
        let mut request = Request { method, path, query, headers, body: Body::Bytes(body) };
        // Most random paths lead nowhere; let the body say where it belongs.
        if let (true, Body::Bytes(bytes)) = (at_home, &request.body)
            && let Ok(object) = Value::from_json(bytes)
            && object["kind"].as_str().is_some()
        {
            let home = home(&object);
            let name = object["metadata"]["name"].str();
            request.path = if method == Method::Post { home } else { format!("{home}/{name}") };
        }
        request
    })
}

/// A server that holds one of each of the valid objects.
fn furnished() -> super::Client {
    let (_, client) = admin();
    ask(&client, Method::Post, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", super::custom::definition());
    for object in valid("a") {
        ask(&client, Method::Post, &home(&object), object);
    }
    client
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_request_is_answered(requests in prop::collection::vec(request(), 1..12)) {
        let client = furnished();
        for request in requests {
            let shown = format!("{:?} {} {:?}", request.method, request.path, request.query);
            let response = client.request(request);
            let code = response.code;
            prop_assert!((200..600).contains(&code), "{shown}");
            match response.content {
                Content::Document(document) if code >= 400 => {
                    prop_assert_eq!(document["kind"].str(), "Status", "{}", shown);
                    prop_assert_eq!(document["code"].int(), i64::from(code), "{}", shown);
                    prop_assert!(!document["message"].is_empty(), "{}", shown);
                    // The real server calls these its own fault, too.
                    let message = document["message"].str();
                    let ours = OWN_FAULTS.iter().any(|text| message.contains(text));
                    prop_assert!(code != 500 || ours, "{}: {}", shown, message);
                }
                // Go's router refuses paths of its own accord, and readers of it know.
                Content::Bytes { bytes, .. } if code >= 400 => prop_assert_eq!(bytes, b"404 page not found\n"),
                Content::Watch(mut watch) => {
                    while let WatchStep::Event(event) = watch.poll() {
                        prop_assert!(event["object"].is_object(), "{}", shown);
                    }
                }
                _ => {}
            }
        }
    }
}
