//! What the API server itself keeps in `metadata`: identity, time, generation, deletion.

use super::operation::{Operation, Verb};
use super::resource::Resource;
use super::server::ApiServer;
use crate::meta::{Object, Status};

/// What makes a new generation besides, or instead of, a change of `spec`.
const GENERATION_FIELDS: &[(&str, &[&[&str]])] = &[
    ("deployments.apps", &[&["spec"], &["metadata", "annotations"]]),
    ("endpointslices.discovery.k8s.io", &[&["endpoints"], &["ports"], &["addressType"], &["metadata", "labels"]]),
    ("podtemplates", &[&["template"]]),
    ("mutatingwebhookconfigurations.admissionregistration.k8s.io", &[&["webhooks"]]),
    ("validatingwebhookconfigurations.admissionregistration.k8s.io", &[&["webhooks"]]),
];

const SPEC: &[&[&str]] = &[&["spec"]];

/// Built-in resources whose status may be given on creation: kubelets register so.
const STATUS_ON_CREATE: &[&str] = &["nodes"];

/// The fields whose change makes a new generation, if the built-in kind counts them.
fn generation_fields(resource: &Resource) -> Option<&'static [&'static [&'static str]]> {
    resource.row().filter(|row| row.generation)?;
    Some(GENERATION_FIELDS.iter().find(|(name, _)| resource.is(name)).map_or(SPEC, |(_, fields)| *fields))
}

/// Whether the fields that count have changed.
fn changed(resource: &Resource, new: &Object, old: &Object) -> bool {
    match (generation_fields(resource), resource.definition()) {
        (Some(fields), _) => fields.iter().any(|path| new.at(path) != old.at(path)),
        (None, Some(definition)) => {
            let keeps_status = definition.subresources.has("status");
            let skip = |key: &str| key == "metadata" || (keeps_status && key == "status");
            let part = |object: &Object| {
                let mut map = object.as_object().cloned().unwrap_or_default();
                map.retain(|key, _| !skip(key));
                map
            };
            part(new) != part(old)
        }
        (None, None) => false,
    }
}

/// Empties the status of a new object where status is a subresource.
pub(super) fn reset_status(resource: &Resource, object: &mut Object) {
    if resource.has_subresource("status") && !STATUS_ON_CREATE.iter().any(|name| resource.is(name)) {
        object.remove(&["status"]);
    }
}

impl ApiServer {
    /// Fills in the metadata of a new object.
    pub(super) fn stamp_new(&self, op: &Operation, object: &mut Object) {
        let resource = &op.resource;
        if resource.namespaced {
            object.set(&["metadata", "namespace"], op.namespace.as_str());
        } else {
            object.remove(&["metadata", "namespace"]);
        }
        if object.name().is_empty() && !object.at(&["metadata", "generateName"]).str().is_empty() {
            // Generated names are cut so that they fit a label with their suffix.
            let prefix: String = object.at(&["metadata", "generateName"]).str().chars().take(58).collect();
            object.set(&["metadata", "name"], prefix + &self.rng.name_suffix(5));
        }
        for field in ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "resourceVersion", "generation"] {
            object.remove(&["metadata", field]);
        }
        object.set(&["metadata", "uid"], self.rng.uuid());
        object.set(&["metadata", "creationTimestamp"], self.clock.now().rfc3339());
        if generation_fields(resource).is_some() || resource.definition().is_some() {
            object.set(&["metadata", "generation"], 1);
        }
        prune_empty(object);
    }

    /// Carries over the metadata that an update may not touch.
    pub(super) fn stamp_update(&self, op: &Operation, object: &mut Object, old: &Object) {
        if op.resource.namespaced {
            object.set(&["metadata", "namespace"], op.namespace.as_str());
        }
        object.set(&["metadata", "name"], op.name.as_str());
        for field in ["uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds"] {
            let kept = old.at(&["metadata", field]);
            if kept.is_null() {
                object.remove(&["metadata", field]);
            } else {
                object.set(&["metadata", field], kept.clone());
            }
        }
        object.set(&["metadata", "resourceVersion"], old.at(&["metadata", "resourceVersion"]).clone());
        // Being bound to a node is no change of what the user wants.
        // Other parts of an object are written past what counts its generations.
        let counts = matches!(op.subresource.as_str(), "" | "scale" | "resize" | "ephemeralcontainers");
        if counts && old.generation() > 0 && changed(&op.resource, object, old) {
            object.set(&["metadata", "generation"], old.generation() + 1);
        }
        prune_empty(object);
    }

    /// Refuses an update made from another version or of another object than the one stored.
    pub(super) fn check_preconditions(&self, op: &Operation, object: &Object, old: &Object) -> Result<(), Status> {
        // A patch is no precondition: what it says of the identity is for validation to refuse.
        if op.verb != Verb::Patch {
            self.check_uid(op, object.uid(), old.uid())?;
        }
        let wanted = object.at(&["metadata", "resourceVersion"]).str();
        if !wanted.is_empty() && wanted != "0" && wanted != old.at(&["metadata", "resourceVersion"]).str() {
            return Err(op.conflict(
                "the object has been modified; please apply your changes to the latest version and try again",
            ));
        }
        Ok(())
    }

    /// Refuses a write to an object other than the one that was read.
    pub(super) fn check_uid(&self, op: &Operation, wanted: &str, stored: &str) -> Result<(), Status> {
        if wanted.is_empty() || wanted == stored {
            return Ok(());
        }
        let key = self.key(op, &op.name);
        let mut path = String::from("/registry/");
        if op.resource.definition().is_some() {
            path += &op.resource.group;
            path += "/";
        }
        path += etcd_prefix(&op.resource);
        for part in [&key.namespace, &key.name] {
            if !part.is_empty() {
                path += "/";
                path += part;
            }
        }
        Err(op.conflict(&format!(
            "StorageError: invalid object, Code: 4, Key: {path}, ResourceVersion: 0, AdditionalErrorMsg: \
             Precondition failed: UID in precondition: {wanted}, UID in object meta: {stored}"
        )))
    }
}

/// Where etcd keeps a resource, below `/registry`.
fn etcd_prefix(resource: &Resource) -> &str {
    match &*resource.storage {
        "services" => "services/specs",
        "endpoints" => "services/endpoints",
        "nodes" => "minions",
        "replicationcontrollers" => "controllers",
        "ingresses.networking.k8s.io" => "ingress",
        _ => &resource.plural,
    }
}

/// Drops the empty lists and maps of metadata, which Go omits.
fn prune_empty(object: &mut Object) {
    for field in ["labels", "annotations", "finalizers", "ownerReferences", "managedFields", "generateName"] {
        let value = object.at(&["metadata", field]);
        if value.is_empty() && object.at(&["metadata"]).has(field) {
            object.remove(&["metadata", field]);
        }
    }
}
