//! `-o`: the ways to print objects.

pub mod columns;
pub mod ordered;
pub mod sort;
pub mod table;
pub mod tabwriter;
pub mod typed;

use super::failure::{Failure, Outcome};
use super::invocation::Invocation;
use super::resource::Info;
use crate::meta::go::go_syntax;
use crate::meta::{Object, Value, go_print, gotemplate, jsonpath, yaml};
use columns::Columns;

/// A way to print whole objects.
#[derive(Clone, Debug)]
pub enum Printer {
    /// `-o json`
    Json,
    /// `-o yaml`
    Yaml,
    /// `-o kyaml`
    Kyaml,
    /// `-o name`
    Name,
    /// `-o jsonpath=...`: the template, its text, and whether the results are printed as JSON.
    JsonPath(jsonpath::Template, String, bool),
    /// `-o go-template=...`: the template and its text.
    GoTemplate(gotemplate::Template, String),
    /// `-o custom-columns=...`
    Columns(Columns),
}

/// The formats that take a template, as the texts of errors list them.
const TEMPLATES: &[&str] =
    &["go-template", "go-template-file", "jsonpath", "jsonpath-as-json", "jsonpath-file", "template", "templatefile"];

/// The formats of most commands.
const COMMON: &[&str] = &["json", "kyaml", "name", "yaml"];

impl Printer {
    /// The printer that `-o` names; `None` if it was not given.
    ///
    /// # Errors
    /// If there is no such format.
    pub fn of(inv: &Invocation) -> Outcome<Option<Printer>> {
        Self::among(inv, Self::format_of(inv), COMMON, true)
    }

    /// The format asked for: a template alone is one, and then the default format does not count.
    fn format_of(inv: &Invocation) -> &str {
        let template_alone = inv.flags.changed("template") && !inv.flags.changed("output");
        if template_alone { "" } else { inv.flags.str("output") }
    }

    /// The printer of that name among the formats a command knows.
    ///
    /// # Errors
    /// If it is not one of them, or its template makes no sense.
    pub fn among(inv: &Invocation, output: &str, formats: &[&str], templates: bool) -> Outcome<Option<Printer>> {
        let template = inv.flags.str("template");
        if output.is_empty() && template.is_empty() {
            return Ok(None);
        }
        let (word, text) = match output.split_once('=') {
            Some((word, text)) => (word, text),
            None if output.is_empty() => ("go-template", template),
            None => (output, template),
        };
        if word.starts_with("custom-columns") && formats.contains(&word) {
            return Columns::of(inv, word, text).map(|columns| Some(Printer::Columns(columns)));
        }
        if templates && TEMPLATES.contains(&word) {
            return Self::of_template(inv, word, text).map(Some);
        }
        if !formats.contains(&word) {
            return Err(unknown_format(output, formats, templates));
        }
        match word {
            "json" => Ok(Some(Printer::Json)),
            "yaml" => Ok(Some(Printer::Yaml)),
            "kyaml" => Ok(Some(Printer::Kyaml)),
            "name" => Ok(Some(Printer::Name)),
            _ => Err(unknown_format(output, formats, templates)),
        }
    }

    fn of_template(inv: &Invocation, word: &str, text: &str) -> Outcome<Printer> {
        if text.is_empty() {
            return Err("template format specified but no template given".into());
        }
        let text = if word.ends_with("file") {
            let bytes = inv.process.files.read(&inv.process.path(text)).map_err(|why| {
                let why = why.to_string().to_ascii_lowercase();
                Failure::new(format!("error reading --template {text}, open {text}: {why}"))
            })?;
            String::from_utf8_lossy(&bytes).into_owned()
        } else {
            text.to_string()
        };
        let allow = inv.flags.bool("allow-missing-template-keys");
        if word.starts_with("jsonpath") {
            let parsed = jsonpath::Template::parse(&text)
                .map_err(|why| Failure::new(format!("error parsing jsonpath {text}, {why}")))?;
            return Ok(Printer::JsonPath(parsed.allow_missing_keys(allow), text, word == "jsonpath-as-json"));
        }
        let parsed = gotemplate::Template::parse(&text)
            .map_err(|why| Failure::new(format!("error parsing template {text}, {why}")))?;
        Ok(Printer::GoTemplate(parsed.allow_missing_keys(allow), text))
    }

    /// Whether it prints documents, rather than words out of them.
    pub fn shows_documents(&self) -> bool {
        matches!(self, Printer::Json | Printer::Yaml | Printer::Kyaml)
    }

    /// The object as it is printed: documents leave out who manages which field, templates do not.
    pub fn shown(&self, inv: &Invocation, object: &Value) -> Value {
        if self.shows_documents() { without_managed_fields(inv, object) } else { object.clone() }
    }

    /// The text of an object that went through a Go struct.
    ///
    /// # Errors
    /// If a template fails.
    pub fn print_typed(&self, object: &Value, info: Option<&Info>) -> Outcome<String> {
        Ok(match self {
            Printer::Json => typed::json_text(object),
            Printer::Yaml => typed::yaml_text(object),
            Printer::Kyaml => typed::kyaml_text(object),
            other => return other.print(object, info),
        })
    }

    /// The text of one object, or of a list.
    ///
    /// # Errors
    /// If a template fails.
    pub fn print(&self, object: &Value, info: Option<&Info>) -> Outcome<String> {
        Ok(match self {
            Printer::Json => json_text(object),
            Printer::Yaml => yaml::print(object),
            Printer::Kyaml => object.to_kyaml(),
            Printer::Name => match info {
                Some(info) => format!("{}\n", info.reference()),
                None if object["items"].is_array() => {
                    object["items"].items().iter().map(|item| name_of(item) + "\n").collect()
                }
                None => name_of(object) + "\n",
            },
            Printer::JsonPath(template, text, as_json) => {
                let printed = if *as_json { template.execute_as_json(object) } else { template.execute(object) };
                printed.map_err(|why| failed(text, &why, object))?
            }
            Printer::GoTemplate(template, text) => template.execute(object).map_err(|(written, why)| {
                let (raw, given) = (object.to_go_json(), go_print(object));
                Failure::Plain(format!(
                    "{written}Error executing template: {why}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t{text}\n\traw data was:\n\t\t{raw}\n\tobject given to template engine was:\n\t\t{given}\n\nerror: error executing template {text:?}: {why}"
                ))
            })?,
            Printer::Columns(columns) => columns.print(object)?,
        })
    }
}

/// A template that failed: the text, and what it was given.
fn failed(text: &str, why: &str, object: &Value) -> Failure {
    Failure::new(format!(
        "error executing jsonpath {text:?}: Error executing template: {why}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t{text}\n\tobject given to jsonpath engine was:\n\t\t{}\n\n\n",
        go_syntax(object)
    ))
}

/// `-o json`, with a newline at its end.
fn json_text(object: &Value) -> String {
    let mut text = object.to_pretty_json();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// `pod/web`, from the object alone.
pub fn name_of(object: &Value) -> String {
    let object = Object(object.clone());
    let group = object.api_version().split_once('/').map_or("", |(group, _)| group);
    let kind = super::discovery::with_group(&object.kind().to_ascii_lowercase(), group);
    format!("{kind}/{}", object.name())
}

/// There is no such `-o`.
pub fn unknown_format(output: &str, formats: &[&str], templates: bool) -> Failure {
    let mut all: Vec<&str> = formats.to_vec();
    if templates {
        all.extend(TEMPLATES);
    }
    all.sort_unstable();
    let text = "unable to match a printer suitable for the output format";
    Failure::new(format!("{text} {output:?}, allowed formats are: {}", all.join(",")))
}

/// An object without `metadata.managedFields`, unless `--show-managed-fields`.
#[must_use]
pub fn without_managed_fields(inv: &Invocation, object: &Value) -> Value {
    let mut object = object.clone();
    if !inv.flags.bool("show-managed-fields") {
        object.remove(&["metadata", "managedFields"]);
        if object["items"].is_array() {
            for item in object["items"].array_mut() {
                item.remove(&["metadata", "managedFields"]);
            }
        }
    }
    object
}

/// Commands that make a printer for each object, which knows of none before it.
const FORGETFUL: &[&str] =
    &["autoscale", "label", "patch", "rollout pause", "rollout restart", "rollout resume", "rollout undo", "taint"];

/// As [`print_result`], of an object that went through a Go struct: what kubectl made itself, or
/// what it changed as a value of its type.
///
/// # Errors
/// If a template fails.
pub fn print_made(inv: &Invocation, printer: Option<&Printer>, info: &Info, done: &str) -> Outcome {
    let made = printer.filter(|printer| printer.shows_documents());
    let Some(made) = made else { return print_result(inv, printer, info, done) };
    if matches!(made, Printer::Yaml) && inv.prints_again() && !FORGETFUL.contains(&inv.command.path) {
        inv.out("---\n");
    }
    inv.out(made.print_typed(&without_managed_fields(inv, &info.object), Some(info))?);
    Ok(())
}

/// Prints what a command did to an object: the object itself if `-o` says so, else `pod/web created`.
///
/// # Errors
/// If a template fails.
pub fn print_result(inv: &Invocation, printer: Option<&Printer>, info: &Info, done: &str) -> Outcome {
    match printer {
        None => inv.out(format!("{} {done}\n", info.reference())),
        Some(printer) => {
            if matches!(printer, Printer::Yaml) && inv.prints_again() && !FORGETFUL.contains(&inv.command.path) {
                inv.out("---\n");
            }
            inv.out(printer.print(&printer.shown(inv, &info.object), Some(info))?);
        }
    }
    Ok(())
}
