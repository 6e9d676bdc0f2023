//! Namespace: a scope for names.

use super::columns::{AGE, NAME, text};
use super::{Column, Kind, metadata};
use crate::json;
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
    columns: || COLUMNS,
    selectable: &[("status.phase", |namespace| phase(namespace).into())],
    names: metadata::LABEL,
    defaults: |namespace| {
        let name = namespace.name().to_string();
        if !name.is_empty() {
            namespace.set_default(&["metadata", "labels", "kubernetes.io/metadata.name"], name);
        }
    },
    prepare,
    ..Kind::CLUSTER
};

const COLUMNS: &[Column] =
    &[NAME, text("Status", "The status of the namespace", |namespace, _| phase(namespace).into()), AGE];

/// `Active` or `Terminating`.
pub fn phase(namespace: &Object) -> &str {
    namespace.at(&["status", "phase"]).str()
}

fn prepare(namespace: &mut Object, old: Option<&Object>) {
    match old {
        None => {
            namespace["status"] = json!({"phase": "Active"});
            let finalizers = namespace["spec"].entry("finalizers");
            if !finalizers.items().iter().any(|finalizer| *finalizer == "kubernetes") {
                finalizers.push("kubernetes");
            }
        }
        Some(old) => namespace["spec"]["finalizers"] = old.spec()["finalizers"].clone(),
    }
}
