//! Web servers: nginx and httpd, with their files, their logs and nginx's configuration.

use super::servers::{self, log_time};
use super::{Context, Image, Outcome, Program, Run};
use crate::meta::Time;
use crate::network::http::{self, Headers, Reader, Request, Response};
use crate::process::{Connection, FileSystem};
use std::rc::Rc;

const WELCOME: &str = "<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n<style>\n\
    html { color-scheme: light dark; }\nbody { width: 35em; margin: 0 auto;\n\
    font-family: Tahoma, Verdana, Arial, sans-serif; }\n</style>\n</head>\n<body>\n<h1>Welcome to nginx!</h1>\n\
    <p>If you see this page, the nginx web server is successfully installed and\nworking. Further configuration is \
    required.</p>\n\n<p>For online documentation and support please refer to\n\
    <a href=\"http://nginx.org/\">nginx.org</a>.<br/>\nCommercial support is available at\n\
    <a href=\"http://nginx.com/\">nginx.com</a>.</p>\n\n<p><em>Thank you for using nginx.</em></p>\n</body>\n</html>\n";

const SITE: &str = "server {\n    listen       80;\n    listen  [::]:80;\n    server_name  localhost;\n\n    \
    location / {\n        root   /usr/share/nginx/html;\n        index  index.html index.htm;\n    }\n\n    \
    error_page   500 502 503 504  /50x.html;\n    location = /50x.html {\n        root   /usr/share/nginx/html;\n    \
    }\n}\n";

const MAIN: &str = "\nuser  nginx;\nworker_processes  auto;\n\nerror_log  /var/log/nginx/error.log notice;\n\
    pid        /run/nginx.pid;\n\n\nevents {\n    worker_connections  1024;\n}\n\n\nhttp {\n    \
    include       /etc/nginx/mime.types;\n    default_type  application/octet-stream;\n\n    \
    access_log  /var/log/nginx/access.log  main;\n\n    sendfile        on;\n    keepalive_timeout  65;\n\n    \
    include /etc/nginx/conf.d/*.conf;\n}\n";

/// nginx.
pub static NGINX: Image = Image {
    names: &["docker.io/library/nginx", "registry.k8s.io/nginx", "registry.k8s.io/nginx-slim", "k8s.gcr.io/nginx"],
    ..NGINX_BASE
};

const NGINX_BASE: Image = Image {
    size: 69,
    entrypoint: &["/docker-entrypoint.sh"],
    cmd: &["nginx", "-g", "daemon off;"],
    env: &[("NGINX_VERSION", "1.29.3"), ("PKG_RELEASE", "1~bookworm")],
    tools: &["curl"],
    files: &[
        ("/usr/share/nginx/html/index.html", WELCOME),
        ("/usr/share/nginx/html/50x.html", "<html><body><h1>An error occurred.</h1></body></html>\n"),
        ("/etc/nginx/nginx.conf", MAIN),
        ("/etc/nginx/conf.d/default.conf", SITE),
        ("/etc/nginx/mime.types", "types {\n    text/html html htm;\n}\n"),
    ],
    programs: &[Program { path: "/docker-entrypoint.sh", run: nginx }, Program { path: "/usr/sbin/nginx", run: nginx }],
    usage: (1, 8),
    ..Image::DEFAULT
};

/// nginx as a user who may not open port 80.
pub static UNPRIVILEGED: Image = Image {
    names: &["docker.io/nginxinc/nginx-unprivileged", "docker.io/bitnami/nginx", "docker.io/bitnamilegacy/nginx"],
    user: 101,
    files: &[
        ("/usr/share/nginx/html/index.html", WELCOME),
        ("/etc/nginx/nginx.conf", MAIN),
        (
            "/etc/nginx/conf.d/default.conf",
            "server {\n    listen       8080;\n    server_name  localhost;\n\n    location / {\n        \
             root   /usr/share/nginx/html;\n    }\n}\n",
        ),
    ],
    ..NGINX_BASE
};

/// The front end of the tutorial that connects one to its back end: nginx, which passes requests on to it.
pub static FRONTEND: Image = Image {
    names: &["gcr.io/google-samples/hello-frontend"],
    files: &[
        ("/etc/nginx/nginx.conf", MAIN),
        (
            "/etc/nginx/conf.d/frontend.conf",
            "upstream Backend {\n    server hello;\n}\n\nserver {\n    listen 80;\n\n    location / {\n        \
             proxy_pass http://Backend;\n    }\n}\n",
        ),
    ],
    ..NGINX_BASE
};

/// The Apache HTTP server.
pub static HTTPD: Image = Image {
    names: &["docker.io/library/httpd"],
    size: 58,
    cmd: &["httpd-foreground"],
    directory: "/usr/local/apache2",
    files: &[
        ("/usr/local/apache2/htdocs/index.html", "<html><body><h1>It works!</h1></body></html>\n"),
        ("/usr/local/apache2/conf/httpd.conf", "ServerRoot \"/usr/local/apache2\"\nListen 80\n"),
    ],
    programs: &[
        Program { path: "/usr/local/bin/httpd-foreground", run: httpd },
        Program {
            path: "/usr/local/apache2/bin/httpd",
            run: |run| match run.arguments().as_slice() {
                ["-v" | "-V"] => {
                    run.out("Server version: Apache/2.4.65 (Unix)\nServer built:   Jul 23 2025 11:20:32\n");
                    Outcome::Ends(std::time::Duration::ZERO, 0)
                }
                ["-t"] => run.fail("Syntax OK\n", 0),
                _ => httpd(run),
            },
        },
    ],
    usage: (1, 7),
    ..Image::DEFAULT
};

/// The front end of the guestbook, and other demos that are a page on port 80.
pub static PAGE: Image = Image {
    names: &[
        "gcr.io/google-samples/gb-frontend",
        "us-docker.pkg.dev/google-samples/containers/gke/gb-frontend",
        "docker.io/library/caddy",
    ],
    ..PAGE_BASE
};

const PAGE_BASE: Image = Image {
    size: 160,
    cmd: &["apache2-foreground"],
    programs: &[Program {
        path: "/usr/local/bin/apache2-foreground",
        run: |run| servers::http(run, &[80], |_, _| Response::text(200, "OK!"), servers::GRACEFUL),
    }],
    ..Image::DEFAULT
};

/// The page of the autoscaling walkthrough: it computes roots for a while before it answers.
pub static HPA_EXAMPLE: Image = Image {
    names: &["registry.k8s.io/hpa-example", "k8s.gcr.io/hpa-example", "gcr.io/google_containers/hpa-example"],
    work: 6_000,
    ..PAGE_BASE
};

/// One `server` block, as far as it matters: ports, root, index, and answers given by `return`.
#[derive(Clone, Debug, PartialEq)]
struct Server {
    ports: Vec<u16>,
    root: String,
    locations: Vec<Location>,
    /// The names that stand for servers elsewhere.
    upstreams: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq)]
struct Location {
    prefix: String,
    root: Option<String>,
    answer: Option<(u16, String)>,
    pass: Option<String>,
    /// Where its upstream is written.
    place: String,
}

/// Splits a configuration into words, with `{`, `}` and `;` as words of their own.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for line in text.lines() {
        let mut word = String::new();
        let mut quote = None;
        for c in line.chars() {
            match (quote, c) {
                (Some(q), c) if c == q => {
                    quote = None;
                    words.push(std::mem::take(&mut word));
                }
                (Some(_), c) => word.push(c),
                (None, '"' | '\'') if word.is_empty() => quote = Some(c),
                (None, '#') if word.is_empty() => break,
                (None, '{' | '}' | ';') => {
                    if !word.is_empty() {
                        words.push(std::mem::take(&mut word));
                    }
                    words.push(c.to_string());
                }
                (None, c) if c.is_whitespace() => {
                    if !word.is_empty() {
                        words.push(std::mem::take(&mut word));
                    }
                }
                (None, c) => word.push(c),
            }
        }
        if !word.is_empty() {
            words.push(word);
        }
    }
    words
}

/// Reads the `server` blocks of a configuration.
///
/// # Errors
/// What nginx says of a brace too many or too few.
fn servers_of(text: &str, path: &str) -> Result<Vec<Server>, String> {
    let mut servers: Vec<Server> = Vec::new();
    let (mut upstreams, mut upstream) = (Vec::new(), String::new());
    let mut blocks: Vec<String> = Vec::new();
    let mut directive: Vec<String> = Vec::new();
    for word in words(text) {
        match word.as_str() {
            "{" => {
                let name = directive.first().cloned().unwrap_or_default();
                match name.as_str() {
                    "upstream" => upstream.clone_from(directive.get(1).unwrap_or(&name)),
                    "server" => servers.push(Server {
                        ports: Vec::new(),
                        root: "/etc/nginx/html".into(),
                        locations: Vec::new(),
                        upstreams: Vec::new(),
                    }),
                    "location" => {
                        let prefix = directive.last().cloned().unwrap_or_default();
                        let location = Location { prefix, root: None, answer: None, pass: None, place: String::new() };
                        if let Some(server) = servers.last_mut() {
                            server.locations.push(location);
                        }
                    }
                    _ => {}
                }
                blocks.push(name);
                directive.clear();
            }
            "}" => {
                if blocks.pop().is_none() {
                    return Err(format!("unexpected \"}}\" in {path}:{}", text.lines().count()));
                }
                directive.clear();
            }
            ";" if blocks.last().is_some_and(|block| block == "upstream") => {
                if let ["server", address, ..] = directive.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                    upstreams.push((upstream.clone(), address.to_string()));
                }
                directive.clear();
            }
            ";" => {
                if let Some(server) = servers.last_mut().filter(|_| blocks.iter().any(|block| block == "server")) {
                    let inside = blocks.last().is_some_and(|block| block == "location");
                    set(server, inside, &directive);
                }
                directive.clear();
            }
            _ => directive.push(word),
        }
    }
    if !blocks.is_empty() {
        return Err(format!("unexpected end of file, expecting \"}}\" in {path}:{}", text.lines().count() + 1));
    }
    let line = |word: &str| text.lines().position(|line| line.contains(word)).unwrap_or(0) + 1;
    for server in &mut servers {
        for location in &mut server.locations {
            let Some(url) = &location.pass else { continue };
            let named = upstreams.iter().find(|(name, _)| url.split('/').any(|part| part == name));
            location.place = format!("{path}:{}", line(named.map_or(url, |(_, address)| address)));
        }
        server.upstreams.clone_from(&upstreams);
    }
    Ok(servers)
}

fn set(server: &mut Server, inside: bool, directive: &[String]) {
    let location = if inside { server.locations.last_mut() } else { None };
    match (directive.iter().map(String::as_str).collect::<Vec<_>>().as_slice(), location) {
        (["listen", address, ..], _) => {
            let port = address.rsplit(':').next().unwrap_or(address);
            server.ports.extend(port.parse::<u16>().ok().filter(|port| !server.ports.contains(port)));
        }
        (["root" | "alias", path, ..], Some(location)) => location.root = Some(path.to_string()),
        (["root", path, ..], None) => server.root = path.to_string(),
        (["return", code, rest @ ..], Some(location)) => {
            location.answer = code.parse().ok().map(|code| (code, rest.join(" ").replace("\\n", "\n")));
        }
        (["return", code, rest @ ..], None) => {
            let answer = code.parse().ok().map(|code| (code, rest.join(" ").replace("\\n", "\n")));
            server.locations.push(Location {
                prefix: "/".into(),
                root: None,
                answer,
                pass: None,
                place: String::new(),
            });
        }
        (["proxy_pass", url, ..], Some(location)) => location.pass = Some(url.to_string()),
        _ => {}
    }
}

/// The configuration in force: the main file and what it includes.
fn configuration(context: &Context) -> Result<Vec<Server>, String> {
    let files = context.files();
    let read = |path: &str| files.read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let main = read("/etc/nginx/nginx.conf")
        .map_err(|_| "open() \"/etc/nginx/nginx.conf\" failed (2: No such file or directory)".to_string())?;
    let mut servers = servers_of(&main, "/etc/nginx/nginx.conf")?;
    if main.contains("/etc/nginx/conf.d/*.conf") {
        for name in files.list("/etc/nginx/conf.d").unwrap_or_default() {
            let path = format!("/etc/nginx/conf.d/{name}");
            if let (true, Ok(text)) = (name.ends_with(".conf"), read(&path)) {
                servers.extend(servers_of(&text, &path)?);
            }
        }
    }
    Ok(servers)
}

/// The last patch of each line that was released; the first row is what `latest` means.
const RELEASES: &[&str] = &[
    "1.29.3", "1.28.0", "1.27.5", "1.26.3", "1.25.5", "1.24.0", "1.23.4", "1.22.1", "1.21.6", "1.20.2", "1.19.10",
    "1.18.0", "1.17.10", "1.16.1", "1.15.12", "1.14.2", "1.13.12", "1.12.2", "1.11.13", "1.10.3", "1.9.15", "1.8.1",
    "1.7.12",
];

/// The version that an image's tag stands for.
fn version(context: &Context) -> &str {
    let tag = context.tag.split('-').next().unwrap_or_default();
    let line = |release: &&&str| release.strip_prefix(tag).is_some_and(|rest| rest.starts_with('.'));
    match tag {
        "stable" => RELEASES[1],
        tag if tag.matches('.').count() == 2 => tag,
        _ => RELEASES.iter().find(line).unwrap_or(&RELEASES[0]),
    }
}

fn nginx(run: &Run) -> Outcome {
    let context = &run.context;
    let version = version(context);
    let arguments = run.arguments();
    let enters = run.args.first().is_some_and(|name| name.ends_with("entrypoint.sh"));
    if enters && arguments.first().is_some_and(|first| !first.starts_with("nginx") && !first.starts_with('-')) {
        return run.become_tool(run.args[1..].to_vec());
    }
    match arguments.as_slice() {
        [.., "-v"] => return run.fail(&format!("nginx version: nginx/{version}\n"), 0),
        [.., "-t"] => {
            return match configuration(context) {
                Ok(_) => run.fail(
                    "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\n\
                     nginx: configuration file /etc/nginx/nginx.conf test is successful\n",
                    0,
                ),
                Err(error) => run.fail(&format!("nginx: [emerg] {error}\n"), 1),
            };
        }
        [.., "-s", _] => return run.fail("", 0),
        _ => {}
    }
    // Where nothing is mounted the image's own configuration is in force, and need not be read.
    let mounted = context.mounts.iter().any(|mount| mount.at.starts_with("/etc/nginx"));
    let ports = if mounted || !std::ptr::eq(context.image, &NGINX) {
        let configured =
            configuration(context).and_then(|servers| unknown_host(context, &servers).map_or(Ok(servers), Err));
        match configured {
            Ok(servers) => servers.iter().flat_map(|server| server.ports.clone()).collect(),
            Err(error) => {
                let at = moment(context);
                return run.fail(&format!("{at} [emerg] 1#1: {error}\nnginx: [emerg] {error}\n"), 1);
            }
        }
    } else {
        vec![80]
    };
    if enters {
        run.out(
            "/docker-entrypoint.sh: /docker-entrypoint.d/ is not empty, will attempt to perform configuration\n\
             /docker-entrypoint.sh: Looking for shell scripts in /docker-entrypoint.d/\n\
             /docker-entrypoint.sh: Launching /docker-entrypoint.d/10-listen-on-ipv6-by-default.sh\n\
             10-listen-on-ipv6-by-default.sh: info: Getting the checksum of /etc/nginx/conf.d/default.conf\n\
             10-listen-on-ipv6-by-default.sh: info: Enabled listen on IPv6 in /etc/nginx/conf.d/default.conf\n\
             /docker-entrypoint.sh: Sourcing /docker-entrypoint.d/15-local-resolvers.envsh\n\
             /docker-entrypoint.sh: Launching /docker-entrypoint.d/20-envsubst-on-templates.sh\n\
             /docker-entrypoint.sh: Launching /docker-entrypoint.d/30-tune-worker-processes.sh\n\
             /docker-entrypoint.sh: Configuration complete; ready for start up\n",
        );
    }
    let notice = format!("{} [notice] 1#1:", moment(context));
    run.err(&format!(
        "{notice} using the \"epoll\" event method\n{notice} nginx/{version}\n\
         {notice} built by gcc 12.2.0 (Debian 12.2.0-14+deb12u1)\n{notice} OS: Linux 6.8.0-51-generic\n\
         {notice} getrlimit(RLIMIT_NOFILE): 1048576:1048576\n{notice} start worker processes\n"
    ));
    for worker in 29..33 {
        run.err(&format!("{notice} start worker process {worker}\n"));
    }
    for port in ports {
        if context.serve(port, |context, connection| Box::pin(session(context, connection))).is_err() {
            let error = format!("nginx: [emerg] bind() to 0.0.0.0:{port} failed (98: Address already in use)\n");
            return run.fail(&error, 1);
        }
    }
    Outcome::Runs(servers::GRACEFUL)
}

/// The moment as nginx's error log writes it.
fn moment(context: &Context) -> String {
    let (year, month, day, hour, minute, second) = context.clock.now().civil();
    format!("{year:04}/{month:02}/{day:02} {hour:02}:{minute:02}:{second:02}")
}

/// The host and the port of an upstream such as `http://web:8080/api`, and the path behind them.
fn upstream<'a>(server: &'a Server, url: &'a str) -> (&'a str, u16, Option<&'a str>) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (address, path) = rest.find('/').map_or((rest, None), |at| (&rest[..at], Some(&rest[at..])));
    let named = server.upstreams.iter().find(|(name, _)| name == address);
    let address = named.map_or(address, |(_, address)| address.as_str());
    match address.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?))) {
        Some((host, port)) => (host, port, path),
        None => (address, 80, path),
    }
}

/// What nginx says of the first upstream that has no address when it starts.
fn unknown_host(context: &Context, servers: &[Server]) -> Option<String> {
    let passes = servers.iter().flat_map(|server| server.locations.iter().map(move |location| (server, location)));
    for (server, location) in passes {
        let Some(url) = location.pass.as_deref().filter(|url| !url.contains('$')) else { continue };
        let (host, ..) = upstream(server, url);
        let address = host.parse::<std::net::Ipv4Addr>().is_ok() || host == "localhost";
        if !address && context.net.resolve(host).is_err() {
            return Some(format!("host not found in upstream \"{host}\" in {}", location.place));
        }
    }
    None
}

/// Answers the requests of a connection, from files or from an upstream.
async fn session(context: Rc<Context>, connection: Connection) {
    let mut reader = Reader::new(&connection);
    while let Ok(request) = reader.request().await {
        let request = Request { peer: connection.peer.clone(), ..request };
        context.effort.add(context.clock.now(), context.image.work.into());
        let servers = configuration(&context).unwrap_or_default();
        let passed = pass(&context, &servers, &request).await;
        let response = page(&context, &servers, &request, passed);
        let sent = connection.output.write(&response.to_bytes(request.method == "HEAD"));
        if !sent || !request.keeps_alive() {
            break;
        }
    }
    connection.close();
}

/// What the upstream of a request's location answers, if it has one that does.
async fn pass(context: &Context, servers: &[Server], request: &Request) -> Option<Response> {
    let (server, Some(location)) = place(servers, request)? else { return None };
    let url = location.pass.as_deref()?;
    let (host, port, path) = upstream(server, url);
    let Ok(connection) = context.net.connect_to(host, port) else {
        context.err(&format!(
            "{} [error] 29#29: *1 connect() failed (111: Connection refused) while connecting to upstream, client: {}, \
             server: , request: \"{} {} {}\", upstream: \"{url}\", host: \"{}\"\n",
            moment(context),
            request.peer,
            request.method,
            request.target,
            request.version,
            request.headers.get("Host").unwrap_or_default()
        ));
        return None;
    };
    let mut passed = request.clone();
    if let Some(path) = path {
        passed.target = path.to_string() + request.target.strip_prefix(&location.prefix).unwrap_or_default();
    }
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest).split('/').next().unwrap_or_default();
    passed.headers.set("Host", authority);
    passed.headers.set("Connection", "close");
    let answer = http::fetch(&connection, &passed).await;
    connection.close();
    let mut response = answer.ok()?;
    let own = |name: &str| ["server", "date", "connection", "content-length"].contains(&name.to_lowercase().as_str());
    response.headers.0.retain(|(name, _)| !own(name));
    Some(response)
}

/// The server and the location that a request is for.
fn place<'a>(servers: &'a [Server], request: &Request) -> Option<(&'a Server, Option<&'a Location>)> {
    let host_port = request.headers.get("Host").and_then(|host| host.rsplit_once(':')?.1.parse::<u16>().ok());
    let server = servers.iter().find(|s| host_port.is_some_and(|port| s.ports.contains(&port))).or(servers.first())?;
    let path = FileSystem::resolve("/", request.path());
    let fits = server.locations.iter().filter(|l| path.starts_with(l.prefix.trim_end_matches('/')) || l.prefix == path);
    Some((server, fits.max_by_key(|location| location.prefix.len())))
}

/// Answers as the configuration says, and writes the access log.
fn page(context: &Context, servers: &[Server], request: &Request, passed: Option<Response>) -> Response {
    let path = FileSystem::resolve("/", request.path());
    let (server, location) = place(servers, request).unzip();
    let location = location.flatten();
    let version = version(context);
    let response = match location.and_then(|location| location.answer.clone()) {
        Some((code @ 300..=399, to)) => error_page(code, version).header("Location", to),
        Some((code, text)) if text.is_empty() => error_page(code, version),
        Some((code, text)) => Response::new(code, "text/plain", text.into_bytes()),
        None if location.is_some_and(|location| location.pass.is_some()) => {
            passed.unwrap_or_else(|| error_page(502, version))
        }
        None => {
            let root = location.and_then(|location| location.root.as_deref());
            let root = root.or(server.map(|server| server.root.as_str())).unwrap_or("/usr/share/nginx/html");
            file(context, root, &path, request).unwrap_or_else(|code| error_page(code, version))
        }
    };
    let response = headed(context, response, version);
    context.out(&format!(
        "{} - - [{}] \"{} {} {}\" {} {} \"-\" \"{}\" \"{}\"\n",
        request.peer,
        log_time(context),
        request.method,
        request.target,
        request.version,
        response.status,
        response.body.len(),
        request.headers.get("User-Agent").unwrap_or("-"),
        request.headers.get("X-Forwarded-For").unwrap_or("-"),
    ));
    response
}

/// The response with nginx's own headers, in its order.
fn headed(context: &Context, response: Response, version: &str) -> Response {
    let mut head = Response { headers: Headers::default(), ..response };
    head.headers.set("Server", format!("nginx/{version}"));
    head.headers.set("Date", http_date(context.clock.now()));
    for (name, value) in response.headers.0.iter().filter(|(name, _)| name != "Last-Modified" && name != "ETag") {
        head.headers.set(name, value.as_str());
    }
    head.headers.set("Content-Length", head.body.len().to_string());
    if let Some(at) = response.headers.get("Last-Modified") {
        head.headers.set("Last-Modified", at);
    }
    head.headers.set("Connection", "keep-alive");
    if let Some(tag) = response.headers.get("ETag") {
        head.headers.set("ETag", tag);
        head.headers.set("Accept-Ranges", "bytes");
    }
    head
}

/// The moment as HTTP headers write it.
fn http_date(time: Time) -> String {
    let (year, month, day, hour, minute, second) = time.civil();
    let day_of_week = time.seconds().div_euclid(86_400).rem_euclid(7) as usize;
    let (weekday, month) = (WEEKDAYS[(day_of_week + 4) % 7], MONTHS[(month as usize - 1) % 12]);
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

/// The moment as Apache's error log writes it.
fn error_time(context: &Context) -> String {
    let now = context.clock.now();
    let (year, month, day, hour, minute, second) = now.civil();
    let day_of_week = now.seconds().div_euclid(86_400).rem_euclid(7) as usize;
    let (weekday, month) = (WEEKDAYS[(day_of_week + 4) % 7], MONTHS[(month as usize - 1) % 12]);
    format!("{weekday} {month} {day:02} {hour:02}:{minute:02}:{second:02}.000000 {year}")
}

const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A file below a root, its `index.html` for a directory, or the status that says why not.
fn file(context: &Context, root: &str, path: &str, request: &Request) -> Result<Response, u16> {
    if !matches!(request.method.as_str(), "GET" | "HEAD") {
        return Err(405);
    }
    let files = context.files();
    let mut full = FileSystem::resolve("/", &format!("{root}/{path}"));
    if files.is_directory(&full) {
        full = format!("{}/index.html", full.trim_end_matches('/'));
        if files.node(&full).is_none() {
            return Err(403);
        }
    }
    let bytes = files.read(&full).map_err(|_| 404_u16)?;
    let kind = match full.rsplit('.').next() {
        Some("html" | "htm") => "text/html",
        Some("css") => "text/css",
        Some("js") => "application/javascript",
        Some("json") => "application/json",
        Some("txt") => "text/plain",
        _ => "application/octet-stream",
    };
    // Images were built some day; what is written later has no time here.
    let tag = format!("\"68e44b3d-{:x}\"", bytes.len());
    Ok(Response::new(200, kind, bytes.to_vec())
        .header("Last-Modified", "Mon, 06 Oct 2025 23:05:01 GMT")
        .header("ETag", tag))
}

fn error_page(code: u16, version: &str) -> Response {
    let reason = crate::network::http::reason(code);
    let body = format!(
        "<html>\r\n<head><title>{code} {reason}</title></head>\r\n<body>\r\n<center><h1>{code} {reason}</h1></center>\r\n\
         <hr><center>nginx/{version}</center>\r\n</body>\r\n</html>\r\n"
    );
    Response::new(code, "text/html", body.into_bytes())
}

fn httpd(run: &Run) -> Outcome {
    run.err("AH00558: httpd: Could not reliably determine the server's fully qualified domain name, using ");
    run.err(&format!("{}. Set the 'ServerName' directive globally to suppress this message\n", run.context.address));
    let notice = |module: &str| format!("[{}] [{module}:notice] [pid 1:tid 1]", error_time(&run.context));
    run.err(&format!(
        "{} AH00489: Apache/2.4.65 (Unix) configured -- resuming normal operations\n\
         {} AH00094: Command line: 'httpd -D FOREGROUND'\n",
        notice("mpm_event"),
        notice("core")
    ));
    servers::http(
        run,
        &[80],
        |context, request| {
            let path = FileSystem::resolve("/", request.path());
            let response = file(context, "/usr/local/apache2/htdocs", &path, request).unwrap_or_else(|code| {
                let reason = crate::network::http::reason(code);
                let body =
                    format!("<html><head><title>{code} {reason}</title></head><body><h1>{reason}</h1></body></html>\n");
                Response::new(code, "text/html", body.into_bytes())
            });
            context.out(&format!(
                "{} - - [{}] \"{} {} {}\" {} {}\n",
                request.peer,
                log_time(context),
                request.method,
                request.target,
                request.version,
                response.status,
                response.body.len()
            ));
            response.header("Server", "Apache/2.4.65 (Unix)")
        },
        servers::GRACEFUL,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configurations_are_read() {
        let text = "server { # c\n listen 8080; root /srv;\n location /api { return 200 \"hi\\n\"; }\n location / { root /www; } }";
        let servers = servers_of(text, "x").unwrap();
        assert_eq!((servers[0].ports.as_slice(), servers[0].root.as_str()), (&[8080][..], "/srv"));
        assert_eq!(servers[0].locations[0].answer, Some((200, "hi\n".into())));
        assert_eq!(servers[0].locations[1].root.as_deref(), Some("/www"));
        let text =
            "upstream B {\n server hello:81;\n}\nserver {\n listen 80;\n location /a/ { proxy_pass http://B/b/; }\n}";
        let servers = servers_of(text, "x").unwrap();
        assert_eq!(upstream(&servers[0], "http://B/b/"), ("hello", 81, Some("/b/")));
        assert_eq!(servers[0].locations[0].place, "x:2");
        for (text, expect) in
            [("server {", "unexpected end of file, expecting \"}\" in x:2"), ("}", "unexpected \"}\" in x:1")]
        {
            assert_eq!(servers_of(text, "x"), Err(expect.to_string()));
        }
    }
}
