//! PriorityClass: which pods go first.

use super::columns::{AGE, NAME, integer, text};
use super::pod::defaults::set_missing;
use super::{Column, Kind};

/// The row of PriorityClass.
pub static KIND: Kind = Kind {
    group: "scheduling.k8s.io",
    kind: "PriorityClass",
    plural: "priorityclasses",
    singular: "priorityclass",
    short_names: &["pc"],
    generation: true,
    schema: "io.k8s.api.scheduling.v1.PriorityClass",
    columns: COLUMNS,
    defaults: |class| set_missing(class, "preemptionPolicy", "PreemptLowerPriority"),
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
