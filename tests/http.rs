//! What the HTTP server itself answers, before and around the engine's handler: which hosts it
//! answers to, who may ask, how much it takes, and what clients that prefer protobuf are sent; and
//! what the program makes of its flags and of Ctrl-C.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use tabernetes::serve::{Options, Pace, STREAMS, Server};
use tabernetes_engine::scenario::Scenario;

const TOKEN: &str = "open-sesame";

fn server() -> Server {
    limited(STREAMS)
}

/// A server that has this many streams open at once.
fn limited(streams: usize) -> Server {
    let pace = Pace { working: 1.0, waiting: 1.0 };
    let options = Options {
        port: 0,
        pace,
        insecure: true,
        token: TOKEN.into(),
        allows_all: false,
        disabled_plugins: Vec::new(),
        streams,
        scenario: Scenario::default(),
    };
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

/// Opens a watch and reads until its first event.
fn watch(server: &Server) -> (TcpStream, String) {
    watch_at(server, "/api/v1/namespaces?watch=true")
}

/// Opens a watch on a path and reads until its first event.
fn watch_at(server: &Server, path: &str) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(server.address).expect("a server that listens");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("a server that reads");
    let mut seen = String::new();
    let mut buffer = [0; 4096];
    while !seen.contains("\"ADDED\"") && !seen.contains("\"Failure\"") {
        let read = stream.read(&mut buffer).expect("an answer");
        assert!(read > 0, "the watch ended after {seen}");
        seen.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
    (stream, seen)
}

/// Asks for a WebSocket, and wants these texts in what comes before the server falls silent.
fn upgrade(server: &Server, path: &str, protocol: &str, texts: &[&str]) {
    let mut stream = TcpStream::connect(server.address).expect("a server that listens");
    stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
    let key = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==";
    let named = if protocol.is_empty() { String::new() } else { format!("\r\nSec-WebSocket-Protocol: {protocol}") };
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n{key}{named}\r\n\r\n").expect("a server that reads");
    let (mut seen, mut buffer) = (String::new(), [0; 4096]);
    while !texts.iter().all(|text| seen.contains(text)) {
        let read = stream.read(&mut buffer).unwrap_or(0);
        assert!(read > 0, "{path} {protocol}\n{texts:?} are not all in\n{seen}");
        seen.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
}

#[test]
fn web_sockets_carry_what_they_say() {
    let pace = Pace { working: 20.0, waiting: 20.0 };
    let scenario = Scenario { nodes: vec!["minikube".into()], ..Scenario::default() };
    let disabled_plugins = vec!["ServiceAccount".into()];
    let token = TOKEN.into();
    let options = Options {
        port: 0,
        pace,
        insecure: true,
        token,
        allows_all: false,
        disabled_plugins,
        streams: STREAMS,
        scenario,
    };
    let server = Server::start(options).expect("a free port");
    for protocol in ["", "base64.binary.k8s.io"] {
        upgrade(&server, "/api/v1/namespaces?watch=1", protocol, &["HTTP/1.1 101 ", "\"ADDED\"", "\"kube-system\""]);
    }
    let pod = br#"{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"nginx"}]}}"#;
    let post = "POST /api/v1/namespaces/default/pods HTTP/1.1\nHost: localhost\nContent-Type: application/json";
    check(&server, post, pod, 201, &[]);
    let deadline = Instant::now() + Duration::from_secs(30);
    while !ask(&server, "GET /api/v1/namespaces/default/pods/p HTTP/1.1\nHost: localhost", b"").contains("\"Running\"")
    {
        assert!(Instant::now() < deadline, "the pod does not start");
    }
    let pod = "/api/v1/namespaces/default/pods/p";
    let echo = format!("{pod}/exec?command=echo&command=hi&stdout=True&stdin=False");
    for (protocol, texts) in [
        ("", ["HTTP/1.1 101 ", "\u{1}hi\n", "\r\n\r\n"]),
        ("channel.k8s.io", ["HTTP/1.1 101 ", "\u{1}hi\n", ": channel.k8s.io\r\n"]),
        ("v5.channel.k8s.io", ["\u{3}{\"", "\u{1}hi\n", ": v5.channel.k8s.io\r\n"]),
        ("base64.channel.k8s.io", ["HTTP/1.1 101 ", "1aGkK", ": base64.channel.k8s.io\r\n"]),
        ("v4.base64.channel.k8s.io", ["3ey", "1aGkK", ": v4.base64.channel.k8s.io\r\n"]),
        ("nosuch", ["HTTP/1.1 403 ", "", ""]),
    ] {
        upgrade(&server, &echo, protocol, &texts);
    }
    let ports = format!("{pod}/portforward?ports=80");
    upgrade(&server, &ports, "", &["HTTP/1.1 101 ", "\u{0}P\u{0}", "\u{1}P\u{0}"]);
    upgrade(&server, &ports, "v4.base64.channel.k8s.io", &["0UAA=", "1UAA="]);
    upgrade(&server, &format!("{pod}/log?follow=true"), "base64.binary.k8s.io", &[": base64.binary.k8s.io\r\n"]);
    server.stop();
}

#[test]
fn certificates_are_not_claimed() {
    let server = server();
    let get = format!("GET /api/v1/namespaces/default HTTP/1.1\nHost: localhost\nAuthorization: Bearer {TOKEN}");
    // Were it heard, it would be refused.
    check(&server, &format!("{get}\nSsl-Client-Cert: bm9uZQ=="), b"", 200, &[]);
    let plain = "GET /api/v1/namespaces/default HTTP/1.1\nHost: localhost\nSsl-Client-Cert: bm9uZQ==";
    check(&server, plain, b"", 200, &[]);
    server.stop();
}

#[test]
fn open_watches_are_limited() {
    let server = limited(2);
    let (first, second) = (watch(&server), watch(&server));
    assert!(first.1.starts_with("HTTP/1.1 200 ") && second.1.starts_with("HTTP/1.1 200 "), "{first:?} {second:?}");
    let (_, refused) = watch(&server);
    assert!(refused.starts_with("HTTP/1.1 429 ") && refused.contains("\"TooManyRequests\""), "{refused}");
    // What is no stream goes on being answered.
    check(&server, "GET /api/v1/namespaces HTTP/1.1\nHost: localhost", b"", 200, &["\"NamespaceList\""]);
    drop(first);
    // The server learns of it when it next looks.
    let deadline = Instant::now() + Duration::from_secs(30);
    while !watch(&server).1.starts_with("HTTP/1.1 200 ") {
        assert!(Instant::now() < deadline, "the place of the watch that ended stays taken");
    }
    server.stop();
}

#[test]
fn answers_have_the_order_of_go_structs() {
    let server = server();
    let get = |path: &str| format!("GET {path} HTTP/1.1\nHost: localhost");
    let list = [
        "\r\n\r\n{\"kind\":\"NamespaceList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":",
        "\"items\":[{\"metadata\":{\"name\":\"default\",\"uid\":",
    ];
    check(&server, &get("/api/v1/namespaces"), b"", 200, &list);
    let indented =
        ["{\n  \"kind\": \"Namespace\",\n  \"apiVersion\": \"v1\",\n  \"metadata\": {\n    \"name\": \"default\","];
    check(&server, &get("/api/v1/namespaces/default?pretty=true"), b"", 200, &indented);
    check(&server, &(get("/api/v1/namespaces/default") + "\nUser-Agent: curl/8.0"), b"", 200, &indented);
    check(&server, &get("/version"), b"", 200, &["{\n  \"major\": \"1\",\n  \"minor\":"]);
    server.stop();
}

#[test]
fn a_watch_that_nobody_reads_ends() {
    let server = server();
    let (mut stream, _) = watch_at(&server, "/api/v1/configmaps?watch=true&fieldSelector=metadata.namespace%3Ddefault");
    let head = "Host: localhost\nContent-Type: application/json";
    let (text, rounds) = ("x".repeat(900 << 10), 40);
    let body = |at| format!("{{\"metadata\":{{\"name\":\"big\"}},\"data\":{{\"at\":\"{at}\",\"text\":\"{text}\"}}}}");
    let path = "/api/v1/namespaces/default/configmaps";
    check(&server, &format!("POST {path} HTTP/1.1\n{head}"), body(0).as_bytes(), 201, &[]);
    for at in 1..rounds {
        check(&server, &format!("PUT {path}/big HTTP/1.1\n{head}"), body(at).as_bytes(), 200, &[]);
    }
    // Longer than the server waits for a client that takes nothing.
    std::thread::sleep(Duration::from_secs(6));
    let (end, mut seen, mut buffer) = (b"\r\n0\r\n\r\n", Vec::new(), vec![0; 1 << 16]);
    while !seen.ends_with(end)
        && let Ok(read @ 1..) = stream.read(&mut buffer)
    {
        seen.extend_from_slice(&buffer[..read]);
    }
    assert!(seen.ends_with(end), "the watch goes on");
    assert!(seen.len() < rounds * text.len(), "all {} bytes were kept for it", seen.len());
    server.stop();
}

#[test]
fn where_everything_is_allowed_everyone_is_known() {
    let program =
        Program::start(&["--port", "0", "--bare", "--token", "abc", "--authorization-mode", "RBAC,AlwaysAllow"]);
    drop(program);
    let pace = Pace { working: 1.0, waiting: 1.0 };
    for (allows_all, code) in [(false, 403), (true, 200)] {
        let (token, scenario) = (TOKEN.into(), Scenario::default());
        let options = Options {
            port: 0,
            pace,
            insecure: true,
            token,
            allows_all,
            disabled_plugins: Vec::new(),
            streams: STREAMS,
            scenario,
        };
        let server = Server::start(options).expect("a free port");
        let get = "GET /api/v1/namespaces/default HTTP/1.1\nHost: localhost";
        check(&server, &format!("{get}\nImpersonate-User: nobody"), b"", code, &[]);
        // Nobody is let in by a page of another site.
        let strange = format!("{get}\nOrigin: https://example.com");
        check(&server, &strange, b"", if allows_all { 401 } else { 403 }, &[]);
        server.stop();
    }
}

/// The program itself, serving.
struct Program {
    child: Child,
    output: BufReader<ChildStdout>,
    config: String,
    address: String,
}

impl Program {
    fn start(arguments: &[&str]) -> Program {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tabernetes"))
            .arg("serve")
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program");
        let mut output = BufReader::new(child.stdout.take().expect("its output"));
        let mut line = String::new();
        output.read_line(&mut line).expect("a line");
        let config = line.trim().strip_prefix("export KUBECONFIG=").unwrap_or_else(|| panic!("{line}")).to_string();
        let text = std::fs::read_to_string(&config).expect("a kubeconfig");
        let address = text.split("server: ").nth(1).and_then(|rest| rest.split_whitespace().next());
        let address = address.unwrap_or_else(|| panic!("{text}")).to_string();
        Program { child, output, config, address }
    }

    fn text(&self) -> String {
        std::fs::read_to_string(&self.config).expect("a kubeconfig")
    }

    /// Asks over plain HTTP as the administrator.
    fn ask(&self, line: &str, body: &str) -> String {
        let address = self.address.strip_prefix("http://").expect("plain HTTP");
        let mut stream = TcpStream::connect(address).expect("a server that listens");
        let head = "Host: localhost\r\nConnection: close\r\nContent-Type: application/json";
        write!(stream, "{line} HTTP/1.1\r\n{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).expect("a reader");
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer
    }

    /// Ctrl-C, and whether it ended well and took its kubeconfig along.
    fn interrupt(mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill").success());
        let mut rest = String::new();
        let _ = self.output.read_to_string(&mut rest);
        let status = self.child.wait().expect("an end");
        assert!(status.success(), "{status} after {rest}");
        assert!(!std::path::Path::new(&self.config).exists(), "{} is still there", self.config);
        let address = self.address.rsplit('/').next().unwrap_or_default();
        assert!(TcpStream::connect(address).is_err(), "it still listens at {address}");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_program_serves_until_it_is_interrupted() {
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
    let program = Program::start(&["--port", &port.to_string(), "--token", "abc", "--bare"]);
    let text = program.text();
    assert_eq!(program.address, format!("https://127.0.0.1:{port}"));
    assert!(text.contains("certificate-authority-data: ") && text.contains("token: abc\n"), "{text}");
    #[cfg(unix)]
    {
        let mode =
            std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&program.config).expect("it").permissions());
        assert_eq!(mode & 0o077, 0, "others can read the token");
    }
    let taken = Command::new(env!("CARGO_BIN_EXE_tabernetes")).args(["serve", "--port", &port.to_string()]).output();
    let taken = taken.expect("the program");
    let said = String::from_utf8_lossy(&taken.stderr).into_owned();
    assert!(!taken.status.success() && said.contains(&format!("cannot listen on 127.0.0.1:{port}")), "{said}");
    program.interrupt();
}

#[test]
fn interrupting_does_not_wait_for_watches() {
    let program = Program::start(&["--port", "0", "--insecure", "--bare"]);
    let mut stream = TcpStream::connect(program.address.trim_start_matches("http://")).expect("a server that listens");
    stream.write_all(b"GET /api/v1/pods?watch=true HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("a server that reads");
    let mut buffer = [0; 1024];
    assert!(stream.read(&mut buffer).is_ok_and(|read| read > 0), "the watch does not begin");
    program.interrupt();
}

#[test]
fn time_passes_as_fast_as_it_is_told_to() {
    let program = Program::start(&["--port", "0", "--insecure", "--bare", "--speed", "1000", "--nodes", "2"]);
    let nodes = program.ask("GET /api/v1/nodes", "");
    assert!(nodes.contains("\"minikube\"") && nodes.contains("\"minikube-m02\""), "{nodes}");
    let stamp = |at: usize| {
        let body = format!("{{\"metadata\":{{\"name\":\"c{at}\"}}}}");
        let made = program.ask("POST /api/v1/namespaces/default/configmaps", &body);
        let stamp = made.split("\"creationTimestamp\":\"").nth(1).and_then(|rest| rest.split('"').next());
        let stamp = stamp.unwrap_or_else(|| panic!("{made}")).to_string();
        tabernetes_engine::meta::Time::parse(&stamp).unwrap_or_else(|| panic!("{stamp}"))
    };
    let (begun, first) = (Instant::now(), stamp(0));
    let passed = (1..).map(|at| stamp(at).since(first)).find(|passed| *passed >= Duration::from_secs(60));
    assert!(begun.elapsed() < Duration::from_secs(30), "{passed:?} took {:?}", begun.elapsed());
    program.interrupt();

    for speed in ["--speed=-1", "--speed=NaN", "--speed=inf"] {
        let refused = Command::new(env!("CARGO_BIN_EXE_tabernetes")).args(["serve", "--port=0", speed]).output();
        assert_eq!(refused.expect("the program").status.code(), Some(2), "{speed}");
    }
}

#[test]
fn without_nodes_pods_stay_pending() {
    let program = Program::start(&["--port", "0", "--insecure", "--nodes", "0", "--speed", "100"]);
    let body = r#"{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"nginx"}]}}"#;
    let made = program.ask("POST /api/v1/namespaces/default/pods", body);
    assert!(made.starts_with("HTTP/1.1 201 "), "{made}");
    // The controllers are at work all the same: what they make shows that time has passed.
    while !program.ask("GET /api/v1/namespaces/default/configmaps", "").contains("kube-root-ca.crt") {}
    let pod = program.ask("GET /api/v1/namespaces/default/pods/p", "");
    assert!(pod.contains("\"phase\":\"Pending\"") && !pod.contains("nodeName"), "{pod}");
    program.interrupt();
}
