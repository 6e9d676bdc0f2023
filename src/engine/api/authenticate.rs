//! Who asks: the connection's user, a bearer token's, or the one impersonated.

use super::authorize::{Attributes, decide, refuse};
use super::jwt;
use super::request::{Request, User};
use super::server::ApiServer;
use crate::json;
use crate::meta::{Status, Value, x509};
use base64::Engine;
use base64::prelude::BASE64_STANDARD as STANDARD;
use std::borrow::Cow;

/// Who asks without any credentials.
const ANONYMOUS: &str = "system:anonymous";

/// The group of everyone who has been recognised.
const AUTHENTICATED: &str = "system:authenticated";

/// The user of a request that comes over `user`'s connection.
pub(super) fn user_of<'a>(server: &ApiServer, user: &'a User, request: &Request) -> Result<Cow<'a, User>, Status> {
    let mut user = Cow::Borrowed(user);
    let token = request.header_value("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let shown = request.header_value(CLIENT_CERTIFICATE);
    if let Some(token) = token {
        user = Cow::Owned(user_of_token(server, token.trim()).ok_or_else(unauthorized)?);
    } else if let Some(shown) = shown {
        user = Cow::Owned(user_of_certificate(server, shown).ok_or_else(unauthorized)?);
    } else if server.allows_all && user.name == ANONYMOUS {
        // Where everything is allowed, nobody goes unrecognised.
        return Err(unauthorized());
    }
    match impersonated(request)? {
        Some(wanted) => {
            check_impersonation(server, &user, &wanted)?;
            Ok(Cow::Owned(complete(wanted)))
        }
        None => Ok(user),
    }
}

/// The header that stands for the certificate which a client shows when it connects: base64 of its PEM.
pub const CLIENT_CERTIFICATE: &str = "ssl-client-cert";

/// Whom a certificate of the cluster's authority names, while it holds.
fn user_of_certificate(server: &ApiServer, shown: &str) -> Option<User> {
    let pem = STANDARD.decode(shown).ok()?;
    let der = x509::unpem(&String::from_utf8_lossy(&pem), "CERTIFICATE")?;
    let certificate = x509::Certificate::read(&der)?;
    let now = server.clock.now();
    if !x509::Certificate::is_signed(&der, &x509::authority_key()) || now < certificate.from || now > certificate.until
    {
        return None;
    }
    let name = certificate.subject("CN").next()?.to_string();
    let groups = certificate.subject("O").chain([AUTHENTICATED]).map(String::from).collect();
    Some(User { name, groups, ..User::default() })
}

/// What a `--token-auth-file` would hold: token, user, group. The machine's kubeconfig uses it.
const STATIC_TOKENS: &[(&str, &str, &str)] = &[("admintoken", "minikube-user", "system:masters")];

fn static_user(server: &ApiServer, token: &str) -> Option<User> {
    if let Some((_, user)) = server.tokens.iter().find(|(known, _)| known == token) {
        return Some(user.clone());
    }
    let (_, name, group) = STATIC_TOKENS.iter().find(|(known, ..)| *known == token)?;
    Some(User { name: (*name).into(), groups: vec![(*group).into(), AUTHENTICATED.into()], ..User::default() })
}

fn unauthorized() -> Status {
    Status::new(401, "Unauthorized", "Unauthorized")
}

/// The groups of a service account.
fn account_groups(namespace: &str) -> Vec<String> {
    vec!["system:serviceaccounts".into(), format!("system:serviceaccounts:{namespace}"), AUTHENTICATED.into()]
}

/// Whom a bearer token stands for, if it is known.
pub(super) fn user_of_token(server: &ApiServer, token: &str) -> Option<User> {
    static_user(server, token).or_else(|| service_account(server, token))
}

/// The service account a token stands for, if the token is ours, in force, and the account exists.
fn service_account(server: &ApiServer, token: &str) -> Option<User> {
    let claims = jwt::verify(server.token_key().as_bytes(), token)?;
    let now = server.clock.now().seconds();
    if claims["exp"].int() <= now || claims["nbf"].int() > now {
        return None;
    }
    let bound = &claims["kubernetes.io"];
    let (namespace, account) = (bound["namespace"].str(), &bound["serviceaccount"]);
    let stored = server.lookup("serviceaccounts", namespace, account["name"].str())?;
    if stored.uid() != account["uid"].str() {
        return None;
    }
    if let Some(pod) = bound.get("pod") {
        let stored = server.lookup("pods", namespace, pod["name"].str())?;
        if !pod["uid"].str().is_empty() && stored.uid() != pod["uid"].str() {
            return None;
        }
    }
    Some(User {
        name: claims["sub"].str().into(),
        uid: stored.uid().into(),
        groups: account_groups(namespace),
        extra: json!({"authentication.kubernetes.io/credential-id": [(format!("JTI={}", claims["jti"].str()))]}),
    })
}

/// The user that the impersonation headers name.
fn impersonated(request: &Request) -> Result<Option<User>, Status> {
    let all = |name: &str| -> Vec<String> {
        request.headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect()
    };
    let name = request.header_value("impersonate-user").unwrap_or_default();
    let (groups, uid) = (all("impersonate-group"), request.header_value("impersonate-uid").unwrap_or_default());
    let mut extra = Value::Null;
    for (key, value) in &request.headers {
        if let Some(key) = key.strip_prefix("impersonate-extra-") {
            extra.entry(key).push(value.as_str());
        }
    }
    if name.is_empty() {
        if groups.is_empty() && uid.is_empty() && extra.is_null() {
            return Ok(None);
        }
        return Err(Status::internal("requested impersonation without impersonating a user"));
    }
    Ok(Some(User { name: name.into(), uid: uid.into(), groups, extra }))
}

/// The namespace and name of a service account's user name.
fn account(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix("system:serviceaccount:")?.split_once(':')
}

fn check_impersonation(server: &ApiServer, user: &User, wanted: &User) -> Result<(), Status> {
    let mut asked = Vec::new();
    match account(&wanted.name) {
        Some((namespace, name)) => asked.push(("", "serviceaccounts", namespace, name)),
        None => asked.push(("", "users", "", wanted.name.as_str())),
    }
    asked.extend(wanted.groups.iter().map(|group| ("", "groups", "", group.as_str())));
    if !wanted.uid.is_empty() {
        asked.push(("authentication.k8s.io", "uids", "", wanted.uid.as_str()));
    }
    for (group, resource, namespace, name) in asked {
        let attributes = Attributes { verb: "impersonate", group, resource, namespace, name, ..Attributes::default() };
        let decision = decide(server, user, &attributes);
        if !decision.allowed {
            return Err(refuse(user, &attributes, &decision.reason));
        }
    }
    Ok(())
}

/// The user with the groups that come with the name.
fn complete(mut user: User) -> User {
    if let Some((namespace, _)) = account(&user.name).filter(|_| user.groups.is_empty()) {
        user.groups = account_groups(namespace);
    } else if user.name == ANONYMOUS {
        user.groups.push("system:unauthenticated".into());
    } else if !user.groups.iter().any(|group| group == AUTHENTICATED) {
        user.groups.push(AUTHENTICATED.into());
    }
    user
}
