//! RuntimeClass: how a node runs containers.

use super::columns::{AGE, NAME, text};
use super::{Column, Kind};

/// The row of RuntimeClass.
pub static KIND: Kind = Kind {
    group: "node.k8s.io",
    kind: "RuntimeClass",
    plural: "runtimeclasses",
    singular: "runtimeclass",
    unconditional_update: false,
    schema: "io.k8s.api.node.v1.RuntimeClass",
    columns: || COLUMNS,
    ..Kind::CLUSTER
};

const COLUMNS: &[Column] = &[
    NAME,
    text(
        "Handler",
        "handler specifies the underlying runtime and configuration that the CRI implementation will use to handle pods of this class.",
        |class, _| class["handler"].str().into(),
    ),
    AGE,
];
