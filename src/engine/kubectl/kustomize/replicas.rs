//! `replicas`: how many pods objects are to have.

use super::Built;
use super::resmap::{Resource, by_any_id};
use crate::meta::Value;

const KINDS: &[&str] = &["Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"];

/// Sets the number of replicas.
///
/// # Errors
/// If no object has the name.
pub fn transform(resources: &mut [Resource], replicas: &Value) -> Built {
    for row in replicas.items() {
        let name = row["name"].str();
        let found = by_any_id(resources, &|id| id.name == name && KINDS.contains(&id.gvk.kind.as_str()));
        if found.is_empty() {
            let kinds: Vec<String> = KINDS.iter().map(|kind| format!("{kind}.[noVer].[noGrp]")).collect();
            return Err(format!(
                "resource with name {name} does not match a config with the following GVK [{}]",
                kinds.join(" ")
            ));
        }
        for at in found {
            if let Some(resource) = resources.get_mut(at) {
                resource.object.set(&["spec", "replicas"], row["count"].int());
            }
        }
    }
    Ok(())
}
