//! Reading: one object, and lists in chunks, by selectors, at a revision.

use super::components;
use super::metrics;
use super::operation::{Operation, Verb};
use super::request::Request;
use super::resource::Resource;
use super::server::ApiServer;
use super::table::{self, Form};
use crate::json;
use crate::meta::{FieldSelector, Object, Selector, Status, Value};
use crate::store::Key;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::time::Duration;

/// For how long history can be listed and watched; what is older counts as compacted.
const COMPACTED_AFTER: Duration = Duration::from_secs(300);

/// What the query of a list or watch says.
#[derive(Clone, Default)]
pub(super) struct ListOptions {
    pub labels: Selector,
    pub fields: FieldSelector,
    pub limit: usize,
    /// Where a list goes on: the revision it is of, and the last object already given.
    pub continued: Option<(u64, String)>,
    /// The `resourceVersion` as given; `None` if none was.
    pub version: Option<u64>,
    /// `resourceVersionMatch=Exact`.
    pub exact: bool,
    pub bookmarks: bool,
    pub initial_events: bool,
    pub timeout: Option<Duration>,
}

/// The text Go gives for a number it cannot read.
fn parse_uint(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("strconv.ParseUint: parsing {text:?}: invalid syntax"))
}

impl ListOptions {
    /// Reads the query.
    pub fn read(op: &Operation, request: &Request) -> Result<ListOptions, Status> {
        let text = |key: &str| request.param(key).unwrap_or_default();
        check_options(op, request)?;
        let flag = |key: &str| request.flag(key);
        let mut options = ListOptions {
            labels: Selector::parse(text("labelSelector")).map_err(Status::bad_request)?,
            fields: FieldSelector::parse(text("fieldSelector")).map_err(Status::bad_request)?,
            bookmarks: flag("allowWatchBookmarks"),
            initial_events: flag("sendInitialEvents"),
            exact: text("resourceVersionMatch") == "Exact",
            ..ListOptions::default()
        };
        for term in &options.fields.terms {
            check_field(&op.resource, &term.field)?;
        }
        // A collection of one, as `GET .../pods/web?watch` asks for it.
        if !op.name.is_empty() {
            options.fields.terms.push(crate::meta::selector::FieldTerm {
                field: "metadata.name".into(),
                negated: false,
                value: op.name.clone(),
            });
        }
        let number = |key: &str| match text(key) {
            "" => Ok(None),
            text => match text.parse::<i64>() {
                Ok(number) => Ok(Some(number).filter(|number| *number > 0)),
                Err(_) => Err(Status::bad_request(format!("strconv.ParseInt: parsing {text:?}: invalid syntax"))),
            },
        };
        options.limit = number("limit")?.map_or(0, |n| usize::try_from(n).unwrap_or(0));
        options.timeout = number("timeoutSeconds")?.map(|n| Duration::from_secs(n.unsigned_abs()));
        if !text("resourceVersion").is_empty() {
            let version = parse_uint(text("resourceVersion")).map_err(|why| {
                let mut errors = crate::meta::Errors::default();
                errors.invalid("resourceVersion", &text("resourceVersion").into(), &why);
                Status::invalid("meta.k8s.io", "ListOptions", "", errors.0)
            })?;
            options.version = Some(version);
        }
        if !text("continue").is_empty() {
            let token = read_token(text("continue"));
            let bad = || Status::bad_request("continue key is not valid: encoded start key empty");
            options.continued = Some(token.ok_or_else(bad)?);
            if options.version.is_some_and(|version| version > 0) {
                return Err(Status::bad_request("specifying resource version is not allowed when using continue"));
            }
        }
        Ok(options)
    }

    /// Whether an object is among those asked for.
    pub fn selects(&self, resource: &Resource, object: &Object) -> bool {
        (self.labels.is_empty() || self.labels.matches(object.labels()))
            && (self.fields.is_empty() || self.fields.matches(|field| field_value(resource, object, field)))
    }
}

/// Refuses options that do not go together.
fn check_options(op: &Operation, request: &Request) -> Result<(), Status> {
    let given = |key: &str| request.param(key).is_some_and(|value| !value.is_empty());
    let (how, initial) =
        (request.param("resourceVersionMatch").unwrap_or_default(), request.param("sendInitialEvents"));
    let mut errors = crate::meta::Errors::default();
    let mut forbid = |field: &str, why: &str| errors.forbidden(field, why);
    let watching = op.verb == Verb::Watch;
    let known: &[&str] = if watching { &["NotOlderThan"] } else { &["Exact", "NotOlderThan", ""] };
    if initial.is_some() && !watching {
        forbid("sendInitialEvents", "sendInitialEvents is forbidden for list");
    }
    if initial.is_some() && watching && how != "NotOlderThan" {
        forbid("resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
    }
    if !how.is_empty() {
        if watching && initial.is_none() {
            let why = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
            forbid("resourceVersionMatch", why);
        }
        if !watching && !given("resourceVersion") {
            forbid("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided");
        }
        if given("continue") {
            forbid("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided");
        }
        if !watching && how == "Exact" && request.param("resourceVersion") == Some("0") {
            forbid("resourceVersionMatch", "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
        }
        if !known.contains(&how) {
            errors.not_supported("resourceVersionMatch", &how.into(), known);
        }
    }
    if errors.is_empty() {
        return Ok(());
    }
    Err(Status::invalid("meta.k8s.io", "ListOptions", "", errors.0))
}

/// Refuses field selectors over fields that the resource cannot be selected by.
fn check_field(resource: &Resource, field: &str) -> Result<(), Status> {
    let known = matches!(field, "metadata.name" | "metadata.namespace");
    let (listed, any) = match (resource.row(), resource.definition()) {
        (Some(row), _) => (row.selectable.iter().any(|(name, _)| *name == field), !row.selectable.is_empty()),
        (None, Some(definition)) => {
            let path = |item: &Value| item["jsonPath"].str().trim_start_matches('.') == field;
            (definition.selectable.items().iter().any(path), true)
        }
        (None, None) => (false, false),
    };
    if known || listed {
        return Ok(());
    }
    Err(Status::bad_request(if any {
        format!("field label not supported: {field}")
    } else {
        format!("{field:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\"")
    }))
}

fn field_value(resource: &Resource, object: &Object, field: &str) -> String {
    match field {
        "metadata.name" => object.name().into(),
        "metadata.namespace" => object.namespace().into(),
        _ => match resource.row() {
            Some(row) => {
                row.selectable.iter().find(|(name, _)| *name == field).map_or(String::new(), |(_, of)| of(object))
            }
            None => {
                let path: Vec<&str> = field.split('.').collect();
                match object.at(&path) {
                    Value::String(text) => text.to_string(),
                    Value::Null => String::new(),
                    other => other.to_json(),
                }
            }
        },
    }
}

/// The part of a list's token that says where it goes on.
fn write_token(revision: u64, start: &str) -> String {
    URL_SAFE_NO_PAD.encode(json!({"v": "meta.k8s.io/v1", "rv": (revision), "start": start}).to_json())
}

fn read_token(text: &str) -> Option<(u64, String)> {
    let token = Value::from_json(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let start = token["start"].as_str().filter(|start| !start.is_empty())?;
    Some((u64::try_from(token["rv"].as_i64()?).ok()?, start.into()))
}

/// A stored object as the resource shows it. Custom resources have the same form in every
/// version but for the name of it.
pub(super) fn show(resource: &Resource, mut object: Object) -> Object {
    if let Some(view) = resource.view() {
        return (view.show)(&object);
    }
    if resource.definition().is_some() && *object.api_version() != *resource.api_version {
        object["apiVersion"] = (&resource.api_version).into();
    }
    object
}

/// What is stored for an object of the operation's resource.
pub(super) fn store(op: &Operation, object: Object) -> Object {
    op.resource.view().map_or_else(|| object.clone(), |view| (view.store)(&object))
}

impl ApiServer {
    /// The store's key of the operation's object.
    pub(super) fn key(&self, op: &Operation, name: &str) -> Key {
        Key {
            resource: op.resource.storage.clone(),
            namespace: if op.resource.namespaced { op.namespace.as_str().into() } else { "".into() },
            name: name.into(),
        }
    }

    /// The operation's object as it is stored.
    pub(super) fn stored(&self, op: &Operation) -> Result<Object, Status> {
        if op.resource.is(components::RESOURCE) {
            return components::read(op)?.pop().ok_or_else(|| op.not_found());
        }
        if metrics::serves(&op.resource) {
            return self.measure(op)?.pop().ok_or_else(|| op.not_found());
        }
        self.store.get(&self.key(op, &op.name)).cloned().ok_or_else(|| op.not_found())
    }

    /// An object of a built-in resource by the store's names.
    pub(super) fn lookup(&self, resource: &str, namespace: &str, name: &str) -> Option<&Object> {
        self.store.get(&Key { resource: resource.into(), namespace: namespace.into(), name: name.into() })
    }

    /// The last revision that history no longer reaches back to.
    pub(super) fn compacted(&self) -> u64 {
        let horizon = self.clock.now() - COMPACTED_AFTER;
        let log = self.store.since(0);
        let old = log.partition_point(|change| change.time < horizon);
        old.checked_sub(1).and_then(|at| log.get(at)).map_or(self.store.compacted(), |change| change.revision)
    }

    /// Forgets the history that can no longer be listed and watched, once there is enough of it: as
    /// etcd is made to every five minutes.
    pub fn compact(&mut self) {
        let now = self.clock.now();
        if self.store.since(0).first().is_some_and(|oldest| oldest.time < now - COMPACTED_AFTER - COMPACTED_AFTER) {
            self.store.compact(now - COMPACTED_AFTER);
        }
    }

    /// The objects that a list is made from, in order, and the revision they are of.
    fn snapshot(&self, op: &Operation, revision: u64) -> Vec<Object> {
        let namespace = Some(op.namespace.as_str()).filter(|namespace| !namespace.is_empty());
        if revision == self.store.revision() {
            return self.store.list(&op.resource.storage, namespace).map(|(_, object)| object.clone()).collect();
        }
        let all = self.store.at(revision).into_iter();
        let of = |key: &Key| *key.resource == *op.resource.storage && namespace.is_none_or(|ns| *key.namespace == *ns);
        all.filter(|(key, _)| of(key)).map(|(_, object)| object).collect()
    }

    /// The objects the options select, and the list's `metadata`.
    pub(super) fn select(&self, op: &Operation, options: &ListOptions) -> Result<(Vec<Object>, Value), Status> {
        if op.resource.is(components::RESOURCE) {
            return Ok((components::read(op)?, Value::object()));
        }
        if metrics::serves(&op.resource) {
            let mut found = self.measure(op)?;
            found.retain(|object| options.selects(&op.resource, object));
            return Ok((found, Value::object()));
        }
        let current = self.store.revision();
        let revision = match (&options.continued, options.version) {
            (Some((revision, _)), _) => *revision,
            (None, Some(version)) if options.exact => version,
            _ => current,
        };
        let wanted = options.version.unwrap_or(0).max(revision);
        if wanted > current {
            let mut status = Status::new(
                504,
                "Timeout",
                format!("Timeout: Too large resource version: {wanted}, current: {current}"),
            );
            status.details = json!({"causes": [
                {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
            ], "retryAfterSeconds": 1});
            return Err(status);
        }
        if revision < self.compacted() && revision != current {
            return Err(Status::expired(match options.continued {
                Some(_) => {
                    "The provided continue parameter is too old to display a consistent list result. You can start a \
                     new list without the continue parameter."
                }
                None => "The resourceVersion for the provided list is too old.",
            }));
        }
        let mut objects = self.snapshot(op, revision);
        if !(options.labels.is_empty() && options.fields.is_empty()) {
            objects.retain(|object| options.selects(&op.resource, object));
        }
        let place = |object: &Object| format!("{}/{}", object.namespace(), object.name());
        if let Some((_, start)) = &options.continued {
            let (namespace, name) = start.split_once('/').unwrap_or(("", start));
            objects.retain(|object| (object.namespace(), object.name()) > (namespace, name));
        }
        let mut metadata = json!({"resourceVersion": (revision.to_string())});
        if options.limit > 0 && objects.len() > options.limit {
            let remaining = objects.len() - options.limit;
            objects.truncate(options.limit);
            let last = objects.last().map(place).unwrap_or_default();
            metadata["continue"] = write_token(revision, &last).into();
            if options.labels.is_empty() && options.fields.is_empty() {
                metadata["remainingItemCount"] = remaining.into();
            }
        }
        Ok((objects, metadata))
    }

    /// A list in the form the client wants.
    pub(super) fn list(&self, op: &Operation, options: &ListOptions, form: &Form) -> Result<Value, Status> {
        let (objects, metadata) = self.select(op, options)?;
        let objects = objects.into_iter().map(|object| show(&op.resource, object)).collect();
        Ok(table::present_list(form, &op.resource, objects, metadata, self.clock.now()))
    }
}
