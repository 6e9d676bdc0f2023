//! `kubectl cordon`, `uncordon` and `taint`: what nodes refuse.

use super::labels::split_pairs;
use crate::json;
use crate::kubectl::command::{Command, Group};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::{DryRun, Invocation, STRATEGIC};
use crate::kubectl::printers::{Printer, print_result};
use crate::kubectl::resource::{Info, Selector};
use crate::kubectl::write;
use crate::meta::{Value, names};

/// The rows.
pub static ROWS: &[Command] = &[
    Command {
        path: "cordon",
        group: Group::Cluster,
        short: "Mark node as unschedulable",
        run: Some(|inv| Box::pin(cordon(inv, true))),
        ..Command::BASE
    },
    Command {
        path: "uncordon",
        group: Group::Cluster,
        short: "Mark node as schedulable",
        run: Some(|inv| Box::pin(cordon(inv, false))),
        ..Command::BASE
    },
];

/// The row of `taint`.
pub static TAINT: &[Command] = &[Command {
    path: "taint",
    group: Group::Cluster,
    short: "Update the taints on one or more nodes",
    run: Some(|inv| Box::pin(taint(inv))),
    ..Command::BASE
}];

/// The nodes that names or `-l` select, with what went wrong.
///
/// # Errors
/// If neither is given, or both are.
pub async fn select(inv: &Invocation) -> Outcome<(Vec<Info>, Vec<Failure>)> {
    let selects = !inv.flags.str("selector").is_empty();
    let name = inv.command.name();
    if inv.args().is_empty() && !selects {
        return Err(Failure::usage(format!("USAGE: {name} NODE [flags]")));
    }
    if !inv.args().is_empty() && selects {
        return Err(Failure::usage("cannot specify both a node name and a --selector option"));
    }
    let mut words = vec!["nodes".to_string()];
    for arg in inv.args() {
        words.push(arg.strip_prefix("node/").or(arg.strip_prefix("nodes/")).unwrap_or(arg).to_string());
    }
    Ok(Selector::new(inv, &words).resolve(inv).await?.fetch(inv))
}

/// Makes a node refuse new pods, or welcome them; false if it did so already.
///
/// # Errors
/// What the server answers.
pub fn mark(inv: &Invocation, info: &Info, unschedulable: bool, dry_run: DryRun) -> Outcome<bool> {
    if info.object.at(&["spec", "unschedulable"]).bool() == unschedulable {
        return Ok(false);
    }
    let value = if unschedulable { json!(true) } else { Value::Null };
    if dry_run != DryRun::Client {
        write::patch(inv, info, "", STRATEGIC, json!({"spec": {"unschedulable": value}}), dry_run)?;
    }
    Ok(true)
}

async fn cordon(inv: Invocation, unschedulable: bool) -> Outcome {
    let dry_run = inv.dry_run()?;
    let (infos, failures) = select(&inv).await?;
    Failure::collected(failures)?;
    let mut failures = Vec::new();
    for info in &infos {
        let done = if unschedulable { "cordoned" } else { "uncordoned" };
        match mark(&inv, info, unschedulable, dry_run) {
            Ok(true) => print_result(&inv, None, info, &format!("{done}{}", dry_run.suffix()))?,
            Ok(false) => print_result(&inv, None, info, &format!("already {done}{}", dry_run.suffix()))?,
            Err(failure) => {
                let verb = if unschedulable { "cordon" } else { "uncordon" };
                failures.push(Failure::new(format!("unable to {verb} node {:?}: {}", info.name, failure.message())));
            }
        }
    }
    Failure::collected(failures)
}

/// A taint of the command line; one to be removed may lack value and effect.
#[derive(Clone, Debug, PartialEq)]
struct Taint {
    key: String,
    value: String,
    effect: String,
}

const EFFECTS: &[&str] = &["NoSchedule", "PreferNoSchedule", "NoExecute"];

impl Taint {
    fn parse(text: &str, removed: bool) -> Outcome<Taint> {
        let invalid = |why: &str| Failure::usage(format!("invalid taint spec: {text}, {why}"));
        let (pair, effect) = match text.split(':').collect::<Vec<_>>().as_slice() {
            [pair] => (*pair, ""),
            [pair, effect] => {
                if !EFFECTS.contains(effect) && !(removed && effect.is_empty()) {
                    return Err(Failure::usage(format!("invalid taint effect: {effect}, unsupported taint effect")));
                }
                (*pair, *effect)
            }
            _ => return Err(Failure::usage(format!("invalid taint spec: {text}"))),
        };
        let (key, value) = match pair.split_once('=') {
            // Without an effect the whole pair is read as a key, which it then cannot be.
            Some((key, value)) if !effect.is_empty() => (key, value),
            _ => (pair, ""),
        };
        if let Some(complaint) = names::label_value(value).first() {
            return Err(invalid(&complaint.to_string()));
        }
        if let Some(complaint) = names::qualified_name(key).first() {
            return Err(invalid(&complaint.to_string()));
        }
        if effect.is_empty() && !removed {
            return Err(Failure::usage(format!("invalid taint spec: {text}")));
        }
        Ok(Taint { key: key.into(), value: value.into(), effect: effect.into() })
    }

    fn is_like(&self, other: &Value) -> bool {
        other["key"] == self.key.as_str() && (self.effect.is_empty() || other["effect"] == self.effect.as_str())
    }
}

async fn taint(inv: Invocation) -> Outcome {
    let flags = &inv.flags;
    let (words, specs) = split_taints(inv.args())?;
    if words.is_empty() {
        return Err("one or more resources must be specified as <resource> <name>".into());
    }
    let (mut add, mut remove): (Vec<Taint>, Vec<Taint>) = (Vec::new(), Vec::new());
    for spec in &specs {
        match spec.strip_suffix('-') {
            Some(spec) => remove.push(Taint::parse(spec, true)?),
            None => {
                let taint = Taint::parse(spec, false)?;
                if add.iter().any(|other| other.key == taint.key && other.effect == taint.effect) {
                    let text = format!("{{{} {} {} <nil>}}", taint.key, taint.value, taint.effect);
                    return Err(Failure::usage(format!("duplicated taints with the same key and effect: {text}")));
                }
                add.push(taint);
            }
        }
    }
    let kind = words.first().map(String::as_str).unwrap_or_default();
    let kind = kind.split('/').next().unwrap_or_default();
    if !matches!(kind.to_lowercase().as_str(), "node" | "nodes" | "no") {
        return Err(format!("invalid resource type {kind}, only node types are supported").into());
    }
    if specs.is_empty() {
        return Err("at least one taint update is required".into());
    }
    for taint in &add {
        if remove.iter().any(|gone| gone.key == taint.key && (gone.effect.is_empty() || gone.effect == taint.effect)) {
            let text = "can not both modify and remove the following taint(s) in the same command:";
            return Err(format!("{text} {}={}", taint.key, taint.effect).into());
        }
    }
    if flags.bool("all") && !flags.str("selector").is_empty() {
        return Err("cannot set --all and --selector at the same time".into());
    }
    if words.len() < 2
        && !words.iter().any(|word| word.contains('/'))
        && !flags.bool("all")
        && flags.str("selector").is_empty()
    {
        return Err("at least one resource name must be specified since 'all' parameter is not set".into());
    }
    let dry_run = inv.dry_run()?;
    let printer = Printer::of(&inv)?;
    let (infos, mut failures) = Selector::new(&inv, &words).resolve(&inv).await?.fetch(&inv);
    for mut info in infos {
        match change(&inv, &mut info, &add, &remove, dry_run) {
            Ok(done) => print_result(&inv, printer.as_ref(), &info, done)?,
            Err(failure) => failures.push(failure),
        }
    }
    Failure::collected(failures)
}

/// Words that name nodes, and words that are taints.
fn split_taints(args: &[String]) -> Outcome<(Vec<String>, Vec<String>)> {
    let is_taint = |word: &String| word.contains(':') || word.ends_with('-') || word.contains('=');
    let first = args.iter().position(is_taint).unwrap_or(args.len());
    let (words, specs) = args.split_at(first);
    match specs.iter().find(|word| !is_taint(word)) {
        Some(_) => split_pairs(args, "taint"),
        None => Ok((words.to_vec(), specs.to_vec())),
    }
}

fn change(
    inv: &Invocation,
    info: &mut Info,
    add: &[Taint],
    remove: &[Taint],
    dry_run: DryRun,
) -> Outcome<&'static str> {
    let old: Vec<Value> = info.object.at(&["spec", "taints"]).items().to_vec();
    if !inv.flags.bool("overwrite") {
        let mut keys: Vec<&str> = Vec::new();
        for taint in add.iter().filter(|taint| old.iter().any(|other| taint.is_like(other))) {
            keys.push(&taint.key);
        }
        if !keys.is_empty() {
            let text = "taint(s) with same effect(s) and --overwrite is false";
            return Err(format!("node {} already has {} {text}", info.name, keys.join(",")).into());
        }
    }
    let mut new: Vec<Value> = add
        .iter()
        .map(|taint| {
            let mut document = json!({"effect": (taint.effect.as_str()), "key": (taint.key.as_str())});
            if !taint.value.is_empty() {
                document["value"] = taint.value.as_str().into();
            }
            document
        })
        .collect();
    let mut overwritten = false;
    for taint in &old {
        if add.iter().any(|other| other.is_like(taint)) {
            overwritten = true;
        } else {
            new.push(taint.clone());
        }
    }
    let mut missing = Vec::new();
    for taint in remove {
        let before = new.len();
        new.retain(|other| !taint.is_like(other));
        if new.len() == before {
            let name =
                if taint.effect.is_empty() { taint.key.clone() } else { format!("{}:{}", taint.key, taint.effect) };
            missing.push(Failure::new(format!("taint {name:?} not found")));
        }
    }
    Failure::collected(missing)?;
    let done = match (add.is_empty(), remove.is_empty()) {
        (true, _) => "untainted",
        (false, true) if overwritten => "modified",
        (false, true) => "tainted",
        _ => "modified",
    };
    info.object.set(&["spec", "taints"], new.clone());
    if dry_run != DryRun::Client {
        info.object = write::patch(inv, info, "", STRATEGIC, json!({"spec": {"taints": new}}), dry_run)?;
    }
    Ok(done)
}
