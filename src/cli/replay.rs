//! Replaying transcripts: in the engine with its own shell and kubectl, or in bash with a real one.

use crate::normalize::normalize;
use crate::serve::{Options, Server, random_token};
use crate::transcript::{Step, Transcript};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use tabernetes_engine::playground::{Chunk, Playground, Stream, Terminal};
use tabernetes_engine::scenario::{Profile, Scenario};

/// The directory that transcripts' files are put into.
const HOME: &str = "/home/user";
/// How long a command may keep the terminal, in virtual time, before it is interrupted.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// Virtual seconds for each real one while a real kubectl talks to the engine.
const SPEED: f64 = 10.0;

/// The scenario that a transcript starts from.
pub fn scenario(transcript: &Transcript) -> Scenario {
    let files = transcript.files.iter().map(|(name, text)| (format!("{HOME}/{name}"), text.clone()));
    Scenario {
        profile: if transcript.minikube { Profile::Minikube } else { Profile::Bare },
        nodes: transcript.nodes.clone(),
        files: files.collect(),
        ..Scenario::default()
    }
}

/// Runs every command in a fresh cluster and gives the steps with the outputs they got.
pub fn replay(transcript: &Transcript) -> Vec<Step> {
    let mut playground = Playground::new(&scenario(transcript));
    playground.open_unattended(1);
    let mut shown = 0;
    let run = |step: &Step| {
        let code = playground.run_script(1, &step.command, PATIENCE);
        let chunks = playground.terminal(1).map(Terminal::chunks).unwrap_or_default();
        let printed = chunks.get(shown..).unwrap_or_default().iter();
        let output: String = printed.filter(|chunk| is_output(chunk)).map(|chunk| chunk.text.as_str()).collect();
        shown = chunks.len();
        Step { output: output.lines().map(String::from).collect(), code, ..step.clone() }
    };
    transcript.steps.iter().map(run).collect()
}

/// Whether a program printed it: not what was typed, and not the playground's own remarks.
fn is_output(chunk: &Chunk) -> bool {
    matches!(chunk.stream, Stream::Out | Stream::Err)
}

/// The same with the real kubectl at `kubectl`, in bash, against the engine behind HTTP.
///
/// # Errors
/// If bash, a directory or the server cannot be had.
pub fn replay_with(kubectl: &Path, transcript: &Transcript, folder: &Path) -> std::io::Result<Vec<Step>> {
    std::fs::create_dir_all(folder)?;
    for (name, text) in &transcript.files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
        std::fs::write(path, text)?;
    }
    let options =
        Options { port: 0, speed: SPEED, insecure: false, token: random_token()?, scenario: scenario(transcript) };
    let server = Server::start(options)?;
    let config = folder.join(".kubeconfig");
    std::fs::write(&config, &server.kubeconfig)?;

    let mut bash = Command::new("bash")
        .args(["--noprofile", "--norc"])
        .current_dir(folder)
        .env("KUBECONFIG", &config)
        .env("HOME", folder)
        .env("PATH", search_path(kubectl)?)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let (Some(mut input), Some(output)) = (bash.stdin.take(), bash.stdout.take()) else {
        return Err(std::io::Error::other("bash has no streams"));
    };
    let mut output = BufReader::new(output);
    // Time runs faster behind the server, so sleeping takes that much less. Errors and output
    // come through one pipe, in order.
    writeln!(input, "exec 2>&1; sleep() {{ command sleep \"$(awk \"BEGIN {{print ${{1%s}} / {SPEED}}}\")\"; }}")?;
    let mut steps = Vec::new();
    for step in &transcript.steps {
        writeln!(input, "{}\n__status=$?; echo; echo \"{MARK}$__status\"", step.command)?;
        input.flush()?;
        steps.push(read_step(&mut output, step)?);
    }
    drop(input);
    let _ = bash.kill();
    let _ = bash.wait();
    server.stop();
    Ok(steps)
}

/// What ends a command's output; no transcript prints it.
const MARK: &str = "--8<-- tabernetes status ";

fn read_step(output: &mut impl BufRead, step: &Step) -> std::io::Result<Step> {
    let mut lines: Vec<String> = Vec::new();
    loop {
        let mut line = Vec::new();
        if output.read_until(b'\n', &mut line)? == 0 {
            return Err(std::io::Error::other(format!("bash ended in: {}", step.command)));
        }
        let line = String::from_utf8_lossy(&line).trim_end_matches('\n').to_string();
        if let Some(code) = line.strip_prefix(MARK) {
            // The mark's own newline: one more than the command printed, unless it printed none at its end.
            if lines.last().is_some_and(String::is_empty) {
                lines.pop();
            }
            return Ok(Step { output: lines, code: code.parse().unwrap_or(-1), ..step.clone() });
        }
        lines.push(line);
    }
}

/// A `PATH` that finds this kubectl first, under that name.
fn search_path(kubectl: &Path) -> std::io::Result<std::ffi::OsString> {
    let folder = std::fs::canonicalize(kubectl)?.parent().map(Path::to_path_buf).unwrap_or_default();
    let rest = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&rest))).map_err(std::io::Error::other)
}

/// Whether a step printed what it should have, after rewriting.
pub fn equal(expected: &Step, got: &Step) -> bool {
    let trimmed = |step: &Step| {
        let mut lines = normalize(&step.output);
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
        lines
    };
    expected.code == got.code && trimmed(expected) == trimmed(got)
}
