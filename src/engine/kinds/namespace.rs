//! Namespace: a scope for names.

use super::columns::{AGE, NAME, text};
use super::{Column, Kind, metadata};
use crate::meta::Object;

/// The row of Namespace.
pub static KIND: Kind = Kind {
    kind: "Namespace",
    plural: "namespaces",
    singular: "namespace",
    short_names: &["ns"],
    subresources: &["finalize", "status"],
    verbs: &["create", "delete", "get", "list", "patch", "update", "watch"],
    schema: "io.k8s.api.core.v1.Namespace",
    columns: COLUMNS,
    selectable: &[("status.phase", |namespace| phase(namespace).into())],
    names: metadata::LABEL,
    ..Kind::CLUSTER
};

const COLUMNS: &[Column] =
    &[NAME, text("Status", "The status of the namespace", |namespace, _| phase(namespace).into()), AGE];

/// `Active` or `Terminating`.
pub fn phase(namespace: &Object) -> &str {
    namespace.at(&["status", "phase"]).str()
}
