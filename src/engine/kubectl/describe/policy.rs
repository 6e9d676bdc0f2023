//! Describes what limits and steers workloads: quotas, limits, budgets, autoscalers, priorities.

use super::super::failure::Outcome;
use super::events;
use super::page::{Page, labels_line, or_none, or_unset, rfc1123, scalar, texts};
use crate::meta::selector::format_label_selector;
use crate::meta::{Object, Quantity, Value};
use crate::meta::{SortedSet, duration, x509};
use base64::Engine;
use base64::prelude::BASE64_STANDARD as STANDARD;
use std::time::Duration;

/// The columns of limits.
pub const LIMIT_TITLES: &[&str] =
    &["Type", "Resource", "Min", "Max", "Default Request", "Default Limit", "Max Limit/Request Ratio"];

/// Dashes below titles.
pub fn dashes(titles: &[&str]) -> String {
    titles.iter().map(|title| "-".repeat(title.len())).collect::<Vec<_>>().join("\t")
}

pub(super) fn quota(page: &mut Page<'_>) -> Outcome {
    let object = page.object();
    page.name_and_namespace();
    quota_scopes(page, object, 0);
    page.line(0, "Resource\tUsed\tHard");
    page.line(0, "--------\t----\t----");
    quota_rows(page, object, 0);
    Ok(())
}

/// What each scope of a quota is about.
const SCOPES: &[(&str, &str)] = &[
    (
        "Terminating",
        "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.",
    ),
    (
        "NotTerminating",
        "Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.",
    ),
    (
        "BestEffort",
        "Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.",
    ),
    (
        "NotBestEffort",
        "Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.",
    ),
];

/// The scopes of a quota, each with what it is about.
pub fn quota_scopes(page: &mut Page<'_>, quota: &Object, level: usize) {
    let scopes = texts(quota.at(&["spec", "scopes"]));
    if scopes.is_empty() {
        return;
    }
    page.line(level, format!("Scopes:\t{}", scopes.join(", ")));
    for scope in &scopes {
        if let Some((_, help)) = SCOPES.iter().find(|(name, _)| name == scope) {
            page.line(level, format!(" * {help}"));
        }
    }
}

/// Used and hard, resource by resource.
pub fn quota_rows(page: &mut Page<'_>, quota: &Object, level: usize) {
    let (hard, used) = (quota.at(&["status", "hard"]), quota.at(&["status", "used"]));
    for (name, amount) in hard.entries() {
        let used = used.get(name.as_str()).map_or("0".into(), |used| Quantity::of(used).to_string());
        page.line(level, format!("{name}\t{used}\t{}", Quantity::of(amount)));
    }
}

pub(super) fn limit_range(page: &mut Page<'_>) -> Outcome {
    page.name_and_namespace();
    page.line(0, LIMIT_TITLES.join("\t"));
    page.line(0, dashes(LIMIT_TITLES));
    let object = page.object();
    limit_rows(page, object, "");
    Ok(())
}

/// The limits, one row for each type and resource.
pub fn limit_rows(page: &mut Page<'_>, range: &Object, indent: &str) {
    const FIELDS: [&str; 5] = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"];
    for limit in range.at(&["spec", "limits"]).items() {
        let names: SortedSet<&str> =
            FIELDS.iter().flat_map(|field| limit[*field].entries().map(|(name, _)| name.as_str())).collect();
        for name in names {
            let cell =
                |field: &&str| limit[*field].get(name).map_or("-".into(), |amount| Quantity::of(amount).to_string());
            let cells: Vec<String> = FIELDS.iter().map(cell).collect();
            page.line(0, format!("{indent}{}\t{name}\t{}", limit["type"].str(), cells.join("\t")));
        }
    }
}

pub(super) fn disruption_budget(page: &mut Page<'_>) -> Outcome {
    let object = page.object();
    let (spec, status) = (object.spec(), object.status());
    page.name_and_namespace();
    for (title, field) in [("Min available", "minAvailable"), ("Max unavailable", "maxUnavailable")] {
        if !spec[field].is_null() {
            page.field(title, scalar(&spec[field]));
        }
    }
    match &spec["selector"] {
        Value::Null => page.field("Selector", "<unset>"),
        selector => page.field("Selector", format_label_selector(selector)),
    }
    page.line(0, "Status:");
    for (title, field) in [
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    ] {
        page.line(2, format!("{title}:\t{}", status[field].int()));
    }
    events::write(page);
    Ok(())
}

pub(super) fn autoscaler(page: &mut Page<'_>) -> Outcome {
    let object = page.object();
    let (spec, status) = (object.spec(), object.status());
    page.name_and_namespace();
    page.labels_and_annotations();
    page.field("CreationTimestamp", rfc1123(object.at(&["metadata", "creationTimestamp"])));
    let target = &spec["scaleTargetRef"];
    page.field("Reference", format!("{}/{}", target["kind"].str(), target["name"].str()));
    page.field("Metrics", "( current / target )");
    for (at, metric) in spec["metrics"].items().iter().enumerate() {
        let text = metric_line(metric, &status["currentMetrics"][at]);
        page.line(1, text);
    }
    page.field("Min replicas", or_unset(&spec["minReplicas"]));
    page.field("Max replicas", spec["maxReplicas"].int().to_string());
    let (current, desired) = (status["currentReplicas"].int(), status["desiredReplicas"].int());
    page.field(&format!("{} pods", target["kind"].str()), format!("{current} current / {desired} desired"));
    let conditions = status["conditions"].items();
    if !conditions.is_empty() {
        page.line(0, "Conditions:");
        let rows = conditions.iter().map(|condition| {
            ["type", "status", "reason", "message"].iter().map(|field| condition[*field].str().to_string()).collect()
        });
        let rows: Vec<Vec<String>> = rows.collect();
        page.table(1, &["Type", "Status", "Reason", "Message"], &rows);
    }
    events::write(page);
    Ok(())
}

/// One metric: what it is, what it is now, what it should be.
fn metric_line(metric: &Value, current: &Value) -> String {
    match metric["type"].str() {
        kind @ ("Resource" | "ContainerResource") => {
            let field = if kind == "Resource" { "resource" } else { "containerResource" };
            let (source, now) = (&metric[field], &current[field]["current"]);
            let name = source["name"].str();
            let container = source["container"].str();
            let on = if container.is_empty() { "pods".to_string() } else { format!("container {container:?} of pods") };
            let wanted = &source["target"];
            if !wanted["averageValue"].is_null() {
                let now = if now["averageValue"].is_null() { "<unknown>".into() } else { scalar(&now["averageValue"]) };
                return format!("resource {name} on {on}:\t{now} / {}", scalar(&wanted["averageValue"]));
            }
            let now = match now["averageUtilization"].as_i64() {
                Some(percent) => format!("{percent}% ({})", scalar(&now["averageValue"])),
                None => "<unknown>".into(),
            };
            let wanted = wanted["averageUtilization"].as_i64().map_or("<auto>".into(), |percent| format!("{percent}%"));
            format!("resource {name} on {on}  (as a percentage of request):\t{now} / {wanted}")
        }
        "Pods" => {
            let (source, now) = (&metric["pods"], current.at(&["pods", "current", "averageValue"]));
            let now = if now.is_null() { "<unknown>".into() } else { scalar(now) };
            format!(
                "{:?} on pods:\t{now} / {}",
                source.at(&["metric", "name"]).str(),
                scalar(source.at(&["target", "averageValue"]))
            )
        }
        other => format!("<unknown metric type {other:?}>"),
    }
}

pub(super) fn priority_class(page: &mut Page<'_>) -> Outcome {
    let object = page.object();
    page.field("Name", object.name());
    page.field("Value", object["value"].int().to_string());
    page.field("GlobalDefault", object["globalDefault"].bool().to_string());
    page.field("PreemptionPolicy", object["preemptionPolicy"].str());
    page.field("Description", object["description"].str());
    let annotations = super::page::labels_line(object.at(&["metadata", "annotations"]));
    page.field("Annotations", annotations);
    events::write(page);
    Ok(())
}

pub(super) fn certificate_request(page: &mut Page<'_>) -> Outcome {
    let object = page.object();
    page.field("Name", object.name());
    page.field("Labels", labels_line(object.at(&["metadata", "labels"])));
    let annotations = labels_line(object.at(&["metadata", "annotations"]));
    let mut lines = annotations.split('\n');
    page.field("Annotations", lines.next().unwrap_or_default());
    lines.for_each(|line| page.line(0, line));
    page.field("CreationTimestamp", rfc1123(object.at(&["metadata", "creationTimestamp"])));
    page.field("Requesting User", object.spec()["username"].str());
    page.field_if("Signer", object.spec()["signerName"].str());
    if let Some(seconds) = object.spec()["expirationSeconds"].as_i64() {
        let wished = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
        page.field("Requested Duration", duration::human(wished));
    }
    let is = |kind: &str| object.condition(kind).is_some();
    let mut words: Vec<&str> = Vec::new();
    words.push(if is("Denied") {
        "Denied"
    } else if is("Approved") {
        "Approved"
    } else {
        "Pending"
    });
    if is("Failed") {
        words.push("Failed");
    }
    if !object.status()["certificate"].is_empty() {
        words.push("Issued");
    }
    page.field("Status", or_none(&words.join(",")));
    let pem = STANDARD.decode(object.spec()["request"].str()).unwrap_or_default();
    let asked = x509::unpem(&String::from_utf8_lossy(&pem), "CERTIFICATE REQUEST");
    let Some(asked) = asked.and_then(|der| x509::Request::read(&der)) else {
        return Err("Error parsing CSR: PEM block type must be CERTIFICATE REQUEST".into());
    };
    let parts = |key: &str| -> Vec<&str> {
        asked.subject.iter().filter(|(part, _)| part == key).map(|(_, value)| value.as_str()).collect()
    };
    page.line(0, "Subject:");
    page.field("\tCommon Name", parts("CN").first().copied().unwrap_or_default());
    page.field("\tSerial Number", "");
    let rows =
        [("Organization", "O"), ("Organizational Unit", "OU"), ("Country", "C"), ("Locality", "L"), ("Province", "ST")];
    for (title, key) in rows {
        column(page, title, &parts(key));
    }
    if !asked.names.is_empty() {
        page.line(0, "Subject Alternative Names:");
        let is_address = |name: &&str| name.parse::<std::net::Ipv4Addr>().is_ok();
        let (addresses, names): (Vec<&str>, Vec<&str>) = asked.names.iter().map(String::as_str).partition(is_address);
        for (title, values) in [("DNS Names", names), ("IP Addresses", addresses)] {
            column(page, title, &values);
        }
    }
    events::write(page);
    Ok(())
}

/// Values one below the other, indented, with the title beside the first.
fn column(page: &mut Page<'_>, title: &str, values: &[&str]) {
    for (at, value) in values.iter().enumerate() {
        page.line(0, if at == 0 { format!("\t{title}:\t{value}") } else { format!("\t\t{value}") });
    }
}
