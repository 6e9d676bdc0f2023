//! Fairness between requests: FlowSchema and PriorityLevelConfiguration.

use super::Kind;

/// The row of FlowSchema.
pub static FLOW_SCHEMA: Kind = Kind {
    group: "flowcontrol.apiserver.k8s.io",
    kind: "FlowSchema",
    plural: "flowschemas",
    singular: "flowschema",
    subresources: &["status"],
    generation: true,
    schema: "io.k8s.api.flowcontrol.v1.FlowSchema",
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
    ..Kind::CLUSTER
};
