//! ARCHITECTURE.md's invariants, checked over the sources: who may know whom, and what is absent.

use std::path::{Path, PathBuf};

/// For each folder of the engine, the other modules of the engine that it may name.
/// A folder that is not listed may name any: the façade, bootstrap and scenario wire things up.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("schema", &["meta", "json"]),
    ("meta", &["schema", "json"]),
    ("sim", &["meta"]),
    ("process", &["meta", "sim"]),
    ("store", &["meta"]),
    ("events", &["api", "kinds", "meta", "sim", "store", "json"]),
    ("kinds", &["meta", "schema", "json"]),
    ("api", &["kinds", "meta", "process", "schema", "sim", "store", "json"]),
    ("controllers", &["api", "events", "kinds", "meta", "sim", "store", "json"]),
    ("scheduler", &["api", "events", "controllers", "kinds", "meta", "sim", "store", "json"]),
    ("network", &["api", "kinds", "meta", "process", "sim", "store", "controllers", "json"]),
    ("kubelet", &["api", "events", "controllers", "kinds", "meta", "network", "process", "sim", "store", "json"]),
    ("kubectl", &["api", "meta", "network", "process", "schema", "sim", "json"]),
    ("shell", &["api", "kubectl", "kubelet", "meta", "network", "process", "sim", "json"]),
];

/// What the engine never does, as the text that would give it away, and why.
const ABSENT: &[(&str, &str)] = &[
    ("HashMap", "the order of a hash map differs from run to run: use BTreeMap"),
    ("HashSet", "the order of a hash set differs from run to run: use BTreeSet"),
    ("SystemTime", "time is sim::Clock"),
    ("Instant::now", "time is sim::Clock"),
    ("thread_local!", "the engine has no globals"),
    ("std::fs", "the engine does no I/O: files are process::FileSystem"),
    ("net::Tcp", "the engine does no I/O: sockets are process::Connection"),
    ("net::Udp", "the engine does no I/O: sockets are process::Connection"),
    ("std::env::", "the engine does no I/O: the environment is Process::env"),
    ("std::thread", "the engine is single-threaded"),
    ("web_sys", "the engine knows no browser"),
    ("wasm_bindgen", "the engine knows no browser"),
    ("yew::", "the engine knows no page"),
    ("gloo", "the engine knows no browser"),
];

/// What the page's components may name of the engine: its façade and plain values.
const FACADE: &[&str] = &["playground", "scenario", "meta", "Playground"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All Rust files below a folder, each without its tests.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs")
                && !path.ends_with("build.rs")
                && !path.ends_with("tests.rs")
            {
                let text = std::fs::read_to_string(&path).expect("a readable source");
                let code = text.split("#[cfg(test)]").next().unwrap_or_default();
                let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
                found.push((path, lines.map(|line| format!("{line}\n")).collect()));
            }
        }
    }
    found.sort();
    found
}

/// The words that follow `prefix` in the code: `crate::meta` and `crate::{meta, sim}` alike.
fn named_after(code: &str, prefix: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut names = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            None => names.push(word(rest)),
            Some(list) => {
                let mut depth = 0;
                let mut start = true;
                for (at, c) in list.char_indices() {
                    if depth == 0 && start && (c.is_alphanumeric() || c == '_') {
                        names.push(word(&list[at..]));
                        start = false;
                    }
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        _ => {}
                    }
                }
            }
        }
    }
    names
}

fn report(problems: Vec<String>) {
    assert!(problems.is_empty(), "{} invariants broken:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn each_part_of_the_engine_knows_only_whom_it_may() {
    let engine = root().join("src/engine");
    let mut problems = Vec::new();
    for (folder, allowed) in MAY_KNOW {
        for (path, code) in sources(&engine.join(folder)) {
            for name in named_after(&code, "crate::") {
                if name != *folder && !allowed.contains(&name.as_str()) {
                    problems.push(format!("{}: {folder} must not know {name}", path.display()));
                }
            }
        }
    }
    report(problems);
}

#[test]
fn what_must_be_absent_from_the_engine_is_absent() {
    let mut problems = Vec::new();
    for (path, code) in sources(&root().join("src/engine")) {
        for (text, why) in ABSENT {
            if code.contains(text) {
                problems.push(format!("{}: {text}: {why}", path.display()));
            }
        }
    }
    report(problems);
}

#[test]
fn only_the_api_server_writes_to_the_store() {
    let mut problems = Vec::new();
    for (path, code) in sources(&root().join("src/engine")) {
        let in_api = path.components().any(|part| part.as_os_str() == "api" || part.as_os_str() == "store");
        if !in_api && code.contains(".commit(") {
            problems.push(format!("{}: only api may call Store::commit", path.display()));
        }
    }
    report(problems);
}

#[test]
fn components_know_the_facade_and_not_each_other() {
    let components = root().join("src/components");
    let mut problems = Vec::new();
    for (path, code) in sources(&components) {
        for name in named_after(&code, "tabernetes_engine::") {
            if !FACADE.contains(&name.as_str()) {
                problems.push(format!("{}: the page must not know the engine's {name}", path.display()));
            }
        }
    }
    report(problems);
}

#[test]
fn names_after_a_prefix_are_found_in_lists_too() {
    let code = "use crate::meta::Value;\nuse crate::{api::{A, B}, sim};\n";
    assert_eq!(named_after(code, "crate::"), ["meta", "api", "sim"]);
}
