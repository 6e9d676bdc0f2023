//! Probes, and the calls that probes and lifecycle hooks are made of.

use super::container::Container;
use super::create::{has_executable, not_found};
use super::host::{Host, News};
use super::images::{Context, Run, closed};
use super::stop::Why;
use super::worker::{Stage, Worker};
use crate::meta::{Text, Time, Value};
use crate::network::http;
use crate::process::NetError;
use crate::sim::{Clock, pipe};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

/// A probe of a running container.
pub struct Probing {
    /// `startup`, `liveness` or `readiness`.
    pub kind: &'static str,
    spec: Value,
    next: Option<Time>,
    successes: i64,
    failures: i64,
}

/// What came of a call.
pub type Answer = Result<(), Failure>;

/// Why a call failed.
pub enum Failure {
    /// It answered, and the answer is no.
    No(String),
    /// It could not be asked.
    Error(String),
}

impl Failure {
    pub fn text(self) -> String {
        match self {
            Failure::No(text) | Failure::Error(text) => text,
        }
    }
}

/// What is asked of a container.
pub enum Call {
    Exec(Vec<String>),
    Http {
        host: Text,
        port: u16,
        path: String,
        headers: Vec<(String, String)>,
        scheme: String,
    },
    Tcp {
        host: Text,
        port: u16,
    },
    Grpc {
        host: Text,
        port: u16,
    },
    Sleep(Duration),
    /// A port that cannot be made out.
    Broken(String),
}

impl Probing {
    /// The probes of a container that has just been started.
    pub fn all(container: &Value, now: Time) -> Vec<Probing> {
        let rows = [("startup", "startupProbe"), ("liveness", "livenessProbe"), ("readiness", "readinessProbe")];
        let probes = rows.iter().filter(|(_, field)| !container[*field].is_null());
        probes
            .map(|(kind, field)| {
                let spec = container[*field].clone();
                let delay = spec["initialDelaySeconds"].int().unsigned_abs();
                Probing { kind, next: Some(now + Duration::from_secs(delay)), spec, successes: 0, failures: 0 }
            })
            .collect()
    }

    pub fn due(&self) -> Option<Time> {
        self.next
    }

    fn seconds(&self, field: &str, or: i64) -> Duration {
        let said = self.spec[field].as_i64().filter(|n| *n > 0).unwrap_or(or);
        Duration::from_secs(said.unsigned_abs())
    }

    fn threshold(&self, field: &str, or: i64) -> i64 {
        self.spec[field].as_i64().filter(|n| *n > 0).unwrap_or(or)
    }
}

impl Call {
    /// Reads a probe or hook.
    pub fn read(spec: &Value, container: &Container, address: &Text) -> Call {
        let host = |said: &Value| if said.is_empty() { address.clone() } else { said.str().into() };
        let port = |said: &Value| {
            Worker::port(&container.spec, said).ok_or_else(|| format!("couldn't resolve port {}", said.to_json()))
        };
        if let Some(exec) = spec.get("exec") {
            return Call::Exec(exec["command"].items().iter().map(|word| word.str().to_string()).collect());
        }
        if let Some(get) = spec.get("httpGet") {
            let headers = get["httpHeaders"].items().iter();
            let headers = headers.map(|h| (h["name"].str().to_string(), h["value"].str().to_string())).collect();
            let path = get["path"].str();
            let path = if path.starts_with('/') { path.to_string() } else { format!("/{path}") };
            let scheme = Some(get["scheme"].str()).filter(|s| !s.is_empty()).unwrap_or("HTTP").to_lowercase();
            return match port(&get["port"]) {
                Ok(port) => Call::Http { host: host(&get["host"]), port, path, headers, scheme },
                Err(problem) => Call::Broken(problem),
            };
        }
        if let Some(tcp) = spec.get("tcpSocket") {
            return match port(&tcp["port"]) {
                Ok(port) => Call::Tcp { host: host(&tcp["host"]), port },
                Err(problem) => Call::Broken(problem),
            };
        }
        if let Some(grpc) = spec.get("grpc") {
            return match port(&grpc["port"]) {
                Ok(port) => Call::Grpc { host: address.clone(), port },
                Err(problem) => Call::Broken(problem),
            };
        }
        Call::Sleep(Duration::from_secs(spec["sleep"]["seconds"].int().unsigned_abs()))
    }
}

/// Makes a call from the container's machine, or in the container.
pub async fn call(call: Call, context: Rc<Context>) -> Answer {
    match call {
        Call::Exec(args) => exec(args, context).await,
        Call::Http { host, port, path, headers, scheme } => {
            let url = format!("{scheme}://{host}:{port}{path}");
            let refused = |error: NetError| Failure::No(format!("Get \"{url}\": {}", dial(&host, port, &error)));
            let connection = connect(&context, &host, port).map_err(refused)?;
            if scheme == "https" && !connection.shake_hands() {
                let why = "http: server gave HTTP response to HTTPS client";
                return Err(Failure::No(format!("Get \"{url}\": {why}")));
            }
            let mut request = http::Request::new("GET", &format!("{host}:{port}"), &path);
            request.headers.0.push(("User-Agent".into(), "kube-probe/1.36".into()));
            request.headers.0.push(("Accept".into(), "*/*".into()));
            request.headers.0.push(("Connection".into(), "close".into()));
            for (name, value) in headers {
                request.headers.set(&name, value);
            }
            match http::fetch(&connection, &request).await {
                Ok(response) if (200..400).contains(&response.status) => Ok(()),
                Ok(response) => Err(Failure::No(format!("HTTP probe failed with statuscode: {}", response.status))),
                Err(_) => Err(Failure::No(format!("Get \"{url}\": EOF"))),
            }
        }
        Call::Tcp { host, port } => match connect(&context, &host, port) {
            Ok(connection) => {
                connection.close();
                Ok(())
            }
            Err(error) => Err(Failure::No(dial(&host, port, &error))),
        },
        Call::Grpc { host, port } => match connect(&context, &host, port) {
            Ok(connection) => {
                connection.close();
                Ok(())
            }
            Err(_) => {
                let text = format!(
                    "timeout: failed to connect service \"{host}:{port}\" within 1s: context deadline exceeded"
                );
                Err(Failure::No(text))
            }
        },
        Call::Sleep(span) => {
            context.clock.sleep(span).await;
            Ok(())
        }
        Call::Broken(problem) => Err(Failure::Error(problem)),
    }
}

/// The pod's own ports are reached directly, whatever policies say.
fn connect(context: &Context, host: &str, port: u16) -> Result<crate::process::Connection, NetError> {
    let gateway = || host.rsplit_once('.').map_or_else(String::new, |(net, _)| format!("{net}.1"));
    if *host == *context.address {
        context.net.connect_from(&gateway(), port)
    } else {
        context.net.connect_to(host, port)
    }
}

fn dial(host: &str, port: u16, error: &NetError) -> String {
    match error {
        NetError::Refused => format!("dial tcp {host}:{port}: connect: connection refused"),
        NetError::NoSuchHost => format!("dial tcp: lookup {host}: no such host"),
        _ => format!("dial tcp {host}:{port}: i/o timeout"),
    }
}

/// Runs a command in a container and judges it by its status; its output is what there is to say.
async fn exec(args: Vec<String>, context: Rc<Context>) -> Answer {
    let name = args.first().cloned().unwrap_or_default();
    if !has_executable(&name, &context) {
        let text = format!(
            "rpc error: code = Unknown desc = failed to exec in container: failed to start exec: OCI runtime exec \
             failed: exec failed: unable to start container process: {}",
            not_found(&name)
        );
        return Err(Failure::Error(text));
    }
    let output = pipe(&context.clock);
    let streams = [closed(&context.clock), output.clone(), output.clone()];
    let code = run(args, streams, false, &context).await;
    match code {
        0 => Ok(()),
        _ => Err(Failure::No(String::from_utf8_lossy(&output.take()).into_owned())),
    }
}

/// Starts a program in a container: the image's own, or one of its tools.
pub fn run(
    args: Vec<String>,
    streams: [crate::sim::Pipe; 3],
    tty: bool,
    context: &Rc<Context>,
) -> crate::process::LocalFuture<i32> {
    let process = context.process(args.clone(), streams, tty);
    match args.first().and_then(|name| context.image.program(name)) {
        Some(program) => {
            let run = Run { context: context.clone(), args, process: Some(process) };
            (program.run)(&run).into_future(context.clock.clone())
        }
        None => context.programs.start(process),
    }
}

/// A call that is given up after a while.
struct Timed<'a> {
    call: Pin<Box<dyn Future<Output = Answer> + 'a>>,
    clock: Clock,
    until: Time,
    _wake: crate::sim::Sleep,
}

impl Future for Timed<'_> {
    type Output = Option<Answer>;
    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<Answer>> {
        match self.call.as_mut().poll(cx) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending if self.clock.now() >= self.until => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl Worker {
    /// Starts the probes that are due.
    pub fn probe(&mut self, host: &mut Host, now: Time) {
        if self.stage != Stage::Active {
            return;
        }
        for at in 0..self.containers.len() {
            for probe in 0..self.containers[at].probes.len() {
                let container = &self.containers[at];
                let Some(instance) = container.running() else { break };
                let probing = &container.probes[probe];
                // Until the startup probe has succeeded, the others wait.
                let waits = probing.kind != "startup" && !instance.is_started;
                if probing.next.is_none_or(|next| next > now) || instance.stopping.is_some() {
                    continue;
                }
                let next = now + probing.seconds("periodSeconds", 10);
                let done = probing.kind == "startup" && instance.is_started;
                if !waits && !done {
                    self.ask(at, probe, host, now);
                }
                self.containers[at].probes[probe].next = Some(next);
            }
        }
    }

    fn ask(&self, at: usize, probe: usize, host: &Host, now: Time) {
        let container = &self.containers[at];
        let Some(instance) = &container.instance else { return };
        let probing = &container.probes[probe];
        let timeout = probing.seconds("timeoutSeconds", 1);
        let what = Call::read(&probing.spec, container, &self.address());
        let late = match &what {
            Call::Http { host, port, path, scheme, .. } => format!(
                "Get \"{scheme}://{host}:{port}{path}\": context deadline exceeded (Client.Timeout exceeded while \
                 awaiting headers)"
            ),
            Call::Exec(_) => format!("command timed out after {}", crate::meta::duration::format(timeout)),
            _ => "i/o timeout".to_string(),
        };
        let (inbox, clock, uid) = (host.inbox.clone(), host.clock.clone(), self.uid());
        let (name, id, context) = (container.name.clone(), instance.id.clone(), instance.context.clone());
        host.tasks.spawn(&host.clock, async move {
            let timed = Timed {
                call: Box::pin(call(what, context)),
                until: now + timeout,
                _wake: clock.sleep(timeout),
                clock: clock.clone(),
            };
            let answer = timed.await.unwrap_or(Err(Failure::No(late)));
            inbox.borrow_mut().push((uid, News::Probed { container: name, id, probe, answer }));
            clock.stir();
        });
    }

    /// A probe has its answer.
    pub fn answered(&mut self, at: usize, probe: usize, answer: Answer, host: &mut Host, now: Time) {
        let container = &mut self.containers[at];
        let Some(probing) = container.probes.get_mut(probe) else { return };
        let kind = probing.kind;
        let mut title = String::from(kind);
        title[..1].make_ascii_uppercase();
        let (ok, said) = match answer {
            Ok(()) => (true, None),
            Err(Failure::No(text)) => (false, Some(format!("{title} probe failed: {text}"))),
            Err(Failure::Error(text)) => {
                (false, Some(format!("{title} probe errored and resulted in unknown state: {text}")))
            }
        };
        if ok {
            probing.successes += 1;
            probing.failures = 0;
        } else {
            probing.failures += 1;
            probing.successes = 0;
        }
        let succeeded = probing.successes >= probing.threshold("successThreshold", 1);
        let failed = probing.failures >= probing.threshold("failureThreshold", 3);
        let has_readiness = container.probes.iter().any(|other| other.kind == "readiness");
        let Some(instance) = &mut container.instance else { return };
        let before = (instance.is_started, instance.is_ready);
        match kind {
            "startup" if succeeded => {
                instance.is_started = true;
                instance.is_ready |= !has_readiness;
                // The others need not wait for their next turn.
                for other in container.probes.iter_mut().filter(|other| other.kind != "startup") {
                    let delay = Duration::from_secs(other.spec["initialDelaySeconds"].int().unsigned_abs());
                    let begun = instance.started.unwrap_or(now) + delay;
                    other.next = Some(begun.max(now));
                }
            }
            "readiness" if succeeded => instance.is_ready = true,
            "readiness" if failed => instance.is_ready = false,
            _ => {}
        }
        let changed = before != (instance.is_started, instance.is_ready);
        let stops = failed && kind != "readiness" && instance.stopping.is_none();
        if let Some(said) = said {
            self.event(host, Some(at), "Warning", "Unhealthy", &said);
        }
        if stops {
            self.stop_one(at, host, now, &Why::Probe(kind));
        }
        if changed {
            // A probe's result causes a sync by itself.
            self.sync_at = Some(now);
        }
    }
}
