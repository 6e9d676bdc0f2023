//! One run of one command: its flags, its process, and its way to the API server.

use super::command::Command;
use super::config::{Kubeconfig, SERVER, Target};
use super::discovery::{self, Resource};
use super::failure::{Failure, Outcome};
use super::flags::Flags;
use crate::api::{Body, CLIENT_CERTIFICATE, Client, Content, Method, Request, Response};
use crate::json;
use crate::meta::{Object, Time, Value, yaml};
use crate::process::Process;
use base64::Engine;
use base64::prelude::BASE64_STANDARD as STANDARD;
use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::time::Duration;

/// One run of one command. Clones are handles on the same run.
#[derive(Clone)]
pub struct Invocation {
    /// The command's row.
    pub command: &'static Command,
    /// What it was given.
    pub flags: Rc<Flags>,
    /// The machine it runs on.
    pub process: Process,
    shared: Rc<Shared>,
}

struct Shared {
    client: Client,
    target: OnceCell<Target>,
    discovered: OnceCell<Rc<Vec<Resource>>>,
    /// The warnings printed so far: each is printed once.
    warned: RefCell<Vec<String>>,
    requests: Cell<u64>,
    /// Whether an object was printed.
    printed: Cell<bool>,
}

/// The content type of each kind of patch.
pub const STRATEGIC: &str = "application/strategic-merge-patch+json";
/// A JSON merge patch.
pub const MERGE: &str = "application/merge-patch+json";
/// A JSON patch.
pub const JSON_PATCH: &str = "application/json-patch+json";
/// A server-side apply.
pub const APPLY: &str = "application/apply-patch+yaml";

/// The flags that say who one is, and how that is known.
const CREDENTIALS: &[&str] =
    &["certificate-authority", "client-certificate", "client-key", "username", "password", "insecure-skip-tls-verify"];

impl Invocation {
    /// A run of a command.
    pub fn new(command: &'static Command, flags: Flags, process: Process, client: Client) -> Invocation {
        let shared = Shared {
            client,
            target: OnceCell::new(),
            discovered: OnceCell::new(),
            warned: RefCell::default(),
            requests: Cell::new(0),
            printed: Cell::new(false),
        };
        Invocation { command, flags: Rc::new(flags), process, shared: Rc::new(shared) }
    }

    /// The words that are no flags.
    pub fn args(&self) -> &[String] {
        &self.flags.args
    }

    /// The `at`th word, or nothing.
    pub fn arg(&self, at: usize) -> &str {
        self.flags.args.get(at).map(String::as_str).unwrap_or_default()
    }

    /// Writes to standard output.
    pub fn out(&self, text: impl AsRef<str>) {
        self.process.out(text);
    }

    /// Writes to standard error.
    pub fn err(&self, text: impl AsRef<str>) {
        self.process.err(text);
    }

    /// Prints a warning, unless it was printed before.
    pub fn warn(&self, text: &str) {
        let mut warned = self.shared.warned.borrow_mut();
        if !warned.iter().any(|before| before == text) {
            warned.push(text.to_string());
            self.err(format!("Warning: {text}\n"));
        }
    }

    /// Notes that an object is printed; whether one was printed before.
    pub fn prints_again(&self) -> bool {
        self.shared.printed.replace(true)
    }

    /// How many warnings were printed.
    pub fn warnings(&self) -> usize {
        self.shared.warned.borrow().len()
    }

    /// `kubectl create deployment`
    pub fn command_line(&self) -> String {
        if self.command.path.is_empty() { "kubectl".into() } else { format!("kubectl {}", self.command.path) }
    }

    /// The present moment.
    pub fn now(&self) -> Time {
        self.process.clock.now()
    }

    /// How much to say about requests: `-v`.
    pub fn verbosity(&self) -> i64 {
        self.flags.int("v")
    }

    /// A line in the log format of Kubernetes' components.
    pub fn log(&self, severity: char, place: &str, text: &str) {
        let now = self.now();
        let (_, month, day, hour, minute, second) = now.civil();
        let micros = now.0.rem_euclid(1_000_000);
        self.err(format!(
            "{severity}{month:02}{day:02} {hour:02}:{minute:02}:{second:02}.{micros:06}    4242 {place}] {text}\n"
        ));
    }

    /// Which cluster, as whom, in which namespace.
    ///
    /// # Errors
    /// If the kubeconfig or the flags name what is not there.
    pub fn target(&self) -> Outcome<&Target> {
        if let Some(target) = self.shared.target.get() {
            return Ok(target);
        }
        let config = Kubeconfig::load(&self.process, &self.flags)?;
        let target = config.target(&self.flags)?;
        let user = &target.user;
        if user["as"].is_empty() && (!user["as-groups"].is_empty() || !user["as-uid"].is_empty()) {
            let text = "requesting uid, groups or user-extra for ";
            return Err(Failure::new(format!("{text}{} without impersonating a user", target.user_name)));
        }
        check_timeout(self.flags.str("request-timeout"))?;
        if CREDENTIALS.iter().any(|flag| self.flags.changed(flag)) {
            self.check_credentials(&target)?;
        }
        Ok(self.shared.target.get_or_init(|| target))
    }

    /// Refuses files that cannot be read, and ways of showing who one is that exclude each other.
    fn check_credentials(&self, target: &Target) -> Outcome {
        let flags = &self.flags;
        let authority = flags.global("certificate-authority");
        if !authority.is_empty() && flags.bool("insecure-skip-tls-verify") {
            return Err("specifying a root certificates file with the insecure flag is not allowed".into());
        }
        let name = &target.user_name;
        let files = [
            ("certificate-authority", "certificate-authority"),
            ("client-certificate", "client-cert"),
            ("client-key", "client-key"),
        ];
        for (flag, what) in files {
            let path = flags.global(flag);
            if path.is_empty() {
                continue;
            }
            if let Err(why) = self.process.files.read(&self.process.path(path)) {
                let why = why.to_string().to_lowercase();
                return Err(format!("unable to read {what} {path} for {name} due to open {path}: {why}").into());
            }
        }
        let user = &target.user;
        let known = |field: &str| !user[field].is_empty() || !user[format!("{field}-data").as_str()].is_empty();
        if !flags.global("client-certificate").is_empty()
            && flags.global("client-key").is_empty()
            && !known("client-key")
        {
            let text = "client-key-data or client-key must be specified for";
            return Err(format!("{text} {name} to use the clientCert authentication method.").into());
        }
        if !user["token"].is_empty() && (!user["username"].is_empty() || !user["password"].is_empty()) {
            let text = format!("more than one authentication method found for {name}; found [token basicAuth]");
            return Err(format!("{text}, only one is allowed").into());
        }
        Ok(())
    }

    /// How long a request may last.
    pub fn timeout(&self) -> Option<Duration> {
        timeout(self.flags.str("request-timeout"))
    }

    /// The namespace to work in.
    ///
    /// # Errors
    /// As [`Invocation::target`].
    pub fn namespace(&self) -> Outcome<String> {
        Ok(self.target()?.namespace.clone())
    }

    /// What the server serves, asked for once.
    ///
    /// # Errors
    /// If the server cannot be reached or says no.
    pub fn resources(&self) -> Outcome<Rc<Vec<Resource>>> {
        if let Some(found) = self.shared.discovered.get() {
            return Ok(found.clone());
        }
        let found = discovery::discover(self).map_err(|failure| match failure {
            Failure::Api(mut status) if status["reason"] == "Unauthorized" => {
                status["message"] = "the server has asked for the client to provide credentials".into();
                Failure::Api(status)
            }
            other => other,
        });
        let found = found.inspect_err(|failure| self.log_discovery(failure))?;
        Ok(self.shared.discovered.get_or_init(|| Rc::new(found)).clone())
    }

    /// The log of a discovery that failed, five times over, as often as the mapper asks again.
    fn log_discovery(&self, failure: &Failure) {
        let why = match (failure, self.unreachable()) {
            (_, Some((dial, _))) => dial,
            (Failure::Api(status), _) => status["message"].str().to_string(),
            _ => return,
        };
        let text = format!("couldn't get current server API group list: {why}");
        for _ in 0..5 {
            self.log('E', "memcache.go:265", &format!("\"Unhandled Error\" err={text:?}"));
        }
    }

    /// Why the target's server cannot be reached, if it cannot: the dial's text, and kubectl's.
    fn unreachable(&self) -> Option<(String, String)> {
        let server = self.target().ok()?.server.as_str();
        if server.trim_end_matches('/') == SERVER {
            return None;
        }
        let (scheme, rest) = server.split_once("://").unwrap_or(("https", server));
        let host = rest.trim_end_matches('/');
        let dial = format!("Get \"{}/api?timeout=32s\": ", server.trim_end_matches('/'));
        if scheme != "https" && scheme != "http" {
            let why = format!("unsupported protocol scheme {scheme:?}");
            return Some((dial + &why, format!("Unable to connect to the server: {why}")));
        }
        let (name, port) = host.rsplit_once(':').unwrap_or((host, if scheme == "https" { "443" } else { "80" }));
        let is_address = name.bytes().all(|b| b.is_ascii_digit() || b == b'.') || name == "localhost";
        if is_address {
            let address = if name == "localhost" { "127.0.0.1" } else { name };
            let why = format!("dial tcp {address}:{port}: connect: connection refused");
            let text =
                format!("The connection to the server {host} was refused - did you specify the right host or port?");
            return Some((dial + &why, text));
        }
        let why = format!("dial tcp: lookup {name}: no such host");
        Some((dial + &why, format!("Unable to connect to the server: {why}")))
    }

    /// Sends a request with the user's credentials and gives the answer as it is.
    ///
    /// # Errors
    /// If the server cannot be reached or answers with a failure.
    pub fn send(&self, request: Request) -> Outcome<Response> {
        let response = self.exchange(request)?;
        self.accept(response)
    }

    /// The certificate that the user of the kubeconfig shows, as base64.
    ///
    /// # Errors
    /// If there is none to be read, or nothing else that would say who asks.
    fn certificate(&self, target: &Target) -> Outcome<Option<String>> {
        let user = &target.user;
        let (data, path) = (user["client-certificate-data"].str(), user["client-certificate"].str());
        if !data.is_empty() {
            return Ok(Some(data.into()));
        }
        if path.is_empty() {
            let known =
                ["token", "tokenFile", "username", "exec", "auth-provider"].iter().any(|key| !user[*key].is_empty());
            if known || !target.server.starts_with("https://") {
                return Ok(None);
            }
            self.out("Please enter Username: ");
            return Err(Failure::new("EOF"));
        }
        let files = [("client-cert", "client-certificate"), ("client-key", "client-key")].map(|(what, field)| {
            let path = user[field].str();
            let read = self.process.files.read(&self.process.path(path));
            let name = &target.user_name;
            read.map_err(|_| {
                format!("unable to read {what} {path} for {name} due to open {path}: no such file or directory")
            })
        });
        match files {
            [Ok(pem), _] => Ok(Some(STANDARD.encode(&*pem))),
            [Err(first), Err(second)] => {
                Err(Failure::Plain(format!("Error in configuration: \n* {first}\n* {second}")))
            }
            [Err(only), Ok(_)] => Err(Failure::Plain(format!("Error in configuration: {only}"))),
        }
    }

    /// Sends a request with the user's credentials, whatever may be answered.
    ///
    /// # Errors
    /// If the server cannot be reached.
    pub fn exchange(&self, request: Request) -> Outcome<Response> {
        let target = self.target()?;
        if let Some((_, text)) = self.unreachable() {
            return Err(Failure::Plain(text));
        }
        let mut request = request;
        let user = &target.user;
        if !user["token"].is_empty() {
            request = request.header("authorization", format!("Bearer {}", user["token"].str()));
        }
        if let Some(certificate) = self.certificate(target)? {
            request = request.header(CLIENT_CERTIFICATE, certificate);
        }
        for (field, header) in [("as", "impersonate-user"), ("as-uid", "impersonate-uid")] {
            if !user[field].is_empty() {
                request = request.header(header, user[field].str());
            }
        }
        for group in user["as-groups"].items() {
            request = request.header("impersonate-group", group.str());
        }
        request = request.header("user-agent", "kubectl/v1.36.2 (linux/amd64) kubernetes/e1d3a54");
        let quiet =
            request.path == "/api" || request.path.starts_with("/apis") && request.path.matches('/').count() < 4;
        let log = if quiet { None } else { self.log_request(&request) };
        let response = self.shared.client.request(request);
        if let Some(log) = log {
            log(&response);
        }
        Ok(response)
    }

    /// Says what the server warns of, and takes its refusals for failures.
    ///
    /// # Errors
    /// What the server answers, if that is no success.
    pub fn accept(&self, response: Response) -> Result<Response, Failure> {
        for warning in response.warnings() {
            self.warn(warning);
        }
        if response.code < 400 {
            return Ok(response);
        }
        let status = match response.content {
            Content::Document(status) => status,
            Content::Bytes { .. } if response.code == 404 => json!({
                "kind": "Status", "status": "Failure", "code": 404, "reason": "NotFound",
                "message": "the server could not find the requested resource",
            }),
            Content::Bytes { bytes, .. } => json!({
                "kind": "Status", "status": "Failure", "code": (response.code),
                "message": (String::from_utf8_lossy(&bytes).into_owned()),
            }),
            _ => json!({"kind": "Status", "status": "Failure", "code": (response.code)}),
        };
        Err(Failure::Api(status))
    }

    /// Prints a request as `-v=6` and up do; what prints the answer comes back.
    fn log_request(&self, request: &Request) -> Option<impl FnOnce(&Response) + use<>> {
        let level = self.verbosity();
        if level < 6 {
            return None;
        }
        let target = self.target().ok()?;
        if self.shared.requests.replace(1) == 0 {
            let path = Kubeconfig::load(&self.process, &self.flags).ok()?.main_file().to_string();
            self.log('I', "loader.go:405", &format!("Config loaded from file:  {path}"));
        }
        let verb = match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
            Method::Head => "HEAD",
            Method::Options => "OPTIONS",
        };
        let query: Vec<String> =
            request.query.iter().map(|(k, v)| format!("{}={}", percent_encode(k), percent_encode(v))).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        let url = format!("{}{}{mark}{}", target.server, request.path, query.join("&"));
        if level >= 8
            && let Body::Document(body) = &request.body
        {
            self.log('I', "helper.go:246", &format!("\"Request Body\" body={:?}", body.to_json()));
        }
        if level >= 7 {
            let headers: String = (request.headers.iter())
                .map(|(name, value)| match name.as_str() {
                    "authorization" => "\tAuthorization: Bearer <masked>\n".to_string(),
                    _ => format!("\t{}: {value}\n", header_case(name)),
                })
                .collect();
            let text = format!("\"Request\" verb={verb:?} url={url:?} headers=<\n{headers} >");
            self.log('I', "round_trippers.go:527", &text);
        }
        let (invocation, verb) = (self.clone(), verb.to_string());
        Some(move |response: &Response| {
            let status = format!("{} {}", response.code, status_text(response.code));
            let what = match level {
                6 => format!("verb={verb:?} url={url:?} "),
                _ => String::new(),
            };
            let text = format!("\"Response\" {what}status={status:?} milliseconds=1");
            invocation.log('I', "round_trippers.go:632", &text);
            if level >= 8
                && let Content::Document(body) = &response.content
            {
                let body = body.to_json();
                let body = if level == 8 && body.len() > 1024 {
                    let end = (0..=1024).rev().find(|at| body.is_char_boundary(*at)).unwrap_or(0);
                    format!("{} [truncated {} chars]", &body[..end], body.len() - end)
                } else {
                    body
                };
                invocation.log('I', "helper.go:246", &format!("\"Response Body\" body={body:?}"));
            }
        })
    }

    /// Sends a request and gives the document that answers it.
    ///
    /// # Errors
    /// As [`Invocation::send`].
    pub fn request(&self, request: Request) -> Outcome<Object> {
        match self.send(request)?.content {
            Content::Document(document) => Ok(Object(document)),
            Content::Bytes { bytes, .. } => {
                let text = String::from_utf8_lossy(&bytes);
                yaml::parse(&text).map(Object).map_err(Failure::new)
            }
            _ => Ok(Object::default()),
        }
    }

    /// One object.
    ///
    /// # Errors
    /// As [`Invocation::send`].
    pub fn get(&self, resource: &Resource, namespace: &str, name: &str) -> Outcome<Object> {
        self.request(Request::new(Method::Get, &resource.path(namespace, name)))
    }

    /// All objects of a resource, of one namespace or (if it is empty) of all.
    ///
    /// # Errors
    /// As [`Invocation::send`].
    pub fn list(&self, resource: &Resource, namespace: &str, labels: &str, fields: &str) -> Outcome<Vec<Object>> {
        let mut request = Request::new(Method::Get, &resource.path(namespace, "")).query("limit", "500");
        if !labels.is_empty() {
            request = request.query("labelSelector", labels);
        }
        if !fields.is_empty() {
            request = request.query("fieldSelector", fields);
        }
        let list = self.request(request)?;
        let (kind, version) = (list.kind().strip_suffix("List").unwrap_or_default(), list.api_version());
        let complete = |item: &Value| {
            let mut item = item.clone();
            item.set_default(&["apiVersion"], version);
            item.set_default(&["kind"], kind);
            Object(item)
        };
        Ok(list["items"].items().iter().map(complete).collect())
    }

    /// The resource of that plural name and group.
    ///
    /// # Errors
    /// If the server does not serve it.
    pub fn resource(&self, plural: &str, group: &str) -> Outcome<Rc<Resource>> {
        let resources = self.resources()?;
        let found = resources.iter().find(|resource| resource.name == plural && resource.group == group);
        match found {
            Some(found) => Ok(Rc::new(found.clone())),
            None => Err(Failure::new(format!("the server doesn't have a resource type {plural:?}"))),
        }
    }

    /// How the command was asked to rehearse instead of doing: `none`, `client` or `server`.
    ///
    /// # Errors
    /// If `--dry-run` has another value.
    pub fn dry_run(&self) -> Outcome<DryRun> {
        let value = self.flags.str("dry-run");
        match value {
            "" if !self.flags.has("dry-run") => Ok(DryRun::None),
            "none" => Ok(DryRun::None),
            "client" => Ok(DryRun::Client),
            "server" => Ok(DryRun::Server),
            "unchanged" => {
                self.log('W', "helpers.go:743", "--dry-run is deprecated and can be replaced with --dry-run=client.");
                Ok(DryRun::Client)
            }
            "true" | "false" | "TRUE" | "FALSE" | "True" | "False" | "t" | "f" | "T" | "F" | "1" | "0" => {
                let on = matches!(value.as_bytes().first(), Some(b't' | b'T' | b'1'));
                let (instead, run) = if on { ("client", DryRun::Client) } else { ("none", DryRun::None) };
                let text = "is deprecated (boolean value) and can be replaced with";
                self.log('W', "helpers.go:736", &format!("--dry-run={value} {text} --dry-run={instead}."));
                Ok(run)
            }
            _ => {
                let text = "Must be \"none\", \"server\", or \"client\".";
                Err(Failure::new(format!("Invalid dry-run value ({value}). {text}")))
            }
        }
    }

    /// How strictly the server is to read fields: the value of `fieldValidation`.
    ///
    /// # Errors
    /// If `--validate` has another value.
    pub fn field_validation(&self) -> Outcome<&'static str> {
        match self.flags.str("validate") {
            "strict" | "true" | "True" | "TRUE" | "" => Ok("Strict"),
            "warn" => Ok("Warn"),
            "ignore" | "false" | "False" | "FALSE" => Ok("Ignore"),
            other => Err(Failure::new(format!(
                "invalid - validate option {other:?}; must be one of: strict (or true), warn, ignore (or false)"
            ))),
        }
    }
}

/// Whether a command only rehearses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DryRun {
    /// It does what it says.
    None,
    /// It prints what it would send.
    Client,
    /// The server does everything but storing it.
    Server,
}

impl DryRun {
    /// What follows the words of a success message.
    pub fn suffix(self) -> &'static str {
        match self {
            DryRun::None => "",
            DryRun::Client => " (dry run)",
            DryRun::Server => " (server dry run)",
        }
    }

    /// Adds `dryRun=All` to a request if the server is to rehearse.
    #[must_use]
    pub fn mark(self, request: Request) -> Request {
        if self == DryRun::Server { request.query("dryRun", "All") } else { request }
    }
}

/// How long `--request-timeout` lets a request last, if it sets an end at all.
fn timeout(value: &str) -> Option<Duration> {
    let nanos = match value.parse::<i64>() {
        Ok(seconds) => seconds.saturating_mul(1_000_000_000),
        Err(_) => crate::meta::duration::parse_signed(value).ok()?,
    };
    u64::try_from(nanos).ok().filter(|nanos| *nanos > 0).map(Duration::from_nanos)
}

fn check_timeout(value: &str) -> Outcome {
    let seconds = value.parse::<i64>().is_ok_and(|seconds| seconds >= 0);
    if value.is_empty() || seconds || crate::meta::duration::parse_signed(value).is_ok_and(|nanos| nanos >= 0) {
        return Ok(());
    }
    let units = "(e.g. 1s | 2m | 3h)";
    let text = "Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit";
    Err(Failure::new(format!("Invalid timeout value. {text} {units}")))
}

/// Escapes what may not stand in a query.
pub fn percent_encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn header_case(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
    });
    words.collect::<Vec<_>>().join("-")
}

fn status_text(code: u16) -> &'static str {
    match code {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        410 => "Gone",
        422 => "Unprocessable Entity",
        500 => "Internal Server Error",
        _ => "",
    }
}
