//! StorageClass: how volumes are made on demand.

use super::Kind;

/// The row of StorageClass.
pub static KIND: Kind = Kind {
    group: "storage.k8s.io",
    kind: "StorageClass",
    plural: "storageclasses",
    singular: "storageclass",
    short_names: &["sc"],
    schema: "io.k8s.api.storage.v1.StorageClass",
    ..Kind::CLUSTER
};
