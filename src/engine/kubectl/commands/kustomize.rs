//! `kubectl kustomize`: prints what a kustomization builds.

use crate::kubectl::command::{Command, Group};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::Invocation;
use crate::kubectl::kustomize;

/// The row.
pub static ROWS: &[Command] = &[Command {
    path: "kustomize",
    group: Group::Advanced,
    short: "Build a kustomization target from a directory or URL",
    run: Some(|inv| Box::pin(async move { run(&inv) })),
    ..Command::BASE
}];

fn run(inv: &Invocation) -> Outcome {
    let restricted = match inv.flags.str("load-restrictor") {
        "" | "LoadRestrictionsRootOnly" => true,
        "LoadRestrictionsNone" => false,
        other => {
            let legal = "[LoadRestrictionsRootOnly LoadRestrictionsNone]";
            return Err(format!("illegal flag value --load-restrictor {other}; legal values: {legal}").into());
        }
    };
    let directory = match inv.args() {
        [] => ".",
        [directory] => directory,
        _ => return Err("specify one path to kustomization.yaml".into()),
    };
    let objects = kustomize::objects(inv, directory, restricted).map_err(Failure::new)?;
    let output = inv.flags.str("output");
    let files = &inv.process.files;
    let path = inv.process.path(output);
    let unwritable = |why: crate::process::FileError| {
        Failure::Message(format!("open {output}: {}", why.to_string().to_ascii_lowercase()))
    };
    if output.is_empty() {
        inv.out(kustomize::text(&objects));
    } else if files.is_directory(&path) {
        for object in &objects {
            let version = object.api_version().replace('/', "_");
            let name = format!("{version}_{}_{}.yaml", object.kind(), object.name()).to_ascii_lowercase();
            let text = kustomize::text(std::slice::from_ref(object));
            files.write(&format!("{path}/{name}"), text.as_bytes()).map_err(unwritable)?;
        }
    } else {
        files.write(&path, kustomize::text(&objects).as_bytes()).map_err(unwritable)?;
    }
    Ok(())
}
