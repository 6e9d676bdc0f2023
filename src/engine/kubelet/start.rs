//! A sync: what is to be done for a pod, and the steps up to a container's image being there.
//! `create` goes on from there.

use super::container::{Container, Role};
use super::host::{Host, Pull};
use super::images::Reference;
use super::stop::Why;
use super::worker::{Sandbox, Stage, Worker};
use crate::meta::{Quantity, Text, Time, Value};
use crate::process::Loopback;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

/// What a worker is busy with. Until it is through, nothing else is done for the pod.
pub enum Step {
    /// The sandbox is being set up.
    Sandbox(Time),
    /// A container's image is being pulled.
    Pull(usize, Reference, Pull),
    /// A container is being created and started.
    Start(usize, Time),
    /// A container's post-start hook runs.
    Hook(usize),
    /// A container is being stopped, to be started again.
    Restart(usize),
}

impl Step {
    /// When it will be through, if the clock says.
    pub fn until(&self) -> Option<Time> {
        match self {
            Step::Sandbox(until) | Step::Start(_, until) => Some(*until),
            Step::Pull(_, _, pull) => Some(pull.until),
            Step::Hook(_) | Step::Restart(_) => None,
        }
    }
}

impl Worker {
    pub fn is_through(&self, step: &Step, now: Time) -> bool {
        match step {
            // A hook's report takes the step away itself, unless the container ended meanwhile.
            Step::Hook(at) | Step::Restart(at) => self.containers[*at].running().is_none(),
            other => other.until().is_some_and(|until| until <= now),
        }
    }

    /// Looks at the pod as it is, says so, and decides what to do.
    pub fn sync(&mut self, host: &mut Host, now: Time) {
        match self.stage {
            Stage::Active => {}
            Stage::Stopping => return,
            Stage::Stopped | Stage::Gone => return self.clear_away(host, now),
        }
        if self.deadline().is_some_and(|deadline| deadline <= now) && self.verdict.is_none() {
            let message = "Pod was active on the node longer than the specified deadline";
            self.event(host, None, "Normal", "DeadlineExceeded", message);
            self.verdict = Some(("Failed", "DeadlineExceeded", message.into()));
        }
        if self.pod.is_terminating() || self.verdict.is_some() || self.is_finished() {
            return self.begin_to_stop(host, now);
        }
        if !self.accepted {
            self.accepted = true;
            if let Some((reason, message)) = self.refusal(host) {
                self.event(host, None, "Warning", reason, &message);
                self.verdict = Some(("Failed", reason, format!("Pod was rejected: {message}")));
                return self.begin_to_stop(host, now);
            }
        }
        self.write_status(host, now);
        self.check_pull_secrets(host);
        self.syncing = true;
        self.failed = false;
        if !self.mount_volumes(host, now) {
            return;
        }
        match &self.sandbox {
            Some(sandbox) if sandbox.ready => self.plan(host, now),
            _ => {
                if self.sandboxes > 0 {
                    let message = "Pod sandbox changed, it will be killed and re-created.";
                    self.event(host, None, "Normal", "SandboxChanged", message);
                }
                let takes = if host.is_hollow(&self.machine) { Duration::ZERO } else { host.span(250, 350) };
                self.step = Some(Step::Sandbox(now + takes));
            }
        }
    }

    /// Whether every container has ended for good.
    fn is_finished(&self) -> bool {
        let policy = self.restart_policy();
        if policy == "Always" && self.containers.iter().all(|c| c.role != Role::Main || c.should_run(policy)) {
            return false;
        }
        let failed_init = self
            .containers
            .iter()
            .any(|c| c.role == Role::Init && c.ended().is_some_and(|ended| ended.code != 0) && !c.should_run(policy));
        failed_init || self.is_over(Role::Main)
    }

    /// Why the machine does not take the pod, whatever the scheduler thought.
    fn refusal(&self, host: &Host) -> Option<(&'static str, String)> {
        let machine = host.machines.get(&self.machine)?;
        let labels = machine.node(host.clock.now());
        let selector = &self.pod.spec()["nodeSelector"];
        let differs = |(key, value): (&crate::meta::Key, &Value)| {
            let own = labels.label(key);
            // Labels may have been put on the node since: only what the kubelet itself sets is judged.
            own.is_some_and(|own| own != value.str())
        };
        let name = "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector";
        selector.entries().any(differs).then(|| ("NodeAffinity", name.to_string()))
    }

    /// Warns of pull secrets that are not there. Images may be had without.
    fn check_pull_secrets(&self, host: &Host) {
        let namespace = Text::from(self.pod.namespace());
        let missing = self.pod.spec()["imagePullSecrets"].items().iter().map(|secret| secret["name"].str());
        let missing = missing.filter(|name| !host.caches.secrets.contains_key(&(namespace.clone(), Text::from(*name))));
        let missing: Vec<&str> = missing.collect();
        if !missing.is_empty() {
            let message = format!(
                "Unable to retrieve some image pull secrets ({}); attempting to pull the image may not succeed.",
                missing.join(", ")
            );
            self.event(host, None, "Warning", "FailedToRetrieveImagePullSecret", &message);
        }
    }

    /// Sets the volumes up; false if that has to be tried again.
    fn mount_volumes(&mut self, host: &mut Host, now: Time) -> bool {
        let Some(machine) = host.machines.get(&self.machine) else { return false };
        let files = machine.files.clone();
        let volumes = self.volumes.clone();
        volumes.issue_by(|| super::token::issuer(&host.client, &self.pod));
        let result = self.with_fields(host, |fields| volumes.set_up(fields, &host.caches, &files, now));
        let Err(problems) = result else {
            self.mount_failures = 0;
            return true;
        };
        for (volume, problem) in problems {
            let message = format!("MountVolume.SetUp failed for volume \"{volume}\" : {problem}");
            self.event(host, None, "Warning", "FailedMount", &message);
        }
        let delay = Duration::from_millis(500 << self.mount_failures.min(8)).min(Duration::from_secs(122));
        self.mount_failures += 1;
        self.sync_at = Some(now + delay);
        false
    }

    /// Decides which containers to start.
    fn plan(&mut self, host: &mut Host, now: Time) {
        let pending = self.infeasible(host);
        if pending != self.resize_pending {
            self.resize_pending = pending;
            self.relist(now);
        }
        let policy = self.restart_policy().to_string();
        let mut ready = true;
        for at in 0..self.containers.len() {
            let container = &self.containers[at];
            match container.role {
                Role::Init | Role::Sidecar if !ready => {}
                Role::Init => {
                    let done = container.succeeded() || self.has_begun();
                    if !done && container.running().is_none() && container.should_run(&policy) {
                        self.queue.push_back(at);
                    }
                    ready = done;
                }
                Role::Sidecar => {
                    if container.running().is_none() {
                        self.queue.push_back(at);
                    }
                    ready = container.running().is_some_and(|instance| instance.is_started);
                }
                Role::Main | Role::Ephemeral if !ready => {}
                Role::Main => match container.running() {
                    None if container.should_run(&policy) => self.queue.push_back(at),
                    Some(instance)
                        if self.resize_pending.is_none() && restarts_for(&instance.spec, &container.spec) =>
                    {
                        let message = format!("Container {} definition changed, will be restarted", container.name);
                        self.stop_one(at, host, now, &Why::Changed(message));
                        self.step = Some(Step::Restart(at));
                        self.queue.push_back(at);
                        return;
                    }
                    _ => {}
                },
                Role::Ephemeral => {
                    if container.instance.is_none() && container.waiting.is_none() {
                        self.queue.push_back(at);
                    }
                }
            }
        }
        self.resize(now);
    }

    /// Whether a main container has been started: init containers are behind us then.
    fn has_begun(&self) -> bool {
        self.containers.iter().any(|c| c.role == Role::Main && c.instance.is_some())
    }

    /// Why the machine can never give what running containers now ask for.
    fn infeasible(&self, host: &Host) -> Option<String> {
        let differs = |c: &Container| c.running().is_some_and(|i| i.spec["resources"] != c.spec["resources"]);
        if !self.containers.iter().any(differs) {
            return None;
        }
        let capacity = host.machines.get(&self.machine)?.capacity();
        // The amounts are thousandths for CPU and bytes for memory, as the kubelet counts them.
        let amount = |list: &Value, resource: &str| match resource {
            "cpu" => Quantity::of(&list[resource]).milli(),
            _ => Quantity::of(&list[resource]).value(),
        };
        ["cpu", "memory"].into_iter().find_map(|resource| {
            let running = self.containers.iter().filter(|c| matches!(c.role, Role::Main | Role::Sidecar));
            let requested: i64 = running.map(|c| amount(&c.spec["resources"]["requests"], resource)).sum();
            let capacity = amount(&capacity, resource);
            (requested > capacity).then(|| {
                format!("Node didn't have enough capacity: {resource}, requested: {requested}, capacity: {capacity}")
            })
        })
    }

    /// Takes changed resources of running containers over, in place.
    fn resize(&mut self, now: Time) {
        if self.resize_pending.is_some() {
            return;
        }
        let mut changed = false;
        for container in &mut self.containers {
            let spec = container.spec.clone();
            if let Some(instance) = container.instance.as_mut().filter(|i| i.is_running()) {
                changed |= instance.spec["resources"] != spec["resources"];
                instance.spec = spec;
            }
        }
        if changed {
            self.relist(now);
        }
    }

    /// Begins to start a container: its image comes first.
    pub fn begin(&mut self, at: usize, host: &mut Host, now: Time) {
        let container = &self.containers[at];
        let name = container.name.clone();
        if let Some(ended) = container.ended().cloned() {
            if container.crashes.until(ended.at) > now {
                let message = format!("Back-off restarting failed container {name} in pod {}", self.full_name());
                self.event(host, Some(at), "Warning", "BackOff", &message);
                let message = format!(
                    "back-off {} restarting failed container={name} pod={}",
                    self.containers[at].crashes.said(),
                    self.full_name()
                );
                return self.hold_back(at, "CrashLoopBackOff", message);
            }
            self.containers[at].crashes.next(ended.at, now);
        }
        let image = self.containers[at].spec["image"].str().to_string();
        let reference = match Reference::parse(&image) {
            Ok(reference) => reference,
            Err(error) => {
                let message = format!(
                    "Failed to apply default image tag \"{image}\": couldn't parse image name \"{image}\": {error}"
                );
                self.event(host, Some(at), "Warning", "InspectFailed", &message);
                return self.fail(at, "InvalidImageName", message, host);
            }
        };
        let present = host.has_image(&self.machine, &reference);
        let policy = self.containers[at].spec["imagePullPolicy"].str();
        match policy {
            "Never" if !present => {
                let message = format!("Container image \"{image}\" is not present with pull policy of Never");
                self.event(host, Some(at), "Warning", "ErrImageNeverPull", &message);
                self.fail(at, "ErrImageNeverPull", message, host);
            }
            "Always" => self.pull(at, reference, host, now),
            _ if present => {
                let message =
                    format!("Container image \"{image}\" already present on machine and can be accessed by the pod");
                self.event(host, Some(at), "Normal", "Pulled", &message);
                self.create(at, host, now);
            }
            _ => self.pull(at, reference, host, now),
        }
    }

    fn pull(&mut self, at: usize, reference: Reference, host: &mut Host, now: Time) {
        let container = &mut self.containers[at];
        let image = container.spec["image"].str().to_string();
        if container.pull_error.as_ref().is_some_and(|(failed, ..)| *failed != image) {
            // The delay is that of another image.
            container.pulls.reset();
        }
        if container.pulls.until(container.pulls.updated()) > now {
            let message = format!("Back-off pulling image \"{image}\"");
            self.event(host, Some(at), "Normal", "BackOff", &message);
            let error = self.containers[at].pull_error.clone();
            let error = error.map(|(_, reason, message)| format!(": {reason}: {message}")).unwrap_or_default();
            return self.fail(at, "ImagePullBackOff", message + &error, host);
        }
        self.event(host, Some(at), "Normal", "Pulling", &format!("Pulling image \"{image}\""));
        let pull = host.pull(&self.machine, &reference, now);
        self.step = Some(Step::Pull(at, reference, pull));
    }

    /// Goes on after a step.
    pub fn finish(&mut self, step: Step, host: &mut Host, now: Time) {
        match step {
            Step::Sandbox(_) => self.sandbox_ready(host, now),
            Step::Pull(at, reference, pull) => self.pulled(at, &reference, pull, host, now),
            Step::Start(at, _) => self.start(at, host, now),
            Step::Hook(_) => {}
            Step::Restart(_) => {}
        }
    }

    fn sandbox_ready(&mut self, host: &mut Host, now: Time) {
        let Some(machine) = host.machines.get_mut(&self.machine) else { return };
        let (address, net) = if self.pod.spec()["hostNetwork"].bool() {
            (machine.plan.address.clone(), machine.net.clone())
        } else {
            let Some(address) = machine.take_address() else {
                let message = "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network \
                     for sandbox: plugin type=\"bridge\" failed (add): failed to allocate for range 0: no IP addresses \
                     available in range set";
                self.event(host, None, "Warning", "FailedCreatePodSandBox", message);
                self.failed = true;
                return;
            };
            (address, Loopback::new(&host.clock))
        };
        if !self.is_host_network() {
            host.network.plug(&address, &net, &self.pod);
            let machine = machine.plan.address.clone();
            for port in self.pod.spec()["containers"].items().iter().flat_map(|c| c["ports"].items()) {
                let number = |field: &str| u16::try_from(port[field].int()).ok().filter(|port| *port > 0);
                if let (Some(from), Some(to)) = (number("hostPort"), number("containerPort")) {
                    host.network.map_host_port(&machine, from, &address, to);
                }
            }
        }
        self.sandbox = Some(Sandbox { address, net, ready: true, alive: Rc::new(Cell::new(true)) });
        self.sandboxes += 1;
        self.relist(now);
        self.write_status(host, now);
        self.plan(host, now);
    }

    fn pulled(&mut self, at: usize, reference: &Reference, pull: Pull, host: &mut Host, now: Time) {
        let image = self.containers[at].spec["image"].str().to_string();
        match pull.result {
            Ok(size) => {
                host.keep_image(&self.machine, reference, size, now);
                self.containers[at].pulls.reset();
                let message =
                    format!("Successfully pulled image \"{image}\" in {}. Image size: {size} bytes.", pull.took);
                self.event(host, Some(at), "Normal", "Pulled", &message);
                self.create(at, host, now);
            }
            Err((reason, why)) => {
                self.containers[at].pulls.next(now, now);
                let message = format!("Failed to pull image \"{image}\": {why}");
                self.event(host, Some(at), "Warning", "Failed", &message);
                self.containers[at].pull_error = Some((image, reason, why.clone()));
                self.fail(at, reason, why, host);
            }
        }
    }

    /// Notes why a container cannot be started, and says so.
    pub fn fail(&mut self, at: usize, reason: &'static str, message: String, host: &Host) {
        let said = if matches!(reason, "CreateContainerConfigError" | "RunContainerError" | "CreateContainerError") {
            format!("Error: {message}")
        } else {
            format!("Error: {reason}")
        };
        self.event(host, Some(at), "Warning", "Failed", &said);
        self.hold_back(at, reason, message);
    }

    fn hold_back(&mut self, at: usize, reason: &'static str, message: String) {
        self.containers[at].waiting = Some((reason, message));
        self.failed = true;
        if matches!(self.containers[at].role, Role::Init | Role::Sidecar) {
            self.queue.clear();
        }
    }
}

/// Whether a container has to be started anew because of what changed in its spec.
fn restarts_for(old: &Value, new: &Value) -> bool {
    let policy = |resource: &str| {
        let rows = new["resizePolicy"].items().iter();
        rows.filter(|row| row["resourceName"] == *resource).any(|row| row["restartPolicy"] == "RestartContainer")
    };
    let resized = |resource: &str| {
        let differs = |list: &str| old["resources"][list][resource] != new["resources"][list][resource];
        (differs("limits") || differs("requests")) && policy(resource)
    };
    old["image"] != new["image"] || resized("cpu") || resized("memory")
}
