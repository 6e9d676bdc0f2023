//! `kubectl replace`: puts an object in the place of the one that is there.

use super::create::send_raw;
use super::delete::Deletion;
use crate::api::Method;
use crate::kubectl::command::{Command, Group};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::{DryRun, Invocation};
use crate::kubectl::printers::{Printer, print_result};
use crate::kubectl::resource::{Info, Part, Selector};
use crate::kubectl::write;

/// The rows.
pub static ROWS: &[Command] = &[Command {
    path: "replace",
    group: Group::Advanced,
    short: "Replace a resource by file name or stdin",
    run: Some(|inv| Box::pin(run(inv))),
    ..Command::BASE
}];

async fn run(inv: Invocation) -> Outcome {
    let flags = &inv.flags;
    let files = flags.list("filename");
    if files.is_empty() && flags.str("kustomize").is_empty() {
        return Err("must specify one of -f and -k".into());
    }
    let raw = flags.str("raw");
    if !raw.is_empty() {
        return send_raw(&inv, Method::Put, raw, &files).await;
    }
    let force = flags.bool("force");
    if flags.int("grace-period") >= 0 && !force {
        return Err("--grace-period must have --force specified".into());
    }
    if flags.nanos("timeout") != 0 && !force {
        return Err("--timeout must have --force specified".into());
    }
    inv.field_validation()?;
    let dry_run = inv.dry_run()?;
    if force && dry_run != DryRun::None {
        return Err("--dry-run can not be used when --force is set".into());
    }
    write::check_cascade(flags.str("cascade"))?;
    let printer = Printer::of(&inv)?;
    let mut selector = Selector::new(&inv, inv.args());
    selector.validate = inv.field_validation()? != "Ignore";
    let selection = selector.resolve(&inv).await?;
    let (mut infos, mut failures) = selection.infos(&inv);
    if force {
        delete_first(&inv, &infos).await?;
    }
    for info in &mut infos {
        if flags.bool("save-config") || info.object.annotation(write::LAST_APPLIED).is_some() {
            info.object = write::with_configuration(&info.object);
        }
        if dry_run != DryRun::Client {
            let (verb, written) = match force {
                true => ("replacing", write::create(&inv, info, dry_run)),
                false => ("replacing", write::replace(&inv, info, flags.str("subresource"), dry_run)),
            };
            match written {
                Ok(object) => info.refresh(object),
                Err(failure) => {
                    failures.push(failure.from_source(verb, &info.source));
                    continue;
                }
            }
        }
        print_result(&inv, printer.as_ref(), info, &format!("replaced{}", dry_run.suffix()))?;
    }
    if infos.is_empty() && failures.is_empty() {
        return Err("no objects passed to replace".into());
    }
    Failure::collected(failures)
}

async fn delete_first(inv: &Invocation, infos: &[Info]) -> Outcome {
    let grace = inv.flags.int("grace-period");
    let deletion = Deletion {
        // The new object needs the name: the old one must be gone for good.
        grace: Some(grace).filter(|grace| *grace > 0).or((grace == 0).then_some(1)),
        cascade: inv.flags.str("cascade").into(),
        wait: true,
        timeout: match inv.flags.nanos("timeout") {
            nanos if nanos > 0 => inv.flags.duration("timeout"),
            _ => std::time::Duration::from_secs(300),
        },
        dry_run: inv.dry_run()?,
        ignore_not_found: true,
    };
    let named = |info: &Info| Ok(Part::Named(Info { object: Default::default(), ..info.clone() }));
    deletion.run(inv, infos.iter().map(named).collect()).await?;
    Ok(())
}
