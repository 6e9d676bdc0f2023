//! `kubectl get --watch`: prints changes as they come.

use super::get;
use crate::api::Content;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::Invocation;
use crate::kubectl::printers::Printer;
use crate::kubectl::printers::table::TablePrinter;
use crate::kubectl::resource::{Part, Selection};
use crate::meta::{Object, Value};
use std::future::Future;
use std::task::Poll;

/// Lists and then watches what was selected, until the server ends it.
pub async fn run(inv: &Invocation, selection: &Selection, printer: Option<Printer>) -> Outcome {
    let [part] = selection.parts.as_slice() else {
        let (_, failures) = selection.fetch(inv);
        Failure::collected(failures)?;
        return Err("watch is only supported on individual resources and resource collections".into());
    };
    let part = part.as_ref().map_err(Clone::clone)?;
    if !inv.flags.str("sort-by").is_empty() {
        inv.err("warning: --watch requested, --sort-by will be ignored for watch events received\n");
    }
    let resource = part.resource().clone();
    let mut output = Output { inv, printer, tables: TablePrinter::default(), part };
    output.tables.options = get::table_options(inv);
    output.tables.options.with_namespace = inv.flags.bool("all-namespaces") && resource.namespaced;
    let with_tables = output.printer.is_none() && inv.flags.bool("server-print");
    let listing = |table: bool| {
        let request = get::request(inv, part);
        if table { request.header("accept", get::TABLE) } else { request }
    };
    let answer = inv.request(listing(with_tables))?;
    let revision = answer.at(&["metadata", "resourceVersion"]).str().to_string();
    if !inv.flags.bool("watch-only") {
        output.list(&answer)?;
    }
    let mut request = listing(with_tables);
    if let Part::Named(info) | Part::File(info) = part {
        request.path = info.resource.path(&info.namespace, "");
        request = request.query("fieldSelector", format!("metadata.name={}", info.name));
    }
    request = request.query("watch", "true").query("resourceVersion", revision);
    let Content::Watch(mut watch) = inv.send(request)?.content else { return Ok(()) };
    let timeout = inv.timeout();
    let mut end = std::pin::pin!(inv.process.clock.sleep(timeout.unwrap_or_default()));
    loop {
        let mut next = std::pin::pin!(watch.next());
        let event = std::future::poll_fn(|context| match next.as_mut().poll(context) {
            Poll::Pending if timeout.is_some() => end.as_mut().poll(context).map(|()| None),
            event => event,
        });
        let Some(event) = event.await else { break };
        let kind = event["type"].str();
        if kind == "BOOKMARK" {
            continue;
        }
        if kind == "ERROR" {
            return Err(Failure::Api(event["object"].clone()));
        }
        output.event(kind, &event["object"])?;
    }
    Ok(())
}

struct Output<'a> {
    inv: &'a Invocation,
    printer: Option<Printer>,
    tables: TablePrinter,
    part: &'a Part,
}

impl Output<'_> {
    /// The state at the start, as if every object had just been added.
    fn list(&mut self, answer: &Object) -> Outcome {
        let shown = match (&self.printer, answer["items"].as_array()) {
            (Some(_), Some(items)) => {
                for item in items {
                    let mut item = item.clone();
                    item.set_default(&["apiVersion"], answer.api_version());
                    item.set_default(&["kind"], answer.kind().trim_end_matches("List"));
                    self.event("ADDED", &item)?;
                }
                return Ok(());
            }
            _ => &answer.0,
        };
        self.event("ADDED", shown)
    }

    fn event(&mut self, kind: &str, object: &Value) -> Outcome {
        let with_event = self.inv.flags.bool("output-watch-events");
        match &self.printer {
            Some(printer) => {
                let mut shown = printer.shown(self.inv, object);
                if with_event && printer.shows_documents() {
                    shown = crate::json!({"object": shown, "type": kind});
                }
                self.inv.out(printer.print(&shown, None)?);
            }
            None => {
                let table = match object["kind"].str() {
                    "Table" => object.clone(),
                    _ => get::plain_table(self.inv, object),
                };
                self.tables.add(&table, self.part.resource(), with_event.then_some(kind));
                let text = self.tables.flush();
                self.inv.out(text);
            }
        }
        Ok(())
    }
}
