//! ConfigMap: configuration for pods to read.

use super::Kind;

/// The row of ConfigMap.
pub static KIND: Kind = Kind {
    kind: "ConfigMap",
    plural: "configmaps",
    singular: "configmap",
    short_names: &["cm"],
    schema: "io.k8s.api.core.v1.ConfigMap",
    ..Kind::NAMESPACED
};
