//! What a pod may say about where it goes: affinity, tolerations, spreading.

use crate::kinds::field::Field;
use crate::kinds::metadata;
use crate::meta::names::{label_value, qualified_name};
use crate::meta::{Errors, Value};

/// The effects of taints.
pub const EFFECTS: &[&str] = &["NoSchedule", "PreferNoSchedule", "NoExecute"];
const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

/// Validates tolerations.
pub fn tolerations(tolerations: &Field, errors: &mut Errors) {
    for toleration in tolerations.each() {
        let (key, operator) = (toleration.child("key"), toleration.child("operator"));
        let (value, effect) = (toleration.child("value"), toleration.child("effect"));
        if !key.is_empty() {
            key.complain(errors, qualified_name(key.str()));
        } else if *operator != "Exists" {
            let why = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
            operator.invalid_text(errors, why);
        }
        if !toleration["tolerationSeconds"].is_null() && *effect != "NoExecute" {
            effect.invalid_text(errors, "effect must be 'NoExecute' when `tolerationSeconds` is set");
        }
        match operator.str() {
            "" | "Equal" => {
                let complaints = label_value(value.str());
                if !complaints.is_empty() {
                    operator.with(&value).invalid(errors, &complaints.join(";"));
                }
            }
            "Exists" if !value.is_empty() => {
                operator.with(&value).invalid(errors, "value must be empty when `operator` is 'Exists'");
            }
            "Exists" => {}
            _ => operator.unsupported(errors, &["Equal", "Exists"]),
        }
        effect.one_of(errors, EFFECTS);
    }
}

/// Refuses an update that takes away or changes a toleration.
pub fn only_added_tolerations(new: &Field, old: &Value, errors: &mut Errors) {
    let without_seconds = |toleration: &Value| {
        let mut copy = toleration.clone();
        copy.remove(&["tolerationSeconds"]);
        copy
    };
    let kept = |toleration: &Value| new.items().iter().any(|n| without_seconds(n) == without_seconds(toleration));
    if !old.items().iter().all(kept) {
        new.forbidden(errors, "existing toleration can not be modified except its tolerationSeconds");
    }
}

/// Validates affinity and anti-affinity.
pub fn affinity(affinity: &Field, errors: &mut Errors) {
    let node = affinity.child("nodeAffinity");
    let required = node.child(REQUIRED);
    if required.is_object() {
        node_selector(&required, errors);
    }
    for preference in node.child(PREFERRED).each() {
        weight(&preference, errors);
        node_term(&preference.child("preference"), errors);
    }
    for field in ["podAffinity", "podAntiAffinity"] {
        let pods = affinity.child(field);
        for term in pods.child(REQUIRED).each() {
            pod_term(&term, errors);
        }
        for preference in pods.child(PREFERRED).each() {
            weight(&preference, errors);
            pod_term(&preference.child("podAffinityTerm"), errors);
        }
    }
}

fn weight(preference: &Field, errors: &mut Errors) {
    let weight = preference.child("weight");
    if !(1..=100).contains(&weight.int()) {
        weight.with(&weight.int().into()).invalid(errors, "must be in the range 1-100");
    }
}

/// Validates a selector of nodes.
pub fn node_selector(selector: &Field, errors: &mut Errors) {
    let terms = selector.child("nodeSelectorTerms");
    if terms.items().is_empty() {
        terms.required(errors, "must have at least one node selector term");
    }
    for term in terms.each() {
        node_term(&term, errors);
    }
}

fn node_term(term: &Field, errors: &mut Errors) {
    for requirement in term.child("matchExpressions").each() {
        let (key, operator, values) =
            (requirement.child("key"), requirement.child("operator"), requirement.child("values"));
        match operator.str() {
            "In" | "NotIn" if values.is_empty() => {
                values.required(errors, "must be specified when `operator` is 'In' or 'NotIn'");
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                values.forbidden(errors, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
            }
            "Gt" | "Lt" if values.items().len() != 1 => {
                values.required(errors, "must be specified single value when `operator` is 'Lt' or 'Gt'");
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
            _ => operator.invalid_text(errors, "not a valid selector operator"),
        }
        label_name(&key, errors);
        if matches!(operator.str(), "In" | "NotIn") {
            for value in values.each() {
                value.complain(errors, label_value(value.str()));
            }
        }
    }
    for requirement in term.child("matchFields").each() {
        let (key, values) = (requirement.child("key"), requirement.child("values"));
        requirement.child("operator").need_one_of(errors, &["In", "NotIn"], "");
        if values.items().len() != 1 {
            values
                .required(errors, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
        }
        if *key != "metadata.name" {
            key.invalid_text(errors, "not a valid field selector key");
        }
    }
}

fn label_name(key: &Field, errors: &mut Errors) {
    key.with(&key.str().into()).complain(errors, qualified_name(key.str()));
}

fn pod_term(term: &Field, errors: &mut Errors) {
    for field in ["labelSelector", "namespaceSelector"] {
        metadata::selector(&term.child(field), errors);
    }
    for namespace in term.child("namespaces").each() {
        namespace.complain(errors, metadata::LABEL(namespace.str()));
    }
    let topology = term.child("topologyKey");
    if topology.is_empty() {
        topology.required(errors, "can not be empty");
    }
    label_name(&topology, errors);
}

/// Validates topology spread constraints.
pub fn spread(constraints: &Field, errors: &mut Errors) {
    let mut seen = Vec::new();
    for constraint in constraints.each() {
        let (skew, topology) = (constraint.child("maxSkew"), constraint.child("topologyKey"));
        let unsatisfiable = constraint.child("whenUnsatisfiable");
        if skew.int() <= 0 {
            skew.with(&skew.int().into()).invalid(errors, "must be greater than zero");
        }
        if topology.is_empty() {
            topology.required(errors, "can not be empty");
        } else {
            label_name(&topology, errors);
        }
        if !["DoNotSchedule", "ScheduleAnyway"].contains(&unsatisfiable.str()) {
            unsatisfiable.unsupported(errors, &["DoNotSchedule", "ScheduleAnyway"]);
        }
        let pair = format!("{{{}, {}}}", topology.str(), unsatisfiable.str());
        if seen.contains(&pair) {
            constraint.child("{topologyKey, whenUnsatisfiable}").with(&pair.into()).duplicate(errors);
        } else {
            seen.push(pair);
        }
        let domains = constraint.child("minDomains");
        if domains.as_i64().is_some_and(|n| n <= 0) {
            domains.invalid(errors, "must be greater than zero");
        }
        for policy in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            constraint.child(policy).one_of(errors, &["Honor", "Ignore"]);
        }
        metadata::selector(&constraint.child("labelSelector"), errors);
    }
}
