//! The three-way merge of `apply`: what was applied last, what is to be applied, what is there.

use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::{DryRun, Invocation, MERGE, STRATEGIC};
use crate::kubectl::resource::Info;
use crate::kubectl::write;
use crate::meta::{Object, Value, patch};
use std::time::Duration;

/// How often a patch is tried again on what has changed meanwhile.
const RETRIES: usize = 5;

/// The object as messages describe it.
pub fn describe(info: &Info) -> String {
    let (resource, version) = (&info.resource, info.resource.api_version());
    let version = if resource.group.is_empty() { format!("/{}", resource.version) } else { version };
    format!(
        "Resource: \"{version}, Resource={}\", GroupVersionKind: \"{version}, Kind={}\"\nName: {:?}, Namespace: {:?}",
        resource.name, resource.kind, info.name, info.namespace
    )
}

/// The patch of a kind's content type that brings the object to what the manifest says.
fn difference(info: &Info, current: &Object) -> Outcome<(Value, &'static str)> {
    let modified = write::with_configuration(&info.object);
    let original = match current.annotation(write::LAST_APPLIED) {
        Some(text) => Value::from_json(text.as_bytes()).unwrap_or_default(),
        None => Value::object(),
    };
    match write::schema_of(&info.resource) {
        Some(schema) => {
            let patch = patch::strategic_three_way(&original, &modified, current, Some(schema));
            Ok((patch.map_err(Failure::new)?, STRATEGIC))
        }
        None => Ok((patch::merge_three_way(&original, &modified, current), MERGE)),
    }
}

/// Patches the object on the server; false if there was nothing to change.
///
/// # Errors
/// What the server answers.
pub async fn patch(inv: &Invocation, info: &mut Info, current: Object, dry_run: DryRun) -> Outcome<bool> {
    let (mut document, content_type) = difference(info, &current)?;
    if document.is_empty() {
        info.object = current;
        return Ok(false);
    }
    if dry_run == DryRun::Client {
        let merged = match write::schema_of(&info.resource) {
            Some(schema) => patch::strategic_patch(&current, &document, Some(schema)).map_err(Failure::new)?,
            None => patch::merge_patch(&current, &document),
        };
        info.object = Object(merged);
        return Ok(true);
    }
    let subresource = inv.flags.str("subresource");
    let send = |document: &Value| write::patch(inv, info, subresource, content_type, document.clone(), dry_run);
    let mut answer = send(&document);
    for attempt in 1..=RETRIES {
        let Err(failure) = &answer else { break };
        if !failure.is_conflict() {
            break;
        }
        if attempt > 1 {
            inv.process.clock.sleep(Duration::from_secs(1)).await;
        }
        let current = inv.get(&info.resource, &info.namespace, &info.name)?;
        (document, _) = difference(info, &current)?;
        answer = send(&document);
    }
    match answer {
        Ok(object) => {
            info.object = object;
            Ok(true)
        }
        Err(failure) if inv.flags.bool("force") && matches!(failure.reason(), "Conflict" | "Invalid") => {
            recreate(inv, info, dry_run).await?;
            Ok(true)
        }
        Err(failure) => {
            let failure = failure.from_source("patching", &info.source);
            let text = format!("applying patch:\n{}\nto:\n{}\nfor:", document.to_go_json(), describe(info));
            Err(failure.from_source(&text, &info.source))
        }
    }
}

/// Deletes the object and creates it as the manifest says: `--force`.
async fn recreate(inv: &Invocation, info: &mut Info, dry_run: DryRun) -> Outcome {
    let grace = Some(inv.flags.int("grace-period")).filter(|grace| *grace >= 0);
    write::delete(inv, info, grace, inv.flags.str("cascade"), dry_run)?;
    let gone = [Info { object: Object::default(), ..info.clone() }];
    let timeout = match inv.flags.nanos("timeout") {
        nanos if nanos > 0 => inv.flags.duration("timeout"),
        _ => Duration::from_secs(300),
    };
    write::until_gone(inv, &gone, timeout).await?;
    info.object = write::with_configuration(&info.object);
    info.object = write::create(inv, info, dry_run)?;
    Ok(())
}
