//! Every test there is: native, wasm in a browser, end to end in Chromium, and against the real kubectl.

use crate::step::{Outcome, announce, root, run};
use crate::{dist, tools, wasm};
use std::process::Command;

/// A part of the tests that can be run alone.
struct Part {
    name: &'static str,
    needs: &'static [tools::Tool],
    /// Whether it runs unless named.
    always: bool,
    run: fn() -> Outcome,
}

const PARTS: &[Part] = &[
    Part { name: "native", needs: &[], always: true, run: native },
    Part { name: "replays", needs: &[], always: true, run: replays },
    Part { name: "kubectl", needs: &[tools::Tool::Node, tools::Tool::RealKubectl], always: true, run: real_kubectl },
    Part { name: "web", needs: tools::FOR_BROWSER, always: true, run: web },
    Part { name: "e2e", needs: tools::FOR_BROWSER, always: true, run: end_to_end },
];

/// Runs all parts, or those that are named.
pub fn all(names: &[String]) -> Outcome {
    if let Some(unknown) = names.iter().find(|name| PARTS.iter().all(|part| part.name != **name)) {
        let known: Vec<&str> = PARTS.iter().map(|part| part.name).collect();
        return Err(format!("no tests are named {unknown}; there are: {}", known.join(" ")));
    }
    for part in PARTS
        .iter()
        .filter(|part| if names.is_empty() { part.always } else { names.iter().any(|name| name == part.name) })
    {
        tools::ensure(part.needs)?;
        (part.run)()?;
    }
    Ok(())
}

fn native() -> Outcome {
    announce("native tests", "5 min the first time");
    run(Command::new("cargo").args(["test", "--workspace", "--exclude", "tabernetes-web"]))
}

/// The chapter, a thousand times over.
fn replays() -> Outcome {
    announce("a thousand replays of the chapter", "5 min the first time");
    run(Command::new("cargo").args(["test", "--profile", "native", "--package", "tabernetes", "--test", "replays"]))
}

/// The transcripts once more, typed into the real kubectl against `tabernetes serve`; then what the
/// real kubectl and helm do with terminals, tunnels and charts.
fn real_kubectl() -> Outcome {
    announce("the real kubectl and helm against the engine", "5 min");
    for test in ["real_kubectl", "real_tools"] {
        run(Command::new("cargo").args(["test", "--package", "tabernetes", "--test", test, "--", "--ignored"]))?;
    }
    Ok(())
}

/// Component tests, in headless Chromium through its driver.
fn web() -> Outcome {
    announce("wasm tests in Chromium", "5 min the first time");
    let mut cargo = wasm::command("cargo")?;
    cargo.args(["test", "--package", "tabernetes-web", "--target", "wasm32-unknown-unknown", "--test", "web"]);
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner");
    cargo.env("CHROMEDRIVER", crate::step::which("chromedriver").unwrap_or_default());
    run(&mut cargo)
}

/// What a person does, in Chromium, on the built site.
fn end_to_end() -> Outcome {
    dist::build()?;
    announce("end-to-end tests in Chromium", "5 min");
    run(&mut node("tests/e2e/run.mjs"))
}

/// A script run by Node.js that knows which browser to drive.
fn node(script: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(root().join(script));
    if let Some(browser) = tools::chromium_path() {
        command.env("CHROMIUM", browser);
    }
    command
}

/// Criterion natively, then the other simulator of Kubernetes beside ours, then the page in Chromium.
pub fn bench(_: &[String]) -> Outcome {
    tools::ensure(tools::ALL)?;
    announce("native benches", "10 min");
    run(Command::new("cargo").args(["bench", "--package", "tabernetes-engine"]))?;
    announce("the peer beside ours, where it is installed", "1 min");
    run(Command::new("cargo").args(["build", "--profile", "native", "--package", "tabernetes"]))?;
    run(&mut node("tests/bench/peer.mjs"))?;
    dist::build()?;
    announce("the page in Chromium", "2 min");
    run(&mut node("tests/bench/page.mjs"))
}
