//! Servers that say what they were asked: echo servers, hello-app, agnhost, whoami.

use super::servers::{GRACEFUL, flag, http, https, port};
use super::{Base, Context, Image, Outcome, Program, Run, Tags, Term};
use crate::json;
use crate::network::http::{Request, Response};
use crate::process::{FileSystem, NetError};
use std::time::Duration;

/// Google's hello-app, versions 1.0 and 2.0.
pub static HELLO_APP: Image = Image {
    names: &["gcr.io/google-samples/hello-app", "us-docker.pkg.dev/google-samples/containers/gke/hello-app"],
    size: 11,
    base: Base::Alpine,
    entrypoint: &["/hello-app"],
    env: &[("PORT", "8080")],
    programs: &[Program { path: "/hello-app", run: hello }],
    ..Image::DEFAULT
};

/// kicbase/echo-server.
pub static ECHO_SERVER: Image = Image {
    names: &["docker.io/kicbase/echo-server", "docker.io/jmalloc/echo-server"],
    size: 5,
    base: Base::Scratch,
    entrypoint: &["/bin/echo-server"],
    programs: &[Program { path: "/bin/echo-server", run: echo_server }],
    ..Image::DEFAULT
};

/// The echo server of Kubernetes' own examples.
pub static ECHOSERVER: Image = Image {
    names: &["registry.k8s.io/echoserver", "k8s.gcr.io/echoserver", "gcr.io/google_containers/echoserver"],
    size: 46,
    entrypoint: &["run.sh"],
    programs: &[Program {
        path: "/usr/local/bin/run.sh",
        run: |run| http(run, &[8080], |context, request| Response::text(200, echoed(context, request)), GRACEFUL),
    }],
    ..Image::DEFAULT
};

/// ealen/echo-server: the request as JSON.
pub static EALEN: Image = Image {
    names: &["docker.io/ealen/echo-server"],
    size: 42,
    base: Base::Alpine,
    entrypoint: &["node"],
    cmd: &["build/webserver.js"],
    programs: &[Program {
        path: "/usr/local/bin/node",
        run: |run| {
            run.out("Listening on port 80.\n");
            http(run, &[port(&run.context, "PORT", 80)], as_json, GRACEFUL)
        },
    }],
    ..Image::DEFAULT
};

/// mendhak/http-https-echo: the request as JSON, on two ports.
pub static MENDHAK: Image = Image {
    names: &["docker.io/mendhak/http-https-echo"],
    size: 50,
    base: Base::Alpine,
    user: 1000,
    entrypoint: &["node"],
    cmd: &["./index.js"],
    programs: &[Program {
        path: "/usr/local/bin/node",
        run: |run| {
            run.out("Listening on ports 8080 for http, and 8443 for https.\n");
            https(run, &[port(&run.context, "HTTPS_PORT", 8443)], mirrored, GRACEFUL);
            http(run, &[port(&run.context, "HTTP_PORT", 8080)], mirrored, GRACEFUL)
        },
    }],
    ..Image::DEFAULT
};

/// jpetazzo/httpenv: its environment as JSON.
pub static HTTPENV: Image = Image {
    names: &["docker.io/jpetazzo/httpenv"],
    size: 4,
    base: Base::Scratch,
    entrypoint: &["/httpenv"],
    programs: &[Program {
        path: "/httpenv",
        run: |run| {
            run.out("Server is listening on port 8888.\n");
            let answer = |context: &Context, _: &Request| {
                let all: crate::meta::Map = context.env.to_map().into_iter().collect();
                Response::new(200, "application/json", json!(all).to_json().into_bytes())
            };
            http(run, &[8888], answer, GRACEFUL)
        },
    }],
    ..Image::DEFAULT
};

/// hashicorp/http-echo: one text, whatever is asked.
pub static HTTP_ECHO: Image = Image {
    names: &["docker.io/hashicorp/http-echo"],
    size: 3,
    base: Base::Scratch,
    entrypoint: &["/http-echo"],
    programs: &[Program { path: "/http-echo", run: http_echo }],
    ..Image::DEFAULT
};

/// traefik/whoami.
pub static WHOAMI: Image = Image {
    names: &["docker.io/traefik/whoami", "docker.io/containous/whoami"],
    size: 3,
    base: Base::Scratch,
    entrypoint: &["/whoami"],
    programs: &[Program {
        path: "/whoami",
        run: |run| {
            run.out("Starting up on port 80\n");
            http(run, &[80], |context, request| Response::text(200, who(context, request)), GRACEFUL)
        },
    }],
    ..Image::DEFAULT
};

/// What the node app of the tutorials is written as.
const BOOTCAMP_SERVER: &str = "\
const http = require('http');
const host = process.env.HOSTNAME;

http.createServer((request, response) => {
  response.end(`Hello Kubernetes bootcamp! | Running on: ${host} | v=1\\n`);
}).listen(8080, () => console.log('Kubernetes Bootcamp App Started At:', new Date(), '| Running On: ', host, '\\n'));
";

/// The node app of the "Hello Minikube" tutorial.
pub static BOOTCAMP: Image = Image {
    names: &["gcr.io/google-samples/kubernetes-bootcamp", "docker.io/jocatalin/kubernetes-bootcamp"],
    tags: Tags::Only(&["v1", "v2"]),
    size: 81,
    entrypoint: &["/bin/sh"],
    cmd: &["-c", "node server.js"],
    files: &[("/server.js", BOOTCAMP_SERVER)],
    tools: &["curl"],
    programs: &[Program { path: "/bin/sh", run: bootcamp }, Program { path: "/usr/local/bin/node", run: bootcamp }],
    ..Image::DEFAULT
};

/// agnhost: the test image of many servers in one.
pub static AGNHOST: Image = Image {
    names: &["registry.k8s.io/e2e-test-images/agnhost", "k8s.gcr.io/e2e-test-images/agnhost"],
    size: 53,
    base: Base::Toolbox,
    entrypoint: &["/agnhost"],
    cmd: &["pause"],
    programs: &[Program { path: "/agnhost", run: agnhost }],
    ..Image::DEFAULT
};

/// The servers of Kubernetes' own examples that are older than agnhost: one says the host's name, one passes on.
pub static SERVE_HOSTNAME: Image = Image {
    names: &["registry.k8s.io/serve_hostname", "k8s.gcr.io/serve_hostname", "gcr.io/google_containers/serve_hostname"],
    size: 4,
    base: Base::Scratch,
    entrypoint: &["/serve_hostname"],
    programs: &[Program {
        path: "/serve_hostname",
        run: |run| {
            run.err("Serving on port 9376.\n");
            http(run, &[9376], |context, _| Response::text(200, format!("{}\n", context.hostname)), GRACEFUL)
        },
    }],
    ..Image::DEFAULT
};

/// The proxy whose probes the documentation shows: it listens on port 8080.
pub static GOPROXY: Image = Image {
    names: &["registry.k8s.io/goproxy", "k8s.gcr.io/goproxy"],
    size: 2,
    base: Base::Scratch,
    entrypoint: &["/goproxy"],
    programs: &[Program {
        path: "/goproxy",
        run: |run| {
            http(
                run,
                &[8080],
                |_, _| Response::text(500, "This is a proxy server. Does not respond to non-proxy requests.\n"),
                GRACEFUL,
            )
        },
    }],
    ..Image::DEFAULT
};

/// The liveness example of the documentation: healthy for ten seconds.
pub static LIVENESS: Image = Image {
    names: &["registry.k8s.io/liveness", "k8s.gcr.io/liveness"],
    size: 2,
    base: Base::Scratch,
    entrypoint: &["/server"],
    programs: &[Program { path: "/server", run: liveness }],
    ..Image::DEFAULT
};

fn hello(run: &Run) -> Outcome {
    let port = port(&run.context, "PORT", 8080);
    run.err(&format!("{} Server listening on port {port}\n", stamp(&run.context)));
    let answer = |context: &Context, request: &Request| {
        context.err(&format!("{} Serving request: {}\n", stamp(context), request.path()));
        let version = if context.tag.starts_with('2') { "2.0.0" } else { "1.0.0" };
        Response::text(200, format!("Hello, world!\nVersion: {version}\nHostname: {}\n", context.hostname))
    };
    http(run, &[port], answer, GRACEFUL)
}

/// The moment as Go's `log` package writes it.
fn stamp(context: &Context) -> String {
    let (year, month, day, hour, minute, second) = context.clock.now().civil();
    format!("{year:04}/{month:02}/{day:02} {hour:02}:{minute:02}:{second:02}")
}

fn echo_server(run: &Run) -> Outcome {
    let port = port(&run.context, "PORT", 8080);
    run.out(&format!("Echo server listening on port {port}.\n"));
    let answer = |context: &Context, request: &Request| {
        context.out(&format!("{} | {} {}\n", request.peer, request.method, request.target));
        let mut text = format!("Request served by {}\n\n", context.hostname);
        text += &format!("{} {} {}\n\n", request.version, request.method, request.target);
        if let Some(host) = request.headers.get("Host") {
            text += &format!("Host: {host}\n");
        }
        for (name, value) in request.headers.0.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("host")) {
            text += &format!("{name}: {value}\n");
        }
        text += &String::from_utf8_lossy(&request.body);
        Response::text(200, text)
    };
    http(run, &[port], answer, GRACEFUL)
}

fn echoed(context: &Context, request: &Request) -> String {
    let mut text = format!(
        "\n\nHostname: {}\n\nPod Information:\n\t-no pod information available-\n\nServer values:\n\tserver_version=nginx: \
         1.13.3 - lua: 10008\n\nRequest Information:\n\tclient_address={}\n\tmethod={}\n\treal path={}\n\tquery={}\n\t\
         request_version=1.1\n\trequest_scheme=http\n\trequest_uri=http://{}:8080{}\n\nRequest Headers:\n",
        context.hostname,
        request.peer,
        request.method,
        request.target,
        request.query(),
        request.headers.get("Host").unwrap_or_default(),
        request.target,
    );
    let mut headers: Vec<String> =
        request.headers.0.iter().map(|(name, value)| format!("\t{}={value}\n", name.to_lowercase())).collect();
    headers.sort();
    text += &headers.concat();
    let body =
        if request.body.is_empty() { "\t-no body in request-".into() } else { String::from_utf8_lossy(&request.body) };
    text + &format!("\nRequest Body:\n{body}\n\n")
}

fn as_json(context: &Context, request: &Request) -> Response {
    let headers = request.headers.0.iter().map(|(name, value)| (name.to_lowercase(), value.as_str()));
    let headers: crate::meta::Map = headers.collect();
    let answer = json!({
        "host": {"hostname": (request.headers.get("Host").unwrap_or_default()), "ip": (format!("::ffff:{}", request.peer)), "ips": []},
        "http": {"method": &request.method, "baseUrl": "", "originalUrl": &request.target, "protocol": "http"},
        "request": {"params": {"0": request.path()}, "query": {}, "cookies": {}, "body": {}, "headers": headers},
        "environment": {"HOSTNAME": &context.hostname},
    });
    Response::new(200, "application/json; charset=utf-8", answer.to_json().into_bytes())
}

fn mirrored(context: &Context, request: &Request) -> Response {
    let host = request.headers.get("Host").unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let headers: crate::meta::Map =
        request.headers.0.iter().map(|(name, value)| (name.to_lowercase(), value.as_str())).collect();
    let answer = json!({
        "path": request.path(), "headers": headers, "method": &request.method,
        "body": String::from_utf8_lossy(&request.body).as_ref(), "fresh": false, "hostname": name,
        "ip": format!("::ffff:{}", request.peer), "ips": [], "protocol": "http", "query": {}, "subdomains": [],
        "xhr": false, "os": {"hostname": &context.hostname}, "connection": {},
    });
    context.out(&format!(
        "{}\n::ffff:{} - - \"{} {} {}\" 200\n",
        answer.to_json(),
        request.peer,
        request.method,
        request.target,
        request.version
    ));
    Response::new(200, "application/json; charset=utf-8", answer.to_json().into_bytes())
}

fn http_echo(run: &Run) -> Outcome {
    let arguments: Vec<&str> = run.arguments();
    let text = flag(&arguments, "-text").or_else(|| flag(&arguments, "--text"));
    let text = text.map(String::from).or_else(|| run.context.env.get("ECHO_TEXT").map(String::from));
    let Some(text) = text else { return run.fail("Missing -text option!\n", 127) };
    let listen = flag(&arguments, "-listen").or_else(|| flag(&arguments, "--listen")).unwrap_or(":5678");
    let port = listen.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or(5678);
    run.out(&format!("{} [INFO] server is listening on :{port}\n", stamp(&run.context)));
    run.context.state.borrow_mut()["text"] = text.into();
    let answer = |context: &Context, request: &Request| {
        let text = format!("{}\n", context.state.borrow()["text"].str());
        let host = request.headers.get("Host").unwrap_or_default();
        context.out(&format!(
            "{} {host} {} \"{} {} {}\" 200 {} \"-\" 20.1µs\n",
            stamp(context),
            request.peer,
            request.method,
            request.target,
            request.version,
            text.len()
        ));
        Response::text(200, text).header("X-App-Name", "http-echo")
    };
    http(run, &[port], answer, GRACEFUL)
}

fn who(context: &Context, request: &Request) -> String {
    let mut text = format!(
        "Hostname: {}\nIP: 127.0.0.1\nIP: {}\nRemoteAddr: {}:40000\n",
        context.hostname, context.address, request.peer
    );
    text += &format!(
        "{} {} HTTP/1.1\nHost: {}\n",
        request.method,
        request.target,
        request.headers.get("Host").unwrap_or_default()
    );
    for (name, value) in request.headers.0.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("host")) {
        text += &format!("{name}: {value}\n");
    }
    text + "\n"
}

fn bootcamp(run: &Run) -> Outcome {
    if run.process.is_some() || !run.args.iter().any(|arg| arg.contains("server.js")) {
        // The shell somebody opened in it, not the server.
        let Some(process) = run.process.clone() else { return Outcome::Runs(Term::Ignores) };
        return Outcome::Task(run.context.programs.start(process));
    }
    run.out("Kubernetes Bootcamp App Started At: ");
    run.out(&format!("{} | Running On:  {}\n\n", run.context.clock.now().rfc3339(), run.context.hostname));
    let answer = |context: &Context, _: &Request| {
        context.out(&format!(
            "Running On: {} | Total Requests: 1 | Log Time: {}\n",
            context.hostname,
            context.clock.now().rfc3339()
        ));
        let version = if context.tag.starts_with("v2") || context.tag.starts_with('2') { 2 } else { 1 };
        let text = format!("Hello Kubernetes bootcamp! | Running on: {} | v={version}\n", context.hostname);
        Response::new(200, "text/plain", text.into_bytes())
    };
    http(run, &[8080], answer, Term::Ignores)
}

fn agnhost(run: &Run) -> Outcome {
    let arguments = run.arguments();
    let number = |name: &str, usual: u16| flag(&arguments, name).and_then(|port| port.parse().ok()).unwrap_or(usual);
    match arguments.first().copied() {
        None | Some("pause") => {
            run.out("Paused\n");
            Outcome::Runs(Term::Exits(0, 10))
        }
        Some("netexec") => {
            let port = number("--http-port", 8080);
            run.err(&format!("Started HTTP server on port {port}\n"));
            http(run, &[port], netexec, GRACEFUL)
        }
        Some("serve-hostname") => {
            let port = number("--port", 9376);
            run.err(&format!("Serving on port {port}.\n"));
            http(run, &[port], |context, _| Response::text(200, context.hostname.to_string()), GRACEFUL)
        }
        Some("porter") => {
            // Each `SERVE_PORT_80=text` opens a port that says the text.
            let all = run.context.env.to_map();
            let served = all
                .iter()
                .filter_map(|(name, text)| Some((name.strip_prefix("SERVE_PORT_")?.parse::<u16>().ok()?, text)));
            let mut ports = Vec::new();
            for (port, text) in served {
                run.context.state.borrow_mut()[port.to_string().as_str()] = text.as_str().into();
                ports.push(port);
            }
            let answer = |context: &Context, request: &Request| {
                let host = request.headers.get("Host").unwrap_or_default();
                let port = host.rsplit_once(':').map_or("80", |(_, port)| port);
                Response::text(200, context.state.borrow()[port].str())
            };
            http(run, &ports, answer, GRACEFUL)
        }
        Some("entrypoint-tester") => {
            run.out(&format!("[{}]\n", run.args.join(" ")));
            Outcome::Ends(Duration::ZERO, 0)
        }
        Some("liveness") => liveness(run),
        Some("connect") => {
            let target = arguments.iter().skip(1).find(|word| word.contains(':') && !word.starts_with('-'));
            let (host, port) = target.and_then(|target| target.rsplit_once(':')).unwrap_or_default();
            let port = port.parse().unwrap_or_default();
            match run.context.net.connect_to(host, port) {
                Ok(connection) => {
                    connection.close();
                    Outcome::Ends(Duration::ZERO, 0)
                }
                Err(NetError::Refused) => run.fail("REFUSED\n", 1),
                Err(NetError::NoSuchHost) => run.fail(&format!("DNS: lookup {host}: no such host\n"), 1),
                Err(_) => run.fail("TIMEOUT\n", 1),
            }
        }
        Some("test-webserver") => http(run, &[number("--port", 80)], |_, _| Response::text(200, ""), GRACEFUL),
        Some("--help" | "help") => run.fail("Usage:\n  app [command]\n", 0),
        Some(other) => {
            run.fail(&format!("Error: unknown command \"{other}\" for \"app\"\nRun 'app --help' for usage.\n"), 1)
        }
    }
}

fn netexec(context: &Context, request: &Request) -> Response {
    context.err(&format!("GET {}\n", request.path()));
    match request.path() {
        "/hostname" | "/hostName" => Response::text(200, context.hostname.to_string()),
        "/clientip" => Response::text(200, format!("{}:40000", request.peer)),
        "/echo" => Response::text(200, request.parameter("msg").unwrap_or_default()),
        "/healthz" => Response::text(200, ""),
        "/" => Response::text(200, format!("NOW: {}", context.clock.now())),
        path if context.files().read(&FileSystem::resolve("/", path)).is_ok() => Response::text(200, ""),
        _ => Response::text(404, "404 page not found\n"),
    }
}

fn liveness(run: &Run) -> Outcome {
    run.context.state.borrow_mut()["since"] = run.context.clock.now().millis().into();
    let answer = |context: &Context, _: &Request| {
        let alive = context.clock.now().millis() - context.state.borrow()["since"].int();
        if Duration::from_millis(alive.unsigned_abs()) > Duration::from_secs(10) {
            return Response::text(500, format!("error: {:.6}", alive as f64 / 1000.0));
        }
        Response::text(200, "ok")
    };
    http(run, &[8080], answer, Term::Exits(2, 10))
}
