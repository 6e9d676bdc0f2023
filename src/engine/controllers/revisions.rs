//! Controller revisions: the templates a DaemonSet or StatefulSet has had, kept for going back.

use super::hash;
use super::runner::{Context, controller_reference, gone_is_fine};
use crate::json;
use crate::meta::{Object, Selector, Status, Value};

const RESOURCE: &str = "controllerrevisions.apps";
/// The label of pods and revisions that names the template.
pub const HASH_LABEL: &str = "controller-revision-hash";

/// A set's revisions, oldest first, with the one of its present template last.
pub struct Revisions {
    /// All, the present one last.
    pub all: Vec<Object>,
}

/// What a revision keeps: the template, to replace what is there.
fn data(set: &Object) -> Value {
    let mut template = set.spec()["template"].clone();
    template["$patch"] = "replace".into();
    json!({"spec": {"template": template}})
}

impl Revisions {
    /// Finds a set's revisions; makes one of its present template, or numbers an old one anew.
    ///
    /// # Errors
    /// What the API server answered.
    pub fn sync(cx: &Context, set: &Object, selector: &Selector) -> Result<Revisions, Status> {
        let mut all = cx.claim(set, RESOURCE, selector)?;
        all.sort_by(|a, b| a["revision"].int().cmp(&b["revision"].int()).then_with(|| a.created().cmp(&b.created())));
        let wanted = data(set);
        let next = all.last().map_or(0, |last| last["revision"].int()) + 1;
        match all.iter().rposition(|revision| revision["data"] == wanted) {
            Some(at) if at + 1 == all.len() => {}
            Some(at) => {
                let mut revision = all.remove(at);
                revision["revision"] = next.into();
                all.push(cx.client.update(revision)?);
            }
            None => all.push(create(cx, set, wanted, next)?),
        }
        Ok(Revisions { all })
    }

    /// The revision of the present template.
    pub fn latest(&self) -> &Object {
        // Made by `sync` if it was not there.
        &self.all[self.all.len() - 1]
    }

    /// Deletes the oldest revisions beyond those kept, but not those still in use.
    ///
    /// # Errors
    /// What the API server answered.
    pub fn clean_up(&self, cx: &Context, set: &Object, in_use: impl Fn(&Object) -> bool) -> Result<(), Status> {
        let limit = set.spec()["revisionHistoryLimit"].as_i64().unwrap_or(10);
        let past = &self.all[..self.all.len() - 1];
        let spare: Vec<&Object> = past.iter().filter(|revision| !in_use(revision)).collect();
        let excess = spare.len().saturating_sub(usize::try_from(limit).unwrap_or(0));
        spare.into_iter().take(excess).try_for_each(|revision| gone_is_fine(cx.delete(RESOURCE, revision)))
    }
}

/// The hash that names a revision.
pub fn hash_of(revision: &Object) -> &str {
    revision.label(HASH_LABEL).unwrap_or_default()
}

fn create(cx: &Context, set: &Object, data: Value, number: i64) -> Result<Object, Status> {
    let mut collisions = set.status()["collisionCount"].as_i64();
    loop {
        let hash = hash::of(&data, collisions);
        let name = format!("{}-{hash}", set.name());
        // A DaemonSet's pods carry the bare hash, a StatefulSet's the revision's whole name.
        let label = if set.kind() == "DaemonSet" { hash } else { name.clone() };
        let mut labels = set.spec().at(&["template", "metadata", "labels"]).clone();
        labels[HASH_LABEL] = label.into();
        let mut metadata = json!({
            "name": &name, "namespace": set.namespace(), "labels": labels, "ownerReferences": [controller_reference(set)],
        });
        if !set.at(&["metadata", "annotations"]).is_empty() {
            metadata["annotations"] = set.at(&["metadata", "annotations"]).clone();
        }
        let revision = json!({
            "apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": metadata,
            "data": data.clone(), "revision": number,
        });
        match cx.client.create(Object(revision)) {
            Err(status) if status.is_already_exists() => {
                let there = cx.informers.get(RESOURCE, set.namespace(), &name);
                match there.filter(|there| there["data"] == data) {
                    Some(there) => return Ok(there),
                    None if collisions.unwrap_or(0) < 100 => collisions = Some(collisions.unwrap_or(0) + 1),
                    None => return Err(status),
                }
            }
            made => return made,
        }
    }
}
