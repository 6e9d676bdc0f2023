//! The decisions of server-side apply: who owns what after a write, and whether it may happen.

use super::super::{Status, Time, Value, go};
use super::last_applied;
use super::model::Model;
use super::recent::Recent;
use super::set::Set;
use super::walk::{Comparison, compare, fields, merge, remove, validate, with_structs};
use crate::json;
use crate::meta::SortedMap;

/// How a manager wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Operation {
    Apply,
    Update,
}

/// Who writes, and to which part of the object.
#[derive(Clone, Debug, PartialEq)]
pub struct Applier<'a> {
    /// The field manager, such as `kubectl`.
    pub manager: &'a str,
    /// Such as `apps/v1`.
    pub api_version: &'a str,
    /// Such as `status`; may be empty.
    pub subresource: &'a str,
    /// The top-level fields that this write cannot change, such as `status`.
    pub ignored: &'a [&'a str],
    /// The present moment.
    pub now: Time,
}

/// A field that another manager owns.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// The owner as the message shows it: `"kubectl-set" using apps/v1`.
    pub manager: String,
    /// Such as `.spec.replicas`.
    pub path: String,
}

/// Why an apply does not happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// The applied document does not fit the schema.
    Invalid(String),
    /// Others own the fields.
    Conflicts(Vec<Conflict>),
}

/// What tells managers apart, in the order in which conflicts name them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Id {
    manager: String,
    operation: Operation,
    api_version: String,
    subresource: String,
}

#[derive(Clone, Debug, Default)]
struct Entry {
    set: Set,
    api_version: String,
    time: String,
}

type Managers = SortedMap<Id, Entry>;

/// The parts of metadata that nobody owns.
const STRIPPED: &[&[&str]] = &[
    &["f:apiVersion"],
    &["f:kind"],
    &["f:metadata", "f:name"],
    &["f:metadata", "f:namespace"],
    &["f:metadata", "f:creationTimestamp"],
    &["f:metadata", "f:selfLink"],
    &["f:metadata", "f:uid"],
    &["f:metadata", "f:generation"],
    &["f:metadata", "f:managedFields"],
    &["f:metadata", "f:resourceVersion"],
];

fn strip(set: &mut Set, ignored: &[&str]) {
    for path in STRIPPED {
        set.remove(path);
    }
    for field in ignored {
        set.children.remove(format!("f:{field}").as_str());
    }
    if let Some(metadata) = set.children.get_mut("f:metadata") {
        metadata.member = false;
        if metadata.is_empty() {
            set.children.remove("f:metadata");
        }
    }
}

impl Applier<'_> {
    /// An applier is the same in every version; an updater is another one.
    fn id(&self, operation: Operation) -> Id {
        let api_version = if operation == Operation::Apply { "" } else { self.api_version };
        Id {
            manager: self.manager.into(),
            operation,
            api_version: api_version.into(),
            subresource: self.subresource.into(),
        }
    }
    /// Notes what this applier owns now.
    fn own(&self, managers: &mut Managers, mut set: Set) {
        strip(&mut set, self.ignored);
        let id = self.id(Operation::Apply);
        if set.is_empty() {
            managers.remove(&id);
            return;
        }
        let entry = managers.entry(id).or_default();
        if entry.set != set || entry.time.is_empty() {
            entry.time = self.now.rfc3339();
        }
        entry.set = set;
        entry.api_version = self.api_version.into();
    }
}

impl Id {
    /// Whether an entry of `managedFields` is an updater's of this name.
    fn is_of(&self, entry: &Value) -> bool {
        entry["manager"] == *self.manager
            && entry["operation"] != "Apply"
            && entry["apiVersion"] == *self.api_version
            && entry["subresource"].str() == self.subresource
    }
    /// The entry of `managedFields`.
    fn written(&self, api_version: &str, time: &str, fields: Value) -> Value {
        let operation = if self.operation == Operation::Apply { "Apply" } else { "Update" };
        let mut value = json!({
            "manager": (self.manager.as_str()), "operation": operation, "apiVersion": api_version, "time": time,
            "fieldsType": "FieldsV1", "fieldsV1": fields,
        });
        if !self.subresource.is_empty() {
            value["subresource"] = self.subresource.as_str().into();
        }
        value
    }
    /// As conflicts show it.
    fn display(&self) -> String {
        let mut text = go::quote(&self.manager);
        if !self.subresource.is_empty() {
            text += &format!(" with subresource {}", go::quote(&self.subresource));
        }
        if self.operation == Operation::Update {
            text += &format!(" using {}", self.api_version);
        }
        text
    }
}

fn decode(object: &Value) -> Managers {
    let mut managers = Managers::new();
    for entry in object.at(&["metadata", "managedFields"]).items() {
        let operation = if entry["operation"] == "Apply" { Operation::Apply } else { Operation::Update };
        let api_version = entry["apiVersion"].str().to_string();
        let id = Id {
            manager: entry["manager"].str().into(),
            operation,
            api_version: if operation == Operation::Apply { String::new() } else { api_version.clone() },
            subresource: entry["subresource"].str().into(),
        };
        let set = Set::decode(&entry["fieldsV1"]);
        managers.insert(id, Entry { set, api_version, time: entry["time"].str().into() });
    }
    managers
}

fn encode(managers: Managers, object: &mut Value) {
    put(managers.iter().map(|(id, entry)| id.written(&entry.api_version, &entry.time, entry.set.encode())), object);
}

/// Writes the entries that own something, in order.
fn put(entries: impl Iterator<Item = Value>, object: &mut Value) {
    let mut entries: Vec<Value> = entries.filter(|entry| !entry["fieldsV1"].is_empty()).collect();
    entries.sort_by(|a, b| order(a).cmp(&order(b)));
    if entries.is_empty() {
        object.remove(&["metadata", "managedFields"]);
    } else if object.at(&["metadata", "managedFields"]).items() != entries {
        object.set(&["metadata", "managedFields"], entries);
    }
}

/// What an entry is sorted by: appliers first, then by time, then by who it is.
fn order(entry: &Value) -> [&str; 5] {
    let operation = entry["operation"].str();
    let api_version = if operation == "Apply" { "" } else { entry["apiVersion"].str() };
    [operation, entry["time"].str(), entry["manager"].str(), api_version, entry["subresource"].str()]
}

/// Writes into the new object's `managedFields` who owns what after an ordinary write of it over
/// `live` (`null` when it is created).
///
/// A write that empties `managedFields` resets them, as in the real server. `recent` holds what was
/// found out about earlier documents.
pub fn update(live: &Value, new: &mut Value, model: &Model, applier: &Applier, recent: &mut Recent) {
    let is_new = live.is_null() && new["metadata"]["managedFields"].is_null() && matches!(model, Model::Type(_));
    if let Some(fields) = is_new.then(|| recent.find(new, applier)).flatten() {
        let entry = applier.id(Operation::Update).written(applier.api_version, &applier.now.rfc3339(), fields);
        return put([entry].into_iter(), new);
    }
    let document = is_new.then(|| new.clone());
    let (before, given) = (live.at(&["metadata", "managedFields"]), new.at(&["metadata", "managedFields"]));
    if given.is_array() && given != before {
        let resets = given.is_empty() || given.items() == [Value::object()];
        let managers = if resets { Managers::new() } else { decode(new) };
        encode(managers, new);
    } else if given != before {
        new.set(&["metadata", "managedFields"], before.clone());
    }
    let mut entries = new.at(&["metadata", "managedFields"]).items().to_vec();
    let empty = Value::object();
    let Comparison { added: mut changed, modified, removed } =
        compare(model, if live.is_object() { live } else { &empty }, new);
    changed.take_in(modified);
    changed.member = false;
    // The sets of those whom the change does not concern stay as they are written.
    let id = applier.id(Operation::Update);
    let mut own = entries.iter().position(|entry| id.is_of(entry)).map(|at| entries.remove(at)).unwrap_or_default();
    let lose = |entry: &mut Value, lost: &Set| {
        let loses = lost.meets(&entry["fieldsV1"]);
        if loses {
            entry["fieldsV1"] = Set::decode(&entry["fieldsV1"]).difference(lost).encode();
        }
        loses
    };
    for entry in &mut entries {
        lose(entry, &changed);
        lose(entry, &removed);
    }
    let lost = lose(&mut own, &removed);
    strip(&mut changed, applier.ignored);
    let mut fields = own["fieldsV1"].clone();
    if changed.write_into(&mut fields) || lost || own["time"].str().is_empty() {
        own = id.written(applier.api_version, &applier.now.rfc3339(), fields);
    }
    if let Some(document) = document {
        recent.remember(&document, applier, &own["fieldsV1"]);
    }
    put(entries.into_iter().chain([own]), new);
}

/// Applies a document: what it names becomes the manager's, what it no longer names goes unless
/// another owns it. `live` is `null` when the object does not exist.
///
/// # Errors
/// When the document does not fit the schema, or without `force` when others own its fields.
pub fn apply(live: &Value, config: &Value, model: &Model, applier: &Applier, force: bool) -> Result<Value, Failure> {
    let mut errors = Vec::new();
    validate(model, config, "", &mut errors);
    match errors.len() {
        0 => {}
        1 => return Err(Failure::Invalid(errors.remove(0))),
        _ => return Err(Failure::Invalid(format!("errors:\n  {}", errors.join("\n  ")))),
    }
    let mut managers = decode(live);
    let mut config = config.clone();
    config.remove(&["metadata", "managedFields"]);
    for field in applier.ignored {
        config.remove(&[field]);
    }
    let mut current = if live.is_object() { live.clone() } else { Value::object() };
    current.remove(&["metadata", "managedFields"]);
    let merged = merge(model, &current, &config);
    let id = applier.id(Operation::Apply);
    let last = managers.get(&id).map(|entry| entry.set.clone()).unwrap_or_default();
    applier.own(&mut managers, fields(model, &config));
    let mut new = prune(model, &merged, &managers, &last);
    let comparison = compare(model, &current, &new);
    let conflicts = conflicts(&managers, &id, &comparison);
    if !force && !conflicts.is_empty() {
        let kubectl = applier.manager == last_applied::KUBECTL;
        let allowed = if kubectl { last_applied::allowed(&current, model) } else { Set::default() };
        let list = conflicts.iter().flat_map(|(id, set)| {
            let paths = set.difference(&allowed).paths();
            paths.into_iter().map(|path| Conflict { manager: id.display(), path })
        });
        let list: Vec<Conflict> = list.collect();
        if !list.is_empty() {
            return Err(Failure::Conflicts(list));
        }
    }
    take_away(&mut managers, &id, &comparison, &conflicts);
    if applier.manager == last_applied::KUBECTL {
        last_applied::follow(&mut new, &config);
    }
    encode(managers, &mut new);
    Ok(new)
}

/// What others own of the changed fields.
fn conflicts(managers: &Managers, own: &Id, comparison: &Comparison) -> SortedMap<Id, Set> {
    let changed = comparison.modified.union(&comparison.added);
    let others = managers.iter().filter(|(id, _)| *id != own);
    let shared = others.map(|(id, entry)| (id.clone(), entry.set.intersection(&changed)));
    shared.filter(|(_, set)| !set.is_empty()).collect()
}

/// Others lose what was changed or removed.
fn take_away(managers: &mut Managers, own: &Id, comparison: &Comparison, conflicts: &SortedMap<Id, Set>) {
    for (id, entry) in managers.iter_mut().filter(|(id, _)| *id != own) {
        if let Some(set) = conflicts.get(id) {
            entry.set = entry.set.difference(set);
        }
        entry.set = entry.set.difference(&comparison.removed);
    }
    managers.retain(|_, entry| !entry.set.is_empty());
}

/// Takes out what the manager applied last time and nobody owns any more.
fn prune(model: &Model, merged: &Value, managers: &Managers, last: &Set) -> Value {
    if last.is_empty() {
        return merged.clone();
    }
    let last = with_structs(model, last);
    let all = with_structs(model, &fields(model, merged));
    let remaining = |value: &Value| with_structs(model, &fields(model, value));
    let pruned = remove(model, merged, &last);
    let owned = managers.values().fold(Set::default(), |owned, entry| owned.union(&entry.set));
    let kept = remaining(&pruned).union(&with_structs(model, &owned));
    let pruned = remove(model, merged, &all.difference(&kept));
    remove(model, merged, &all.difference(&remaining(&pruned)).intersection(&last))
}

impl Failure {
    /// The answer to the request; `name` is `NAMESPACE/NAME`, `kind` such as `apps/v1, Kind=Deployment`.
    pub fn status(&self, name: &str, kind: &str) -> Status {
        match self {
            Failure::Invalid(why) => {
                Status::new(500, "", format!("failed to create typed patch object ({name}; {kind}): {why}"))
            }
            Failure::Conflicts(conflicts) => {
                let message = match &conflicts[..] {
                    [only] => format!("Apply failed with 1 conflict: conflict with {}: {}", only.manager, only.path),
                    several => {
                        let mut text = format!("Apply failed with {} conflicts: ", several.len());
                        let mut last = "";
                        for conflict in several {
                            if conflict.manager != last {
                                text += if last.is_empty() { "" } else { "\n" };
                                text += &format!("conflicts with {}:", conflict.manager);
                            }
                            last = &conflict.manager;
                            text += &format!("\n- {}", conflict.path);
                        }
                        text
                    }
                };
                let mut status = Status::new(409, "Conflict", message);
                let causes: Value = conflicts
                    .iter()
                    .map(|conflict| {
                        json!({
                            "reason": "FieldManagerConflict",
                            "message": (format!("conflict with {}", conflict.manager)),
                            "field": (conflict.path.as_str()),
                        })
                    })
                    .collect();
                status.details = json!({"causes": causes});
                status
            }
        }
    }
}
