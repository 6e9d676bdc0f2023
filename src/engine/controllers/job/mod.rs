//! Jobs: pods that run to completion, so many times, so many at once.
//!
//! A pod that ended is counted once: its finalizer keeps it until the status has it. [`policy`] says
//! what failures mean, [`indexes`] which completions are done.

mod finish;
mod indexes;
mod policy;

use super::runner::{Again, Context, Controller, Wake, gone_is_fine, pod_from_template};
use super::{pods, surplus};
use crate::json;
use crate::meta::{Object, Selector, Status, Time, Value};
use crate::meta::{SortedMap, SortedSet};
use crate::store::{Change, Key};
use policy::Verdict;
use std::time::Duration;

const RESOURCE: &str = "jobs.batch";
const FINALIZER: &str = "batch.kubernetes.io/job-tracking";
const INDEX: &str = "batch.kubernetes.io/job-completion-index";
const INDEX_FAILURES: &str = "batch.kubernetes.io/job-index-failure-count";
/// How many pods one pass creates at most.
const BURST: i64 = 500;
/// How long changes of pods are gathered.
const BATCH: Duration = Duration::from_secs(1);
/// The first and the last delay before a failed pod is replaced.
const BACKOFF_FIRST: Duration = Duration::from_secs(10);
const BACKOFF_LAST: Duration = Duration::from_secs(600);

struct Jobs;

/// The Job controller.
pub fn job() -> Box<dyn Controller> {
    Box::new(Jobs)
}

fn selector(job: &Object) -> Selector {
    Selector::from_value(&job.spec()["selector"]).unwrap_or_else(|_| Selector::nothing())
}

impl Controller for Jobs {
    fn name(&self) -> &'static str {
        "job-controller"
    }
    fn watches(&self) -> &'static [&'static str] {
        &[RESOURCE, "pods"]
    }
    fn notice(&mut self, change: &Change, wake: &mut Wake) {
        if &*change.key.resource == RESOURCE {
            return wake.now(change.key.clone());
        }
        for pod in [&change.old, &change.new].into_iter().flatten() {
            if let Some(owner) = pod.controller().filter(|owner| owner["kind"] == "Job") {
                let job = super::runner::key(RESOURCE, pod.namespace(), owner["name"].str());
                match wake.informers.get(RESOURCE, &job.namespace, &job.name) {
                    Some(_) => wake.after(job, BATCH),
                    None if is_tracked(pod) => wake.now(job),
                    None => {}
                }
            }
        }
        wake.adopters_of(change, RESOURCE, selector);
    }
    fn reconcile(&mut self, key: &Key, cx: &Context) -> Result<Again, Status> {
        let Some(job) = cx.get(key) else { return release_orphans(key, cx).map(|()| None) };
        let pods = cx.claim(&job, "pods", &selector(&job))?;
        if is_finished(&job) {
            // What ends after the job has ended counts no more.
            return release(cx, &pods).map(|()| None);
        }
        Pass::new(cx, &job, pods).run()
    }
}

/// Whether a job has come to its end, well or badly.
pub fn is_finished(job: &Object) -> bool {
    job.condition_is_true("Complete") || job.condition_is_true("Failed")
}

fn index_of(pod: &Object) -> Option<i64> {
    pod.annotation(INDEX)?.parse().ok()
}

fn is_tracked(pod: &Object) -> bool {
    pod.finalizers().any(|finalizer| finalizer == FINALIZER)
}

/// Lets pods go that have been counted.
fn release(cx: &Context, counted: &[Object]) -> Result<(), Status> {
    for pod in counted.iter().filter(|pod| is_tracked(pod)) {
        // Read anew: a stale pod would be counted again.
        let Ok(mut pod) = cx.client.get(super::runner::kind("pods")?, pod.namespace(), pod.name()) else { continue };
        let finalizers = pod.entry("metadata").entry("finalizers").array_mut();
        finalizers.retain(|finalizer| *finalizer != FINALIZER);
        if finalizers.is_empty() {
            pod.remove(&["metadata", "finalizers"]);
        }
        gone_is_fine(cx.client.update(pod))?;
    }
    Ok(())
}

/// Lets the pods of a job that is gone go with it.
fn release_orphans(key: &Key, cx: &Context) -> Result<(), Status> {
    let mut pods = cx.informers.list("pods", Some(&key.namespace));
    let of_job = |owner: &Value| owner["kind"] == "Job" && owner["name"] == *key.name;
    pods.retain(|pod| is_tracked(pod) && pod.controller().is_some_and(of_job));
    release(cx, &pods)
}

/// When a pod ended: its last container, or at the latest when it was found not to be ready.
fn ended_at(pod: &Object) -> Option<Time> {
    let statuses = pod.status()["containerStatuses"].items().iter();
    let ended =
        statuses.filter_map(|status| Time::parse(status.at(&["state", "terminated", "finishedAt"]).str())).max();
    let unready = || Time::parse(pod.condition("Ready")?["lastTransitionTime"].str());
    ended.or_else(unready).or_else(|| pod.deletion()).or_else(|| pod.created())
}

/// One pass over one job.
struct Pass<'a> {
    cx: &'a Context,
    job: &'a Object,
    pods: Vec<Object>,
    /// Those that run or will.
    active: Vec<Object>,
    status: Value,
    /// Those that ended and were not counted yet.
    uncounted: Vec<Object>,
    newly_failed: i64,
    succeeded_indexes: SortedSet<i64>,
    failed_indexes: SortedSet<i64>,
    verdict: Option<String>,
}

impl<'a> Pass<'a> {
    fn new(cx: &'a Context, job: &'a Object, pods: Vec<Object>) -> Pass<'a> {
        let active = pods.iter().filter(|pod| pods::is_active(pod)).cloned().collect();
        let end = job.spec()["completions"].as_i64().unwrap_or(0);
        let listed = |field: &str| indexes::parse(job.status()[field].str(), end);
        Pass {
            succeeded_indexes: listed("completedIndexes"),
            failed_indexes: listed("failedIndexes"),
            cx,
            job,
            pods,
            active,
            status: job.status().clone(),
            uncounted: Vec::new(),
            newly_failed: 0,
            verdict: None,
        }
    }

    fn is_indexed(&self) -> bool {
        self.job.spec()["completionMode"] == "Indexed"
    }
    fn completions(&self) -> Option<i64> {
        self.job.spec()["completions"].as_i64()
    }
    fn parallelism(&self) -> i64 {
        self.job.spec()["parallelism"].as_i64().unwrap_or(1)
    }
    fn limit_per_index(&self) -> Option<i64> {
        self.job.spec()["backoffLimitPerIndex"].as_i64()
    }
    fn is_suspended(&self) -> bool {
        self.job.spec()["suspend"].bool()
    }
    fn replaces_only_failed(&self) -> bool {
        self.job.spec()["podReplacementPolicy"] == "Failed"
    }
    fn count(&self, field: &str) -> i64 {
        self.status[field].int()
    }

    fn run(mut self) -> Result<Again, Status> {
        let suspended = self.is_suspended();
        if !suspended && self.status["startTime"].is_null() {
            self.status["startTime"] = self.cx.now.rfc3339().into();
        }
        self.count_ended();
        let mut again = None;
        let mut managed = Ok(());
        match self.outcome() {
            Some(outcome) => managed = self.finish(&outcome),
            None => {
                if !self.job.is_terminating() {
                    managed = self.manage(&mut again);
                }
                self.note_suspension();
            }
        }
        self.fill_status();
        self.cx.put_status(self.job, std::mem::take(&mut self.status))?;
        release(self.cx, &self.uncounted)?;
        managed?;
        let deadline = self.deadline().filter(|_| !suspended);
        Ok([again, deadline.filter(|deadline| *deadline > self.cx.now)].into_iter().flatten().min())
    }

    /// Counts the pods that have ended since the last pass.
    fn count_ended(&mut self) {
        let (mut succeeded, mut failed) = (0, 0);
        for pod in &self.pods {
            if !is_tracked(pod) {
                continue;
            }
            let index = index_of(pod).filter(|_| self.is_indexed());
            if pods::phase(pod) == "Succeeded" {
                // An index counts once, however many pods got it done.
                if index.is_none_or(|index| self.succeeded_indexes.insert(index)) {
                    succeeded += 1;
                }
            } else if pods::phase(pod) == "Failed" || (pod.is_terminating() && !self.replaces_only_failed()) {
                match policy::judge(self.job, pod) {
                    Verdict::Ignore => {}
                    verdict => {
                        failed += 1;
                        let spent =
                            |index: i64| self.limit_per_index().is_some_and(|limit| self.failures_of(index) >= limit);
                        if let Some(index) = index
                            && (verdict == Verdict::FailIndex || (self.limit_per_index().is_some() && spent(index)))
                        {
                            self.failed_indexes.insert(index);
                        }
                        if let Verdict::FailJob(why) = verdict {
                            self.verdict.get_or_insert(why);
                        }
                    }
                }
            } else {
                continue;
            }
            self.uncounted.push(pod.clone());
        }
        self.newly_failed = failed;
        for (field, more) in [("succeeded", succeeded), ("failed", failed)] {
            let count = self.count(field) + more;
            pods::put_count(&mut self.status, field, count);
        }
    }

    /// How often an index has failed before the pod that carries the count.
    fn failures_of(&self, index: i64) -> i64 {
        let of = |pod: &&Object| index_of(pod) == Some(index);
        let counts = self.pods.iter().filter(of).filter_map(|pod| pod.annotation(INDEX_FAILURES)?.parse::<i64>().ok());
        counts.max().unwrap_or(0)
    }

    fn deadline(&self) -> Option<Time> {
        let limit = &self.job.spec()["activeDeadlineSeconds"];
        let start =
            Time::parse(self.status["startTime"].str()).or(Time::parse(self.job.status()["startTime"].str()))?;
        if limit.is_null() { None } else { Some(start + pods::seconds(limit)) }
    }

    fn wanted(&self) -> i64 {
        if self.is_suspended() {
            return 0;
        }
        let succeeded = self.count("succeeded");
        match self.completions() {
            // The pods share a queue of work: once one has succeeded, no new ones start.
            None if succeeded > 0 => self.active.len() as i64,
            None => self.parallelism(),
            Some(completions) => {
                self.parallelism().min(completions - succeeded - self.failed_indexes.len() as i64).max(0)
            }
        }
    }

    fn manage(&mut self, again: &mut Again) -> Result<(), Status> {
        let wanted = self.wanted();
        let active = self.active.len() as i64;
        if active > wanted {
            let count = (active - wanted) as usize;
            let doomed: Vec<Object> =
                surplus::choose(&self.active, count, |_| 0, self.cx.now).into_iter().cloned().collect();
            return self.delete(&doomed);
        }
        let mut missing = wanted - active;
        if self.replaces_only_failed() {
            missing -= self.pods.iter().filter(|pod| pod.is_terminating() && !pods::is_finished(pod)).count() as i64;
        }
        if missing <= 0 {
            return Ok(());
        }
        if self.limit_per_index().is_none()
            && let Some(until) = self.backoff(|_| true).filter(|until| *until > self.cx.now)
        {
            *again = Some(until);
            return Ok(());
        }
        self.create(missing.min(BURST), again)
    }

    /// When the next pod may start, after the failures since the last success.
    fn backoff(&self, of: impl Fn(&Object) -> bool) -> Option<Time> {
        let at = |pod: &Object| ended_at(pod).unwrap_or(self.cx.now);
        let mine = || self.pods.iter().filter(|pod| of(pod));
        let success = mine().filter(|pod| pods::phase(pod) == "Succeeded").map(at).max();
        let failures: Vec<Time> = mine()
            .filter(|pod| pods::phase(pod) == "Failed" && policy::judge(self.job, pod) != Verdict::Ignore)
            .map(at)
            .filter(|time| success.is_none_or(|success| *time > success))
            .collect();
        let last = failures.iter().max()?;
        let delay = BACKOFF_FIRST.saturating_mul(1 << (failures.len() - 1).min(10)).min(BACKOFF_LAST);
        Some(*last + delay)
    }

    fn create(&mut self, count: i64, again: &mut Again) -> Result<(), Status> {
        let mut free: Vec<i64> = Vec::new();
        if self.is_indexed() {
            let taken: SortedSet<i64> = self.active.iter().filter_map(index_of).collect();
            let done = |index: &i64| {
                taken.contains(index) || self.succeeded_indexes.contains(index) || self.failed_indexes.contains(index)
            };
            free = (0..self.completions().unwrap_or(0)).filter(|index| !done(index)).collect();
            if self.limit_per_index().is_some() {
                // Each index waits for itself.
                let mut waiting: SortedMap<i64, Time> = SortedMap::new();
                for index in &free {
                    let until = self.backoff(|pod| index_of(pod) == Some(*index));
                    waiting.extend(until.filter(|until| *until > self.cx.now).map(|until| (*index, until)));
                }
                *again = waiting.values().min().copied();
                free.retain(|index| !waiting.contains_key(index));
            }
        }
        let base = self.build();
        for nth in 0..count as usize {
            let mut pod = base.clone();
            if self.is_indexed() {
                let Some(index) = free.get(nth) else { break };
                self.give_index(&mut pod, *index);
            }
            match self.cx.client.create(pod) {
                Ok(pod) => {
                    self.cx.recorder.normal(self.job, "SuccessfulCreate", &format!("Created pod: {}", pod.name()));
                    self.active.push(pod);
                }
                Err(status) if super::replicaset::is_namespace_terminating(&status) => return Ok(()),
                Err(status) => {
                    self.cx.recorder.warning(self.job, "FailedCreate", &format!("Error creating: {}", status.message));
                    return Err(status);
                }
            }
        }
        Ok(())
    }

    fn build(&self) -> Object {
        let mut pod = pod_from_template(&self.job.spec()["template"], self.job);
        pod.set(&["metadata", "generateName"], format!("{}-", self.job.name()));
        pod["metadata"]["finalizers"].push(FINALIZER);
        pod
    }

    fn give_index(&self, pod: &mut Object, index: i64) {
        let text = index.to_string();
        pod.set(&["metadata", "generateName"], format!("{}-{index}-", self.job.name()));
        pod.set(&["metadata", "annotations", INDEX], text.as_str());
        pod.set(&["metadata", "labels", INDEX], text.as_str());
        pod.set(&["spec", "hostname"], format!("{}-{index}", self.job.name()));
        if self.limit_per_index().is_some() {
            let before = self.pods.iter().filter(|pod| index_of(pod) == Some(index));
            let failures = before.filter(|pod| pods::phase(pod) == "Failed").count();
            pod.set(&["metadata", "annotations", INDEX_FAILURES], failures.to_string());
        }
        let path = format!("metadata.labels['{INDEX}']");
        let variable = json!({
            "name": "JOB_COMPLETION_INDEX", "valueFrom": {"fieldRef": {"fieldPath": path}},
        });
        for list in ["initContainers", "containers"] {
            if pod.spec()[list].is_null() {
                continue;
            }
            for container in pod["spec"][list].array_mut() {
                if !container["env"].items().iter().any(|env| env["name"] == "JOB_COMPLETION_INDEX") {
                    container["env"].push(variable.clone());
                }
            }
        }
    }

    fn delete(&mut self, doomed: &[Object]) -> Result<(), Status> {
        for pod in doomed {
            gone_is_fine(self.cx.delete("pods", pod))?;
            self.cx.recorder.normal(self.job, "SuccessfulDelete", &format!("Deleted pod: {}", pod.name()));
            self.active.retain(|other| other.uid() != pod.uid());
        }
        Ok(())
    }
}
