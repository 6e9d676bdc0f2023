//! Requests as they come over the wire, and the handler's answers on their way back.

use super::outgoing::Outgoing;
use super::pumps::{ExecEnds, Next, OpenPort, Pumps, pump, spawn_exec, spawn_forward, spawn_stream, take};
use super::{encode, gnostic, protobuf};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tabernetes_engine::api::{Body, Client, Content, Method, Request, Response, User, WatchStep};
use tabernetes_engine::cluster::Cluster;
use tabernetes_engine::meta::Status;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

/// How long a watch whose client has stopped reading is kept.
const PATIENCE: Duration = Duration::from_secs(5);

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
pub fn administrator() -> User {
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

/// Asks the handler, and sends what it says, now or once it is known.
pub fn answer(cluster: &mut Cluster, asked: Asked, pumps: &Pumps) {
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
    let tty = request.flag("tty");
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
    if asked.method != Method::Get {
        // Who watches hears of a change before who made it goes on to the next.
        pump(pumps);
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

/// A `Status` as an answer, for what the wire itself refuses.
pub fn refuse(status: &Status) -> Answer {
    let body = AnswerBody::Whole(encode::document(&status.to_value(), false));
    Answer { code: status.code, headers: vec![("content-type".into(), "application/json".into())], body }
}
