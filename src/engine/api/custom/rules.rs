//! `x-kubernetes-validations`: what a schema says about its values in expressions.

use crate::meta::cel::{Budget, Data, Program, Scope};
use crate::meta::{Cause, Errors, Value};

/// What has to be right before rules are looked at.
const BLOCKING: &[&str] = &["FieldValueRequired", "FieldValueTooLong", "FieldValueTooMany", "FieldValueTypeInvalid"];

/// Asks the rules of a schema about an object, and about how it differs from the old one.
pub(super) fn validate(schema: &Value, object: &Value, old: Option<&crate::meta::Object>, errors: &mut Errors) {
    if !has_rules(schema) {
        return;
    }
    if errors.0.iter().any(|cause| BLOCKING.contains(&cause.reason)) {
        let why = "some validation rules were not checked because the object was invalid; correct the existing errors \
                   to complete validation";
        errors.invalid_text("<nil>", "\"null\"", why);
        return;
    }
    let mut budget = Budget::default();
    walk(schema, object, old.map(|old| &old.0), "", errors, &mut budget);
}

/// Whether there is any rule in a schema.
fn has_rules(schema: &Value) -> bool {
    !schema["x-kubernetes-validations"].is_empty()
        || has_inner(schema, "items")
        || has_inner(schema, "additionalProperties")
        || schema["properties"].entries().any(|(_, property)| has_rules(property))
}

fn has_inner(schema: &Value, field: &str) -> bool {
    schema[field].is_object() && has_rules(&schema[field])
}

fn walk(schema: &Value, value: &Value, old: Option<&Value>, path: &str, errors: &mut Errors, budget: &mut Budget) {
    if value.is_null() {
        return;
    }
    for rule in schema["x-kubernetes-validations"].items() {
        ask(rule, schema, value, old, path, errors, budget);
    }
    let additional = &schema["additionalProperties"];
    match value {
        Value::Object(map) => {
            for (key, item) in map.iter() {
                let before = old.and_then(|old| old.get(key.as_str()));
                if let Some(property) = schema["properties"].get(key.as_str()) {
                    let below = if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
                    walk(property, item, before, &below, errors, budget);
                } else if additional.is_object() {
                    walk(additional, item, before, &format!("{path}[{key}]"), errors, budget);
                }
            }
        }
        Value::Array(items) if schema["items"].is_object() => {
            for (at, item) in items.iter().enumerate() {
                let before = old.and_then(|old| counterpart(schema, item, old));
                walk(&schema["items"], item, before, &format!("{path}[{at}]"), errors, budget);
            }
        }
        _ => {}
    }
}

/// The old element with the same keys, where a list is a map by keys.
fn counterpart<'a>(schema: &Value, item: &Value, old: &'a Value) -> Option<&'a Value> {
    let keys = schema["x-kubernetes-list-map-keys"].items();
    let same = |other: &&Value| keys.iter().all(|key| other[key.str()] == item[key.str()]);
    old.items().iter().find(same).filter(|_| !keys.is_empty())
}

fn ask(
    rule: &Value,
    schema: &Value,
    value: &Value,
    old: Option<&Value>,
    path: &str,
    errors: &mut Errors,
    budget: &mut Budget,
) {
    let text = rule["rule"].str();
    // The definition has been refused if its rules cannot be read.
    let Ok(program) = Program::parse(text) else { return };
    let (current, before) = (Data::Value(value.clone()), old.map(|old| Data::Value(old.clone())));
    let own = Scope { name: "self", value: &current, outer: None };
    let optional = rule["optionalOldSelf"].bool();
    let wrapped;
    let both = match (&before, optional) {
        (_, true) => {
            wrapped = Data::Optional(before.clone().map(Box::new));
            Scope { name: "oldSelf", value: &wrapped, outer: Some(&own) }
        }
        (Some(before), false) => Scope { name: "oldSelf", value: before, outer: Some(&own) },
        // What is about a change says nothing where there is none.
        (None, false) if program.mentions("oldSelf") => return,
        (None, false) => Scope { name: "self", value: &current, outer: None },
    };
    let kind = match schema["type"].str() {
        "" => "any",
        kind => kind,
    };
    let told = |text: &str| if text.is_empty() { String::new() } else { text.trim().to_string() };
    let message = told(rule["message"].str());
    let complaint = match program.eval(Some(&both), budget) {
        Ok(verdict) if verdict.as_bool() == Some(true) => return,
        Ok(_) => {
            let own = Program::parse(rule["messageExpression"].str())
                .ok()
                .and_then(|program| program.eval(Some(&both), budget).ok())
                .and_then(|made| made.text().ok().map(|text| text.trim().to_string()))
                .filter(|text| !text.is_empty() && !text.contains('\n'));
            match (own, message.is_empty()) {
                (Some(own), _) => own,
                (None, false) => message,
                (None, true) => format!("failed rule: {}", text.trim()),
            }
        }
        Err(why) => {
            let rule = if message.is_empty() { text.trim() } else { &message };
            errors.invalid(path, &kind.into(), &format!("{why} evaluating rule: {rule}"));
            return;
        }
    };
    report(rule, kind, path, complaint, errors);
}

/// Writes the error with the reason, and at the place, that the rule gives.
fn report(rule: &Value, kind: &str, path: &str, complaint: String, errors: &mut Errors) {
    let place = place(path, rule["fieldPath"].str());
    match rule["reason"].str() {
        "FieldValueForbidden" => errors.forbidden(&place, &complaint),
        "FieldValueRequired" => errors.required(&place, &complaint),
        "FieldValueDuplicate" => errors.0.push(Cause {
            reason: "FieldValueDuplicate",
            message: format!("Duplicate value: {kind:?}"),
            field: place,
        }),
        _ => errors.invalid(&place, &kind.into(), &complaint),
    }
}

/// The path of a field below; `.a.b` and `['a']` both name fields.
fn place(path: &str, below: &str) -> String {
    let mut place = path.to_string();
    let plain = below.replace("['", ".").replace("']", "");
    for name in plain.split('.').filter(|name| !name.is_empty()) {
        if !place.is_empty() {
            place.push('.');
        }
        place += name;
    }
    place
}
