//! Service account tokens for pods: the kubelet asks the API server for them, bound to the pod.

use super::volumes::Issue;
use crate::api::{Client, Content, Method, Request};
use crate::json;
use crate::meta::{Object, Value};

/// What volumes ask for. The API server lets a token that is asked for this long live a year, so
/// that clients that never read the file again go on.
const EXTENDED: i64 = 3607;
const YEAR: i64 = 365 * 86_400;

/// Asks for the tokens of a pod's service account.
pub fn issuer(client: &Client, pod: &Object) -> Issue {
    let (client, pod) = (client.clone(), pod.clone());
    Box::new(move |source| {
        let account = Some(pod.spec()["serviceAccountName"].str()).filter(|name| !name.is_empty()).unwrap_or("default");
        let seconds = source["expirationSeconds"].as_i64().unwrap_or(3600);
        let mut spec = json!({
            "expirationSeconds": (if seconds == EXTENDED { YEAR } else { seconds }),
            "boundObjectRef": {"kind": "Pod", "apiVersion": "v1", "name": pod.name(), "uid": pod.uid()},
        });
        if !source["audience"].str().is_empty() {
            spec["audiences"] = json!([source["audience"].clone()]);
        }
        let path = format!("/api/v1/namespaces/{}/serviceaccounts/{account}/token", pod.namespace());
        let document = json!({
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "metadata": {}, "spec": spec,
        });
        let answer = client.request(Request::new(Method::Post, &path).document(document)).content;
        let answer = if let Content::Document(answer) = answer { answer } else { Value::Null };
        answer.at(&["status", "token"]).str().to_string()
    })
}
