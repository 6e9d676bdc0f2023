//! `kubectl cp`: files in and out of containers, as archives that the container's own `tar` reads and writes.

use super::attach;
use crate::kubectl::command::{Command, Group};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::Invocation;
use crate::kubectl::resource::Info;
use crate::process::{Archive, ArchiveError, FileSystem, Node};
use crate::sim::{Pipe, pipe};

/// The rows.
pub static ROWS: &[Command] = &[Command {
    path: "cp",
    group: Group::Troubleshooting,
    short: "Copy files and directories to and from containers",
    run: Some(|inv| Box::pin(run(inv))),
    ..Command::BASE
}];

/// One side of a copy: `file`, `pod:file`, `namespace/pod:file`.
struct Spec {
    namespace: String,
    pod: String,
    file: String,
}

impl Spec {
    fn parse(word: &str) -> Outcome<Spec> {
        let wrong = "filespec must match the canonical format: [[namespace/]pod:]file/path";
        let file = |text: &str| match text.strip_suffix('/') {
            Some(rest) if !rest.is_empty() => rest.to_string(),
            _ => text.to_string(),
        };
        let Some((pod, path)) = word.split_once(':') else {
            return Ok(Spec { namespace: String::new(), pod: String::new(), file: file(word) });
        };
        match pod.split('/').collect::<Vec<_>>().as_slice() {
            [""] => Err(wrong.into()),
            [pod] => Ok(Spec { namespace: String::new(), pod: (*pod).into(), file: file(path) }),
            [namespace, pod] => Ok(Spec { namespace: (*namespace).into(), pod: (*pod).into(), file: file(path) }),
            _ => Err(wrong.into()),
        }
    }
}

async fn run(inv: Invocation) -> Outcome {
    let [from, to] = inv.args() else { return Err("source and destination are required".into()) };
    let (from, to) = (Spec::parse(from)?, Spec::parse(to)?);
    if !from.pod.is_empty() && !to.pod.is_empty() {
        return Err("one of src or dest must be a local file specification".into());
    }
    if from.file.is_empty() || to.file.is_empty() {
        return Err("filepath can not be empty".into());
    }
    match (from.pod.as_str(), to.pod.as_str()) {
        ("", "") => Err("one of src or dest must be a remote file specification".into()),
        ("", _) => upload(&inv, &from.file, &to).await,
        _ => download(&inv, &from, &to.file).await,
    }
}

/// Runs a command in the container that is meant, reading `input` and writing to `output`.
async fn execute(inv: &Invocation, spec: &Spec, command: &[&str], input: Option<Vec<u8>>, output: Pipe) -> Outcome {
    let mut inv = inv.clone();
    let pods = inv.resource("pods", "")?;
    let namespace = if spec.namespace.is_empty() { inv.namespace()? } else { spec.namespace.clone() };
    let object = inv.get(&pods, &namespace, &spec.pod)?;
    let info = Info { resource: pods, namespace, name: spec.pod.clone(), source: String::new(), object };
    let container = attach::container_for_exec(&inv, &info.object)?;
    let stdin = input.is_some();
    inv.process.stdin = Pipe::holding(&inv.process.clock, &input.unwrap_or_default());
    inv.process.stdout = output;
    let command: Vec<String> = command.iter().map(|word| word.to_string()).collect();
    attach::execute(&inv, &info, &container, &command, stdin, false).await
}

async fn upload(inv: &Invocation, from: &str, to: &Spec) -> Outcome {
    let files = &inv.process.files;
    let path = inv.process.path(from);
    if files.node_itself(&path).is_none() {
        return Err(format!("{from} doesn't exist in local filesystem").into());
    }
    let mut target = to.file.clone();
    let mut quiet = inv.clone();
    quiet.process.stderr = pipe(&inv.process.clock);
    if execute(&quiet, to, &["test", "-d", &target], None, pipe(&inv.process.clock)).await.is_ok() {
        target = join(&target, base(from));
    }
    let mut archive = Archive::default();
    let mut todo = vec![(path, base(&target).to_string())];
    while let Some((path, name)) = todo.pop() {
        let Some(node) = files.node_itself(&path) else { continue };
        let inside = if node == Node::Directory { files.list(&path).unwrap_or_default() } else { Vec::new() };
        if node != Node::Directory || inside.is_empty() {
            archive.add(&name, &node);
        }
        todo.extend(inside.iter().rev().map(|inner| (format!("{path}/{inner}"), format!("{name}/{inner}"))));
    }
    let mut command = vec!["tar", "-xmf", "-", "-C", parent(&target)];
    if inv.flags.bool("no-preserve") {
        command.splice(1..1, ["--no-same-permissions", "--no-same-owner"]);
    }
    execute(inv, to, &command, Some(archive.finish()), inv.process.stdout.clone()).await
}

async fn download(inv: &Invocation, from: &Spec, to: &str) -> Outcome {
    let output = pipe(&inv.process.clock);
    execute(inv, from, &["tar", "cf", "-", &from.file], None, output.clone()).await?;
    let (entries, result) = Archive::read(&output.take());
    // Members are named as the remote path is, without what leads out of a directory.
    let prefix = clean(from.file.trim_start_matches('/'));
    let mut prefix = prefix.as_str();
    while let Some(rest) = prefix.strip_prefix("../") {
        prefix = rest;
    }
    if matches!(prefix, "." | "..") {
        prefix = "";
    }
    let mut warned = false;
    for (name, node) in entries {
        let Some(inner) = name.strip_prefix(prefix) else { return Err("tar contents corrupted".into()) };
        let local = join(to, inner.trim_end_matches('/'));
        let path = inv.process.path(&local);
        if !within(&path, &inv.process.path(to)) {
            inv.err(format!("warning: file {local:?} is outside target destination, skipping\n"));
            continue;
        }
        if let Node::Link(target) = &node {
            let mut text = format!("warning: skipping symlink: {local:?} -> {target:?}");
            if !warned {
                text += " (consider using \"kubectl exec -n ";
                text += &format!("{:?} {:?} -- tar cf - {:?} | tar xf -\\\")", inv.namespace()?, from.pod, from.file);
                warned = true;
            }
            inv.err(text + "\n");
            continue;
        }
        write(inv, &local, &path, node)?;
    }
    match result {
        Ok(()) => Ok(()),
        Err(ArchiveError::Foreign) => Err("archive/tar: invalid tar header".into()),
        Err(ArchiveError::Cut) => Err("unexpected EOF".into()),
    }
}

/// Writes a member to a file here, and makes the directories above it.
fn write(inv: &Invocation, local: &str, path: &str, node: Node) -> Outcome {
    let files = &inv.process.files;
    if let Node::File(content, _) = &node {
        if files.node(parent(path)).is_none() {
            files.put(parent(path), Node::Directory);
        }
        let failed = |why: crate::process::FileError| format!("open {local}: {}", why.to_string().to_lowercase());
        return files.write(path, content).map_err(|why| Failure::new(failed(why)));
    }
    match files.node(path) {
        None => files.put(path, node),
        Some(Node::Directory) => {}
        Some(_) => return Err(format!("mkdir {local}: not a directory").into()),
    }
    Ok(())
}

fn within(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder.trim_end_matches('/')).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A path without `.`, doubled slashes, and `..` where that can be told.
fn clean(path: &str) -> String {
    if path.starts_with('/') {
        return FileSystem::resolve("/", path);
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !matches!(*part, "" | ".")) {
        match (part, parts.last()) {
            ("..", Some(last)) if *last != ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    if parts.is_empty() { ".".into() } else { parts.join("/") }
}

fn join(folder: &str, name: &str) -> String {
    clean(&format!("{folder}/{name}"))
}

/// The last part of a path.
fn base(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" if path.is_empty() => ".",
        "" => "/",
        path => path.rsplit('/').next().unwrap_or(path),
    }
}

/// The path above.
fn parent(path: &str) -> &str {
    match path.rsplit_once('/') {
        None => ".",
        Some(("", _)) => "/",
        Some((parent, _)) => parent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specs_name_a_pod_or_a_local_file() {
        for (word, expect) in [
            ("dir/", Some(("", "", "dir"))),
            ("web:/tmp/x", Some(("", "web", "/tmp/x"))),
            ("shop/web:/", Some(("shop", "web", "/"))),
            ("web:", Some(("", "web", ""))),
            (":x", None),
            ("a/b/c:x", None),
        ] {
            let spec = Spec::parse(word).ok();
            let parts = spec.as_ref().map(|s| (s.namespace.as_str(), s.pod.as_str(), s.file.as_str()));
            assert_eq!(parts, expect, "{word}");
        }
    }

    #[test]
    fn paths_are_go_paths() {
        for (path, cleaned, last, above) in [
            ("a//b/./c/..", "a/b", "..", "a//b/./c"),
            ("../x", "../x", "x", ".."),
            ("/", "/", "/", "/"),
            ("x", "x", "x", "."),
            ("/tmp/x", "/tmp/x", "x", "/tmp"),
        ] {
            assert_eq!((clean(path).as_str(), base(path), parent(path)), (cleaned, last, above));
        }
        assert!(within("/a/b", "/a") && within("/a", "/") && !within("/ab", "/a"));
    }
}
