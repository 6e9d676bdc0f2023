//! CronJob: jobs by the clock.

use super::columns::{AGE, NAME, age, container_images, container_names, integer, or_none, selector, text, wide};
use super::field::Field;
use super::pod::defaults::{set_missing, template};
use super::schedule::Schedule;
use super::zones;
use super::{Column, Kind, job, workload};
use crate::meta::Time;
use crate::meta::{Errors, Object, Value};

/// The row of CronJob.
pub static KIND: Kind = Kind {
    group: "batch",
    kind: "CronJob",
    plural: "cronjobs",
    singular: "cronjob",
    short_names: &["cj"],
    categories: &["all"],
    subresources: &["status"],
    generation: true,
    schema: "io.k8s.api.batch.v1.CronJob",
    columns: || COLUMNS,
    defaults,
    prepare: workload::prepare,
    validate,
    warnings,
    ..Kind::NAMESPACED
};

const COLUMNS: &[Column] = &[
    NAME,
    text("Schedule", "The schedule in Cron format, see https://en.wikipedia.org/wiki/Cron.", |cron, _| {
        cron.spec()["schedule"].str().into()
    }),
    text(
        "Timezone",
        "The time zone name for the given schedule, see https://en.wikipedia.org/wiki/List_of_tz_database_time_zones.",
        |cron, _| or_none(cron.spec()["timeZone"].str()),
    ),
    text(
        "Suspend",
        "This flag tells the controller to suspend subsequent executions, it does not apply to already started executions.",
        |cron, _| {
            match cron.spec()["suspend"].as_bool() {
                None => "<unset>",
                Some(false) => "False",
                Some(true) => "True",
            }
            .into()
        },
    ),
    integer("Active", "A list of pointers to currently running jobs.", |cron, _| {
        cron.status()["active"].items().len().into()
    }),
    text("Last Schedule", "Information when was the last time the job was successfully scheduled.", |cron, now| {
        match &cron.status()["lastScheduleTime"] {
            Value::Null => "<none>".into(),
            time => age(time, now).into(),
        }
    }),
    AGE,
    wide("Containers", "Names of each container in the template.", |cron, _| container_names(pod_spec(cron))),
    wide("Images", "Images referenced by each container in the template.", |cron, _| container_images(pod_spec(cron))),
    wide("Selector", "A label query over pods that should match the pod count.", |cron, _| {
        selector(cron.at(&["spec", "jobTemplate", "spec", "selector"]))
    }),
];

fn pod_spec(cron: &Object) -> &Value {
    cron.at(&["spec", "jobTemplate", "spec", "template", "spec"])
}

fn defaults(cron: &mut Object) {
    let spec = cron.entry("spec");
    set_missing(spec, "concurrencyPolicy", "Allow");
    spec.set_default(&["suspend"], false);
    spec.set_default(&["successfulJobsHistoryLimit"], 3);
    spec.set_default(&["failedJobsHistoryLimit"], 1);
    if spec["jobTemplate"]["spec"]["template"].is_object() {
        template(&mut spec["jobTemplate"]["spec"]["template"]);
    }
}

fn validate(cron: &Object, old: Option<&Object>, errors: &mut Errors) {
    let root = Field::root(cron);
    if old.is_none() && cron.name().len() > 52 {
        let metadata = root.child("metadata");
        metadata.child("name").invalid(errors, "must be no more than 52 characters");
    }
    if old.is_some_and(|old| old.spec() == cron.spec()) {
        return;
    }
    let spec = root.child("spec");
    let schedule = spec.child("schedule");
    if schedule.need(errors) {
        if schedule.str().contains("TZ") {
            schedule.invalid(errors, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
        } else if let Err(why) = Schedule::parse(schedule.str()) {
            schedule.invalid(errors, &why);
        }
    }
    let zone = spec.child("timeZone");
    if zone.as_str() == Some("") {
        zone.invalid(errors, "timeZone must be nil or non-empty string");
    } else if zone.str().eq_ignore_ascii_case("local") {
        zone.invalid(errors, "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones");
    } else if zone.as_str().is_some_and(|name| zones::ahead(name, Time::default()).is_none()) {
        zone.invalid(errors, &format!("unknown time zone {}", zone.str()));
    }
    workload::counts(&spec, &["startingDeadlineSeconds"], errors);
    spec.child("concurrencyPolicy").need_one_of(errors, &["Allow", "Forbid", "Replace"], "");
    let template = spec.child("jobTemplate");
    let inner = template.child("spec");
    if inner["manualSelector"].bool() {
        inner.child("manualSelector").unsupported(errors, &["nil", "false"]);
    }
    job::spec(&inner, errors);
    workload::counts(&spec, &["successfulJobsHistoryLimit", "failedJobsHistoryLimit"], errors);
}

fn warnings(cron: &Object) -> Vec<String> {
    let root = Field::root(cron);
    let spec = root.child("spec");
    let template = spec.child("jobTemplate");
    let inner = template.child("spec");
    super::pod::template_warnings(&inner.child("template"))
}
