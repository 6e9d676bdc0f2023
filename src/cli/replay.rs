//! Replaying transcripts: in the engine with its own shell and kubectl, or in bash with a real one.

use crate::normalize::normalize;
use crate::serve::{Options, Pace, STREAMS, Server};
use crate::transcript::{Step, Transcript};
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};
use tabernetes_engine::kubectl;
use tabernetes_engine::meta::Time;
use tabernetes_engine::playground::{Chunk, Playground, Stream, Terminal};
use tabernetes_engine::scenario::{Profile, Scenario};

/// The administrator's token in the recordings' kubeconfig.
const ADMIN_TOKEN: &str = "admintoken";
/// The directory that transcripts' files are put into.
const HOME: &str = "/home/user";
/// How long a command may keep the terminal, in virtual time, before it is interrupted.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// How fast time passes while a real kubectl talks to the engine. It takes longer to start here
/// than on the machine of the recordings, and what it waits for need not be waited for.
const PACE: Pace = Pace { working: 0.5, waiting: 8.0 };
/// How long before now the cluster's time begins, so that it does not overtake the wall clock,
/// by which kubectl works out ages.
const HEAD_START: Duration = Duration::from_secs(60 * 60);

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
    play(&mut Playground::new(&scenario(transcript)), transcript)
}

/// The same in a cluster that somebody watches.
pub fn play(playground: &mut Playground, transcript: &Transcript) -> Vec<Step> {
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

/// The time by the wall clock.
pub fn wall_clock() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Time(i64::try_from(since.as_micros()).unwrap_or_default())
}

/// The same with the real kubectl at `program`, in bash, against the engine behind HTTP.
///
/// # Errors
/// If bash, a directory or the server cannot be had.
pub fn replay_with(program: &Path, transcript: &Transcript, folder: &Path) -> std::io::Result<Vec<Step>> {
    let config = folder.join(".kube/config");
    std::fs::create_dir_all(folder.join(".kube"))?;
    let folder = std::fs::canonicalize(folder)?;
    for (name, text) in &transcript.files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(&folder))?;
        std::fs::write(path, text)?;
    }
    let start = Time(wall_clock().0 - i64::try_from(HEAD_START.as_micros()).unwrap_or_default());
    let scenario = Scenario { start, ..scenario(transcript) };
    let options = Options {
        port: 0,
        pace: PACE,
        insecure: false,
        token: ADMIN_TOKEN.into(),
        allows_all: false,
        disabled_plugins: Vec::new(),
        streams: STREAMS,
        scenario,
    };
    let server = Server::start(options)?;
    let address = format!("https://{}", server.address);
    std::fs::write(&config, kubectl::config::standard().replace(kubectl::config::SERVER, &address))?;

    let mut bash = Command::new("bash")
        .args(["--noprofile", "--norc"])
        .current_dir(&folder)
        .env("HOME", &folder)
        .env("PATH", search_path(program)?)
        .env_remove("KUBECONFIG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let (Some(mut input), Some(output)) = (bash.stdin.take(), bash.stdout.take()) else {
        return Err(std::io::Error::other("bash has no streams"));
    };
    let mut output = BufReader::new(output);
    // Errors and output come through one pipe, in order.
    writeln!(input, "exec 2>&1\n{}", virtual_sleep(&server)?)?;
    // What only says where the replay runs reads as if it ran where the recordings did.
    let places = [(folder.to_string_lossy(), HOME), (address.into(), kubectl::config::SERVER)];
    let mut steps = Vec::new();
    for step in &transcript.steps {
        writeln!(input, "{}\n__status=$?; echo; echo \"{MARK}$__status\"", step.command)?;
        input.flush()?;
        let mut step = read_step(&mut output, step)?;
        for line in &mut step.output {
            *line = places.iter().fold(std::mem::take(line), |line, (from, to)| line.replace(&**from, to));
        }
        steps.push(step);
    }
    drop(input);
    let _ = bash.kill();
    let _ = bash.wait();
    server.stop();
    Ok(steps)
}

/// Defines bash's `sleep` so that it sleeps by the server's time: it tells a socket how long, and
/// is told when that has passed. In a subshell of the command's own it sleeps beside something else.
fn virtual_sleep(server: &Server) -> std::io::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port();
    let sleep = server.sleeper();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let sleep = sleep.clone();
            std::thread::spawn(move || {
                let mut line = String::new();
                let _ = BufReader::new(&stream).read_line(&mut line);
                let (depth, seconds) = line.trim().split_once(' ').unwrap_or_default();
                let seconds = seconds.trim_end_matches('s').parse().unwrap_or(0.0);
                // The function's body is one subshell.
                sleep(Duration::try_from_secs_f64(seconds).unwrap_or_default(), depth == "1");
                let _ = writeln!(&stream);
            });
        }
    });
    Ok(format!("sleep() ( exec 9<>/dev/tcp/127.0.0.1/{port}; echo \"$BASH_SUBSHELL $1\" >&9; read -r _ <&9; )"))
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
