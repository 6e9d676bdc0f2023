//! `kubectl apply`: makes the cluster look like the manifests, changing only what they say.

mod applyset;
mod last_applied;
mod patcher;
mod prune;

use crate::json;
use crate::kubectl::command::{Command, Group};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::{APPLY, DryRun, Invocation};
use crate::kubectl::printers::{Printer, print_result, without_managed_fields};
use crate::kubectl::resource::{Info, Part, Selection, Selector};
use crate::kubectl::write;
use crate::meta::{Object, Value};
use applyset::ApplySet;

/// The rows.
pub static ROWS: &[Command] = &[
    Command {
        path: "apply",
        group: Group::Advanced,
        short: "Apply a configuration to a resource by file name or stdin",
        gated: &[applyset::FLAG],
        run: Some(|inv| Box::pin(run(inv))),
        ..Command::BASE
    },
    last_applied::EDIT,
    last_applied::SET,
    last_applied::VIEW,
];

fn check(inv: &Invocation, dry_run: DryRun, set: Option<&ApplySet>) -> Outcome {
    let flags = &inv.flags;
    let server_side = flags.bool("server-side");
    if flags.bool("force-conflicts") && !server_side {
        return Err("--force-conflicts only works with --server-side".into());
    }
    if dry_run == DryRun::Client && server_side {
        let text = "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)";
        return Err(text.into());
    }
    if flags.bool("force") && server_side {
        return Err("--force cannot be used with --server-side".into());
    }
    if flags.bool("force") && dry_run == DryRun::Server {
        return Err("--dry-run=server cannot be used with --force".into());
    }
    let selector = flags.str("selector");
    if flags.bool("all") && !selector.is_empty() {
        return Err("cannot set --all and --selector at the same time".into());
    }
    if let Some(set) = set {
        return set.check(inv);
    }
    if flags.bool("prune") && flags.bool("force") {
        return Err("--force cannot be used with --prune".into());
    }
    if flags.bool("prune") && !flags.bool("all") && selector.is_empty() {
        return Err("all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector".into());
    }
    Ok(())
}

async fn run(inv: Invocation) -> Outcome {
    let flags = &inv.flags;
    if !inv.args().is_empty() {
        return Err(Failure::usage(format!("Unexpected args: [{}]", inv.args().join(" "))));
    }
    if flags.list("filename").is_empty() && flags.str("kustomize").is_empty() {
        return Err("must specify one of -f and -k".into());
    }
    inv.field_validation()?;
    let dry_run = inv.dry_run()?;
    let mut set = ApplySet::of(&inv)?;
    check(&inv, dry_run, set.as_ref())?;
    let printer = Printer::of(&inv)?;
    let prune = prune::Kinds::of(&inv)?;
    let mut selector = Selector::new(&inv, &[]);
    selector.validate = inv.field_validation()? != "Ignore";
    let mut selection = selector.resolve(&inv).await?;
    if let Some(set) = &mut set {
        join(&inv, set, &mut selection, dry_run)?;
    }
    let (mut failures, mut applied) = (Vec::new(), Vec::new());
    for part in selection.parts {
        let done = match part {
            Ok(Part::File(info)) => apply(&inv, info, dry_run).await,
            Ok(_) => continue,
            Err(failure) => Err(failure),
        };
        match done {
            Ok((info, word)) => {
                if printer.as_ref().is_none_or(|printer| !printer.shows_documents()) {
                    print_result(&inv, printer.as_ref(), &info, &format!("{word}{}", dry_run.suffix()))?;
                }
                applied.push(info);
            }
            Err(failure) => failures.push(failure),
        }
    }
    if applied.is_empty() && failures.is_empty() {
        return Err("no objects passed to apply".into());
    }
    if let Some(printer) = printer.as_ref().filter(|printer| printer.shows_documents()) {
        let mut objects: Vec<Value> = applied.iter().map(|info| without_managed_fields(&inv, &info.object)).collect();
        match objects.len() {
            0 => {}
            1 => inv.out(printer.print(&objects.remove(0), None)?),
            _ => {
                let list = json!({"apiVersion": "v1", "items": objects, "kind": "List", "metadata": {}});
                inv.out(printer.print(&list, None)?);
            }
        }
    }
    Failure::collected(failures)?;
    match set {
        Some(set) => set.prune(&inv, &applied, printer.as_ref(), dry_run),
        None if flags.bool("prune") => prune.run(&inv, &applied, dry_run),
        None => Ok(()),
    }
}

/// Makes what is to be applied members of the set.
fn join(inv: &Invocation, set: &mut ApplySet, selection: &mut Selection, dry_run: DryRun) -> Outcome {
    let mut infos = Vec::new();
    for part in &mut selection.parts {
        if let Ok(Part::File(info)) = part {
            set.label(&mut info.object)?;
            infos.push(&*info);
        }
    }
    if infos.is_empty() {
        return Ok(());
    }
    set.before_apply(inv, &infos, dry_run)
}

/// Applies one object and says in a word what that came to.
async fn apply(inv: &Invocation, mut info: Info, dry_run: DryRun) -> Outcome<(Info, &'static str)> {
    if info.name.is_empty() {
        let generate = info.object.at(&["metadata", "generateName"]).str();
        if !generate.is_empty() {
            return Err(format!("from {generate}: cannot use generate name with apply").into());
        }
    }
    if inv.flags.bool("server-side") {
        return server_side(inv, info, dry_run);
    }
    let current = match inv.get(&info.resource, &info.namespace, &info.name) {
        Ok(current) => current,
        Err(failure) if failure.is_not_found() => {
            info.object = write::with_configuration(&info.object);
            if dry_run != DryRun::Client {
                let object = write::create(inv, &info, dry_run)
                    .map_err(|failure| failure.from_source("creating", &info.source))?;
                info.refresh(object);
            }
            return Ok((info, "created"));
        }
        Err(failure) => {
            let text = format!("retrieving current configuration of:\n{}\nfrom server for:", patcher::describe(&info));
            return Err(failure.from_source(&text, &info.source));
        }
    };
    if current.annotation(write::LAST_APPLIED).is_none() {
        inv.err(format!(
            "Warning: resource {}/{} is missing the {} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.\n",
            info.resource.name, info.name, write::LAST_APPLIED
        ));
    }
    let changed = patcher::patch(inv, &mut info, current, dry_run).await?;
    if info.object.is_terminating() && changed {
        inv.err(format!("Warning: Detected changes to resource {} which is currently being deleted.\n", info.name));
    }
    Ok((info, if changed { "configured" } else { "unchanged" }))
}

const CONFLICTS: &str = "\
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts";

/// The manager of server-side applies, unless another was named.
const MANAGER: &str = "kubectl";

/// The manager of client-side applies, whose fields a server-side apply takes over.
const CLIENT_SIDE_MANAGER: &str = "kubectl-client-side-apply";

/// The manager of the annotation that client-side apply leaves behind.
const LAST_APPLIED_MANAGER: &str = "kubectl-last-applied";

fn server_side(inv: &Invocation, mut info: Info, dry_run: DryRun) -> Outcome<(Info, &'static str)> {
    let manager = if inv.flags.changed("field-manager") { inv.flags.str("field-manager") } else { MANAGER };
    take_over(inv, &info, manager, dry_run)?;
    let patch = info.object.0.clone();
    match write::patch_as(inv, &info, APPLY, patch, dry_run, manager) {
        Ok(object) => info.refresh(object),
        Err(failure) if failure.is_conflict() => {
            return Err(format!("{}\n{CONFLICTS}", failure.message()).into());
        }
        Err(failure) => return Err(failure),
    }
    Ok((info, "serverside-applied"))
}

/// Makes the fields that client-side apply owned the server-side manager's, so that a field that
/// the manifest no longer has is removed and none conflicts with the reader's own past.
fn take_over(inv: &Invocation, info: &Info, manager: &str, dry_run: DryRun) -> Outcome {
    if dry_run != DryRun::None || manager != MANAGER {
        return Ok(());
    }
    let current = match inv.get(&info.resource, &info.namespace, &info.name) {
        Ok(current) => current,
        Err(_) => return Ok(()),
    };
    let current = keep_annotation(inv, info, current, dry_run)?;
    let mut entries: Vec<Value> = current.at(&["metadata", "managedFields"]).items().to_vec();
    let is_client_side = |entry: &Value| {
        entry["manager"] == CLIENT_SIDE_MANAGER && entry["operation"] == "Update" && entry["subresource"].is_empty()
    };
    let Some(at) = entries.iter().position(is_client_side) else { return Ok(()) };
    let applied =
        |entry: &Value| entry["manager"] == manager && entry["operation"] == "Apply" && entry["subresource"].is_empty();
    let mut taken = entries.remove(at);
    match entries.iter_mut().find(|entry| applied(entry)) {
        Some(own) => own["fieldsV1"] = union(&own["fieldsV1"], &taken["fieldsV1"]),
        None => {
            taken["manager"] = manager.into();
            taken["operation"] = "Apply".into();
            entries.insert(0, taken);
        }
    }
    let revision = current.at(&["metadata", "resourceVersion"]).clone();
    let patch = json!([
        {"op": "replace", "path": "/metadata/managedFields", "value": entries},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": revision},
    ]);
    write::patch_as(inv, info, crate::kubectl::invocation::JSON_PATCH, patch, dry_run, manager).map(drop)
}

/// Gives the annotation in which client-side apply remembers what it applied a manager of its own,
/// lest it go with the fields that are taken over.
fn keep_annotation(inv: &Invocation, info: &Info, current: Object, dry_run: DryRun) -> Outcome<Object> {
    let Some(text) = current.annotation(write::LAST_APPLIED) else { return Ok(current) };
    let field = format!("f:{}", write::LAST_APPLIED);
    let entries = current.at(&["metadata", "managedFields"]).items();
    let owns = |entry: &Value| !entry.at(&["fieldsV1", "f:metadata", "f:annotations", &field]).is_null();
    if entries.iter().any(|entry| entry["operation"] == "Apply" && owns(entry)) {
        return Ok(current);
    }
    let mut only = json!({"apiVersion": (current.api_version()), "kind": (current.kind())});
    only.set(&["metadata", "name"], current.name());
    if info.resource.namespaced {
        only.set(&["metadata", "namespace"], current.namespace());
    }
    only.set(&["metadata", "annotations", write::LAST_APPLIED], text);
    write::patch_as(inv, info, APPLY, only, dry_run, LAST_APPLIED_MANAGER)
}

/// The fields of both sets.
fn union(a: &Value, b: &Value) -> Value {
    let mut all = a.clone();
    for (key, value) in b.entries() {
        let both = union(&all[&**key], value);
        all[&**key] = both;
    }
    if all.is_null() { b.clone() } else { all }
}
