//! What the HTTP server itself answers, before and around the engine's handler: which hosts it
//! answers to, who may ask, how much it takes, and what clients that prefer protobuf are sent.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use tabernetes::serve::{Options, Pace, Server};
use tabernetes_engine::scenario::Scenario;

const TOKEN: &str = "open-sesame";

fn server() -> Server {
    let pace = Pace { working: 1.0, waiting: 1.0 };
    let options = Options { port: 0, pace, insecure: true, token: TOKEN.into(), scenario: Scenario::default() };
    Server::start(options).expect("a free port")
}

/// Sends a request as it is and reads until the server hangs up.
fn ask(server: &Server, head: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.address).expect("a server that listens");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
    let head = format!("{}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", head.replace('\n', "\r\n"), body.len());
    stream.write_all(head.as_bytes()).expect("a server that reads");
    // Who is refused early may find the connection closed before all is sent.
    let _ = stream.write_all(body);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// Asks, and wants this code and these texts in the answer.
fn check(server: &Server, head: &str, body: &[u8], code: u16, texts: &[&str]) {
    let answer = ask(server, head, body);
    assert!(answer.starts_with(&format!("HTTP/1.1 {code} ")), "{head}\n{answer}");
    for text in texts {
        assert!(answer.contains(text), "{head}\n{text:?} is not in\n{answer}");
    }
}

#[test]
fn it_listens_to_this_machine_alone() {
    let server = server();
    assert!(server.address.ip().is_loopback());
    let get = "GET /api/v1/namespaces/default HTTP/1.1";
    for host in ["localhost", "127.0.0.1:8080", "[::1]:8080"] {
        check(&server, &format!("{get}\nHost: {host}"), b"", 200, &["\"Namespace\""]);
    }
    for host in ["example.com", "localhost.example.com", "127.0.0.1.example.com", "127.0.0.2", ""] {
        check(&server, &format!("{get}\nHost: {host}"), b"", 421, &["this server answers only to localhost"]);
    }
    server.stop();
}

#[test]
fn who_asks_matters() {
    let server = server();
    let get = "GET /api/v1/namespaces/default HTTP/1.1\nHost: localhost";
    check(&server, &format!("{get}\nAuthorization: Bearer {TOKEN}"), b"", 200, &["\"Namespace\""]);
    check(&server, &format!("{get}\nAuthorization: Bearer wrong"), b"", 401, &["Unauthorized"]);
    // A page of another site must not act for its reader.
    check(&server, &format!("{get}\nOrigin: https://example.com"), b"", 403, &["forbidden"]);
    server.stop();
}

#[test]
fn huge_bodies_are_refused() {
    let server = server();
    let post = "POST /api/v1/namespaces/default/configmaps HTTP/1.1\nHost: localhost\nContent-Type: application/json";
    check(&server, post, b"{", 400, &["BadRequest"]);
    let answer = ask(&server, post, &vec![b' '; 4 << 20]);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413 "), "{answer}");
    check(&server, "GET /healthz HTTP/1.1\nHost: localhost", b"", 200, &["ok"]);
    server.stop();
}

#[test]
fn protobuf_first_falls_back_to_json() {
    let server = server();
    let get = "GET /apis/apps/v1/deployments HTTP/1.1\nHost: localhost";
    let accept = "Accept: application/vnd.kubernetes.protobuf,application/json";
    check(&server, &format!("{get}\n{accept}"), b"", 200, &["application/json", "\"DeploymentList\""]);
    server.stop();
}

#[test]
fn stopping_does_not_wait_for_watches() {
    let server = server();
    let mut stream = TcpStream::connect(server.address).expect("a server that listens");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
    let watch = "GET /api/v1/namespaces?watch=true&sendInitialEvents=true&allowWatchBookmarks=true\
                 &resourceVersionMatch=NotOlderThan HTTP/1.1\r\nHost: localhost\r\n\r\n";
    stream.write_all(watch.as_bytes()).expect("a server that reads");
    let mut seen = String::new();
    let mut buffer = [0; 4096];
    while !seen.contains("k8s.io/initial-events-end") {
        let read = stream.read(&mut buffer).expect("more events");
        assert!(read > 0, "the watch ended after {seen}");
        seen.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
    assert!(seen.contains("\"ADDED\"") && seen.contains("\"BOOKMARK\""), "{seen}");
    server.stop();
    while stream.read(&mut buffer).is_ok_and(|read| read > 0) {}
}
