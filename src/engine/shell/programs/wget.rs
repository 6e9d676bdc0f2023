//! `wget`

use super::{Call, Options, Help, Program};
use crate::network::http::{self, HttpError, Request, Url};
use crate::process::NetError;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

pub const PROGRAM: Program = Program {
    name: "wget",
    help: || Help {
        summary: "Download over HTTP.",
        usage: "wget [-q] [-O FILE] [-T SECONDS] [--spider] [--header TEXT] [--post-data TEXT] URL",
        examples: &[("wget -qO- localhost:8080; echo $?", "wget: can't connect to remote host (127.0.0.1): Connection refused\n1")],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

/// How long the kernel tries to connect.
const CONNECTING: Duration = Duration::from_secs(127);

async fn run(call: Call) -> i32 {
    let long = [
        ("quiet", 'q'),
        ("output-document", 'O'),
        ("timeout", 'T'),
        ("spider", 's'),
        ("header", 'H'),
        ("post-data", 'd'),
        ("server-response", 'S'),
        ("tries", 't'),
        ("user-agent", 'U'),
        ("no-check-certificate", 'k'),
        ("no-verbose", 'n'),
    ];
    // `-nv` is one option of two letters.
    let args: Vec<String> = call.args().iter().map(|arg| if arg == "-nv" { "-n".into() } else { arg.clone() }).collect();
    let options = match Options::parse_args(&call, &args, "qO:T:sH:d:St:U:knc", &long, false) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let Some(text) = options.operands.first() else {
        call.process.err("wget: missing URL\nUsage: wget [OPTION]... [URL]...\n");
        return 1;
    };
    let Some(url) = Url::parse(text) else { return call.fail(format!("bad address '{text}'")) };
    let limit = options.value('T').and_then(|text| text.parse::<f64>().ok()).unwrap_or(900.0).clamp(0.1, 1e6);
    let limit = Duration::from_secs_f64(limit);
    let address = match call.process.net.resolve(&url.host) {
        Ok(addresses) => addresses.into_iter().next().unwrap_or_default(),
        Err(_) => return call.fail(format!("bad address '{}'", url.authority())),
    };
    let quiet = options.has('q');
    if !quiet {
        call.process.err(format!("Connecting to {} ({address}:{})\n", url.authority(), url.port));
    }
    let connection = match call.process.net.connect_to(&url.host, url.port) {
        Ok(connection) => connection,
        Err(NetError::TimedOut) => {
            if limit < CONNECTING {
                call.process.clock.sleep(limit).await;
                return call.fail("download timed out");
            }
            call.process.clock.sleep(CONNECTING).await;
            return call.fail(format!("can't connect to remote host ({address}): Connection timed out"));
        }
        Err(_) => return call.fail(format!("can't connect to remote host ({address}): Connection refused")),
    };
    if url.scheme == "https" {
        if !connection.shake_hands() {
            connection.close();
            return call.fail("error getting response: Connection reset by peer");
        }
        if !options.has('k') {
            call.process.err("wget: note: TLS certificate validation not implemented\n");
        }
    }
    let body = options.value('d');
    let method = if options.has('s') { "HEAD" } else if body.is_some() { "POST" } else { "GET" };
    let mut request = Request::new(method, &url.authority(), &url.target);
    request.headers.set("User-Agent", options.value('U').unwrap_or("Wget"));
    request.headers.set("Connection", "close");
    if let Some(body) = body {
        request.headers.set("Content-Length", body.len().to_string());
        request.headers.set("Content-Type", "application/x-www-form-urlencoded");
        request.body = body.as_bytes().to_vec();
    }
    for header in options.values('H') {
        if let Some((name, value)) = header.split_once(':') {
            request.headers.set(name.trim(), value.trim());
        }
    }
    let answer = {
        let mut fetching = pin!(http::fetch(&connection, &request));
        let mut timer = pin!(call.process.clock.sleep(limit));
        poll_fn(|context| match fetching.as_mut().poll(context) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending => timer.as_mut().poll(context).map(|()| None),
        })
        .await
    };
    connection.close();
    let response = match answer {
        None => return call.fail("download timed out"),
        Some(Err(HttpError::Empty | HttpError::Cut)) => return call.fail("error getting response"),
        Some(Err(_)) => return call.fail("bad response"),
        Some(Ok(response)) => response,
    };
    if options.has('S') {
        call.process.err(format!("  {} {} {}\n", response.version, response.status, response.reason));
        call.process.err(response.headers.0.iter().map(|(name, value)| format!("  {name}: {value}\n")).collect::<String>());
    }
    if response.status >= 400 {
        return call.fail(format!("server returned error: {} {} {}", response.version, response.status, response.reason));
    }
    if options.has('s') {
        if !quiet {
            call.process.err("remote file exists\n");
        }
        return 0;
    }
    let path = url.target.split('?').next().unwrap_or_default();
    let name = path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("index.html");
    let file = options.value('O').unwrap_or(name);
    if file == "-" {
        call.process.stdout.write(&response.body);
    } else {
        if !quiet {
            call.process.err(format!("saving to '{file}'\n"));
        }
        if let Err(error) = call.process.files.write(&call.path(file), &response.body) {
            return call.fail(format!("can't open '{file}': {error}"));
        }
        if !quiet {
            call.process.err(format!("'{file}' saved\n"));
        }
    }
    0
}
