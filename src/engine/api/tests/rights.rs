//! Who may do what, and who one is.

use super::{Method, Value, admin, ask};
use crate::api::{Body, Content, Request};
use crate::json;

fn as_alice(client: &super::Client, method: Method, target: &str, body: Value) -> (u16, Value) {
    let mut request = Request::new(method, target).header("impersonate-user", "alice");
    if !body.is_null() {
        request.body = Body::Document(body);
    }
    let response = client.request(request);
    match response.content {
        Content::Document(document) => (response.code, document),
        _ => (response.code, Value::Null),
    }
}

#[test]
fn roles_are_obeyed() {
    let (_, client) = admin();
    let pods = "/api/v1/namespaces/default/pods";
    let (code, refused) = as_alice(&client, Method::Get, pods, Value::Null);
    assert_eq!(
        (code, refused["message"].str()),
        (
            403,
            "pods is forbidden: User \"alice\" cannot list resource \"pods\" in API group \"\" in the namespace \"default\""
        )
    );
    let group = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "reads"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "alice"}],
    });
    let (code, made) = ask(&client, Method::Post, &format!("{group}/rolebindings"), binding);
    assert_eq!(code, 201, "{made}");
    let (_, refused) = as_alice(&client, Method::Get, pods, Value::Null);
    assert!(refused["message"].str().ends_with(": RBAC: role.rbac.authorization.k8s.io \"reader\" not found"));
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "reader"},
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}],
    });
    ask(&client, Method::Post, &format!("{group}/roles"), role);
    assert_eq!(as_alice(&client, Method::Get, pods, Value::Null).0, 200);
    assert_eq!(as_alice(&client, Method::Get, &format!("{pods}?watch=1"), Value::Null).0, 403);

    let review = json!({
        "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {"namespace": "default", "verb": "list", "resource": "pods"}},
    });
    let reviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let (code, answer) = as_alice(&client, Method::Post, reviews, review);
    assert_eq!((code, answer["status"]["allowed"].bool()), (201, true), "{answer}");
}

#[test]
fn tokens_say_who_asks() {
    let (clock, client) = admin();
    let accounts = "/api/v1/namespaces/default/serviceaccounts";
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "bot"}});
    ask(&client, Method::Post, accounts, account);
    let (_, token) = ask(&client, Method::Post, &format!("{accounts}/bot/token"), json!({"spec": {}}));
    let token = token["status"]["token"].str().to_string();
    let whoami = || {
        let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
        let target = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
        let mut request = Request::new(Method::Post, target).header("authorization", format!("Bearer {token}"));
        request.body = Body::Document(review);
        match client.request(request).content {
            Content::Document(document) => document,
            _ => Value::Null,
        }
    };
    assert_eq!(whoami()["status"]["userInfo"]["username"].str(), "system:serviceaccount:default:bot");
    clock.set(clock.now() + std::time::Duration::from_secs(7200));
    assert_eq!(whoami()["code"], 401);
}

#[test]
fn nobody_grants_what_he_does_not_hold() {
    let (_, client) = admin();
    let group = "/apis/rbac.authorization.k8s.io/v1";
    let api = json!("rbac.authorization.k8s.io/v1");
    let role = |name: &str, rules: Value| json!({"apiVersion": (&api), "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules});
    let binding = |name: &str, role: &str| {
        json!({
            "apiVersion": (&api), "kind": "ClusterRoleBinding", "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "alice"}],
        })
    };
    let rules = json!([
        {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["*"], "verbs": ["create", "update", "get"]},
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]},
    ]);
    ask(&client, Method::Post, &format!("{group}/clusterroles"), role("writer", rules));
    ask(&client, Method::Post, &format!("{group}/clusterrolebindings"), binding("alice", "writer"));
    let roles = format!("{group}/clusterroles");
    let wanted = json!([{"apiGroups": ["", "apps"], "resources": ["pods"], "verbs": ["get", "list", "watch"]}]);
    let (code, refused) = as_alice(&client, Method::Post, &roles, role("more", wanted));
    assert_eq!(
        (code, refused["message"].str()),
        (
            403,
            "clusterroles.rbac.authorization.k8s.io \"more\" is forbidden: user \"alice\" \
             (groups=[\"system:authenticated\"]) is attempting to grant RBAC permissions not currently held:\n\
             {APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"list\" \"watch\"]}\n\
             {APIGroups:[\"apps\"], Resources:[\"pods\"], Verbs:[\"get\" \"list\" \"watch\"]}"
        )
    );
    let held = json!([{"apiGroups": [""], "resources": ["pods"], "resourceNames": ["a"], "verbs": ["get"]}]);
    assert_eq!(as_alice(&client, Method::Post, &roles, role("less", held)).0, 201);
    let bindings = format!("{group}/clusterrolebindings");
    assert_eq!(as_alice(&client, Method::Post, &bindings, binding("less", "less")).0, 201);
    let (code, refused) = as_alice(&client, Method::Post, &bindings, binding("all", "cluster-admin"));
    assert!(refused["message"].str().ends_with("{NonResourceURLs:[\"*\"], Verbs:[\"*\"]}"), "{code} {refused}");
}
