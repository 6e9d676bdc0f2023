//! CustomResourceDefinitions and their objects.

use super::{Method, Value, admin, ask};
use crate::json;

const CRDS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const SITES: &str = "/apis/example.com/v1/namespaces/default/websites";

pub(super) fn definition() -> Value {
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

#[test]
fn rules_are_asked() {
    let (_, client) = admin();
    let mut with_rules = definition();
    let spec = json!({"type": "object", "properties": {
        "url": {"type": "string", "x-kubernetes-validations": [{"rule": "self == oldSelf", "message": "url is immutable"}]},
        "min": {"type": "integer"}, "max": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string", "x-kubernetes-validations": [{"rule": "self != ''"}]}},
    }, "x-kubernetes-validations": [
        {"rule": "self.min <= self.max", "messageExpression": "'min is %d, max is %d'.format([self.min, self.max])",
         "fieldPath": ".min"},
    ]});
    with_rules["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"] = spec;
    let mut wrong = with_rules.clone();
    wrong["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["x-kubernetes-validations"][0] =
        json!({"rule": "self.minimum > 1"});
    let (code, refused) = ask(&client, Method::Post, CRDS, wrong);
    assert_eq!(code, 422);
    assert_eq!(
        refused["details"]["causes"][0]["message"].str(),
        "Invalid value: apiextensions.ValidationRule{Rule:\"self.minimum > 1\", Message:\"\", MessageExpression:\"\", \
         Reason:(*apiextensions.FieldValueErrorReason)(nil), FieldPath:\"\", OptionalOldSelf:(*bool)(nil)}: compilation \
         failed: ERROR: <input>:1:5: undefined field 'minimum'\n | self.minimum > 1\n | ....^"
    );
    let (code, made) = ask(&client, Method::Post, CRDS, with_rules);
    assert_eq!(code, 201, "{made}");
    let (_, refused) =
        ask(&client, Method::Post, SITES, site(json!({"url": "a", "min": 3, "max": 2, "tags": ["a", ""]})));
    assert_eq!(
        refused["message"].str(),
        "Website.example.com \"blog\" is invalid: [spec.min: Invalid value: \"object\": min is 3, max is 2, \
         spec.tags[1]: Invalid value: \"string\": failed rule: self != '']"
    );
    let (_, refused) = ask(&client, Method::Post, SITES, site(json!({"url": "a", "max": 2})));
    assert_eq!(
        refused["message"].str(),
        "Website.example.com \"blog\" is invalid: spec: Invalid value: \"object\": no such key: min evaluating rule: \
         self.min <= self.max"
    );
    let (_, refused) = ask(&client, Method::Post, SITES, site(json!({"url": 1, "min": 1, "max": 2})));
    assert!(refused["message"].str().ends_with(
        "<nil>: Invalid value: \"null\": some validation rules were not checked because the object was invalid; \
         correct the existing errors to complete validation]"
    ));
    let (code, _) = ask(&client, Method::Post, SITES, site(json!({"url": "a", "min": 1, "max": 2})));
    assert_eq!(code, 201);
    let change = json!({"spec": {"url": "b"}});
    let (_, refused) = ask(&client, Method::Patch, &format!("{SITES}/blog"), change);
    assert_eq!(
        refused["message"].str(),
        "Website.example.com \"blog\" is invalid: spec.url: Invalid value: \"string\": url is immutable"
    );
}
