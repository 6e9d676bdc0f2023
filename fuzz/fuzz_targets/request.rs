//! Requests to one API server, as they would come over the wire: whatever they say, each is
//! answered, and what is refused is refused with a `Status`.
//!
//! The input reads like HTTP: method and target, headers, an empty line, the body; a NUL begins
//! the next request.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tabernetes_engine::api::{ApiServer, Body, Client, Content, Method, Request, User, WatchStep};
use tabernetes_engine::meta::Time;
use tabernetes_engine::sim::{Clock, Rng};

fn client() -> Client {
    let clock = Clock::starting_at(Time::from_civil(2026, 1, 1, 0, 0, 0));
    let server = ApiServer::new(clock, Rng::seeded(1));
    server.borrow_mut().bootstrap();
    let user = User { name: "admin".into(), groups: vec!["system:masters".into()], ..User::default() };
    Client::new(&server, user, "fuzz")
}

fn read(bytes: &[u8]) -> Option<Request> {
    let cut = bytes.windows(2).position(|pair| pair == b"\n\n").unwrap_or(bytes.len());
    let (head, body) = (&bytes[..cut], bytes.get(cut + 2..).unwrap_or_default());
    let head = std::str::from_utf8(head).ok()?;
    let mut lines = head.lines();
    let (method, target) = lines.next()?.split_once(' ')?;
    let method = match method {
        "GET" => Method::Get,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        "HEAD" => Method::Head,
        _ => Method::Options,
    };
    let mut request = Request::new(method, target);
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        request = request.header(name, value);
    }
    request.body = Body::Bytes(body.to_vec());
    Some(request)
}

fuzz_target!(|data: &[u8]| {
    let client = client();
    for request in data.split(|byte| *byte == 0).filter_map(read) {
        let response = client.request(request);
        assert!((200..600).contains(&response.code));
        match response.content {
            Content::Document(document) if response.code >= 400 => assert_eq!(document["kind"].str(), "Status"),
            Content::Watch(mut watch) => while let WatchStep::Event(_) = watch.poll() {},
            _ => {}
        }
    }
});
