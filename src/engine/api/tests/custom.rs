//! CustomResourceDefinitions and their objects.

use super::{Method, Value, admin, ask};
use crate::json;

const CRDS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const SITES: &str = "/apis/example.com/v1/namespaces/default/websites";

fn definition() -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "websites.example.com"},
        "spec": {
            "group": "example.com", "scope": "Namespaced",
            "names": {"plural": "websites", "singular": "website", "kind": "Website", "shortNames": ["ws"]},
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "additionalPrinterColumns": [{"name": "URL", "type": "string", "jsonPath": ".spec.url"}],
                "subresources": {
                    "status": {},
                    "scale": {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"},
                },
                "schema": {"openAPIV3Schema": {"type": "object", "required": ["spec"], "properties": {
                    "spec": {"type": "object", "required": ["url"], "properties": {
                        "url": {"type": "string", "pattern": "^https?://"},
                        "replicas": {"type": "integer", "minimum": 1, "maximum": 5, "default": 1},
                    }},
                    "status": {"type": "object", "properties": {"replicas": {"type": "integer"}}},
                }}},
            }],
        },
    })
}

fn site(spec: Value) -> Value {
    json!({"apiVersion": "example.com/v1", "kind": "Website", "metadata": {"name": "blog"}, "spec": spec})
}

#[test]
fn definitions_are_served_until_they_go() {
    let (_, client) = admin();
    assert_eq!(ask(&client, Method::Get, SITES, Value::Null).0, 404);
    let (code, made) = ask(&client, Method::Post, CRDS, definition());
    assert_eq!(code, 201, "{made}");
    let (_, made) = ask(&client, Method::Get, &format!("{CRDS}/websites.example.com"), Value::Null);
    assert_eq!(made["status"]["conditions"][1]["type"].str(), "Established", "{made}");

    let (code, bad) = ask(&client, Method::Post, SITES, site(json!({"url": "ftp://x", "replicas": 9})));
    assert_eq!(code, 422, "{bad} {made}");
    assert_eq!(
        bad["message"].str(),
        "Website.example.com \"blog\" is invalid: [spec.replicas: Invalid value: 9: spec.replicas in body should be \
         less than or equal to 5, spec.url: Invalid value: \"ftp://x\": spec.url in body should match '^https?://']"
    );
    let strict = format!("{SITES}?fieldValidation=Strict");
    let (_, unknown) = ask(&client, Method::Post, &strict, site(json!({"url": "https://x", "colour": "red"})));
    assert_eq!(
        unknown["message"].str(),
        "Website in version \"v1\" cannot be handled as a Website: strict decoding error: unknown field \"spec.colour\""
    );
    let (code, blog) = ask(&client, Method::Post, SITES, site(json!({"url": "https://x"})));
    assert_eq!((code, blog["spec"]["replicas"].int(), blog["metadata"]["generation"].int()), (201, 1, 1), "{blog}");

    let scale = json!({"spec": {"replicas": 3}});
    let (code, scaled) = ask(&client, Method::Patch, &format!("{SITES}/blog/scale"), scale);
    assert_eq!((code, scaled["spec"]["replicas"].int()), (200, 3), "{scaled}");

    ask(&client, Method::Delete, &format!("{CRDS}/websites.example.com"), Value::Null);
    assert_eq!(ask(&client, Method::Get, SITES, Value::Null).0, 404);
    assert_eq!(ask(&client, Method::Get, &format!("{CRDS}/websites.example.com"), Value::Null).0, 404);
}
