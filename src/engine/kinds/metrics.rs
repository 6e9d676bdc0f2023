//! `metrics.k8s.io`: NodeMetrics and PodMetrics, which metrics-server answers. They are not in the table of
//! kinds: the API serves them while their `APIService` is there, and stores nothing.

use super::columns::{NAME, text};
use super::{Column, Kind};
use crate::meta::{Quantity, Value};

/// The group.
pub const GROUP: &str = "metrics.k8s.io";

/// What can be done with measurements.
const VERBS: &[&str] = &["get", "list"];

/// The row of NodeMetrics.
pub static NODES: Kind = Kind { kind: "NodeMetrics", plural: "nodes", ..METRICS };

/// The row of PodMetrics.
pub static PODS: Kind = Kind { kind: "PodMetrics", plural: "pods", namespaced: true, ..METRICS };

const METRICS: Kind = Kind { group: GROUP, version: "v1beta1", verbs: VERBS, columns: || COLUMNS, ..Kind::CLUSTER };

const COLUMNS: &[Column] = &[
    NAME,
    text("cpu", "Resource metric", |object, _| total(object, "cpu")),
    text("memory", "Resource metric", |object, _| total(object, "memory")),
    text("Window", "Duration over which the metrics were gathered", |object, _| object["window"].clone()),
];

/// A node's usage, or that of a pod's containers together.
fn total(object: &Value, resource: &str) -> Value {
    let usage = &object["usage"][resource];
    if !usage.is_null() {
        return usage.clone();
    }
    let mut sum: Option<Quantity> = None;
    for container in object["containers"].items() {
        let part = Quantity::of(&container["usage"][resource]);
        match &mut sum {
            Some(sum) => *sum += part,
            None => sum = Some(part),
        }
    }
    sum.map(|sum| sum.to_string()).unwrap_or_default().into()
}
