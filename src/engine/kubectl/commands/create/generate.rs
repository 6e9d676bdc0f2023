//! What all generators of `kubectl create` have in common: a name in, an object out.

use crate::json;
use crate::kubectl::discovery;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::{DryRun, Invocation};
use crate::kubectl::printers::{Printer, print_made};
use crate::kubectl::resource::Info;
use crate::kubectl::write;
use crate::meta::{Object, Value};

/// The one name that the words must be.
///
/// # Errors
/// If there are none or several.
pub fn name(inv: &Invocation) -> Outcome<String> {
    let words = match inv.flags.dash {
        Some(before) => inv.args().get(..before).unwrap_or_default(),
        None => inv.args(),
    };
    match words {
        [name] => Ok(name.clone()),
        words => Err(Failure::usage(format!("exactly one NAME is required, got {}", words.len()))),
    }
}

/// The words after `--`.
pub fn command(inv: &Invocation) -> Vec<Value> {
    let from = inv.flags.dash.unwrap_or(inv.args().len()).max(usize::from(inv.flags.dash.is_none()));
    inv.args().get(from..).unwrap_or_default().iter().map(Value::from).collect()
}

/// The start of an object.
pub fn object(api_version: &str, kind: &str, name: &str) -> Value {
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}})
}

/// Creates a generated object, or prints it; `failing` begins the text of an error.
///
/// # Errors
/// What the server answers.
pub fn finish(inv: &Invocation, object: Value, failing: &str) -> Outcome {
    finish_as(inv, object, failing, "created")
}

/// As [`finish`], with another word for what was done.
///
/// # Errors
/// What the server answers.
pub fn finish_as(inv: &Invocation, object: Value, failing: &str, done: &str) -> Outcome {
    let dry_run = inv.dry_run()?;
    let printer = Printer::of(inv)?;
    let mut info = locate(inv, Object(object))?;
    // Of what it makes from other objects, kubectl shows nothing remembered while it rehearses; and
    // services that it makes by themselves are never remembered.
    let remembered = match inv.command.path {
        "expose" | "autoscale" => dry_run != DryRun::Client,
        path => !path.starts_with("create service "),
    };
    if remembered && inv.flags.bool("save-config") {
        info.object = write::with_own_configuration(&info.object);
    }
    if dry_run != DryRun::Client {
        match write::create(inv, &info, dry_run) {
            Ok(object) => info.refresh(object),
            Err(failure) if failing.is_empty() => return Err(failure),
            Err(failure) => return Err(Failure::new(format!("{failing} {}", failure.message()))),
        }
    }
    print_made(inv, printer.as_ref(), &info, &format!("{done}{}", dry_run.suffix()))
}

/// Where an object of our own making belongs. Its namespace is written into it only if one was given.
///
/// # Errors
/// If the server serves no such kind.
pub fn locate(inv: &Invocation, object: Object) -> Outcome<Info> {
    let missing =
        || Failure::new(format!("no matches for kind {:?} in version {:?}", object.kind(), object.api_version()));
    let resource = discovery::of_kind(inv, object.api_version(), object.kind())?.ok_or_else(missing)?;
    let (mut object, target) = (object, inv.target()?);
    let mut namespace = String::new();
    if resource.namespaced {
        namespace = target.namespace.clone();
        if target.namespace_given {
            object.set(&["metadata", "namespace"], namespace.as_str());
        }
    }
    Ok(Info { resource, namespace, name: object.name().into(), source: String::new(), object })
}

/// Reads `a=b,c=d`.
pub fn pairs(text: &str) -> Vec<(String, String)> {
    let pair = |pair: &str| pair.split_once('=').map(|(key, value)| (key.trim().to_string(), value.trim().to_string()));
    text.split(',').filter_map(pair).collect()
}

/// A number where the text is one, else the text: `IntOrString`.
pub fn int_or_string(text: &str) -> Value {
    text.parse::<i64>().map_or_else(|_| text.into(), Value::from)
}
