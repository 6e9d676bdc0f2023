//! A sync, and starting containers: sandbox, image, configuration, program, post-start hook.

use super::container::{Container, Ended, Instance, Role, Running};
use super::env;
use super::host::{Host, News, Pull};
use super::images::{Base, Context, Outcome, Reference, Run, Term, UNKNOWN};
use super::probes::Probing;
use super::programs;
use super::registry;
use super::stop::Why;
use super::volumes::MountPoint;
use super::worker::{Sandbox, Stage, Worker};
use crate::json;
use crate::meta::{Quantity, Time, Value};
use crate::process::{FileSystem, Loopback};
use crate::sim::{Pipe, pipe};
use std::cell::{Cell, OnceCell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context as TaskContext, Poll};
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

    /// Sets the volumes up; false if that has to be tried again.
    fn mount_volumes(&mut self, host: &mut Host, now: Time) -> bool {
        let Some(machine) = host.machines.get(&self.machine) else { return false };
        let files = machine.files.clone();
        let volumes = self.volumes.clone();
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
                    Some(instance) if restarts_for(&instance.spec, &container.spec) => {
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

    /// Takes changed resources of running containers over, in place.
    fn resize(&mut self, now: Time) {
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
                let until = container.crashes.until(ended.at);
                let message = format!("Back-off restarting failed container {name} in pod {}", self.full_name());
                self.event(host, Some(at), "Warning", "BackOff", &message);
                let message = format!(
                    "back-off {} restarting failed container={name} pod={}",
                    self.containers[at].crashes.said(),
                    self.full_name()
                );
                self.hold_back(at, "CrashLoopBackOff", message);
                let _ = until;
                return;
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
        let container = &self.containers[at];
        let image = container.spec["image"].str().to_string();
        if container.pulls.until(container.pulls.updated()) > now {
            let message = format!("Back-off pulling image \"{image}\"");
            self.event(host, Some(at), "Normal", "BackOff", &message);
            let error = self.containers[at].pull_error.clone();
            let error = error.map(|(reason, message)| format!(": {reason}: {message}")).unwrap_or_default();
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
                self.containers[at].pull_error = Some((reason, why.clone()));
                self.fail(at, reason, why, host);
            }
        }
    }

    /// Notes why a container cannot be started, and says so.
    fn fail(&mut self, at: usize, reason: &'static str, message: String, host: &Host) {
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

    /// Puts the container's configuration together and creates it.
    fn create(&mut self, at: usize, host: &mut Host, now: Time) {
        let context = match self.context(at, host) {
            Ok(context) => context,
            Err(problem) => return self.fail(at, "CreateContainerConfigError", problem, host),
        };
        let container = &mut self.containers[at];
        let hollow = host.is_hollow(&self.machine);
        let image = container.spec["image"].str();
        let reference = Reference::parse(image).ok();
        let full = reference.as_ref().map(ToString::to_string).unwrap_or_default();
        let image_id = match &reference {
            Some(reference) if hollow => {
                let tag = if reference.tag.is_empty() { &reference.digest } else { &reference.tag };
                let name = image.split([':', '@']).next().unwrap_or(image);
                if image.contains('/') { image.to_string() } else { format!("{name}:{tag}") }
            }
            Some(reference) => format!("{}@{}", reference.repository, registry::digest(reference)),
            None => String::new(),
        };
        let attempt = container.instance.as_ref().map_or(0, |instance| instance.attempt + 1);
        let id: String = (0..4).map(|_| format!("{:016x}", host.rng.next_u64())).collect();
        let spec = container.spec.clone();
        let instance = Instance {
            id: format!("containerd://{id}").into(),
            attempt,
            image: if hollow { image.into() } else { full.into() },
            image_id: image_id.into(),
            started: None,
            ended: None,
            program: Running::Idle(Term::Ignores),
            context,
            stopping: None,
            is_started: spec["startupProbe"].is_null(),
            is_ready: false,
            spec,
        };
        container.previous = container.instance.replace(instance);
        self.event(host, Some(at), "Normal", "Created", "Container created");
        let takes = if hollow { Duration::ZERO } else { host.span(60, 160) };
        self.step = Some(Step::Start(at, now + takes));
    }

    /// What the container's programs will see.
    fn context(&self, at: usize, host: &Host) -> Result<Rc<Context>, String> {
        let container = &self.containers[at];
        let spec = &container.spec;
        let reference = Reference::parse(spec["image"].str()).map_err(|error| error.to_string())?;
        let image = Host::image(&reference);
        let pod = self.pod.spec();
        let security = |field: &str| {
            let own = &spec["securityContext"][field];
            if own.is_null() { pod["securityContext"][field].clone() } else { own.clone() }
        };
        let user = security("runAsUser").as_i64().unwrap_or(i64::from(image.user));
        if security("runAsNonRoot").bool() && user == 0 {
            let (name, id) = (self.full_name(), &container.name);
            return Err(if security("runAsUser").is_null() {
                format!("container has runAsNonRoot and image will run as root (pod: \"{name}\", container: {id})")
            } else {
                format!("container's runAsUser breaks non-root policy (pod: \"{name}\", container: {id})")
            });
        }
        let hostname = self.hostname();
        let links = pod["enableServiceLinks"].as_bool() != Some(false);
        let mut base = env::Env { services: host.caches.links(self.pod.namespace(), links), own: Vec::new() };
        let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        base.own.push(("PATH".into(), path.into()));
        base.own.push(("HOSTNAME".into(), hostname.clone()));
        base.own.extend(image.env.iter().map(|(name, value)| (name.to_string(), value.to_string())));
        base.own.push(("HOME".into(), if user == 0 { "/root".into() } else { "/".into() }));
        let env = self.with_fields(host, |fields| env::of_container(spec, fields, &host.caches, base))?;
        let directory = Some(spec["workingDir"].str()).filter(|dir| !dir.is_empty()).unwrap_or(image.directory);
        let mounts = spec["volumeMounts"].items().iter().map(|mount| {
            let sub = match mount["subPathExpr"].str() {
                "" => mount["subPath"].str().to_string(),
                path => env::expand(path, &|name| env.get(name).map(String::from)),
            };
            MountPoint {
                volume: mount["name"].str().into(),
                at: FileSystem::resolve("/", mount["mountPath"].str()),
                sub,
                read_only: mount["readOnly"].bool(),
            }
        });
        let limit = spec.at(&["resources", "limits"]).get("memory").map(|limit| Quantity::of(limit).value());
        let sandbox = self.sandbox.as_ref().ok_or("the sandbox is not ready")?;
        let stdin = if spec["stdin"].bool() { pipe(&host.clock) } else { Pipe::holding(&host.clock, b"") };
        Ok(Rc::new(Context {
            pod: self.pod.name().into(),
            namespace: self.pod.namespace().into(),
            hostname: hostname.into(),
            address: sandbox.address.clone(),
            image,
            tag: reference.tag.as_str().into(),
            mounts: mounts.collect(),
            env,
            directory: directory.into(),
            net: sandbox.net.clone(),
            log: Default::default(),
            stdin,
            tty: spec["tty"].bool(),
            state: RefCell::default(),
            memory_limit: limit,
            clock: host.clock.clone(),
            rng: host.rng.clone(),
            tasks: host.tasks.clone(),
            programs: host.programs.clone(),
            volumes: self.volumes.clone(),
            read_only: security("readOnlyRootFilesystem").bool(),
            files: OnceCell::new(),
            ports: RefCell::default(),
        }))
    }

    pub fn hostname(&self) -> String {
        let spec = self.pod.spec();
        let own = spec["hostname"].str();
        match (self.is_host_network(), own) {
            (true, _) => self.machine.to_string(),
            (_, "") => self.pod.name().chars().take(63).collect(),
            (_, own) => own.into(),
        }
    }

    /// Starts the created container's program.
    fn start(&mut self, at: usize, host: &mut Host, now: Time) {
        let uid = self.uid();
        let hollow = host.is_hollow(&self.machine);
        let container = &mut self.containers[at];
        let Some(instance) = &mut container.instance else { return };
        let args = command(&container.spec, &instance.context);
        let said = !container.spec["command"].is_empty() || !container.spec["args"].is_empty();
        let outcome = match args.first().map(String::as_str) {
            None => Err("no command specified".to_string()),
            Some(name) => launch(name, &args, &instance.context).ok_or_else(|| not_found(name)),
        };
        let outcome = match outcome {
            Ok(Outcome::Ends(..)) if hollow && !said => Outcome::Runs(Term::Exits(0, 0)),
            Ok(outcome) => outcome,
            Err(why) => {
                let message = format!(
                    "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc \
                     create failed: unable to start container process: {why}"
                );
                instance.ended = Some(Ended { at: now, code: 128, reason: "StartError", message: message.clone() });
                self.fail(at, "RunContainerError", message, host);
                self.relist(now);
                return;
            }
        };
        let killed = Ended { reason: "OOMKilled", ..Ended::with(137, now) };
        instance.program = match outcome {
            Outcome::Runs(term) => Running::Idle(term),
            Outcome::Ends(after, code) => Running::Until(now + after, Ended::with(code, now + after)),
            Outcome::OutOfMemory(after) => Running::Until(now + after, Ended { at: now + after, ..killed }),
            Outcome::Task(future) => {
                let inbox = host.inbox.clone();
                let (clock, name, id) = (host.clock.clone(), container.name.clone(), instance.id.clone());
                let task = async move {
                    let code = future.await;
                    inbox.borrow_mut().push((uid, News::Exited { container: name, id, code }));
                    clock.stir();
                };
                Running::Task(host.tasks.spawn(&host.clock, task))
            }
        };
        instance.started = Some(now);
        instance.is_ready = instance.spec["readinessProbe"].is_null() && instance.is_started;
        container.waiting = None;
        container.probes = Probing::all(&container.spec, now);
        self.event(host, Some(at), "Normal", "Started", "Container started");
        self.relist(now);
        if self.run_hook(at, "postStart", host) {
            self.step = Some(Step::Hook(at));
        }
    }

    /// A post-start hook is through.
    pub fn hook_through(&mut self, at: usize, answer: Result<(), String>, host: &mut Host, now: Time) {
        self.step = None;
        if let Err(problem) = answer {
            let message = format!("PostStartHook failed: {problem}");
            self.event(host, Some(at), "Warning", "FailedPostStartHook", &message);
            self.stop_one(at, host, now, &Why::Hook);
            self.containers[at].waiting = Some(("PostStartHookError", message));
            self.failed = true;
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

/// The program and arguments of a container: the pod's, or the image's.
fn command(spec: &Value, context: &Context) -> Vec<String> {
    let value = |name: &str| context.env.get(name).map(String::from);
    let said = |field: &str| -> Vec<String> {
        spec[field].items().iter().map(|word| env::expand(word.str(), &value)).collect()
    };
    let owned = |words: &[&str]| -> Vec<String> { words.iter().map(|word| word.to_string()).collect() };
    let (command, args) = (said("command"), said("args"));
    let mut all = if command.is_empty() { owned(context.image.entrypoint) } else { command.clone() };
    all.extend(if args.is_empty() && command.is_empty() { owned(context.image.cmd) } else { args });
    all
}

/// Starts a container's main program, if the image has it.
fn launch(name: &str, args: &[String], context: &Rc<Context>) -> Option<Outcome> {
    if let Some(program) = context.image.program(name) {
        let run = Run { context: context.clone(), args: args.to_vec(), process: None };
        return Some((program.run)(&run));
    }
    if !has_executable(name, context) {
        // Nobody knows what is in an unknown image: its command runs and listens nowhere.
        let unknown = std::ptr::eq(context.image, &UNKNOWN) && !Base::Toolbox.has(name);
        return unknown.then_some(Outcome::Runs(Term::Exits(0, 100)));
    }
    if let Some(outcome) = plain_sleep(args) {
        return Some(outcome);
    }
    Some(launch_tool(args.to_vec(), context))
}

/// Starts one of a container's tools as its main program: what it writes goes to the log.
pub fn launch_tool(args: Vec<String>, context: &Rc<Context>) -> Outcome {
    let streams = [context.stdin.clone(), pipe(&context.clock), pipe(&context.clock)];
    let [_, stdout, stderr] = streams.clone();
    let process = context.process(args, streams, context.tty);
    let program = context.programs.start(process);
    Outcome::Task(Box::pin(Logged { program, stdout, stderr, context: context.clone() }))
}

/// Whether an executable of that name is there: by its path, or somewhere on the search path.
pub fn has_executable(name: &str, context: &Context) -> bool {
    if context.image.program(name).is_some() {
        return true;
    }
    let tool = name.rsplit('/').next().unwrap_or(name);
    let usual = ["", "/bin/", "/usr/bin/", "/usr/local/bin/", "/sbin/", "/usr/sbin/"].iter();
    let plain = usual.filter(|path| !path.is_empty() || name == tool).any(|path| name == format!("{path}{tool}"));
    if plain
        && context.image.base != Base::Scratch
        && (context.image.base.has(tool) || context.image.tools.contains(&tool))
    {
        return true;
    }
    // Somebody may have put a script there: a ConfigMap, an earlier container.
    name.contains('/') && context.files().read(&FileSystem::resolve(&context.directory, name)).is_ok()
}

/// What the runtime says of an executable that is not there.
pub fn not_found(name: &str) -> String {
    if name.contains('/') {
        format!("exec: \"{name}\": stat {name}: no such file or directory: unknown")
    } else {
        format!("exec: \"{name}\": executable file not found in $PATH: unknown")
    }
}

/// A command that does nothing but sleep needs no task: thousands of pods do.
fn plain_sleep(args: &[String]) -> Option<Outcome> {
    let words: Vec<&str> = match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [shell, "-c", script] if shell.ends_with("sh") => script.split_whitespace().collect(),
        words => words.to_vec(),
    };
    match words.as_slice() {
        [program, span] if matches!(*program, "sleep" | "/bin/sleep") => {
            Some(Outcome::Ends(programs::seconds(span)?, 0))
        }
        _ => None,
    }
}

/// A program whose output goes to its container's log, with the moment it was written.
struct Logged {
    program: crate::process::LocalFuture<i32>,
    stdout: Pipe,
    stderr: Pipe,
    context: Rc<Context>,
}

impl Future for Logged {
    type Output = i32;
    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<i32> {
        let ended = self.program.as_mut().poll(cx);
        let now = self.context.clock.now();
        self.context.log.write(now, false, &self.stdout.take());
        self.context.log.write(now, true, &self.stderr.take());
        ended
    }
}

/// What a container asks for and may use, as the status repeats it.
pub fn resources(container: &Container) -> Value {
    let said = &container.spec["resources"];
    if said.is_null() { json!({}) } else { said.clone() }
}
