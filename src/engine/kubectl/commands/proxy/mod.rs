//! `kubectl proxy`: the API server (and files, with `--www`) on a port of this machine, as whoever runs it.

mod pattern;

use super::discover;
use crate::api::{Body, Content, Method, Request};
use crate::kubectl::command::{Command, Group};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::Invocation;
use crate::kubectl::printers::ordered;
use crate::meta::Value;
use crate::network::http::{self, HttpError, Reader};
use crate::process::{Connection, FileSystem, Listener, Node};
use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

/// The row.
pub static ROWS: &[Command] = &[Command {
    path: "proxy",
    group: Group::Troubleshooting,
    short: "Run a proxy to the Kubernetes API server",
    run: Some(|inv| Box::pin(run(inv))),
    ..Command::BASE
}];

/// A connection being served.
type Session = Pin<Box<dyn Future<Output = ()>>>;

async fn run(inv: Invocation) -> Outcome {
    let (port, socket) = (inv.flags.int("port"), inv.flags.str("unix-socket"));
    if !socket.is_empty() && inv.flags.changed("port") {
        return Err("cannot set --unix-socket and --port at the same time".into());
    }
    inv.target()?;
    let files = inv.flags.str("www");
    if !files.is_empty() && !inv.process.files.is_directory(&inv.process.path(files)) {
        let why = format!("Failed to stat static file directory {files}: stat {files}: no such file or directory");
        inv.log('W', "proxy.go:186", &why);
    }
    if inv.flags.bool("disable-filter") {
        inv.log(
            'W',
            "proxy.go:194",
            "Request filter disabled, your proxy is vulnerable to XSRF attacks, please be cautious",
        );
    }
    let address = inv.flags.str("address");
    let wrong = |why: &str| Failure::new(format!("listen tcp {address}:{port}: {why}"));
    let listener = match u16::try_from(port) {
        Ok(0) => (30_000..u16::MAX).find_map(|port| inv.process.net.listen(port).ok()),
        Ok(port) => inv.process.net.listen(port).ok(),
        Err(_) => return Err(format!("listen tcp: address {port}: invalid port").into()),
    };
    let listener = listener.ok_or_else(|| wrong("bind: address already in use"))?;
    inv.out(format!("Starting to serve on {address}:{}\n", listener.port));
    serve(&inv, &listener).await;
    Ok(())
}

/// Serves all connections, for ever.
async fn serve(inv: &Invocation, listener: &Listener) {
    let mut sessions: Vec<Session> = Vec::new();
    let mut accept = Box::pin(listener.accept());
    std::future::poll_fn(|context| {
        while let Poll::Ready(connection) = accept.as_mut().poll(context) {
            accept.set(listener.accept());
            sessions.push(Box::pin(session(inv.clone(), connection)));
        }
        sessions.retain_mut(|session| session.as_mut().poll(context).is_pending());
        Poll::Pending
    })
    .await
}

async fn session(inv: Invocation, connection: Connection) {
    let mut reader = Reader::new(&connection);
    loop {
        let request = match reader.request().await {
            Ok(request) => request,
            Err(HttpError::Empty) => break,
            Err(_) => {
                connection.output.write(&http::Response::text(400, "400 Bad Request").to_bytes(false));
                break;
            }
        };
        let stays = answer(&inv, &request, &connection).await && request.keeps_alive();
        if !stays || connection.output.is_broken() {
            break;
        }
    }
    connection.close();
}

/// Answers one request; false if the answer has no end of its own but the connection's.
async fn answer(inv: &Invocation, request: &http::Request, connection: &Connection) -> bool {
    let answer_with = |response: http::Response| {
        connection.output.write(&response.to_bytes(request.method == "HEAD"));
        true
    };
    let prefix = |flag: &str| format!("/{}/", inv.flags.str(flag).trim_matches('/')).replace("//", "/");
    let path = request.path();
    if !inv.flags.bool("disable-filter") && !is_let_through(inv, request) {
        return answer_with(http::Response::text(403, "Forbidden\n"));
    }
    let (files, api) = (prefix("www-prefix"), prefix("api-prefix"));
    if let Some(rest) = path.strip_prefix(&files).filter(|_| !inv.flags.str("www").is_empty()) {
        return answer_with(file(inv, rest));
    }
    let Some(rest) = request.target.strip_prefix(&api) else {
        return answer_with(http::Response::text(404, "404 page not found\n"));
    };
    match forward(inv, request, &format!("/{rest}")) {
        Ok(response) => send(response, request, connection).await,
        Err(failure) => answer_with(http::Response::text(502, failure.message() + "\n")),
    }
}

/// Whether host, method and path are among those that may pass.
fn is_let_through(inv: &Invocation, request: &http::Request) -> bool {
    let any = |flag: &str, text: &str| {
        let mut patterns = inv.flags.str(flag).split(',').filter(|pattern| !pattern.is_empty());
        patterns.any(|pattern| pattern::is_match(pattern, text))
    };
    let host = request.headers.get("host").unwrap_or_default();
    let host =
        host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).map_or(host, |(h, _)| h);
    let path = request.path();
    !any("reject-methods", &request.method)
        && !any("reject-paths", path)
        && any("accept-paths", path)
        && any("accept-hosts", host)
}

/// Sends a request on to the API server.
fn forward(inv: &Invocation, request: &http::Request, target: &str) -> Outcome<crate::api::Response> {
    let own = ["host", "authorization", "connection", "content-length", "user-agent"];
    inv.exchange(received(request, target, &own))
}

/// What came over the wire, as the API server takes it, without the headers that are not for it.
fn received(request: &http::Request, target: &str, own: &[&str]) -> Request {
    let method = match request.method.as_str() {
        "GET" => Method::Get,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        "HEAD" => Method::Head,
        _ => Method::Options,
    };
    let mut passed = Request::new(method, target);
    for (name, value) in request.headers.0.iter().map(|(name, value)| (name.to_ascii_lowercase(), value)) {
        if !own.contains(&name.as_str()) {
            passed = passed.header(&name, value.as_str());
        }
    }
    if !request.body.is_empty() {
        passed.body = Body::Bytes(request.body.clone());
    }
    passed
}

/// Answers the HTTP requests of a connection as the API server itself, for whom `token` is, or who the requests say.
pub(crate) async fn api_session(client: crate::api::Client, connection: Connection, token: Option<String>) {
    let mut reader = Reader::new(&connection);
    while let Ok(request) = reader.request().await {
        if connection.is_plain_by_mistake() {
            let refusal = "Client sent an HTTP request to an HTTPS server.\n";
            connection.output.write(&http::Response::text(400, refusal).to_bytes(false));
            break;
        }
        let mut passed = received(&request, &request.target, &["host", "connection", "content-length"]);
        if let Some(token) = &token {
            passed.headers.retain(|(name, _)| name != "authorization");
            passed = passed.header("authorization", format!("Bearer {token}"));
        }
        let response = client.request(passed);
        if !send(response, &request, &connection).await || !request.keeps_alive() || connection.output.is_broken() {
            break;
        }
    }
    connection.close();
}

/// Sends what the API server answered.
async fn send(response: crate::api::Response, request: &http::Request, connection: &Connection) -> bool {
    let mut answer = http::Response::new(response.code, "", Vec::new());
    for (name, value) in response.headers.iter().filter(|(name, _)| name != "warning") {
        answer.headers.set(name, value.as_str());
    }
    body(response.content, answer, request, connection).await
}

/// Sends what the API server answered. Streams come in chunks, until either side is done.
async fn body(content: Content, mut head: http::Response, request: &http::Request, connection: &Connection) -> bool {
    let mut content = content;
    while let Content::Later(later) = content {
        let response = later.await;
        head.status = response.code;
        head.reason = http::reason(response.code).into();
        for (name, value) in &response.headers {
            head.headers.set(name, value.as_str());
        }
        content = response.content;
    }
    let (kind, bytes) = match content {
        Content::Document(document) => ("application/json", json(&document, request)),
        Content::Bytes { kind, bytes } => {
            head.headers.set("Content-Type", kind);
            ("", bytes)
        }
        Content::Watch(mut watch) => {
            begin(&mut head, "application/json", connection);
            while let Some(event) = watch.next().await {
                if !chunk(connection, format!("{}\n", event.to_go_json()).as_bytes()) {
                    return false;
                }
            }
            return chunk(connection, b"");
        }
        Content::Stream(pipe) => {
            begin(&mut head, "text/plain", connection);
            while let Some(bytes) = pipe.read().await {
                if !chunk(connection, &bytes) {
                    return false;
                }
            }
            return chunk(connection, b"");
        }
        _ => ("", Vec::new()),
    };
    if !kind.is_empty() {
        head.headers.set("Content-Type", kind);
    }
    head.body = bytes;
    connection.output.write(&head.to_bytes(request.method == "HEAD"));
    true
}

fn begin(head: &mut http::Response, kind: &str, connection: &Connection) {
    head.headers.set("Content-Type", kind);
    head.headers.set("Transfer-Encoding", "chunked");
    connection.output.write(&head.to_bytes(false));
}

fn chunk(connection: &Connection, bytes: &[u8]) -> bool {
    let mut framed = format!("{:x}\r\n", bytes.len()).into_bytes();
    framed.extend_from_slice(bytes);
    framed.extend_from_slice(b"\r\n");
    connection.output.write(&framed)
}

/// JSON, indented for people: those who ask with `?pretty`, curl, wget or a browser.
fn json(document: &Value, request: &http::Request) -> Vec<u8> {
    let agent = request.headers.get("user-agent").unwrap_or_default();
    let people = ["curl", "Wget", "Mozilla/5.0"].iter().any(|name| agent.starts_with(name));
    let pretty = match request.parameter("pretty").as_deref() {
        Some(value) => !matches!(value, "0" | "false"),
        None => people || matches!(request.path(), "/" | "/version"),
    };
    let mut document = document.clone();
    let group = document["apiVersion"].str().split('/').next().unwrap_or_default();
    if document["items"].is_array() && (!group.contains('.') || group.ends_with(".k8s.io")) {
        discover::untype(&mut document);
    }
    let text =
        if pretty { discover::indented(&ordered::pretty(&document)) } else { ordered::compact(&document) + "\n" };
    text.into_bytes()
}

/// A file of the directory of `--www`, or what is in a directory there.
fn file(inv: &Invocation, rest: &str) -> http::Response {
    let files = &inv.process.files;
    let root = inv.process.path(inv.flags.str("www"));
    // Whatever the dots say, nothing above the directory is served.
    let mut path = format!("{root}{}", FileSystem::resolve("/", rest)).trim_end_matches('/').to_string();
    let index = format!("{path}/index.html");
    if files.node(&index).is_some() {
        path = index;
    }
    match files.node(&path) {
        Some(Node::File(bytes, _)) => {
            let types = [
                (".html", "text/html; charset=utf-8"),
                (".css", "text/css; charset=utf-8"),
                (".json", "application/json"),
            ];
            let kind = types.iter().find(|(ending, _)| path.ends_with(ending));
            http::Response::new(200, kind.map_or("text/plain; charset=utf-8", |(_, kind)| kind), bytes.to_vec())
        }
        Some(Node::Directory) => {
            let slash = |name: &String| files.is_directory(&format!("{path}/{name}"));
            let names = files.list(&path).unwrap_or_default();
            let names = names.iter().map(|name| format!("{name}{}", if slash(name) { "/" } else { "" }));
            let links: String = names.map(|name| format!("<a href=\"{name}\">{name}</a>\n")).collect();
            let page = format!(
                "<!doctype html>\n<meta name=\"viewport\" content=\"width=device-width\">\n<pre>\n{links}</pre>\n"
            );
            http::Response::new(200, "text/html; charset=utf-8", page.into_bytes())
        }
        _ => http::Response::text(404, "404 page not found\n"),
    }
}
