//! Stopping: one container to be restarted, or the whole pod for good, with hooks and grace.

use super::container::{Ended, Role, Running};
use super::host::{Host, News};
use super::images::Term;
use super::probes::{self, Call};
use super::worker::{Stage, Worker, next_relist};
use crate::json;
use crate::kinds;
use crate::meta::Time;
use std::time::Duration;

/// How long the runtime takes to say what runs.
const RELISTING: Duration = Duration::from_millis(20);
/// How long it takes to see that volumes are unmounted.
const UNMOUNT: Duration = Duration::from_millis(300);

/// Why a container is stopped.
pub enum Why {
    /// The pod ends.
    Pod,
    /// A probe failed too often.
    Probe(&'static str),
    /// Its spec changed.
    Changed(String),
    /// Its post-start hook failed.
    Hook,
}

impl Worker {
    /// How long containers have to stop, in seconds.
    fn grace(&self) -> u64 {
        let own = self.pod.at(&["metadata", "deletionGracePeriodSeconds"]).as_i64();
        let spec = self.pod.spec()["terminationGracePeriodSeconds"].as_i64();
        own.or(spec).unwrap_or(30).unsigned_abs()
    }

    /// Stops everything: the pod is deleted, has failed, or has come to its end.
    pub fn begin_to_stop(&mut self, host: &mut Host, now: Time) {
        self.step = None;
        self.queue.clear();
        self.syncing = false;
        self.stage = Stage::Stopping;
        self.write_status(host, now);
        self.kill_at = Some(now + Duration::from_secs(self.grace()));
        for at in 0..self.containers.len() {
            if self.containers[at].role != Role::Sidecar && self.containers[at].running().is_some() {
                self.stop_one(at, host, now, &Why::Pod);
            }
        }
    }

    /// Goes on stopping the pod; false while there is something to wait for.
    pub fn stop_on(&mut self, host: &mut Host, now: Time) -> bool {
        let shorter = now + Duration::from_secs(self.grace());
        if self.pod.is_terminating() && self.kill_at.is_none_or(|at| at > shorter) {
            // Deleted again, with less grace.
            self.kill_at = Some(shorter);
            for container in &mut self.containers {
                let instance = container.instance.as_mut().filter(|instance| instance.is_running());
                if let Some((time, _)) = instance.and_then(|instance| instance.stopping.as_mut()) {
                    *time = (*time).min(shorter);
                }
            }
            self.settle(host, now);
        }
        let mut running = self.containers.iter().enumerate().filter(|(_, c)| c.running().is_some());
        if running.any(|(_, c)| c.role != Role::Sidecar) {
            return false;
        }
        // Sidecars go last, in the reverse of the order they came in.
        let sidecar = self.containers.iter().rposition(|c| c.running().is_some());
        if let Some(at) = sidecar {
            if self.containers[at].running().is_some_and(|instance| instance.stopping.is_none()) {
                self.stop_one(at, host, now, &Why::Pod);
                return true;
            }
            return false;
        }
        self.stage = Stage::Stopped;
        self.write_status(host, now);
        self.sync_at = Some(if self.sandbox.is_some() { next_relist(now) + RELISTING } else { now });
        true
    }

    /// Takes the sandbox away, and the pod out of the API if it is deleted.
    pub fn clear_away(&mut self, host: &mut Host, now: Time) {
        if self.stage == Stage::Stopped {
            self.release(host);
            self.stage = Stage::Gone;
            self.write_status(host, now);
            if self.pod.is_terminating() && self.sandboxes > 0 && !self.pod.spec()["volumes"].is_empty() {
                self.sync_at = Some(now + UNMOUNT);
                return;
            }
        }
        if self.pod.is_terminating() {
            let options = json!({"gracePeriodSeconds": 0, "preconditions": {"uid": self.pod.uid()}});
            // Somebody may have been faster; a finalizer may still hold it.
            let _ = host.client.delete(&kinds::pod::KIND, self.pod.namespace(), self.pod.name(), options);
        }
    }

    /// Stops a container: its pre-stop hook first, then `SIGTERM`, then, if grace runs out, `SIGKILL`.
    pub fn stop_one(&mut self, at: usize, host: &mut Host, now: Time, why: &Why) {
        let container = &self.containers[at];
        let name = container.name.clone();
        let probe = match why {
            Why::Probe("startup") => "startupProbe",
            _ => "livenessProbe",
        };
        let own = container.spec[probe]["terminationGracePeriodSeconds"].as_i64();
        let (message, grace) = match why {
            Why::Pod => (format!("Stopping container {name}"), None),
            Why::Probe(kind) => (format!("Container {name} failed {kind} probe, will be restarted"), own),
            Why::Changed(message) => (message.clone(), None),
            Why::Hook => ("FailedPostStartHook".to_string(), None),
        };
        self.event(host, Some(at), "Normal", "Killing", &message);
        let grace = Duration::from_secs(grace.map_or_else(|| self.grace(), i64::unsigned_abs));
        let by = self.kill_at.filter(|_| self.stage == Stage::Stopping).unwrap_or(now + grace);
        if let Some(instance) = &mut self.containers[at].instance {
            instance.stopping = Some((by, Ended::with(137, by)));
        }
        if by > now && self.run_hook(at, "preStop", host) {
            return;
        }
        self.terminate(at, host, now);
    }

    /// A pre-stop hook is through.
    pub fn hook_stopped(&mut self, at: usize, answer: Result<(), String>, host: &mut Host, now: Time) {
        // What exactly failed is not said: there may be secrets in it.
        if answer.is_err() {
            self.event(host, Some(at), "Warning", "FailedPreStopHook", "PreStopHook failed");
        }
        self.terminate(at, host, now);
        self.settle(host, now);
    }

    /// Sends `SIGTERM`.
    fn terminate(&mut self, at: usize, host: &Host, now: Time) {
        let hollow = host.is_hollow(&self.machine);
        let Some(instance) = self.containers[at].instance.as_mut().filter(|i| i.is_running()) else { return };
        let Some((by, ended)) = &mut instance.stopping else { return };
        let exits = match instance.program {
            _ if hollow => Some((0, 0)),
            Running::Idle(Term::Exits(code, after)) => Some((code, after)),
            Running::Idle(Term::Ignores) => None,
            // A shell or sleep that is process 1 has no handler, but for a trap.
            Running::Until(..) => None,
            Running::Task(_) => {
                instance.context.terminated.set(true);
                host.clock.stir();
                None
            }
        };
        if let Some((code, after)) = exits {
            let at = (now + Duration::from_millis(after.into())).min(*by);
            *by = at;
            *ended = Ended::with(code, at);
        }
    }

    /// Runs a lifecycle hook of a container; false if it has none.
    pub fn run_hook(&self, at: usize, which: &str, host: &Host) -> bool {
        let container = &self.containers[at];
        let hook = &container.spec["lifecycle"][which];
        let Some(instance) = container.running().filter(|_| !hook.is_null()) else { return false };
        let start = which == "postStart";
        let call = Call::read(hook, container, &self.address());
        let (inbox, clock, uid) = (host.inbox.clone(), host.clock.clone(), self.uid());
        let (name, id, context) = (container.name.clone(), instance.id.clone(), instance.context.clone());
        host.tasks.spawn(&host.clock, async move {
            let answer = probes::call(call, context).await;
            let answer = answer.map_err(|failure| failure.text());
            inbox.borrow_mut().push((uid, News::Hooked { container: name, id, start, answer }));
            clock.stir();
        });
        true
    }
}
