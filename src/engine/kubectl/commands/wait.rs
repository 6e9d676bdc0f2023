//! `kubectl wait`: until a condition holds, a field has a value, an object is there or gone.

use crate::kubectl::command::{Command, Group};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::Invocation;
use crate::kubectl::printers::{Printer, print_result};
use crate::kubectl::resource::{Part, Selection, Selector};
use crate::kubectl::write::{timed_out, until};
use crate::meta::jsonpath::{self, Template};
use crate::meta::{Object, Time, Value};
use std::time::Duration;

/// The rows.
pub static ROWS: &[Command] = &[Command {
    path: "wait",
    group: Group::Advanced,
    short: "Wait for a specific condition on one or many resources",
    run: Some(|inv| Box::pin(run(inv))),
    ..Command::BASE
}];

/// What is waited for.
enum Condition {
    Create,
    Delete,
    /// A status condition and its value, in lower case.
    Status(String, String),
    /// A path and the value it is to have; any value if `None`.
    Field(Template, Option<String>),
}

impl Condition {
    fn parse(text: &str) -> Outcome<Condition> {
        let lower = text.to_ascii_lowercase();
        if lower == "create" || lower == "delete" {
            return Ok(if lower == "create" { Condition::Create } else { Condition::Delete });
        }
        if let Some(rest) = lower.strip_prefix("condition=") {
            let (name, value) = rest.split_once('=').unwrap_or((rest, "true"));
            return Ok(Condition::Status(name.into(), value.into()));
        }
        if let Some(rest) = text.strip_prefix("jsonpath=") {
            // The value stands behind the last `=` outside of braces.
            let end = rest.rfind('}').map_or_else(|| rest.find('=').unwrap_or(rest.len()), |at| at + 1);
            let (path, value) = rest.split_at(end);
            let value = match value.strip_prefix('=') {
                None => None,
                Some("") => {
                    return Err("jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3".into());
                }
                Some(value) => Some(value.trim_matches('"').to_string()),
            };
            let inner = path.trim();
            if inner.is_empty() {
                return Err("jsonpath expression cannot be empty".into());
            }
            let path = jsonpath::relaxed(inner).and_then(|path| Template::parse(&path)).map_err(Failure::new)?;
            return Ok(Condition::Field(path.allow_missing_keys(true), value));
        }
        Err(format!("unrecognized condition: {text:?}").into())
    }

    /// Whether it holds for an object; `None` for one that is not there.
    fn holds(&self, object: Option<&Object>) -> Outcome<bool> {
        Ok(match (self, object) {
            (Condition::Create, object) => object.is_some(),
            (Condition::Delete, object) => object.is_none(),
            (_, None) => false,
            (Condition::Status(name, value), Some(object)) => {
                let found = object.at(&["status", "conditions"]).items().iter();
                let mut found = found.filter(|condition| condition["type"].str().eq_ignore_ascii_case(name));
                // What was observed of an older generation says nothing about this one.
                let current = |condition: &Value| {
                    let seen = condition.get("observedGeneration").or(object.status().get("observedGeneration"));
                    seen.is_none_or(|seen| seen.int() >= object.generation())
                };
                found.next().is_some_and(|condition| {
                    current(condition) && condition["status"].str().eq_ignore_ascii_case(value)
                })
            }
            (Condition::Field(path, value), Some(object)) => {
                let Ok(found) = path.find(object) else { return Ok(false) };
                let found: Vec<Value> = found.into_iter().flatten().collect();
                match (found.as_slice(), value) {
                    ([], _) => false,
                    (_, None) => true,
                    ([one], Some(_)) if one.is_object() || one.is_array() => {
                        return Err("jsonpath leads to a nested object or list which is not supported".into());
                    }
                    ([one], Some(value)) => jsonpath::text(one).eq_ignore_ascii_case(value.trim()),
                    _ => return Err("given jsonpath expression matches more than one value".into()),
                }
            }
        })
    }
}

async fn run(inv: Invocation) -> Outcome {
    let wanted = inv.flags.list("for");
    if wanted.is_empty() {
        return Err("unrecognized condition: []".into());
    }
    let conditions: Vec<Condition> = wanted.iter().map(|text| Condition::parse(text)).collect::<Outcome<_>>()?;
    let printer = Printer::of(&inv)?;
    let timeout = match inv.flags.nanos("timeout") {
        nanos if nanos < 0 => Duration::from_secs(168 * 3600),
        _ => inv.flags.duration("timeout"),
    };
    let end = inv.now() + timeout;
    let selection = Selector::new(&inv, inv.args()).resolve(&inv).await?;
    for condition in &conditions {
        wait(&inv, condition, &selection, end, printer.as_ref()).await?;
    }
    Ok(())
}

/// Waits for one condition on all objects.
async fn wait(
    inv: &Invocation,
    condition: &Condition,
    selection: &Selection,
    end: Time,
    printer: Option<&Printer>,
) -> Outcome {
    if matches!(condition, Condition::Create) {
        // What is to be created is waited for by itself, and is not yet among what can be found.
        let there = until(inv, end.since(inv.now()), || {
            let (infos, failures) = selection.fetch(inv);
            match failures.into_iter().find(|failure| !failure.is_not_found()) {
                Some(failure) => Err(failure),
                None => Ok((!infos.is_empty() && infos.len() >= selection.parts.len()).then_some(infos)),
            }
        });
        let Some(infos) = there.await? else { return Err("timed out waiting for the condition".into()) };
        for info in &infos {
            print_result(inv, printer, info, "condition met")?;
        }
        return Ok(());
    }
    let (infos, mut failures) = selection.fetch(inv);
    if matches!(condition, Condition::Delete) {
        failures.retain(|failure| !failure.is_not_found());
    }
    let bulk = selection.parts.iter().any(|part| matches!(part, Ok(Part::Bulk { .. })));
    if infos.is_empty() && failures.is_empty() && bulk && !matches!(condition, Condition::Delete) {
        return Err("no matching resources found".into());
    }
    let once = inv.flags.nanos("timeout") == 0;
    for mut info in infos {
        if !once && inv.now() >= end {
            failures.push(timed_out(&info));
            continue;
        }
        let uid = info.object.uid().to_string();
        let met = until(inv, end.since(inv.now()), || {
            let object = match inv.get(&info.resource, &info.namespace, &info.name) {
                Ok(object) => Some(object),
                Err(failure) if failure.is_not_found() => None,
                Err(failure) => return Err(failure),
            };
            let object = object.filter(|object| !matches!(condition, Condition::Delete) || object.uid() == uid);
            Ok(condition.holds(object.as_ref())?.then_some(object))
        });
        match met.await {
            Ok(Some(object)) => {
                if let Some(object) = object {
                    info.object = object;
                }
                print_result(inv, printer, &info, "condition met")?;
            }
            Ok(None) if once => {
                let text = format!("condition not met for {}/{}", info.resource.qualified(), info.name);
                failures.push(Failure::new(text));
            }
            Ok(None) => failures.push(timed_out(&info)),
            Err(failure) => failures.push(failure),
        }
    }
    Failure::collected(failures)
}
