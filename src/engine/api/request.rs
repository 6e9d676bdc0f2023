//! Requests and responses: what crosses the API server's door, in process or over HTTP.

use crate::meta::{Status, Value};
use crate::process::Connection;
use crate::sim::Pipe;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
    Head,
    Options,
}

/// What a request carries.
#[derive(Clone, Debug, Default)]
pub enum Body {
    /// Nothing.
    #[default]
    Empty,
    /// A document, never serialised: how callers inside the engine send one.
    Document(Value),
    /// Bytes of the request's `Content-Type`.
    Bytes(Vec<u8>),
}

/// A request to the API server.
#[derive(Clone, Debug)]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// The path, without the query.
    pub path: String,
    /// The query's parameters, decoded, in order.
    pub query: Vec<(String, String)>,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

impl Request {
    /// A request without query, headers and body. `target` may carry a query.
    pub fn new(method: Method, target: &str) -> Request {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (percent_decode(key), percent_decode(value))
        });
        Request { method, path: path.into(), query: query.collect(), headers: Vec::new(), body: Body::Empty }
    }
    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, key: &str, value: impl Into<String>) -> Request {
        self.query.push((key.into(), value.into()));
        self
    }
    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Request {
        self.headers.push((name.to_ascii_lowercase(), value.into()));
        self
    }
    /// Sets the body to a document.
    #[must_use]
    pub fn document(mut self, document: impl Into<Value>) -> Request {
        self.body = Body::Document(document.into());
        self
    }
    /// The first value of a query parameter.
    pub fn param(&self, key: &str) -> Option<&str> {
        self.query.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }
    /// Whether a query parameter says yes: it is there, and neither `0` nor `false`.
    pub fn flag(&self, key: &str) -> bool {
        self.param(key).is_some_and(|value| value != "0" && !value.eq_ignore_ascii_case("false"))
    }
    /// The value of a header, by its name in lower case.
    pub fn header_value(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str())
    }
}

/// Decodes `%41` and `+`; what is not UTF-8 is replaced.
pub(super) fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(if bytes[at] == b'+' { b' ' } else { bytes[at] });
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct User {
    /// Such as `system:serviceaccount:default:bot`.
    pub name: String,
    /// May be empty.
    pub uid: String,
    /// Such as `system:masters`.
    pub groups: Vec<String>,
    /// Extra attributes, as `{"key": ["value"]}` or `null`.
    pub extra: Value,
}

/// An answer that somebody else has yet to give.
pub type Later = std::pin::Pin<Box<dyn Future<Output = Response>>>;

/// What a response carries.
pub enum Content {
    /// Nothing.
    Empty,
    /// A JSON document, serialised only at the edge.
    Document(Value),
    /// Text or bytes of another type.
    Bytes {
        /// The `Content-Type`.
        kind: String,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// A watch: events as they happen.
    Watch(Watch),
    /// A stream of bytes: `logs --follow`.
    Stream(Pipe),
    /// An upgraded connection to a container's process.
    Exec(Exec),
    /// An upgraded connection to a pod's ports.
    PortForward(PortForward),
    /// The whole response comes later: `proxy`.
    Later(Later),
}

/// The API server's answer.
pub struct Response {
    /// The HTTP status code.
    pub code: u16,
    /// The headers, names in lower case. `warning` headers carry only the text.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub content: Content,
}

impl Response {
    /// An answer with a document.
    pub fn document(code: u16, document: impl Into<Value>) -> Response {
        Response { code, headers: Vec::new(), content: Content::Document(document.into()) }
    }
    /// A `Status` that says no.
    pub fn failure(status: &Status) -> Response {
        Response::document(status.code, status.to_value())
    }
    /// The texts of the `Warning` headers.
    pub fn warnings(&self) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(|(name, _)| name == "warning").map(|(_, text)| text.as_str())
    }
}

/// An open watch. Pull the next event; `None` means nothing has happened yet.
pub struct Watch {
    next: Box<dyn FnMut() -> WatchStep>,
}

/// What pulling on a watch gives.
pub enum WatchStep {
    /// `{"type": "ADDED", "object": {...}}`
    Event(Value),
    /// Nothing yet.
    Pending,
    /// The watch has ended (its timeout passed, or it was told it is too old).
    Ended,
}

impl Watch {
    /// A watch that pulls its events from `next`.
    pub fn new(next: impl FnMut() -> WatchStep + 'static) -> Watch {
        Watch { next: Box::new(next) }
    }
    /// The next event, without waiting.
    pub fn poll(&mut self) -> WatchStep {
        (self.next)()
    }
    /// Waits for the next event; `None` when the watch has ended.
    pub async fn next(&mut self) -> Option<Value> {
        std::future::poll_fn(|_| match self.poll() {
            WatchStep::Event(event) => std::task::Poll::Ready(Some(event)),
            WatchStep::Pending => std::task::Poll::Pending,
            WatchStep::Ended => std::task::Poll::Ready(None),
        })
        .await
    }
}

/// A process in a container, connected: what `exec` and `attach` upgrade to.
#[derive(Clone)]
pub struct Exec {
    /// To the process.
    pub stdin: Pipe,
    /// From the process.
    pub stdout: Pipe,
    /// From the process; with a TTY all comes through `stdout`.
    pub stderr: Pipe,
    /// Set when the process has ended: the `Status` sent on the error channel.
    pub exit: Rc<RefCell<Option<Value>>>,
    /// The terminal's size in columns and rows, if the client says.
    pub size: Rc<Cell<(u16, u16)>>,
}

/// How a port-forward opens a connection to one port of the pod: the connection, or the error
/// text that the kubelet sends on the error stream.
pub type OpenPort = Rc<dyn Fn(u16) -> Result<Connection, String>>;

/// A pod's ports, reachable: what `portforward` upgrades to.
#[derive(Clone)]
pub struct PortForward {
    /// Opens a connection to a port of the pod.
    pub open: OpenPort,
    /// Whether the pod is gone, and with it every connection.
    pub lost: Rc<dyn Fn() -> bool>,
}
