//! How a job ends: which outcome it is heading for, and what its status says on the way.

use super::{Pass, indexes, policy};
use crate::controllers::{conditions, pods};
use crate::meta::{Status, Value};

/// What a job is heading for.
pub struct Outcome {
    complete: bool,
    reason: String,
    message: String,
}

fn failure(reason: &str, message: &str) -> Option<Outcome> {
    Some(Outcome { complete: false, reason: reason.into(), message: message.into() })
}

impl Pass<'_> {
    fn condition(&self, kind: &str, status: &str, reason: &str, message: &str) -> Value {
        let mut condition = conditions::new(kind, status, reason, message, self.cx.now);
        condition["lastProbeTime"] = condition["lastTransitionTime"].clone();
        condition
    }

    /// What the job is heading for, if its end is in sight.
    pub fn outcome(&self) -> Option<Outcome> {
        for (kind, complete) in [("FailureTarget", false), ("SuccessCriteriaMet", true)] {
            if let Some(said) = self.job.condition(kind).filter(|said| said["status"] == "True") {
                let text = |field: &str| said[field].str().to_string();
                return Some(Outcome { complete, reason: text("reason"), message: text("message") });
            }
        }
        self.failing().or_else(|| self.succeeding())
    }

    fn failing(&self) -> Option<Outcome> {
        if let Some(why) = &self.verdict {
            return failure("PodFailurePolicy", why);
        }
        let limit = self.job.spec()["backoffLimit"].as_i64().unwrap_or(6);
        let too_many = self.newly_failed > 0 && self.count("failed") > limit;
        if too_many || self.restarted_too_often(limit) {
            return failure("BackoffLimitExceeded", "Job has reached the specified backoff limit");
        }
        if !self.is_suspended() && self.deadline().is_some_and(|deadline| deadline <= self.cx.now) {
            return failure("DeadlineExceeded", "Job was active longer than specified deadline");
        }
        if !self.is_indexed() || self.limit_per_index().is_none() {
            return None;
        }
        let failed = self.failed_indexes.len() as i64;
        if self.job.spec()["maxFailedIndexes"].as_i64().is_some_and(|most| failed > most) {
            let message = "Job has exceeded the specified maximal number of failed indexes";
            return failure("MaxFailedIndexesExceeded", message);
        }
        let done = failed + self.succeeded_indexes.len() as i64;
        let all = self.completions().is_some_and(|completions| done >= completions);
        if failed > 0 && all { failure("FailedIndexes", "Job has failed indexes") } else { None }
    }

    /// With `restartPolicy: OnFailure` it is restarts that count.
    fn restarted_too_often(&self, limit: i64) -> bool {
        if *self.job.spec().at(&["template", "spec", "restartPolicy"]) != "OnFailure" {
            return false;
        }
        let restarts = |pod: &crate::meta::Object| {
            let lists = ["initContainerStatuses", "containerStatuses"];
            lists.iter().flat_map(|list| pod.status()[*list].items()).map(|s| s["restartCount"].int()).sum::<i64>()
        };
        let running = self.active.iter().filter(|pod| matches!(pods::phase(pod), "Running" | "Pending"));
        let sum: i64 = running.map(restarts).sum();
        if limit == 0 { sum > 0 } else { sum >= limit }
    }

    fn succeeding(&self) -> Option<Outcome> {
        let complete = |reason: &str, message: String| Some(Outcome { complete: true, reason: reason.into(), message });
        let succeeded = self.count("succeeded");
        if self.is_indexed()
            && let Some(rule) = policy::success(self.job, &self.succeeded_indexes, self.completions().unwrap_or(0))
        {
            return complete("SuccessPolicy", format!("Matched rules at index {rule}"));
        }
        let reached = match self.completions() {
            Some(completions) => succeeded >= completions,
            None => succeeded > 0 && self.active.is_empty(),
        };
        if reached && !self.is_suspended() {
            return complete("CompletionsReached", "Reached expected number of succeeded pods".into());
        }
        None
    }

    /// Takes the job towards its end: pods go first, then it is over.
    pub fn finish(&mut self, outcome: &Outcome) -> Result<(), Status> {
        let (heading, end) =
            if outcome.complete { ("SuccessCriteriaMet", "Complete") } else { ("FailureTarget", "Failed") };
        let (reason, message) = (&outcome.reason, &outcome.message);
        if conditions::find(&self.status, heading).is_none() {
            let condition = self.condition(heading, "True", reason, message);
            conditions::set(&mut self.status, condition);
        }
        let active = std::mem::take(&mut self.active);
        let result = self.delete(&active);
        let ending =
            active.len() + self.pods.iter().filter(|pod| pod.is_terminating() && !pods::is_finished(pod)).count();
        if result.is_err() || ending > 0 {
            return result;
        }
        let condition = self.condition(end, "True", reason, message);
        conditions::set(&mut self.status, condition);
        if outcome.complete {
            self.status["completionTime"] = self.cx.now.rfc3339().into();
            self.cx.recorder.normal(self.job, "Completed", "Job completed");
        } else {
            self.cx.recorder.warning(self.job, reason, message);
        }
        Ok(())
    }

    /// Says that the job was suspended or goes on.
    pub fn note_suspension(&mut self) {
        let was = conditions::find(&self.status, "Suspended").map(|said| said["status"] == "True");
        let (value, reason, message, event) = match (self.is_suspended(), was) {
            (true, None | Some(false)) => ("True", "JobSuspended", "Job suspended", "Suspended"),
            (false, Some(true)) => ("False", "JobResumed", "Job resumed", "Resumed"),
            _ => return,
        };
        let condition = self.condition("Suspended", value, reason, message);
        conditions::put(&mut self.status, condition);
        self.cx.recorder.normal(self.job, event, message);
        if value == "True" {
            self.status.remove(&["startTime"]);
        } else {
            self.status["startTime"] = self.cx.now.rfc3339().into();
        }
    }

    pub fn fill_status(&mut self) {
        let ready = self.active.iter().filter(|pod| pods::is_ready(pod)).count();
        let terminating = self.pods.iter().filter(|pod| pod.is_terminating() && !pods::is_finished(pod)).count();
        pods::put_count(&mut self.status, "active", self.active.len() as i64);
        self.status["ready"] = ready.into();
        self.status["terminating"] = terminating.into();
        self.status["uncountedTerminatedPods"] = Value::object();
        if self.is_indexed() {
            let done = indexes::format(&self.succeeded_indexes);
            if !done.is_empty() {
                self.status["completedIndexes"] = done.into();
            }
            if self.limit_per_index().is_some() {
                self.status["failedIndexes"] = indexes::format(&self.failed_indexes).into();
            }
        }
    }
}
