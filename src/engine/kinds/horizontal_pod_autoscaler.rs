//! HorizontalPodAutoscaler: replicas by load.

use super::columns::{AGE, NAME, integer, or_none, text};
use super::pod::defaults::set_missing;
use super::{Column, Kind};
use crate::json;
use crate::meta::{Object, Time, Value};

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
    columns: COLUMNS,
    defaults,
    prepare,
    ..Kind::NAMESPACED
};

const COLUMNS: &[Column] = &[
    NAME,
    text("Reference", "Reference to scaled resource", |object, _| {
        let target = &object.spec()["scaleTargetRef"];
        format!("{}/{}", target["kind"].str(), target["name"].str()).into()
    }),
    text("Targets", "A human readable summary of the targets", targets),
    text(
        "MinPods",
        "minReplicas is the lower limit for the number of replicas to which the autoscaler can scale down.",
        |object, _| object.spec()["minReplicas"].as_i64().map_or("<unset>".into(), |n| n.to_string()).into(),
    ),
    integer(
        "MaxPods",
        "maxReplicas is the upper limit for the number of replicas to which the autoscaler can scale up.",
        |object, _| object.spec()["maxReplicas"].int().into(),
    ),
    integer(
        "Replicas",
        "currentReplicas is current number of replicas of pods managed by this autoscaler, as last seen by the autoscaler.",
        |object, _| object.status()["currentReplicas"].int().into(),
    ),
    AGE,
];

fn targets(object: &Object, _: Time) -> Value {
    let statuses = object.status()["currentMetrics"].items();
    let metrics = object.spec()["metrics"].items();
    let list: Vec<String> =
        metrics.iter().enumerate().map(|(at, spec)| target(spec, statuses.get(at).unwrap_or(&Value::Null))).collect();
    match list.len() {
        0..=2 => or_none(&list.join(", ")),
        more => format!("{} + {} more...", list[..2].join(", "), more - 2).into(),
    }
}

/// One metric as `current/target`.
fn target(spec: &Value, status: &Value) -> String {
    let (source, with_resource) = match spec["type"].str() {
        "Resource" => ("resource", true),
        "ContainerResource" => ("containerResource", true),
        "Pods" => ("pods", false),
        "Object" => ("object", false),
        "External" => ("external", false),
        _ => return "<unknown type>".into(),
    };
    let (target, current) = (&spec[source]["target"], &status[source]["current"]);
    let text = |value: &Value, unit: &str| match value {
        Value::Null => "<unknown>".into(),
        Value::String(text) => format!("{text}{unit}"),
        other => format!("{other}{unit}"),
    };
    let prefix = if with_resource { format!("{}: ", spec[source]["name"].str()) } else { String::new() };
    if !target["averageValue"].is_null() {
        let mean = if matches!(source, "object" | "external") { " (avg)" } else { "" };
        format!("{prefix}{}/{}{mean}", text(&current["averageValue"], ""), text(&target["averageValue"], ""))
    } else if with_resource {
        let wanted = if target["averageUtilization"].is_null() {
            "<auto>".to_string()
        } else {
            text(&target["averageUtilization"], "%")
        };
        format!("{prefix}{}/{wanted}", text(&current["averageUtilization"], "%"))
    } else {
        format!("{}/{}", text(&current["value"], ""), text(&target["value"], ""))
    }
}

fn defaults(object: &mut Object) {
    let spec = object.entry("spec");
    spec.set_default(&["minReplicas"], 1);
    if spec["metrics"].is_empty() {
        spec["metrics"] = json!([{
            "type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
        }]);
    }
    if spec["behavior"].is_object() {
        let pods = json!({"type": "Pods", "value": 4, "periodSeconds": 15});
        let percent = json!({"type": "Percent", "value": 100, "periodSeconds": 15});
        for (direction, window, policies) in
            [("scaleUp", Some(0), json!([pods, percent.clone()])), ("scaleDown", None, json!([percent]))]
        {
            let rules = spec["behavior"].entry(direction);
            set_missing(rules, "selectPolicy", "Max");
            if let Some(seconds) = window {
                rules.set_default(&["stabilizationWindowSeconds"], seconds);
            }
            rules.set_default(&["policies"], policies);
        }
    }
}

fn prepare(object: &mut Object, old: Option<&Object>) {
    if old.is_none() {
        object["status"] = json!({"currentMetrics": null, "desiredReplicas": 0});
    }
}
