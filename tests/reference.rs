//! docs/kubectl.md: every command and flag of the real kubectl, with the recording that shows ours at work.
//!
//! The real list is `kubectl-flags.tsv`; ours is the engine's table of commands; what is shown to work
//! is read from the consoles of `transcripts/`. `UPDATE_DOCS=1 cargo test -p tabernetes --test reference`
//! writes the page anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use tabernetes::transcript::Transcript;
use tabernetes_engine::kubectl::cli;
use tabernetes_engine::kubectl::commands;
use tabernetes_engine::kubectl::flags::{CommandFlags, Flags};

const INTRODUCTION: &str = "\
# kubectl, command by command

Every command and flag of kubectl 1.36, and the recording in [tests/transcripts](../tests/transcripts) that types it \
and compares what it prints, byte by byte. A dash: it is there, but no recording uses it. *missing*: it is not there. \
This page is written by `UPDATE_DOCS=1 cargo test -p tabernetes --test reference`, and that test fails when it is out \
of date.
";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A real command: its usage line and its flags, each with its shorthand and default.
#[derive(Default)]
struct Real {
    usage: String,
    flags: BTreeMap<String, (String, String)>,
}

fn real_commands() -> BTreeMap<String, Real> {
    let table = std::fs::read_to_string(root().join("tests/kubectl-flags.tsv")).expect("the real list");
    let mut commands: BTreeMap<String, Real> = BTreeMap::new();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let mut cells = line.split('\t').map(String::from);
        let mut cell = || cells.next().unwrap_or_default();
        let (path, flag, short, last) = (cell(), cell(), cell(), cell());
        let command = commands.entry(path).or_default();
        if flag.is_empty() {
            command.usage = last;
        } else {
            command.flags.insert(flag, (short, last));
        }
    }
    commands
}

/// The words of the kubectl invocations in a command line. Quotes group; operators end one.
fn invocations(line: &str) -> Vec<Vec<String>> {
    let mut words: Vec<String> = vec![String::new()];
    let mut quote = None;
    let mut chars = line.chars().peekable();
    let mut ends = Vec::new();
    while let Some(c) = chars.next() {
        let Some(last) = words.last_mut() else { break };
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (Some(_), c) => last.push(c),
            (None, '"' | '\'') => quote = Some(c),
            (None, '\\') => last.extend(chars.next()),
            (None, ' ' | '\t') => words.push(String::new()),
            (None, '\n' | '|' | ';' | '&' | '(' | ')' | '`') => {
                ends.push(words.len());
                words.push(String::new());
            }
            (None, c) => last.push(c),
        }
    }
    ends.push(words.len());
    let mut begin = 0;
    let mut found = Vec::new();
    for end in ends {
        let words = &words[begin..end];
        begin = end;
        if let Some(at) = words.iter().position(|word| word == "kubectl" || word == "k") {
            let end = words.iter().position(|word| word.starts_with(['<', '>'])).unwrap_or(words.len());
            let invocation = words.get(at + 1..end).unwrap_or_default();
            found.push(invocation.iter().filter(|word| !word.is_empty()).cloned().collect());
        }
    }
    found
}

/// The first recording, by name, that uses each command and each of its flags.
#[derive(Default)]
struct Shown(BTreeMap<(String, String), String>);

impl Shown {
    fn read() -> Shown {
        let folder = root().join("tests/transcripts");
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(folder).expect("transcripts").flatten().map(|e| e.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "md"));
        paths.sort();
        let (mut succeeded, mut failed) = (Vec::new(), Vec::new());
        let mut shown = Shown::default();
        for path in paths {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).expect("a readable transcript");
            let transcript = Transcript::parse(&text).expect("a transcript");
            for step in &transcript.steps {
                let place = if step.code == 0 { &mut succeeded } else { &mut failed };
                place.extend(invocations(&step.command).into_iter().map(|words| (name.clone(), words)));
            }
        }
        // What an error shows counts where nothing else does.
        for (file, words) in succeeded.iter().chain(&failed) {
            shown.note(words, file);
        }
        shown
    }

    fn note(&mut self, words: &[String], file: &str) {
        let (command, rest) = cli::find(words);
        let table = CommandFlags::of(command.path);
        let (own, global) = (table.own.clone(), table.global.clone());
        let Ok(flags) = Flags::parse(table, &rest) else { return };
        if flags.help {
            return;
        }
        let mut put = |path: &str, flag: &str| {
            self.0.entry((path.into(), flag.into())).or_insert_with(|| file.into());
        };
        put(command.path, "");
        own.iter().filter(|spec| flags.changed(spec.name)).for_each(|spec| put(command.path, spec.name));
        global.iter().filter(|spec| flags.changed(spec.name)).for_each(|spec| put("options", spec.name));
    }

    fn cell(&self, path: &str, flag: &str) -> String {
        match self.0.get(&(path.into(), flag.into())) {
            Some(file) => format!("[{}](../tests/transcripts/{file})", file.trim_end_matches(".md")),
            None => "–".into(),
        }
    }
}

fn page() -> String {
    let shown = Shown::read();
    let ours: BTreeSet<&str> = commands::all().map(|command| command.path).collect();
    let mut page = INTRODUCTION.to_string();
    let real = real_commands();
    let has_children = |path: &str| real.keys().any(|other| other.starts_with(&format!("{path} ")));
    let globals = CommandFlags::of("").global.iter().map(|spec| spec.name).collect::<BTreeSet<_>>();
    for (path, command) in real.iter().filter(|(path, _)| !path.is_empty()) {
        let is_global = path == "(global)";
        if is_global {
            page += "\n## Flags of every command\n";
        } else {
            let _ = write!(page, "\n## {path}\n\n");
        }
        let mark = if !ours.contains(path.as_str()) {
            "*missing*".to_string()
        } else if command.flags.is_empty() && has_children(path) && shown.cell(path, "") == "–" {
            "a group of commands".to_string()
        } else {
            shown.cell(path, "")
        };
        if !is_global {
            let _ = writeln!(page, "`{}`: {mark}", command.usage);
        }
        if command.flags.is_empty() {
            continue;
        }
        let own = CommandFlags::of(path).own;
        page += "\n| flag | default | shown by |\n|---|---|---|\n";
        for (flag, (short, default)) in &command.flags {
            let known = own.iter().any(|spec| spec.name == flag) || globals.contains(flag.as_str());
            let mark =
                if known { shown.cell(if is_global { "options" } else { path }, flag) } else { "*missing*".into() };
            let short = if short.is_empty() { String::new() } else { format!("`-{short}`, ") };
            let default = if default.is_empty() { String::new() } else { format!("`{}`", default.replace('|', "\\|")) };
            let _ = writeln!(page, "| {short}`--{flag}` | {default} | {mark} |");
        }
    }
    page
}

#[test]
fn the_reference_is_up_to_date() {
    let path = root().join("docs/kubectl.md");
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("docs/ can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/kubectl.md is out of date: UPDATE_DOCS=1 cargo test -p tabernetes --test reference");
}

/// What is missing.
const ABSENT: &[&str] = &[];

#[test]
fn every_command_and_flag_of_the_real_kubectl_is_there() {
    let page = page();
    let sections = page.split("\n## ").skip(1);
    let missing: Vec<&str> =
        sections.filter(|text| text.contains(": *missing*") || text.contains("| *missing* |")).collect();
    let names: Vec<&str> = missing.iter().filter_map(|text| text.lines().next()).collect();
    assert_eq!(names, ABSENT);
}

#[test]
fn invocations_are_found_in_command_lines() {
    for (line, expect) in [
        ("kubectl get pods -o wide | grep x", "get pods -o wide"),
        ("cat a; kubectl get po -l 'a in (b)' > out", "get po -l a in (b)"),
        ("echo kubectl-is-no-word", ""),
        ("FOO=$(kubectl get ns -o name)", "get ns -o name"),
        ("x=1 kubectl version", "version"),
    ] {
        let found: Vec<String> = invocations(line).iter().map(|words| words.join(" ")).collect();
        assert_eq!(found.join("; "), expect, "{line}");
    }
}
