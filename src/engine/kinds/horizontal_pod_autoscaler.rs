//! HorizontalPodAutoscaler: replicas by load.

use super::Kind;

/// The row of HorizontalPodAutoscaler.
pub static KIND: Kind = Kind {
    group: "autoscaling",
    version: "v2",
    kind: "HorizontalPodAutoscaler",
    plural: "horizontalpodautoscalers",
    singular: "horizontalpodautoscaler",
    short_names: &["hpa"],
    categories: &["all"],
    subresources: &["status"],
    schema: "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler",
    ..Kind::NAMESPACED
};
