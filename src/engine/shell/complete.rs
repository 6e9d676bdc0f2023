//! Tab completion: commands, kubectl's subcommands, flags, kinds, objects, namespaces, labels, files.

use super::host::Host;
use super::terminal::ShellView;
use super::{builtins, programs};
use crate::api::{Client, Content, Method, Request};
use crate::kubectl::cli;
use crate::kubectl::commands;
use crate::kubectl::flags::{CommandFlags, FlagKind};
use crate::meta::SortedSet;
use crate::meta::Value;
use crate::process::FileSystem;

/// One thing that could stand at the cursor.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// The text, which replaces what was typed.
    pub text: String,
    /// What it is; may be empty.
    pub description: String,
}

/// What could stand at the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// The bytes of the line that a candidate replaces.
    pub start: usize,
    /// Where they end: the cursor.
    pub end: usize,
    /// The candidates, sorted.
    pub candidates: Vec<Candidate>,
}

/// Subcommands of minikube.
const MINIKUBE: &[&str] = &[
    "addons", "config", "delete", "ip", "kubectl", "node", "profile", "service", "ssh", "start", "status", "stop",
    "version",
];

/// Commands whose first argument is a kind of object.
const TAKE_KINDS: &[&str] = &[
    "get",
    "describe",
    "delete",
    "edit",
    "label",
    "annotate",
    "patch",
    "scale",
    "wait",
    "explain",
    "expose",
    "autoscale",
    "rollout status",
    "rollout restart",
    "rollout undo",
    "rollout history",
    "rollout pause",
    "rollout resume",
    "set image",
    "set env",
    "set resources",
];

/// Commands whose arguments are names of one kind.
const TAKE_NAMES: &[(&str, &str)] = &[
    ("logs", "pods"),
    ("exec", "pods"),
    ("attach", "pods"),
    ("port-forward", "pods"),
    ("cp", "pods"),
    ("debug", "pods"),
    ("cordon", "nodes"),
    ("uncordon", "nodes"),
    ("drain", "nodes"),
    ("taint", "nodes"),
    ("top pod", "pods"),
    ("top node", "nodes"),
];

/// The candidates at a cursor.
pub fn complete(host: &Host, view: &ShellView, line: &str, cursor: usize) -> Completion {
    let end = (0..=cursor.min(line.len())).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0);
    let before = &line[..end];
    // The command that the cursor is in begins after the last operator.
    let begin = before.rfind(['|', ';', '&', '(']).map_or(0, |at| at + 1);
    let start = before.rfind(|c: char| c.is_whitespace() || "|;&(<>".contains(c)).map_or(0, |at| at + 1);
    let partial = &before[start..];
    let mut words: Vec<String> = before[begin..start.max(begin)].split_whitespace().map(String::from).collect();
    while words.first().is_some_and(|word| word == "sudo" || word.contains('=') || word == "$") {
        words.remove(0);
    }
    if let Some(text) = words.first().and_then(|word| view.aliases.get(word)) {
        words.splice(0..1, text.split_whitespace().map(String::from).collect::<Vec<_>>());
    }
    if words.first().is_some_and(|word| word == "k" && !view.functions.contains(word)) {
        words[0] = "kubectl".into();
    }
    let mut found = Found { partial: partial.into(), prefix: String::new(), all: SortedSet::new() };
    let redirected = before[..start].trim_end().ends_with(['<', '>']);
    match words.first().map(String::as_str) {
        _ if partial.starts_with('$') => {
            found.partial = partial[1..].into();
            found.prefix = "$".into();
            view.variables.iter().for_each(|name| found.add(name, ""));
        }
        None if !redirected && !partial.contains('/') => commands_of(host, view, &mut found),
        Some("kubectl") if !redirected => kubectl(host, view, &words[1..], &mut found),
        Some("minikube") if words.len() == 1 => MINIKUBE.iter().for_each(|name| found.add(name, "")),
        _ => files(host, view, &mut found),
    }
    Completion { start, end, candidates: found.all.into_iter().collect() }
}

struct Found {
    partial: String,
    /// What stands before each candidate in the word: `--namespace=`.
    prefix: String,
    all: SortedSet<Candidate>,
}

impl Found {
    fn add(&mut self, text: &str, description: &str) {
        if text.starts_with(&self.partial) {
            self.all.insert(Candidate { text: format!("{}{text}", self.prefix), description: description.into() });
        }
    }
}

fn commands_of(host: &Host, view: &ShellView, found: &mut Found) {
    builtins::BUILTINS.iter().for_each(|row| found.add(row.name, (row.help)().1));
    for row in programs::PROGRAMS.iter().filter(|row| host.offers(row)) {
        found.add(row.name, (row.help)().summary);
    }
    view.functions.iter().for_each(|name| found.add(name, "function"));
    view.aliases.iter().for_each(|(name, text)| found.add(name, text));
}

fn files(host: &Host, view: &ShellView, found: &mut Found) {
    let (folder, name) = match found.partial.rfind('/') {
        Some(at) => found.partial.split_at(at + 1),
        None => ("", found.partial.as_str()),
    };
    let (folder, hidden) = (folder.to_string(), name.starts_with('.'));
    let path = match folder.strip_prefix("~/") {
        Some(rest) => FileSystem::resolve(&view.home, rest),
        None => FileSystem::resolve(&view.cwd, &folder),
    };
    for name in host.files.list(&path).unwrap_or_default() {
        if name.starts_with('.') && !hidden {
            continue;
        }
        let slash = if host.files.is_directory(&FileSystem::resolve(&path, &name)) { "/" } else { "" };
        found.add(&format!("{folder}{name}{slash}"), "");
    }
}

fn kubectl(host: &Host, view: &ShellView, words: &[String], found: &mut Found) {
    let Some(client) = &host.client else { return };
    let (command, rest) = cli::find(words);
    let flags = CommandFlags::of(command.path);
    let namespace = namespace(host, view, words);
    // `--flag=value`, or the word after a flag that takes one.
    let inline = found.partial.strip_prefix("--").and_then(|text| text.split_once('='));
    let flag = match inline {
        Some((name, value)) => {
            let (name, value) = (name.to_string(), value.to_string());
            found.prefix = format!("--{name}=");
            found.partial = value;
            Some(name)
        }
        None => words.last().filter(|word| flags.swallows_next(word)).map(|word| {
            let bare = word.trim_start_matches('-');
            let spec = flags.own.iter().chain(&flags.global).find(|spec| spec.short == bare || spec.name == bare);
            spec.map_or(bare, |spec| spec.name).to_string()
        }),
    };
    let operands: Vec<&String> = rest.iter().filter(|word| !word.starts_with('-')).collect();
    if let Some(flag) = flag {
        let kind = operands.first().map_or("pods", |word| word.as_str());
        match flag.as_str() {
            "namespace" => names(client, "namespaces", "", found),
            "selector" => labels(client, kind, &namespace, found),
            "container" => containers(client, &operands, &namespace, found),
            "output" => OUTPUTS.iter().for_each(|form| found.add(form, "")),
            "dry-run" => ["none", "server", "client"].iter().for_each(|way| found.add(way, "")),
            "filename" | "kubeconfig" | "patch-file" | "from-file" | "kustomize" => files(host, view, found),
            _ => {}
        }
        return;
    }
    if found.partial.starts_with('-') {
        for spec in flags.own.iter().chain(&flags.global) {
            let equals = if spec.kind == FlagKind::Bool { "" } else { "=" };
            found.add(&format!("--{}{equals}", spec.name), spec.help);
        }
        return;
    }
    // Words of flags' values are no operands.
    let mut operands = Vec::new();
    let mut skip = false;
    for word in &rest {
        if std::mem::take(&mut skip) {
            continue;
        }
        if word.starts_with('-') {
            skip = flags.swallows_next(word);
        } else {
            operands.push(word.as_str());
        }
    }
    if operands.is_empty() {
        for row in commands::all().filter(|row| row.parent() == command.path) {
            found.add(row.name(), row.short);
        }
    }
    if let Some((_, resource)) = TAKE_NAMES.iter().find(|(path, _)| *path == command.path) {
        if operands.is_empty() || matches!(command.path, "cordon" | "uncordon" | "drain") {
            names(client, resource, &namespace, found);
        }
        return;
    }
    if !TAKE_KINDS.contains(&command.path) {
        return;
    }
    if let Some((kind, _)) = found.partial.split_once('/') {
        let kind = kind.to_string();
        found.prefix = format!("{kind}/");
        found.partial = found.partial[kind.len() + 1..].into();
        return names(client, &kind, &namespace, found);
    }
    match operands.first() {
        None => {
            for resource in resources(client) {
                found.add(resource["name"].str(), resource["kind"].str());
                resource["shortNames"].items().iter().for_each(|short| found.add(short.str(), resource["name"].str()));
            }
            found.add("all", "");
        }
        Some(kind) => names(client, kind, &namespace, found),
    }
}

const OUTPUTS: &[&str] = &[
    "custom-columns=",
    "custom-columns-file=",
    "go-template=",
    "json",
    "jsonpath=",
    "jsonpath-as-json=",
    "name",
    "wide",
    "yaml",
];

/// What a GET answers, if it is a document.
fn ask(client: &Client, path: &str) -> Value {
    match client.request(Request::new(Method::Get, path)).content {
        Content::Document(document) => document,
        _ => Value::Null,
    }
}

/// The kinds the server has, each with the path of its group and version under `_path`.
fn resources(client: &Client) -> Vec<Value> {
    let groups = ask(client, "/apis");
    let mut paths = vec!["/api/v1".to_string()];
    paths.extend(
        groups["groups"]
            .items()
            .iter()
            .map(|group| format!("/apis/{}", group["preferredVersion"]["groupVersion"].str())),
    );
    let mut found = Vec::new();
    for path in paths {
        for resource in ask(client, &path)["resources"].items() {
            if !resource["name"].str().contains('/') {
                let mut resource = resource.clone();
                resource["_path"] = path.as_str().into();
                found.push(resource);
            }
        }
    }
    found
}

/// The objects of a kind, by any of its names.
fn objects(client: &Client, kind: &str, namespace: &str) -> Vec<Value> {
    let named = |resource: &&Value| {
        [&resource["name"], &resource["singularName"]].iter().any(|name| name.str() == kind)
            || resource["kind"].str().eq_ignore_ascii_case(kind)
            || resource["shortNames"].items().iter().any(|short| short.str() == kind)
    };
    let all = resources(client);
    let Some(resource) = all.iter().find(named) else { return Vec::new() };
    let scope = if resource["namespaced"].bool() && !namespace.is_empty() {
        format!("/namespaces/{namespace}")
    } else {
        String::new()
    };
    let path = format!("{}{scope}/{}", resource["_path"].str(), resource["name"].str());
    ask(client, &path)["items"].items().to_vec()
}

fn names(client: &Client, kind: &str, namespace: &str, found: &mut Found) {
    for object in objects(client, kind, namespace) {
        found.add(object["metadata"]["name"].str(), "");
    }
}

fn labels(client: &Client, kind: &str, namespace: &str, found: &mut Found) {
    for object in objects(client, kind, namespace) {
        for (key, value) in object["metadata"]["labels"].entries() {
            found.add(&format!("{}={}", key.as_str(), value.str()), "");
        }
    }
}

fn containers(client: &Client, operands: &[&String], namespace: &str, found: &mut Found) {
    let Some(pod) = operands.first() else { return };
    let pod = pod.rsplit('/').next().unwrap_or(pod);
    for object in objects(client, "pods", namespace).iter().filter(|object| object["metadata"]["name"].str() == pod) {
        for list in ["initContainers", "containers"] {
            object["spec"][list].items().iter().for_each(|container| found.add(container["name"].str(), ""));
        }
    }
}

/// The namespace a command line is about: its own flag, or the current context's.
fn namespace(host: &Host, view: &ShellView, words: &[String]) -> String {
    for (at, word) in words.iter().enumerate() {
        if let Some(value) =
            word.strip_prefix("--namespace=").or_else(|| word.strip_prefix("-n").filter(|v| !v.is_empty()))
        {
            return value.trim_start_matches('=').into();
        }
        if (word == "-n" || word == "--namespace")
            && let Some(value) = words.get(at + 1)
        {
            return value.clone();
        }
    }
    let usual = format!("{}/.kube/config", view.home);
    let path = view.environment.get("KUBECONFIG").unwrap_or(&usual);
    let config = host
        .files
        .read(path)
        .ok()
        .and_then(|bytes| serde_yaml::from_slice::<Value>(&bytes).ok())
        .unwrap_or(Value::Null);
    let current = config["current-context"].str();
    let context = config["contexts"].items().iter().find(|context| context["name"].str() == current);
    let namespace = context.map(|context| context["context"]["namespace"].str()).unwrap_or_default();
    if namespace.is_empty() { "default".into() } else { namespace.into() }
}
