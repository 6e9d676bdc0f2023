//! RoleBinding: who has a role in a namespace.

use super::columns::{AGE, NAME, text, wide};
use super::field::Field;
use super::pod::defaults::{each, set_missing};
use super::{Column, Kind, go, metadata};
use crate::meta::{Errors, Object, Value};

/// The row of RoleBinding.
pub static KIND: Kind = Kind {
    group: "rbac.authorization.k8s.io",
    kind: "RoleBinding",
    plural: "rolebindings",
    singular: "rolebinding",
    schema: "io.k8s.api.rbac.v1.RoleBinding",
    columns: || COLUMNS,
    names: metadata::path_segment,
    defaults,
    validate: |binding, old, errors| validate(binding, old, &["Role", "ClusterRole"], errors),
    ..Kind::NAMESPACED
};

/// The columns of bindings, of a namespace or of the cluster.
pub const COLUMNS: &[Column] = &[
    NAME,
    text("Role", "roleRef can reference a role and is immutable.", |binding, _| role_ref(binding)),
    AGE,
    wide("Users", "Users in the roleBinding", |binding, _| subjects(binding, "User")),
    wide("Groups", "Groups in the roleBinding", |binding, _| subjects(binding, "Group")),
    wide("ServiceAccounts", "ServiceAccounts in the roleBinding", |binding, _| subjects(binding, "ServiceAccount")),
];

fn role_ref(binding: &Object) -> Value {
    format!("{}/{}", binding["roleRef"]["kind"].str(), binding["roleRef"]["name"].str()).into()
}

fn subjects(binding: &Object, kind: &str) -> Value {
    let subjects = binding["subjects"].items().iter().filter(|subject| subject["kind"] == kind);
    let names = subjects.map(|subject| match kind {
        "ServiceAccount" => format!("{}/{}", subject["namespace"].str(), subject["name"].str()),
        _ => subject["name"].str().to_string(),
    });
    names.collect::<Vec<_>>().join(", ").into()
}

/// Fills in the API groups of the role and the subjects.
pub fn defaults(binding: &mut Object) {
    const GROUP: &str = "rbac.authorization.k8s.io";
    if binding["roleRef"].is_object() {
        set_missing(&mut binding["roleRef"], "apiGroup", GROUP);
    }
    each(binding, "subjects", |subject| {
        if matches!(subject["kind"].str(), "User" | "Group") {
            set_missing(subject, "apiGroup", GROUP);
        }
    });
}

/// Validates a binding of a role of one of those kinds.
pub fn validate(binding: &Object, old: Option<&Object>, roles: &[&str], errors: &mut Errors) {
    const GROUP: &str = "rbac.authorization.k8s.io";
    let root = Field::root(binding);
    let role = root.child("roleRef");
    if old.is_some_and(|old| old["roleRef"] != *role) {
        go::invalid(errors, "roleRef", "RoleRef", &role, "cannot change roleRef");
    }
    if role["apiGroup"] != GROUP {
        role.child("apiGroup").unsupported(errors, &[GROUP]);
    }
    if !roles.contains(&role["kind"].str()) {
        role.child("kind").unsupported(errors, roles);
    }
    let name = role.child("name");
    if name.need(errors) {
        name.complain(errors, metadata::path_segment(name.str()));
    }
    for subject in root.child("subjects").each() {
        let (name, group, namespace) = (subject.child("name"), subject.child("apiGroup"), subject.child("namespace"));
        name.need(errors);
        match subject["kind"].str() {
            "ServiceAccount" => {
                if !name.is_empty() {
                    name.complain(errors, metadata::SUBDOMAIN(name.str()));
                }
                if !group.is_empty() {
                    group.unsupported(errors, &[""]);
                }
                if namespace.is_empty() {
                    namespace.required(errors, "");
                }
            }
            "User" | "Group" => {
                if *group != GROUP {
                    group.unsupported(errors, &[GROUP]);
                }
            }
            _ => subject.child("kind").unsupported(errors, &["ServiceAccount", "User", "Group"]),
        }
    }
}
