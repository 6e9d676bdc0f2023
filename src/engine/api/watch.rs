//! Watches: cursors into the store's log, read when the client asks for the next event.

use super::operation::Operation;
use super::read::{ListOptions, show};
use super::request::{Content, Response, Watch, WatchStep};
use super::resource::Resource;
use super::server::ApiServer;
use super::table::{self, Form};
use crate::json;
use crate::meta::{Object, Status, Time, Value};
use crate::sim::Sleep;
use crate::store::Change;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use std::time::Duration;

/// How often a quiet watch tells how far it has come.
const BOOKMARK_EVERY: Duration = Duration::from_secs(60);

/// One client's watch.
struct Cursor {
    server: Weak<RefCell<ApiServer>>,
    resource: Rc<Resource>,
    namespace: String,
    options: ListOptions,
    form: Form,
    /// The last revision that was looked at.
    revision: u64,
    /// Events made and not yet taken.
    ready: VecDeque<Value>,
    /// Whether a table's headings are still to be sent.
    first: bool,
    /// When the watch ends, and what makes time stop there.
    deadline: Option<(Time, Sleep)>,
    last_bookmark: Time,
    ended: bool,
}

/// Opens a watch.
pub(super) fn open(server: &ApiServer, op: &Operation, options: &ListOptions, form: Form) -> Result<Response, Status> {
    let now = server.clock.now();
    let deadline = options.timeout.map(|timeout| now + timeout);
    let mut cursor = Cursor {
        server: server.me.clone(),
        resource: op.resource.clone(),
        namespace: op.namespace.clone(),
        options: options.clone(),
        form,
        revision: server.store.revision(),
        ready: VecDeque::new(),
        first: true,
        deadline: deadline.map(|at| (at, server.clock.sleep_until(at))),
        last_bookmark: now,
        ended: false,
    };
    let from = options.version.unwrap_or(0);
    if options.initial_events || from == 0 {
        let all = ListOptions { limit: 0, continued: None, version: None, ..options.clone() };
        for object in server.select(op, &all)?.0 {
            cursor.push("ADDED", show(&op.resource, object), now);
        }
        if options.initial_events {
            cursor.bookmark(now, true);
        }
    } else if from < server.compacted() {
        cursor.expire(from, server);
    } else {
        cursor.revision = from;
    }
    let watch = Watch::new(move || cursor.next());
    Ok(Response { code: 200, headers: Vec::new(), content: Content::Watch(watch) })
}

impl Cursor {
    fn next(&mut self) -> WatchStep {
        if self.ready.is_empty() && !self.ended {
            self.read_on();
        }
        match self.ready.pop_front() {
            Some(event) => WatchStep::Event(event),
            None if self.ended => WatchStep::Ended,
            None => WatchStep::Pending,
        }
    }

    /// Ends the watch: what has happened since a revision is no longer known.
    fn expire(&mut self, from: u64, server: &ApiServer) {
        let text = format!("too old resource version: {from} ({})", server.compacted());
        self.ready.push_back(json!({"type": "ERROR", "object": (Status::expired(text).to_value())}));
        self.ended = true;
    }

    /// Turns what has happened since into events.
    fn read_on(&mut self) {
        let Some(server) = self.server.upgrade() else {
            self.ended = true;
            return;
        };
        let server = server.borrow();
        let now = server.clock.now();
        if self.revision < server.store.compacted() {
            self.expire(self.revision, &server);
            return;
        }
        for change in server.store.since(self.revision) {
            if *change.key.resource == *self.resource.storage
                && (self.namespace.is_empty() || *change.key.namespace == *self.namespace)
            {
                self.take(change, now);
            }
        }
        self.revision = self.revision.max(server.store.revision());
        if self.deadline.as_ref().is_some_and(|(deadline, _)| now >= *deadline) {
            self.ended = true;
        } else if self.options.bookmarks && now.since(self.last_bookmark) >= BOOKMARK_EVERY {
            self.bookmark(now, false);
        }
    }

    fn take(&mut self, change: &Change, now: Time) {
        let selected = |object: &&Object| self.options.selects(&self.resource, object);
        let before = change.old.as_ref().filter(selected);
        let after = change.new.as_ref().filter(selected);
        let (kind, object) = match (before, after) {
            (None, Some(new)) => ("ADDED", new.clone()),
            (Some(_), Some(new)) => ("MODIFIED", new.clone()),
            (Some(old), None) => {
                // The object as it last was, at the revision that took it away.
                let mut last = old.clone();
                last.set(&["metadata", "resourceVersion"], change.revision.to_string());
                ("DELETED", last)
            }
            (None, None) => return,
        };
        let object = show(&self.resource, object);
        self.push(kind, object, now);
    }

    fn push(&mut self, kind: &str, object: Object, now: Time) {
        let shown = table::present_event(&self.form, &self.resource, object, now, self.first);
        self.first = false;
        self.ready.push_back(json!({"type": kind, "object": shown}));
    }

    fn bookmark(&mut self, now: Time, initial_end: bool) {
        self.last_bookmark = now;
        let mut object = Object(json!({
            "kind": (&self.resource.kind), "apiVersion": (&self.resource.api_version),
            "metadata": {"resourceVersion": (self.revision.to_string())},
        }));
        if initial_end {
            object.set(&["metadata", "annotations"], json!({"k8s.io/initial-events-end": "true"}));
        }
        let shown = match self.form {
            Form::Whole => object.0,
            form => table::present_event(&form, &self.resource, object, now, self.first),
        };
        self.ready.push_back(json!({"type": "BOOKMARK", "object": shown}));
    }
}
