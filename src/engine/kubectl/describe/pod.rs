//! Describes pods.

use super::super::failure::Outcome;
use super::containers::{self, Resolve};
use super::page::{Page, rfc1123};
use super::{events, template, volumes};
use crate::meta::duration;
use crate::meta::{Time, Value};
use std::time::Duration;

pub(super) fn pod(page: &mut Page<'_>) -> Outcome {
    let pod = page.object();
    let (spec, status) = (pod.spec(), pod.status());
    page.name_and_namespace();
    if !spec["priority"].is_null() {
        page.field("Priority", spec["priority"].int().to_string());
    }
    page.field_if("Priority Class Name", spec["priorityClassName"].str());
    page.field_if("Runtime Class Name", spec["runtimeClassName"].str());
    page.field_if("Service Account", spec["serviceAccountName"].str());
    match spec["nodeName"].str() {
        "" => page.field("Node", "<none>"),
        node => page.field("Node", format!("{node}/{}", status["hostIP"].str())),
    }
    if !status["startTime"].is_null() {
        page.field("Start Time", rfc1123(&status["startTime"]));
    }
    page.labels_and_annotations();
    let over = matches!(status["phase"].str(), "Succeeded" | "Failed");
    if pod.is_terminating() && status["reason"] != "NodeLost" && !over {
        let deletion = pod.deletion().unwrap_or_default();
        page.field("Status", format!("Terminating (lasts {})", lasts(page.inv.now(), deletion)));
        let grace = pod.at(&["metadata", "deletionGracePeriodSeconds"]).int();
        page.field("Termination Grace Period", format!("{grace}s"));
    } else {
        page.field("Status", status["phase"].str());
    }
    page.field_if("Reason", status["reason"].str());
    page.field_if("Message", status["message"].str());
    containers::seccomp(page, 0, &spec["securityContext"]);
    page.field("IP", status["podIP"].str());
    match status["podIPs"].items() {
        [] => page.field("IPs", "<none>"),
        ips => {
            page.line(0, "IPs:");
            for ip in ips {
                page.line(1, format!("IP:\t{}", ip["ip"].str()));
            }
        }
    }
    page.controlled_by();
    page.field_if("NominatedNodeName", status["nominatedNodeName"].str());
    let resolve = Resolve { pod: Some(pod) };
    for (title, field, statuses) in [
        ("Init Containers", "initContainers", "initContainerStatuses"),
        ("Containers", "containers", "containerStatuses"),
        ("Ephemeral Containers", "ephemeralContainers", "ephemeralContainerStatuses"),
    ] {
        if field == "containers" || !spec[field].is_empty() {
            containers::write(page, title, &spec[field], &status[statuses], &resolve, "");
        }
    }
    gates_and_conditions(page, spec, status);
    volumes::write(page, &spec["volumes"], "");
    page.field_if("QoS Class", status["qosClass"].str());
    page.map("Node-Selectors", &spec["nodeSelector"]);
    template::tolerations(page, "Tolerations", &spec["tolerations"]);
    template::spread_constraints(page, &spec["topologySpreadConstraints"], "");
    events::write(page);
    Ok(())
}

/// How long a pod still has: deletion lies in the future until the grace period is over.
fn lasts(now: Time, deletion: Time) -> String {
    if deletion > now { duration::human(Duration::ZERO) } else { duration::age(now, deletion) }
}

fn gates_and_conditions(page: &mut Page<'_>, spec: &Value, status: &Value) {
    let conditions = status["conditions"].items();
    if !spec["readinessGates"].is_empty() {
        page.line(0, "Readiness Gates:");
        page.line(1, "Type\tStatus");
        for gate in spec["readinessGates"].items() {
            let kind = gate["conditionType"].str();
            let found = conditions.iter().find(|condition| condition["type"] == kind);
            let status = found.map_or("<none>", |condition| condition["status"].str());
            page.line(1, format!("{kind} \t{status} "));
        }
    }
    if !conditions.is_empty() {
        page.line(0, "Conditions:");
        page.line(1, "Type\tStatus");
        for condition in conditions {
            page.line(1, format!("{} \t{} ", condition["type"].str(), condition["status"].str()));
        }
    }
}
