//! ValidatingAdmissionPolicies.

use super::{Body, MAPS, Method, Request, Value, admin, ask};
use crate::json;

const GROUP: &str = "/apis/admissionregistration.k8s.io/v1";

fn policy(validations: Value) -> Value {
    json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": "limits"},
        "spec": {
            "paramKind": {"apiVersion": "v1", "kind": "ConfigMap"},
            "matchConstraints": {"resourceRules": [{
                "apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"],
                "resources": ["deployments"],
            }]},
            "matchConditions": [{"name": "no-exempt", "expression": "!('exempt' in object.metadata.?labels.orValue({}))"}],
            "variables": [{"name": "most", "expression": "int(params.data.most)"}],
            "validations": validations,
        },
    })
}

fn deployment(name: &str, replicas: i64, labels: Value) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "labels": labels},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"a": "b"}}, "template": {
            "metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]},
        }},
    })
}

#[test]
fn policies_are_asked() {
    let (_, client) = admin();
    let policies = format!("{GROUP}/validatingadmissionpolicies");
    let (code, refused) = ask(&client, Method::Post, &policies, policy(json!([{"expression": "objec.x"}])));
    assert_eq!(code, 422);
    assert!(refused["message"].str().contains("undeclared reference to 'objec'"), "{refused}");
    let validations = json!([{"expression": "object.spec.replicas <= variables.most"}]);
    assert_eq!(ask(&client, Method::Post, &policies, policy(validations)).0, 201);
    let binding = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": "everywhere"},
        "spec": {"policyName": "limits", "validationActions": ["Deny", "Warn"], "paramRef": {
            "name": "limits", "namespace": "default", "parameterNotFoundAction": "Deny",
        }},
    });
    let (code, made) = ask(&client, Method::Post, &format!("{GROUP}/validatingadmissionpolicybindings"), binding);
    assert_eq!(code, 201, "{made}");
    let deployments = "/apis/apps/v1/namespaces/default/deployments";
    let (code, refused) = ask(&client, Method::Post, deployments, deployment("web", 1, Value::Null));
    assert!(code == 422 && refused["message"].str().contains("no params found for policy binding"), "{refused}");
    let limits =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "limits"}, "data": {"most": "2"}});
    ask(&client, Method::Post, MAPS, limits);
    let (code, refused) = ask(&client, Method::Post, deployments, deployment("web", 3, Value::Null));
    assert_eq!(
        (code, refused["message"].str()),
        (
            422,
            "deployments.apps \"web\" is forbidden: ValidatingAdmissionPolicy 'limits' with binding 'everywhere' denied \
             request: failed expression: object.spec.replicas <= variables.most"
        )
    );
    let mut request = Request::new(Method::Post, deployments);
    request.body = Body::Document(deployment("web", 3, Value::Null));
    let response = client.request(request);
    assert!(response.warnings().next().is_some_and(|text| {
        text == "Validation failed for ValidatingAdmissionPolicy 'limits' with binding 'everywhere': failed expression: \
                 object.spec.replicas <= variables.most"
    }));
    assert_eq!(ask(&client, Method::Post, deployments, deployment("web", 2, Value::Null)).0, 201);
    assert_eq!(ask(&client, Method::Post, deployments, deployment("free", 9, json!({"exempt": "yes"}))).0, 201);
    let scale = json!({"spec": {"replicas": 5}});
    assert_eq!(ask(&client, Method::Patch, &format!("{deployments}/web"), scale).0, 422);
}
