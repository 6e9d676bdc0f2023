//! The event recorder: how components tell users what they did, as `Event` objects.
//!
//! It correlates as client-go does: the same event again raises the count of the first, many events
//! that differ in their message alone are combined, and a flood about one object is cut off.

use super::Client;
use crate::json;
use crate::kinds::KINDS;
use crate::meta::{Object, Text, Time, Value};
use crate::meta::{SortedMap, SortedSet};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// From this many different messages on, events with the same reason are combined.
const COMBINE_FROM: usize = 10;
const COMBINE_WITHIN: Duration = Duration::from_secs(600);
/// How many events about one object may come at once, and how long one more takes to be allowed.
const BURST: u32 = 25;
const REFILL: Duration = Duration::from_secs(300);
/// How many objects are remembered, at least.
const REMEMBERED: usize = 4096;

/// Records the events of one component. Clones share what they remember.
#[derive(Clone)]
pub struct Recorder {
    client: Client,
    component: Text,
    host: Text,
    memory: Rc<RefCell<Memory>>,
}

/// What is remembered of the objects, in two generations: the older one goes when the younger is full.
#[derive(Default)]
struct Memory {
    young: SortedMap<Text, About>,
    old: SortedMap<Text, About>,
    /// The last event's name suffix, in nanoseconds.
    stamp: i64,
}

/// What is remembered of one object's events.
#[derive(Default)]
struct About {
    spent: u32,
    since: Time,
    similar: SortedMap<String, Similar>,
    written: SortedMap<String, Written>,
}

/// The different messages of one type and reason.
#[derive(Default)]
struct Similar {
    messages: SortedSet<String>,
    last: Time,
}

/// An event that exists.
struct Written {
    namespace: Text,
    name: Text,
    count: i64,
    series: bool,
}

/// What is to be told.
struct News<'a> {
    object: &'a Object,
    field: &'a str,
    kind: &'a str,
    reason: &'a str,
    message: &'a str,
}

impl Recorder {
    /// A recorder for a component, such as `replicaset-controller`; `host` is empty but for kubelets.
    pub fn new(client: Client, component: &str, host: &str) -> Recorder {
        Recorder { client, component: component.into(), host: host.into(), memory: Rc::default() }
    }

    /// Records that something normal happened to an object.
    pub fn normal(&self, object: &Object, reason: &str, message: &str) {
        self.record(&News { object, field: "", kind: "Normal", reason, message });
    }

    /// Records that something is wrong with an object.
    pub fn warning(&self, object: &Object, reason: &str, message: &str) {
        self.record(&News { object, field: "", kind: "Warning", reason, message });
    }

    /// Records an event about a part of an object, such as `spec.containers{web}`.
    pub fn about(&self, object: &Object, field: &str, kind: &str, reason: &str, message: &str) {
        self.record(&News { object, field, kind, reason, message });
    }

    fn record(&self, news: &News) {
        let now = self.client.now();
        let mut memory = self.memory.borrow_mut();
        let about = memory.about(news.object);
        let class = format!("{} {}", news.kind, news.reason);
        let similar = about.similar.entry(class.clone()).or_default();
        if now.since(similar.last) > COMBINE_WITHIN {
            similar.messages.clear();
        }
        similar.last = now;
        similar.messages.insert(news.message.into());
        let combined = similar.messages.len() >= COMBINE_FROM;
        let (key, message) = if combined {
            similar.messages.pop_first();
            (class, format!("(combined from similar events): {}", news.message))
        } else {
            (format!("{class} {} {}", news.field, news.message), news.message.to_string())
        };
        if !about.may_speak(now) {
            return;
        }
        if let Some(written) = about.written.get_mut(&key) {
            written.count += 1;
            let patch = json!({"count": (written.count), "lastTimestamp": now.rfc3339(), "message": &message});
            if self.patch(written, patch) {
                return;
            }
        }
        let mut event = self.event(news, &message, memory.suffix(now));
        event["source"] = json!({"component": &self.component});
        if !self.host.is_empty() {
            event["source"]["host"] = self.host.clone().into();
        }
        event["firstTimestamp"] = now.rfc3339().into();
        event["lastTimestamp"] = now.rfc3339().into();
        event["eventTime"] = Value::Null;
        event["count"] = 1.into();
        event["reportingInstance"] = self.host.clone().into();
        self.write(&mut memory, news.object, key, event);
    }

    /// Records an event of the `events.k8s.io` form, as the scheduler does: with an action, and
    /// without timestamps but the moment itself. The same again becomes a series.
    pub fn act(&self, object: &Object, related: Option<&Object>, action: &str, event: (&str, &str, &str)) {
        let (kind, reason, message) = event;
        let now = self.client.now();
        let mut memory = self.memory.borrow_mut();
        let key = format!("{kind} {reason} {action} {}", object.revision());
        let about = memory.about(object);
        if let Some(written) = about.written.get_mut(&key) {
            written.count += 1;
            // Only the start of a series is written at once; its end would come minutes later.
            let series = json!({"count": (written.count), "lastObservedTime": now.rfc3339_micro()});
            if std::mem::replace(&mut written.series, true) || self.patch(written, json!({"series": series})) {
                return;
            }
        }
        let news = News { object, field: "", kind, reason, message };
        let mut event = self.event(&news, message, memory.suffix(now));
        event["action"] = action.into();
        event["eventTime"] = now.rfc3339_micro().into();
        event["firstTimestamp"] = Value::Null;
        event["lastTimestamp"] = Value::Null;
        event["source"] = Value::object();
        event["reportingInstance"] = format!("{}-{}", self.component, self.host).into();
        if let Some(related) = related {
            event["related"] = reference(related);
        }
        self.write(&mut memory, object, key, event);
    }

    /// What both forms of event share.
    fn event(&self, news: &News, message: &str, suffix: i64) -> Object {
        let namespace = Some(news.object.namespace()).filter(|ns| !ns.is_empty()).unwrap_or("default");
        let mut involved = reference(news.object);
        if !news.field.is_empty() {
            involved["fieldPath"] = news.field.into();
        }
        Object(json!({
            "apiVersion": "v1", "kind": "Event",
            "metadata": {"name": format!("{}.{suffix:x}", news.object.name()), "namespace": namespace},
            "involvedObject": involved, "type": (news.kind), "reason": (news.reason), "message": message,
            "reportingComponent": &self.component,
        }))
    }

    fn write(&self, memory: &mut Memory, object: &Object, key: String, mut event: Object) {
        let event = loop {
            match self.client.create(event.clone()) {
                Ok(event) => break event,
                // Another component had something to tell of it at this very moment.
                Err(status) if status.is_already_exists() => {
                    let suffix = memory.suffix(self.client.now());
                    event.set(&["metadata", "name"], format!("{}.{suffix:x}", object.name()));
                }
                // A namespace that is going away takes no more events; nobody would miss them.
                Err(_) => return,
            }
        };
        let written =
            Written { namespace: event.namespace().into(), name: event.name().into(), count: 1, series: false };
        memory.about(object).written.insert(key, written);
    }

    /// Whether the event still existed to be changed.
    fn patch(&self, written: &Written, patch: Value) -> bool {
        let Some(kind) = KINDS.iter().find(|kind| kind.kind == "Event" && kind.group.is_empty()) else { return false };
        self.client.patch(kind, &written.namespace, &written.name, "", patch).is_ok()
    }
}

impl Memory {
    fn about(&mut self, object: &Object) -> &mut About {
        let uid = object.uid();
        if !self.young.contains_key(uid) {
            if self.young.len() >= REMEMBERED {
                self.old = std::mem::take(&mut self.young);
            }
            let about = self.old.remove(uid).unwrap_or_default();
            self.young.insert(uid.into(), about);
        }
        self.young.entry(uid.into()).or_default()
    }

    /// The moment in nanoseconds, moved on where two events share it: names must differ and sort in order.
    fn suffix(&mut self, now: Time) -> i64 {
        self.stamp = now.0.saturating_mul(1000).max(self.stamp + 1);
        self.stamp
    }
}

impl About {
    /// Takes one of the tokens that are refilled slowly.
    fn may_speak(&mut self, now: Time) -> bool {
        if self.spent == 0 {
            self.since = now;
        }
        while self.spent > 0 && now.since(self.since) >= REFILL {
            self.spent -= 1;
            self.since = self.since + REFILL;
        }
        let may = self.spent < BURST;
        self.spent += u32::from(may);
        may
    }
}

/// An `ObjectReference`.
fn reference(object: &Object) -> Value {
    let mut reference = json!({
        "apiVersion": object.api_version(), "kind": object.kind(), "name": object.name(), "uid": object.uid(),
    });
    for (field, value) in
        [("namespace", object.namespace()), ("resourceVersion", object.at(&["metadata", "resourceVersion"]).str())]
    {
        if !value.is_empty() {
            reference[field] = value.into();
        }
    }
    reference
}
