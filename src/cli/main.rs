//! `tabernetes`: run, test and serve scenarios without a browser.

use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tabernetes::exceptions::Exceptions;
use tabernetes::replay::{equal, replay, replay_with, wall_clock};
use tabernetes::serve::{Options, Pace, STREAMS, Server, random_token, write_kubeconfig};
use tabernetes::transcript::{Step, Transcript};
use tabernetes_engine::scenario::{Profile, Scenario, link};

/// Kubernetes without a cluster.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Replay transcripts, each in a fresh cluster, and print them with the outputs they got
    Run {
        /// Type the commands into this kubectl instead of the built-in one
        #[arg(long, value_name = "PATH")]
        kubectl: Option<PathBuf>,
        /// Markdown files with consoles
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Replay transcripts and compare the outputs with those written in them
    Test {
        /// Type the commands into this kubectl instead of the built-in one
        #[arg(long, value_name = "PATH")]
        kubectl: Option<PathBuf>,
        /// A table of commands that may differ: file, command, reason, separated by tabs
        #[arg(long, value_name = "FILE")]
        exceptions: Option<PathBuf>,
        /// Markdown files with consoles
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Put the API server behind HTTP on 127.0.0.1, for your own kubectl, helm or k9s
    Serve {
        /// The port; 0 takes any free one
        #[arg(long, default_value_t = 6443)]
        port: u16,
        /// How many nodes; with 0 there is no scheduler and no kubelet, and pods stay Pending
        #[arg(long, default_value_t = 1)]
        nodes: usize,
        /// Virtual seconds for each second of the wall clock
        #[arg(long, default_value_t = 1.0)]
        speed: f64,
        /// Plain HTTP instead of TLS; clients send no token over it and are the administrator without
        #[arg(long)]
        insecure: bool,
        /// The bearer token of the administrator; random unless given
        #[arg(long)]
        token: Option<String>,
        /// How it is decided who may do what; several, separated by commas, are asked in turn
        #[arg(long, value_enum, value_delimiter = ',', default_value = "RBAC")]
        authorization_mode: Vec<Authorization>,
        /// Admission plugins to do without, separated by commas: ServiceAccount, PodSecurity, ...
        #[arg(long, value_delimiter = ',', value_name = "NAME", value_parser = admission_plugin)]
        disable_admission_plugins: Vec<String>,
        /// Where to write the kubeconfig; in the folder for temporary files unless given
        #[arg(long, value_name = "FILE")]
        kubeconfig: Option<PathBuf>,
        /// Bare nodes instead of a minikube with its system pods
        #[arg(long)]
        bare: bool,
        /// A link (or its part after the #) to start from
        scenario: Option<String>,
    },
}

/// A way to decide who may do what.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Authorization {
    /// By roles and their bindings
    #[value(name = "RBAC")]
    Roles,
    /// Whoever is recognised may do everything
    #[value(name = "AlwaysAllow")]
    AlwaysAllow,
}

fn admission_plugin(name: &str) -> Result<String, String> {
    match tabernetes_engine::api::is_plugin(name) {
        true => Ok(name.into()),
        false => Err(format!("plugin \"{name}\" is unknown")),
    }
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Run { kubectl, files } => run(kubectl.as_deref(), &files),
        Command::Test { kubectl, exceptions, files } => test(kubectl.as_deref(), exceptions.as_deref(), &files),
        Command::Serve {
            port,
            nodes,
            speed,
            insecure,
            token,
            authorization_mode,
            disable_admission_plugins: disabled_plugins,
            kubeconfig,
            bare,
            scenario,
        } => {
            let start = match scenario {
                Some(text) => link::decode(text.split_once('#').map_or(&text, |(_, fragment)| fragment))
                    .map_err(|e| e.to_string()),
                None => Ok(Scenario {
                    profile: if bare || nodes == 0 { Profile::Bare } else { Profile::Minikube },
                    nodes: (1..=nodes)
                        .map(|n| if n == 1 { "minikube".into() } else { format!("minikube-m{n:02}") })
                        .collect(),
                    // Clients work out ages by their own clock.
                    start: wall_clock(),
                    ..Scenario::default()
                }),
            };
            let allows_all = authorization_mode.contains(&Authorization::AlwaysAllow);
            start.and_then(|scenario| {
                if !speed.is_finite() || speed < 0.0 {
                    return Err("--speed is a number of virtual seconds per second, 0 or more".into());
                }
                let token = token.map_or_else(random_token, Ok).map_err(|error| error.to_string())?;
                let pace = Pace { working: speed, waiting: speed };
                let streams = STREAMS;
                let options = Options { port, pace, insecure, token, allows_all, disabled_plugins, streams, scenario };
                serve(options, kubeconfig)
            })
        }
    };
    match outcome {
        Ok(code) => code,
        Err(problem) => {
            eprintln!("tabernetes: {problem}");
            ExitCode::from(2)
        }
    }
}

fn read(path: &Path) -> Result<Transcript, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Transcript::parse(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn steps(kubectl: Option<&Path>, path: &Path, transcript: &Transcript) -> Result<Vec<Step>, String> {
    let Some(kubectl) = kubectl else { return Ok(replay(transcript)) };
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let folder = std::env::temp_dir().join(format!("tabernetes-{}-{name}", std::process::id()));
    let steps = replay_with(kubectl, transcript, &folder).map_err(|error| format!("{}: {error}", path.display()));
    let _ = std::fs::remove_dir_all(folder);
    steps
}

fn run(kubectl: Option<&Path>, files: &[PathBuf]) -> Result<ExitCode, String> {
    for path in files {
        for step in steps(kubectl, path, &read(path)?)? {
            print!("{step}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn test(kubectl: Option<&Path>, exceptions: Option<&Path>, files: &[PathBuf]) -> Result<ExitCode, String> {
    let exceptions = exceptions.map(Exceptions::read).transpose()?.unwrap_or_default();
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for path in files {
        let transcript = read(path)?;
        let got = steps(kubectl, path, &transcript)?;
        for (expected, got) in transcript.steps.iter().zip(&got) {
            if equal(expected, got) {
                passed += 1;
            } else if exceptions.allows(path, &expected.command) {
                skipped += 1;
            } else {
                failed += 1;
                println!("{}:{}: differs\n--- expected\n{expected}+++ got\n{got}", path.display(), expected.line);
            }
        }
    }
    println!("{passed} passed, {failed} failed, {skipped} skipped");
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn serve(options: Options, kubeconfig: Option<PathBuf>) -> Result<ExitCode, String> {
    let port = options.port;
    let server = Server::start(options).map_err(|error| format!("cannot listen on 127.0.0.1:{port}: {error}"))?;
    let own = || std::env::temp_dir().join(format!("tabernetes-{}.kubeconfig", server.address.port()));
    let config = kubeconfig.unwrap_or_else(own);
    write_kubeconfig(&config, &server.kubeconfig)
        .map_err(|error| format!("cannot write {}: {error}", config.display()))?;
    println!("export KUBECONFIG={}", config.display());
    eprintln!("serving at {}; Ctrl-C stops", server.address);
    let waiting =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    waiting.block_on(tokio::signal::ctrl_c()).map_err(|error| error.to_string())?;
    server.stop();
    let _ = std::fs::remove_file(config);
    Ok(ExitCode::SUCCESS)
}
