//! Secret: what a ConfigMap is not for.

use super::columns::{AGE, NAME, text};
use super::pod::defaults::set_missing;
use super::{Column, Kind};
use crate::meta::Object;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The row of Secret.
pub static KIND: Kind = Kind {
    kind: "Secret",
    plural: "secrets",
    singular: "secret",
    schema: "io.k8s.api.core.v1.Secret",
    columns: COLUMNS,
    selectable: &[("type", |secret| secret["type"].str().into())],
    defaults,
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
