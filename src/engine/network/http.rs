//! HTTP/1.1 over a [`Connection`]: what servers in containers and clients such as curl share.
//!
//! Bytes in, messages out and back; nothing here knows pods or the shell.

mod reader;
mod url;

pub use reader::Reader;
pub use url::{Url, decode};

use crate::meta::Text;
use crate::process::Connection;
use std::fmt::Write;

/// The most a head or a body may take; more is an error, not memory.
const LIMIT: usize = 8 << 20;

/// Why no message could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpError {
    /// The other side closed before sending anything.
    Empty,
    /// The other side closed in the middle.
    Cut,
    /// What came is no HTTP.
    Malformed,
    /// What came is too large to take.
    TooLarge,
}

/// Header fields in order, with the names as sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(pub Vec<(String, String)>);

impl Headers {
    /// The first value under a name, whatever its case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
    /// Puts a value under a name, in place of the one that is there.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        match self.0.iter_mut().find(|(key, _)| key.eq_ignore_ascii_case(name)) {
            Some((_, old)) => *old = value.into(),
            None => self.0.push((name.into(), value.into())),
        }
    }
    /// Whether the comma-separated values under `name` contain `token`.
    fn lists(&self, name: &str, token: &str) -> bool {
        self.get(name).is_some_and(|value| value.split(',').any(|item| item.trim().eq_ignore_ascii_case(token)))
    }
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Such as `GET`.
    pub method: String,
    /// The path with its query, as sent.
    pub target: String,
    /// Such as `HTTP/1.1`.
    pub version: String,
    /// The header fields.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
    /// The address it came from, where it was received.
    pub peer: Text,
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Such as 200.
    pub status: u16,
    /// Such as `OK`.
    pub reason: String,
    /// Such as `HTTP/1.1`.
    pub version: String,
    /// The header fields.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without body.
    pub fn new(method: &str, host: &str, target: &str) -> Request {
        Request {
            method: method.into(),
            target: if target.is_empty() { "/".into() } else { target.into() },
            version: "HTTP/1.1".into(),
            headers: Headers(vec![("Host".into(), host.into())]),
            body: Vec::new(),
            peer: Text::default(),
        }
    }
    /// The path without the query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }
    /// The query, without the question mark; empty if there is none.
    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }
    /// The value of a query parameter, percent-decoded.
    pub fn parameter(&self, name: &str) -> Option<String> {
        self.query().split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (key == name).then(|| decode(value))
        })
    }
    /// The request as sent. A body gets its length said, if no header says it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut head = format!("{} {} {}\r\n", self.method, self.target, self.version);
        let length = (!self.body.is_empty() && self.headers.get("Content-Length").is_none()).then_some(self.body.len());
        finish(&mut head, &self.headers, length, &self.body)
    }
    /// Whether the connection stays open after the answer.
    pub fn keeps_alive(&self) -> bool {
        if self.version == "HTTP/1.0" {
            self.headers.lists("Connection", "keep-alive")
        } else {
            !self.headers.lists("Connection", "close")
        }
    }
}

impl Response {
    /// A response with a body of a type.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Response {
        let mut headers = Headers::default();
        if !content_type.is_empty() {
            headers.set("Content-Type", content_type);
        }
        Response { status, reason: reason(status).into(), version: "HTTP/1.1".into(), headers, body: body.into() }
    }
    /// A response with plain text.
    pub fn text(status: u16, body: impl Into<String>) -> Response {
        Response::new(status, "text/plain; charset=utf-8", body.into().into_bytes())
    }
    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Response {
        self.headers.set(name, value);
        self
    }
    /// The response as sent; to a `HEAD` request the body is left out but its length is said.
    pub fn to_bytes(&self, head_only: bool) -> Vec<u8> {
        let mut head = format!("{} {} {}\r\n", self.version, self.status, self.reason);
        let said = self.headers.get("Content-Length").is_some() || self.headers.get("Transfer-Encoding").is_some();
        let length = (!said && !matches!(self.status, 100..=199 | 204 | 304)).then_some(self.body.len());
        finish(&mut head, &self.headers, length, if head_only { &[] } else { &self.body })
    }
}

fn finish(head: &mut String, headers: &Headers, length: Option<usize>, body: &[u8]) -> Vec<u8> {
    for (name, value) in &headers.0 {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    if let Some(length) = length {
        let _ = write!(head, "Content-Length: {length}\r\n");
    }
    head.push_str("\r\n");
    let mut bytes = std::mem::take(head).into_bytes();
    bytes.extend(body);
    bytes
}

/// Sends a request and waits for the answer.
///
/// # Errors
/// If no answer comes, or none that makes sense.
pub async fn fetch(connection: &Connection, request: &Request) -> Result<Response, HttpError> {
    connection.output.write(&request.to_bytes());
    Reader::new(connection).response(request.method == "HEAD").await
}

/// Answers the requests of one connection until either side ends it.
pub async fn answer(connection: Connection, mut handle: impl FnMut(&Request) -> Response) {
    let mut reader = Reader::new(&connection);
    loop {
        let request = match reader.request().await {
            Ok(request) => Request { peer: connection.peer.clone(), ..request },
            Err(HttpError::Empty) => break,
            Err(_) => {
                let refusal = Response::text(400, "400 Bad Request").header("Connection", "close");
                connection.output.write(&refusal.to_bytes(false));
                break;
            }
        };
        let mut response = handle(&request);
        if !request.keeps_alive() {
            response.headers.set("Connection", "close");
        }
        if !connection.output.write(&response.to_bytes(request.method == "HEAD")) || !request.keeps_alive() {
            break;
        }
    }
    connection.close();
}

/// The usual reason phrase of a status code.
pub fn reason(status: u16) -> &'static str {
    const REASONS: &[(u16, &str)] = &[
        (100, "Continue"),
        (101, "Switching Protocols"),
        (200, "OK"),
        (201, "Created"),
        (202, "Accepted"),
        (204, "No Content"),
        (206, "Partial Content"),
        (301, "Moved Permanently"),
        (302, "Found"),
        (303, "See Other"),
        (304, "Not Modified"),
        (307, "Temporary Redirect"),
        (308, "Permanent Redirect"),
        (400, "Bad Request"),
        (401, "Unauthorized"),
        (403, "Forbidden"),
        (404, "Not Found"),
        (405, "Method Not Allowed"),
        (408, "Request Timeout"),
        (409, "Conflict"),
        (410, "Gone"),
        (411, "Length Required"),
        (413, "Content Too Large"),
        (415, "Unsupported Media Type"),
        (418, "I'm a teapot"),
        (422, "Unprocessable Entity"),
        (429, "Too Many Requests"),
        (500, "Internal Server Error"),
        (501, "Not Implemented"),
        (502, "Bad Gateway"),
        (503, "Service Unavailable"),
        (504, "Gateway Timeout"),
        (505, "HTTP Version Not Supported"),
    ];
    REASONS.iter().find(|(code, _)| *code == status).map_or("", |(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Clock;
    use std::task::{Context, Poll, Waker};

    fn now<T>(future: impl Future<Output = T>) -> Option<T> {
        let mut future = Box::pin(future);
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        }
    }

    #[test]
    fn urls_are_read_as_curl_reads_them() {
        for (text, expect) in [
            ("localhost:8888", Some(("http", "localhost", 8888, "/"))),
            ("http://web/a?b=c#d", Some(("http", "web", 80, "/a?b=c"))),
            ("https://k8s?x", Some(("https", "k8s", 443, "/?x"))),
            ("http://[::1]:80/", Some(("http", "::1", 80, "/"))),
            ("http://:80", None),
            ("http://a:b", None),
        ] {
            let url = Url::parse(text);
            let parts = url.as_ref().map(|u| (u.scheme.as_str(), u.host.as_str(), u.port, u.target.as_str()));
            assert_eq!(parts, expect, "{text}");
        }
    }

    #[test]
    fn messages_cross_a_connection() {
        let clock = Clock::default();
        let (near, far) = Connection::pair(&clock);
        near.output.write(&Request::new("GET", "web", "/hi?name=a%20b").to_bytes());
        near.output
            .write(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nok\r\n0\r\n\r\n");
        let served = now(answer(far, |request| match request.parameter("name") {
            Some(name) => Response::text(200, name),
            None => Response::text(404, String::from_utf8_lossy(&request.body)),
        }));
        assert!(served.is_some());
        let mut reader = Reader::new(&near);
        let first = now(reader.response(false)).unwrap().unwrap();
        assert_eq!((first.status, first.body.as_slice()), (200, &b"a b"[..]));
        let second = now(reader.response(false)).unwrap().unwrap();
        assert_eq!((second.status, second.body.as_slice()), (404, &b"ok"[..]));
        assert_eq!(now(reader.response(false)), Some(Err(HttpError::Empty)));
    }

    #[test]
    fn nonsense_is_refused() {
        let clock = Clock::default();
        for (sent, expect) in [
            (&b""[..], HttpError::Empty),
            (b"GET /", HttpError::Cut),
            (b"hello\r\n\r\n", HttpError::Malformed),
            (b"GET / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", HttpError::TooLarge),
            (b"GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab", HttpError::Cut),
        ] {
            let (near, far) = Connection::pair(&clock);
            near.output.write(sent);
            near.output.end();
            assert_eq!(now(Reader::new(&far).request()), Some(Err(expect)));
        }
    }
}
