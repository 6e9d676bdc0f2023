//! `kubectl create`: from manifests; the generators are its subcommands.

mod configmap;
pub mod generate;
mod job;
mod rbac;
mod secret;
mod service;
mod simple;
mod token;
mod workload;

use super::edit;
use crate::api::{Body, Method, Request};
use crate::kubectl::command::{Command, Group};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::{DryRun, Invocation};
use crate::kubectl::printers::{Printer, ordered, print_result};
use crate::kubectl::resource::{Info, Part, Selector};
use crate::kubectl::{manifest, write};

/// The rows: the command and its subcommands.
pub static ROWS: &[&[Command]] = &[
    &[CREATE],
    rbac::CLUSTER_ROWS,
    configmap::ROWS,
    job::ROWS,
    workload::ROWS,
    simple::ROWS,
    rbac::ROWS,
    secret::ROWS,
    service::ROWS,
    token::ROWS,
];

const CREATE: Command = Command {
    path: "create",
    group: Group::Beginner,
    short: "Create a resource from a file or from stdin",
    run: Some(|inv| Box::pin(run(inv))),
    ..Command::BASE
};

async fn run(inv: Invocation) -> Outcome {
    if !inv.args().is_empty() {
        return Err(Failure::usage(format!("Unexpected args: [{}]", inv.args().join(" "))));
    }
    let files = inv.flags.list("filename");
    if files.is_empty() && inv.flags.str("kustomize").is_empty() {
        return Err("must specify one of -f and -k".into());
    }
    let raw = inv.flags.str("raw");
    if !raw.is_empty() {
        return send_raw(&inv, Method::Post, raw, &files).await;
    }
    inv.field_validation()?;
    if inv.flags.bool("edit") {
        return edit::run(inv, edit::Subject::Manifest).await;
    }
    let dry_run = inv.dry_run()?;
    let printer = Printer::of(&inv)?;
    let mut selector = Selector::new(&inv, &[]);
    selector.validate = inv.field_validation()? != "Ignore";
    let selection = selector.resolve(&inv).await?;
    let (mut failures, mut count) = (Vec::new(), 0);
    for part in selection.parts {
        match part {
            Ok(Part::File(info)) => {
                let source = info.source.clone();
                match create_one(&inv, info, printer.as_ref(), dry_run) {
                    Ok(()) => count += 1,
                    Err(failure) => failures.push(failure.from_source("creating", &source)),
                }
            }
            Ok(_) => {}
            Err(failure) => failures.push(failure),
        }
    }
    if count == 0 && failures.is_empty() {
        return Err("no objects passed to create".into());
    }
    Failure::collected(failures)
}

/// Creates one object and prints it.
///
/// # Errors
/// What the server answers.
pub fn create_one(inv: &Invocation, mut info: Info, printer: Option<&Printer>, dry_run: DryRun) -> Outcome {
    if inv.flags.bool("save-config") {
        info.object = write::with_configuration(&info.object);
    }
    if dry_run != DryRun::Client {
        let object = write::create(inv, &info, dry_run)?;
        info.refresh(object);
    }
    print_result(inv, printer, &info, &format!("created{}", dry_run.suffix()))
}

/// Sends a file as it is to a path of the server, and prints the answer as it is.
///
/// # Errors
/// What the server answers.
pub async fn send_raw(inv: &Invocation, method: Method, path: &str, files: &[String]) -> Outcome {
    let [file] = files else {
        let text = "--raw can only use a single local file or stdin";
        return Err(if method == Method::Post { Failure::usage(text) } else { Failure::new(text) });
    };
    if !path.starts_with('/') {
        return Err(format!("--raw must be a valid URL path: parse {path:?}: invalid URI for request").into());
    }
    let mut sources = manifest::sources(inv, std::slice::from_ref(file), false).await;
    let Some(source) = sources.pop() else { return Ok(()) };
    let mut request = Request::new(method, path).header("content-type", "application/json");
    request.body = Body::Bytes(source?.text.into_bytes());
    inv.out(ordered::compact(&inv.request(request)?.0) + "\n");
    Ok(())
}
