//! PersistentVolume: a piece of storage.

use super::Kind;

/// The row of PersistentVolume.
pub static KIND: Kind = Kind {
    kind: "PersistentVolume",
    plural: "persistentvolumes",
    singular: "persistentvolume",
    short_names: &["pv"],
    subresources: &["status"],
    schema: "io.k8s.api.core.v1.PersistentVolume",
    ..Kind::CLUSTER
};
