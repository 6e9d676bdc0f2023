//! `curl`: requests over the machine's own network.

use super::super::host::Installed;
use super::{Call, Options, Help, Program, downloads};
use crate::network::http::{self, HttpError, Request, Response, Url};
use crate::process::{Connection, NetError};
use base64::Engine;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

pub const PROGRAM: Program = Program {
    name: "curl",
    help: || Help {
        summary: "Send an HTTP request and print the answer.",
        usage: "curl [options...] <url>",
        examples: &[
            (
                "curl localhost:8888",
                "curl: (7) Failed to connect to localhost port 8888 after 0 ms: Could not connect to server",
            ),
            ("curl -s localhost:8888; echo $?", "7"),
            (
                "curl -sLO https://dl.k8s.io/release/$(curl -Ls https://dl.k8s.io/release/stable.txt)/bin/linux/amd64/kubectl; chmod +x kubectl; sudo mv ./kubectl /usr/local/bin/kubectl; which kubectl",
                "/usr/local/bin/kubectl",
            ),
            ("curl http://nosuch.invalid", "curl: (6) Could not resolve host: nosuch.invalid"),
            ("curl", "curl: try 'curl --help' or 'curl --manual' for more information"),
        ],
    },
    run: |call| Box::pin(run(call)),
    cost: Duration::from_millis(4),
    ..Program::BASE
};

const LONG: &[(&str, char)] = &[
    ("silent", 's'),
    ("show-error", 'S'),
    ("verbose", 'v'),
    ("include", 'i'),
    ("head", 'I'),
    ("request", 'X'),
    ("header", 'H'),
    ("data", 'd'),
    ("data-raw", 'd'),
    ("data-binary", 'd'),
    ("output", 'o'),
    ("remote-name", 'O'),
    ("write-out", 'w'),
    ("insecure", 'k'),
    ("location", 'L'),
    ("fail", 'f'),
    ("max-time", 'm'),
    ("connect-timeout", 'C'),
    ("user", 'u'),
    ("user-agent", 'A'),
    ("resolve", 'R'),
    ("retry", 'Y'),
    ("get", 'G'),
    ("cacert", 'Z'),
    ("cert", 'E'),
    ("key", 'K'),
    ("http1.1", 'h'),
    ("no-progress-meter", 's'),
    ("progress-bar", '#'),
    ("compressed", 'z'),
    ("cookie", 'b'),
    ("max-redirs", 'x'),
    ("url", 'U'),
    ("json", 'J'),
    ("data-urlencode", 'd'),
    ("upload-file", 'T'),
    ("retry-delay", 'Y'),
    ("retry-max-time", 'Y'),
    ("retry-connrefused", 'g'),
    ("retry-all-errors", 'g'),
    ("fail-with-body", 'F'),
    ("noproxy", 'Y'),
    ("http2", 'h'),
    ("tlsv1.2", 'h'),
    ("no-buffer", 'N'),
    ("ipv4", '4'),
    ("version", 'V'),
];

/// What curl shows of its progress while it writes to a file, once all is there.
const METER: &str = "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current
                                 Dload  Upload   Total   Spent    Left  Speed
100 57.8M  100 57.8M    0     0   193M      0 --:--:-- --:--:-- --:--:--  193M
";

/// Why a transfer failed: curl's number and text.
struct Failed(i32, String);

async fn run(call: Call) -> i32 {
    let spec = "sSviIX:H:d:o:Ow:kLfm:C:u:A:R:Y:GZ:E:K:h#zb:x:U:46NnjgJ:T:FV";
    let options = match Options::parse(&call, spec, LONG) {
        Ok(options) => options,
        Err(_) => return 2,
    };
    let mut urls = options.operands.clone();
    urls.extend(options.values('U').map(String::from));
    if options.has('V') {
        call.out(
            "curl 8.14.1 (x86_64-pc-linux-gnu) libcurl/8.14.1 OpenSSL/3.5.1 zlib/1.3.1\nRelease-Date: 2025-06-04\n\
             Protocols: http https\nFeatures: HSTS HTTPS-proxy IPv6 Largefile libz SSL threadsafe\n",
        );
        return 0;
    }
    if urls.is_empty() && !call.args().is_empty() {
        call.complain("(2) no URL specified");
    }
    if urls.is_empty() {
        call.process.err("curl: try 'curl --help' or 'curl --manual' for more information\n");
        return 2;
    }
    let mut status = 0;
    for url in urls {
        status = match limited(&call, &options, transfer(&call, &options, &url)).await {
            Ok(()) => 0,
            Err(Failed(code, message)) => {
                if !options.has('s') || options.has('S') {
                    call.process.err(format!("curl: ({code}) {message}\n"));
                }
                if let (Some(format), Some(url)) = (options.value('w').filter(|_| code != 22), Url::parse(&url)) {
                    let nothing = Response { status: 0, ..Response::text(200, "") };
                    call.out(write_out(format, &nothing, &url));
                }
                code
            }
        };
    }
    status
}

async fn limited(call: &Call, options: &Options, work: impl Future<Output = Result<(), Failed>>) -> Result<(), Failed> {
    let seconds = |letter| options.value(letter).and_then(|text| text.parse::<f64>().ok()).filter(|s| *s > 0.0 && *s < 1e6);
    let Some(limit) = seconds('m') else { return work.await };
    let mut work = pin!(work);
    let mut timer = pin!(call.process.clock.sleep(Duration::from_secs_f64(limit)));
    poll_fn(|context| {
        if let Poll::Ready(done) = work.as_mut().poll(context) {
            return Poll::Ready(done);
        }
        timer.as_mut().poll(context).map(|()| {
            let millis = (limit * 1000.0) as u64;
            Err(Failed(28, format!("Operation timed out after {millis} milliseconds with 0 bytes received")))
        })
    })
    .await
}

async fn transfer(call: &Call, options: &Options, text: &str) -> Result<(), Failed> {
    let mut url = Url::parse(text).ok_or_else(|| Failed(3, "URL rejected: Malformed input to a URL function".into()))?;
    if !matches!(url.scheme.as_str(), "http" | "https") {
        return Err(Failed(1, format!("Protocol \"{}\" not supported", url.scheme)));
    }
    let (response, head) = loop {
        let request = request(call, options, &url).await?;
        let response = exchange(call, options, &url, &request).await?;
        let next = response.headers.get("location").map(String::from);
        match next.filter(|_| options.has('L') && (300..400).contains(&response.status)) {
            Some(next) => {
                let absolute = if next.contains("://") { next } else { format!("{}://{}{next}", url.scheme, url.authority()) };
                url = Url::parse(&absolute).ok_or_else(|| Failed(3, "URL rejected: Malformed input to a URL function".into()))?;
            }
            None => break (response, request.method == "HEAD"),
        }
    };
    if options.has('f') && response.status >= 400 {
        if let Some(format) = options.value('w') {
            call.out(write_out(format, &response, &url));
        }
        return Err(Failed(22, format!("The requested URL returned error: {}", response.status)));
    }
    let mut out = Vec::new();
    if options.has('i') || head {
        out.extend(head_of(&response, "").as_bytes());
        out.extend(b"\r\n");
    }
    if !head {
        out.extend(&response.body);
    }
    let name = url.target.split('?').next().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    let file = options.value('o').or(options.has('O').then_some(name));
    match file {
        Some("-") | None => drop(call.process.stdout.write(&out)),
        Some("/dev/null") => {}
        Some("") => return Err(Failed(23, "Failed to open the file : Is a directory".into())),
        Some(path) => call
            .process
            .files
            .write(&call.path(path), &out)
            .map_err(|error| Failed(23, format!("Failure writing output to destination, passed 0 returned: {error}")))?,
    }
    if let Some(format) = options.value('w') {
        call.out(write_out(format, &response, &url));
    }
    Ok(())
}

async fn request(call: &Call, options: &Options, url: &Url) -> Result<Request, Failed> {
    let mut data: Option<Vec<u8>> = None;
    for piece in options.values('d').chain(options.values('J')).chain(options.value('T').map(|_| "")) {
        let sent = options.value('T').map(|path| if path == "-" || path == "." { "@-".to_string() } else { format!("@{path}") });
        let piece = sent.as_deref().unwrap_or(piece);
        let bytes = match piece.strip_prefix('@') {
            Some("-") => call.process.stdin.read_to_end().await,
            Some(path) => match call.process.files.read(&call.path(path)) {
                Ok(bytes) => bytes.to_vec(),
                Err(_) => return Err(Failed(26, format!("Failed to open {path}"))),
            },
            None => piece.as_bytes().to_vec(),
        };
        match &mut data {
            Some(all) => {
                all.push(b'&');
                all.extend(bytes);
            }
            None => data = Some(bytes),
        }
    }
    let mut target = url.target.clone();
    if options.has('G')
        && let Some(query) = data.take()
    {
        target.push(if target.contains('?') { '&' } else { '?' });
        target.push_str(&String::from_utf8_lossy(&query));
    }
    let usual = if options.has('I') { "HEAD" } else if options.has('T') { "PUT" } else if data.is_some() { "POST" } else { "GET" };
    let mut request = Request::new(options.value('X').unwrap_or(usual), &url.authority(), &target);
    request.headers.set("User-Agent", options.value('A').unwrap_or("curl/8.14.1"));
    request.headers.set("Accept", "*/*");
    if let Some(user) = options.value('u').or(url.user.as_deref()) {
        let encoded = base64::engine::general_purpose::STANDARD.encode(user);
        request.headers.set("Authorization", format!("Basic {encoded}"));
    }
    if let Some(cookie) = options.value('b') {
        request.headers.set("Cookie", cookie);
    }
    if let Some(body) = data {
        request.headers.set("Content-Length", body.len().to_string());
        if options.has('J') {
            request.headers.set("Content-Type", "application/json");
            request.headers.set("Accept", "application/json");
        } else if !options.has('T') {
            request.headers.set("Content-Type", "application/x-www-form-urlencoded");
        }
        request.body = body;
    }
    for header in options.values('H') {
        if let Some((name, value)) = header.split_once(':') {
            if value.trim().is_empty() {
                request.headers.0.retain(|(own, _)| !own.eq_ignore_ascii_case(name.trim()));
            } else {
                request.headers.set(name.trim(), value.trim());
            }
        }
    }
    Ok(request)
}

async fn exchange(call: &Call, options: &Options, url: &Url, request: &Request) -> Result<Response, Failed> {
    let place = format!("{}{}", url.authority(), url.target);
    if call.host.installed == Installed::All
        && let Some(bytes) = downloads::find(&place)
    {
        call.process.clock.sleep(Duration::from_millis(300)).await;
        if !options.has('s') && (options.has('o') || options.has('O')) {
            call.process.err(METER);
        }
        return Ok(Response::new(200, "application/octet-stream", bytes));
    }
    let verbose = |text: String| {
        if options.has('v') {
            call.process.err(text);
        }
    };
    let connection = connect(call, options, url).await.inspect_err(|Failed(code, message)| {
        if *code == 7 {
            let host = if url.host == "localhost" { "127.0.0.1" } else { &url.host };
            verbose(format!("*   Trying {host}:{}...\n* connect to {host} port {} failed: Connection refused\n", url.port, url.port));
        }
        verbose(format!("* {message}\n* closing connection #0\n"));
    })?;
    let addresses = call.process.net.resolve(&url.host).unwrap_or_default();
    let address = resolved(options, url).map(String::from).or(call.process.listed_address(&url.host)).or(addresses.first().cloned());
    let address = address.unwrap_or_default();
    if !crate::process::is_address(&url.host) {
        let all = addresses.join(", ");
        verbose(format!("* Host {}:{} was resolved.\n* IPv6: (none)\n* IPv4: {all}\n", url.host, url.port));
    }
    verbose(format!("*   Trying {address}:{}...\n* Connected to {} ({address}) port {}\n", url.port, url.host, url.port));
    if url.scheme == "https" {
        trust(call, options, url, &connection).inspect_err(|_| connection.close())?;
        verbose("* SSL connection using TLSv1.3 / TLS_AES_128_GCM_SHA256 / X25519 / RSASSA-PSS\n".into());
    }
    verbose("* using HTTP/1.x\n".into());
    let bytes = request.to_bytes();
    let head = String::from_utf8_lossy(&bytes[..bytes.len() - request.body.len().min(bytes.len())]).into_owned();
    verbose(head.trim_end().lines().map(|line| format!("> {line}\n")).collect::<String>() + "> \n* Request completely sent off\n");
    let answer = http::fetch(&connection, request).await;
    connection.close();
    let response = answer.map_err(|error| match error {
        HttpError::Empty => Failed(52, "Empty reply from server".into()),
        HttpError::Cut => Failed(56, "Recv failure: Connection reset by peer".into()),
        HttpError::Malformed => Failed(1, "Received HTTP/0.9 when not allowed".into()),
        HttpError::TooLarge => Failed(56, "Too large response headers".into()),
    })?;
    verbose(head_of(&response, "< ") + "< \n");
    if !response.body.is_empty() {
        verbose(format!("{{ [{} bytes data]\n", response.body.len()));
    }
    verbose(format!("* Connection #0 to host {} left intact\n", url.host));
    Ok(response)
}

/// Where `--resolve` leads a URL.
fn resolved<'a>(options: &'a Options, url: &Url) -> Option<&'a str> {
    let named = |rule: &&str| rule.starts_with(&format!("{}:{}:", url.host, url.port));
    options.values('R').find(named).and_then(|rule| rule.splitn(3, ':').nth(2))
}

/// Shakes hands, and looks at the certificate unless told not to.
fn trust(call: &Call, options: &Options, url: &Url, connection: &Connection) -> Result<(), Failed> {
    let Some(tls) = connection.tls.clone().filter(|_| connection.shake_hands()) else {
        return Err(Failed(35, "TLS connect error: error:0A0000C6:SSL routines::packet length too long".into()));
    };
    if options.has('k') {
        return Ok(());
    }
    const MORE: &str = "\nMore details here: https://curl.se/docs/sslcerts.html\n\ncurl failed to verify the legitimacy \
        of the server and therefore could not\nestablish a secure connection to it. To learn more about this situation \
        and\nhow to fix it, please visit the webpage mentioned above.";
    let problem = |why: &str| Failed(60, format!("{why}{MORE}"));
    let path = options.value('Z').or_else(|| call.process.var("CURL_CA_BUNDLE"));
    let trusted = match path.map(|path| call.process.files.read(&call.path(path))) {
        Some(Ok(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
        Some(Err(_)) => {
            let path = path.unwrap_or_default();
            return Err(Failed(77, format!("error adding trust anchors from file: {path}")));
        }
        None => String::new(),
    };
    let known = *tls.issuer == *crate::process::PUBLIC_AUTHORITY || trusted.contains(tls.issuer.trim());
    if tls.issuer.is_empty() || !known {
        return Err(problem("SSL certificate problem: unable to get local issuer certificate"));
    }
    if !tls.is_for(&url.host) {
        let why = format!("SSL: no alternative certificate subject name matches target host name '{}'", url.host);
        return Err(problem(&why));
    }
    Ok(())
}

/// The host and port to connect to: `--resolve` may lead a name elsewhere.
async fn connect(call: &Call, options: &Options, url: &Url) -> Result<Connection, Failed> {
    let listed = call.process.listed_address(&url.host);
    let host = resolved(options, url).or(listed.as_deref()).unwrap_or(&url.host);
    let failed = |millis: u128| {
        let place = format!("{} port {}", url.host, url.port);
        Failed(7, format!("Failed to connect to {place} after {millis} ms: Could not connect to server"))
    };
    match call.process.net.connect_to(host, url.port) {
        Ok(connection) => Ok(connection),
        Err(NetError::NoSuchHost) => Err(Failed(6, format!("Could not resolve host: {}", url.host))),
        Err(NetError::TimedOut) => {
            let limit = options.value('C').and_then(|text| text.parse::<f64>().ok());
            let seconds = limit.unwrap_or(134.0).clamp(0.0, 1e6);
            call.process.clock.sleep(Duration::from_secs_f64(seconds)).await;
            let millis = (seconds * 1000.0) as u64;
            Err(match limit {
                Some(_) => Failed(28, format!("Failed to connect to {} port {} after {millis} ms: Timeout was reached", url.host, url.port)),
                None => Failed(28, format!("Failed to connect to {} port {} after {millis} ms: Could not connect to server", url.host, url.port)),
            })
        }
        Err(_) => Err(failed(0)),
    }
}

fn head_of(response: &Response, prefix: &str) -> String {
    let end = if prefix.is_empty() { "\r\n" } else { "\n" };
    let mut text = format!("{prefix}{} {} {}{end}", response.version, response.status, response.reason);
    for (name, value) in &response.headers.0 {
        text.push_str(&format!("{prefix}{name}: {value}{end}"));
    }
    text
}

fn write_out(format: &str, response: &Response, url: &Url) -> String {
    let values = [
        ("%{http_code}", format!("{:03}", response.status)),
        ("%{response_code}", format!("{:03}", response.status)),
        ("%{size_download}", response.body.len().to_string()),
        ("%{content_type}", response.headers.get("content-type").unwrap_or_default().into()),
        ("%{url_effective}", format!("{}://{}{}", url.scheme, url.authority(), url.target)),
        ("%{time_total}", "0.004000".into()),
        ("\\n", "\n".into()),
        ("\\t", "\t".into()),
    ];
    values.iter().fold(format.to_string(), |text, (name, value)| text.replace(name, value))
}
