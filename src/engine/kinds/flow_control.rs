//! Fairness between requests: FlowSchema and PriorityLevelConfiguration.

use super::columns::{AGE, NAME, text};
use super::{Column, Kind};
use crate::meta::{Object, Value};

/// The row of FlowSchema.
pub static FLOW_SCHEMA: Kind = Kind {
    group: "flowcontrol.apiserver.k8s.io",
    kind: "FlowSchema",
    plural: "flowschemas",
    singular: "flowschema",
    subresources: &["status"],
    generation: true,
    schema: "io.k8s.api.flowcontrol.v1.FlowSchema",
    columns: || SCHEMA_COLUMNS,
    ..Kind::CLUSTER
};

/// The row of PriorityLevelConfiguration.
pub static PRIORITY_LEVEL: Kind = Kind {
    group: "flowcontrol.apiserver.k8s.io",
    kind: "PriorityLevelConfiguration",
    plural: "prioritylevelconfigurations",
    singular: "prioritylevelconfiguration",
    subresources: &["status"],
    generation: true,
    schema: "io.k8s.api.flowcontrol.v1.PriorityLevelConfiguration",
    columns: || LEVEL_COLUMNS,
    ..Kind::CLUSTER
};

const SCHEMA_COLUMNS: &[Column] = &[
    NAME,
    text(
        "PriorityLevel",
        "priorityLevelConfiguration should reference a PriorityLevelConfiguration in the cluster.",
        |schema, _| schema.at(&["spec", "priorityLevelConfiguration", "name"]).str().into(),
    ),
    text(
        "MatchingPrecedence",
        "matchingPrecedence is used to choose among the FlowSchemas that match a given request.",
        |schema, _| schema.spec()["matchingPrecedence"].int().into(),
    ),
    text(
        "DistinguisherMethod",
        "distinguisherMethod defines how to compute the flow distinguisher for requests that match this schema.",
        |schema, _| match schema.at(&["spec", "distinguisherMethod", "type"]).str() {
            "" => "<none>".into(),
            method => method.into(),
        },
    ),
    AGE,
    text("MissingPL", "references a broken or non-existent PriorityLevelConfiguration", |schema, _| {
        match schema.condition("Dangling") {
            Some(condition) => condition["status"].clone(),
            None => "?".into(),
        }
    }),
];

const LEVEL_COLUMNS: &[Column] = &[
    NAME,
    text(
        "Type",
        "type indicates whether this priority level is subject to limitation on request execution.",
        |level, _| level.spec()["type"].str().into(),
    ),
    text("NominalConcurrencyShares", "the concurrency shares of the level", |level, _| {
        number(&level.spec()[limited(level)]["nominalConcurrencyShares"])
    }),
    text("Queues", "queues is the number of queues for this priority level.", |level, _| queuing(level, "queues")),
    text(
        "HandSize",
        "handSize is a small positive number that configures the shuffle sharding of requests into queues.",
        |level, _| queuing(level, "handSize"),
    ),
    text(
        "QueueLengthLimit",
        "queueLengthLimit is the maximum number of requests allowed to be waiting in a given queue.",
        |level, _| queuing(level, "queueLengthLimit"),
    ),
    AGE,
];

fn limited(level: &Object) -> &'static str {
    if level.spec()["type"] == "Exempt" { "exempt" } else { "limited" }
}

fn queuing(level: &Object, field: &str) -> Value {
    number(level.at(&["spec", "limited", "limitResponse", "queuing", field]))
}

fn number(value: &Value) -> Value {
    if value.is_null() { "<none>".into() } else { value.clone() }
}
