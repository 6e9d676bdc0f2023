//! Secret: what a ConfigMap is not for.

use super::columns::{AGE, NAME, text};
use super::{Column, Kind};

/// The row of Secret.
pub static KIND: Kind = Kind {
    kind: "Secret",
    plural: "secrets",
    singular: "secret",
    schema: "io.k8s.api.core.v1.Secret",
    columns: COLUMNS,
    selectable: &[("type", |secret| secret["type"].str().into())],
    ..Kind::NAMESPACED
};

const COLUMNS: &[Column] = &[
    NAME,
    text("Type", "Used to facilitate programmatic handling of secret data.", |object, _| object["type"].str().into()),
    text("Data", "Data contains the secret data.", |object, _| object["data"].entries().count().into()),
    AGE,
];
