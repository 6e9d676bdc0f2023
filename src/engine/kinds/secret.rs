//! Secret: what a ConfigMap is not for.

use super::Kind;

/// The row of Secret.
pub static KIND: Kind = Kind {
    kind: "Secret",
    plural: "secrets",
    singular: "secret",
    schema: "io.k8s.api.core.v1.Secret",
    ..Kind::NAMESPACED
};
