//! PodDisruptionBudget: how many pods must stay through evictions.

use super::columns::{AGE, NAME, integer, text};
use super::field::Field;
use super::{Column, Kind, go, metadata, workload};
use crate::json;
use crate::meta::{Errors, Object, Value};

/// The row of PodDisruptionBudget.
pub static KIND: Kind = Kind {
    group: "policy",
    kind: "PodDisruptionBudget",
    plural: "poddisruptionbudgets",
    singular: "poddisruptionbudget",
    short_names: &["pdb"],
    subresources: &["status"],
    generation: true,
    unconditional_update: false,
    schema: "io.k8s.api.policy.v1.PodDisruptionBudget",
    columns: || COLUMNS,
    prepare: |budget, old| {
        if old.is_none() {
            budget["status"] =
                json!({"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0});
        }
    },
    validate,
    ..Kind::NAMESPACED
};

const COLUMNS: &[Column] = &[
    NAME,
    text("Min Available", "The minimum number of pods that must be available.", |budget, _| {
        limit(budget, "minAvailable")
    }),
    text("Max Unavailable", "The maximum number of pods that may be unavailable.", |budget, _| {
        limit(budget, "maxUnavailable")
    }),
    integer("Allowed Disruptions", "Calculated number of pods that may be disrupted at this time.", |budget, _| {
        budget.status()["disruptionsAllowed"].int().into()
    }),
    AGE,
];

fn limit(budget: &Object, field: &str) -> Value {
    match &budget.spec()[field] {
        Value::Null => "N/A".into(),
        Value::Int(n) => n.to_string().into(),
        other => other.clone(),
    }
}

fn validate(budget: &Object, _: Option<&Object>, errors: &mut Errors) {
    let root = Field::root(budget);
    let spec = root.child("spec");
    if !spec["minAvailable"].is_null() && !spec["maxUnavailable"].is_null() {
        go::invalid(errors, "spec", "BudgetSpec", &spec, "minAvailable and maxUnavailable cannot be both set");
    }
    for field in ["minAvailable", "maxUnavailable"] {
        let limit = spec.child(field);
        workload::positive_int_or_percent(&limit, errors);
        workload::not_above_hundred(&limit, errors);
    }
    metadata::selector(&spec.child("selector"), errors);
    spec.child("unhealthyPodEvictionPolicy").one_of(errors, &["AlwaysAllow", "IfHealthyBudget"]);
}
