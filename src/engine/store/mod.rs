//! The store: every object at every revision, as etcd keeps them.
//!
//! A log of changes is the truth; the current objects are its last state. Watches are cursors
//! into the log, so nothing has to be delivered and nothing can be missed. Only `api` writes here.

use crate::meta::{Object, Text, Time};
use std::collections::BTreeMap;

/// Where an object lives. `resource` is the plural with its group, `pods` or `deployments.apps`,
/// as etcd's own prefixes are; the order is that of etcd's keys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Such as `pods` or `deployments.apps`.
    pub resource: Text,
    /// Empty for cluster-scoped objects.
    pub namespace: Text,
    /// `metadata.name`.
    pub name: Text,
}

/// One step of history.
#[derive(Clone, Debug)]
pub struct Change {
    /// The revision this change made.
    pub revision: u64,
    /// When, in virtual time.
    pub time: Time,
    /// Which object.
    pub key: Key,
    /// The object before, unless it was created.
    pub old: Option<Object>,
    /// The object after, unless it was deleted.
    pub new: Option<Object>,
}

/// All objects, and how they came to be.
#[derive(Default)]
pub struct Store {
    revision: u64,
    objects: BTreeMap<Key, Object>,
    log: Vec<Change>,
}

impl Store {
    /// The revision of the last change.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The object now.
    pub fn get(&self, key: &Key) -> Option<&Object> {
        self.objects.get(key)
    }

    /// The objects of a resource in order of namespace and name; of one namespace, if given.
    pub fn list<'a>(
        &'a self,
        resource: &'a str,
        namespace: Option<&'a str>,
    ) -> impl Iterator<Item = (&'a Key, &'a Object)> {
        let start = Key { resource: resource.into(), namespace: namespace.unwrap_or_default().into(), name: "".into() };
        self.objects
            .range(start..)
            .take_while(move |(key, _)| &*key.resource == resource && namespace.is_none_or(|ns| &*key.namespace == ns))
    }

    /// Writes an object (or its absence) as the next revision, and stamps it with that revision.
    pub fn commit(&mut self, time: Time, key: Key, object: Option<Object>) -> u64 {
        self.revision += 1;
        let new = object.map(|mut object| {
            object.set(&["metadata", "resourceVersion"], self.revision.to_string());
            object
        });
        let old = match &new {
            Some(object) => self.objects.insert(key.clone(), object.clone()),
            None => self.objects.remove(&key),
        };
        self.log.push(Change { revision: self.revision, time, key, old, new });
        self.revision
    }

    /// The changes after a revision, oldest first.
    pub fn since(&self, revision: u64) -> &[Change] {
        let first = self.log.first().map_or(self.revision + 1, |change| change.revision);
        let skip = (revision + 1).saturating_sub(first) as usize;
        self.log.get(skip..).unwrap_or_default()
    }

    /// The objects as they were at a revision.
    pub fn at(&self, revision: u64) -> BTreeMap<Key, Object> {
        let mut objects = self.objects.clone();
        for change in self.since(revision).iter().rev() {
            match &change.old {
                Some(old) => objects.insert(change.key.clone(), old.clone()),
                None => objects.remove(&change.key),
            };
        }
        objects
    }
}
