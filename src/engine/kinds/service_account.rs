//! ServiceAccount: who a pod is to the API.

use super::{Kind, NAME_AND_AGE};

/// The row of ServiceAccount.
pub static KIND: Kind = Kind {
    kind: "ServiceAccount",
    plural: "serviceaccounts",
    singular: "serviceaccount",
    short_names: &["sa"],
    subresources: &["token"],
    schema: "io.k8s.api.core.v1.ServiceAccount",
    columns: || NAME_AND_AGE,
    ..Kind::NAMESPACED
};
