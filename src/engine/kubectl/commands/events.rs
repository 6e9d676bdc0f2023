//! `kubectl events`: what happened, in order.

use crate::api::{Content, Method, Request};
use crate::json;
use crate::kubectl::command::{Command, Group};
use crate::kubectl::discovery;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::Invocation;
use crate::kubectl::printers::tabwriter::TabWriter;
use crate::kubectl::printers::{Printer, without_managed_fields};
use crate::meta::{Object, Time, Value, duration};

/// The rows.
pub static ROWS: &[Command] = &[Command {
    path: "events",
    group: Group::Troubleshooting,
    short: "List events",
    run: Some(|inv| Box::pin(run(inv))),
    ..Command::BASE
}];

const FORMATS: &[&str] = &["json", "kyaml", "name", "yaml"];

/// When an event was last seen.
pub fn last_seen(event: &Object) -> Time {
    let places: [&[&str]; 4] =
        [&["series", "lastObservedTime"], &["lastTimestamp"], &["eventTime"], &["metadata", "creationTimestamp"]];
    places.iter().find_map(|path| Time::parse(event.at(path).str())).unwrap_or_default()
}

async fn run(inv: Invocation) -> Outcome {
    let flags = &inv.flags;
    let printer = Printer::among(&inv, flags.str("output"), FORMATS, true)?;
    let types = flags.list("types");
    if types.iter().any(|kind| !kind.eq_ignore_ascii_case("Normal") && !kind.eq_ignore_ascii_case("Warning")) {
        return Err("valid --types are Normal or Warning".into());
    }
    let about = flags.str("for");
    let mut fields = String::new();
    if !about.is_empty() {
        let Some((kind, name)) = about.split_once('/').filter(|(kind, name)| !kind.is_empty() && !name.is_empty())
        else {
            return Err("--for must be in resource/name form".into());
        };
        let resource = discovery::find(&inv, kind).map_err(|failure| Failure::Plain(failure.message()))?;
        fields = format!(
            "involvedObject.kind={},involvedObject.name={name},involvedObject.apiVersion={}",
            resource.kind,
            resource.api_version()
        );
    }
    let all = flags.bool("all-namespaces");
    let namespace = if all { String::new() } else { inv.namespace()? };
    let events = inv.resource("events", "")?;
    let mut request = Request::new(Method::Get, &events.path(&namespace, "")).query("limit", flags.str("chunk-size"));
    if !fields.is_empty() {
        request = request.query("fieldSelector", fields.as_str());
    }
    let list = inv.request(request.clone())?;
    let wanted =
        |event: &Object| types.is_empty() || types.iter().any(|kind| kind.eq_ignore_ascii_case(event["type"].str()));
    let complete = |item: &Value| {
        let mut item = item.clone();
        item.set_default(&["apiVersion"], "v1");
        item.set_default(&["kind"], "Event");
        Object(item)
    };
    let mut found: Vec<Object> = list["items"].items().iter().map(complete).filter(&wanted).collect();
    found.sort_by_key(last_seen);
    let watching = flags.bool("watch");
    if found.is_empty() && !watching {
        inv.err(if all { "No events found.\n".into() } else { format!("No events found in {namespace} namespace.\n") });
        return Ok(());
    }
    let mut output = Output { inv: &inv, all, headed: false, writer: TabWriter::default() };
    match &printer {
        Some(printer) => {
            let items: Vec<Value> = found.into_iter().map(Value::from).collect();
            let list = json!({"apiVersion": "v1", "items": items, "kind": "EventList", "metadata": (list["metadata"].clone())});
            inv.out(printer.print(&without_managed_fields(&inv, &list), None)?);
        }
        None => output.print(&found),
    }
    if !watching {
        return Ok(());
    }
    let request =
        request.query("watch", "true").query("resourceVersion", list.at(&["metadata", "resourceVersion"]).str());
    let Content::Watch(mut watch) = inv.send(request)?.content else { return Ok(()) };
    while let Some(event) = watch.next().await {
        let object = complete(&event["object"]);
        if event["type"] == "DELETED" || event["type"] == "BOOKMARK" || !wanted(&object) {
            continue;
        }
        match &printer {
            Some(printer) => inv.out(printer.print(&object, None)?),
            None => output.print(&[object]),
        }
    }
    Ok(())
}

struct Output<'a> {
    inv: &'a Invocation,
    all: bool,
    headed: bool,
    writer: TabWriter,
}

impl Output<'_> {
    fn print(&mut self, events: &[Object]) {
        if !self.headed && !self.inv.flags.bool("no-headers") {
            let namespace = if self.all { "NAMESPACE\t" } else { "" };
            self.writer.tabbed(&format!("{namespace}LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE"));
        }
        self.headed = true;
        for event in events {
            let mut cells = Vec::new();
            if self.all {
                cells.push(event.namespace().to_string());
            }
            let object = &event["involvedObject"];
            cells.extend([
                seen(event, self.inv.now()),
                event["type"].str().to_string(),
                event["reason"].str().to_string(),
                format!("{}/{}", object["kind"].str(), object["name"].str()),
                event["message"].str().trim().to_string(),
            ]);
            self.writer.line(cells);
        }
        self.inv.out(self.writer.flush());
    }
}

/// How long ago an event was seen: `5s`, or `5s (x3 over 10s)`.
pub fn seen(event: &Object, now: Time) -> String {
    let first = ["firstTimestamp", "eventTime"].iter().find_map(|field| Time::parse(event[*field].str()));
    let last = duration::human(now.since(last_seen(event)));
    let count = event["series"]["count"].int().max(event["count"].int());
    match first {
        Some(first) if count > 1 => format!("{last} (x{count} over {})", duration::human(now.since(first))),
        _ => last,
    }
}
