//! `kubectl patch`: strategic, merge and JSON patches.

use crate::kubectl::command::{Command, Group};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::{DryRun, Invocation, JSON_PATCH, MERGE, STRATEGIC};
use crate::kubectl::printers::{Printer, print_result};
use crate::kubectl::resource::{Info, Selector};
use crate::kubectl::write;
use crate::meta::{Object, Value, patch, yaml};

/// The rows.
pub static ROWS: &[Command] = &[Command {
    path: "patch",
    group: Group::Advanced,
    short: "Update fields of a resource",
    run: Some(|inv| Box::pin(run(inv))),
    ..Command::BASE
}];

/// The kinds of patches: the word, and the content type.
const TYPES: &[(&str, &str)] = &[("json", JSON_PATCH), ("merge", MERGE), ("strategic", STRATEGIC)];

async fn run(inv: Invocation) -> Outcome {
    let flags = &inv.flags;
    if flags.bool("local") && !inv.args().is_empty() {
        return Err("cannot specify --local and server resources".into());
    }
    let text = match (flags.str("patch"), flags.str("patch-file")) {
        ("", "") => return Err("must specify --patch or --patch-file containing the contents of the patch".into()),
        (text, "") => text.to_string(),
        ("", file) => {
            let bytes = inv.process.files.read(&inv.process.path(file)).map_err(|why| {
                let why = why.to_string().to_ascii_lowercase();
                Failure::new(format!("unable to read patch file: open {file}: {why}"))
            })?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
        _ => return Err("cannot specify --patch and --patch-file together".into()),
    };
    let word = flags.str("type").to_ascii_lowercase();
    let Some((_, content_type)) = TYPES.iter().find(|(name, _)| *name == word) else {
        return Err(format!("--type must be one of [json merge strategic], not {:?}", flags.str("type")).into());
    };
    let dry_run = inv.dry_run()?;
    let printer = Printer::of(&inv)?;
    let selection = Selector::new(&inv, inv.args()).resolve(&inv).await?;
    let patch = yaml::parse(&text);
    // What begins as JSON is left for the server to read.
    if let Err(why) = &patch
        && !text.trim_start().starts_with('{')
    {
        return Err(format!("unable to parse {:?}: {why}", flags.str("patch")).into());
    }
    let (infos, mut failures) = selection.infos(&inv);
    for mut info in infos {
        let done = apply(&inv, &mut info, content_type, &text, &patch, dry_run).map_err(|failure| {
            if failure.reason() != "UnsupportedMediaType" {
                return failure;
            }
            let (version, kind) = (info.resource.api_version(), &info.resource.kind);
            let text = format!("{content_type} is not supported by {version}, Kind={kind}");
            Failure::new(format!("{text}: {}", failure.message()))
        });
        match done {
            Ok(done) => print_result(&inv, printer.as_ref(), &info, done)?,
            Err(failure) => failures.push(failure),
        }
    }
    Failure::collected(failures)
}

fn apply(
    inv: &Invocation,
    info: &mut Info,
    content_type: &str,
    text: &str,
    document: &Result<Value, String>,
    dry_run: DryRun,
) -> Outcome<&'static str> {
    let subresource = inv.flags.str("subresource");
    let local = inv.flags.bool("local") || dry_run == DryRun::Client;
    if local {
        let document = document.as_ref().map_err(|why| Failure::new(format!("unable to parse {text:?}: {why}")))?;
        let old = match inv.flags.bool("local") {
            true => info.object.clone(),
            false => inv.get(&info.resource, &info.namespace, &info.name)?,
        };
        let new = match content_type {
            JSON_PATCH => patch::json_patch(&old, document),
            MERGE => Ok(patch::merge_patch(&old, document)),
            _ => patch::strategic_patch(&old, document, write::schema_of(&info.resource)),
        };
        info.object = Object(new.map_err(Failure::new)?);
        return Ok(if *info.object == *old { "patched (no change)" } else { "patched" });
    }
    // The state before tells whether anything changed; that it cannot be read is no failure.
    let old = match subresource {
        "" => inv.get(&info.resource, &info.namespace, &info.name)?,
        _ => Object::default(),
    };
    let new = match document {
        Ok(document) if document.is_object() || document.is_array() => {
            write::patch(inv, info, subresource, content_type, document.clone(), dry_run)?
        }
        Ok(Value::String(word)) => {
            write::patch_text(inv, info, subresource, content_type, &Value::from(word).to_go_json(), dry_run)?
        }
        _ => write::patch_text(inv, info, subresource, content_type, text, dry_run)?,
    };
    // An object of a file is compared as the file has it: it always differs.
    let changed = !subresource.is_empty() || !info.source.is_empty() || *old != *new;
    if !subresource.is_empty() && !new.kind().is_empty() {
        // The scale of a deployment is an object of a kind of its own, and is named so.
        info.resource = of_answer(&new, info).into();
    }
    info.object = new;
    Ok(if changed { "patched" } else { "patched (no change)" })
}

fn of_answer(answer: &Object, info: &Info) -> crate::kubectl::discovery::Resource {
    let (group, version) = answer.api_version().split_once('/').unwrap_or(("", answer.api_version()));
    crate::kubectl::discovery::Resource {
        kind: answer.kind().into(),
        group: group.into(),
        version: version.into(),
        ..(*info.resource).clone()
    }
}
