//! HorizontalPodAutoscaler of `autoscaling/v1`: the newer form, with the one metric this version knows.

use super::horizontal_pod_autoscaler::COLUMNS;
use super::{Kind, View, horizontal_pod_autoscaler};
use crate::json;
use crate::meta::{Object, Value};

/// The row of HorizontalPodAutoscaler in `autoscaling/v1`.
pub static KIND: Kind = Kind {
    version: "v1",
    schema: "io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler",
    columns: || COLUMNS,
    group: "autoscaling",
    kind: "HorizontalPodAutoscaler",
    plural: "horizontalpodautoscalers",
    singular: "horizontalpodautoscaler",
    short_names: &["hpa"],
    validate: horizontal_pod_autoscaler::validate,
    categories: &["all"],
    subresources: &["status"],
    view: Some(View { of: &horizontal_pod_autoscaler::KIND, show, store }),
    ..Kind::NAMESPACED
};

/// What this version cannot say is kept in annotations: its place in the newer form, and the key.
const KEPT: &[(&[&str], &str)] = &[
    (&["spec", "metrics"], "autoscaling.alpha.kubernetes.io/metrics"),
    (&["spec", "behavior"], "autoscaling.alpha.kubernetes.io/behavior"),
    (&["status", "currentMetrics"], "autoscaling.alpha.kubernetes.io/current-metrics"),
    (&["status", "conditions"], "autoscaling.alpha.kubernetes.io/conditions"),
];

fn show(stored: &Object) -> Object {
    let mut shown = stored.clone();
    shown["apiVersion"] = KIND.api_version().into();
    for (path, own, field) in [
        (["spec", "metrics"], "targetCPUUtilizationPercentage", "target"),
        (["status", "currentMetrics"], "currentCPUUtilizationPercentage", "current"),
    ] {
        let (mut rest, mut percent) = (Vec::new(), Value::Null);
        for metric in stored.at(&path).items() {
            let utilization = &metric["resource"][field]["averageUtilization"];
            if metric["type"] == "Resource" && metric["resource"]["name"] == "cpu" && !utilization.is_null() {
                percent = utilization.clone();
            } else {
                rest.push(metric.clone());
            }
        }
        if !percent.is_null() {
            shown.set(&[path[0], own], percent);
        }
        if rest.is_empty() {
            shown.remove(&path);
        } else {
            shown.set(&path, rest);
        }
    }
    for (path, key) in KEPT {
        if let Some(value) = shown.remove(path).filter(|value| !value.is_empty()) {
            shown.set(&["metadata", "annotations", key], value.to_json());
        }
    }
    // The newer version leaves it out where nothing has been counted yet.
    shown.set_default(&["status", "currentReplicas"], 0);
    shown
}

fn store(shown: &Object) -> Object {
    let mut stored = shown.clone();
    stored["apiVersion"] = horizontal_pod_autoscaler::KIND.api_version().into();
    for (path, key) in KEPT {
        let kept = stored.remove(&["metadata", "annotations", key]);
        let value = kept.and_then(|text| Value::from_json(text.str().as_bytes()).ok());
        if let Some(value) = value {
            stored.set(path, value);
        }
    }
    if stored.at(&["metadata", "annotations"]).is_empty() {
        stored.remove(&["metadata", "annotations"]);
    }
    if let Some(percent) = stored.remove(&["spec", "targetCPUUtilizationPercentage"]) {
        let target = json!({"type": "Utilization", "averageUtilization": percent});
        stored["spec"]
            .entry("metrics")
            .push(json!({"type": "Resource", "resource": {"name": "cpu", "target": target}}));
    }
    if let Some(percent) = stored.remove(&["status", "currentCPUUtilizationPercentage"]) {
        let current = json!({"averageUtilization": percent});
        let metric = json!({"type": "Resource", "resource": {"name": "cpu", "current": current}});
        stored["status"].entry("currentMetrics").push(metric);
    }
    stored
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_v1_cannot_say_survives() {
        let stored = Object(json!({
            "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
            "spec": {"behavior": {"scaleUp": {}}, "maxReplicas": 3, "metrics": [
                {"type": "Resource", "resource": {"name": "memory", "target": {"averageUtilization": 50}}},
                {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}},
            ]},
        }));
        let shown = show(&stored);
        assert_eq!(shown["spec"]["targetCPUUtilizationPercentage"], 80);
        assert!(shown["spec"]["metrics"].is_null());
        assert_eq!(shown["status"]["currentReplicas"], 0);
        let mut back = store(&shown);
        back.remove(&["metadata"]);
        back.remove(&["status"]);
        assert_eq!(back, stored);
    }
}
