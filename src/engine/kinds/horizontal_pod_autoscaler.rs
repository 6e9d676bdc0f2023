//! HorizontalPodAutoscaler: replicas by load.

use super::columns::{AGE, NAME, integer, or_none, text};
use super::field::Field;
use super::pod::defaults::set_missing;
use super::{Column, Kind, metadata};
use crate::json;
use crate::meta::{Errors, Object, Time, Value};

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
    columns: || COLUMNS,
    defaults,
    prepare,
    validate,
    ..Kind::NAMESPACED
};

/// The columns, in either version.
pub const COLUMNS: &[Column] = &[
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

/// The types of metrics, and the field each is in.
const SOURCES: &[(&str, &str)] = &[
    ("ContainerResource", "containerResource"),
    ("External", "external"),
    ("Object", "object"),
    ("Pods", "pods"),
    ("Resource", "resource"),
];

/// One metric as `current/target`.
fn target(spec: &Value, status: &Value) -> String {
    let kind = spec["type"].str();
    let Some((_, source)) = SOURCES.iter().find(|(name, _)| *name == kind) else { return "<unknown type>".into() };
    let (source, with_resource) = (*source, matches!(kind, "Resource" | "ContainerResource"));
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

/// Validates an autoscaler in the form in which it is stored.
pub fn validate(object: &Object, _: Option<&Object>, errors: &mut Errors) {
    let root = Field::root(object);
    let spec = root.child("spec");
    let (min, max) = (spec.child("minReplicas"), spec.child("maxReplicas"));
    min.at_least(errors, 1);
    if max.int() < 1 {
        max.with(&max.int().into()).invalid(errors, "must be greater than 0");
    }
    if min.as_i64().is_some_and(|min| max.int() < min) {
        max.with(&max.int().into()).invalid(errors, "must be greater than or equal to `minReplicas`");
    }
    let target = spec.child("scaleTargetRef");
    for field in ["kind", "name"] {
        let part = target.child(field);
        if part.need(errors) {
            part.complain(errors, metadata::path_segment(part.str()));
        }
    }
    let version = target.child("apiVersion");
    if !version.str().contains('/') && !matches!(target["kind"].str(), "ReplicationController") {
        version.with(&version.str().into()).invalid(errors, "apiVersion must specify API group");
    }
    for metric in spec.child("metrics").each() {
        validate_metric(&metric, errors);
    }
}

fn validate_metric(metric: &Field, errors: &mut Errors) {
    let kind = metric.child("type");
    if !kind.need(errors) {
        return;
    }
    let source = match SOURCES.iter().find(|(name, _)| *kind == **name) {
        Some((_, source)) => metric.child(source),
        None => return kind.unsupported(errors, &["ContainerResource", "External", "Object", "Pods", "Resource"]),
    };
    if !source.is_object() {
        return source.required(errors, "must populate information for the given metric source");
    }
    if matches!(kind.str(), "Resource" | "ContainerResource") {
        source.child("name").need(errors);
        let target = source.child("target");
        let (utilization, value) = (target.child("averageUtilization"), target.child("averageValue"));
        if utilization.as_i64().is_some_and(|n| n < 1) {
            utilization.invalid(errors, "must be greater than 0");
        }
        if utilization.is_null() && value.is_null() {
            utilization.required(errors, "must set either a target raw value or a target utilization");
        }
        if !utilization.is_null() && !value.is_null() {
            value.forbidden(errors, "may not set both a target raw value and a target utilization");
        }
    }
}
