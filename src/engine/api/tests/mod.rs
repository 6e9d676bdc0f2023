//! The base of the API server's behaviour, by requests.

mod custom;
mod patches;
mod pod_security;
mod policies;
mod random;
mod rights;

use super::{ApiServer, Body, Client, Content, Method, Request, User, WatchStep};
use crate::json;
use crate::meta::{Time, Value};
use crate::sim::{Clock, Rng};

/// A client with all rights, of a server that holds what every cluster holds.
pub(super) fn admin() -> (Clock, Client) {
    let clock = Clock::starting_at(Time::from_civil(2026, 11, 23, 5, 0, 0));
    let server = ApiServer::new(clock.clone(), Rng::seeded(1));
    server.borrow_mut().bootstrap();
    let user = User { name: "admin".into(), groups: vec!["system:masters".into()], ..User::default() };
    (clock, Client::new(&server, user, "test"))
}

/// The code and document of an answer.
pub(super) fn ask(client: &Client, method: Method, target: &str, body: Value) -> (u16, Value) {
    let mut request = Request::new(method, target);
    if !body.is_null() {
        request.body = Body::Document(body);
    }
    let response = client.request(request);
    match response.content {
        Content::Document(document) => (response.code, document),
        Content::Bytes { bytes, .. } => (response.code, String::from_utf8_lossy(&bytes).into_owned().into()),
        _ => (response.code, Value::Null),
    }
}

fn map(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "1"}})
}

const MAPS: &str = "/api/v1/namespaces/default/configmaps";

#[test]
fn objects_live_and_die() {
    let (_, client) = admin();
    let (code, made) = ask(&client, Method::Post, MAPS, map("a"));
    assert_eq!((code, made["metadata"]["namespace"].str()), (201, "default"), "{made}");
    let (code, again) = ask(&client, Method::Post, MAPS, map("a"));
    assert_eq!((code, again["message"].str()), (409, "configmaps \"a\" already exists"));
    let one = format!("{MAPS}/a");
    let mut changed = made.clone();
    changed["data"]["a"] = "2".into();
    let (code, updated) = ask(&client, Method::Put, &one, changed.clone());
    assert_eq!((code, updated["data"]["a"].str()), (200, "2"));
    let (code, stale) = ask(&client, Method::Put, &one, made);
    assert_eq!(code, 409);
    assert_eq!(
        stale["message"].str(),
        "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; \
         please apply your changes to the latest version and try again"
    );
    let (_, same) = ask(&client, Method::Put, &one, updated.clone());
    assert_eq!(same["metadata"]["resourceVersion"], updated["metadata"]["resourceVersion"]);
    let (code, gone) = ask(&client, Method::Delete, &one, Value::Null);
    assert_eq!((code, gone["status"].str()), (200, "Success"));
    let (code, missing) = ask(&client, Method::Get, &one, Value::Null);
    assert_eq!((code, missing["message"].str()), (404, "configmaps \"a\" not found"));
}

#[test]
fn watches_follow_the_log() {
    let (_, client) = admin();
    let (_, list) = ask(&client, Method::Get, MAPS, Value::Null);
    let from = list["metadata"]["resourceVersion"].str().to_string();
    let target = format!("{MAPS}?watch=true&labelSelector=app&resourceVersion={from}");
    let Content::Watch(mut watch) = client.request(Request::new(Method::Get, &target)).content else {
        panic!("no watch")
    };
    assert!(matches!(watch.poll(), WatchStep::Pending));
    let (_, mut made) = ask(&client, Method::Post, MAPS, map("a"));
    made["metadata"]["labels"] = json!({"app": "web"});
    let (_, mut labelled) = ask(&client, Method::Put, &format!("{MAPS}/a"), made);
    labelled["metadata"]["labels"].take();
    ask(&client, Method::Put, &format!("{MAPS}/a"), labelled);
    let mut kinds = Vec::new();
    while let WatchStep::Event(event) = watch.poll() {
        kinds.push(event["type"].str().to_string());
    }
    assert_eq!(kinds, ["ADDED", "DELETED"]);
}

#[test]
fn lists_come_in_chunks() {
    let (_, client) = admin();
    for name in ["a", "b", "c"] {
        ask(&client, Method::Post, MAPS, map(name));
    }
    let (_, first) = ask(&client, Method::Get, &format!("{MAPS}?limit=2"), Value::Null);
    assert_eq!(first["items"].items().len(), 2);
    assert_eq!(first["metadata"]["remainingItemCount"], 1);
    ask(&client, Method::Delete, &format!("{MAPS}/c"), Value::Null);
    let token = first["metadata"]["continue"].str();
    let (_, rest) = ask(&client, Method::Get, &format!("{MAPS}?limit=2&continue={token}"), Value::Null);
    assert_eq!(rest["items"][0]["metadata"]["name"], "c");
}

#[test]
fn warnings_come_with_failures_too() {
    let (_, client) = admin();
    let mut request = Request::new(Method::Post, "/api/v1/namespaces/default/pods?fieldValidation=Warn");
    request.body = Body::Document(json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"contatiners": []},
    }));
    let response = client.request(request);
    assert_eq!(response.warnings().collect::<Vec<_>>(), ["unknown field \"spec.contatiners\""]);
    assert!(response.code >= 400);
}

#[test]
fn events_of_one_moment_are_all_kept() {
    let (_, client) = admin();
    let mut target = map("told-of");
    target.set(&["metadata", "namespace"], "default");
    let target = client.create(crate::meta::Object(target)).unwrap();
    for component in ["scheduler", "kubelet", "controller"] {
        super::Recorder::new(client.clone(), component, "").normal(&target, "Told", component);
    }
    let (_, events) = ask(&client, Method::Get, "/api/v1/namespaces/default/events", Value::Null);
    let told: Vec<&str> = events["items"].items().iter().map(|event| event["message"].str()).collect();
    assert_eq!(told, ["scheduler", "kubelet", "controller"]);
}

#[test]
fn options_must_make_sense() {
    let (_, client) = admin();
    for (query, expect) in [
        (
            "resourceVersionMatch=Exact",
            "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided",
        ),
        (
            "resourceVersion=1&resourceVersionMatch=Foo",
            "resourceVersionMatch: Unsupported value: \"Foo\": supported values: \"Exact\", \"NotOlderThan\", \"\"",
        ),
        ("sendInitialEvents=true", "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list"),
        (
            "watch=1&sendInitialEvents=true",
            "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
        ),
    ] {
        let (code, refused) = ask(&client, Method::Get, &format!("{MAPS}?{query}"), Value::Null);
        assert_eq!(code, 422, "{query}");
        assert_eq!(refused["message"].str(), format!("ListOptions.meta.k8s.io \"\" is invalid: {expect}"));
    }
    let (code, refused) = ask(&client, Method::Get, &format!("{MAPS}?limit=abc"), Value::Null);
    assert_eq!((code, refused["message"].str()), (400, "strconv.ParseInt: parsing \"abc\": invalid syntax"));
    ask(&client, Method::Post, MAPS, map("a"));
    let one = format!("{MAPS}/a");
    let (code, refused) = ask(&client, Method::Delete, &one, json!({"gracePeriodSeconds": "x"}));
    assert_eq!(code, 400, "{refused}");
    let (_, refused) = ask(&client, Method::Delete, &one, json!({"propagationPolicy": "Sideways"}));
    assert!(refused["message"].str().starts_with(
        "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: \"Sideways\": supported values: "
    ));
    let options = json!({"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Foreground"});
    assert_eq!(ask(&client, Method::Delete, &one, options).0, 200);
}
