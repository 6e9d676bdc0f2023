//! Secret: what a ConfigMap is not for.

use super::columns::{AGE, NAME, text};
use super::field::Field;
use super::pod::defaults::set_missing;
use super::{Column, Kind, config_map};
use crate::meta::names::config_map_key;
use crate::meta::{Errors, Object, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The row of Secret.
pub static KIND: Kind = Kind {
    kind: "Secret",
    plural: "secrets",
    singular: "secret",
    schema: "io.k8s.api.core.v1.Secret",
    columns: || COLUMNS,
    selectable: &[("type", |secret| secret["type"].str().into())],
    defaults,
    validate,
    ..Kind::NAMESPACED
};

const COLUMNS: &[Column] = &[
    NAME,
    text("Type", "Used to facilitate programmatic handling of secret data.", |object, _| object["type"].str().into()),
    text("Data", "Data contains the secret data.", |object, _| object["data"].entries().count().into()),
    AGE,
];

fn defaults(secret: &mut Object) {
    set_missing(secret, "type", "Opaque");
    // `stringData` is for writing only: it ends up in `data`.
    for (key, text) in secret.remove(&["stringData"]).unwrap_or_default().entries() {
        secret.set(&["data", key], STANDARD.encode(text.str()));
    }
}

/// What secrets of a type must hold.
const REQUIRED: &[(&str, &[&str])] = &[
    ("kubernetes.io/dockercfg", &[".dockercfg"]),
    ("kubernetes.io/dockerconfigjson", &[".dockerconfigjson"]),
    ("kubernetes.io/ssh-auth", &["ssh-privatekey"]),
    ("kubernetes.io/tls", &["tls.crt", "tls.key"]),
];

fn validate(secret: &Object, old: Option<&Object>, errors: &mut Errors) {
    let root = Field::root(secret);
    if let Some(old) = old {
        root.child("type").immutable(errors, &old["type"]);
        config_map::frozen(secret, old, &["data"], errors);
    }
    let data = root.child("data");
    let mut size = 0;
    for (key, value) in data.each_key() {
        value.with(&key.into()).complain(errors, config_map_key(key));
        size += value.str().len() / 4 * 3;
    }
    if size > config_map::LIMIT {
        errors.too_long("data", config_map::LIMIT);
    }
    let kind = secret["type"].str();
    match kind {
        "kubernetes.io/service-account-token" if secret.annotation("kubernetes.io/service-account.name").is_none() => {
            errors.required("metadata.annotations[kubernetes.io/service-account.name]", "");
        }
        "kubernetes.io/basic-auth" if !data.has("username") && !data.has("password") => {
            data.key("username").required(errors, "");
            data.key("password").required(errors, "");
        }
        _ => {}
    }
    for key in REQUIRED.iter().filter(|(name, _)| *name == kind).flat_map(|(_, keys)| *keys) {
        let value = data.key(key);
        if value.is_null() {
            value.required(errors, "");
        } else if key.starts_with(".docker") {
            let decoded = STANDARD.decode(value.str()).unwrap_or_default();
            if let Err(error) = Value::from_json(&decoded) {
                value.with(&"<secret contents redacted>".into()).invalid(errors, &error.to_string());
            }
        }
    }
}
