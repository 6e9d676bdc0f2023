//! The store: every object at every revision, as etcd keeps them.
//!
//! A log of changes is the truth; the current objects are its last state. Watches are cursors
//! into the log, so nothing has to be delivered and nothing can be missed. Only `api` writes here.
//! An object keeps in memory only what neither its version before nor its neighbour has.

use crate::meta::{Object, SortedMap, Text, Time, Value};
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
    /// The last revision that the log no longer reaches back to.
    compacted: u64,
    /// The last object of each resource, which the next one mostly resembles.
    last: SortedMap<Text, Object>,
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
            let before = self.objects.get(&key).map_or(&Value::Null, |before| &before.0);
            let last = self.last.entry(key.resource.clone()).or_default();
            object.share(before, last);
            *last = object.clone();
            object
        });
        let old = match &new {
            Some(object) => self.objects.insert(key.clone(), object.clone()),
            None => self.objects.remove(&key),
        };
        // The key of an object that is known is kept once.
        let key = self.objects.get_key_value(&key).map_or(key, |(known, _)| known.clone());
        self.log.push(Change { revision: self.revision, time, key, old, new });
        self.revision
    }

    /// The changes after a revision, oldest first.
    pub fn since(&self, revision: u64) -> &[Change] {
        let first = self.log.first().map_or(self.revision + 1, |change| change.revision);
        let skip = (revision + 1).saturating_sub(first) as usize;
        self.log.get(skip..).unwrap_or_default()
    }

    /// The last revision that the log no longer reaches back to; 0 if it reaches back to the beginning.
    pub fn compacted(&self) -> u64 {
        self.compacted
    }

    /// Forgets the changes before a moment.
    pub fn compact(&mut self, before: Time) {
        let old = self.log.partition_point(|change| change.time < before);
        if let Some(last) = self.log.drain(..old).next_back() {
            self.compacted = last.revision;
        }
    }

    /// The objects as they were at a revision since the last [`compact`](Store::compact).
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn what_is_forgotten_is_known_to_be() {
        let mut store = Store::default();
        let key = Key { resource: "pods".into(), namespace: "ns".into(), name: "web".into() };
        for second in 1..=4 {
            let pod = json!({"metadata": {"name": "web"}, "spec": {"second": second, "same": [1]}});
            store.commit(Time::from_millis(second * 1000), key.clone(), Some(Object(pod)));
        }
        assert_eq!((store.since(1).len(), store.compacted()), (3, 0));
        assert_eq!(store.at(2)[&key]["spec"]["second"], 2);
        store.compact(Time::from_millis(3000));
        assert_eq!((store.since(0).len(), store.since(3).len(), store.compacted()), (2, 1, 2));
        assert_eq!(store.at(3)[&key]["spec"]["second"], 3);
        let log = store.since(0);
        let same = |change: &Change| change.new.clone().unwrap_or_default()["spec"]["same"].clone();
        assert!(same(&log[0]).is_shared_with(&same(&log[1])), "neighbours share what is equal");
    }
}
