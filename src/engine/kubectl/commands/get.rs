//! `kubectl get`: tables as the server makes them, or whole objects.

use crate::api::{Content, Method, Request};
use crate::json;
use crate::kubectl::command::{Command, Group};
use crate::kubectl::discovery::Resource;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags;
use crate::kubectl::invocation::Invocation;
use crate::kubectl::printers::table::{TableOptions, TablePrinter};
use crate::kubectl::printers::{self, Printer};
use crate::kubectl::resource::{Part, Selection, Selector};
use crate::meta::{Object, Value};
use std::rc::Rc;

/// The rows.
pub static ROWS: &[Command] = &[Command {
    path: "get",
    group: Group::Intermediate,
    short: "Display one or many resources",
    flags: flags::no_others,
    run: Some(|inv| Box::pin(run(inv))),
    ..Command::BASE
}];

/// What `-o` may be, but for the templates.
const FORMATS: &[&str] = &["custom-columns", "custom-columns-file", "json", "kyaml", "name", "wide", "yaml"];

/// What asks the server for a table.
pub const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

async fn run(inv: Invocation) -> Outcome {
    let raw = inv.flags.str("raw");
    if !raw.is_empty() {
        return run_raw(&inv, raw).await;
    }
    let output = inv.flags.str("output");
    let watching = inv.flags.bool("watch") || inv.flags.bool("watch-only");
    if inv.args().is_empty() && inv.flags.list("filename").is_empty() && inv.flags.str("kustomize").is_empty() {
        inv.err(
            "You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of supported resources.\n\n",
        );
        return Err(Failure::usage(
            "Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description of that resource (e.g. kubectl explain pods).",
        ));
    }
    if inv.flags.bool("output-watch-events") && !watching {
        return Err("--output-watch-events option can only be used with --watch or --watch-only".into());
    }
    let printer = match output {
        "wide" => None,
        // A template alone says the format too.
        output => Printer::among(&inv, output, FORMATS, true)?,
    };
    if inv.flags.bool("show-labels") && printer.is_some() {
        let word = output.split('=').next().unwrap_or_default();
        return Err(format!("--show-labels option cannot be used with {word} printer").into());
    }
    let mut selector = Selector::new(&inv, inv.args()).all_of_type();
    selector.single_type = watching;
    let selection = selector.resolve(&inv).await?;
    let bulk = |part: &Outcome<Part>| matches!(part, Ok(Part::Bulk { .. }));
    if !inv.flags.str("subresource").is_empty() && selection.parts.iter().any(bulk) {
        return Err("subresource cannot be used when bulk resources are specified".into());
    }
    if watching {
        return super::watch::run(&inv, &selection, printer).await;
    }
    match printer {
        Some(printer) => print_objects(&inv, &selection, &printer),
        None => print_tables(&inv, &selection),
    }
}

async fn run_raw(inv: &Invocation, path: &str) -> Outcome {
    if !inv.args().is_empty() {
        return Err("arguments may not be passed when --raw is specified".into());
    }
    if inv.flags.changed("output") {
        return Err("--raw and --output are mutually exclusive".into());
    }
    if !path.starts_with('/') && !path.contains("://") {
        return Err(format!("--raw must be a valid URL path: parse {path:?}: invalid URI for request").into());
    }
    let mut answer = inv.send(Request::new(Method::Get, path))?;
    if let Content::Later(later) = answer.content {
        answer = inv.accept(later.await)?;
    }
    match answer.content {
        Content::Document(document) => inv.out(printers::ordered::compact(&document)),
        Content::Bytes { bytes, .. } => drop(inv.process.stdout.write(&bytes)),
        _ => {}
    }
    Ok(())
}

/// The request for one part.
pub fn request(inv: &Invocation, part: &Part) -> Request {
    let mut request = match part {
        Part::Named(info) | Part::File(info) => Request::new(Method::Get, &info.path()),
        Part::Bulk { resource, namespace, labels, fields } => {
            let mut request = Request::new(Method::Get, &resource.path(namespace, ""));
            for (key, value) in [("labelSelector", labels), ("fieldSelector", fields)] {
                if !value.is_empty() {
                    request = request.query(key, value.as_str());
                }
            }
            match inv.flags.int("chunk-size") {
                0 => request,
                size => request.query("limit", size.to_string()),
            }
        }
    };
    let subresource = inv.flags.str("subresource");
    if !subresource.is_empty() {
        request.path = format!("{}/{subresource}", request.path);
    }
    request
}

/// Asks for one part, following `continue` until the list is complete. Tables or objects.
fn fetch(inv: &Invocation, part: &Part, table: bool) -> Outcome<Object> {
    let mut first: Option<Object> = None;
    let mut token = String::new();
    loop {
        let mut request = request(inv, part);
        if table {
            request = request.header("accept", TABLE);
            if !inv.flags.str("sort-by").is_empty() {
                request = request.query("includeObject", "Object");
            }
        }
        if !token.is_empty() {
            request = request.query("continue", token.as_str());
        }
        let page = inv.request(request).map_err(|failure| match part {
            Part::Bulk { resource, labels, fields, .. } => failure.from_list(resource, labels, fields),
            _ => failure,
        })?;
        token = page.at(&["metadata", "continue"]).str().to_string();
        let field = if table { "rows" } else { "items" };
        match &mut first {
            None => first = Some(page),
            Some(first) => first[field].array_mut().extend_from_slice(page[field].items()),
        }
        if token.is_empty() {
            return Ok(first.unwrap_or_default());
        }
    }
}

/// The options of the tables that a part's flags ask for.
pub fn table_options(inv: &Invocation) -> TableOptions {
    TableOptions {
        no_headers: inv.flags.bool("no-headers"),
        wide: inv.flags.str("output") == "wide",
        with_namespace: false,
        with_kind: inv.flags.bool("show-kind"),
        show_labels: inv.flags.bool("show-labels"),
        label_columns: inv.flags.list("label-columns"),
    }
}

/// A table of names and ages, where the server was not asked for one or made none.
pub fn plain_table(inv: &Invocation, answer: &Value) -> Value {
    let age = |object: &Object| match object.created() {
        Some(created) => crate::meta::duration::human(inv.now().since(created)),
        None => "<unknown>".to_string(),
    };
    let row = |object: &Value| {
        let object = Object(object.clone());
        json!({"cells": [(object.name()), (age(&object))], "object": (object.0.clone())})
    };
    let rows: Vec<Value> = match answer["items"].as_array() {
        Some(items) => items.iter().map(row).collect(),
        None => vec![row(answer)],
    };
    json!({"columnDefinitions": [{"name": "Name"}, {"name": "Age"}], "rows": rows})
}

fn print_tables(inv: &Invocation, selection: &Selection) -> Outcome {
    let mut failures: Vec<Failure> = Vec::new();
    let mut tables: Vec<(Rc<Resource>, Value, bool)> = Vec::new();
    let (ignore, sort_by) = (inv.flags.bool("ignore-not-found"), inv.flags.str("sort-by"));
    for part in &selection.parts {
        let server_print = inv.flags.bool("server-print");
        match part.as_ref().map_err(Clone::clone).and_then(|part| Ok((part, fetch(inv, part, server_print)?))) {
            Ok((part, answer)) => {
                let is_table = answer.kind() == "Table";
                let table = if is_table { answer.0 } else { plain_table(inv, &answer) };
                let bulk = matches!(part, Part::Bulk { .. });
                tables.push((part.resource().clone(), table, bulk));
            }
            Err(failure) if ignore && failure.is_not_found() => {}
            Err(failure) if failures.contains(&failure) => {}
            Err(failure) => failures.push(failure),
        }
    }
    if !sort_by.is_empty() && !tables.is_empty() {
        let [(_, table, bulk)] = tables.as_mut_slice() else { return Err(printers::sort::not_found(sort_by)) };
        // Of a list that cannot be sorted nothing is left; a single row needs no order.
        if *bulk && !printers::sort::rows(table, sort_by) {
            tables.clear();
        }
    }
    let mut printer = TablePrinter::default();
    printer.options = table_options(inv);
    printer.options.with_kind |= tables.iter().any(|(resource, ..)| *resource != tables[0].0);
    let (mut written, mut last): (bool, Option<&Resource>) = (false, None);
    let mut pending_line = false;
    let all_namespaces = inv.flags.bool("all-namespaces");
    for (resource, table, _) in &tables {
        if last.is_none_or(|last| last != &**resource) {
            let text = printer.flush();
            emit(inv, &text, &mut pending_line, &mut written);
            pending_line = written && !printer.options.no_headers;
            printer.restart();
            printer.options.with_namespace = all_namespaces && resource.namespaced;
            last = Some(resource);
        }
        printer.add(table, resource, None);
    }
    let text = printer.flush();
    emit(inv, &text, &mut pending_line, &mut written);
    if !written && !ignore && failures.is_empty() {
        let namespaced = tables.iter().all(|(resource, ..)| resource.namespaced);
        if namespaced && !all_namespaces {
            inv.err(format!("No resources found in {} namespace.\n", inv.namespace()?));
        } else {
            inv.err("No resources found\n");
        }
    }
    Failure::collected(failures)
}

/// Prints a block, with the blank line that separates it from what was printed before.
fn emit(inv: &Invocation, text: &str, pending_line: &mut bool, written: &mut bool) {
    if text.is_empty() {
        return;
    }
    if std::mem::take(pending_line) {
        inv.out("\n");
    }
    inv.out(text);
    *written = true;
}

fn print_objects(inv: &Invocation, selection: &Selection, printer: &Printer) -> Outcome {
    let mut failures: Vec<Failure> = Vec::new();
    let mut objects: Vec<Value> = Vec::new();
    let ignore = inv.flags.bool("ignore-not-found");
    for part in &selection.parts {
        match part.as_ref().map_err(Clone::clone).and_then(|part| fetch(inv, part, false)) {
            Ok(answer) if answer["items"].is_array() => {
                let (kind, version) = (answer.kind().strip_suffix("List").unwrap_or_default(), answer.api_version());
                for item in answer["items"].items() {
                    let mut item = item.clone();
                    item.set_default(&["apiVersion"], version);
                    item.set_default(&["kind"], kind);
                    objects.push(item);
                }
            }
            Ok(answer) => objects.push(answer.0),
            Err(failure) if ignore && failure.is_not_found() => {}
            Err(failure) if failures.contains(&failure) => {}
            Err(failure) => failures.push(failure),
        }
    }
    let sort_by = inv.flags.str("sort-by");
    if !sort_by.is_empty() {
        let bulk = selection.parts.iter().any(|part| matches!(part, Ok(Part::Bulk { .. })));
        printers::sort::objects(&mut objects, sort_by, bulk)?;
    }
    if objects.is_empty() && (ignore || !failures.is_empty()) {
        return Failure::collected(failures);
    }
    let printed = if selection.single && objects.len() == 1 {
        objects.remove(0)
    } else {
        json!({"apiVersion": "v1", "items": objects, "kind": "List", "metadata": {"resourceVersion": ""}})
    };
    inv.out(printer.print(&printer.shown(inv, &printed), None)?);
    Failure::collected(failures)
}
