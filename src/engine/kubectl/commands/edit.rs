//! `kubectl edit`: objects in the reader's editor, sent back as patches.

use super::create;
use crate::api::{Method, Request};
use crate::json;
use crate::kubectl::command::{Command, Group};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::{DryRun, Invocation, MERGE, STRATEGIC};
use crate::kubectl::manifest;
use crate::kubectl::printers::{Printer, print_result, without_managed_fields};
use crate::kubectl::resource::{Info, Selector};
use crate::kubectl::write::{self, LAST_APPLIED};
use crate::meta::{Object, Value, patch, yaml};
use crate::process::{Node, Process};
use crate::sim::pipe;

/// The rows.
pub static ROWS: &[Command] = &[Command {
    path: "edit",
    group: Group::Intermediate,
    short: "Edit a resource on the server",
    run: Some(|inv| Box::pin(run(inv, Subject::Object))),
    ..Command::BASE
}];

/// What is edited.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The object as it is on the server.
    Object,
    /// The configuration that `apply` remembers.
    LastApplied,
    /// What manifests say, before it is created: `create --edit`.
    Manifest,
}

const HEADER: &str = "\
# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
";

/// Why the editor opens again: a sentence, and the details.
struct Reason {
    head: String,
    details: Vec<String>,
}

/// What came of sending the changes.
#[derive(Default)]
struct Results {
    reasons: Vec<Reason>,
    retryable: usize,
    not_found: usize,
}

impl Results {
    fn header(&self) -> String {
        let mut text = HEADER.to_string();
        for reason in &self.reasons {
            let colon = if reason.details.is_empty() { "" } else { ":" };
            text += &format!("# {}{colon}\n", reason.head);
            for detail in &reason.details {
                text += &format!("# * {detail}\n");
            }
            text += "#\n";
        }
        text
    }

    /// Counts a failure and says it.
    fn add(&mut self, failure: &Failure, info: &Info) -> String {
        let (resource, name) = (info.resource.qualified(), &info.name);
        match (failure.reason(), failure) {
            ("Invalid", Failure::Api(status)) => {
                let causes = status.at(&["details", "causes"]).items().iter();
                let details = causes.map(|cause| format!("{}: {}", cause["field"].str(), cause["message"].str()));
                let head = format!("{resource} {name:?} was not valid");
                self.reasons.push(Reason { head, details: details.collect() });
                format!("error: {resource} {name:?} is invalid")
            }
            ("NotFound", _) => {
                self.not_found += 1;
                format!("error: {resource} {name:?} could not be found on the server")
            }
            _ => {
                self.retryable += 1;
                format!("error: {resource} {name:?} could not be patched: {}", failure.message())
            }
        }
    }
}

/// A document without its comments: as JSON where it can be read, else line by line.
fn stripped(text: &str) -> String {
    match yaml::parse(text) {
        Ok(document) => document.to_go_json(),
        Err(_) => without_comments(text).trim().to_string(),
    }
}

fn without_comments(text: &str) -> String {
    text.split_inclusive('\n').filter(|line| !line.trim_start().starts_with('#')).collect()
}

/// Edits what the words select.
///
/// # Errors
/// If the changes cannot be saved.
pub async fn run(inv: Invocation, subject: Subject) -> Outcome {
    let output = inv.flags.str("output");
    let printer = match subject {
        Subject::Manifest => (output == "json").then_some(Printer::Json),
        _ => Printer::among(&inv, output, &["json", "kyaml", "yaml"], false)?,
    };
    let selection = Selector::new(&inv, inv.args()).all_of_type().resolve(&inv).await?;
    let (mut infos, failures) = match subject {
        Subject::Manifest => selection.infos(&inv),
        _ => selection.fetch(&inv),
    };
    Failure::collected(failures)?;
    if infos.is_empty() {
        inv.err("Edit cancelled, no objects found.\n");
        return Err(Failure::Exit(1));
    }
    let subresource = inv.flags.str("subresource");
    for info in &mut infos {
        if !subresource.is_empty() {
            info.object = inv.request(Request::new(Method::Get, &format!("{}/{subresource}", info.path())))?;
        }
        info.object = Object(match subject {
            Subject::Object | Subject::Manifest => without_managed_fields(&inv, &info.object),
            Subject::LastApplied => remembered(info)?,
        });
    }
    let printer = printer.unwrap_or(Printer::Yaml);
    Session { inv: &inv, subject, printer, infos: &infos }.run().await
}

/// What `apply` remembers of an object.
fn remembered(info: &Info) -> Outcome<Value> {
    let text = info.object.annotation(LAST_APPLIED).unwrap_or_default();
    Value::from_json(text.as_bytes()).map_err(|_| {
        let text = "no last-applied-configuration annotation found on resources, to create the annotation, use command";
        Failure::new(format!("{text} `kubectl apply set-last-applied --create-annotation`"))
    })
}

/// One editing, however often the editor opens.
struct Session<'a> {
    inv: &'a Invocation,
    subject: Subject,
    printer: Printer,
    infos: &'a [Info],
}

impl Session<'_> {
    async fn run(&self) -> Outcome {
        let original = match self.infos {
            [info] => info.object.0.clone(),
            infos => {
                let items: Vec<Value> = infos.iter().map(|info| info.object.0.clone()).collect();
                json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {}})
            }
        };
        let original = self.printer.print(&original, None)?;
        let (mut results, mut edited, mut failed) = (Results::default(), String::new(), false);
        let mut file = String::new();
        loop {
            let header = if self.inv.flags.str("output") == "json" { String::new() } else { results.header() };
            let text = if failed { header + &without_comments(&edited) } else { header + &original };
            let before = std::mem::take(&mut edited);
            let (path, text) = self.launch(&text).await.map_err(|failure| self.keep(failure, &file))?;
            edited = text;
            if failed && stripped(&before) == stripped(&edited) {
                return Err(self.keep("Edit cancelled, no valid changes were saved.".into(), &path));
            }
            if !file.is_empty() {
                let _ = self.inv.process.files.remove(&file);
            }
            file = path;
            if let Err(why) = self.validate(&edited) {
                let status = json!({"reason": "Invalid", "details": {"causes": [{
                    "field": "<nil>", "message": (format!("Invalid value: \"The edited file failed validation\": {why}")),
                }]}});
                results = Results::default();
                failed = true;
                if let Some(info) = self.infos.first() {
                    self.inv.err(results.add(&Failure::Api(status), info) + "\n");
                }
                continue;
            }
            if stripped(&original) == stripped(&edited) {
                let _ = self.inv.process.files.remove(&file);
                self.inv.err("Edit cancelled, no changes made.\n");
                return Ok(());
            }
            results = Results::default();
            self.send(&edited, &mut results).map_err(|failure| self.keep(failure, &file))?;
            if results.retryable > 0 {
                self.inv.err(format!("You can run `kubectl replace -f {file}` to try this update again.\n"));
                return Err(Failure::Exit(1));
            }
            if results.not_found > 0 {
                self.inv.err(format!("The edits you made on deleted resources have been saved to {file:?}\n"));
                return Err(Failure::Exit(1));
            }
            if results.reasons.is_empty() {
                let _ = self.inv.process.files.remove(&file);
                return Ok(());
            }
            failed = true;
        }
    }

    /// Says where the changes are, if they are anywhere.
    fn keep(&self, failure: Failure, file: &str) -> Failure {
        if !file.is_empty() {
            self.inv.err(format!("A copy of your changes has been stored to {file:?}\n"));
        }
        failure
    }

    /// Opens the editor on a text and gives the file with what became of it.
    async fn launch(&self, text: &str) -> Outcome<(String, String)> {
        let process = &self.inv.process;
        let editor = process.var("KUBE_EDITOR").or(process.var("EDITOR")).filter(|editor| !editor.is_empty());
        let editor = editor.unwrap_or("vi");
        let ending = if self.inv.flags.str("output") == "json" { "json" } else { "yaml" };
        let path = format!("/tmp/kubectl-edit-{}.{ending}", 1_000_000_000 + process.rng.below(3_000_000_000));
        process.files.put(&path, Node::File(text.as_bytes().into(), 0o600));
        // There is no shell between kubectl and its editor that could complain of one that is missing.
        let complaints = pipe(&process.clock);
        let child = Process { stderr: complaints.clone(), ..process.clone() };
        let code = process.system.run(&format!("{editor} {path}"), child).await;
        if code != 127 {
            process.stderr.write(&complaints.take());
        }
        match code {
            0 => {}
            127 => return Err(format!("unable to launch the editor {editor:?}").into()),
            _ => return Err(format!("there was a problem with the editor {editor:?}").into()),
        }
        let bytes = process.files.read(&path).map_err(|why| Failure::new(format!("open {path}: {why}")))?;
        Ok((path, String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn validate(&self, text: &str) -> Result<(), String> {
        let document = yaml::parse(text).or_else(|_| yaml::parse(&without_comments(text)))?;
        if !document.is_object() {
            return Err("invalid object to validate".into());
        }
        let missing = |field: &str| document[field].str().is_empty();
        match (missing("apiVersion"), missing("kind")) {
            (false, false) => Ok(()),
            (true, false) => Err("apiVersion not set".into()),
            (false, true) => Err("kind not set".into()),
            _ => Err("[apiVersion not set, kind not set]".into()),
        }
    }

    /// Sends what differs, object by object.
    fn send(&self, text: &str, results: &mut Results) -> Outcome {
        let source = manifest::Source { name: "edited-file".into(), text: text.into() };
        for document in manifest::documents(&source, false) {
            let edited = document?;
            let uid = edited.uid();
            let same = |info: &&Info| match self.subject {
                Subject::Object => info.object.uid() == uid,
                Subject::LastApplied | Subject::Manifest => info.name == edited.name(),
            };
            let Some(info) = self.infos.iter().find(same).or(self.infos.first().filter(|_| self.infos.len() == 1))
            else {
                continue;
            };
            if let Err(failure) = self.send_one(info, edited) {
                match &failure {
                    Failure::Api(_) => self.inv.err(results.add(&failure, info) + "\n"),
                    _ => return Err(failure),
                }
            }
        }
        Ok(())
    }

    fn send_one(&self, info: &Info, edited: Object) -> Outcome {
        let (inv, original) = (self.inv, &info.object);
        let kept = original.api_version() == edited.api_version() && original.kind() == edited.kind();
        if !kept || original.name() != edited.name() {
            return Err("At least one of apiVersion, kind and name was changed".into());
        }
        let mut info = info.clone();
        if self.subject == Subject::Manifest {
            info.object = edited;
            return create::create_one(inv, info, Printer::of(inv)?.as_ref(), inv.dry_run()?);
        }
        if *edited == **original {
            return print_result(inv, self.answer(), &info, "skipped");
        }
        let target = inv.target()?;
        if target.namespace_given && info.resource.namespaced && edited.namespace() != target.namespace {
            let (own, given) = (edited.namespace(), &target.namespace);
            return Err(format!("the namespace from the provided object {own:?} does not match the namespace {given:?}. You must pass '--namespace={own}' to perform this operation.").into());
        }
        let (document, content_type) = match self.subject {
            Subject::LastApplied => {
                let mut patch = json!({"metadata": {"annotations": {}}});
                patch.set(&["metadata", "annotations", LAST_APPLIED], edited.to_go_json() + "\n");
                (patch, MERGE)
            }
            Subject::Object | Subject::Manifest => {
                let edited =
                    if inv.flags.bool("save-config") { write::with_configuration(&edited) } else { edited.clone() };
                match write::schema_of(&info.resource) {
                    Some(schema) => (patch::strategic_diff(original, &edited, Some(schema)), STRATEGIC),
                    None => (patch::merge_diff(original, &edited), MERGE),
                }
            }
        };
        if inv.flags.bool("output-patch") {
            inv.out(format!("Patch: {}\n", document.to_go_json()));
        }
        let subresource = inv.flags.str("subresource");
        let patched = write::patch(inv, &info, subresource, content_type, document, DryRun::None)?;
        info.object = if self.subject == Subject::LastApplied { edited } else { patched };
        print_result(inv, self.answer(), &info, "edited")
    }

    /// How what was edited is printed afterwards: as it was in the editor, if `-o` said how.
    fn answer(&self) -> Option<&Printer> {
        self.inv.flags.changed("output").then_some(&self.printer)
    }
}
