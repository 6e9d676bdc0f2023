//! LimitRange: bounds and defaults for resources in a namespace.

use super::field::Field;
use super::pod::defaults::each;
use super::{Kind, resources};
use crate::meta::{Errors, Object, Quantity, Value};

/// The row of LimitRange.
pub static KIND: Kind = Kind {
    kind: "LimitRange",
    plural: "limitranges",
    singular: "limitrange",
    short_names: &["limits"],
    schema: "io.k8s.api.core.v1.LimitRange",
    defaults: |range| each(&mut range["spec"], "limits", default_limits),
    validate,
    ..Kind::NAMESPACED
};

/// What a container limit leaves unsaid follows from what it says.
fn default_limits(item: &mut Value) {
    if item["type"] != "Container" {
        return;
    }
    for (from, to) in [("max", "default"), ("default", "defaultRequest"), ("min", "defaultRequest")] {
        for (resource, quantity) in item[from].clone().entries() {
            item.set_default(&[to, resource], quantity.clone());
        }
    }
}

/// Pairs of which the first may not be above the second, and how the error names them.
const ORDER: &[(&str, &str, &str, &str, &str)] = &[
    ("min", "max", "min", "min value", "max value"),
    ("min", "defaultRequest", "defaultRequest", "min value", "default request value"),
    ("defaultRequest", "max", "defaultRequest", "default request value", "max value"),
    ("defaultRequest", "default", "defaultRequest", "default request value", "default limit value"),
    ("min", "default", "default", "min value", "default value"),
    ("default", "max", "default", "default value", "max value"),
];

fn validate(range: &Object, _: Option<&Object>, errors: &mut Errors) {
    let root = Field::root(range);
    let spec = root.child("spec");
    let mut types = Vec::new();
    for limit in spec.child("limits").each() {
        let kind = limit.child("type");
        if !kind.need(errors) {
            continue;
        }
        let name = kind.str().to_string();
        if types.contains(&name) {
            kind.duplicate(errors);
        }
        types.push(name);
        for field in ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] {
            resources::amounts(&limit.child(field), resources::any_name, errors);
        }
        if *kind == "Pod" {
            for field in ["default", "defaultRequest"].into_iter().filter(|field| !limit[*field].is_empty()) {
                limit.child(field).forbidden(errors, "may not be specified when `type` is 'Pod'");
            }
        }
        for (low, high, place, low_name, high_name) in ORDER {
            let (lows, place) = (limit.child(low), limit.child(place));
            for (resource, low) in lows.entries() {
                let (low, high) = (Quantity::of(low), &limit[*high][resource.as_str()]);
                if !high.is_null() && low > Quantity::of(high) {
                    let detail = format!("{low_name} {low} is greater than {high_name} {}", Quantity::of(high));
                    place.key(resource).invalid(errors, &detail);
                }
            }
        }
    }
}
