//! Whatever a request says, it is answered.

use super::{Body, Method, Request, admin};
use crate::kinds::KINDS;
use proptest::prelude::*;

/// A position in the table of kinds.
fn kind() -> impl Strategy<Value = usize> {
    0..KINDS.len()
}

fn method() -> impl Strategy<Value = Method> {
    prop_oneof![
        Just(Method::Get),
        Just(Method::Post),
        Just(Method::Put),
        Just(Method::Patch),
        Just(Method::Delete),
        Just(Method::Head),
        Just(Method::Options),
    ]
}

fn segment() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("api".to_string()),
        Just("apis".to_string()),
        Just("v1".to_string()),
        Just("apps".to_string()),
        Just("namespaces".to_string()),
        Just("default".to_string()),
        Just("kubernetes".to_string()),
        Just("status".to_string()),
        Just("scale".to_string()),
        Just("watch".to_string()),
        kind().prop_map(|at| KINDS[at].plural.to_string()),
        "[a-z/%. -]{0,6}",
    ]
}

fn path() -> impl Strategy<Value = String> {
    let any = prop::collection::vec(segment(), 0..8).prop_map(|parts| format!("/{}", parts.join("/")));
    let real = (kind(), "[a-z]{0,3}", prop::option::of(segment())).prop_map(|(at, name, sub)| {
        let kind = KINDS[at];
        let root = if kind.group.is_empty() { "/api/v1".into() } else { format!("/apis/{}", kind.api_version()) };
        let place = if kind.namespaced { "/namespaces/default" } else { "" };
        let name = if name.is_empty() { name } else { format!("/{name}") };
        format!("{root}{place}/{}{name}{}", kind.plural, sub.map(|sub| format!("/{sub}")).unwrap_or_default())
    });
    prop_oneof![any, real]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let object = (kind(), "[a-z]{0,3}", document(3)).prop_map(|(at, name, spec)| {
        let kind = KINDS[at];
        format!(
            r#"{{"apiVersion":"{}","kind":"{}","metadata":{{"name":"{name}"}},"spec":{spec},"data":{spec}}}"#,
            kind.api_version(),
            kind.kind
        )
        .into_bytes()
    });
    prop_oneof![prop::collection::vec(any::<u8>(), 0..40), document(3).prop_map(String::into_bytes), object]
}

fn document(depth: u32) -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_string()),
        Just("true".to_string()),
        Just("-1".to_string()),
        Just("1e99".to_string()),
        Just("\"x\"".to_string()),
        Just("\"\"".to_string()),
    ];
    let key = prop::sample::select(&[
        "spec",
        "template",
        "containers",
        "name",
        "ports",
        "selector",
        "matchLabels",
        "replicas",
        "versions",
        "schema",
        "openAPIV3Schema",
        "rules",
        "hard",
        "limits",
        "type",
        "metadata",
        "resources",
        "requests",
        "cpu",
        "names",
    ]);
    leaf.prop_recursive(depth, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec((key.clone(), inner), 0..4).prop_map(|entries| {
                let entries: Vec<String> =
                    entries.into_iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
                format!("{{{}}}", entries.join(","))
            }),
        ]
    })
}

fn header() -> impl Strategy<Value = (String, String)> {
    let pair = |key: &str, value: &str| Just((key.to_string(), value.to_string()));
    prop_oneof![
        pair("content-type", "application/json-patch+json"),
        pair("content-type", "application/merge-patch+json"),
        pair("content-type", "application/strategic-merge-patch+json"),
        pair("content-type", "application/apply-patch+yaml"),
        pair("content-type", "application/yaml"),
        pair("accept", "application/json;as=Table;v=v1;g=meta.k8s.io"),
        pair("accept", "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"),
        pair("accept", "text/html"),
        pair("authorization", "Bearer a.b.c"),
        pair("impersonate-user", "system:serviceaccount:default:x"),
    ]
}

fn parameter() -> impl Strategy<Value = (String, String)> {
    let key = prop::sample::select(&[
        "labelSelector",
        "fieldSelector",
        "limit",
        "continue",
        "resourceVersion",
        "watch",
        "fieldManager",
        "dryRun",
        "fieldValidation",
        "force",
        "gracePeriodSeconds",
        "propagationPolicy",
        "sendInitialEvents",
        "timeoutSeconds",
        "container",
        "tailLines",
        "command",
        "stdout",
    ]);
    let value = prop_oneof![
        Just("true".to_string()),
        Just("All".to_string()),
        Just("1".to_string()),
        Just("-1".to_string()),
        Just("99999999999999999999".to_string()),
        Just("Strict".to_string()),
        Just("a=b".to_string()),
        ".{0,8}",
    ];
    (key, value).prop_map(|(key, value)| (key.to_string(), value))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn any_request_is_answered(
        requests in prop::collection::vec(
            (method(), path(), prop::collection::vec(parameter(), 0..3), prop::collection::vec(header(), 0..2), body()),
            1..12,
        ),
    ) {
        let (_, client) = admin();
        for (method, path, query, headers, body) in requests {
            let request = Request { method, path, query, headers, body: Body::Bytes(body) };
            let code = client.request(request).code;
            prop_assert!((200..600).contains(&code));
        }
    }
}
