//! `kubectl delete`: by file, by name, by selector; waits until the objects are gone.

use crate::api::{Method, Request};
use crate::kubectl::command::{Command, Group};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::{DryRun, Invocation};
use crate::kubectl::printers::ordered;
use crate::kubectl::resource::{Info, Part, Selector, gather_part};
use crate::kubectl::write;
use std::time::Duration;

/// The rows.
pub static ROWS: &[Command] = &[Command {
    path: "delete",
    group: Group::Intermediate,
    short: "Delete resources by file names, stdin, resources and names, or by resources and label selector",
    run: Some(|inv| Box::pin(run(inv))),
    ..Command::BASE
}];

/// How long to wait if nothing is said: a week.
const FOREVER: Duration = Duration::from_secs(168 * 3600);

const FORCE_WARNING: &str = "Immediate deletion does not wait for confirmation that the running resource has been \
terminated. The resource may continue to run on the cluster indefinitely.";

/// How to delete.
pub struct Deletion {
    /// Seconds of grace, or `None` for the object's own.
    pub grace: Option<i64>,
    /// `background`, `foreground` or `orphan`.
    pub cascade: String,
    /// Whether to wait until the objects are gone.
    pub wait: bool,
    /// How long.
    pub timeout: Duration,
    /// Whether to rehearse only.
    pub dry_run: DryRun,
    /// Whether objects that are not there are fine.
    pub ignore_not_found: bool,
}

impl Deletion {
    /// What the flags say.
    ///
    /// # Errors
    /// If they contradict each other.
    pub fn of(inv: &Invocation) -> Outcome<Deletion> {
        let flags = &inv.flags;
        let (mut grace, force) = (flags.int("grace-period"), flags.bool("force"));
        let mut wait = flags.bool("wait");
        if flags.bool("now") {
            if grace != -1 {
                return Err("--now and --grace-period cannot be specified together".into());
            }
            grace = 1;
        }
        if grace == 0 && !force {
            // What was once said carelessly now means the shortest grace, waited for.
            (grace, wait) = (1, true);
        }
        if force && grace < 0 {
            grace = 0;
        }
        if force && grace > 0 {
            return Err("--force and --grace-period greater than 0 cannot be specified together".into());
        }
        write::check_cascade(flags.str("cascade"))?;
        let timeout = match flags.nanos("timeout") {
            nanos if nanos <= 0 => FOREVER,
            _ => flags.duration("timeout"),
        };
        Ok(Deletion {
            grace: (grace >= 0).then_some(grace),
            cascade: flags.str("cascade").into(),
            wait,
            timeout,
            dry_run: inv.dry_run()?,
            ignore_not_found: flags.bool("ignore-not-found"),
        })
    }

    /// Deletes objects one by one, prints so, and waits for their end.
    ///
    /// # Errors
    /// What the server answers, or that the time was too short.
    pub async fn run(&self, inv: &Invocation, parts: Vec<Outcome<Part>>) -> Outcome<usize> {
        let (mut failures, mut deleted, mut found) = (Vec::new(), Vec::new(), 0);
        for part in parts {
            let infos = match part.and_then(|part| match part {
                Part::Named(info) | Part::File(info) => Ok(vec![info]),
                bulk => gather_part(inv, &bulk, true),
            }) {
                Ok(infos) => infos,
                Err(failure) => {
                    failures.push(failure);
                    continue;
                }
            };
            for mut info in infos {
                if self.dry_run != DryRun::Client {
                    match write::delete(inv, &info, self.grace, &self.cascade, self.dry_run) {
                        Ok(answer) => {
                            // A status names the object's UID; some answers are the object itself.
                            let uid = match answer.at(&["details", "uid"]).str() {
                                "" => answer.uid().to_string(),
                                uid => uid.to_string(),
                            };
                            info.object.set(&["metadata", "uid"], uid);
                        }
                        Err(failure) if self.ignore_not_found && failure.is_not_found() => continue,
                        Err(failure) => {
                            failures.push(failure.from_source("deleting", &info.source));
                            continue;
                        }
                    }
                }
                found += 1;
                if !inv.flags.bool("quiet") {
                    inv.out(self.message(inv, &info));
                }
                deleted.push(info);
            }
        }
        Failure::collected(failures)?;
        if self.wait && self.dry_run == DryRun::None {
            write::until_gone(inv, &deleted, self.timeout).await?;
        }
        Ok(found)
    }

    fn message(&self, inv: &Invocation, info: &Info) -> String {
        let kind = info.resource.type_name();
        if inv.flags.str("output") == "name" {
            return format!("{kind}/{}\n", info.name);
        }
        let done = if self.grace == Some(0) { "force deleted" } else { "deleted" };
        let suffix = self.dry_run.suffix();
        if info.namespace.is_empty() {
            format!("{kind} \"{}\" {done}{suffix}\n", info.name)
        } else {
            format!("{kind} \"{}\" {done} from {} namespace{suffix}\n", info.name, info.namespace)
        }
    }
}

async fn run(inv: Invocation) -> Outcome {
    let flags = &inv.flags;
    let raw = flags.str("raw");
    if !raw.is_empty() {
        if !inv.args().is_empty() {
            return Err("arguments may not be passed when --raw is specified".into());
        }
        let answer = inv.request(Request::new(Method::Delete, raw))?;
        inv.out(ordered::compact(&answer) + "\n");
        return Ok(());
    }
    let output = flags.str("output");
    if !output.is_empty() && output != "name" {
        return Err(format!("unexpected -o output mode: {output}. We only support '-o name'").into());
    }
    let selects = !flags.str("selector").is_empty() || !flags.str("field-selector").is_empty();
    if flags.bool("all") && selects {
        return Err("setting 'all' parameter but found a non empty selector. ".into());
    }
    let mut deletion = Deletion::of(&inv)?;
    if (flags.bool("all") || selects) && !flags.changed("ignore-not-found") {
        deletion.ignore_not_found = true;
    }
    if deletion.grace == Some(0) {
        inv.warn(FORCE_WARNING);
    }
    let selection = Selector::new(&inv, inv.args()).resolve(&inv).await?;
    let cluster_scoped = |part: &Outcome<Part>| part.as_ref().is_ok_and(|part| !part.resource().namespaced);
    if inv.target()?.namespace_given && selection.parts.iter().any(cluster_scoped) {
        inv.warn("deleting cluster-scoped resources, not scoped to the provided namespace");
    }
    let parts = if flags.bool("interactive") { confirm(&inv, selection.parts).await? } else { selection.parts };
    let asked = parts.len();
    let found = deletion.run(&inv, parts).await?;
    if found == 0 && (asked == 0 || selects || flags.bool("all") || !deletion.ignore_not_found) {
        inv.out("No resources found\n");
    }
    Ok(())
}

/// Shows what would go and asks whether it should.
async fn confirm(inv: &Invocation, parts: Vec<Outcome<Part>>) -> Outcome<Vec<Outcome<Part>>> {
    let (mut text, mut shown) = (String::from("You are about to delete the following resource(s):\n"), Vec::new());
    for part in parts {
        for info in gather_part(inv, &part?, true)? {
            text += &format!("{}\n", info.reference());
            shown.push(Ok(Part::Named(info)));
        }
    }
    inv.out(text + "Do you want to continue? (y/N): ");
    let answer = inv.process.stdin.read_line().await.unwrap_or_default();
    if matches!(answer.trim_ascii(), b"y" | b"Y" | b"yes" | b"YES" | b"Yes") {
        return Ok(shown);
    }
    inv.out("deletion is cancelled\n");
    Err(Failure::Exit(0))
}
