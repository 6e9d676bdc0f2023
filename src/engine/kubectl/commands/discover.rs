//! What the server is and serves: `api-resources`, `api-versions`, `version`, `cluster-info`.

use crate::api::{Content, Method, Request};
use crate::json;
use crate::kubectl::command::{Command, Group};
use crate::kubectl::discovery::{self, Resource};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::Invocation;
use crate::kubectl::printers::tabwriter::TabWriter;
use crate::kubectl::printers::{Printer, ordered, unknown_format};
use crate::meta::{Object, Value, yaml};

/// The version that kubectl says it has.
pub const VERSION: &str = "v1.36.2";

/// The rows of the commands about the server.
pub static ROWS: &[Command] = &[
    Command {
        path: "api-resources",
        group: Group::Other,
        short: "Print the supported API resources on the server",
        run: Some(|inv| Box::pin(async move { resources(&inv) })),
        ..Command::BASE
    },
    Command {
        path: "api-versions",
        group: Group::Other,
        short: "Print the supported API versions on the server, in the form of \"group/version\"",
        run: Some(|inv| Box::pin(async move { versions(&inv) })),
        ..Command::BASE
    },
    Command {
        path: "version",
        group: Group::Other,
        short: "Print the client and server version information",
        run: Some(|inv| Box::pin(async move { version(&inv) })),
        ..Command::BASE
    },
];

/// The rows of `cluster-info`.
pub static CLUSTER_INFO: &[Command] = &[
    Command {
        path: "cluster-info",
        group: Group::Cluster,
        short: "Display cluster information",
        run: Some(|inv| Box::pin(async move { cluster_info(&inv) })),
        ..Command::BASE
    },
    Command {
        path: "cluster-info dump",
        short: "Dump relevant information for debugging and diagnosis",
        run: Some(|inv| Box::pin(dump(inv))),
        ..Command::BASE
    },
];

fn no_arguments(inv: &Invocation) -> Outcome {
    match inv.args() {
        [] => Ok(()),
        args => Err(Failure::usage(format!("unexpected arguments: [{}]", args.join(" ")))),
    }
}

fn resources(inv: &Invocation) -> Outcome {
    no_arguments(inv)?;
    let flags = &inv.flags;
    let output = flags.str("output");
    let formats = ["json", "kyaml", "name", "wide", "yaml"];
    if !output.is_empty() && !formats.contains(&output) {
        return Err(unknown_format(output, &formats, false));
    }
    let sort_by = flags.str("sort-by");
    if !matches!(sort_by, "" | "name" | "kind") {
        return Err("--sort-by accepts only name or kind".into());
    }
    let (verbs, categories) = (flags.list("verbs"), flags.list("categories"));
    let mut found: Vec<Resource> =
        inv.resources()?.iter().filter(|resource| !resource.verbs.is_empty()).cloned().collect();
    found.retain(|resource| {
        (!flags.changed("api-group") || resource.group == flags.str("api-group"))
            && (!flags.changed("namespaced") || resource.namespaced == flags.bool("namespaced"))
            && verbs.iter().all(|verb| resource.can(verb))
            && categories.iter().all(|category| resource.categories.contains(category))
    });
    // The order within the preferred version of each group is that of the server, groups by name.
    let mut preferred: Vec<Resource> = Vec::new();
    for resource in found {
        let known = |other: &Resource| other.group == resource.group && other.name == resource.name;
        if !preferred.iter().any(known) {
            preferred.push(resource);
        }
    }
    match sort_by {
        "name" => preferred.sort_by(|a, b| a.name.cmp(&b.name)),
        "kind" => preferred.sort_by(|a, b| a.kind.cmp(&b.kind)),
        _ => preferred.sort_by(|a, b| (&a.group, &a.name).cmp(&(&b.group, &b.name))),
    }
    match output {
        "name" => inv.out(preferred.iter().map(|resource| resource.qualified() + "\n").collect::<String>()),
        "" | "wide" => inv.out(resource_table(inv, &preferred)),
        output => {
            let Some(printer) = Printer::among(inv, output, &formats, false)? else { return Ok(()) };
            let list: Vec<Value> = preferred.iter().map(describe).collect();
            let list = json!({"apiVersion": "v1", "groupVersion": "", "kind": "APIResourceList", "resources": list});
            match printer {
                Printer::Json => inv.out(ordered::pretty(&list)),
                printer => inv.out(printer.print(&list, None)?),
            }
        }
    }
    Ok(())
}

fn resource_table(inv: &Invocation, resources: &[Resource]) -> String {
    let wide = inv.flags.str("output") == "wide";
    let mut writer = TabWriter::default();
    if !inv.flags.bool("no-headers") {
        writer.tabbed(if wide {
            "NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND\tVERBS\tCATEGORIES"
        } else {
            "NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND"
        });
    }
    for resource in resources {
        let mut cells = vec![
            resource.name.clone(),
            resource.short_names.join(","),
            resource.api_version(),
            resource.namespaced.to_string(),
            resource.kind.clone(),
        ];
        if wide {
            cells.push(resource.verbs.join(","));
            cells.push(resource.categories.join(","));
        }
        writer.line(cells);
    }
    writer.flush()
}

/// A resource as discovery's documents have it.
fn describe(resource: &Resource) -> Value {
    let mut document = json!({
        "kind": (resource.kind.as_str()), "name": (resource.name.as_str()), "namespaced": (resource.namespaced),
        "singularName": (resource.singular.as_str()), "verbs": (resource.verbs.clone()),
        "version": (resource.version.as_str()),
    });
    if !resource.group.is_empty() {
        document["group"] = resource.group.as_str().into();
    }
    for (field, values) in [("shortNames", &resource.short_names), ("categories", &resource.categories)] {
        if !values.is_empty() {
            document[field] = values.clone().into();
        }
    }
    document
}

fn versions(inv: &Invocation) -> Outcome {
    no_arguments(inv)?;
    let groups = inv.request(Request::new(Method::Get, "/apis"))?;
    let core = inv.request(Request::new(Method::Get, "/api"))?;
    let mut all: Vec<String> = core["versions"].items().iter().map(|version| version.str().to_string()).collect();
    for group in groups["groups"].items() {
        all.extend(group["versions"].items().iter().map(|version| version["groupVersion"].str().to_string()));
    }
    all.sort();
    inv.out(all.iter().map(|version| format!("{version}\n")).collect::<String>());
    Ok(())
}

/// What this kubectl was made to be.
fn client_version() -> Value {
    json!({
        "buildDate": "2026-06-09T18:20:48Z", "compiler": "gc", "gitCommit": "e1d3a54a4d0a0a2b0b64d0a4d2a5d6f6c0f0b7a1",
        "gitTreeState": "clean", "gitVersion": VERSION, "goVersion": "go1.26.4", "major": "1", "minor": "36",
        "platform": "linux/amd64",
    })
}

fn version(inv: &Invocation) -> Outcome {
    if !inv.args().is_empty() {
        return Err(format!("extra arguments: [{}]", inv.args().join(" ")).into());
    }
    let output = inv.flags.str("output");
    if !matches!(output, "" | "yaml" | "json") {
        return Err("--output must be 'yaml' or 'json'".into());
    }
    let mut all = json!({"clientVersion": (client_version()), "kustomizeVersion": "v5.8.1"});
    let mut failure = None;
    if !inv.flags.bool("client") {
        match inv.request(Request::new(Method::Get, "/version")) {
            Ok(version) => all["serverVersion"] = version.0,
            Err(why) => failure = Some(why),
        }
    }
    match output {
        "yaml" => inv.out(yaml::print(&all) + "\n"),
        "json" => inv.out(indented(&ordered::pretty(&all)) + "\n"),
        _ => {
            inv.out("Client Version: v1.36.2\nKustomize Version: v5.8.1\n");
            if !all["serverVersion"].is_null() {
                inv.out(format!("Server Version: {}\n", all["serverVersion"]["gitVersion"].str()));
            }
        }
    }
    failure.map_or(Ok(()), Err)
}

/// Pretty JSON indented by two spaces, where the real one does not use its printers.
pub fn indented(pretty: &str) -> String {
    pretty
        .lines()
        .map(|line| {
            let inner = line.trim_start_matches(' ');
            format!("{}{inner}", " ".repeat((line.len() - inner.len()) / 2))
        })
        .collect::<Vec<_>>()
        .join("\n")
}

fn cluster_info(inv: &Invocation) -> Outcome {
    let server = inv.target()?.server.clone();
    let services = discovery::find(inv, "services")?;
    let found = inv.list(&services, "kube-system", "kubernetes.io/cluster-service=true", "")?;
    let (green, yellow, plain) =
        if inv.process.tty { ("\u{1b}[0;32m", "\u{1b}[0;33m", "\u{1b}[0m") } else { ("", "", "") };
    inv.out(format!("{green}Kubernetes control plane{plain} is running at {yellow}{server}{plain}\n"));
    for service in found {
        let name = service.label("kubernetes.io/name").unwrap_or(service.name()).to_string();
        let ports = service.at(&["spec", "ports"]).items();
        let port = ports.first().map(|port| port["name"].str()).filter(|port| !port.is_empty());
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let path = format!("/api/v1/namespaces/kube-system/services/{}{port}/proxy", service.name());
        inv.out(format!("{green}{name}{plain} is running at {yellow}{server}{path}{plain}\n"));
    }
    inv.out("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n");
    Ok(())
}

/// What a dump holds of every namespace.
const DUMPED: &[(&str, &str)] = &[
    ("events", ""),
    ("replicationcontrollers", ""),
    ("services", ""),
    ("daemonsets", "apps"),
    ("deployments", "apps"),
    ("replicasets", "apps"),
    ("pods", ""),
];

/// Takes from a list's items what they are, which the list says.
pub fn untype(list: &mut Value) {
    for item in list["items"].array_mut() {
        item.remove(&["kind"]);
        item.remove(&["apiVersion"]);
    }
}

fn list_of(inv: &Invocation, path: &str) -> Outcome<Object> {
    let mut list = inv.request(Request::new(Method::Get, path))?;
    untype(&mut list);
    Ok(list)
}

async fn dump(inv: Invocation) -> Outcome {
    let flags = &inv.flags;
    let directory = flags.str("output-directory");
    let ending = if flags.str("output") == "yaml" { "yaml" } else { "json" };
    let write = |path: String, text: String| {
        if directory.is_empty() || directory == "-" {
            inv.out(text);
        } else {
            let path = inv.process.path(&format!("{directory}/{path}"));
            inv.process.files.put(&path, crate::process::Node::File(text.into_bytes().into(), 0o644));
        }
    };
    let Some(printer) = Printer::of(&inv)? else { return Ok(()) };
    let nodes = list_of(&inv, "/api/v1/nodes")?;
    write(format!("nodes.{ending}"), printer.print(&nodes, None)?);
    let namespaces: Vec<String> = if flags.bool("all-namespaces") {
        let all = inv.request(Request::new(Method::Get, "/api/v1/namespaces"))?;
        all["items"].items().iter().map(|item| Object(item.clone()).name().to_string()).collect()
    } else if flags.list("namespaces").is_empty() {
        vec!["kube-system".into(), inv.namespace()?]
    } else {
        flags.list("namespaces")
    };
    for namespace in &namespaces {
        let mut pods = Vec::new();
        for (plural, group) in DUMPED {
            let resource = inv.resource(plural, group)?;
            let list = list_of(&inv, &resource.path(namespace, ""))?;
            if *plural == "pods" {
                pods = list["items"].items().to_vec();
            }
            let file = match *plural {
                "replicationcontrollers" => "replication-controllers",
                other => other,
            };
            write(format!("{namespace}/{file}.{ending}"), printer.print(&list, None)?);
        }
        for pod in pods.into_iter().map(Object) {
            for container in pod.at(&["spec", "containers"]).items() {
                let (name, container) = (pod.name(), container["name"].str());
                let title = format!("container {container} of pod {namespace}/{name}");
                let request = Request::new(Method::Get, &format!("/api/v1/namespaces/{namespace}/pods/{name}/log"));
                let log = match inv.send(request.query("container", container)).map(|answer| answer.content) {
                    Ok(Content::Stream(pipe)) => String::from_utf8_lossy(&pipe.read_to_end().await).into_owned(),
                    Ok(Content::Bytes { bytes, .. }) => String::from_utf8_lossy(&bytes).into_owned(),
                    _ => format!("Request log error: {}\n", "the server could not find the requested resource"),
                };
                write(
                    format!("{namespace}/{name}/logs.txt"),
                    format!("==== START logs for {title} ====\n{log}==== END logs for {title} ====\n"),
                );
            }
        }
    }
    if !directory.is_empty() && directory != "-" {
        inv.out(format!("Cluster info dumped to {directory}\n"));
    }
    Ok(())
}
