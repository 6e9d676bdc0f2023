//! Requests and limits: which resources there are, and how much of them may be asked for.

use super::field::Field;
use crate::meta::names::qualified_name;
use crate::meta::{Errors, Quantity};

const CONTAINER: &[&str] = &["cpu", "memory", "ephemeral-storage"];
/// The resources of old: names without a domain.
const STANDARD: &[&str] = &[
    "cpu",
    "memory",
    "ephemeral-storage",
    "storage",
    "pods",
    "services",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
    "requests.cpu",
    "requests.memory",
    "requests.storage",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
];
/// The resources that are counted.
const WHOLE: &[&str] = &[
    "pods",
    "services",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
];

/// Whether a resource is what pods are counted by, or what their containers ask for.
pub fn is_of_pods(name: &str) -> bool {
    let plain = name.strip_prefix("requests.").or_else(|| name.strip_prefix("limits.")).unwrap_or(name);
    name == "pods" || CONTAINER.contains(&plain)
}

/// What may be asked of the name of a resource.
pub type NameRule = fn(&str, &Field, &mut Errors);

/// A resource of any sort.
pub fn any_name(name: &str, place: &Field, errors: &mut Errors) {
    let shown = name.into();
    let place = place.with(&shown);
    let complaints = qualified_name(name);
    let fine = complaints.is_empty();
    place.complain(errors, complaints);
    if fine && !name.contains('/') && !is_standard(name) {
        place.invalid(errors, "must be a standard resource type or fully qualified");
    }
}

/// A resource that containers may use.
pub fn container_name(name: &str, place: &Field, errors: &mut Errors) {
    any_name(name, place, errors);
    let shown = name.into();
    let place = place.with(&shown);
    if !name.contains('/') {
        if !CONTAINER.contains(&name) && !name.starts_with("hugepages-") {
            place.invalid(errors, "must be a standard resource for containers");
        }
    } else if name.starts_with("requests.") || name.contains("kubernetes.io/") {
        place.invalid(errors, "doesn't follow extended resource name standard");
    }
}

/// A resource that a quota may limit.
pub fn quota_name(name: &str, place: &Field, errors: &mut Errors) {
    let shown = name.into();
    let place = place.with(&shown);
    let complaints = qualified_name(name);
    let fine = complaints.is_empty();
    place.complain(errors, complaints);
    if fine && !name.contains('/') && !is_standard(name) {
        place.invalid(errors, "must be a standard resource for quota");
    }
}

/// Whether it is one of the resources of old.
pub fn is_standard(name: &str) -> bool {
    STANDARD.contains(&name) || ["hugepages-", "requests.hugepages-"].iter().any(|prefix| name.starts_with(prefix))
}

/// Whether a resource is counted in whole numbers.
fn is_whole(name: &str) -> bool {
    WHOLE.contains(&name) || (name.contains('/') && !name.contains("kubernetes.io/"))
}

/// Whether more than there is may be promised.
fn can_overcommit(name: &str) -> bool {
    !name.contains('/') && !name.starts_with("hugepages-")
}

/// Validates an amount of a resource.
pub fn amount(name: &str, place: &Field, errors: &mut Errors) {
    let quantity = Quantity::of(place);
    let shown = quantity.to_string().into();
    if quantity.is_negative() {
        place.with(&shown).invalid(errors, "must be greater than or equal to 0");
    }
    if is_whole(name) && quantity.milli() % 1000 != 0 {
        place.with(&shown).invalid(errors, "must be an integer");
    }
}

/// Validates a list of amounts.
pub fn amounts(list: &Field, rule: NameRule, errors: &mut Errors) {
    for (name, quantity) in list.each_key() {
        rule(name, &quantity, errors);
        amount(name, &quantity, errors);
    }
}

/// Validates requests and limits.
pub fn requirements(resources: &Field, rule: NameRule, errors: &mut Errors) {
    let (limits, requests) = (resources.child("limits"), resources.child("requests"));
    amounts(&limits, rule, errors);
    for (name, place) in requests.each_key() {
        rule(name, &place, errors);
        amount(name, &place, errors);
        let request = Quantity::of(&place);
        let shown = request.to_string().into();
        let limit = Quantity::of(&limits[name]);
        if limits[name].is_null() {
            if !can_overcommit(name) {
                limits.required(errors, "Limit must be set for non overcommitable resources");
            }
        } else if request != limit && !can_overcommit(name) {
            requests.with(&shown).invalid(errors, &format!("must be equal to {name} limit of {limit}"));
        } else if request > limit {
            requests.with(&shown).invalid(errors, &format!("must be less than or equal to {name} limit of {limit}"));
        }
    }
}
