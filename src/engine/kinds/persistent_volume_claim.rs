//! PersistentVolumeClaim: a pod's request for storage.

use super::Kind;

/// The row of PersistentVolumeClaim.
pub static KIND: Kind = Kind {
    kind: "PersistentVolumeClaim",
    plural: "persistentvolumeclaims",
    singular: "persistentvolumeclaim",
    short_names: &["pvc"],
    subresources: &["status"],
    schema: "io.k8s.api.core.v1.PersistentVolumeClaim",
    ..Kind::NAMESPACED
};
