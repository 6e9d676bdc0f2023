//! The decisions of server-side apply: who owns what after a write, and whether it may happen.

use super::super::{Status, Time, Value, go};
use super::last_applied;
use super::model::Model;
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
        set.children.remove(&format!("f:{field}"));
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
    /// Notes what this manager owns now.
    fn own(&self, managers: &mut Managers, operation: Operation, mut set: Set) {
        strip(&mut set, self.ignored);
        let id = self.id(operation);
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
    let mut entries: Vec<(Id, Entry)> = managers.into_iter().filter(|(_, entry)| !entry.set.is_empty()).collect();
    entries.sort_by(|(a, x), (b, y)| (a.operation, &x.time, a).cmp(&(b.operation, &y.time, b)));
    let list = entries.into_iter().map(|(id, entry)| {
        let operation = if id.operation == Operation::Apply { "Apply" } else { "Update" };
        let mut value = json!({
            "manager": id.manager, "operation": operation, "apiVersion": entry.api_version, "time": entry.time,
            "fieldsType": "FieldsV1", "fieldsV1": (entry.set.encode()),
        });
        if !id.subresource.is_empty() {
            value["subresource"] = id.subresource.into();
        }
        value
    });
    let list: Value = list.collect();
    if list.is_empty() {
        object.remove(&["metadata", "managedFields"]);
    } else {
        object.set(&["metadata", "managedFields"], list);
    }
}

/// Writes into the new object's `managedFields` who owns what after an ordinary write of it over
/// `live` (`null` when it is created).
///
/// A write that empties `managedFields` resets them, as in the real server.
pub fn update(live: &Value, new: &mut Value, model: &Model, applier: &Applier) {
    let reset = new.at(&["metadata", "managedFields"]);
    let resets = reset.is_array() && (reset.is_empty() || reset.items() == [Value::object()]);
    let mut managers = match resets {
        true => Managers::new(),
        false if reset.is_array() => decode(new),
        false => decode(live),
    };
    let empty = Value::object();
    let comparison = compare(model, if live.is_object() { live } else { &empty }, new);
    let id = applier.id(Operation::Update);
    let conflicts = conflicts(&managers, &id, &comparison);
    take_away(&mut managers, &id, &comparison, &conflicts);
    let own = managers.get(&id).map(|entry| entry.set.clone()).unwrap_or_default();
    let mut changed = comparison.modified.union(&comparison.added);
    changed.member = false;
    let mut own = own.difference(&comparison.removed).union(&changed);
    own.member = false;
    applier.own(&mut managers, Operation::Update, own);
    encode(managers, new);
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
    applier.own(&mut managers, Operation::Apply, fields(model, &config));
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
