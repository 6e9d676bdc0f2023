//! `labels`, `commonLabels` and `commonAnnotations`: pairs put into objects, their selectors and
//! their templates.

use super::Built;
use super::fields::Field;
use super::resmap::Resource;
use crate::meta::Value;

const APPS: &str = "Deployment|ReplicaSet|DaemonSet|StatefulSet";
const SPREAD: &str = "Deployment|StatefulSet";

const METADATA: &[Field] = &[Field::made("", "", "metadata/labels")];

/// The labels of pods, where objects hold templates of them.
const TEMPLATES: &[Field] = &[
    Field::made(
        "",
        "ReplicationController|Deployment|ReplicaSet|DaemonSet|StatefulSet",
        "spec/template/metadata/labels",
    ),
    Field::made("apps", "StatefulSet", "spec/volumeClaimTemplates[]/metadata/labels"),
    Field::made("batch", "Job", "spec/template/metadata/labels"),
    Field::made("batch", "CronJob", "spec/jobTemplate/metadata/labels"),
    Field::made("batch", "CronJob", "spec/jobTemplate/spec/template/metadata/labels"),
];

const SELECTORS: &[Field] = &[
    Field::made("", "Service|ReplicationController", "spec/selector"),
    Field::made("", APPS, "spec/selector/matchLabels"),
    Field::found("batch", "Job", "spec/selector/matchLabels"),
    Field::found("batch", "CronJob", "spec/jobTemplate/spec/selector/matchLabels"),
    Field::found("policy", "PodDisruptionBudget", "spec/selector/matchLabels"),
    Field::found("networking.k8s.io", "NetworkPolicy", "spec/podSelector/matchLabels"),
    Field::found("networking.k8s.io", "NetworkPolicy", "spec/ingress/from/podSelector/matchLabels"),
    Field::found("networking.k8s.io", "NetworkPolicy", "spec/egress/to/podSelector/matchLabels"),
    Field::found("apps", SPREAD, "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels"),
    Field::found(
        "apps",
        SPREAD,
        "spec/template/spec/affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
    ),
    Field::found(
        "apps",
        SPREAD,
        "spec/template/spec/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
    ),
    Field::found(
        "apps",
        SPREAD,
        "spec/template/spec/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
    ),
    Field::found(
        "apps",
        SPREAD,
        "spec/template/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
    ),
];

const ANNOTATIONS: &[Field] = &[
    Field::made("", "", "metadata/annotations"),
    Field::made(
        "",
        "ReplicationController|Deployment|ReplicaSet|DaemonSet|StatefulSet",
        "spec/template/metadata/annotations",
    ),
    Field::made("batch", "Job", "spec/template/metadata/annotations"),
    Field::made("batch", "CronJob", "spec/jobTemplate/metadata/annotations"),
    Field::made("batch", "CronJob", "spec/jobTemplate/spec/template/metadata/annotations"),
];

/// The `labels` of a kustomization, then its `commonLabels`.
///
/// # Errors
/// If a value is no string.
pub fn labels(resources: &mut [Resource], kustomization: &Value) -> Built {
    for entry in kustomization["labels"].items() {
        let pairs = &entry["pairs"];
        for own in entry["fields"].items() {
            let field = Field {
                group: own["group"].str(),
                kinds: own["kind"].str(),
                path: own["path"].str(),
                create: own["create"].bool(),
            };
            put(resources, &[field], pairs)?;
        }
        if entry["includeSelectors"].bool() {
            put(resources, SELECTORS, pairs)?;
        }
        if entry["includeSelectors"].bool() || entry["includeTemplates"].bool() {
            put(resources, TEMPLATES, pairs)?;
        }
        put(resources, METADATA, pairs)?;
    }
    let common = &kustomization["commonLabels"];
    for fields in [SELECTORS, TEMPLATES, METADATA] {
        put(resources, fields, common)?;
    }
    Ok(())
}

/// The `commonAnnotations` of a kustomization.
///
/// # Errors
/// None that could come of annotations.
pub fn annotations(resources: &mut [Resource], pairs: &Value) -> Built {
    put(resources, ANNOTATIONS, pairs)
}

/// The label of `buildMetadata: [managedByLabel]`.
///
/// # Errors
/// None that could come of a label.
pub fn managed_by(resources: &mut [Resource]) -> Built {
    put(resources, METADATA, &crate::json!({"app.kubernetes.io/managed-by": "kustomize-v5.8.1"}))
}

fn put(resources: &mut [Resource], fields: &[Field], pairs: &Value) -> Built {
    if pairs.entries().next().is_none() {
        return Ok(());
    }
    for resource in resources {
        for field in fields {
            field.apply(resource, &mut |place| {
                for (key, value) in pairs.entries() {
                    place.set(&[key], value);
                }
                Ok(())
            })?;
        }
    }
    Ok(())
}
