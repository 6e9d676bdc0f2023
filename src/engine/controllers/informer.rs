//! The informers: every controller's view of the cluster, kept current by the store's changes.
//!
//! One cache serves all of them, as in kube-controller-manager. Besides looking up by name it knows
//! which objects a controller owns, which have no controller, and which pods a node runs.

use super::Component;
use crate::meta::SortedMap;
use crate::meta::{Object, Text, Time};
use crate::store::Change;
use std::cell::RefCell;
use std::rc::Rc;

type Names = SortedMap<Text, Object>;
type Index = SortedMap<Text, SortedMap<(Text, Text), Object>>;

/// The objects of one resource.
#[derive(Default)]
struct Shelf {
    /// By namespace, then by name.
    objects: SortedMap<Text, Names>,
    /// By the uid of their controller.
    owned: Index,
    /// Those without a controller, by namespace.
    orphans: Index,
    /// Pods by their node; those without one under the empty name.
    on_node: Index,
}

/// A handle on the cache. Clones see the same objects.
#[derive(Clone, Default)]
pub struct Informers(Rc<RefCell<SortedMap<Text, Shelf>>>);

impl Informers {
    /// Takes a change of the store in.
    pub fn observe(&self, change: &Change) {
        // Events outnumber all else, and no controller looks at them.
        if &*change.key.resource == "events" {
            return;
        }
        let mut shelves = self.0.borrow_mut();
        let shelf = shelves.entry(change.key.resource.clone()).or_default();
        let (namespace, name) = (&change.key.namespace, &change.key.name);
        let at = (namespace.clone(), name.clone());
        let pods = &*change.key.resource == "pods";
        // What stays in its place is overwritten there: nothing else moves.
        let (old, new) = (change.old.as_ref(), change.new.as_ref());
        let moves = |place: fn(&Object) -> &str| old.map(place) != new.map(place);
        if let Some(old) = old {
            if moves(controller) {
                shelf.index_of(old, namespace).forget(&at);
            }
            if pods && moves(node) {
                Entry(&mut shelf.on_node, node(old).into()).forget(&at);
            }
        }
        let Some(new) = new else {
            if let Some(names) = shelf.objects.get_mut(namespace) {
                names.remove(name);
            }
            return;
        };
        shelf.objects.entry(namespace.clone()).or_default().insert(name.clone(), new.clone());
        shelf.index_of(new, namespace).keep(at.clone(), new);
        if pods {
            Entry(&mut shelf.on_node, node(new).into()).keep(at, new);
        }
    }

    /// One object.
    pub fn get(&self, resource: &str, namespace: &str, name: &str) -> Option<Object> {
        self.0.borrow().get(resource)?.objects.get(namespace)?.get(name).cloned()
    }

    /// All objects of a resource, of one namespace if given, in order.
    pub fn list(&self, resource: &str, namespace: Option<&str>) -> Vec<Object> {
        let shelves = self.0.borrow();
        let Some(shelf) = shelves.get(resource) else { return Vec::new() };
        match namespace {
            Some(namespace) => shelf.objects.get(namespace).into_iter().flat_map(Names::values).cloned().collect(),
            None => shelf.objects.values().flat_map(Names::values).cloned().collect(),
        }
    }

    /// The objects of a resource whose controller has that uid.
    pub fn owned(&self, resource: &str, uid: &str) -> Vec<Object> {
        self.indexed(resource, |shelf| &shelf.owned, uid)
    }

    /// The objects of a resource in a namespace that have no controller.
    pub fn orphans(&self, resource: &str, namespace: &str) -> Vec<Object> {
        self.indexed(resource, |shelf| &shelf.orphans, namespace)
    }

    /// The pods bound to a node.
    pub fn pods_on(&self, node: &str) -> Vec<Object> {
        self.indexed("pods", |shelf| &shelf.on_node, node)
    }

    /// How many objects of a resource a controller owns.
    pub fn count_owned(&self, resource: &str, uid: &str) -> usize {
        self.0.borrow().get(resource).and_then(|shelf| shelf.owned.get(uid)).map_or(0, SortedMap::len)
    }

    fn indexed(&self, resource: &str, index: fn(&Shelf) -> &Index, under: &str) -> Vec<Object> {
        let shelves = self.0.borrow();
        let found = shelves.get(resource).and_then(|shelf| index(shelf).get(under));
        found.into_iter().flat_map(|objects| objects.values().cloned()).collect()
    }
}

/// The uid of an object's controller; empty if it has none.
fn controller(object: &Object) -> &str {
    object.controller().map_or("", |owner| owner["uid"].str())
}

/// The node a pod is bound to; empty if it is not.
fn node(pod: &Object) -> &str {
    pod.spec()["nodeName"].str()
}

/// One place of an index.
struct Entry<'a>(&'a mut Index, Text);

impl Entry<'_> {
    fn keep(self, at: (Text, Text), object: &Object) {
        self.0.entry(self.1).or_default().insert(at, object.clone());
    }
    fn forget(self, at: &(Text, Text)) {
        if let Some(objects) = self.0.get_mut(&self.1) {
            objects.remove(at);
            if objects.is_empty() {
                self.0.remove(&self.1);
            }
        }
    }
}

impl Shelf {
    /// Where the object stands: with its controller, or among the namespace's orphans.
    fn index_of(&mut self, object: &Object, namespace: &Text) -> Entry<'_> {
        match controller(object) {
            "" => Entry(&mut self.orphans, namespace.clone()),
            uid => Entry(&mut self.owned, uid.into()),
        }
    }
}

/// What feeds the cache: the first component, so that each change is in before a controller sees it.
pub struct Reflector(pub Informers);

impl Component for Reflector {
    fn name(&self) -> &'static str {
        "reflector"
    }
    fn observe(&mut self, change: &Change) {
        self.0.observe(change);
    }
    fn due(&self) -> Option<Time> {
        None
    }
    fn run(&mut self, _: Time) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;
    use crate::store::{Key, Store};

    fn pod(name: &str, owner: &str, node: &str) -> Object {
        let mut pod = Object(json!({"metadata": {"name": name, "namespace": "default"}, "spec": {"nodeName": node}}));
        if !owner.is_empty() {
            pod.set(&["metadata", "ownerReferences"], json!([{"uid": owner, "controller": true}]));
        }
        pod
    }

    #[test]
    fn indexes_follow_the_changes() {
        let mut store = Store::default();
        let key = |name: &str| Key { resource: "pods".into(), namespace: "default".into(), name: name.into() };
        for (name, object) in [
            ("a", Some(pod("a", "rs", ""))),
            ("b", Some(pod("b", "", "m1"))),
            ("a", Some(pod("a", "rs", "m1"))),
            ("c", Some(pod("c", "rs", "m1"))),
            ("c", None),
            ("b", Some(pod("b", "rs", "m1"))),
        ] {
            store.commit(Time(0), key(name), object);
        }
        let informers = Informers::default();
        store.since(0).iter().for_each(|change| informers.observe(change));
        let names = |objects: Vec<Object>| objects.iter().map(|o| o.name().to_string()).collect::<Vec<_>>();
        assert_eq!(names(informers.list("pods", None)), ["a", "b"]);
        assert_eq!(names(informers.owned("pods", "rs")), ["a", "b"]);
        assert_eq!(names(informers.orphans("pods", "default")), Vec::<String>::new());
        assert_eq!(names(informers.pods_on("m1")), ["a", "b"]);
        assert_eq!(names(informers.pods_on("")), Vec::<String>::new());
    }
}
