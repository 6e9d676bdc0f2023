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
    long: "Creates an autoscaler that automatically chooses and sets the number of pods that run.",
    examples: "  # Between two and five pods, at 80 % of the CPU they request\n  kubectl autoscale deployment web --min=2 --max=5 --cpu=80%",
    required: &["max"],
    run: Some(|inv| Box::pin(run(inv))),
    ..Command::BASE
}];

/// What one metric is to be held at: a share of the request, or an amount.
fn metric(name: &str, text: &str) -> Outcome<Value> {
    let target = match text.strip_suffix('%').unwrap_or(text).parse::<i64>() {
        Ok(share) if text.ends_with('%') || name == "cpu" && !text.ends_with('m') => {
            json!({"averageUtilization": share, "type": "Utilization"})
        }
        _ => {
            let amount = Quantity::parse(text)
                .map_err(|why| Failure::new(format!("invalid value for --{name}: {text:?}: {why}")))?;
            json!({"averageValue": (amount.to_string()), "type": "AverageValue"})
        }
    };
    Ok(json!({"resource": {"name": name, "target": target}, "type": "Resource"}))
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
    let (infos, mut failures) = Selector::new(&inv, inv.args()).resolve(&inv).await?.fetch(&inv);
    for info in infos {
        if !info.resource.subresources.iter().any(|sub| sub == "scale") {
            let kind = crate::kubectl::discovery::with_group(&info.resource.kind, &info.resource.group);
            failures.push(Failure::new(format!("cannot autoscale a {kind}: the resource has no scale subresource")));
            continue;
        }
        let name = if flags.str("name").is_empty() { info.name.as_str() } else { flags.str("name") };
        let mut object = generate::object("autoscaling/v2", "HorizontalPodAutoscaler", name);
        let mut metrics = Vec::new();
        if flags.int("cpu-percent") >= 0 {
            metrics.push(metric("cpu", &format!("{}%", flags.int("cpu-percent")))?);
        }
        for kind in ["cpu", "memory"] {
            if !flags.str(kind).is_empty() {
                metrics.push(metric(kind, flags.str(kind))?);
            }
        }
        if metrics.is_empty() {
            let text = "failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1:";
            return Err(format!("{text} empty input").into());
        }
        object["spec"] = json!({
            "maxReplicas": most, "metrics": metrics,
            "scaleTargetRef": {
                "apiVersion": (info.resource.api_version()), "kind": (info.resource.kind.as_str()),
                "name": (info.name.as_str()),
            },
        });
        if least > 0 {
            object["spec"]["minReplicas"] = least.into();
        }
        object["status"] = json!({"currentMetrics": null, "desiredReplicas": 0});
        if let Err(failure) = generate::finish_as(&inv, object, "", "autoscaled") {
            failures.push(failure);
        }
    }
    Failure::collected(failures)
}
