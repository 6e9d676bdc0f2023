//! `kubectl attach` and `kubectl exec`: a process in a container, connected to this terminal.

use crate::api::{Content, Exec, Method, Request};
use crate::kubectl::command::{Command, Group};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::Invocation;
use crate::kubectl::pods;
use crate::kubectl::resource::Info;
use crate::meta::Object;
use std::future::Future;
use std::pin::pin;
use std::task::Poll;

/// The rows.
pub static ROWS: &[Command] = &[
    Command {
        path: "attach",
        group: Group::Troubleshooting,
        short: "Attach to a running container",
        run: Some(|inv| Box::pin(attach(inv))),
        ..Command::BASE
    },
    Command {
        path: "exec",
        group: Group::Troubleshooting,
        short: "Execute a command in a container",
        run: Some(|inv| Box::pin(exec(inv))),
        ..Command::BASE
    },
];

async fn exec(inv: Invocation) -> Outcome {
    let (args, flags) = (inv.args().to_vec(), &inv.flags);
    let files = flags.list("filename");
    let before = flags.dash.unwrap_or(args.len());
    let (name, command) = match (args.split_first(), files.is_empty()) {
        (None, true) => return Err("pod, type/name or --filename must be specified".into()),
        (_, false) => (String::new(), args.get(flags.dash.unwrap_or(0)..).unwrap_or_default().to_vec()),
        (Some((first, rest)), true) => {
            if flags.dash.is_none() && !rest.is_empty() || before > 1 {
                return Err(Failure::usage(
                    "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead",
                ));
            }
            if before == 0 {
                return Err("pod, type/name or --filename must be specified".into());
            }
            (first.clone(), rest.to_vec())
        }
    };
    if command.is_empty() {
        return Err("you must specify at least one command for the container".into());
    }
    let timeout = flags.duration("pod-running-timeout");
    let info = if files.is_empty() {
        pods::first(&inv, &name, timeout).await?
    } else {
        let selection = crate::kubectl::resource::Selector::new(&inv, &[]).resolve(&inv).await?;
        let (infos, failures) = selection.fetch(&inv);
        Failure::collected(failures)?;
        let Some(info) = infos.into_iter().next() else { return Err("no resource found".into()) };
        pods::first(&inv, &format!("{}/{}", info.resource.qualified(), info.name), timeout).await?
    };
    let mut tty = flags.bool("tty");
    let refused = tty && !inv.process.tty;
    tty &= !refused;
    let (container, stdin) = (container_for_exec(&inv, &info.object)?, flags.bool("stdin"));
    if refused {
        inv.err("Unable to use a TTY - input is not a terminal or the right kind of file\n");
    }
    execute(&inv, &info, &container, &command, stdin, tty).await
}

/// The container to execute a command in: the one of `-c`, or the pod's default.
///
/// # Errors
/// If the pod has ended or has no such container.
pub fn container_for_exec(inv: &Invocation, pod: &Object) -> Outcome<String> {
    let phase = pod.at(&["status", "phase"]).str();
    if matches!(phase, "Succeeded" | "Failed") {
        let text = "cannot exec into a container in a completed pod; current phase is";
        return Err(format!("{text} {phase}").into());
    }
    pods::container(inv, pod, inv.flags.str("container"), inv.flags.bool("quiet"))
}

/// Executes a command in a container, with the streams of the invocation's process.
///
/// # Errors
/// What the server or the kubelet answers; the command's exit status if that is not 0.
pub async fn execute(
    inv: &Invocation,
    info: &Info,
    container: &str,
    command: &[String],
    stdin: bool,
    tty: bool,
) -> Outcome {
    let mut request = stream_request(info, "exec", container, stdin, tty);
    for word in command {
        request = request.query("command", word.as_str());
    }
    stream(inv, request, stdin, tty).await
}

async fn attach(inv: Invocation) -> Outcome {
    let flags = &inv.flags;
    let [name] = inv.args() else {
        return Err(match inv.args().len() {
            0 => "at least 1 argument is required for attach".into(),
            count => {
                let text = "expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw";
                format!("{text} {count}: [{}]", inv.args().join(" ")).into()
            }
        });
    };
    let info = pods::first(&inv, name, flags.duration("pod-running-timeout")).await?;
    let phase = info.object.at(&["status", "phase"]).str();
    if matches!(phase, "Succeeded" | "Failed") {
        let text = "cannot attach a container in a completed pod; current phase is";
        return Err(format!("{text} {phase}").into());
    }
    let container = pods::container(&inv, &info.object, flags.str("container"), flags.bool("quiet"))
        .map_err(|failure| Failure::new(format!("cannot attach to the container: {}", failure.message())))?;
    connect(&inv, &info, &container, flags.bool("stdin"), flags.bool("tty")).await
}

/// Attaches to a container's main process.
///
/// # Errors
/// What the server or the kubelet answers.
pub async fn connect(inv: &Invocation, info: &Info, container: &str, stdin: bool, tty: bool) -> Outcome {
    let mut tty = tty;
    if tty && !pods::container_field(&info.object, container, "tty").bool() && !info.object.is_null() {
        if !inv.flags.bool("quiet") {
            inv.err(format!("error: Unable to use a TTY - container {container} did not allocate one\n"));
        }
        tty = false;
    } else if tty && !inv.process.tty {
        inv.err("Unable to use a TTY - input is not a terminal or the right kind of file\n");
        tty = false;
    }
    if stdin && !inv.flags.bool("quiet") {
        inv.err("All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.\n");
        if tty {
            inv.err("If you don't see a command prompt, try pressing enter.\n");
        }
    }
    let request = stream_request(info, "attach", container, stdin, tty);
    stream(inv, request, stdin, tty).await
}

fn stream_request(info: &Info, subresource: &str, container: &str, stdin: bool, tty: bool) -> Request {
    let mut request = Request::new(Method::Post, &format!("{}/{subresource}", info.path()));
    request = request.query("container", container);
    if stdin {
        request = request.query("stdin", "true");
    }
    request = request.query("stdout", "true");
    if tty { request.query("tty", "true") } else { request.query("stderr", "true") }
}

/// Connects and passes bytes on in both directions until the process has ended.
async fn stream(inv: &Invocation, request: Request, stdin: bool, tty: bool) -> Outcome {
    let answer = inv.send(request).map_err(|failure| match failure {
        // Upgrades are answered by the kubelet; its refusals come through the server as plain text.
        Failure::Api(status) if status["code"].int() == 400 || status["code"].int() >= 500 => {
            Failure::new(format!("unable to upgrade connection: {}", status["message"].str()))
        }
        other => other,
    })?;
    let Content::Exec(exec) = answer.content else {
        return Err("unable to upgrade connection: unknown response".into());
    };
    if tty {
        exec.size.set((u16::try_from(inv.process.columns).unwrap_or(80), 24));
    }
    inv.process.stdin.set_raw(tty && stdin);
    pump(inv, &exec, stdin).await;
    inv.process.stdin.set_raw(false);
    let status = exec.exit.borrow().clone().unwrap_or_default();
    if status.is_null() || status["status"] == "Success" {
        return Ok(());
    }
    let causes = status.at(&["details", "causes"]).items();
    let code = causes.iter().find(|cause| cause["reason"] == "ExitCode").map(|cause| cause["message"].str());
    match code.and_then(|code| code.parse::<i32>().ok()) {
        Some(code) => {
            inv.err(format!("command terminated with exit code {code}\n"));
            Err(Failure::Exit(code))
        }
        None => Err(Failure::new(status["message"].str())),
    }
}

/// Passes bytes on until the process has ended and all it wrote has come through.
async fn pump(inv: &Invocation, exec: &Exec, stdin: bool) {
    let process = &inv.process;
    if !stdin {
        exec.stdin.end();
    }
    let mut input = pin!(async {
        while let Some(bytes) = process.stdin.read().await {
            exec.stdin.write(&bytes);
        }
        exec.stdin.end();
    });
    let mut reading = stdin;
    std::future::poll_fn(|context| {
        if reading && exec.exit.borrow().is_none() && input.as_mut().poll(context).is_ready() {
            reading = false;
        }
        process.stdout.write(&exec.stdout.take());
        process.stderr.write(&exec.stderr.take());
        let ended = exec.exit.borrow().is_some();
        if ended || (exec.stdout.is_drained() && exec.stderr.is_drained()) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    process.stdout.write(&exec.stdout.take());
    process.stderr.write(&exec.stderr.take());
}
