//! `crictl`: what the container runtime of a machine runs, as the pods' statuses tell it.

use super::{Call, Help, Program};
use crate::api::{Content, Method, Request};
use crate::meta::{Time, Value};

pub const PROGRAM: Program = Program {
    name: "crictl",
    help: || Help {
        summary: "Look at the containers, pods and images of a machine of the cluster.",
        usage: "crictl ps [-a] | pods | images | logs ID | stop ID | rm ID | inspect ID | version",
        examples: &[("crictl ps", "bash: crictl: command not found")],
    },
    run: |call| Box::pin(std::future::ready(run(&call))),
    node_only: true,
    ..Program::BASE
};

/// A container, running or not.
struct Container {
    id: String,
    name: String,
    image: String,
    attempt: i64,
    runs: bool,
    since: Option<Time>,
    pod: Value,
    status: Value,
}

fn get(call: &Call, path: &str) -> Option<Content> {
    let response = call.host.control.as_ref()?.client.request(Request::new(Method::Get, path));
    (response.code == 200).then_some(response.content)
}

/// The pods of this machine.
fn pods(call: &Call) -> Vec<Value> {
    let Some(Content::Document(list)) = get(call, "/api/v1/pods") else { return Vec::new() };
    let here = |pod: &&Value| pod["spec"]["nodeName"] == *call.host.hostname;
    list["items"].items().iter().filter(here).cloned().collect()
}

/// The containers of this machine, the youngest first.
fn containers(call: &Call) -> Vec<Container> {
    let mut all = Vec::new();
    for pod in pods(call) {
        for list in ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"] {
            for status in pod["status"][list].items() {
                let attempt = status["restartCount"].int();
                for (state, attempt) in [(&status["state"], attempt), (&status["lastState"], attempt - 1)] {
                    let (running, ended) = (&state["running"], &state["terminated"]);
                    let id = if running.is_null() { ended["containerID"].str() } else { status["containerID"].str() };
                    let at = if running.is_null() { &ended["startedAt"] } else { &running["startedAt"] };
                    if !id.is_empty() {
                        all.push(Container {
                            id: id.trim_start_matches("containerd://").into(),
                            name: status["name"].str().into(),
                            image: digest(status["imageID"].str()),
                            attempt,
                            runs: !running.is_null(),
                            since: Time::parse(at.str()),
                            pod: pod.clone(),
                            status: status.clone(),
                        });
                    }
                }
            }
        }
    }
    all.sort_by_key(|container| std::cmp::Reverse(container.since));
    all
}

/// The first 13 digits of what follows `sha256:`.
fn digest(image: &str) -> String {
    image.rsplit("sha256:").next().unwrap_or_default().chars().take(13).collect()
}

/// The sandbox's id: the runtime's own, of which no one else knows.
fn sandbox(pod: &Value) -> String {
    pod["metadata"]["uid"].str().replace('-', "").chars().take(13).collect()
}

/// How long ago that was, in words.
fn ago(call: &Call, at: Option<Time>) -> String {
    let seconds = at.map_or(0, |at| call.process.clock.now().seconds() - at.seconds());
    let (minutes, hours) = (seconds / 60, (seconds + 1800) / 3600);
    match seconds {
        ..1 => "Less than a second".into(),
        1 => "1 second".into(),
        2..60 => format!("{seconds} seconds"),
        60..120 => "About a minute".into(),
        120..3600 if minutes < 60 => format!("{minutes} minutes"),
        _ if hours == 1 => "About an hour".into(),
        _ if hours < 48 => format!("{hours} hours"),
        _ => format!("{} days", hours / 24),
    }
    .to_string()
        + " ago"
}

/// Rows in columns of at least 20 characters.
fn table(call: &Call, rows: &[Vec<String>]) -> i32 {
    let columns = rows.first().map_or(0, Vec::len);
    let widest = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(|at| (widest(at) + 3).max(20)).collect();
    for row in rows {
        let cells = row.iter().enumerate();
        let line: String = cells
            .map(|(at, cell)| if at + 1 == columns { cell.clone() } else { format!("{cell:<width$}", width = widths[at]) })
            .collect();
        call.out(line + "\n");
    }
    0
}

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| cell.to_string()).collect()
}

fn run(call: &Call) -> i32 {
    let args: Vec<&str> = call.args().iter().map(String::as_str).collect();
    let has = |flags: &[&str]| args.iter().any(|arg| flags.contains(arg));
    let after = |flag: &str| args.iter().position(|arg| *arg == flag).and_then(|at| args.get(at + 1)).copied();
    let named = after("--name").unwrap_or_default();
    const VALUED: &[&str] = &["--name", "-r", "--runtime-endpoint", "--tail", "--label", "--pod", "-o", "--output", "--timeout"];
    let plain = args.iter().enumerate().filter(|(at, arg)| !arg.starts_with('-') && !at.checked_sub(1).is_some_and(|before| VALUED.contains(&args[before])));
    let words: Vec<&str> = plain.map(|(_, arg)| *arg).collect();
    match words.as_slice() {
        ["ps", ..] => {
            let mut rows = vec![row(&["CONTAINER", "IMAGE", "CREATED", "STATE", "NAME", "ATTEMPT", "POD ID", "POD", "NAMESPACE"])];
            let every = has(&["-a", "--all", "-aq", "-qa"]);
            let shown = containers(call).into_iter().filter(|c| (every || c.runs) && c.name.contains(named));
            let shown: Vec<Container> = shown.collect();
            if has(&["-q", "--quiet", "-aq", "-qa"]) {
                shown.iter().for_each(|container| call.out(format!("{}\n", container.id)));
                return 0;
            }
            rows.extend(shown.iter().map(|c| {
                let state = if c.runs { "Running" } else { "Exited" };
                let (pod, namespace) = (c.pod["metadata"]["name"].str(), c.pod["metadata"]["namespace"].str());
                let id: String = c.id.chars().take(13).collect();
                row(&[&id, &c.image, &ago(call, c.since), state, &c.name, &c.attempt.to_string(), &sandbox(&c.pod), pod, namespace])
            }));
            table(call, &rows)
        }
        ["pods", ..] => {
            let mut rows = vec![row(&["POD ID", "CREATED", "STATE", "NAME", "NAMESPACE", "ATTEMPT", "RUNTIME"])];
            for pod in pods(call).iter().filter(|pod| pod["metadata"]["name"].str().contains(named)) {
                let over = matches!(pod["status"]["phase"].str(), "Succeeded" | "Failed");
                let (name, namespace) = (pod["metadata"]["name"].str(), pod["metadata"]["namespace"].str());
                let created = ago(call, Time::parse(pod["metadata"]["creationTimestamp"].str()));
                let state = if over { "NotReady" } else { "Ready" };
                rows.push(row(&[&sandbox(pod), &created, state, name, namespace, "0", "(default)"]));
            }
            table(call, &rows)
        }
        ["images" | "image" | "img", ..] => {
            let mut rows = vec![row(&["IMAGE", "TAG", "IMAGE ID", "SIZE"])];
            let ids: Vec<(String, String)> =
                containers(call).iter().map(|c| (c.status["image"].str().to_string(), c.image.clone())).collect();
            if let Some(Content::Document(node)) = get(call, &format!("/api/v1/nodes/{}", call.host.hostname)) {
                for image in node["status"]["images"].items() {
                    let name = image["names"].items().last().map_or("", Value::str);
                    let (repository, tag) = name.rsplit_once(':').unwrap_or((name, "<none>"));
                    let id = ids.iter().find(|(known, _)| known == name).map_or("", |(_, id)| id);
                    let id = if id.is_empty() { digest(name) } else { id.to_string() };
                    let size = format!("{:.3}MB", image["sizeBytes"].int() as f64 / 1e6);
                    rows.push(row(&[repository, tag, &id, &size]));
                }
            }
            table(call, &rows)
        }
        ["version", ..] => {
            call.out("Version:  0.1.0\nRuntimeName:  containerd\nRuntimeVersion:  v2.2.1\nRuntimeApiVersion:  v1\n");
            0
        }
        ["info", ..] => {
            let condition = |kind: &str| format!("      {{\n        \"message\": \"\",\n        \"reason\": \"\",\n        \"status\": true,\n        \"type\": \"{kind}\"\n      }}");
            call.out(format!("{{\n  \"status\": {{\n    \"conditions\": [\n{},\n{}\n    ]\n  }}\n}}\n", condition("RuntimeReady"), condition("NetworkReady")));
            0
        }
        [verb @ ("logs" | "stop" | "rm" | "inspect"), ids @ ..] if !ids.is_empty() => {
            let known = containers(call);
            let mut status = 0;
            for id in ids {
                status = match known.iter().find(|container| container.id.starts_with(id)) {
                    Some(container) => one(call, verb, id, container, has(&["-f", "--force"])),
                    None => {
                        call.process.err(format!(
                            "E{} crictl: \"ContainerStatus from runtime service failed\" err=\"rpc error: code = NotFound desc = an \
                             error occurred when try to find container \\\"{id}\\\": not found\" containerID=\"{id}\"\nFATA[0000] rpc \
                             error: code = NotFound desc = an error occurred when try to find container \"{id}\": not found\n",
                            &call.process.clock.now().rfc3339()[5..19].replace('-', "").replace('T', " ")
                        ));
                        1
                    }
                };
            }
            status
        }
        [] => {
            call.out("NAME:\n   crictl - client for CRI\n\nUSAGE:\n   crictl [global options] command [command options]\n\nCOMMANDS:\n   \
                      images, image, img  List images\n   info                Display information of the container runtime\n   \
                      inspect             Display the status of one or more containers\n   logs                Fetch the logs of a \
                      container\n   pods                List pods\n   ps                  List containers\n   rm                  Remove one or \
                      more containers\n   stop                Stop one or more running containers\n   version             Display \
                      runtime version information\n");
            0
        }
        [other, ..] => {
            call.process.err(format!("FATA[0000] unknown command \"{other}\" for \"crictl\" \n"));
            1
        }
    }
}

/// Does something with one container.
fn one(call: &Call, verb: &str, id: &str, container: &Container, force: bool) -> i32 {
    let metadata = &container.pod["metadata"];
    let kill = || {
        let control = call.host.control.as_ref();
        control.is_some_and(|control| control.driver.kill(&call.host.hostname, &container.id))
    };
    match verb {
        "logs" => {
            let (namespace, pod) = (metadata["namespace"].str(), metadata["name"].str());
            let previous = if container.runs || container.attempt == container.status["restartCount"].int() { "" } else { "&previous=true" };
            let path = format!("/api/v1/namespaces/{namespace}/pods/{pod}/log?container={}{previous}", container.name);
            if let Some(Content::Bytes { bytes, .. }) = get(call, &path) {
                call.process.stdout.write(&bytes);
            }
        }
        "inspect" => {
            let mut shown = Value::object();
            shown["status"] = container.status.clone();
            call.out(format!("{}\n", shown.to_json()));
        }
        "rm" if container.runs && !force => {
            call.process.err(format!(
                "FATA[0000] removing the container \"{id}\": rpc error: code = Unknown desc = container \"{id}\" is running, please stop \
                 it first\n"
            ));
            return 1;
        }
        _ => {
            if container.runs && !kill() {
                return 1;
            }
            call.out(format!("{id}\n"));
        }
    }
    0
}
