//! Role: what may be done in a namespace.

use super::field::Field;
use super::{Kind, metadata};
use crate::meta::{Errors, Object};

/// The row of Role.
pub static KIND: Kind = Kind {
    group: "rbac.authorization.k8s.io",
    kind: "Role",
    plural: "roles",
    singular: "role",
    schema: "io.k8s.api.rbac.v1.Role",
    names: metadata::path_segment,
    validate: |role, _, errors| rules(role, true, errors),
    ..Kind::NAMESPACED
};

/// Validates the rules of a role; one in a namespace has no say about URLs.
pub fn rules(role: &Object, namespaced: bool, errors: &mut Errors) {
    let root = Field::root(role);
    for rule in root.child("rules").each() {
        let (verbs, urls) = (rule.child("verbs"), rule.child("nonResourceURLs"));
        if verbs.items().is_empty() {
            verbs.required(errors, "verbs must contain at least one value");
        }
        let (groups, resources) = (rule.child("apiGroups"), rule.child("resources"));
        if !urls.items().is_empty() {
            if namespaced {
                urls.invalid(errors, "namespaced rules cannot apply to non-resource URLs");
            }
            if [&groups, &resources, &rule.child("resourceNames")].iter().any(|list| !list.items().is_empty()) {
                urls.invalid(errors, "rules cannot apply to both regular resources and non-resource URLs");
            }
            continue;
        }
        if groups.items().is_empty() {
            groups.required(errors, "resource rules must supply at least one api group");
        }
        if resources.items().is_empty() {
            resources.required(errors, "resource rules must supply at least one resource");
        }
    }
}
