//! Creating a container and starting its program: configuration, environment, command, hook.

use super::container::{Container, Ended, Instance, Running};
use super::env;
use super::host::{Host, News};
use super::images::{Base, Context, Identity, Outcome, Reference, Run, Term, UNKNOWN, capabilities};
use super::probes::Probing;
use super::programs;
use super::registry;
use super::start::Step;
use super::stop::Why;
use super::volumes::MountPoint;
use super::worker::Worker;
use crate::json;
use crate::meta::{Quantity, Time, Value};
use crate::process::FileSystem;
use crate::sim::{Pipe, pipe};
use std::cell::{OnceCell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

impl Worker {
    /// Puts the container's configuration together and creates it.
    pub fn create(&mut self, at: usize, host: &mut Host, now: Time) {
        let context = match self.context(at, host) {
            Ok(context) => context,
            Err(problem) => return self.fail(at, "CreateContainerConfigError", problem, host),
        };
        if let Some(problem) = self.missing_profile(at, host) {
            return self.fail(at, "CreateContainerError", problem, host);
        }
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
            image: if hollow { image_id.as_str().into() } else { full.into() },
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

    /// What the runtime says of a seccomp profile that is not on the machine.
    fn missing_profile(&self, at: usize, host: &Host) -> Option<String> {
        let profile = |spec: &Value| {
            let profile = &spec["securityContext"]["seccompProfile"];
            (profile["type"] == "Localhost").then(|| profile["localhostProfile"].str().to_string())
        };
        let profile = profile(&self.containers[at].spec).or_else(|| profile(self.pod.spec()))?;
        let path = format!("/var/lib/kubelet/seccomp/{profile}");
        let machine = host.machines.get(&self.machine).filter(|machine| !machine.plan.make.hollow)?;
        machine.files.node(&path).is_none().then(|| {
            format!(
                "failed to create containerd container: cannot load seccomp profile \"{path}\": open {path}: no such file \
                 or directory"
            )
        })
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
        let fs_group = &pod["securityContext"]["fsGroup"];
        let groups = pod["securityContext"]["supplementalGroups"].items().iter();
        let groups = groups.chain(Some(fs_group).filter(|group| !group.is_null()));
        let (pid, neighbours) = self.neighbours(at);
        let limit = spec.at(&["resources", "limits"]).get("memory").map(|limit| Quantity::of(limit).value());
        let sandbox = self.sandbox.as_ref().ok_or("the sandbox is not ready")?;
        let stdin = if spec["stdin"].bool() { pipe(&host.clock) } else { Pipe::holding(&host.clock, b"") };
        Ok(Rc::new(Context {
            pod: self.pod.name().into(),
            namespace: self.pod.namespace().into(),
            hostname: hostname.into(),
            spec: self.pod.spec().clone(),
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
            effort: Default::default(),
            memory_limit: limit,
            clock: host.clock.clone(),
            rng: host.rng.clone(),
            tasks: host.tasks.clone(),
            api: host.api.clone(),
            programs: host.programs.clone(),
            volumes: self.volumes.clone(),
            read_only: security("readOnlyRootFilesystem").bool(),
            files: OnceCell::new(),
            ports: RefCell::default(),
            command: OnceCell::new(),
            identity: Identity {
                user,
                group: security("runAsGroup").as_i64().unwrap_or(if user == 0 || !security("runAsUser").is_null() {
                    0
                } else {
                    user
                }),
                groups: groups.map(|group| group.as_i64().unwrap_or_default()).collect(),
                capabilities: capabilities(&spec["securityContext"]),
                tied: spec["securityContext"]["allowPrivilegeEscalation"].as_bool() == Some(false),
                confined: matches!(security("seccompProfile")["type"].str(), "RuntimeDefault" | "Localhost"),
            },
            pid,
            neighbours,
            terminated: Rc::default(),
            on_signal: OnceCell::new(),
        }))
    }

    /// The number of a container's main process among those it sees, and the containers whose processes it sees: all
    /// that run where they share their namespace, the target of a debugging container.
    fn neighbours(&self, at: usize) -> (u32, Vec<(u32, Weak<Context>)>) {
        let target = self.containers[at].spec["targetContainerName"].str();
        let shared = self.pod.spec()["shareProcessNamespace"].bool();
        let first = if shared { 7 } else { 1 };
        let others = self.containers.iter().enumerate().filter(|(other, container)| {
            *other != at && (shared || (!target.is_empty() && &*container.name == target))
        });
        let seen =
            others.filter_map(|(_, container)| container.running()).map(|running| Rc::downgrade(&running.context));
        let seen: Vec<_> = (0..).map(|n| first + n * 6).zip(seen).collect();
        (if shared || !seen.is_empty() { first + 6 * seen.len() as u32 } else { 1 }, seen)
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
    pub fn start(&mut self, at: usize, host: &mut Host, now: Time) {
        let uid = self.uid();
        let hollow = host.is_hollow(&self.machine);
        let container = &mut self.containers[at];
        let Some(instance) = &mut container.instance else { return };
        let args = command(&container.spec, &instance.context);
        // Both are set once: an instance is started once.
        let _ = instance.context.command.set(args.clone());
        let (inbox, clock, name, id) =
            (host.inbox.clone(), host.clock.clone(), container.name.clone(), instance.id.clone());
        let signalled = uid.clone();
        let _ = instance.context.on_signal.set(Box::new(move |signal| {
            let news = News::Signalled { container: name.clone(), id: id.clone(), signal };
            inbox.borrow_mut().push((signalled.clone(), news));
            clock.stir();
        }));
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
                if !self.containers[at].should_run(self.restart_policy()) {
                    // It has ended, as far as that goes.
                    self.containers[at].waiting = None;
                }
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
            let container = &self.containers[at];
            let hook = &container.spec["lifecycle"]["postStart"];
            let command: Vec<&str> = hook["exec"]["command"].items().iter().map(Value::str).collect();
            let (kind, what) = match hook.get("exec") {
                Some(_) => ("Exec", format!("[{}]", command.join(" "))),
                None => ("HTTP", hook["httpGet"]["path"].str().to_string()),
            };
            let mut message = format!(
                "{kind} lifecycle hook ({what}) for Container \"{}\" in Pod \"{}\" failed - error: ",
                container.name,
                self.full_name()
            );
            message += &match kind {
                "Exec" => format!("command '{}' exited with 1: {problem}, message: {problem:?}", command.join(" ")),
                _ => problem,
            };
            // The event does not say what failed: there may be secrets in it.
            self.event(host, Some(at), "Warning", "FailedPostStartHook", "PostStartHook failed");
            self.stop_one(at, host, now, &Why::Hook);
            self.containers[at].waiting = Some(("PostStartHookError", message));
            self.failed = true;
        }
    }
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
    if let Some(program) = context.image.program(name) {
        // Somebody may have moved it away.
        return context.files.get().is_none_or(|files| files.node(program.path).is_some());
    }
    let tool = name.rsplit('/').next().unwrap_or(name);
    let usual = ["", "/bin/", "/usr/bin/", "/usr/local/bin/", "/sbin/", "/usr/sbin/"].iter();
    let plain = usual.filter(|path| !path.is_empty() || name == tool).any(|path| name == format!("{path}{tool}"));
    if plain && context.base() != Base::Scratch && (context.base().has(tool) || context.image.tools.contains(&tool)) {
        return true;
    }
    if name == tool {
        // A package may have brought it since.
        return context.files.get().is_some_and(|files| files.node(&format!("/usr/bin/{name}")).is_some());
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
    let said = &container.running().map_or(&container.spec, |instance| &instance.spec)["resources"];
    if said.is_null() { json!({}) } else { said.clone() }
}
