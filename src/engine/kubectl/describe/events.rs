//! `Events:` at the end of a description.

use super::page::Page;
use crate::api::{Method, Request};
use crate::meta::Value;

/// Writes the events about the object, unless they are not wanted.
pub fn write(page: &mut Page<'_>) {
    let object = page.object();
    write_about(page, &[object.uid()]);
}

/// Writes the events that name one of those uids (a node's events carry its name in place of a uid).
pub fn write_about(page: &mut Page<'_>, uids: &[&str]) {
    if !page.inv.flags.bool("show-events") {
        return;
    }
    let object = page.object();
    let mut events: Vec<Value> = Vec::new();
    for uid in uids {
        let mut selector = vec![format!("involvedObject.name={}", object.name()), format!("involvedObject.uid={uid}")];
        if !object.namespace().is_empty() {
            selector.push(format!("involvedObject.namespace={}", object.namespace()));
        }
        let path = match object.namespace() {
            "" => "/api/v1/events".to_string(),
            namespace => format!("/api/v1/namespaces/{namespace}/events"),
        };
        let request = Request::new(Method::Get, &path).query("fieldSelector", selector.join(",")).query("limit", "500");
        if let Ok(list) = page.inv.request(request) {
            events.extend(list["items"].items().iter().cloned());
        }
    }
    if events.is_empty() {
        page.field("Events", "<none>");
        return;
    }
    // Stable: events of one second keep their order.
    events.sort_by(|a, b| a["lastTimestamp"].str().cmp(b["lastTimestamp"].str()));
    page.line(0, "Events:");
    page.line(1, "Type\tReason\tAge\tFrom\tMessage");
    page.line(1, "----\t------\t----\t----\t-------");
    for event in &events {
        let text = row(page, event);
        page.line(1, text);
    }
}

fn row(page: &Page<'_>, event: &Value) -> String {
    let first = if event["eventTime"].is_null() { &event["firstTimestamp"] } else { &event["eventTime"] };
    let first = page.since(first);
    let age = if !event["series"].is_null() {
        let last = page.since(event.at(&["series", "lastObservedTime"]));
        format!("{last} (x{} over {first})", event.at(&["series", "count"]).int())
    } else if event["count"].int() > 1 {
        format!("{} (x{} over {first})", page.since(&event["lastTimestamp"]), event["count"].int())
    } else {
        first
    };
    let source = match event.at(&["source", "component"]).str() {
        "" => event["reportingComponent"].str(),
        component => component,
    };
    let message = event["message"].str().trim();
    let message = match event.at(&["involvedObject", "fieldPath"]).str() {
        "" => message.to_string(),
        path => format!("{path}: {message}"),
    };
    format!("{}\t{}\t{age}\t{source}\t{message}", event["type"].str(), event["reason"].str())
}
