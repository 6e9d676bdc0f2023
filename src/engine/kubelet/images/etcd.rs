//! etcd: the server, and `etcdctl` and `etcdutl`, which show what the API server has stored.

use super::servers::{GRACEFUL, flag, http};
use super::{Base, Image, Outcome, Program, Run};
use crate::meta::Value;
use crate::network::http::Response;
use crate::process::Node;
use base64::Engine;
use base64::prelude::BASE64_STANDARD as STANDARD;
use std::time::Duration;

/// etcd.
pub static IMAGE: Image = Image {
    names: &["registry.k8s.io/etcd", "quay.io/coreos/etcd", "docker.io/bitnami/etcd"],
    base: Base::Scratch,
    size: 60,
    cmd: &["etcd"],
    programs: &[
        Program {
            path: "/usr/local/bin/etcd",
            run: |run| http(run, &[2379, 2381], |_, _| Response::text(200, "ok"), GRACEFUL),
        },
        Program { path: "/usr/local/bin/etcdctl", run: control },
        Program { path: "/usr/local/bin/etcdutl", run: utility },
    ],
    usage: (25, 60),
    ..Image::DEFAULT
};

const VERSION: &str = "3.6.6";

fn done(run: &Run, text: &str) -> Outcome {
    run.out(text);
    Outcome::Ends(Duration::ZERO, 0)
}

/// The arguments that are no flags, nor their values.
fn words<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    const VALUED: &[&str] =
        &["--endpoints", "--cacert", "--cert", "--key", "-w", "--write-out", "--data-dir", "--limit", "--name"];
    let mut words = Vec::new();
    let mut rest = arguments.iter();
    while let Some(word) = rest.next() {
        if VALUED.contains(word) {
            rest.next();
        } else if !word.starts_with('-') {
            words.push(*word);
        }
    }
    words
}

/// A table with a frame, cells in the middle of their columns or at their right.
fn framed(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line: String = widths.iter().map(|width| format!("+{}", "-".repeat(width + 2))).collect::<String>() + "+\n";
    let mut text = line.clone();
    for (at, row) in rows.iter().enumerate() {
        for (cell, width) in row.iter().zip(&widths) {
            let width = *width;
            text += &match at {
                0 => format!("| {cell:^width$} "),
                _ => format!("| {cell:>width$} "),
            };
        }
        text += "|\n";
        if at == 0 {
            text += &line;
        }
    }
    text + &line
}

/// What stands in etcd for a document: its kind in front, a Secret's data as they are.
fn encoded(document: &Value) -> String {
    let mut document = document.clone();
    let data: Vec<(String, String)> = document["data"]
        .entries()
        .filter(|_| document["kind"] == "Secret")
        .filter_map(|(key, text)| Some((key.to_string(), String::from_utf8(STANDARD.decode(text.str()).ok()?).ok()?)))
        .collect();
    for (key, text) in data {
        document["data"][key.as_str()] = text.into();
    }
    let (version, kind) = (document["apiVersion"].str().to_string(), document["kind"].str().to_string());
    format!("k8s\0\n\u{c}\n\u{2}{version}\u{12}\u{6}{kind}\u{12}{}", document.to_json())
}

fn control(run: &Run) -> Outcome {
    let arguments = run.arguments();
    let words = words(&arguments);
    let has = |names: &[&str]| arguments.iter().any(|arg| names.contains(arg));
    let endpoint =
        flag(&arguments, "--endpoints").or(run.context.env.get("ETCDCTL_ENDPOINTS")).unwrap_or("127.0.0.1:2379");
    let is_table = flag(&arguments, "-w").or(flag(&arguments, "--write-out")) == Some("table");
    if let ["version", ..] = words.as_slice() {
        return done(run, &format!("etcdctl version: {VERSION}\nAPI version: 3.6\n"));
    }
    if words.is_empty() {
        return done(run, "NAME:\n\tetcdctl - A simple command line client for etcd3.\n\nUSAGE:\n\tetcdctl [flags]\n");
    }
    let given = |name: &str, variable: &str| {
        flag(&arguments, name).is_some() || run.context.env.get(variable).is_some_and(|value| !value.is_empty())
    };
    let trusted =
        given("--cacert", "ETCDCTL_CACERT") && given("--cert", "ETCDCTL_CERT") && given("--key", "ETCDCTL_KEY");
    let guarded = run.context.spec["containers"]
        .items()
        .iter()
        .any(|container| container["command"].items().iter().any(|word| *word == "--client-cert-auth=true"));
    let now = run.context.clock.now().rfc3339_micro();
    if guarded && !trusted {
        run.err(&format!(
            "{{\"level\":\"warn\",\"ts\":\"{now}\",\"logger\":\"etcd-client\",\"caller\":\"v3@v{VERSION}/retry_interceptor.go:65\",\"msg\":\
             \"retrying of unary invoker failed\",\"target\":\"etcd-endpoints://0xc00031c1e0/{endpoint}\",\"method\":\"/etcdserverpb.KV/\
             Range\",\"attempt\":0,\"error\":\"rpc error: code = DeadlineExceeded desc = latest balancer error: connection error: desc = \
             \\\"error reading server preface: EOF\\\"\"}}\nError: context deadline exceeded\n"
        ));
        return Outcome::Ends(Duration::from_secs(5), 1);
    }
    match words.as_slice() {
        ["get", key, end @ ..] => get(run, key, end.first().copied(), &has),
        ["member", "list", ..] => {
            let (name, address) = (run.context.hostname.to_string(), &run.context.address);
            let (peer, client) = (format!("https://{address}:2380"), format!("https://{address}:2379"));
            let row = ["aec36adc501070cc".to_string(), "started".into(), name, peer, client, "false".into()];
            match is_table {
                true => {
                    let head = ["ID", "STATUS", "NAME", "PEER ADDRS", "CLIENT ADDRS", "IS LEARNER"].map(String::from);
                    done(run, &framed(&[head.to_vec(), row.to_vec()]))
                }
                false => done(run, &(row.join(", ") + "\n")),
            }
        }
        ["endpoint", "health", ..] => {
            done(run, &format!("{endpoint} is healthy: successfully committed proposal: took = 9.214562ms\n"))
        }
        ["endpoint", "status", ..] => {
            let revision = run.context.api.revision().to_string();
            let head = [
                "ENDPOINT",
                "ID",
                "VERSION",
                "DB SIZE",
                "IS LEADER",
                "IS LEARNER",
                "RAFT TERM",
                "RAFT INDEX",
                "ERRORS",
            ];
            let row = [endpoint, "aec36adc501070cc", VERSION, "3.1 MB", "true", "false", "2", &revision, ""]
                .map(String::from);
            match is_table {
                true => done(run, &framed(&[head.map(String::from).to_vec(), row.to_vec()])),
                false => done(run, &(row.join(", ") + "\n")),
            }
        }
        ["snapshot", "save", path, ..] => {
            let stored = run.context.api.stored();
            let text: String =
                stored.iter().map(|(key, document)| format!("{key}\t{}\n", document.to_json())).collect();
            let path = crate::process::FileSystem::resolve("/", path);
            let revision = run.context.api.revision();
            run.context
                .files()
                .put(&path, Node::File(format!("{revision} {}\n{text}", stored.len()).as_bytes().into(), 0o600));
            let line = |caller: &str, rest: &str| {
                format!(
                    "{{\"level\":\"info\",\"ts\":\"{now}\",\"caller\":\"snapshot/v3_snapshot.go:{caller}\",\"msg\":{rest}}}\n"
                )
            };
            run.err(&line("83", &format!("\"created temporary db file\",\"path\":\"{path}.part\"")));
            run.err(&line("96", &format!("\"fetching snapshot\",\"endpoint\":\"{endpoint}\"")));
            run.err(&line(
                "111",
                &format!("\"fetched snapshot\",\"endpoint\":\"{endpoint}\",\"size\":\"3.1 MB\",\"took\":\"now\""),
            ));
            run.err(&line("121", &format!("\"saved\",\"path\":\"{path}\"")));
            done(run, &format!("Snapshot saved at {path}\nServer version 3.6.0\n"))
        }
        _ => {
            let said = format!(
                "Error: unknown command \"{}\" for \"etcdctl\"\nRun 'etcdctl --help' for usage.\n",
                words.join(" ")
            );
            run.fail(&said, 1)
        }
    }
}

fn get(run: &Run, key: &str, end: Option<&str>, has: &dyn Fn(&[&str]) -> bool) -> Outcome {
    let prefix = has(&["--prefix"]);
    let found = run.context.api.stored().into_iter().filter(|(name, _)| match end {
        _ if prefix => name.starts_with(key) || key.is_empty(),
        Some(end) => name.as_str() >= key && name.as_str() < end,
        None => name == key,
    });
    let found: Vec<(String, Value)> = found.collect();
    if has(&["--count-only"]) {
        return done(run, &format!("{}\n", found.len()));
    }
    for (name, document) in found {
        if has(&["--keys-only"]) {
            run.out(&format!("{name}\n\n"));
            continue;
        }
        if !has(&["--print-value-only"]) {
            run.out(&format!("{name}\n"));
        }
        run.out(&format!("{}\n", encoded(&document)));
    }
    Outcome::Ends(Duration::ZERO, 0)
}

fn utility(run: &Run) -> Outcome {
    let arguments = run.arguments();
    let words = words(&arguments);
    let read = |path: &str| run.context.files().read(&crate::process::FileSystem::resolve("/", path)).ok();
    match words.as_slice() {
        ["version", ..] => done(run, &format!("etcdutl version: {VERSION}\nAPI version: 3.6\n")),
        ["snapshot", verb @ ("status" | "restore"), path, ..] => {
            let Some(bytes) = read(path) else {
                return run.fail(&format!("Error: stat {path}: no such file or directory\n"), 1);
            };
            let text = String::from_utf8_lossy(&bytes);
            let mut first = text.lines().next().unwrap_or_default().split(' ');
            let (revision, keys) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
            if *verb == "restore" {
                let directory = flag(&arguments, "--data-dir").unwrap_or("default.etcd");
                let directory = crate::process::FileSystem::resolve("/", directory);
                if run.context.files().node(&format!("{directory}/member")).is_some() {
                    return run.fail(&format!("Error: data-dir \"{directory}\" not empty or could not be read\n"), 1);
                }
                run.context.files().put(&format!("{directory}/member/snap/db"), Node::File(bytes, 0o600));
                let now = run.context.clock.now().rfc3339();
                let said = |what: &str| {
                    format!("{now}\tinfo\tsnapshot/v3_snapshot.go:{what} snapshot\t{{\"path\": \"{path}\", \"data-dir\": \"{directory}\"}}\n")
                };
                run.err(&said("305\trestoring"));
                run.err(&said("333\trestored"));
                return Outcome::Ends(Duration::ZERO, 0);
            }
            let hash = &crate::kubelet::registry::digest_of(&text)[..8];
            let row = [hash, revision, keys, "3.1 MB", "3.6.0"].map(String::from);
            match flag(&arguments, "-w").or(flag(&arguments, "--write-out")) {
                Some("table") => {
                    let head = ["HASH", "REVISION", "TOTAL KEYS", "TOTAL SIZE", "VERSION"].map(String::from);
                    done(run, &framed(&[head.to_vec(), row.to_vec()]))
                }
                _ => done(run, &(row.join(", ") + "\n")),
            }
        }
        _ => run.fail("Usage:\n  etcdutl [command]\n\nAvailable Commands:\n  snapshot    Manages etcd node snapshots\n  version     Prints the version of etcdutl\n", 1),
    }
}
