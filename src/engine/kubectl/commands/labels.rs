//! `kubectl label` and `kubectl annotate`: adds, changes and removes one-line metadata.

use crate::kubectl::command::{Command, Group};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::{DryRun, Invocation, MERGE};
use crate::kubectl::printers::{Printer, print_result};
use crate::kubectl::resource::{Info, Selector};
use crate::kubectl::write;
use crate::meta::{Object, names, patch};

/// The rows.
pub static ROWS: &[Command] = &[
    Command {
        path: "label",
        group: Group::Settings,
        short: "Update the labels on a resource",
        run: Some(|inv| Box::pin(run(inv, &LABELS))),
        ..Command::BASE
    },
    Command {
        path: "annotate",
        group: Group::Settings,
        short: "Update the annotations on a resource",
        run: Some(|inv| Box::pin(run(inv, &ANNOTATIONS))),
        ..Command::BASE
    },
];

/// What differs between labels and annotations.
struct Kind {
    field: &'static str,
    noun: &'static str,
    article: &'static str,
    done: &'static str,
    /// How an error calls a manifest.
    file: &'static str,
    read: fn(&[String]) -> Outcome<Changes>,
    refuse: fn(&Object, &Changes) -> Outcome,
}

static LABELS: Kind = Kind {
    field: "labels",
    noun: "label",
    article: "a",
    done: "labeled",
    file: "pod",
    read: read_labels,
    refuse: refuse_labels,
};

static ANNOTATIONS: Kind = Kind {
    field: "annotations",
    noun: "annotation",
    article: "an",
    done: "annotated",
    file: "rsrc",
    read: read_annotations,
    refuse: refuse_annotations,
};

/// What is to be set and what removed.
#[derive(Default)]
struct Changes {
    set: Vec<(String, String)>,
    remove: Vec<String>,
}

/// Words that change something: `KEY=VALUE` and `KEY-`.
pub fn split_pairs(args: &[String], noun: &str) -> Outcome<(Vec<String>, Vec<String>)> {
    let is_pair =
        |word: &String| (word.contains('=') && !word.starts_with('=')) || (word.ends_with('-') && word != "-");
    let first = args.iter().position(is_pair).unwrap_or(args.len());
    let (resources, pairs) = args.split_at(first);
    match pairs.iter().find(|word| !is_pair(word)) {
        Some(word) => Err(format!("all resources must be specified before {noun} changes: {word}").into()),
        None => Ok((resources.to_vec(), pairs.to_vec())),
    }
}

fn read_labels(pairs: &[String]) -> Outcome<Changes> {
    let mut changes = Changes::default();
    for pair in pairs {
        let Some((key, value)) = pair.split_once('=') else {
            changes.remove.push(pair.strip_suffix('-').unwrap_or(pair).to_string());
            continue;
        };
        if value.contains('=') {
            return Err(format!("invalid label spec: {pair}").into());
        }
        let complaints = names::label_value(value);
        if !complaints.is_empty() {
            let texts: Vec<String> = complaints.iter().map(|complaint| complaint.to_string()).collect();
            return Err(format!("invalid label value: {pair:?}: {}", texts.join(";")).into());
        }
        changes.set.push((key.into(), value.into()));
    }
    Ok(changes)
}

fn read_annotations(pairs: &[String]) -> Outcome<Changes> {
    let mut changes = Changes::default();
    for pair in pairs {
        match pair.split_once('=') {
            Some((key, value)) => changes.set.push((key.into(), value.into())),
            None => changes.remove.push(pair.strip_suffix('-').unwrap_or(pair).to_string()),
        }
    }
    Ok(changes)
}

fn refuse_labels(object: &Object, changes: &Changes) -> Outcome {
    let mut failures = Vec::new();
    for (key, value) in &changes.set {
        if let Some(old) = object.label(key).filter(|old| old != value) {
            failures.push(Failure::new(format!("'{key}' already has a value ({old}), and --overwrite is false")));
        }
    }
    Failure::collected(failures)
}

fn refuse_annotations(object: &Object, changes: &Changes) -> Outcome {
    let mut there = Vec::new();
    for (key, value) in changes.set.iter().filter(|(key, _)| key != "kubernetes.io/change-cause") {
        if let Some(old) = object.annotation(key).filter(|old| old != value) {
            there.push(format!("'{key}' already has a value ({old})"));
        }
    }
    if there.is_empty() {
        return Ok(());
    }
    let text = "--overwrite is false but found the following declared annotation(s):";
    Err(format!("{text} {}", there.join("; ")).into())
}

async fn run(inv: Invocation, kind: &'static Kind) -> Outcome {
    let (resources, pairs) = split_pairs(inv.args(), kind.noun)?;
    let changes = (kind.read)(&pairs)?;
    if changes.remove.iter().any(|removed| changes.set.iter().any(|(key, _)| key == removed)) {
        let text = "can not both modify and remove";
        return Err(format!("{text} {} {} in the same command", kind.article, kind.noun).into());
    }
    let flags = &inv.flags;
    if flags.bool("all") && !flags.str("selector").is_empty() {
        return Err("cannot set --all and --selector at the same time".into());
    }
    if flags.bool("all") && !flags.str("field-selector").is_empty() {
        return Err("cannot set --all and --field-selector at the same time".into());
    }
    if flags.bool("local") && !resources.is_empty() {
        let file = kind.file;
        let text = format!("can only use local files by -f {file}.yaml or --filename={file}.json");
        return Err(format!("{text} when --local=true is set").into());
    }
    let files = !flags.list("filename").is_empty() || !flags.str("kustomize").is_empty();
    if resources.is_empty() && !files {
        return Err("one or more resources must be specified as <resource> <name> or <resource>/<name>".into());
    }
    if pairs.is_empty() && !flags.bool("list") {
        return Err(format!("at least one {} update is required", kind.noun).into());
    }
    let dry_run = inv.dry_run()?;
    let printer = Printer::of(&inv)?;
    let selection = Selector::new(&inv, &resources).resolve(&inv).await?;
    let single = selection.single;
    let (infos, mut failures) = if flags.bool("local") { selection.infos(&inv) } else { selection.fetch(&inv) };
    let several = !single;
    for mut info in infos {
        let done = match change(&inv, kind, &changes, &mut info, dry_run) {
            Ok(done) => done,
            Err(failure) => {
                failures.push(failure);
                continue;
            }
        };
        if flags.bool("list") {
            let indent = if several { " " } else { "" };
            if several {
                let (noun, resource) = (kind.field, &info.resource);
                inv.out(format!("Listing {noun} for {}.{}/{}:\n", resource.kind, resource.group, info.name));
            }
            for (key, value) in info.object.at(&["metadata", kind.field]).entries() {
                inv.out(format!("{indent}{key}={}\n", value.str()));
            }
            continue;
        }
        print_result(&inv, printer.as_ref(), &info, &format!("{done}{}", dry_run.suffix()))?;
    }
    Failure::collected(failures)
}

/// Changes one object, here or on the server, and says in a word what was done.
fn change(inv: &Invocation, kind: &Kind, changes: &Changes, info: &mut Info, dry_run: DryRun) -> Outcome<&'static str> {
    let old = info.object.clone();
    for key in &changes.remove {
        if kind.field == "labels" && old.label(key).is_none() {
            inv.err(format!("{} {key:?} not found.\n", kind.noun));
        }
    }
    if !inv.flags.bool("overwrite") {
        (kind.refuse)(&old, changes)?;
    }
    let mut new = old.clone();
    for (key, value) in &changes.set {
        new.set(&["metadata", kind.field, key], value.as_str());
    }
    for key in &changes.remove {
        new.remove(&["metadata", kind.field, key]);
    }
    if new.at(&["metadata", kind.field]).is_empty() {
        new.remove(&["metadata", kind.field]);
    }
    let fewer =
        old.at(&["metadata", kind.field]).entries().count() > new.at(&["metadata", kind.field]).entries().count();
    let done = match kind.field {
        "labels" if old == new => "not labeled",
        "labels" if fewer => "unlabeled",
        _ => kind.done,
    };
    let version = inv.flags.str("resource-version");
    if !version.is_empty() {
        new.set(&["metadata", "resourceVersion"], version);
    }
    if inv.flags.bool("local") || inv.flags.bool("list") || dry_run == DryRun::Client {
        info.object = new;
    } else {
        let difference = patch::merge_diff(&old, &new);
        info.object = write::patch(inv, info, "", MERGE, difference, dry_run)?;
    }
    Ok(done)
}
