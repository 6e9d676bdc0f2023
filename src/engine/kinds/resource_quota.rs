//! ResourceQuota: what a namespace may use in total.

use super::columns::{AGE, NAME, text};
use super::field::Field;
use super::{Column, Kind, resources, workload};
use crate::meta::{Errors, Object, Value};

/// The row of ResourceQuota.
pub static KIND: Kind = Kind {
    kind: "ResourceQuota",
    plural: "resourcequotas",
    singular: "resourcequota",
    short_names: &["quota"],
    subresources: &["status"],
    schema: "io.k8s.api.core.v1.ResourceQuota",
    columns: || COLUMNS,
    prepare: workload::prepare,
    validate,
    ..Kind::NAMESPACED
};

const COLUMNS: &[Column] = &[
    NAME,
    text("Request", "Request represents a minimum amount of cpu/memory that a container may consume.", |quota, _| {
        usage(quota, false)
    }),
    text(
        "Limit",
        "Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.",
        |quota, _| usage(quota, true),
    ),
    AGE,
];

/// Such as `pods: 1/2, secrets: 0/5`: what is used of what may be.
fn usage(quota: &Object, limits: bool) -> Value {
    let hard = quota.status()["hard"].entries().filter(|(name, _)| name.starts_with("limits") == limits);
    let texts = hard.map(|(name, hard)| {
        let used = match quota.status()["used"][name.as_str()].str() {
            "" => "0",
            used => used,
        };
        format!("{name}: {used}/{}", hard.str())
    });
    texts.collect::<Vec<_>>().join(", ").into()
}

const SCOPES: &[&str] = &[
    "Terminating",
    "NotTerminating",
    "BestEffort",
    "NotBestEffort",
    "PriorityClass",
    "CrossNamespacePodAffinity",
    "VolumeAttributesClass",
];

fn validate(quota: &Object, old: Option<&Object>, errors: &mut Errors) {
    let root = Field::root(quota);
    let spec = root.child("spec");
    resources::amounts(&spec.child("hard"), resources::quota_name, errors);
    let scopes = spec.child("scopes");
    if scopes.items().iter().any(|scope| !SCOPES.contains(&scope.str())) {
        scopes.invalid(errors, "unsupported scope");
    }
    // Pods that ask for nothing can only be counted; nothing but pods can be told apart at all.
    let fits = |scope: &str, name: &str| match scope {
        "BestEffort" => matches!(name, "pods"),
        "VolumeAttributesClass" => matches!(name, "persistentvolumeclaims" | "requests.storage"),
        _ => resources::is_of_pods(name),
    };
    for scope in scopes.items().iter().filter(|scope| SCOPES.contains(&scope.str())) {
        for (name, _) in quota.spec()["hard"].entries() {
            if resources::is_standard(name) && !fits(scope.str(), name) {
                scopes.invalid(errors, "unsupported scope applied to resource");
            }
        }
    }
    let has = |wanted: &str| scopes.items().iter().any(|scope| *scope == *wanted);
    for pair in [("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating")] {
        if has(pair.0) && has(pair.1) {
            scopes.invalid(errors, "conflicting scopes");
        }
    }
    if let Some(old) = old {
        scopes.immutable(errors, &old.spec()["scopes"]);
    }
}
