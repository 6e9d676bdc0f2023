//! The engine's own thread: it owns the cluster, lets time pass, and answers messages.

use super::outgoing::{Outgoing, Wire};
use super::tty::Tty;
use super::{encode, gnostic, protobuf};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};
use tabernetes_engine::api::{Body, Client, Content, Exec, Method, PortForward, Request, Response, User, WatchStep};
use tabernetes_engine::bootstrap;
use tabernetes_engine::cluster::Cluster;
use tabernetes_engine::meta::{Status, Time, Value};
use tabernetes_engine::process::Connection;
use tabernetes_engine::scenario::Scenario;
use tabernetes_engine::sim::Pipe;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

/// How often time moves on while nobody asks anything.
const TICK: Duration = Duration::from_millis(10);
/// The most virtual time that passes before requests are looked at again.
const SLICE: Duration = Duration::from_millis(250);

/// How long nothing may be asked until clients that hold streams open count as waiting.
const QUIET: Duration = Duration::from_millis(200);

/// How long a watch whose client has stopped reading is kept.
const PATIENCE: Duration = Duration::from_secs(5);

/// How fast time passes: virtual seconds for each second of the wall clock.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// While clients ask.
    pub working: f64,
    /// While they only wait: all asleep, or with streams open on which they wait for events.
    pub waiting: f64,
}

/// What the engine's thread is told.
pub enum Message {
    /// A request.
    Asked(Asked),
    /// Somebody wants to know when this much virtual time has passed; `done` then hangs up.
    Sleep {
        /// How long.
        duration: Duration,
        /// Whether nobody else is at work meanwhile.
        alone: bool,
        /// Dropped once the time has passed.
        done: Sender<()>,
    },
    /// No more.
    Stop,
}

/// Somebody asleep by virtual time.
struct Sleeper {
    until: Time,
    alone: bool,
    /// Hangs up when this is dropped.
    _done: Sender<()>,
}

/// A request as it came over the wire.
pub struct Asked {
    /// The method.
    pub method: Method,
    /// Path and query.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// The bearer token, if any.
    pub token: Option<String>,
    /// Whether it is the administrator who asks.
    pub admin: bool,
    /// Where the answer goes.
    pub reply: oneshot::Sender<Answer>,
}

/// An answer on its way to the wire.
pub struct Answer {
    /// The HTTP status code.
    pub code: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: AnswerBody,
}

/// What follows an answer's headers.
pub enum AnswerBody {
    /// All of it.
    Whole(Vec<u8>),
    /// As it comes.
    Stream(Outgoing),
    /// A process in a container.
    Exec(ExecEnds),
    /// A pod's ports.
    PortForward(UnboundedSender<OpenPort>),
}

/// The wire's ends of a process: frames of channel number and bytes.
pub struct ExecEnds {
    /// To the process: stdin (0), the terminal's size (4), end of stdin (255).
    pub input: UnboundedSender<(u8, Vec<u8>)>,
    /// From the process: stdout (1), stderr (2), the final `Status` (3).
    pub output: UnboundedReceiver<(u8, Vec<u8>)>,
}

/// Asks for a connection to a port of the pod.
pub struct OpenPort {
    /// Which port.
    pub port: u16,
    /// The connection's ends, or what goes on the error stream.
    pub reply: oneshot::Sender<Result<Ends, String>>,
}

/// The wire's ends of a connection.
pub struct Ends {
    /// To the pod; dropping it ends the direction.
    pub to: UnboundedSender<Vec<u8>>,
    /// From the pod.
    pub from: Outgoing,
}

/// Moves bytes between the engine's pipes and the wire; false once there is nothing more to move.
type Pump = Box<dyn FnMut() -> bool>;
type Pumps = Rc<RefCell<Vec<Pump>>>;

/// Starts the thread.
pub fn start(scenario: Scenario, pace: Pace, token: String, allows_all: bool) -> Sender<Message> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let cluster = boot(&scenario);
        cluster.server.borrow_mut().admit(token, administrator());
        if allows_all {
            cluster.server.borrow_mut().allow_all();
        }
        run(cluster, &receiver, pace);
    });
    sender
}

fn run(mut cluster: Cluster, told: &Receiver<Message>, pace: Pace) {
    let pumps = Pumps::default();
    let mut sleepers: Vec<Sleeper> = Vec::new();
    let (mut last, mut last_asked) = (Instant::now(), Instant::now());
    loop {
        let first = match told.recv_timeout(TICK) {
            Ok(message) => Some(message),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let now = Instant::now();
        let asleep = sleepers.iter().any(|sleeper| sleeper.alone);
        let waiting = asleep || (now - last_asked > QUIET && !pumps.borrow().is_empty());
        let mut passed = (now - last).mul_f64(if waiting { pace.waiting } else { pace.working });
        last = now;
        while !passed.is_zero() {
            let slice = passed.min(SLICE);
            cluster.advance(cluster.clock.now() + slice);
            cluster.server.borrow_mut().compact();
            passed -= slice;
            pump(&pumps);
        }
        for message in first.into_iter().chain(told.try_iter()) {
            match message {
                Message::Asked(request) => {
                    last_asked = now;
                    answer(&mut cluster, request, &pumps);
                }
                Message::Stop => return,
                Message::Sleep { duration, alone, done } => {
                    sleepers.push(Sleeper { until: cluster.clock.now() + duration, alone, _done: done });
                }
            }
        }
        cluster.settle();
        pump(&pumps);
        sleepers.retain(|sleeper| sleeper.until > cluster.clock.now());
    }
}

/// Runs every pump once; those that are done go. A pump may add others meanwhile.
fn pump(pumps: &Pumps) {
    let mut running = std::mem::take(&mut *pumps.borrow_mut());
    running.retain_mut(|pump| pump());
    let mut added = pumps.borrow_mut();
    running.append(&mut added);
    *added = running;
}

/// The body for the engine, which reads JSON and YAML; protobuf is decoded here.
fn body(headers: &mut [(String, String)], bytes: Vec<u8>) -> Body {
    if bytes.is_empty() {
        return Body::Empty;
    }
    let kind =
        headers.iter_mut().find(|(name, value)| name == "content-type" && value.starts_with(protobuf::MEDIA_TYPE));
    match (kind, protobuf::decode(&bytes)) {
        (Some((_, kind)), Some(document)) => {
            *kind = "application/json".into();
            Body::Document(document)
        }
        _ => Body::Bytes(bytes),
    }
}

/// Who may do everything.
fn administrator() -> User {
    User {
        name: "kubernetes-admin".into(),
        groups: vec!["system:masters".into(), "system:authenticated".into()],
        ..User::default()
    }
}

/// Who asks without a token.
fn anonymous() -> User {
    User { name: "system:anonymous".into(), groups: vec!["system:unauthenticated".into()], ..User::default() }
}

/// The cluster that a scenario starts from.
fn boot(scenario: &Scenario) -> Cluster {
    let nodes: Vec<&str> = scenario.nodes.iter().map(String::as_str).collect();
    bootstrap::cluster(scenario.profile, &nodes, scenario.start, scenario.seed)
}

fn answer(cluster: &mut Cluster, asked: Asked, pumps: &Pumps) {
    let user = match asked.admin {
        true => administrator(),
        false => anonymous(),
    };
    let mut request = Request::new(asked.method, &asked.target);
    request.headers = asked.headers;
    if let Some(token) = asked.token.filter(|_| !asked.admin) {
        // Whoever else brings a token is for the API server to know.
        request = request.header("authorization", format!("Bearer {token}"));
    }
    request.body = body(&mut request.headers, asked.body);
    let gnostic = request.path == "/openapi/v2" && request.header_value("accept").is_some_and(gnostic::is_wanted);
    let tty = matches!(request.param("tty"), Some("true" | "1"));
    let manner = Manner { pretty: is_pretty(&request), tty };
    let mut response = Client::new(&cluster.server, user, "").request(request);
    if let Content::Document(document) = &response.content
        && gnostic
        && response.code == 200
    {
        response.content = Content::Bytes { kind: gnostic::MEDIA_TYPE.into(), bytes: gnostic::encode(document) };
    }
    if let Content::Later(mut later) = response.content {
        let (mut reply, own) = (Some(asked.reply), pumps.clone());
        pumps.borrow_mut().push(Box::new(move || {
            match later.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(response) => {
                    if let Some(reply) = reply.take() {
                        let _ = reply.send(convert(response, manner, &own));
                    }
                    false
                }
                // Whoever has gone away waits for nothing.
                Poll::Pending => reply.as_ref().is_some_and(|reply| !reply.is_closed()),
            }
        }));
        return;
    }
    // If the client has gone away meanwhile, there is nobody to tell.
    let _ = asked.reply.send(convert(response, manner, pumps));
}

/// How the client wants its answer.
#[derive(Clone, Copy)]
struct Manner {
    /// Indented, for a person to read.
    pretty: bool,
    /// Through a terminal.
    tty: bool,
}

/// Whether a person is to read the answer: asked for, or by a client that people look at.
fn is_pretty(request: &Request) -> bool {
    let agent = request.header_value("user-agent").unwrap_or_default();
    match request.param("pretty") {
        Some(asked) => !matches!(asked, "0" | "false"),
        // What is no API object is written by hand there, and indented.
        None => {
            matches!(request.path.as_str(), "/" | "/version")
                || ["curl", "Wget", "Mozilla/5.0"].iter().any(|person| agent.starts_with(person))
        }
    }
}

fn convert(response: Response, manner: Manner, pumps: &Pumps) -> Answer {
    let mut headers = response.headers;
    let mut typed = |kind: &str| {
        if !headers.iter().any(|(name, _)| name == "content-type") {
            headers.push(("content-type".into(), kind.into()));
        }
    };
    let body = match response.content {
        // Awaited before this.
        Content::Later(_) | Content::Empty => AnswerBody::Whole(Vec::new()),
        Content::Document(document) => {
            typed("application/json");
            AnswerBody::Whole(encode::document(&document, manner.pretty))
        }
        Content::Bytes { kind, bytes } => {
            typed(&kind);
            AnswerBody::Whole(bytes)
        }
        Content::Watch(mut watch) => {
            typed("application/json");
            AnswerBody::Stream(spawn_stream(pumps, Some(PATIENCE), move || match watch.poll() {
                WatchStep::Event(event) => Next::Bytes(encode::event(&event)),
                WatchStep::Pending => Next::Later,
                WatchStep::Ended => Next::End,
            }))
        }
        Content::Stream(pipe) => {
            typed("text/plain");
            AnswerBody::Stream(spawn_stream(pumps, None, move || take(&pipe)))
        }
        Content::Exec(exec) => AnswerBody::Exec(spawn_exec(pumps, exec, manner.tty)),
        Content::PortForward(forward) => AnswerBody::PortForward(spawn_forward(pumps, forward)),
    };
    Answer { code: response.code, headers, body }
}

/// What a source of bytes has just now.
enum Next {
    Bytes(Vec<u8>),
    Later,
    End,
}

fn take(pipe: &Pipe) -> Next {
    let bytes = pipe.take();
    match bytes.is_empty() {
        false => Next::Bytes(bytes),
        true if pipe.is_drained() => Next::End,
        true => Next::Later,
    }
}

/// Pumps a source to the wire until either side ends, or until the client has taken nothing for
/// longer than it is waited for.
fn spawn_stream(pumps: &Pumps, patience: Option<Duration>, mut source: impl FnMut() -> Next + 'static) -> Outgoing {
    let (wire, outgoing) = Wire::new();
    let mut full_since = None;
    pumps.borrow_mut().push(Box::new(move || {
        loop {
            if wire.is_full() {
                let waited = full_since.get_or_insert_with(Instant::now).elapsed();
                return !wire.is_closed() && patience.is_none_or(|patience| waited < patience);
            }
            full_since = None;
            match source() {
                Next::Bytes(bytes) => {
                    if !wire.send(bytes) {
                        return false;
                    }
                }
                Next::Later => return !wire.is_closed(),
                Next::End => return false,
            }
        }
    }));
    outgoing
}

/// The channels of `v5.channel.k8s.io`.
pub mod channels {
    /// To the process.
    pub const STDIN: u8 = 0;
    /// From the process.
    pub const STDOUT: u8 = 1;
    /// From the process.
    pub const STDERR: u8 = 2;
    /// The final `Status`.
    pub const ERROR: u8 = 3;
    /// `{"Width": 80, "Height": 24}`
    pub const RESIZE: u8 = 4;
    /// Followed by the number of the channel that is closed.
    pub const CLOSE: u8 = 255;
}

fn spawn_exec(pumps: &Pumps, exec: Exec, tty: bool) -> ExecEnds {
    let mut tty = tty.then(Tty::default);
    let (input, mut from_wire) = unbounded_channel::<(u8, Vec<u8>)>();
    let (to_wire, output) = unbounded_channel();
    pumps.borrow_mut().push(Box::new(move || {
        while let Ok((channel, bytes)) = from_wire.try_recv() {
            match channel {
                channels::STDIN => match &mut tty {
                    None => drop(exec.stdin.write(&bytes)),
                    Some(tty) => {
                        let (input, echo) = tty.typed(&bytes);
                        if !input.is_empty() {
                            exec.stdin.write(&input);
                        }
                        if !echo.is_empty() {
                            let _ = to_wire.send((channels::STDOUT, echo));
                        }
                    }
                },
                channels::RESIZE => {
                    let size = Value::from_json(&bytes).unwrap_or_default();
                    let cells = |name: &str| u16::try_from(size[name].int()).unwrap_or(0);
                    exec.size.set((cells("Width"), cells("Height")));
                }
                channels::CLOSE => exec.stdin.end(),
                _ => {}
            }
        }
        if to_wire.is_closed() {
            exec.stdin.end();
            exec.stdout.shut();
            exec.stderr.shut();
            return false;
        }
        for (channel, pipe) in [(channels::STDOUT, &exec.stdout), (channels::STDERR, &exec.stderr)] {
            if let Next::Bytes(bytes) = take(pipe) {
                let bytes = tty.as_mut().map(|tty| tty.shown(&bytes)).unwrap_or(bytes);
                let _ = to_wire.send((channel, bytes));
            }
        }
        let Some(status) = exec.exit.borrow().clone() else { return true };
        let _ = to_wire.send((channels::ERROR, encode::document(&status, false)));
        false
    }));
    ExecEnds { input, output }
}

fn spawn_forward(pumps: &Pumps, forward: PortForward) -> UnboundedSender<OpenPort> {
    let (sender, mut asked) = unbounded_channel::<OpenPort>();
    let others = pumps.clone();
    pumps.borrow_mut().push(Box::new(move || {
        while let Ok(open) = asked.try_recv() {
            let connected = (forward.open)(open.port).map(|connection| spawn_connection(&others, connection));
            let _ = open.reply.send(connected);
        }
        !asked.is_closed() && !(forward.lost)()
    }));
    sender
}

fn spawn_connection(pumps: &Pumps, connection: Connection) -> Ends {
    let (to, mut from_wire) = unbounded_channel::<Vec<u8>>();
    let input = connection.input.clone();
    let from = spawn_stream(pumps, None, move || take(&input));
    pumps.borrow_mut().push(Box::new(move || {
        loop {
            match from_wire.try_recv() {
                Ok(bytes) => drop(connection.output.write(&bytes)),
                Err(tokio::sync::mpsc::error::TryRecvError::Empty) => return true,
                Err(tokio::sync::mpsc::error::TryRecvError::Disconnected) => {
                    connection.output.end();
                    return false;
                }
            }
        }
    }));
    Ends { to, from }
}

/// A `Status` as an answer, for what the wire itself refuses.
pub fn refuse(status: &Status) -> Answer {
    let body = AnswerBody::Whole(encode::document(&status.to_value(), false));
    Answer { code: status.code, headers: vec![("content-type".into(), "application/json".into())], body }
}
