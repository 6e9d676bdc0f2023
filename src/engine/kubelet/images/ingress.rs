//! The ingress controller: it asks the API server which host and path lead to which service, and passes
//! requests on.

use super::servers::{self, GRACEFUL};
use super::{Base, Context, Image, Outcome, Program, Run};
use crate::json;
use crate::meta::{Text, Value};
use crate::network::http::{self, Reader, Request, Response};
use crate::process::{Certificate, Connection, LocalFuture};
use std::rc::{Rc, Weak};
use std::time::Duration;

/// ingress-nginx.
pub static CONTROLLER: Image = Image {
    names: &["registry.k8s.io/ingress-nginx/controller"],
    size: 97,
    base: Base::Alpine,
    entrypoint: &["/usr/bin/dumb-init", "--"],
    programs: &[Program { path: "/usr/bin/dumb-init", run }, Program { path: "/nginx-ingress-controller", run }],
    tools: &["curl"],
    usage: (2, 90),
    ..Image::DEFAULT
};

/// What makes the certificate of its webhook, and is done.
pub static CERTGEN: Image = Image {
    names: &["registry.k8s.io/ingress-nginx/kube-webhook-certgen"],
    size: 25,
    base: Base::Scratch,
    entrypoint: &["/kube-webhook-certgen"],
    programs: &[Program {
        path: "/kube-webhook-certgen",
        run: |run| {
            run.err("{\"level\":\"info\",\"msg\":\"patching webhook configurations\",\"source\":\"k8s/k8s.go:118\"}\n");
            Outcome::Ends(Duration::from_millis(600), 0)
        },
    }],
    ..Image::DEFAULT
};

const INGRESSES: &str = "/apis/networking.k8s.io/v1/ingresses";
const CLASS: &str = "nginx";

fn run(run: &Run) -> Outcome {
    let context = &run.context;
    run.err(
        "-------------------------------------------------------------------------------\nNGINX Ingress controller\n  \
         Release:       v1.13.2\n  Repository:    https://github.com/kubernetes/ingress-nginx\n  nginx version: nginx/1.27.1\n\n\
         -------------------------------------------------------------------------------\n",
    );
    let fake = Certificate { names: vec!["ingress.local".into()], issuer: Text::default() };
    for (port, certificate) in [(80, None), (443, Some(fake.clone())), (8443, Some(fake))] {
        let opened = context.serve_as(port, certificate, |context, connection| Box::pin(session(context, connection)));
        if opened.is_err() {
            return run.fail(&format!("listen tcp :{port}: bind: address already in use\n"), 1);
        }
    }
    context.tasks.spawn(&context.clock, report(Rc::downgrade(context)));
    servers::http(run, &[10254], |_, _| Response::text(200, "ok"), GRACEFUL)
}

/// A request to the API server with the pod's service account.
async fn ask(context: &Rc<Context>, method: &str, path: &str, body: Option<Value>) -> Value {
    let token = context.files().read("/var/run/secrets/kubernetes.io/serviceaccount/token").unwrap_or_default();
    let host = context.env.get("KUBERNETES_SERVICE_HOST").unwrap_or_default().to_string();
    let Ok(connection) = context.net.connect_to(&host, 443) else { return Value::Null };
    connection.shake_hands();
    let mut request = Request::new(method, &host, path);
    request.headers.set("User-Agent", "nginx-ingress-controller/v1.13.2");
    request.headers.set("Authorization", format!("Bearer {}", String::from_utf8_lossy(&token)));
    request.headers.set("Connection", "close");
    if let Some(body) = body {
        let kind = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
        request.headers.set("Content-Type", kind);
        request.body = body.to_json().into_bytes();
    }
    let answer = http::fetch(&connection, &request).await;
    connection.close();
    let bytes = answer.map(|response| response.body).unwrap_or_default();
    Value::from_json(&bytes).unwrap_or_default()
}

/// The ingresses that are this controller's.
async fn ingresses(context: &Rc<Context>) -> Vec<Value> {
    let list = ask(context, "GET", INGRESSES, None).await;
    let ours = |ingress: &&Value| match ingress["spec"]["ingressClassName"].as_str() {
        Some(class) => class == CLASS,
        None => {
            let class = ingress["metadata"]["annotations"]["kubernetes.io/ingress.class"].as_str();
            class.is_none_or(|class| class == CLASS)
        }
    };
    list["items"].items().iter().filter(ours).cloned().collect()
}

/// Tells of each ingress where it is served, as long as the container runs.
fn report(context: Weak<Context>) -> LocalFuture<()> {
    Box::pin(async move {
        while let Some(context) = context.upgrade() {
            let own = format!("/api/v1/namespaces/{}/pods/{}", context.namespace, context.pod);
            let host = ask(&context, "GET", &own, None).await["status"]["hostIP"].clone();
            for ingress in ingresses(&context).await {
                let known = &ingress["status"]["loadBalancer"]["ingress"];
                if known[0]["ip"] == host || host.is_null() {
                    continue;
                }
                let metadata = &ingress["metadata"];
                let (namespace, name) = (metadata["namespace"].str(), metadata["name"].str());
                sync_event(&context, metadata).await;
                let path = format!("/apis/networking.k8s.io/v1/namespaces/{namespace}/ingresses/{name}/status");
                let status = json!({"status": {"loadBalancer": {"ingress": [{"ip": host.clone()}]}}});
                ask(&context, "PATCH", &path, Some(status)).await;
            }
            let clock = context.clock.clone();
            drop(context);
            clock.sleep(Duration::from_secs(10)).await;
        }
    })
}

/// Says in an event that an ingress was taken up.
async fn sync_event(context: &Rc<Context>, metadata: &Value) {
    let (namespace, name, now) = (metadata["namespace"].str(), metadata["name"].str(), context.clock.now());
    let event = json!({
        "apiVersion": "v1", "kind": "Event",
        "metadata": {"name": format!("{name}.{:016x}", context.rng.next_u64()), "namespace": namespace},
        "involvedObject": {
            "kind": "Ingress", "apiVersion": "networking.k8s.io/v1", "namespace": namespace, "name": name,
            "uid": metadata["uid"].clone(),
        },
        "reason": "Sync", "message": "Scheduled for sync", "type": "Normal", "count": 1,
        "source": {"component": "nginx-ingress-controller"},
        "firstTimestamp": now.rfc3339(), "lastTimestamp": now.rfc3339(),
    });
    ask(context, "POST", &format!("/api/v1/namespaces/{namespace}/events"), Some(event)).await;
}

/// Passes on what comes over a connection.
async fn session(context: Rc<Context>, connection: Connection) {
    let mut reader = Reader::new(&connection);
    while let Ok(request) = reader.request().await {
        let request = Request { peer: connection.peer.clone(), ..request };
        let secure = connection.tls.is_some();
        let response = if connection.is_plain_by_mistake() {
            page(400, "The plain HTTP request was sent to HTTPS port")
        } else {
            pass(&context, &request, secure).await
        };
        let sent = connection.output.write(&response.to_bytes(request.method == "HEAD"));
        if !sent || !request.keeps_alive() {
            break;
        }
    }
    connection.close();
}

/// Where a request is to go.
struct Route {
    namespace: String,
    backend: Value,
    /// The path as the service gets it.
    target: String,
    redirect: bool,
    label: String,
}

async fn pass(context: &Rc<Context>, request: &Request, secure: bool) -> Response {
    let host = request.headers.get("Host").unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(name, _)| name).to_string();
    let route = ingresses(context)
        .await
        .iter()
        .filter_map(|ingress| route(ingress, &host, request))
        .max_by_key(|(rank, _)| *rank);
    let Some((_, route)) = route else { return logged(context, request, page(404, ""), "upstream-default-backend") };
    if route.redirect && !secure {
        let to = format!("https://{host}{}", request.target);
        return logged(context, request, page(308, "").header("Location", to), &route.label);
    }
    let label = route.label.clone();
    let response = forward(context, request, route, &host, secure).await.unwrap_or_else(|| page(503, ""));
    logged(context, request, response, &label)
}

/// How well a rule fits: whether the host is said in full, an exact path, the path's length.
type Rank = (u8, bool, usize);

fn route(ingress: &Value, host: &str, request: &Request) -> Option<(Rank, Route)> {
    let spec = &ingress["spec"];
    let annotation = |name: &str| {
        ingress["metadata"]["annotations"][format!("nginx.ingress.kubernetes.io/{name}").as_str()].str().to_string()
    };
    let in_tls = spec["tls"].items().iter().any(|tls| tls["hosts"].items().iter().any(|name| *name == *host));
    let path = request.path();
    let make = |backend: &Value, matched: &str| {
        let service = backend["service"]["name"].str();
        let port = &backend["service"]["port"];
        let port = port["number"].as_i64().map_or_else(|| port["name"].str().to_string(), |number| number.to_string());
        Route {
            namespace: ingress["metadata"]["namespace"].str().into(),
            backend: backend.clone(),
            target: rewritten(&annotation("rewrite-target"), matched, request),
            redirect: in_tls && annotation("ssl-redirect") != "false",
            label: format!("{}-{service}-{port}", ingress["metadata"]["namespace"].str()),
        }
    };
    let mut best: Option<(Rank, Route)> = None;
    for rule in spec["rules"].items() {
        let wanted = rule["host"].str();
        let fits = match wanted.strip_prefix("*.") {
            _ if wanted.is_empty() => 1,
            Some(domain) if host.split_once('.').is_some_and(|(_, rest)| rest == domain) => 2,
            None if wanted.eq_ignore_ascii_case(host) => 3,
            _ => continue,
        };
        for entry in rule["http"]["paths"].items() {
            let prefix = entry["path"].as_str().unwrap_or("/");
            let exact = entry["pathType"] == "Exact";
            // Regular expressions match by what stands before the first group.
            let plain = prefix.split('(').next().unwrap_or(prefix);
            let trimmed = plain.trim_end_matches('/');
            let matches = match entry["pathType"].str() {
                "Exact" => path == prefix,
                "Prefix" => path == trimmed || path.strip_prefix(trimmed).is_some_and(|rest| rest.starts_with('/')),
                _ => path.starts_with(plain),
            };
            let rank = (fits, exact, plain.len());
            if matches && best.as_ref().is_none_or(|(known, _)| *known < rank) {
                best = Some((rank, make(&entry["backend"], plain)));
            }
        }
    }
    let default = spec.get("defaultBackend").map(|backend| ((0, false, 0), make(backend, "/")));
    best.or(default)
}

/// The target after `rewrite-target`: with a `$1` or `$2` what follows the matched path, else the target itself.
fn rewritten(target: &str, matched: &str, request: &Request) -> String {
    if target.is_empty() {
        return request.target.clone();
    }
    let query = if request.query().is_empty() { String::new() } else { format!("?{}", request.query()) };
    let rest = request.path().strip_prefix(matched).unwrap_or_default().trim_start_matches('/');
    let path = match target.split_once('$') {
        Some((before, _)) => format!("{before}{rest}"),
        None => target.to_string(),
    };
    format!("{path}{query}")
}

async fn forward(context: &Rc<Context>, request: &Request, route: Route, host: &str, secure: bool) -> Option<Response> {
    let backend = &route.backend["service"];
    let path = format!("/api/v1/namespaces/{}/services/{}", route.namespace, backend["name"].str());
    let service = ask(context, "GET", &path, None).await;
    let port = match backend["port"]["number"].as_i64() {
        Some(number) => number,
        None => {
            let ports = service["spec"]["ports"].items();
            ports.iter().find(|port| port["name"] == backend["port"]["name"])?["port"].int()
        }
    };
    let connection = context.net.connect_to(service["spec"]["clusterIP"].str(), u16::try_from(port).ok()?).ok()?;
    let mut passed = request.clone();
    passed.target = route.target;
    let scheme = if secure { "https" } else { "http" };
    for (name, value) in [
        ("X-Request-ID", format!("{:016x}{:016x}", context.rng.next_u64(), context.rng.next_u64()).as_str()),
        ("X-Real-IP", &*request.peer),
        ("X-Forwarded-For", &*request.peer),
        ("X-Forwarded-Host", host),
        ("X-Forwarded-Port", if secure { "443" } else { "80" }),
        ("X-Forwarded-Proto", scheme),
        ("X-Forwarded-Scheme", scheme),
        ("X-Scheme", scheme),
    ] {
        passed.headers.set(name, value);
    }
    let answer = http::fetch(&connection, &passed).await;
    connection.close();
    let mut response = answer.ok()?;
    response
        .headers
        .0
        .retain(|(name, _)| !name.eq_ignore_ascii_case("server") && !name.eq_ignore_ascii_case("connection"));
    response.headers.set("Connection", "keep-alive");
    Some(response)
}

fn logged(context: &Context, request: &Request, response: Response, upstream: &str) -> Response {
    context.out(&format!(
        "{} - - [{}] \"{} {} {}\" {} {} \"-\" \"{}\" {} 0.001 [{upstream}] []\n",
        request.peer,
        servers::log_time(context),
        request.method,
        request.target,
        request.version,
        response.status,
        response.body.len(),
        request.headers.get("User-Agent").unwrap_or("-"),
        request.target.len() + 77,
    ));
    response
}

/// A page of nginx's own.
fn page(code: u16, why: &str) -> Response {
    let reason = match code {
        503 => "Service Temporarily Unavailable",
        _ => http::reason(code),
    };
    let why = if why.is_empty() { String::new() } else { format!("<center>{why}</center>\r\n") };
    let body = format!(
        "<html>\r\n<head><title>{code} {reason}</title></head>\r\n<body>\r\n<center><h1>{code} {reason}</h1></center>\r\n{why}\
         <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    Response { reason: reason.into(), ..Response::new(code, "text/html", body.into_bytes()) }
        .header("Connection", "keep-alive")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_path_of_the_nearest_host_wins() {
        let backend = |name: &str| json!({"service": {"name": name, "port": {"number": 80}}});
        let ingress = json!({
            "metadata": {"namespace": "default", "annotations": {"nginx.ingress.kubernetes.io/rewrite-target": "/$2"}},
            "spec": {"defaultBackend": backend("d"), "rules": [
                {"host": "a.b", "http": {"paths": [
                    {"path": "/", "pathType": "Prefix", "backend": backend("root")},
                    {"path": "/api", "pathType": "Prefix", "backend": backend("api")},
                    {"path": "/x(/|$)(.*)", "pathType": "ImplementationSpecific", "backend": backend("x")},
                ]}},
                {"host": "*.c", "http": {"paths": [{"path": "/only", "pathType": "Exact", "backend": backend("only")}]}},
            ]},
        });
        for (host, path, expect) in [
            ("a.b", "/", "root /"),
            ("a.b", "/api/v1?q=1", "api /v1?q=1"),
            ("a.b", "/apis", "root /apis"),
            ("a.b", "/x/y/z", "x /y/z"),
            ("q.c", "/only", "only /"),
            ("q.c", "/other", "d /other"),
            ("elsewhere", "/", "d /"),
        ] {
            let (_, route) = route(&ingress, host, &Request::new("GET", host, path)).unwrap();
            let got = format!("{} {}", route.backend["service"]["name"].str(), route.target);
            assert_eq!(got, expect, "{host}{path}");
        }
    }
}
