//! What stands where in the graph: areas, in them owners with their pods, each in a place of its own.
//!
//! A pod keeps its place as long as it lives; a new one takes the first free place. So nothing
//! moves but what changed.

use crate::app::event::Grouping;
use tabernetes_engine::meta::SortedMap;
use tabernetes_engine::playground::{ObjectView, View};

/// Places of one row of pods, by uid; `None` is free.
type Row = Vec<Option<String>>;

/// Who stands where, kept from one drawing to the next.
#[derive(Default)]
pub struct Places(SortedMap<String, Row>);

/// A box of the graph: a namespace or a node.
pub struct Area<'a> {
    /// Tells areas apart.
    pub key: String,
    /// The namespace or node; none for pods without a node.
    pub object: Option<&'a ObjectView>,
    /// Owners and their pods, those without an owner first.
    pub groups: Vec<Group<'a>>,
    /// What is neither a pod nor owns pods: services, volumes, configuration.
    pub others: Vec<&'a ObjectView>,
}

/// An owner with its pods.
pub struct Group<'a> {
    /// Tells groups apart.
    pub key: String,
    /// The owners from the outermost in; empty for pods on their own.
    pub owners: Vec<&'a ObjectView>,
    /// The pods at their places.
    pub pods: Vec<Option<&'a ObjectView>>,
}

impl Area<'_> {
    /// How many pods are in it.
    pub fn pods(&self) -> usize {
        self.groups.iter().map(|group| group.pods.iter().flatten().count()).sum()
    }

    /// All pods in it.
    pub fn all_pods(&self) -> impl Iterator<Item = &ObjectView> {
        self.groups.iter().flat_map(|group| group.pods.iter().flatten().copied())
    }
}

/// Objects that every namespace has and nobody looks for.
fn is_noise(object: &ObjectView) -> bool {
    (object.singular == "configmap" && object.name == "kube-root-ca.crt")
        || (object.singular == "replicaset" && object.owner.is_some())
}

/// Which kinds own pods.
fn is_workload(object: &ObjectView) -> bool {
    matches!(
        object.singular,
        "deployment" | "replicaset" | "replicationcontroller" | "statefulset" | "daemonset" | "job" | "cronjob"
    )
}

impl Places {
    /// The areas of a view.
    pub fn areas<'a>(&mut self, view: &'a View, grouping: Grouping) -> Vec<Area<'a>> {
        let by_uid: SortedMap<&str, &ObjectView> = view.objects.iter().map(|object| (&*object.uid, object)).collect();
        let boxed = match grouping {
            Grouping::Namespaces => "namespace",
            Grouping::Nodes => "node",
        };
        let mut areas: SortedMap<&str, Area> = SortedMap::new();
        for object in view.objects.iter().filter(|object| object.singular == boxed) {
            areas.insert(&object.name, area(&object.name, Some(object)));
        }
        let mut rows: SortedMap<(&str, String), (Vec<&ObjectView>, Vec<&ObjectView>)> = SortedMap::new();
        for object in &view.objects {
            let home = match grouping {
                Grouping::Namespaces => &*object.namespace,
                Grouping::Nodes => &*object.node,
            };
            match object.singular {
                "namespace" | "node" => {}
                "pod" => {
                    let owners = if grouping == Grouping::Nodes { Vec::new() } else { owners(object, &by_uid) };
                    let key = owners.last().map(|owner| owner.uid.clone()).unwrap_or_default();
                    rows.entry((home, key)).or_insert((owners, Vec::new())).1.push(object);
                }
                _ if grouping == Grouping::Nodes || is_noise(object) => {}
                _ if is_workload(object) => {
                    // A workload without pods has its place as well, unless its pods are its children's.
                    let has_children = view.objects.iter().any(|child| {
                        is_workload(child) && child.owner.as_ref().is_some_and(|(.., uid)| *uid == object.uid)
                    });
                    if !has_children {
                        rows.entry((home, object.uid.clone()))
                            .or_insert((owners_and_self(object, &by_uid), Vec::new()));
                    }
                }
                _ => areas.entry(home).or_insert_with(|| area(home, None)).others.push(object),
            }
        }
        let mut kept = SortedMap::new();
        for ((home, key), (owners, pods)) in rows {
            let path = format!("{home}/{key}");
            let row = self.0.remove(&path).unwrap_or_default();
            let (row, pods) = place(row, pods);
            kept.insert(path, row);
            areas.entry(home).or_insert_with(|| area(home, None)).groups.push(Group { key, owners, pods });
        }
        self.0 = kept;
        let mut areas: Vec<Area> = areas.into_values().collect();
        areas.sort_by_key(|area| (rank(&area.key), area.object.and_then(|object| object.created)));
        areas
    }
}

fn area<'a>(key: &str, object: Option<&'a ObjectView>) -> Area<'a> {
    Area { key: key.into(), object, groups: Vec::new(), others: Vec::new() }
}

/// The reader's own namespaces come first, the cluster's own last.
fn rank(name: &str) -> u8 {
    match name {
        "default" => 0,
        _ if is_system(name) => 2,
        _ => 1,
    }
}

/// Whether a namespace is the cluster's own.
pub fn is_system(name: &str) -> bool {
    matches!(name, "kube-system" | "kube-public" | "kube-node-lease")
}

/// The controllers above an object, the outermost first.
fn owners<'a>(object: &ObjectView, by_uid: &SortedMap<&str, &'a ObjectView>) -> Vec<&'a ObjectView> {
    let mut found: Vec<&ObjectView> = Vec::new();
    let mut next = &object.owner;
    while let Some((.., uid)) = next
        && let Some(owner) = by_uid.get(uid.as_str()).filter(|owner| is_workload(owner) && found.len() < 4)
    {
        found.insert(0, owner);
        next = &owner.owner;
    }
    found
}

fn owners_and_self<'a>(object: &'a ObjectView, by_uid: &SortedMap<&str, &'a ObjectView>) -> Vec<&'a ObjectView> {
    let mut found = owners(object, by_uid);
    found.push(object);
    found
}

/// Puts pods at their places: known ones where they were, new ones where there is room.
fn place(mut row: Row, pods: Vec<&ObjectView>) -> (Row, Vec<Option<&ObjectView>>) {
    let mut by_uid: SortedMap<&str, &ObjectView> = pods.iter().map(|pod| (&*pod.uid, *pod)).collect();
    let mut placed: Vec<Option<&ObjectView>> =
        row.iter().map(|uid| by_uid.remove(uid.as_deref().unwrap_or_default())).collect();
    let mut free = 0;
    for pod in pods.into_iter().filter(|pod| by_uid.contains_key(&*pod.uid)) {
        while placed.get(free).is_some_and(Option::is_some) {
            free += 1;
        }
        match placed.get_mut(free) {
            Some(place) => *place = Some(pod),
            None => placed.push(Some(pod)),
        }
    }
    while placed.last().is_some_and(Option::is_none) {
        placed.pop();
    }
    // When most places are empty, closing up is calmer than a torn picture.
    if placed.iter().flatten().count() * 2 < placed.len() {
        placed.retain(Option::is_some);
    }
    row = placed.iter().map(|pod| pod.map(|pod| pod.uid.clone())).collect();
    (row, placed)
}
