//! TTL after finished: jobs that ended go after a while, if they say so.

use super::runner::{Again, Context, Controller, Wake, gone_is_fine};
use super::{job, pods};
use crate::json;
use crate::meta::{Object, Status, Time};
use crate::store::{Change, Key};

struct TtlAfterFinished;

/// The TTL controller.
pub fn ttl_after_finished() -> Box<dyn Controller> {
    Box::new(TtlAfterFinished)
}

/// When a job ended.
fn finished_at(job: &Object) -> Option<Time> {
    let ended = ["Complete", "Failed"].iter().filter_map(|kind| job.condition(kind)).find(|c| c["status"] == "True")?;
    Time::parse(ended["lastTransitionTime"].str())
}

impl Controller for TtlAfterFinished {
    fn name(&self) -> &'static str {
        "ttl-after-finished-controller"
    }
    fn watches(&self) -> &'static [&'static str] {
        &["jobs.batch"]
    }
    fn notice(&mut self, change: &Change, wake: &mut Wake) {
        let ttl = |job: &Object| !job.spec()["ttlSecondsAfterFinished"].is_null() && job::is_finished(job);
        if change.new.as_ref().is_some_and(ttl) {
            wake.now(change.key.clone());
        }
    }
    fn reconcile(&mut self, key: &Key, cx: &Context) -> Result<Again, Status> {
        let Some(job) = cx.get(key).filter(|job| !job.is_terminating()) else { return Ok(None) };
        let ttl = &job.spec()["ttlSecondsAfterFinished"];
        let Some(ended) = finished_at(&job).filter(|_| !ttl.is_null()) else { return Ok(None) };
        let until = ended + pods::seconds(ttl);
        if until > cx.now {
            return Ok(Some(until));
        }
        let options = json!({"propagationPolicy": "Foreground", "preconditions": {"uid": job.uid()}});
        gone_is_fine(cx.client.delete(super::runner::kind("jobs.batch")?, job.namespace(), job.name(), options))?;
        Ok(None)
    }
}
