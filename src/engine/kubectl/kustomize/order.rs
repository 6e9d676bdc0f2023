//! The order in which objects are printed: that of kinds which others need first, unless the
//! kustomization's `sortOptions` say otherwise.

use super::Built;
use super::resmap::{Id, Resource};
use crate::meta::Value;

const FIRST: &[&str] = &[
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

const LAST: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// Sorts resources.
///
/// # Errors
/// If the options make no sense.
pub fn sort(resources: &mut [Resource], options: &Value) -> Built {
    match options["order"].str() {
        "fifo" if options["legacySortOptions"].is_null() => return Ok(()),
        "fifo" => {
            return Err(
                "the field 'sortOptions.legacySortOptions' is set but the selected sort order is 'fifo', not 'legacy'"
                    .into(),
            );
        }
        "" if options.is_null() => {}
        "legacy" => {}
        _ => return Err("the field 'sortOptions.order' must be one of [fifo, legacy]".into()),
    }
    let own = |field: &str| options["legacySortOptions"][field].items().iter().map(Value::str).collect::<Vec<_>>();
    let (mut first, mut last) = (FIRST.to_vec(), LAST.to_vec());
    if !options["legacySortOptions"].is_null() {
        (first, last) = (own("orderFirst"), own("orderLast"));
    }
    let place = |kind: &str| {
        let at = |list: &[&str]| list.iter().position(|other| *other == kind).map(|at| at as isize);
        at(&first).map(|at| at - first.len() as isize).or(at(&last).map(|at| at + 1)).unwrap_or(0)
    };
    resources.sort_by_cached_key(|resource| {
        let id = resource.id();
        (place(&id.gvk.kind), key(&id))
    });
    Ok(())
}

fn key(id: &Id) -> [String; 3] {
    let or = |text: &str, none: &str| if text.is_empty() { none.to_string() } else { text.to_string() };
    let gvk = format!("{}_{}_{}", or(&id.gvk.group, "~G"), or(&id.gvk.version, "~V"), or(&id.gvk.kind, "~K"));
    [gvk, or(&id.namespace, "~X"), or(&id.name, "~N")]
}
