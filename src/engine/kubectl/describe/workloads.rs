//! Describes what keeps pods running: deployments, replica sets, stateful and daemon sets, jobs.

use super::super::failure::Outcome;
use super::page::{Page, labels_line, or_none, or_unset, rfc1123, scalar};
use super::{events, template};
use crate::meta::selector::format_label_selector;
use crate::meta::{Object, Time, Value, duration};

/// How many pods of a selector are in which phase.
fn pod_phases(page: &Page<'_>, selector: &str, title: &str) -> Outcome<String> {
    let object = page.object();
    let pods = page.inv.list(&*page.inv.resource("pods", "")?, object.namespace(), selector, "")?;
    let owned = pods.iter().filter(|pod| pod.controller().is_some_and(|owner| owner["uid"] == object.uid()));
    let phases: Vec<&str> = owned.map(|pod| pod.status()["phase"].str()).collect();
    let count = |phase: &str| phases.iter().filter(|other| **other == phase).count();
    Ok(format!(
        "{title}:\t{} Running / {} Waiting / {} Succeeded / {} Failed",
        count("Running"),
        count("Pending"),
        count("Succeeded"),
        count("Failed"),
    ))
}

pub(super) fn deployment(page: &mut Page<'_>) -> Outcome {
    let object = page.object();
    let (spec, status) = (object.spec(), object.status());
    page.name_and_namespace();
    page.field("CreationTimestamp", rfc1123(object.at(&["metadata", "creationTimestamp"])));
    page.labels_and_annotations();
    page.field("Selector", format_label_selector(&spec["selector"]));
    page.field(
        "Replicas",
        format!(
            "{} desired | {} updated | {} total | {} available | {} unavailable",
            spec["replicas"].int(),
            status["updatedReplicas"].int(),
            status["replicas"].int(),
            status["availableReplicas"].int(),
            status["unavailableReplicas"].int(),
        ),
    );
    page.field("StrategyType", spec.at(&["strategy", "type"]).str());
    page.field("MinReadySeconds", spec["minReadySeconds"].int().to_string());
    let rolling = spec.at(&["strategy", "rollingUpdate"]);
    if !rolling.is_null() {
        let (unavailable, surge) = (scalar(&rolling["maxUnavailable"]), scalar(&rolling["maxSurge"]));
        page.field("RollingUpdateStrategy", format!("{unavailable} max unavailable, {surge} max surge"));
    }
    template::write(page, &spec["template"]);
    page.conditions();
    replica_sets_of(page)?;
    events::write(page);
    Ok(())
}

/// `OldReplicaSets:` and `NewReplicaSet:`, told apart by the template.
fn replica_sets_of(page: &mut Page<'_>) -> Outcome {
    let object = page.object();
    let selector = format_label_selector(object.at(&["spec", "selector"]));
    let sets = page.inv.list(&*page.inv.resource("replicasets", "apps")?, object.namespace(), &selector, "")?;
    let mut owned: Vec<&Object> =
        sets.iter().filter(|set| set.controller().is_some_and(|owner| owner["uid"] == object.uid())).collect();
    owned.sort_by_key(|set| set.created());
    let same_template = |set: &&&Object| {
        let mut template = set.at(&["spec", "template"]).clone();
        template.remove(&["metadata", "labels", "pod-template-hash"]);
        let mut wanted = object.at(&["spec", "template"]).clone();
        for template in [&mut template, &mut wanted] {
            template.remove(&["metadata", "creationTimestamp"]);
        }
        template == wanted
    };
    let new = owned.iter().find(same_template).map(|set| set.name().to_string());
    let line = |set: &&Object| {
        let (current, wanted) = (set.status()["replicas"].int(), set.spec()["replicas"].int());
        format!("{} ({current}/{wanted} replicas created)", set.name())
    };
    let (newer, older): (Vec<&&Object>, Vec<&&Object>) =
        owned.iter().partition(|set| Some(set.name()) == new.as_deref());
    for (title, sets) in [("OldReplicaSets", older), ("NewReplicaSet", newer)] {
        let lines: Vec<String> = sets.into_iter().map(&line).collect();
        page.field(title, or_none(&lines.join(", ")));
    }
    Ok(())
}

/// ReplicaSets, and ReplicationControllers, whose selector is a plain map.
pub(super) fn replica_set(page: &mut Page<'_>) -> Outcome {
    let object = page.object();
    let (spec, status) = (object.spec(), object.status());
    let is_set = object.kind() == "ReplicaSet";
    let selector = if is_set { format_label_selector(&spec["selector"]) } else { labels_line(&spec["selector"]) };
    page.name_and_namespace();
    page.field("Selector", &selector);
    page.labels_and_annotations();
    page.controlled_by();
    page.field("Replicas", format!("{} current / {} desired", status["replicas"].int(), spec["replicas"].int()));
    let phases = pod_phases(page, &selector, "Pods Status")?;
    page.line(0, phases);
    template::write(page, &spec["template"]);
    page.conditions();
    events::write(page);
    Ok(())
}

pub(super) fn daemon_set(page: &mut Page<'_>) -> Outcome {
    let object = page.object();
    let (spec, status) = (object.spec(), object.status());
    let selector = format_label_selector(&spec["selector"]);
    page.name_and_namespace();
    page.field("Selector", &selector);
    page.field("Node-Selector", labels_line(spec.at(&["template", "spec", "nodeSelector"])));
    page.labels_and_annotations();
    for (title, field) in [
        ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
        ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
        ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
        ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ] {
        page.line(0, format!("{title}: {}", status[field].int()));
    }
    let phases = pod_phases(page, &selector, "Pods Status")?;
    page.line(0, phases);
    template::write(page, &spec["template"]);
    events::write(page);
    Ok(())
}

pub(super) fn stateful_set(page: &mut Page<'_>) -> Outcome {
    let object = page.object();
    let (spec, status) = (object.spec(), object.status());
    let selector = format_label_selector(&spec["selector"]);
    page.name_and_namespace();
    page.field("CreationTimestamp", rfc1123(object.at(&["metadata", "creationTimestamp"])));
    page.field("Selector", &selector);
    page.labels_and_annotations();
    page.field("Replicas", format!("{} desired | {} total", spec["replicas"].int(), status["replicas"].int()));
    page.field("Update Strategy", spec.at(&["updateStrategy", "type"]).str());
    let rolling = spec.at(&["updateStrategy", "rollingUpdate"]);
    if !rolling["partition"].is_null() {
        page.line(1, format!("Partition:\t{}", rolling["partition"].int()));
        if !rolling["maxUnavailable"].is_null() {
            page.line(1, format!("MaxUnavailable:\t{}", scalar(&rolling["maxUnavailable"])));
        }
    }
    let phases = pod_phases(page, &selector, "Pods Status")?;
    page.line(0, phases);
    template::write(page, &spec["template"]);
    claims(page, &spec["volumeClaimTemplates"]);
    events::write(page);
    Ok(())
}

fn claims(page: &mut Page<'_>, claims: &Value) {
    if claims.is_empty() {
        page.field("Volume Claims", "<none>");
        return;
    }
    page.line(0, "Volume Claims:");
    for claim in claims.items() {
        page.line(1, format!("Name:\t{}", claim.at(&["metadata", "name"]).str()));
        page.line(1, format!("StorageClass:\t{}", claim.at(&["spec", "storageClassName"]).str()));
        page.map("  Labels", claim.at(&["metadata", "labels"]));
        page.annotations("  Annotations", claim.at(&["metadata", "annotations"]));
        let capacity = claim.at(&["spec", "resources", "requests", "storage"]);
        page.line(1, format!("Capacity:\t{}", if capacity.is_null() { "<default>".into() } else { scalar(capacity) }));
        page.line(1, format!("Access Modes:\t[{}]", super::page::texts(claim.at(&["spec", "accessModes"])).join(" ")));
    }
}

pub(super) fn job(page: &mut Page<'_>) -> Outcome {
    let object = page.object();
    let (spec, status) = (object.spec(), object.status());
    page.name_and_namespace();
    if !spec["selector"].is_null() {
        page.field("Selector", format_label_selector(&spec["selector"]));
    }
    page.labels_and_annotations();
    page.controlled_by();
    page.field("Parallelism", or_unset(&spec["parallelism"]));
    page.field("Completions", or_unset(&spec["completions"]));
    page.field_if("Completion Mode", spec["completionMode"].str());
    if !spec["suspend"].is_null() {
        page.field("Suspend", spec["suspend"].bool().to_string());
    }
    if !spec["backoffLimit"].is_null() {
        page.field("Backoff Limit", spec["backoffLimit"].int().to_string());
    }
    if !spec["ttlSecondsAfterFinished"].is_null() {
        page.field("TTL Seconds After Finished", spec["ttlSecondsAfterFinished"].int().to_string());
    }
    let (start, end) = (&status["startTime"], &status["completionTime"]);
    if !start.is_null() {
        page.field("Start Time", rfc1123(start));
    }
    if !end.is_null() {
        page.field("Completed At", rfc1123(end));
    }
    if let (Some(start), Some(end)) = (Time::parse(start.str()), Time::parse(end.str())) {
        page.field("Duration", duration::human(end.since(start)));
    }
    if let Some(seconds) = spec["activeDeadlineSeconds"].as_i64() {
        page.field("Active Deadline Seconds", format!("{seconds}s"));
    }
    let count = |field: &str| status[field].int();
    let active = match status["ready"].as_i64() {
        Some(ready) => format!("{} Active ({ready} Ready)", count("active")),
        None => format!("{} Active", count("active")),
    };
    page.field("Pods Statuses", format!("{active} / {} Succeeded / {} Failed", count("succeeded"), count("failed")));
    if spec["completionMode"] == "Indexed" {
        page.field("Completed Indexes", or_none(status["completedIndexes"].str()));
    }
    template::write(page, &spec["template"]);
    events::write(page);
    Ok(())
}

pub(super) fn cron_job(page: &mut Page<'_>) -> Outcome {
    let object = page.object();
    let (spec, status) = (object.spec(), object.status());
    page.name_and_namespace();
    page.labels_and_annotations();
    page.field("Schedule", spec["schedule"].str());
    page.field_if("Time Zone", spec["timeZone"].str());
    page.field("Concurrency Policy", spec["concurrencyPolicy"].str());
    let suspend = match spec["suspend"].as_bool() {
        Some(true) => "True",
        Some(false) => "False",
        None => "<unset>",
    };
    page.field("Suspend", suspend);
    page.field("Successful Job History Limit", or_unset(&spec["successfulJobsHistoryLimit"]));
    page.field("Failed Job History Limit", or_unset(&spec["failedJobsHistoryLimit"]));
    let seconds = |value: &Value| value.as_i64().map_or("<unset>".into(), |seconds| format!("{seconds}s"));
    page.field("Starting Deadline Seconds", seconds(&spec["startingDeadlineSeconds"]));
    let job = spec.at(&["jobTemplate", "spec"]);
    match &job["selector"] {
        Value::Null => page.field("Selector", "<unset>"),
        selector => page.field("Selector", format_label_selector(selector)),
    }
    page.field("Parallelism", or_unset(&job["parallelism"]));
    page.field("Completions", or_unset(&job["completions"]));
    if !job["activeDeadlineSeconds"].is_null() {
        page.field("Active Deadline Seconds", seconds(&job["activeDeadlineSeconds"]));
    }
    template::write(page, &job["template"]);
    page.field("Last Schedule Time", rfc1123(&status["lastScheduleTime"]));
    let active: Vec<&str> = status["active"].items().iter().map(|job| job["name"].str()).collect();
    page.field("Active Jobs", or_none(&active.join(", ")));
    events::write(page);
    Ok(())
}
