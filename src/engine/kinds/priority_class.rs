//! PriorityClass: which pods go first.

use super::columns::{AGE, NAME, integer, text};
use super::field::Field;
use super::pod::defaults::set_missing;
use super::{Column, Kind};
use crate::meta::{Errors, Object};

/// The row of PriorityClass.
pub static KIND: Kind = Kind {
    group: "scheduling.k8s.io",
    kind: "PriorityClass",
    plural: "priorityclasses",
    singular: "priorityclass",
    short_names: &["pc"],
    generation: true,
    schema: "io.k8s.api.scheduling.v1.PriorityClass",
    columns: || COLUMNS,
    defaults: |class| set_missing(class, "preemptionPolicy", "PreemptLowerPriority"),
    validate,
    ..Kind::CLUSTER
};

const COLUMNS: &[Column] = &[
    NAME,
    integer("Value", "value represents the integer value of this priority class.", |class, _| {
        class["value"].int().into()
    }),
    Column {
        kind: "boolean",
        ..text(
            "Global-Default",
            "globalDefault specifies whether this PriorityClass should be considered as the default priority for pods that do not have any priority class.",
            |class, _| class["globalDefault"].bool().into(),
        )
    },
    AGE,
    text("PreemptionPolicy", "preemptionPolicy is the Policy for preempting pods with lower priority.", |class, _| {
        class["preemptionPolicy"].str().into()
    }),
];

/// The highest priority that users may give.
const HIGHEST: i64 = 1_000_000_000;

fn validate(class: &Object, old: Option<&Object>, errors: &mut Errors) {
    let root = Field::root(class);
    let (value, policy) = (root.child("value"), root.child("preemptionPolicy"));
    if let Some(old) = old {
        if old["value"].int() != value.int() {
            value.forbidden(errors, "may not be changed in an update.");
        }
        policy.immutable(errors, &old["preemptionPolicy"]);
        return;
    }
    let built_in = BUILT_IN.iter().any(|(name, number)| class.name() == *name && value.int() == *number);
    if class.name().starts_with("system-") {
        if !built_in {
            errors.forbidden(
                "metadata.name",
                "priority class names with 'system-' prefix are reserved for system use only. \
                 error: name is not in the list of system priority classes",
            );
        }
    } else if value.int() > HIGHEST {
        value.forbidden(errors, &format!("maximum allowed value of a user defined priority is {HIGHEST}"));
    }
    policy.one_of(errors, &["Never", "PreemptLowerPriority"]);
}

/// The classes of the system itself.
pub const BUILT_IN: &[(&str, i64)] =
    &[("system-node-critical", 2_000_001_000), ("system-cluster-critical", 2_000_000_000)];
