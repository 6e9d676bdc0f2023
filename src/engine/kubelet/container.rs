//! One container of a pod: what it is, the instance that runs or ran last, and what holds it back.

use super::images::{Context, Term};
use super::probes::Probing;
use crate::json;
use crate::meta::{Text, Time, Value};
use crate::sim::TaskId;
use std::rc::Rc;
use std::time::Duration;

/// What a container is to its pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Runs to its end before the others.
    Init,
    /// Started among the init containers, and goes on.
    Sidecar,
    /// What the pod is for.
    Main,
    /// Put in later, to look around.
    Ephemeral,
}

/// A container.
pub struct Container {
    pub name: Text,
    pub role: Role,
    /// Its part of the pod's spec.
    pub spec: Value,
    pub instance: Option<Instance>,
    /// The instance before: what `lastState` and `logs --previous` show.
    pub previous: Option<Instance>,
    /// Why it waits: reason and message.
    pub waiting: Option<(&'static str, String)>,
    pub crashes: Backoff,
    pub pulls: Backoff,
    /// The image whose pull failed, and how.
    pub pull_error: Option<(String, &'static str, String)>,
    pub probes: Vec<Probing>,
}

/// One run of a container.
pub struct Instance {
    pub id: Text,
    /// How many came before it.
    pub attempt: i64,
    /// The image and its id, as the status shows them.
    pub image: Text,
    pub image_id: Text,
    pub started: Option<Time>,
    pub ended: Option<Ended>,
    pub program: Running,
    pub context: Rc<Context>,
    /// When it will have stopped, and with which status, once it is being stopped.
    pub stopping: Option<(Time, Ended)>,
    /// Whether its startup probe has succeeded, or there is none.
    pub is_started: bool,
    /// Whether its readiness probe says so, or there is none.
    pub is_ready: bool,
    /// The spec it was started from: a change restarts it.
    pub spec: Value,
}

/// How an instance ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    pub at: Time,
    pub code: i32,
    pub reason: &'static str,
    pub message: String,
}

/// What drives a running program.
pub enum Running {
    /// Nothing: it waits to be stopped.
    Idle(Term),
    /// The clock: it ends then.
    Until(Time, Ended),
    /// A task.
    Task(TaskId),
}

impl Container {
    pub fn new(spec: &Value, role: Role) -> Container {
        Container {
            name: spec["name"].str().into(),
            role,
            spec: spec.clone(),
            instance: None,
            previous: None,
            waiting: None,
            crashes: Backoff::default(),
            pulls: Backoff::default(),
            pull_error: None,
            probes: Vec::new(),
        }
    }

    /// The instance, if it runs.
    pub fn running(&self) -> Option<&Instance> {
        self.instance.as_ref().filter(|instance| instance.is_running())
    }
    /// How the instance ended, if it has.
    pub fn ended(&self) -> Option<&Ended> {
        self.instance.as_ref()?.ended.as_ref()
    }
    /// Whether it ran and ended well.
    pub fn succeeded(&self) -> bool {
        self.ended().is_some_and(|ended| ended.code == 0)
    }
    /// How often it has been started again.
    pub fn restarts(&self) -> i64 {
        self.instance.as_ref().map_or(0, |instance| instance.attempt)
    }
    /// The field that events about it name.
    pub fn field(&self) -> String {
        let list = match self.role {
            Role::Init | Role::Sidecar => "initContainers",
            Role::Main => "containers",
            Role::Ephemeral => "ephemeralContainers",
        };
        format!("spec.{list}{{{}}}", self.name)
    }
    /// The restart policy that holds for it.
    pub fn restart_policy<'a>(&'a self, pod: &'a str) -> &'a str {
        match (self.role, self.spec["restartPolicy"].str()) {
            (Role::Ephemeral, _) => "Never",
            (Role::Sidecar, _) => "Always",
            (Role::Init, "") if pod == "Always" => "OnFailure",
            (_, "") => pod,
            (_, own) => own,
        }
    }
    /// Whether it is to run (again) under its pod's restart policy.
    pub fn should_run(&self, pod: &str) -> bool {
        let Some(ended) = self.instance.as_ref().and_then(|instance| instance.ended.as_ref()) else {
            return self.instance.is_none();
        };
        match self.restart_policy(pod) {
            "Never" => false,
            "OnFailure" => ended.code != 0,
            _ => true,
        }
    }
}

impl Instance {
    pub fn is_running(&self) -> bool {
        self.started.is_some() && self.ended.is_none()
    }

    /// The state as the status shows it.
    pub fn state(&self) -> Value {
        match (&self.ended, self.started) {
            (Some(_), _) => json!({"terminated": (self.terminated())}),
            (None, Some(at)) => json!({"running": {"startedAt": at.rfc3339()}}),
            (None, None) => json!({"waiting": {"reason": "ContainerCreating"}}),
        }
    }

    /// How it ended, as the status shows it.
    pub fn terminated(&self) -> Value {
        let Some(ended) = &self.ended else { return Value::Null };
        let mut state = json!({
            "exitCode": (ended.code), "reason": (ended.reason), "containerID": &self.id,
            "startedAt": self.started.unwrap_or_default().rfc3339(), "finishedAt": ended.at.rfc3339(),
        });
        if !ended.message.is_empty() {
            state["message"] = (&ended.message).into();
        }
        state
    }
}

impl Ended {
    /// An end by itself or by a signal.
    pub fn with(code: i32, at: Time) -> Ended {
        Ended { at, code, reason: if code == 0 { "Completed" } else { "Error" }, message: String::new() }
    }
}

/// A delay that doubles from ten seconds to five minutes.
#[derive(Clone, Debug, Default)]
pub struct Backoff {
    delay: Duration,
    updated: Time,
}

impl Backoff {
    const FIRST: Duration = Duration::from_secs(10);
    const LAST: Duration = Duration::from_secs(300);

    /// Until when to hold back after what happened at `since`.
    pub fn until(&self, since: Time) -> Time {
        since + self.delay
    }
    /// When the delay last grew.
    pub fn updated(&self) -> Time {
        self.updated
    }
    /// Lets the delay grow; after a long quiet time it begins anew.
    pub fn next(&mut self, event: Time, now: Time) {
        let quiet = event.since(self.updated) > 2 * Self::LAST;
        self.delay = if self.delay.is_zero() || quiet { Self::FIRST } else { (self.delay * 2).min(Self::LAST) };
        self.updated = now;
    }
    /// Forgets.
    pub fn reset(&mut self) {
        *self = Backoff::default();
    }
    /// The present delay as the waiting message says it.
    pub fn said(&self) -> String {
        crate::meta::duration::format(self.delay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_up_to_five_minutes() {
        let mut backoff = Backoff::default();
        let mut now = Time(0);
        let mut delays = Vec::new();
        assert_eq!(backoff.until(now), now);
        for _ in 0..7 {
            backoff.next(now, now);
            delays.push(backoff.until(now).since(now).as_secs());
            now = backoff.until(now);
        }
        assert_eq!(delays, [10, 20, 40, 80, 160, 300, 300]);
        now = now + Duration::from_secs(601);
        backoff.next(now, now);
        assert_eq!(backoff.until(now).since(now).as_secs(), 10);
    }
}
