//! Reviews: questions about identity and rights, answered on creation and never stored.

use super::authenticate::user_of_token;
use super::authorize::{Attributes, Found, decide, visit};
use super::jwt::ISSUER;
use super::operation::Operation;
use super::request::User;
use super::server::ApiServer;
use crate::json;
use crate::meta::{Errors, Object, Status, Value};

/// Gives a review's status.
type Answer = fn(&ApiServer, &Operation, &Object) -> Result<Value, Status>;

/// The reviews, by the store's name of their resource.
static REVIEWS: &[(&str, Answer)] = &[
    ("localsubjectaccessreviews.authorization.k8s.io", access),
    ("selfsubjectaccessreviews.authorization.k8s.io", own_access),
    ("selfsubjectreviews.authentication.k8s.io", whoami),
    ("selfsubjectrulesreviews.authorization.k8s.io", own_rules),
    ("subjectaccessreviews.authorization.k8s.io", access),
    ("tokenreviews.authentication.k8s.io", token),
];

/// Answers the review, if the operation's resource is one.
pub(super) fn answer(server: &ApiServer, op: &Operation, object: &Object) -> Option<Result<Object, Status>> {
    let (_, answer) = REVIEWS.iter().find(|(name, _)| op.resource.is(name))?;
    Some(answer(server, op, object).map(|status| {
        let mut object = object.clone();
        object["apiVersion"] = (&op.resource.api_version).into();
        object["kind"] = (&op.resource.kind).into();
        object["status"] = status;
        object
    }))
}

pub(super) fn user_info(user: &User) -> Value {
    let mut info = json!({"username": (&user.name)});
    if !user.uid.is_empty() {
        info["uid"] = (&user.uid).into();
    }
    if !user.groups.is_empty() {
        info["groups"] = user.groups.iter().collect();
    }
    if !user.extra.is_empty() {
        info["extra"] = user.extra.clone();
    }
    info
}

fn whoami(_: &ApiServer, op: &Operation, _: &Object) -> Result<Value, Status> {
    Ok(json!({"userInfo": (user_info(op.user))}))
}

fn token(server: &ApiServer, _: &Operation, review: &Object) -> Result<Value, Status> {
    let Some(user) = user_of_token(server, review["spec"]["token"].str()) else {
        return Ok(json!({"user": {}, "error": "[invalid bearer token]"}));
    };
    let audiences = review["spec"]["audiences"].clone();
    let audiences = if audiences.is_empty() { json!([ISSUER]) } else { audiences };
    Ok(json!({"authenticated": true, "user": (user_info(&user)), "audiences": audiences}))
}

/// Decides what a review's `spec` asks about.
fn verdict(server: &ApiServer, user: &User, spec: &Value) -> Value {
    let (resource, path) = (&spec["resourceAttributes"], &spec["nonResourceAttributes"]);
    let asked = if resource.is_null() {
        Attributes { verb: path["verb"].str(), path: path["path"].str(), ..Attributes::default() }
    } else {
        Attributes {
            verb: resource["verb"].str(),
            group: resource["group"].str(),
            resource: resource["resource"].str(),
            subresource: resource["subresource"].str(),
            namespace: resource["namespace"].str(),
            name: resource["name"].str(),
            path: "",
        }
    };
    let decision = decide(server, user, &asked);
    let mut status = json!({"allowed": (decision.allowed)});
    if !decision.reason.is_empty() {
        status["reason"] = decision.reason.into();
    }
    status
}

/// Exactly one of the two kinds of attributes must be given.
fn check(op: &Operation, review: &Object, detail: &str) -> Result<(), Status> {
    let spec = review.spec();
    let mut errors = Errors::default();
    match (spec["resourceAttributes"].is_null(), spec["nonResourceAttributes"].is_null()) {
        (true, true) => errors.invalid("spec.resourceAttributes", &Value::Null, detail),
        (false, false) => errors.invalid(
            "spec.nonResourceAttributes",
            &spec["nonResourceAttributes"],
            "cannot be specified in combination with resourceAttributes",
        ),
        _ => return Ok(()),
    }
    Err(Status::invalid(&op.resource.group, &op.resource.kind, "", errors.0))
}

const ONE_OF: &str = "exactly one of nonResourceAttributes or resourceAttributes must be specified";

fn own_access(server: &ApiServer, op: &Operation, review: &Object) -> Result<Value, Status> {
    check(op, review, ONE_OF)?;
    Ok(verdict(server, op.user, review.spec()))
}

fn access(server: &ApiServer, op: &Operation, review: &Object) -> Result<Value, Status> {
    check(op, review, ONE_OF)?;
    let spec = review.spec();
    let texts = |value: &Value| value.items().iter().map(|item| item.str().to_string()).collect();
    let user = User {
        name: spec["user"].str().into(),
        uid: spec["uid"].str().into(),
        groups: texts(&spec["groups"]),
        extra: spec["extra"].clone(),
    };
    if user.name.is_empty() && user.groups.is_empty() {
        let mut errors = Errors::default();
        errors.invalid("spec.user", &"".into(), "at least one of user or group must be specified");
        return Err(Status::invalid(&op.resource.group, &op.resource.kind, "", errors.0));
    }
    Ok(verdict(server, &user, spec))
}

fn own_rules(server: &ApiServer, op: &Operation, review: &Object) -> Result<Value, Status> {
    let namespace = review["spec"]["namespace"].str();
    if namespace.is_empty() {
        return Err(Status::bad_request("no namespace on request"));
    }
    let (mut resources, mut paths) = (Value::array(), Value::array());
    if server.allows_all || op.user.groups.iter().any(|group| group == "system:masters") {
        resources.push(json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}));
        paths.push(json!({"verbs": ["*"], "nonResourceURLs": ["*"]}));
    }
    let mut problem = String::new();
    visit(server, op.user, namespace, &mut |found| {
        match found {
            Found::Rule(_, rule) if rule["nonResourceURLs"].is_empty() => resources.push(rule),
            Found::Rule(_, rule) => {
                paths.push(json!({"verbs": (&rule["verbs"]), "nonResourceURLs": (&rule["nonResourceURLs"])}));
            }
            Found::Missing(text) => problem = text,
        }
        true
    });
    let mut status = json!({"resourceRules": resources, "nonResourceRules": paths, "incomplete": false});
    if !problem.is_empty() {
        status["incomplete"] = true.into();
        status["evaluationError"] = problem.into();
    }
    Ok(status)
}
