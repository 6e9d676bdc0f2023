//! The worker of one pod: from being bound to a node to being gone.
//!
//! It goes through the same motions as the real one. A *sync* writes the status as it was found, then
//! decides what to do and does it step by step (`start`, `stop`); what happens in the containers is
//! noticed at the next *relist*, which causes the next sync.

use super::container::{Container, Ended, Role, Running};
use super::env::Fields;
use super::host::{Host, News};
use super::images::Term;
use super::start::Step;
use super::volumes::Volumes;
use crate::meta::{Object, Text, Time, Value};
use crate::process::Loopback;
use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

/// How often the runtime is asked what runs, in microseconds, and when in the second that is: commands come at
/// whole seconds, so that what they cause is noticed half a second later, as on average.
const RELIST: i64 = 1_000_000;
const RELIST_PHASE: i64 = 500_000;
/// After how long a sync that failed is tried again, at least; up to half of it more.
const RETRY: Duration = Duration::from_secs(10);

/// When the runtime is next asked what runs.
pub fn next_relist(now: Time) -> Time {
    Time(((now.0 - RELIST_PHASE).div_euclid(RELIST) + 1) * RELIST + RELIST_PHASE)
}

/// How far a pod is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It runs, or is to.
    Active,
    /// Its containers are being stopped.
    Stopping,
    /// They have stopped; the sandbox goes next.
    Stopped,
    /// Nothing of it is left on the machine.
    Gone,
}

/// The pod's own network and what else its containers share.
pub struct Sandbox {
    pub address: Text,
    pub net: Loopback,
    pub ready: bool,
    /// Shared with whoever holds connections into it.
    pub alive: Rc<Cell<bool>>,
}

/// The worker of one pod.
pub struct Worker {
    pub pod: Object,
    pub machine: Text,
    pub stage: Stage,
    pub sandbox: Option<Sandbox>,
    /// How many sandboxes there were before.
    pub sandboxes: u32,
    pub containers: Vec<Container>,
    pub volumes: Rc<Volumes>,
    /// What is being done.
    pub step: Option<Step>,
    /// Which containers are to be started after that.
    pub queue: VecDeque<usize>,
    /// Whether a sync is in progress, and whether something in it has failed.
    pub syncing: bool,
    pub failed: bool,
    /// When the next sync is to be.
    pub sync_at: Option<Time>,
    /// How often volumes could not be set up in a row.
    pub mount_failures: u32,
    /// When changed ConfigMaps and Secrets are to be shown.
    pub refresh_at: Option<Time>,
    /// Phase, reason and message that override what the containers say.
    pub verdict: Option<(&'static str, &'static str, String)>,
    /// Why changed resources are not given, if they are not.
    pub resize_pending: Option<String>,
    /// By when everything is killed that has not stopped.
    pub kill_at: Option<Time>,
    /// Whether its machine has taken it on.
    pub accepted: bool,
}

impl Worker {
    pub fn new(pod: &Object, machine: &Text, now: Time) -> Worker {
        let mut worker = Worker {
            pod: pod.clone(),
            machine: machine.clone(),
            stage: Stage::Active,
            sandbox: None,
            sandboxes: 0,
            containers: Vec::new(),
            volumes: Rc::default(),
            step: None,
            queue: VecDeque::new(),
            syncing: false,
            failed: false,
            sync_at: Some(now),
            mount_failures: 0,
            refresh_at: None,
            verdict: None,
            resize_pending: None,
            kill_at: None,
            accepted: false,
        };
        worker.read_spec();
        if matches!(pod.at(&["status", "phase"]).str(), "Succeeded" | "Failed") {
            worker.stage = Stage::Gone;
        }
        worker
    }

    /// Takes the containers over from the pod's spec, as far as they are new or changed.
    pub fn read_spec(&mut self) {
        let spec = self.pod.spec().clone();
        let lists =
            [("initContainers", Role::Init), ("containers", Role::Main), ("ephemeralContainers", Role::Ephemeral)];
        let count: usize = lists.iter().map(|(list, _)| spec[*list].items().len()).sum();
        self.containers.reserve_exact(count.saturating_sub(self.containers.len()));
        for (list, main) in lists {
            for container in spec[list].items() {
                let role =
                    if main == Role::Init && container["restartPolicy"] == "Always" { Role::Sidecar } else { main };
                match self.containers.iter_mut().find(|known| *known.name == *container["name"].str()) {
                    Some(known) => known.spec = container.clone(),
                    None => self.containers.push(Container::new(container, role)),
                }
            }
        }
    }

    /// Takes in a change of the pod by others.
    pub fn update(&mut self, new: &Object, now: Time) {
        let old = std::mem::replace(&mut self.pod, new.clone());
        let same_meta = ["labels", "annotations", "deletionTimestamp", "deletionGracePeriodSeconds"]
            .iter()
            .all(|field| old.at(&["metadata", field]) == new.at(&["metadata", field]));
        if old.spec() != new.spec() {
            self.read_spec();
        }
        if old.spec() != new.spec() || !same_meta || old["status"]["resize"] != new["status"]["resize"] {
            self.sync_at = Some(now);
        }
        if old.at(&["metadata", "labels"]) != new.at(&["metadata", "labels"])
            || old.at(&["metadata", "annotations"]) != new.at(&["metadata", "annotations"])
        {
            self.refresh_at = self.refresh_at.or(Some(now + Duration::from_secs(30)));
        }
    }

    pub fn restart_policy(&self) -> &str {
        Some(self.pod.spec()["restartPolicy"].str()).filter(|policy| !policy.is_empty()).unwrap_or("Always")
    }
    pub fn uid(&self) -> Text {
        self.pod.uid().into()
    }
    pub fn address(&self) -> Text {
        self.sandbox.as_ref().map_or_else(|| "".into(), |sandbox| sandbox.address.clone())
    }
    pub fn is_host_network(&self) -> bool {
        self.pod.spec()["hostNetwork"].bool()
    }
    /// `name_namespace(uid)`, as messages name a pod.
    pub fn full_name(&self) -> String {
        format!("{}_{}({})", self.pod.name(), self.pod.namespace(), self.pod.uid())
    }

    /// Records an event about the pod, or about one of its containers.
    pub fn event(&self, host: &Host, about: Option<usize>, kind: &str, reason: &str, message: &str) {
        let field = about.and_then(|at| self.containers.get(at)).map(Container::field).unwrap_or_default();
        if let Some(recorder) = host.recorders.get(&self.machine) {
            recorder.about(&self.pod, &field, kind, reason, message);
        }
    }

    /// What the pod's fields are read from, for as long as `work` takes.
    pub fn with_fields<T>(&self, host: &Host, work: impl FnOnce(&Fields) -> T) -> T {
        let machine = host.machines.get(&self.machine);
        let allocatable = machine.map(super::machine::Machine::capacity).unwrap_or_default();
        let address = self.address();
        let machine_address = machine.map(|machine| machine.plan.address.clone()).unwrap_or_else(|| "".into());
        work(&Fields { pod: &self.pod, address: &address, host: &machine_address, allocatable: &allocatable })
    }

    /// Does all that is due by now; gives when to come again.
    pub fn run(&mut self, host: &mut Host, now: Time) -> Option<Time> {
        self.settle(host, now);
        self.probe(host, now);
        if self.refresh_at.is_some_and(|at| at <= now) {
            self.refresh_at = None;
            self.with_fields(host, |fields| self.volumes.refresh(fields, &host.caches, now));
        }
        if self.stage == Stage::Active && self.verdict.is_none() && self.deadline().is_some_and(|at| at <= now) {
            self.sync_at = Some(now);
        }
        while self.proceed(host, now) {
            // What was started may have ended already.
            self.settle(host, now);
        }
        self.due(now)
    }

    /// Does the next thing; false if there is nothing to be done now.
    fn proceed(&mut self, host: &mut Host, now: Time) -> bool {
        if self.stage == Stage::Stopping {
            return self.stop_on(host, now);
        }
        if let Some(step) = &self.step {
            if !self.is_through(step, now) {
                return false;
            }
            if let Some(step) = self.step.take() {
                self.finish(step, host, now);
            }
            return true;
        }
        if let Some(at) = self.queue.pop_front() {
            self.begin(at, host, now);
            return true;
        }
        if self.syncing {
            self.syncing = false;
            if self.failed && self.sync_at.is_none() {
                self.sync_at = Some(now + RETRY + Duration::from_millis(host.rng.below(5000)));
            }
            return true;
        }
        if self.sync_at.is_some_and(|at| at <= now) {
            self.sync_at = None;
            self.sync(host, now);
            return true;
        }
        false
    }

    /// When something is next due.
    fn due(&self, now: Time) -> Option<Time> {
        let mut due: Option<Time> = None;
        let mut at = |time: Option<Time>| due = [due, time].into_iter().flatten().min();
        if self.stage != Stage::Stopping {
            match &self.step {
                Some(step) => at(step.until()),
                None => at(self.sync_at),
            }
        }
        at(self.refresh_at);
        if self.stage == Stage::Active {
            at(self.deadline().filter(|deadline| *deadline > now));
        }
        for container in &self.containers {
            let Some(instance) = container.running() else { continue };
            if let Running::Until(time, _) = &instance.program {
                at(Some(*time));
            }
            at(instance.stopping.as_ref().map(|(time, _)| *time));
            if self.stage == Stage::Active && instance.stopping.is_none() {
                container.probes.iter().for_each(|probe| at(probe.due()));
            }
        }
        // All that could be done now has been done.
        due.map(|due| due.max(now + Duration::from_millis(1)))
    }

    /// When the pod has run for as long as it may.
    pub fn deadline(&self) -> Option<Time> {
        let seconds = self.pod.spec()["activeDeadlineSeconds"].as_i64()?;
        let since = Time::parse(self.pod.at(&["status", "startTime"]).str())?;
        Some(since + Duration::from_secs(seconds.unsigned_abs()))
    }

    /// Causes a sync at the next relist.
    pub fn relist(&mut self, now: Time) {
        let next = next_relist(now);
        self.sync_at = Some(self.sync_at.map_or(next, |at| at.min(next)));
    }

    /// Ends the programs whose time has come.
    pub fn settle(&mut self, host: &mut Host, now: Time) {
        for at in 0..self.containers.len() {
            let Some(instance) = self.containers[at].running() else { continue };
            let stopped = instance.stopping.as_ref().filter(|(time, _)| *time <= now).map(|(_, ended)| ended.clone());
            let ended = match &instance.program {
                Running::Until(time, ended) if *time <= now => Some(ended.clone()),
                _ => stopped,
            };
            if let Some(ended) = ended {
                self.end(at, ended, host, now);
            }
        }
    }

    /// Takes a report of one of its tasks.
    pub fn receive(&mut self, news: News, host: &mut Host, now: Time) {
        match news {
            News::Exited { container, id, code } => {
                if let Some(at) = self.find(&container, &id) {
                    self.end(at, Ended::with(code, now), host, now);
                }
            }
            News::Signalled { container, id, signal } => {
                let at = self.find(&container, &id);
                if let Some((at, ended)) = at.and_then(|at| Some((at, self.on_signal(at, signal, now)?))) {
                    self.end(at, ended, host, now);
                }
            }
            News::Probed { container, id, probe, answer } => {
                if let Some(at) = self.find(&container, &id) {
                    self.answered(at, probe, answer, host, now);
                }
            }
            News::Hooked { container, id, start, answer } => {
                if let Some(at) = self.find(&container, &id) {
                    if start {
                        self.hook_through(at, answer, host, now)
                    } else {
                        self.hook_stopped(at, answer, host, now)
                    }
                }
            }
        }
    }

    /// How a signal from within its container ends a main program. As process 1 it is immune to what it has
    /// no handler for, `SIGKILL` too; tools have one for `SIGINT`.
    fn on_signal(&self, at: usize, signal: i32, now: Time) -> Option<Ended> {
        const ENDING: &[i32] = &[1, 2, 3, 15];
        let running = self.containers.get(at)?.running()?;
        // nginx reads its configuration again.
        let rereads = signal == 1 && running.context.image.program("nginx").is_some();
        match running.program {
            Running::Idle(_) if rereads => None,
            Running::Idle(Term::Exits(code, _)) if ENDING.contains(&signal) => Some(Ended::with(code, now)),
            Running::Task(_) if signal == 15 => {
                self.containers[at].running()?.context.terminated.set(true);
                None
            }
            Running::Task(_) if signal == 2 => Some(Ended::with(130, now)),
            _ => None,
        }
    }

    /// The container of that name, if that very instance of it runs.
    fn find(&self, container: &str, id: &Text) -> Option<usize> {
        let runs = |c: &Container| *c.name == *container && c.running().is_some_and(|i| i.id == *id);
        self.containers.iter().position(runs)
    }

    /// Notes that an instance has ended.
    pub fn end(&mut self, at: usize, mut ended: Ended, host: &mut Host, now: Time) {
        let container = &mut self.containers[at];
        let policy = container.spec["terminationMessagePolicy"] == "FallbackToLogsOnError";
        let path = container.spec["terminationMessagePath"].str().to_string();
        let Some(instance) = &mut container.instance else { return };
        if let Running::Task(task) = instance.program {
            host.tasks.kill(&host.clock, task);
        }
        instance.context.close_ports();
        instance.context.log.end(now);
        if ended.message.is_empty() {
            if let Some(files) = instance.context.files.get() {
                let said = files.read(&path).unwrap_or_default();
                ended.message = String::from_utf8_lossy(&said[..said.len().min(4096)]).into_owned();
            }
            if ended.message.is_empty() && policy && ended.code != 0 {
                ended.message = instance.context.log.tail(80, 2048);
            }
        }
        instance.ended = Some(ended);
        instance.is_ready = false;
        instance.stopping = None;
        container.probes.clear();
        self.relist(now);
    }

    /// Every container of a role has ended and is not to run again.
    pub fn is_over(&self, role: Role) -> bool {
        let policy = self.restart_policy();
        self.containers.iter().filter(|c| c.role == role).all(|c| c.ended().is_some() && !c.should_run(policy))
    }

    /// The machine has been switched off: nothing of the pod runs any more.
    pub fn power_off(&mut self, host: &mut Host, now: Time) {
        for at in 0..self.containers.len() {
            if self.containers[at].running().is_some() {
                let ended = Ended { reason: "Unknown", ..Ended::with(255, now) };
                self.end(at, ended, host, now);
            }
        }
        self.release(host);
        self.sandbox = None;
        self.step = None;
        self.queue.clear();
        self.syncing = false;
        self.sync_at = None;
    }

    /// Gives the pod's address back.
    pub fn release(&mut self, host: &mut Host) {
        let Some(sandbox) = &mut self.sandbox else { return };
        sandbox.alive.set(false);
        if !std::mem::replace(&mut sandbox.ready, false) || self.pod.spec()["hostNetwork"].bool() {
            return;
        }
        host.network.unplug(&sandbox.address);
        if let Some(machine) = host.machines.get_mut(&self.machine) {
            machine.free_address(&sandbox.address);
        }
    }

    /// Stops everything at once: the pod has been deleted by force.
    pub fn drop_all(&mut self, host: &mut Host, now: Time) {
        self.power_off(host, now);
        self.stage = Stage::Gone;
    }

    /// The value of a probe's or hook's `port`: a number, or the name of a container's port.
    pub fn port(container: &Value, port: &Value) -> Option<u16> {
        let number = match port {
            Value::String(name) => {
                let named = container["ports"].items().iter().find(|p| p["name"] == **name);
                named.map(|p| p["containerPort"].int()).or_else(|| name.parse().ok())?
            }
            port => port.as_i64()?,
        };
        u16::try_from(number).ok()
    }
}
