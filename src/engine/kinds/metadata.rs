//! Validation of `metadata`, which all objects have in common.

use super::field::Field;
use crate::meta::names::{Complaints, dns1123_label, dns1123_subdomain, label_value, qualified_name};
use crate::meta::{Errors, Object, Value};

/// What a kind's names must look like.
pub type NameRule = fn(&str) -> Complaints;

/// The most that all annotations of an object may take, in bytes.
const ANNOTATIONS_LIMIT: usize = 256 * 1024;
/// The finalizers that need no domain.
const STANDARD_FINALIZERS: &[&str] = &["foregroundDeletion", "orphan", "kubernetes"];

/// Names that are only a segment of a path, such as those of roles.
pub fn path_segment(name: &str) -> Complaints {
    if name == "." || name == ".." {
        return vec![format!("may not be '{name}'")];
    }
    let found = ["/", "%"].into_iter().filter(|part| name.contains(part));
    found.map(|part| format!("may not contain '{part}'")).collect()
}

/// Validates the metadata of an object that is to be created, or to replace `old`.
pub fn validate(object: &Object, old: Option<&Object>, rule: NameRule, namespaced: bool, errors: &mut Errors) {
    let root = Field::root(object);
    let metadata = root.child("metadata");
    match old {
        Some(old) => validate_update(&metadata, old, errors),
        None => {
            let generate = metadata.child("generateName");
            if !generate.is_empty() {
                // A prefix may end with a dash: what is generated follows it.
                let mut prefix = generate.str().to_string();
                if prefix.ends_with('-') {
                    prefix.pop();
                    prefix.push('a');
                }
                generate.complain(errors, rule(&prefix));
            }
            let name = metadata.child("name");
            match name.str() {
                "" => name.required(errors, "name or generateName is required"),
                text => name.complain(errors, rule(text)),
            }
            let namespace = metadata.child("namespace");
            match (namespaced, namespace.str()) {
                (true, "") => namespace.required(errors, ""),
                (true, text) => namespace.complain(errors, dns1123_label(text)),
                (false, "") => {}
                (false, _) => namespace.forbidden(errors, "not allowed on this type"),
            }
        }
    }
    labels(&metadata.child("labels"), errors);
    annotations(&metadata.child("annotations"), errors);
    owners(&metadata.child("ownerReferences"), errors);
    finalizers(&metadata.child("finalizers"), old.is_none(), errors);
}

fn validate_update(metadata: &Field, old: &Object, errors: &mut Errors) {
    if !old.is_terminating() {
        return;
    }
    let finalizers = metadata.child("finalizers");
    let mut added: Vec<String> = finalizers
        .items()
        .iter()
        .map(Value::str)
        .filter(|finalizer| !old.finalizers().any(|f| f == *finalizer))
        .map(|finalizer| format!("{finalizer:?}"))
        .collect();
    if !added.is_empty() {
        added.sort();
        let list = added.join(", ");
        let detail = "no new finalizers can be added if the object is being deleted, found new finalizers";
        finalizers.forbidden(errors, &format!("{detail} []string{{{list}}}"));
    }
}

/// Validates labels: an object's, a template's, a selector's.
pub fn labels(labels: &Field, errors: &mut Errors) {
    for (key, value) in labels.entries() {
        label_key(labels, key, errors);
        labels.with(value).complain(errors, label_value(value.str()));
    }
}

/// Validates the key of a label; errors are those of the map it is in.
pub fn label_key(labels: &Field, key: &str, errors: &mut Errors) {
    let shown = Value::from(key);
    labels.with(&shown).complain(errors, qualified_name(key));
}

/// Validates annotations.
pub fn annotations(annotations: &Field, errors: &mut Errors) {
    let mut size = 0;
    for (key, value) in annotations.entries() {
        size += key.len() + value.str().len();
        let shown = Value::from(key.as_str());
        annotations.with(&shown).complain(errors, qualified_name(&key.to_lowercase()));
    }
    if size > ANNOTATIONS_LIMIT {
        errors.too_long(&annotations.path(), ANNOTATIONS_LIMIT);
    }
}

fn owners(owners: &Field, errors: &mut Errors) {
    let mut controller: Option<&str> = None;
    for owner in owners.items() {
        let owner = owners.with(owner);
        let version = owner["apiVersion"].str().rsplit('/').next().unwrap_or_default();
        if version.is_empty() {
            owner.child("apiVersion").invalid_text(errors, "version must not be empty");
        }
        for field in ["kind", "name", "uid"] {
            if owner[field].is_empty() {
                owner.child(field).invalid_text(errors, "must not be empty");
            }
        }
        if owner["apiVersion"] == "v1" && owner["kind"] == "Event" {
            owner.invalid(errors, "/v1, Kind=Event is disallowed from being an owner");
        }
        if owner["controller"].bool() {
            let name = owner.value()["name"].str();
            if let Some(first) = controller {
                owners.invalid(
                    errors,
                    &format!(
                        "Only one reference can have Controller set to true. Found \"true\" in references for {first} and {name}"
                    ),
                );
            } else {
                controller = Some(name);
            }
        }
    }
}

fn finalizers(finalizers: &Field, new: bool, errors: &mut Errors) {
    if new {
        let has = |name: &str| finalizers.items().iter().any(|f| *f == name);
        for finalizer in finalizers.items() {
            finalizers.with(finalizer).complain(errors, qualified_name(finalizer.str()));
        }
        if has("orphan") && has("foregroundDeletion") {
            finalizers.invalid(errors, "finalizer orphan and foregroundDeletion cannot be both set");
        }
    }
    for finalizer in finalizers.each() {
        if !finalizer.str().contains('/') && !STANDARD_FINALIZERS.contains(&finalizer.str()) {
            finalizer.invalid(errors, "name is neither a standard finalizer name nor is it fully qualified");
        }
    }
}

/// Validates a label selector.
pub fn selector(selector: &Field, errors: &mut Errors) {
    labels(&selector.child("matchLabels"), errors);
    for term in selector.child("matchExpressions").each() {
        let (key, values) = (term.child("key"), term.child("values"));
        let operator = term.child("operator");
        match operator.str() {
            "In" | "NotIn" if values.is_empty() => {
                values.required(errors, "must be specified when `operator` is 'In' or 'NotIn'");
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                values.forbidden(errors, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            _ => operator.invalid_text(errors, "not a valid selector operator"),
        }
        let shown = Value::from(key.str());
        key.with(&shown).complain(errors, qualified_name(key.str()));
        for value in values.each() {
            value.complain(errors, label_value(value.str()));
        }
    }
}

/// The rule of most kinds.
pub const SUBDOMAIN: NameRule = dns1123_subdomain;
/// The rule of namespaces.
pub const LABEL: NameRule = dns1123_label;
