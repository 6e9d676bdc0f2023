//! `kubectl logs`: what containers wrote.

use crate::api::{Content, Method, Request};
use crate::kubectl::command::{Command, Group};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::Invocation;
use crate::kubectl::pods;
use crate::kubectl::resource::{Info, Selector};
use crate::meta::{Object, Time};
use crate::sim::Pipe;
use std::future::Future;
use std::task::Poll;

/// The rows.
pub static ROWS: &[Command] = &[Command {
    path: "logs",
    group: Group::Troubleshooting,
    short: "Print the logs for a container in a pod",
    run: Some(|inv| Box::pin(run(inv))),
    ..Command::BASE
}];

const USAGE: &str = "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command";

/// One container's log.
struct Source {
    pod: Info,
    container: String,
}

async fn run(inv: Invocation) -> Outcome {
    let flags = &inv.flags;
    let selector = flags.str("selector");
    let mut container = flags.str("container").to_string();
    match inv.args() {
        [] if selector.is_empty() => return Err(Failure::usage(USAGE)),
        [] | [_] => {}
        [_, name] if container.is_empty() => container = name.clone(),
        [_, _] => return Err("only one of -c or an inline [CONTAINER] arg is allowed".into()),
        _ => return Err(Failure::usage(USAGE)),
    }
    if flags.nanos("pod-running-timeout") <= 0 {
        return Err("--pod-running-timeout must be higher than zero".into());
    }
    let moment = flags.str("since-time");
    if !moment.is_empty() && Time::parse(moment).is_none() {
        let layout = "2006-01-02T15:04:05Z07:00";
        return Err(format!("parsing time {moment:?} as {layout:?}: cannot parse {moment:?} as \"2006\"").into());
    }
    if !selector.is_empty() && !inv.args().is_empty() {
        return Err("only a selector (-l) or a POD name is allowed".into());
    }
    if flags.bool("all-containers") && !container.is_empty() {
        return Err(format!("--all-containers=true should not be specified with container name {container}").into());
    }
    if flags.nanos("since") != 0 && !flags.str("since-time").is_empty() {
        return Err("at most one of `sinceTime` or `sinceSeconds` may be specified".into());
    }
    if flags.nanos("since") < 0 {
        return Err("--since must be greater than 0".into());
    }
    if flags.int("tail") < -1 {
        return Err("--tail must be greater than or equal to -1".into());
    }
    if flags.changed("limit-bytes") && flags.int("limit-bytes") < 0 {
        return Err("--limit-bytes must be greater than 0".into());
    }
    let found = pods_of(&inv, selector).await?;
    if found.is_empty() {
        inv.err(format!("No resources found in {} namespace.\n", inv.namespace()?));
        return Ok(());
    }
    let mut sources = Vec::new();
    for pod in found {
        for container in containers(&inv, &pod.object, &container)? {
            sources.push(Source { pod: pod.clone(), container });
        }
    }
    let options = options(&inv, !selector.is_empty());
    if flags.bool("follow") && sources.len() > 1 {
        let limit = flags.int("max-log-requests");
        if i64::try_from(sources.len()).unwrap_or(i64::MAX) > limit {
            return Err(format!(
                "you are attempting to follow {} log streams, but maximum allowed concurrency is {limit}, use --max-log-requests to increase the limit",
                sources.len()
            )
            .into());
        }
        return follow_all(&inv, &sources, &options).await;
    }
    for source in &sources {
        let pipe = match open(&inv, &source.pod, &source.container, &options) {
            Ok(pipe) => pipe,
            Err(failure) if flags.bool("ignore-errors") => {
                inv.err(format!("error: {}\n", failure.message()));
                continue;
            }
            Err(failure) => return Err(failure),
        };
        let prefix = prefix(&inv, source);
        while let Some(line) = pipe.read_line().await {
            inv.out(&prefix);
            if !inv.process.stdout.write(&line) {
                return Err(Failure::Exit(141));
            }
        }
    }
    Ok(())
}

fn prefix(inv: &Invocation, source: &Source) -> String {
    if inv.flags.bool("prefix") || inv.flags.bool("all-pods") {
        format!("[pod/{}/{}] ", source.pod.name, source.container)
    } else {
        String::new()
    }
}

/// The pods whose logs are meant.
async fn pods_of(inv: &Invocation, selector: &str) -> Outcome<Vec<Info>> {
    if !selector.is_empty() {
        let selection = Selector::new(inv, &["pods".to_string()]).all_of_type().resolve(inv).await?;
        let (infos, failures) = selection.fetch(inv);
        Failure::collected(failures)?;
        return Ok(infos);
    }
    let namespace = inv.namespace()?;
    let missing = |failure: Failure| match failure.is_not_found() {
        true => Failure::new(format!("error from server (NotFound): {} in namespace {namespace:?}", failure.message())),
        false => failure,
    };
    let info = pods::named(inv, inv.arg(0)).await.map_err(missing)?;
    if info.resource.kind == "Pod" {
        return Ok(vec![info]);
    }
    if inv.flags.bool("all-pods") {
        return pods::of(inv, &info);
    }
    let unfit = |failure: Failure| match failure {
        Failure::Message(text) => {
            let text = text.trim_start_matches("cannot attach to *unstructured.Unstructured: ");
            let kind = &info.resource.kind;
            let text = text.replace(&format!("selector for {kind} "), &format!("selector for *v1.{kind} "));
            Failure::new(format!("cannot get the logs from *v1.{kind}: {text}"))
        }
        other => other,
    };
    let all = pods::of(inv, &info).map_err(unfit)?;
    let pod = pods::first(inv, inv.arg(0), inv.flags.duration("pod-running-timeout")).await?;
    if all.len() > 1 {
        inv.err(format!("Found {} pods, using pod/{}\n", all.len(), pod.name));
    }
    Ok(vec![pod])
}

/// The containers of a pod whose logs are meant.
fn containers(inv: &Invocation, pod: &Object, name: &str) -> Outcome<Vec<String>> {
    if !inv.flags.bool("all-containers") && !(inv.flags.bool("all-pods") && name.is_empty()) {
        return Ok(vec![pods::container(inv, pod, name, false)?]);
    }
    let lists = ["initContainers", "containers", "ephemeralContainers"];
    Ok(lists.iter().flat_map(|list| pod.at(&["spec", list]).items()).map(|c| c["name"].str().to_string()).collect())
}

/// The query of the request.
fn options(inv: &Invocation, selected: bool) -> Vec<(&'static str, String)> {
    let flags = &inv.flags;
    let mut options = Vec::new();
    for (flag, parameter) in [("follow", "follow"), ("previous", "previous"), ("timestamps", "timestamps")] {
        if flags.bool(flag) {
            options.push((parameter, "true".to_string()));
        }
    }
    if flags.nanos("since") > 0 {
        let seconds = flags.nanos("since").saturating_add(999_999_999) / 1_000_000_000;
        options.push(("sinceSeconds", seconds.to_string()));
    }
    if !flags.str("since-time").is_empty() {
        options.push(("sinceTime", flags.str("since-time").to_string()));
    }
    match flags.int("tail") {
        -1 if selected && !flags.changed("tail") => options.push(("tailLines", "10".to_string())),
        -1 => {}
        lines => options.push(("tailLines", lines.to_string())),
    }
    if flags.int("limit-bytes") > 0 {
        options.push(("limitBytes", flags.int("limit-bytes").to_string()));
    }
    options
}

fn open(inv: &Invocation, pod: &Info, container: &str, options: &[(&'static str, String)]) -> Outcome<Pipe> {
    let mut request = Request::new(Method::Get, &format!("{}/log", pod.path())).query("container", container);
    for (key, value) in options {
        request = request.query(key, value.as_str());
    }
    match inv.send(request)?.content {
        Content::Stream(pipe) => Ok(pipe),
        Content::Bytes { bytes, .. } => Ok(Pipe::holding(&inv.process.clock, &bytes)),
        _ => Ok(Pipe::holding(&inv.process.clock, &[])),
    }
}

/// Prints one container's log, with these parameters.
///
/// # Errors
/// What the server answers.
pub async fn print_container(
    inv: &Invocation,
    pod: &Info,
    container: &str,
    options: &[(&'static str, &str)],
) -> Outcome {
    let options: Vec<(&'static str, String)> = options.iter().map(|(key, value)| (*key, value.to_string())).collect();
    let pipe = open(inv, pod, container, &options)?;
    while let Some(bytes) = pipe.read().await {
        inv.process.stdout.write(&bytes);
    }
    Ok(())
}

/// Prints the lines of several logs as they come.
async fn follow_all(inv: &Invocation, sources: &[Source], options: &[(&'static str, String)]) -> Outcome {
    let mut open_pipes = Vec::new();
    for source in sources {
        open_pipes.push((prefix(inv, source), open(inv, &source.pod, &source.container, options)?));
    }
    std::future::poll_fn(|context| {
        open_pipes.retain(|(prefix, pipe)| {
            loop {
                let mut line = std::pin::pin!(pipe.read_line());
                match line.as_mut().poll(context) {
                    Poll::Ready(Some(line)) => {
                        inv.out(prefix);
                        inv.process.stdout.write(&line);
                    }
                    Poll::Ready(None) => return false,
                    Poll::Pending => return true,
                }
            }
        });
        if open_pipes.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    Ok(())
}
