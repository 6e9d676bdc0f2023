//! ConfigMap: configuration for pods to read.

use super::columns::{AGE, NAME, text};
use super::{Column, Kind};

/// The row of ConfigMap.
pub static KIND: Kind = Kind {
    kind: "ConfigMap",
    plural: "configmaps",
    singular: "configmap",
    short_names: &["cm"],
    schema: "io.k8s.api.core.v1.ConfigMap",
    columns: COLUMNS,
    ..Kind::NAMESPACED
};

const COLUMNS: &[Column] = &[
    NAME,
    text("Data", "Data contains the configuration data.", |object, _| {
        (object["data"].entries().count() + object["binaryData"].entries().count()).into()
    }),
    AGE,
];
