//! `kubectl scale`: sets a number of replicas through the scale subresource.

use crate::api::{Method, Request};
use crate::json;
use crate::kubectl::command::{Command, Group};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::{DryRun, Invocation, MERGE};
use crate::kubectl::printers::{Printer, print_result};
use crate::kubectl::resource::{Info, Selector};
use crate::kubectl::write;

/// The rows.
pub static ROWS: &[Command] = &[Command {
    path: "scale",
    group: Group::Deploy,
    short: "Set a new size for a deployment, replica set, or replication controller",
    required: &["replicas"],
    run: Some(|inv| Box::pin(run(inv))),
    ..Command::BASE
}];

async fn run(inv: Invocation) -> Outcome {
    let flags = &inv.flags;
    let replicas = flags.int("replicas");
    if replicas < 0 {
        let text = "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0";
        return Err(text.into());
    }
    if flags.int("current-replicas") < -1 {
        return Err("The --current-replicas must specify an integer of -1 or greater".into());
    }
    if flags.bool("all") && !flags.str("selector").is_empty() {
        return Err("cannot set --all and --selector at the same time".into());
    }
    let dry_run = inv.dry_run()?;
    let printer = Printer::of(&inv)?;
    let selection = Selector::new(&inv, inv.args()).resolve(&inv).await?;
    let (infos, mut failures) = selection.infos(&inv);
    if infos.is_empty() && failures.is_empty() {
        return Err("no objects passed to scale".into());
    }
    if infos.len() > 1 && !flags.str("resource-version").is_empty() {
        return Err("cannot use --resource-version with multiple resources".into());
    }
    let mut scaled = Vec::new();
    for mut info in infos {
        let done = match dry_run {
            DryRun::Client => {
                info.object.set(&["spec", "replicas"], replicas);
                Ok(())
            }
            _ => scale(&inv, &mut info, replicas, dry_run),
        };
        match done {
            Ok(()) => {
                print_result(&inv, printer.as_ref(), &info, &format!("scaled{}", dry_run.suffix()))?;
                scaled.push(info);
            }
            Err(failure) => {
                failures.push(failure);
                break;
            }
        }
    }
    Failure::collected(failures)?;
    if flags.nanos("timeout") > 0 && dry_run == DryRun::None {
        for info in &scaled {
            let reached = write::until(&inv, flags.duration("timeout"), || {
                let object = inv.get(&info.resource, &info.namespace, &info.name)?;
                let (status, generation) = (object.status(), object.generation());
                let seen = status["observedGeneration"].int() >= generation;
                Ok((seen && status["replicas"].int() == replicas).then_some(()))
            });
            if reached.await?.is_none() {
                return Err("timed out waiting for the condition".into());
            }
        }
    }
    Ok(())
}

fn scale(inv: &Invocation, info: &mut Info, replicas: i64, dry_run: DryRun) -> Outcome {
    let (current, version) = (inv.flags.int("current-replicas"), inv.flags.str("resource-version"));
    if current >= 0 || !version.is_empty() {
        let mut scale = inv.request(Request::new(Method::Get, &format!("{}/scale", info.path())))?;
        let found = scale.at(&["spec", "replicas"]).int();
        if current >= 0 && found != current {
            return Err(format!("Expected replicas to be {current}, was {found}").into());
        }
        let found = scale.at(&["metadata", "resourceVersion"]).str();
        if !version.is_empty() && found != version {
            return Err(format!("Expected resource version to be {version}, was {found}").into());
        }
        scale.set(&["spec", "replicas"], replicas);
        let request = Request::new(Method::Put, &format!("{}/scale", info.path()));
        inv.request(dry_run.mark(request).document(scale))?;
        return Ok(());
    }
    write::patch(inv, info, "scale", MERGE, json!({"spec": {"replicas": replicas}}), dry_run)?;
    Ok(())
}
