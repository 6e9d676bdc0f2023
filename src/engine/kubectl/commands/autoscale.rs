//! `kubectl autoscale`: a HorizontalPodAutoscaler for what can be scaled.

use super::create::generate;
use crate::json;
use crate::kubectl::command::{Command, Group};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::Invocation;
use crate::kubectl::resource::Selector;
use crate::meta::{Quantity, Value};

/// The rows.
pub static ROWS: &[Command] = &[Command {
    path: "autoscale",
    group: Group::Deploy,
    short: "Auto-scale a deployment, replica set, stateful set, or replication controller",
    required: &["max"],
    run: Some(|inv| Box::pin(run(inv))),
    ..Command::BASE
}];

/// What one metric is to be held at: a share of the request, or an amount (in `unit` where it has none).
fn metric(name: &str, text: &str, unit: &str) -> Outcome<Value> {
    let target = if let Some(share) = text.strip_suffix('%') {
        let number = share.parse::<i64>().ok().filter(|share| *share >= 0);
        let number = number.ok_or_else(|| Failure::new(format!("invalid percentage value: {share}")))?;
        json!({"averageUtilization": number, "type": "Utilization"})
    } else {
        let unit = if text.parse::<i64>().is_ok() { unit } else { "" };
        let amount = Quantity::parse(&format!("{text}{unit}"))
            .map_err(|_| Failure::new(format!("invalid resource {name} value: {text}")))?;
        json!({"averageValue": (amount.to_string()), "type": "AverageValue"})
    };
    Ok(json!({"resource": {"name": name, "target": target}, "type": "Resource"}))
}

/// The autoscaler in the API's first version, which knows but a share of the CPU.
///
/// # Errors
/// If it says more than that.
fn first_version(inv: &Invocation, object: &Value) -> Outcome<Value> {
    let text = "failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1:";
    let cpu = inv.flags.str("cpu");
    if cpu.is_empty() {
        return Err(format!("{text} empty input").into());
    }
    if !cpu.ends_with('%') || !inv.flags.str("memory").is_empty() {
        return Err(format!("{text} %!w(<nil>)").into());
    }
    let mut object = object.clone();
    let share = object.at(&["spec", "metrics"])[0]["resource"]["target"]["averageUtilization"].clone();
    object["apiVersion"] = "autoscaling/v1".into();
    object["status"] = json!({"currentReplicas": 0, "desiredReplicas": 0});
    object.remove(&["spec", "metrics"]);
    object.set(&["spec", "targetCPUUtilizationPercentage"], share);
    Ok(object)
}

async fn run(inv: Invocation) -> Outcome {
    let flags = &inv.flags;
    let (least, most) = (flags.int("min"), flags.int("max"));
    if most < 1 {
        return Err(format!("--max=MAXPODS is required and must be at least 1, max: {most}").into());
    }
    if most < least {
        return Err(format!("--max=MAXPODS must be larger or equal to --min=MINPODS, max: {most}, min: {least}").into());
    }
    if flags.int("cpu-percent") >= 0 && !flags.str("cpu").is_empty() {
        return Err("--cpu-percent and --cpu are mutually exclusive".into());
    }
    let (infos, mut failures) = Selector::new(&inv, inv.args()).resolve(&inv).await?.infos(&inv);
    for info in infos {
        if !info.resource.subresources.iter().any(|sub| sub == "scale") {
            let (kind, group, version) = (&info.resource.kind, &info.resource.group, &info.resource.version);
            let resource = format!("{group}/{version}, Resource={}", info.resource.name);
            let text = format!("could not find scale subresource for {resource} in discovery information");
            failures.push(Failure::new(format!("cannot autoscale a {kind}: {text}")));
            continue;
        }
        let name = if flags.str("name").is_empty() { info.name.as_str() } else { flags.str("name") };
        let mut object = generate::object("autoscaling/v2", "HorizontalPodAutoscaler", name);
        let mut metrics = Vec::new();
        if flags.int("cpu-percent") >= 0 {
            metrics.push(metric("cpu", &format!("{}%", flags.int("cpu-percent")), "")?);
        }
        for (kind, unit) in [("cpu", "m"), ("memory", "Mi")] {
            if !flags.str(kind).is_empty() {
                metrics.push(metric(kind, flags.str(kind), unit)?);
            }
        }
        object["spec"] = json!({
            "maxReplicas": most,
            "scaleTargetRef": {
                "apiVersion": (info.resource.api_version()), "kind": (info.resource.kind.as_str()),
                "name": (info.name.as_str()),
            },
        });
        if !metrics.is_empty() {
            object["spec"]["metrics"] = metrics.into();
        }
        if least > 0 {
            object["spec"]["minReplicas"] = least.into();
        }
        object["status"] = json!({"currentMetrics": null, "desiredReplicas": 0});
        if generate::finish_as(&inv, object.clone(), "", "autoscaled").is_err() {
            let second = first_version(&inv, &object);
            failures.extend(second.and_then(|object| generate::finish_as(&inv, object, "", "autoscaled")).err());
        }
    }
    Failure::collected(failures)
}
