//! Job: pods that run until so many have succeeded.

use super::columns::{AGE, NAME, container_images, container_names, selector, text, wide};
use super::field::Field;
use super::pod::defaults::{each, set_missing};
use super::workload::template_spec;
use super::{Column, Kind, go, metadata, pod, workload};
use crate::json;
use crate::meta::{Errors, Object, Time, Value, duration};

/// The row of Job.
pub static KIND: Kind = Kind {
    group: "batch",
    kind: "Job",
    plural: "jobs",
    singular: "job",
    categories: &["all"],
    subresources: &["status"],
    generation: true,
    schema: "io.k8s.api.batch.v1.Job",
    columns: || COLUMNS,
    selectable: &[("status.successful", |job| job.status()["succeeded"].int().to_string())],
    defaults,
    prepare,
    validate,
    warnings: workload::warnings,
    ..Kind::NAMESPACED
};

const COLUMNS: &[Column] = &[
    NAME,
    text("Status", "Status of the job.", |job, _| status(job).into()),
    text("Completions", "Status of the completion.", completions),
    text("Duration", "Time required to complete the job.", |job, now| {
        let Some(start) = Time::parse(job.status()["startTime"].str()) else { return "".into() };
        let end = Time::parse(job.status()["completionTime"].str()).unwrap_or(now);
        duration::human(end.since(start)).into()
    }),
    AGE,
    wide("Containers", "Names of each container in the template.", |object, _| container_names(template_spec(object))),
    wide("Images", "Images referenced by each container in the template.", |object, _| {
        container_images(template_spec(object))
    }),
    wide("Selector", "A label query over pods that should match the pod count.", |object, _| {
        selector(&object.spec()["selector"])
    }),
];

fn completions(job: &Object, _: Time) -> Value {
    let done = job.status()["succeeded"].int();
    match (job.spec()["completions"].as_i64(), job.spec()["parallelism"].int()) {
        (Some(wanted), _) => format!("{done}/{wanted}"),
        (None, parallelism) if parallelism > 1 => format!("{done}/1 of {parallelism}"),
        _ => format!("{done}/1"),
    }
    .into()
}

/// The job's state in one word.
pub fn status(job: &Object) -> &'static str {
    let has = |kind: &str| job.condition_is_true(kind);
    if has("Complete") {
        "Complete"
    } else if has("Failed") {
        "Failed"
    } else if job.is_terminating() {
        "Terminating"
    } else if has("Suspended") {
        "Suspended"
    } else if has("FailureTarget") {
        "FailureTarget"
    } else if has("SuccessCriteriaMet") {
        "SuccessCriteriaMet"
    } else {
        "Running"
    }
}

/// Whether it has come to an end, good or bad.
pub fn is_finished(job: &Object) -> bool {
    job.condition_is_true("Complete") || job.condition_is_true("Failed")
}

fn defaults(job: &mut Object) {
    workload::default_labels(job);
    workload::default_template(job);
    let spec = job.entry("spec");
    if spec["completions"].is_null() && spec["parallelism"].is_null() {
        spec.set(&["completions"], 1);
    }
    spec.set_default(&["parallelism"], 1);
    let retries = if spec["backoffLimitPerIndex"].is_null() { 6 } else { i32::MAX };
    spec.set_default(&["backoffLimit"], retries);
    spec.set_default(&["suspend"], false);
    spec.set_default(&["manualSelector"], false);
    set_missing(spec, "completionMode", "NonIndexed");
    let replacement = if spec["podFailurePolicy"].is_null() { "TerminatingOrFailed" } else { "Failed" };
    set_missing(spec, "podReplacementPolicy", replacement);
    if spec["podFailurePolicy"].is_object() {
        each(&mut spec["podFailurePolicy"], "rules", |rule| {
            each(rule, "onPodConditions", |condition| set_missing(condition, "status", "True"));
        });
    }
}

fn prepare(job: &mut Object, old: Option<&Object>) {
    if old.is_some() {
        return;
    }
    job["status"] = json!({});
    if job.spec()["manualSelector"].bool() {
        return;
    }
    let (uid, name) = (job.uid().to_string(), job.name().to_string());
    let spec = job.entry("spec");
    for (key, value) in [
        ("controller-uid", &uid),
        ("batch.kubernetes.io/controller-uid", &uid),
        ("job-name", &name),
        ("batch.kubernetes.io/job-name", &name),
    ] {
        spec.set(&["template", "metadata", "labels", key], value);
    }
    if spec["selector"].is_null() {
        spec.set(&["selector"], json!({"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}));
    }
    workload::default_labels(job);
}

/// What of a suspended job's template may still change.
const DIRECTIVES: &[&str] = &["nodeSelector", "tolerations", "schedulingGates"];

fn validate(job: &Object, old: Option<&Object>, errors: &mut Errors) {
    if old.is_some_and(|old| old.spec() == job.spec()) {
        return;
    }
    let root = Field::root(job);
    let field = root.child("spec");
    if field["selector"].is_null() {
        field.child("selector").required(errors, "");
    } else {
        metadata::selector(&field.child("selector"), errors);
    }
    spec(&field, errors);
    workload::matches_template(&field, errors);
    if let Some(old) = old {
        update(&field, old, errors);
    }
}

/// Validates a job's spec, of its own or in a template.
pub fn spec(spec: &Field, errors: &mut Errors) {
    workload::counts(
        spec,
        &["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"],
        errors,
    );
    let mode = spec.child("completionMode");
    mode.one_of(errors, &["Indexed", "NonIndexed"]);
    if *mode == "Indexed" && spec["completions"].is_null() {
        spec.child("completions").required(errors, "when completion mode is Indexed");
    }
    workload::counts(spec, &["backoffLimitPerIndex", "maxFailedIndexes"], errors);
    for field in ["backoffLimitPerIndex", "maxFailedIndexes"] {
        if *mode != "Indexed" && !spec[field].is_null() {
            spec.child(field).invalid(errors, "requires indexed completion mode");
        }
    }
    spec.child("podReplacementPolicy").one_of(errors, &["Failed", "TerminatingOrFailed"]);
    let template = spec.child("template");
    pod::validate::template(&template, errors);
    let inner = template.child("spec");
    let restart = inner.child("restartPolicy");
    match restart.str() {
        "" | "Always" => restart.required(errors, "valid values: \"OnFailure\", \"Never\""),
        _ => restart.one_of(errors, &["OnFailure", "Never"]),
    }
    if !spec["podFailurePolicy"].is_null() && *restart != "Never" {
        restart.invalid(errors, "only \"Never\" is supported when podFailurePolicy is specified");
    }
}

fn update(spec: &Field, old: &Object, errors: &mut Errors) {
    let before = old.spec();
    let completions = spec.child("completions");
    let elastic = spec["completionMode"] == "Indexed" && spec["completions"] == spec["parallelism"];
    if !elastic {
        completions.immutable(errors, &before["completions"]);
    }
    if spec["selector"] != before["selector"] {
        let selector = spec.child("selector");
        go::invalid(errors, &selector.path(), "LabelSelector", &selector, "field is immutable");
    }
    let mut template = before["template"].clone();
    if before["suspend"].bool() && old.status()["startTime"].is_null() {
        for field in ["labels", "annotations"] {
            template.set(&["metadata", field], spec["template"]["metadata"][field].clone());
        }
        for field in DIRECTIVES {
            template.set(&["spec", field], spec["template"]["spec"][*field].clone());
        }
        template.set(&["spec", "affinity"], spec["template"]["spec"]["affinity"].clone());
    }
    let place = spec.child("template");
    if go::print("PodTemplateSpec", &template) != go::print("PodTemplateSpec", &place) {
        go::invalid(errors, &place.path(), "PodTemplateSpec", &place, "field is immutable");
    }
    for field in ["completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"] {
        spec.child(field).immutable(errors, &before[field]);
    }
}
