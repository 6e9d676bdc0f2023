//! Whatever comes over the wire is answered: random methods, paths, headers and bodies get a reply
//! that is HTTP, refusals by the API are a `Status`, and the server goes on serving.

use proptest::prelude::*;
use proptest::sample::select;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::LazyLock;
use std::time::Duration;
use tabernetes::serve::{Options, Pace, STREAMS, Server};
use tabernetes_engine::meta::Value;
use tabernetes_engine::scenario::Scenario;

static SERVER: LazyLock<Server> = LazyLock::new(|| {
    let pace = Pace { working: 1.0, waiting: 1.0 };
    let (token, scenario) = ("open-sesame".into(), Scenario::default());
    let options = Options {
        port: 0,
        pace,
        insecure: true,
        token,
        allows_all: false,
        disabled_plugins: Vec::new(),
        streams: STREAMS,
        scenario,
    };
    Server::start(options).expect("a free port")
});

fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(texts).prop_map(String::from)
}

fn method() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => one_of(&["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]),
        1 => one_of(&["TRACE", "CONNECT", "get", "X", "PROPFIND"]),
    ]
}

fn target() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        3 => one_of(&[
            "api", "apis", "v1", "apps", "namespaces", "default", "pods", "deployments", "configmaps", "status",
            "scale", "log", "exec", "portforward", "proxy", "watch", "openapi", "v2", "v3", "a", "..", "%2e%2e", "%00",
            "%ff", "%", "",
        ]),
        1 => "[!-~]{0,6}",
    ];
    let query = one_of(&[
        "",
        "?",
        "?watch=true&timeoutSeconds=1",
        "?watch=1&resourceVersion=0&timeoutSeconds=1",
        "?limit=-1",
        "?limit=99999999999999999999",
        "?continue=%ff",
        "?labelSelector=%00",
        "?ports=80",
        "?command=a&stdout=1",
        "?pretty",
        "?dryRun=All&fieldManager=%00",
        "?&&==&",
    ]);
    (prop::collection::vec(part, 0..7), query).prop_map(|(parts, query)| format!("/{}{query}", parts.join("/")))
}

fn header() -> impl Strategy<Value = String> {
    let known = one_of(&[
        "Accept: application/json;as=Table;v=v1;g=meta.k8s.io",
        "Accept: application/vnd.kubernetes.protobuf",
        "Accept: \u{e9}",
        "Authorization: Bearer x",
        "Authorization: Basic eA==",
        "Content-Type: application/json",
        "Content-Type: application/json-patch+json",
        "Content-Type: application/apply-patch+yaml",
        "Content-Type: application/vnd.kubernetes.protobuf",
        "Impersonate-User: x",
        "Impersonate-Group: x",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Upgrade: SPDY/3.1",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: v4.channel.k8s.io",
        "Expect: 100-continue",
        "Host: example.com",
        "User-Agent: curl/8",
    ]);
    prop_oneof![4 => known, 1 => "[A-Za-z-]{1,8}: [ -~]{0,12}"]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let known = one_of(&[
        "",
        "{",
        "{}",
        "[]",
        "null",
        "a: b",
        "--- \n---",
        "{\"kind\":\"List\"}",
        "k8s\u{0}\n\u{0}",
        "{\"metadata\":{\"name\":\"a\"},\"data\":{\"a\":\"b\"}}",
        "[{\"op\":\"add\",\"path\":\"/data\",\"value\":1}]",
    ]);
    prop_oneof![known.prop_map(String::into_bytes), prop::collection::vec(any::<u8>(), 0..64)]
}

/// Sends a request and reads what comes back within a while.
fn ask(head: &str, body: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(SERVER.address).expect("a server that listens");
    stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
    let head = format!("{head}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    // Who is refused early may find the connection closed before all is sent.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        answer.extend_from_slice(&buffer[..read]);
        // A process or a tunnel would go on until the client ends it.
        if answer.starts_with(b"HTTP/1.1 101 ") {
            break;
        }
    }
    answer
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_request_is_answered(
        method in method(),
        target in target(),
        headers in prop::collection::vec(header(), 0..5),
        body in body(),
    ) {
        let mut head = format!("{method} {target} HTTP/1.1\r\nHost: localhost");
        for header in &headers {
            head = format!("{head}\r\n{header}");
        }
        let answer = String::from_utf8_lossy(&ask(&head, &body)).into_owned();
        prop_assert!(answer.starts_with("HTTP/1."), "{head}\n{answer}");
        let code: u16 = answer.get(9..12).and_then(|code| code.parse().ok()).unwrap_or_default();
        // The real server, too, answers 500 to a group that comes without its user.
        let groups_only = head.contains("Impersonate-Group") && !head.contains("Impersonate-User");
        prop_assert!(code < 500 || groups_only, "{head}\n{answer}");
        let (headers, content) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        if code >= 400 && headers.contains("application/json") && !content.is_empty() {
            let status = Value::from_json(content.as_bytes()).unwrap_or_default();
            prop_assert!(status["kind"] == "Status" && status["code"].int() == i64::from(code), "{head}\n{answer}");
        }
        let well = ask("GET /healthz HTTP/1.1\r\nHost: localhost", b"");
        prop_assert!(well.starts_with(b"HTTP/1.1 200 ") && well.ends_with(b"ok"), "{head}");
    }
}
