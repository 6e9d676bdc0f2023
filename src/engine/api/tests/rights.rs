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
