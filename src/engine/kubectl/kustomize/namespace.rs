//! `namespace`: puts objects into a namespace.

use super::Built;
use super::fields::Field;
use super::resmap::Resource;
use crate::meta::Value;

/// Where else than in `metadata.namespace` objects name the namespace.
const FIELDS: &[Field] = &[
    Field::made("", "Namespace", "metadata/name"),
    Field::made("apiregistration.k8s.io", "APIService", "spec/service/namespace"),
    Field::found(
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        "spec/conversion/webhook/clientConfig/service/namespace",
    ),
];

/// Moves all resources into a namespace.
///
/// # Errors
/// If two of them become the same.
pub fn transform(resources: &mut [Resource], namespace: &str) -> Built {
    if namespace.is_empty() {
        return Ok(());
    }
    for resource in resources.iter_mut() {
        resource.remember();
        let gvk = resource.gvk();
        if !gvk.is_cluster_scoped() {
            resource.object.set(&["metadata", "namespace"], namespace);
        }
        for field in FIELDS {
            field.apply(resource, &mut |value| {
                *value = namespace.into();
                Ok(())
            })?;
        }
        if matches!(gvk.kind.as_str(), "RoleBinding" | "ClusterRoleBinding") {
            let subjects = resource.object.get_mut("subjects").and_then(Value::as_array_mut);
            for subject in subjects.into_iter().flatten() {
                if subject["kind"] == "ServiceAccount" && subject["name"] == "default" {
                    subject.set(&["namespace"], namespace);
                }
            }
        }
    }
    for (at, resource) in resources.iter().enumerate() {
        let id = resource.id();
        if resources.iter().take(at).any(|other| other.id().same(&id)) {
            return Err(format!("namespace transformation produces ID conflict: {}", id.text()));
        }
    }
    Ok(())
}
