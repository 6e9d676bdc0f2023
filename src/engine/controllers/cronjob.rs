//! CronJobs: makes a job whenever the clock says so, and clears away the old ones.

use super::pods;
use super::runner::{Again, Context, Controller, Wake, controller_reference, gone_is_fine, key};
use crate::json;
use crate::kinds::schedule::Schedule;
use crate::kinds::zones;
use crate::meta::{Object, Status, Time, Value};
use crate::store::{Change, Key};
use std::time::Duration;

const RESOURCE: &str = "cronjobs.batch";
const JOBS: &str = "jobs.batch";
/// How late after the scheduled moment the controller looks.
const DELTA: Duration = Duration::from_millis(100);
/// From how many missed times on something is amiss.
const TOO_MANY: usize = 100;

struct CronJobs;

/// The CronJob controller.
pub fn cronjob() -> Box<dyn Controller> {
    Box::new(CronJobs)
}

impl Controller for CronJobs {
    fn name(&self) -> &'static str {
        "cronjob-controller"
    }
    fn watches(&self) -> &'static [&'static str] {
        &[RESOURCE, JOBS]
    }
    fn notice(&mut self, change: &Change, wake: &mut Wake) {
        if &*change.key.resource == RESOURCE {
            return wake.now(change.key.clone());
        }
        for job in [&change.old, &change.new].into_iter().flatten() {
            if let Some(owner) = job.controller().filter(|owner| owner["kind"] == "CronJob") {
                wake.gather(key(RESOURCE, job.namespace(), owner["name"].str()), 0);
            }
        }
    }
    fn reconcile(&mut self, key: &Key, cx: &Context) -> Result<Again, Status> {
        let Some(cron) = cx.get(key) else { return Ok(None) };
        let mut jobs = cx.informers.owned(JOBS, cron.uid());
        jobs.sort_by_key(Object::created);
        let mut pass = Pass { cx, cron: &cron, status: cron.status().clone() };
        pass.clean_up(&jobs)?;
        pass.follow(&jobs);
        let again = if cron.is_terminating() { Ok(None) } else { pass.start(&jobs) };
        cx.put_status(&cron, pass.status)?;
        again
    }
}

/// `Complete` or `Failed`, if the job has ended.
fn ended(job: &Object) -> Option<&'static str> {
    if job.condition_is_true("Complete") {
        Some("Complete")
    } else if job.condition_is_true("Failed") {
        Some("Failed")
    } else {
        None
    }
}

/// One pass over one CronJob.
struct Pass<'a> {
    cx: &'a Context,
    cron: &'a Object,
    status: Value,
}

impl Pass<'_> {
    /// Deletes the oldest of the jobs that ended, beyond those to be kept.
    fn clean_up(&self, jobs: &[Object]) -> Result<(), Status> {
        for (end, limit) in [("Complete", "successfulJobsHistoryLimit"), ("Failed", "failedJobsHistoryLimit")] {
            let Some(limit) = self.cron.spec()[limit].as_i64() else { continue };
            let past: Vec<&Object> = jobs.iter().filter(|job| ended(job) == Some(end)).collect();
            let excess = past.len().saturating_sub(usize::try_from(limit).unwrap_or(0));
            for job in past.into_iter().take(excess).filter(|job| !job.is_terminating()) {
                self.delete(job)?;
            }
        }
        Ok(())
    }

    fn delete(&self, job: &Object) -> Result<(), Status> {
        let options = json!({"propagationPolicy": "Background", "preconditions": {"uid": job.uid()}});
        gone_is_fine(self.cx.client.delete(super::runner::kind(JOBS)?, job.namespace(), job.name(), options))?;
        self.cx.recorder.normal(self.cron, "SuccessfulDelete", &format!("Deleted job {}", job.name()));
        Ok(())
    }

    /// Follows the jobs that were started: which run, which have ended, which are missing.
    fn follow(&mut self, jobs: &[Object]) {
        let mut active: Vec<Value> = self.status["active"].items().to_vec();
        active.retain(|reference| {
            let job = jobs.iter().find(|job| reference["uid"] == *job.uid());
            let Some(job) = job else {
                let message = format!("Active job went missing: {}", reference["name"].str());
                self.cx.recorder.normal(self.cron, "MissingJob", &message);
                return false;
            };
            let Some(end) = ended(job) else { return true };
            let message = format!("Saw completed job: {}, condition: {end}", job.name());
            self.cx.recorder.normal(self.cron, "SawCompletedJob", &message);
            if end == "Complete" && !job.status()["completionTime"].is_null() {
                let time = job.status()["completionTime"].clone();
                if self.status["lastSuccessfulTime"].str() < time.str() {
                    self.status["lastSuccessfulTime"] = time;
                }
            }
            false
        });
        self.set_active(active);
    }

    fn set_active(&mut self, active: Vec<Value>) {
        if active.is_empty() {
            self.status.remove(&["active"]);
        } else {
            self.status["active"] = active.into();
        }
    }

    fn start(&mut self, jobs: &[Object]) -> Result<Again, Status> {
        let (cx, cron) = (self.cx, self.cron);
        if cron.spec()["suspend"].bool() {
            return Ok(None);
        }
        let text = cron.spec()["schedule"].str();
        let schedule = match Schedule::parse(text) {
            Ok(schedule) => schedule,
            Err(why) => {
                cx.recorder.warning(cron, "UnparseableSchedule", &format!("unparseable schedule {text:?} : {why}"));
                return Ok(None);
            }
        };
        let zone = cron.spec()["timeZone"].as_str().unwrap_or("UTC");
        let Some(ahead) = zones::ahead(zone, cx.now) else {
            cx.recorder.warning(
                cron,
                "UnknownTimeZone",
                &format!("invalid timeZone: {zone:?}: unknown time zone {zone}"),
            );
            return Ok(None);
        };
        let shift = |time: Time, minutes: i64| Time(time.0 + minutes * 60_000_000);
        let next = |after: Time| schedule.next(shift(after, ahead)).map(|time| shift(time, -ahead));
        let again = next(cx.now).map(|time| time + DELTA);
        if again.is_none() {
            let why = "time difference between two schedules is less than 1 second";
            cx.recorder.warning(cron, "InvalidSchedule", &format!("invalid schedule: {text} : {why}"));
            return Ok(None);
        }
        let Some(due) = self.missed(&next) else { return Ok(again) };
        let deadline = &cron.spec()["startingDeadlineSeconds"];
        if !deadline.is_null() && due + pods::seconds(deadline) < cx.now {
            let message = format!("Missed scheduled time to start a job: {}", due.rfc3339());
            cx.recorder.warning(cron, "MissSchedule", &message);
            return Ok(again);
        }
        let running = jobs.iter().any(|job| ended(job).is_none()) && !self.status["active"].is_null();
        match cron.spec()["concurrencyPolicy"].str() {
            "Forbid" if running => {
                let message = "Not starting job because prior execution is running and concurrency policy is Forbid";
                cx.recorder.normal(cron, "JobAlreadyActive", message);
                return Ok(again);
            }
            "Replace" => {
                for job in jobs.iter().filter(|job| ended(job).is_none() && !job.is_terminating()) {
                    self.delete(job)?;
                }
                self.set_active(Vec::new());
            }
            _ => {}
        }
        self.create(due, shift(due, ahead), ahead)?;
        Ok(again)
    }

    /// The latest scheduled time that has passed without a job.
    fn missed(&self, next: &dyn Fn(Time) -> Option<Time>) -> Option<Time> {
        let (cx, cron) = (self.cx, self.cron);
        let last = Time::parse(self.status["lastScheduleTime"].str()).or(cron.created())?;
        let deadline = &cron.spec()["startingDeadlineSeconds"];
        let from = if deadline.is_null() { last } else { last.max(cx.now - pods::seconds(deadline)) };
        let mut latest = None;
        let mut time = next(from)?;
        let mut count = 0;
        while time <= cx.now {
            count += 1;
            latest = Some(time);
            time = next(time)?;
            if count == TOO_MANY + 1 {
                let message =
                    "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
                cx.recorder.warning(cron, "TooManyMissedTimes", message);
            }
        }
        latest
    }

    fn create(&mut self, due: Time, local: Time, ahead: i64) -> Result<(), Status> {
        let (cx, cron) = (self.cx, self.cron);
        let template = &cron.spec()["jobTemplate"];
        let mut job = Object(json!({
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": {
                "name": format!("{}-{}", cron.name(), due.seconds() / 60), "namespace": cron.namespace(),
                "ownerReferences": [controller_reference(cron)],
            },
            "spec": template["spec"].clone(),
        }));
        for field in ["labels", "annotations"] {
            if !template["metadata"][field].is_empty() {
                job["metadata"][field] = template["metadata"][field].clone();
            }
        }
        let sign = if ahead < 0 { '-' } else { '+' };
        let offset = format!("{sign}{:02}:{:02}", ahead.abs() / 60, ahead.abs() % 60);
        let stamp = if ahead == 0 { local.rfc3339() } else { local.rfc3339().replace('Z', &offset) };
        job.set(&["metadata", "annotations", "batch.kubernetes.io/cronjob-scheduled-timestamp"], stamp);
        let created = match cx.client.create(job) {
            Ok(job) => job,
            Err(status) if status.is_already_exists() => {
                self.status["lastScheduleTime"] = due.rfc3339().into();
                return Ok(());
            }
            Err(status) if super::replicaset::is_namespace_terminating(&status) => return Ok(()),
            Err(status) => {
                cx.recorder.warning(cron, "FailedCreate", &format!("Error creating job: {}", status.message));
                return Err(status);
            }
        };
        cx.recorder.normal(cron, "SuccessfulCreate", &format!("Created job {}", created.name()));
        self.status["active"].push(json!({
            "kind": "Job", "namespace": created.namespace(), "name": created.name(), "uid": created.uid(),
            "apiVersion": "batch/v1", "resourceVersion": created.at(&["metadata", "resourceVersion"]).clone(),
        }));
        self.status["lastScheduleTime"] = due.rfc3339().into();
        Ok(())
    }
}
