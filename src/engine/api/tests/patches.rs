//! Patches and server-side apply.

use super::{MAPS, Method, Value, admin, ask, map};
use crate::api::{Body, Client, Content, Request};
use crate::json;

fn patch(client: &Client, target: &str, kind: &str, body: &str) -> (u16, Value) {
    let mut request = Request::new(Method::Patch, target).header("content-type", kind);
    request.body = Body::Bytes(body.as_bytes().to_vec());
    let response = client.request(request);
    let warnings: Vec<String> = response.warnings().map(String::from).collect();
    match response.content {
        Content::Document(mut document) => {
            if !warnings.is_empty() {
                document["warnings"] = warnings.into();
            }
            (response.code, document)
        }
        _ => (response.code, Value::Null),
    }
}

#[test]
fn patches_fail_with_the_real_texts() {
    let (_, client) = admin();
    ask(&client, Method::Post, MAPS, map("a"));
    let one = format!("{MAPS}/a");
    let (json, merge) = ("application/json-patch+json", "application/merge-patch+json");
    let strategic = "application/strategic-merge-patch+json";
    for (kind, body, code, message) in [
        (
            strategic,
            r#"{"data":{"a":5}}"#,
            422,
            " \"\" is invalid: patch: Invalid value: \"map[data:map[a:5]]\": cannot convert int64 to string",
        ),
        (merge, r#"{"data":"#, 400, "unexpected end of JSON input"),
        (merge, r#""hello""#, 400, "json: cannot unmarshal string into Go value of type map[string]interface {}"),
        (
            json,
            r#"{"op":"replace"}"#,
            400,
            "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
        ),
        (
            json,
            r#"[{"op":"remove","path":"/data/x"}]"#,
            422,
            "the server rejected our request due to an error in our request",
        ),
        (
            strategic,
            r#"{"metadata":{"resourceVersion":"1"}}"#,
            409,
            "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please apply your changes to the latest version and try again",
        ),
    ] {
        let (got, answer) = patch(&client, &one, kind, body);
        assert_eq!(got, code, "{body} {answer}");
        assert_eq!(answer["message"].str(), message, "{body}");
    }
    let (code, warned) = patch(&client, &one, strategic, r#"{"dat":{"b":"2"}}"#);
    assert_eq!((code, warned["warnings"].clone()), (200, json!(["unknown field \"dat\""])));
}

#[test]
fn applied_fields_have_owners() {
    let (_, client) = admin();
    let apply = "application/apply-patch+yaml";
    let target = |manager: &str| format!("{MAPS}/shared?fieldManager={manager}");
    let body = |color: &str| {
        format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: shared}}, data: {{color: {color}}}}}")
    };
    let (code, made) = patch(&client, &target("one"), apply, &body("blue"));
    assert_eq!(code, 201, "{made}");
    let (code, again) = patch(&client, &target("one"), apply, &body("blue"));
    assert_eq!((code, &again["metadata"]["resourceVersion"]), (200, &made["metadata"]["resourceVersion"]));
    let (code, refused) = patch(&client, &target("two"), apply, &body("red"));
    assert_eq!(
        (code, refused["message"].str()),
        (409, "Apply failed with 1 conflict: conflict with \"one\": .data.color")
    );
    let (code, forced) = patch(&client, &format!("{}&force=true", target("two")), apply, &body("red"));
    assert_eq!((code, forced["data"]["color"].str()), (200, "red"));
}
