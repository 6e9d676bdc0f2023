//! How the API server reaches into a node: logs, exec, attach, port-forward, usage.

use super::container::{Container, Instance};
use super::create::{has_executable, not_found};
use super::images::Context;
use super::log::View;
use super::{Kubelets, probes};
use crate::api::{Body, Content, Exec, Later, NodeProxy, PortForward, Request, Response};
use crate::json;
use crate::meta::{Object, Status, Time, Value};
use crate::network::http;
use crate::sim::{END_OF_INPUT, INTERRUPT, Pipe, pipe};
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

/// What Ctrl-C at the terminal of a main program sends it.
const SIGINT: i32 = 2;

/// Headers that concern one connection only; lengths are counted anew.
const HOP_BY_HOP: &[&str] = &["connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"];

impl NodeProxy for Kubelets {
    fn logs(&self, pod: &Object, container: &str, request: &Request) -> Result<Pipe, Status> {
        let state = self.0.borrow();
        let worker = state.workers.get(pod.uid());
        let container = worker
            .and_then(|worker| worker.containers.iter().find(|c| *c.name == *container))
            .ok_or_else(|| waiting(container, pod.name(), "ContainerCreating"))?;
        let flag = |name: &str| request.param(name).is_some_and(|value| matches!(value, "true" | "1" | ""));
        let worker = state.workers.get(pod.uid());
        let reason = worker.map_or("ContainerCreating", |worker| worker.initial_reason(container));
        let context = logged(container, pod.name(), flag("previous"), reason)?;
        let number = |name: &str| request.param(name).and_then(|value| value.parse::<usize>().ok());
        let now = state.host.clock.now();
        let seconds = number("sinceSeconds").map(|seconds| now - std::time::Duration::from_secs(seconds as u64));
        let view = View {
            tail: number("tailLines"),
            since: seconds.or_else(|| request.param("sinceTime").and_then(Time::parse)),
            limit: number("limitBytes"),
            timestamps: flag("timestamps"),
        };
        let to = pipe(&state.host.clock);
        context.log.read(to.clone(), view, flag("follow"));
        Ok(to)
    }

    fn exec(&self, pod: &Object, container: &str, command: &[String], tty: bool) -> Result<Exec, Status> {
        let state = self.0.borrow();
        let host = &state.host;
        let worker = state.workers.get(pod.uid()).filter(|worker| host.is_up(&worker.machine));
        let found = worker.and_then(|worker| worker.containers.iter().find(|c| *c.name == *container));
        let instance = found.and_then(Container::running);
        let missing = match command {
            [] => format!("container {container} not found in pod {}_{}", pod.name(), pod.namespace()),
            _ => format!("container not found (\"{container}\")"),
        };
        let context = instance.ok_or_else(|| Status::new(500, "", missing))?.context.clone();
        let attached = command.is_empty();
        let once = found.is_some_and(|container| container.spec["stdinOnce"].bool());
        let exec = Exec {
            stdin: pipe(&host.clock),
            stdout: pipe(&host.clock),
            stderr: pipe(&host.clock),
            exit: Rc::new(RefCell::new(None)),
            size: Rc::new(Cell::new((80, 24))),
        };
        if attached {
            attach(&context, &exec, once);
        } else if let Some(name) = command.first().filter(|name| !has_executable(name, &context)) {
            let message = format!(
                "error executing command in container: failed to exec in container: failed to start exec \"{}\": \
                 OCI runtime exec failed: exec failed: unable to start container process: {}",
                (0..4).map(|_| format!("{:016x}", host.rng.next_u64())).collect::<String>(),
                not_found(name)
            );
            finish(&exec, Status::internal(message).to_value());
        } else {
            run(&context, &exec, command, tty);
        }
        Ok(exec)
    }

    fn port_forward(&self, pod: &Object) -> Result<PortForward, Status> {
        let state = self.0.borrow();
        let sandbox = state.workers.get(pod.uid()).and_then(|worker| worker.sandbox.as_ref());
        let sandbox = sandbox
            .filter(|sandbox| sandbox.ready)
            .ok_or_else(|| Status::new(500, "", format!("pod not found (\"{}_{}\")", pod.name(), pod.namespace())))?;
        let (net, alive, rng) = (sandbox.net.clone(), sandbox.alive.clone(), state.host.rng.clone());
        let open = move |port| {
            net.connect(port).map_err(|_| {
                let (id, namespace) = (super::registry::digest_of(&rng.uuid()), rng.uuid());
                format!(
                    "error forwarding port {port} to pod {id}, uid : failed to execute portforward in network \
                     namespace \"/var/run/netns/cni-{namespace}\": failed to connect to localhost:{port} inside \
                     namespace \"{id}\", IPv4: dial tcp4 127.0.0.1:{port}: connect: connection refused IPv6 dial tcp6 \
                     [::1]:{port}: connect: connection refused "
                )
            })
        };
        Ok(PortForward { open: Rc::new(open), lost: Rc::new(move || !alive.get()) })
    }

    fn fetch(&self, pod: &Object, port: u16, target: &str, request: Request) -> Result<Later, String> {
        let forward = self.port_forward(pod).map_err(|status| status.message)?;
        let connection = (forward.open)(port)?;
        let method = format!("{:?}", request.method).to_ascii_uppercase();
        let query: Vec<String> =
            request.query.iter().map(|(key, value)| format!("{}={}", encode(key), encode(value))).collect();
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        let mut asked = http::Request::new(&method, pod.status()["podIP"].str(), &format!("{target}{query}"));
        for (name, value) in request.headers {
            if !HOP_BY_HOP.contains(&name.as_str()) && name != "host" {
                asked.headers.set(&name, value);
            }
        }
        match request.body {
            Body::Empty => {}
            Body::Document(document) => asked.body = document.to_json().into_bytes(),
            Body::Bytes(bytes) => asked.body = bytes,
        }
        Ok(Box::pin(async move {
            let Ok(answer) = http::fetch(&connection, &asked).await else {
                let why = "error trying to reach service: EOF";
                return Response::failure(&Status::new(503, "ServiceUnavailable", why));
            };
            let kind = answer.headers.get("content-type").unwrap_or("text/plain").to_string();
            let headers = answer.headers.0.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value));
            let headers = headers.filter(|(name, _)| !HOP_BY_HOP.contains(&name.as_str())).collect();
            Response { code: answer.status, headers, content: Content::Bytes { kind, bytes: answer.body } }
        }))
    }

    fn serve(&self, node: &str, target: &str) -> Option<Response> {
        self.answer(node, target)
    }

    fn usage(&self, node: &str) -> Value {
        self.0.borrow().usage(node)
    }
}

/// Part of a query as it is written in an address.
fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// Runs a command in a container, connected to the client.
fn run(context: &Rc<Context>, exec: &Exec, command: &[String], tty: bool) {
    let stderr = if tty { exec.stdout.clone() } else { exec.stderr.clone() };
    let stdin = if tty { pipe(&context.clock) } else { exec.stdin.clone() };
    let program = probes::run(command.to_vec(), [stdin.clone(), exec.stdout.clone(), stderr], tty, context);
    let exec = exec.clone();
    let (log, clock) = (context.log.clone(), context.clock.clone());
    context.tasks.spawn(&context.clock, async move {
        let mut program = program;
        // When the container ends, so do all its processes.
        let code = poll_fn(|cx| {
            if tty && type_into(&stdin, &exec) {
                exec.stdout.write(b"^C");
                return Poll::Ready(130);
            }
            match program.as_mut().poll(cx) {
                Poll::Pending if log.is_ended() => Poll::Ready(137),
                other => other,
            }
        })
        .await;
        drop(program);
        finish(&exec, exit_status(code));
        clock.stir();
    });
}

/// Connects a client to a container's main program.
fn attach(context: &Rc<Context>, exec: &Exec, once: bool) {
    context.log.attach(exec.stdout.clone());
    let (exec, context) = (exec.clone(), context.clone());
    let tasks = context.tasks.clone();
    tasks.spawn(&context.clock.clone(), async move {
        poll_fn(|_| {
            if !context.tty {
                context.stdin.write(&exec.stdin.take());
            } else if type_into(&context.stdin, &exec) {
                context.signal(SIGINT);
            }
            if once && exec.stdin.is_drained() {
                context.stdin.end();
            }
            // Either side may go first.
            if context.log.is_ended() || exec.stdout.is_broken() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        finish(&exec, json!({"metadata": {}, "status": "Success"}));
        context.clock.stir();
    });
}

/// What a terminal does with the keys typed at it: Ctrl-D ends the input, Ctrl-C interrupts (then this
/// is true), unless the program reads them itself.
fn type_into(stdin: &Pipe, exec: &Exec) -> bool {
    let typed = exec.stdin.take();
    if stdin.is_raw() {
        stdin.write(&typed);
        return false;
    }
    let key = typed.iter().position(|byte| matches!(*byte, INTERRUPT | END_OF_INPUT));
    let (text, key) = typed.split_at(key.unwrap_or(typed.len()));
    if !text.is_empty() {
        stdin.write(text);
    }
    if key.first() == Some(&END_OF_INPUT) {
        stdin.end();
    }
    key.first() == Some(&INTERRUPT)
}

fn finish(exec: &Exec, status: Value) {
    exec.stdout.end();
    exec.stderr.end();
    *exec.exit.borrow_mut() = Some(status);
}

/// What the error channel carries after a process has ended.
fn exit_status(code: i32) -> Value {
    if code == 0 {
        return json!({"metadata": {}, "status": "Success"});
    }
    json!({
        "metadata": {}, "status": "Failure", "reason": "NonZeroExitCode",
        "message": format!("command terminated with non-zero exit code: exit status {code}"),
        "details": {"causes": [{"reason": "ExitCode", "message": code.to_string()}]},
    })
}

/// The container whose log is asked for.
///
/// `initial` is what a container that never ran waits for.
fn logged(container: &Container, pod: &str, previous: bool, initial: &str) -> Result<Rc<Context>, Status> {
    let name = &container.name;
    let held_back = container.waiting.is_some() && container.ended().is_some();
    let instance = match (previous, held_back) {
        (true, false) => container.previous.as_ref(),
        // One that is about to run again still has what it said the last time.
        // One that could not be started, and will not be again, has said nothing.
        _ => {
            let over = |instance: &&Instance| instance.ended.is_some() && container.waiting.is_none();
            let instance = container.instance.as_ref().filter(|i| i.started.is_some() || over(i));
            instance.or(container.previous.as_ref())
        }
    };
    if let Some(instance) = instance {
        return Ok(instance.context.clone());
    }
    if previous {
        let message = format!("previous terminated container \"{name}\" in pod \"{pod}\" not found");
        return Err(Status::bad_request(message));
    }
    let reason = match container.waiting.as_ref().map(|(reason, _)| *reason) {
        Some("ErrImagePull") => "image can't be pulled",
        Some("ImagePullBackOff") => "trying and failing to pull image",
        Some(reason) => reason,
        None => initial,
    };
    Err(waiting(name, pod, reason))
}

fn waiting(container: &str, pod: &str, reason: &str) -> Status {
    Status::bad_request(format!("container \"{container}\" in pod \"{pod}\" is waiting to start: {reason}"))
}
