//! What the kinds with a pod template have in common.

use super::field::Field;
use super::pod::{defaults, validate};
use super::{go, metadata};
use crate::json;
use crate::meta::names::percent;
use crate::meta::selector::Selector;
use crate::meta::{Errors, Object, Value};

/// The pod spec of the template.
pub fn template_spec(object: &Object) -> &Value {
    object.at(&["spec", "template", "spec"])
}

/// Fills in the template and the number of replicas.
pub fn default_template(object: &mut Object) {
    let spec = object.entry("spec");
    if spec["template"].is_object() {
        defaults::template(&mut spec["template"]);
    }
}

/// Fills in the number of replicas.
pub fn default_replicas(object: &mut Object) {
    object.set_default(&["spec", "replicas"], 1);
}

/// Fills in how many old revisions are kept.
pub fn default_history(object: &mut Object) {
    object.set_default(&["spec", "revisionHistoryLimit"], 10);
}

/// Fills in a `RollingUpdate` strategy: its type, and its settings if that is the type.
pub fn default_rolling_update(strategy: &mut Value, settings: &[(&str, Value)]) {
    defaults::set_missing(strategy, "type", "RollingUpdate");
    if strategy["type"] == "RollingUpdate" {
        for (field, value) in settings {
            strategy.set_default(&["rollingUpdate", field], value.clone());
        }
    }
}

/// Gives an object without labels those of its template.
pub fn default_labels(object: &mut Object) {
    let labels = object.at(&["spec", "template", "metadata", "labels"]).clone();
    if object.labels().is_empty() && !labels.is_empty() {
        object.set(&["metadata", "labels"], labels);
    }
}

/// Drops the status of a new object: all of it is the controller's.
pub fn prepare(object: &mut Object, old: Option<&Object>) {
    if old.is_none() {
        object["status"] = json!({});
    }
}

/// Validates fields that count something.
pub fn counts(spec: &Field, fields: &[&str], errors: &mut Errors) {
    for field in fields {
        spec.child(field).non_negative(errors);
    }
}

/// Validates the selector; `kind` is how the error of an empty one names the kind.
pub fn selector(spec: &Field, kind: &str, errors: &mut Errors) {
    let selector = spec.child("selector");
    if selector.is_null() {
        selector.required(errors, "");
        return;
    }
    metadata::selector(&selector, errors);
    if is_empty(&selector) {
        selector.with(&json!({})).invalid(errors, &format!("empty selector is invalid for {kind}"));
    }
}

fn is_empty(selector: &Value) -> bool {
    selector["matchLabels"].is_empty() && selector["matchExpressions"].is_empty()
}

/// The selector must select the pods of the template.
pub fn matches_template(spec: &Field, errors: &mut Errors) {
    let template = spec.child("template");
    let meta = template.child("metadata");
    let labels = meta.child("labels");
    let selector = &spec["selector"];
    if is_empty(selector) {
        return;
    }
    if Selector::from_value(selector).is_ok_and(|selector| !selector.matches(&labels)) {
        labels.invalid(errors, "`selector` does not match template `labels`");
    }
}

/// Validates the template of pods that are to run for ever.
pub fn endless_template(spec: &Field, kind: &str, errors: &mut Errors) {
    let template = spec.child("template");
    matches_template(spec, errors);
    validate::template(&template, errors);
    endless(&template, kind, errors);
}

/// Pods that are to run for ever may not be given an end.
pub fn endless(template: &Field, kind: &str, errors: &mut Errors) {
    let spec = template.child("spec");
    if !matches!(spec["restartPolicy"].str(), "" | "Always") {
        spec.child("restartPolicy").unsupported(errors, &["Always"]);
    }
    if !spec["activeDeadlineSeconds"].is_null() {
        let why = format!("activeDeadlineSeconds in {kind} is not Supported");
        spec.child("activeDeadlineSeconds").forbidden(errors, &why);
    }
}

/// The selector may not change.
pub fn same_selector(object: &Object, old: Option<&Object>, errors: &mut Errors) {
    if let Some(old) = old {
        immutable_selector(&Field::root(object).child("spec"), &old.spec()["selector"], errors);
    }
}

fn immutable_selector(spec: &Field, old: &Value, errors: &mut Errors) {
    let selector = spec.child("selector");
    if selector.value() != old {
        go::invalid(errors, &selector.path(), "LabelSelector", &selector, "field is immutable");
    }
}

/// Validates a number or percentage that may not be negative.
pub fn positive_int_or_percent(field: &Field, errors: &mut Errors) {
    match field.as_str() {
        Some(text) => field.complain(errors, percent(text)),
        None => field.non_negative(errors),
    }
}

/// A percentage may not be above a hundred.
pub fn not_above_hundred(field: &Field, errors: &mut Errors) {
    if percentage(field).is_some_and(|n| n > 100) {
        field.invalid(errors, "must not be greater than 100%");
    }
}

/// The number of a number or percentage.
pub fn int_or_percent(value: &Value) -> i64 {
    percentage(value).unwrap_or(value.int())
}

fn percentage(value: &Value) -> Option<i64> {
    value.as_str()?.strip_suffix('%')?.parse().ok()
}

/// The warnings about a template.
pub fn warnings(object: &Object) -> Vec<String> {
    let root = Field::root(object);
    let spec = root.child("spec");
    super::pod::template_warnings(&spec.child("template"))
}
