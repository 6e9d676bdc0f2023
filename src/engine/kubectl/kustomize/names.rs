//! `namePrefix`, `nameSuffix`, and the hashes of what was generated.

use super::resmap::Resource;
use crate::kubectl::hash;

/// Kinds whose names mean something beyond the object.
const KEPT: &[(&str, &str)] = &[
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("apiregistration.k8s.io", "APIService"),
    ("", "Namespace"),
];

/// Puts a prefix before and a suffix behind names.
pub fn transform(resources: &mut [Resource], prefix: &str, suffix: &str) {
    for resource in resources {
        let gvk = resource.original_id().gvk;
        if KEPT.iter().any(|(group, kind)| gvk.is(group, "", kind)) {
            continue;
        }
        if !prefix.is_empty() {
            resource.prefixes.push(prefix.into());
            rename(resource, format!("{prefix}{}", resource.object.name()));
        }
        if !suffix.is_empty() {
            resource.suffixes.push(suffix.into());
            rename(resource, format!("{}{suffix}", resource.object.name()));
        }
    }
}

/// Puts hashes of their content behind the names of those that want them.
pub fn add_hashes(resources: &mut [Resource]) {
    for resource in resources.iter_mut().filter(|resource| resource.hash) {
        // The name itself, which overlays change, is no part of it.
        let mut nameless = resource.object.clone();
        nameless.remove(&["metadata", "name"]);
        if let Some(hash) = hash::of(&nameless) {
            rename(resource, format!("{}-{hash}", resource.object.name()));
        }
    }
}

fn rename(resource: &mut Resource, name: String) {
    resource.remember();
    resource.object.set(&["metadata", "name"], name);
}
