//! `token`: a service account's token, made on request.

use super::{ApiServer, Operation, Request, Verb};
use crate::api::route::finish;
use crate::api::server::Answer;
use crate::api::{body, jwt};
use crate::json;
use crate::meta::{Errors, Status, Value};
use std::time::Duration;

const SHORTEST: i64 = 600;
const LONGEST: i64 = 1 << 32;

pub(super) fn answer(server: &mut ApiServer, op: &mut Operation, request: &Request) -> Result<Answer, Status> {
    if op.verb != Verb::Create {
        return Err(Status::method_not_allowed());
    }
    let account = server.stored(op)?;
    let mut token = body::document(request)?.map_err(Status::bad_request)?;
    let seconds = token["spec"]["expirationSeconds"].as_i64().unwrap_or(3600);
    let mut errors = Errors::default();
    if seconds < SHORTEST {
        errors.invalid("spec.expirationSeconds", &seconds.into(), "may not specify a duration less than 10 minutes");
    }
    if seconds > LONGEST {
        errors.invalid(
            "spec.expirationSeconds",
            &seconds.into(),
            "may not specify a duration larger than 2^32 seconds",
        );
    }
    if !errors.is_empty() {
        return Err(Status::invalid("authentication.k8s.io", "TokenRequest", "", errors.0));
    }
    if token["spec"]["audiences"].is_empty() {
        token.set(&["spec", "audiences"], json!([jwt::ISSUER]));
    }
    let now = server.clock.now();
    let expires = now + Duration::from_secs(seconds.unsigned_abs());
    let mut bound = json!({
        "namespace": (&op.namespace), "serviceaccount": {"name": (account.name()), "uid": (account.uid())},
    });
    let object = &token["spec"]["boundObjectRef"];
    if !object.is_null() {
        bound[object["kind"].str().to_ascii_lowercase().as_str()] =
            json!({"name": (&object["name"]), "uid": (&object["uid"])});
    }
    let claims = json!({
        "aud": (&token["spec"]["audiences"]), "exp": (expires.seconds()), "iat": (now.seconds()), "iss": jwt::ISSUER,
        "jti": (server.rng.uuid()), "kubernetes.io": bound, "nbf": (now.seconds()),
        "sub": (format!("system:serviceaccount:{}:{}", op.namespace, account.name())),
    });
    let mut spec = token["spec"].clone();
    spec["expirationSeconds"] = seconds.into();
    spec.set_default(&["boundObjectRef"], Value::Null);
    let answer = json!({
        "kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1",
        "metadata": {
            "name": (account.name()), "namespace": (&op.namespace), "creationTimestamp": (now.rfc3339()),
        },
        "spec": spec,
        "status": {
            "token": (jwt::sign(server.token_key().as_bytes(), &claims)),
            "expirationTimestamp": (expires.rfc3339()),
        },
    });
    Ok(finish(201, op, answer).into())
}
