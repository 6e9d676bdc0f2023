//! What the page draws: the cluster's objects, flattened to what a graph needs. Read only.

use crate::kinds::{KINDS, Kind};
use crate::meta::{Object, Selector, Time, Value};

/// The kinds the graph shows, by their resource; other objects are found through `kubectl`.
const SHOWN: &[&str] = &[
    "namespaces",
    "nodes",
    "pods",
    "services",
    "replicationcontrollers",
    "deployments.apps",
    "replicasets.apps",
    "statefulsets.apps",
    "daemonsets.apps",
    "jobs.batch",
    "cronjobs.batch",
    "ingresses.networking.k8s.io",
    "configmaps",
    "secrets",
    "persistentvolumeclaims",
];

/// How an object fares, for its shape and colour. Look.md's palette has one shape for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Does what it should.
    Running,
    /// Waits to be scheduled or for something to exist.
    Pending,
    /// On its way: pulling, creating, rolling out.
    Starting,
    /// Something is wrong.
    Failing,
    /// Has done its work.
    Completed,
    /// Is being deleted.
    Terminating,
    /// Nobody knows: its node is gone.
    Unknown,
}

/// One object of the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectView {
    /// Such as `Pod`.
    pub kind: &'static str,
    /// Such as `pod`, as `kubectl get pod` takes it.
    pub singular: &'static str,
    /// Empty for cluster-scoped objects.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.uid`.
    pub uid: String,
    /// `metadata.resourceVersion`: changes whenever the object does.
    pub revision: u64,
    /// The word `kubectl get` shows: `Running`, `ImagePullBackOff`, `3/3`.
    pub status: String,
    /// How it fares.
    pub health: Health,
    /// Ready and desired containers or replicas, where there are such.
    pub ready: Option<(i64, i64)>,
    /// Labels in order of key.
    pub labels: Vec<(String, String)>,
    /// Kind, name and uid of the controlling owner.
    pub owner: Option<(String, String, String)>,
    /// The node a pod runs on.
    pub node: String,
    /// The pod's or service's address.
    pub address: String,
    /// When it was created.
    pub created: Option<Time>,
    /// The label selector by which it finds pods, as text; empty if it has none.
    pub selector: String,
}

/// The cluster at one moment. That it is `Eq` lets an `Rc` of it be compared with itself without looking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// The store's revision; equal revisions give equal views but for ages.
    pub revision: u64,
    /// The moment.
    pub now: Time,
    /// The objects, in order of resource, namespace and name.
    pub objects: Vec<ObjectView>,
}

/// The view of the objects that `list` gives of each resource, in order.
pub(super) fn view(revision: u64, now: Time, list: &dyn Fn(&str) -> Vec<Object>) -> View {
    let mut shown = Vec::new();
    for resource in SHOWN {
        let Some(kind) = KINDS.iter().find(|kind| kind.resource() == *resource) else { continue };
        shown.extend(list(resource).iter().map(|object| object_view(kind, object, now)));
    }
    View { revision, now, objects: shown }
}

/// One object's view.
pub(super) fn object_view(kind: &'static Kind, object: &Object, now: Time) -> ObjectView {
    let owner = object.controller().map(|owner| {
        (owner["kind"].str().to_string(), owner["name"].str().to_string(), owner["uid"].str().to_string())
    });
    let labels = object.labels().entries().map(|(key, value)| (key.to_string(), value.str().to_string()));
    let ready = ready(object);
    let status = status(kind, object, now, ready);
    ObjectView {
        kind: kind.kind,
        singular: kind.singular,
        namespace: object.namespace().into(),
        name: object.name().into(),
        uid: object.uid().into(),
        revision: object.revision(),
        health: health(object, &status, ready),
        status,
        ready,
        labels: labels.collect(),
        owner,
        node: object.spec()["nodeName"].str().into(),
        address: first_of(&[object.status()["podIP"].str(), object.spec()["clusterIP"].str()]),
        created: object.created(),
        selector: selector_of(object),
    }
}

/// The selector of a service, a workload or a policy.
fn selector_of(object: &Object) -> String {
    let selector = &object.spec()["selector"];
    match object.kind() {
        "Service" | "ReplicationController" => Selector::from_map(selector).to_string(),
        _ => Selector::from_value(selector).map(|selector| selector.to_string()).unwrap_or_default(),
    }
}

/// A label selector as it is typed into the graph's field; `None` while it is none.
pub fn selector(text: &str) -> Option<Selector> {
    Selector::parse(text).ok().filter(|selector| !selector.is_empty())
}

/// Whether a selector picks an object.
pub fn matches(selector: &Selector, object: &ObjectView) -> bool {
    let labels: Value = Value::Object(object.labels.iter().map(|(key, value)| (key, value)).collect());
    selector.matches(&labels)
}

fn first_of(texts: &[&str]) -> String {
    texts.iter().find(|text| !text.is_empty()).copied().unwrap_or_default().into()
}

/// Ready and wanted containers or replicas.
fn ready(object: &Object) -> Option<(i64, i64)> {
    match object.kind() {
        "Pod" => {
            let statuses = object.status()["containerStatuses"].items();
            let ready = statuses.iter().filter(|status| status["ready"].bool()).count();
            Some((ready as i64, object.spec()["containers"].items().len() as i64))
        }
        "DaemonSet" => Some((object.status()["numberReady"].int(), object.status()["desiredNumberScheduled"].int())),
        "Job" => Some((object.status()["succeeded"].int(), object.spec()["completions"].as_i64().unwrap_or(1))),
        _ => object.spec()["replicas"].as_i64().map(|wanted| (object.status()["readyReplicas"].int(), wanted)),
    }
}

/// The status word: that of the kind's `Status` column, or how many are ready.
fn status(kind: &Kind, object: &Object, now: Time, ready: Option<(i64, i64)>) -> String {
    let column = (kind.columns)().iter().find(|column| column.name == "Status");
    if let Some(column) = column {
        return (column.cell)(object, now).str().to_string();
    }
    if object.is_terminating() {
        return "Terminating".into();
    }
    match (ready, object.kind()) {
        (Some((ready, wanted)), _) => format!("{ready}/{wanted}"),
        (None, "Service") => object.spec()["type"].str().to_string(),
        (None, _) => String::new(),
    }
}

/// How a status word is drawn. Words not listed are reasons for waiting or failing.
const HEALTH: &[(&str, Health)] = &[
    ("Running", Health::Running),
    ("Ready", Health::Running),
    ("Active", Health::Running),
    ("Bound", Health::Running),
    ("Pending", Health::Pending),
    ("SchedulingGated", Health::Pending),
    ("ContainerCreating", Health::Starting),
    ("PodInitializing", Health::Starting),
    ("NotReady", Health::Failing),
    ("Complete", Health::Completed),
    ("Completed", Health::Completed),
    ("Succeeded", Health::Completed),
    ("Terminating", Health::Terminating),
    ("Unknown", Health::Unknown),
];

fn health(object: &Object, status: &str, ready: Option<(i64, i64)>) -> Health {
    if object.is_terminating() {
        return Health::Terminating;
    }
    let word = status.split(',').next().unwrap_or_default();
    if let Some((_, health)) = HEALTH.iter().find(|(name, _)| *name == word) {
        let unready = object.kind() == "Pod" && ready.is_some_and(|(ready, wanted)| ready < wanted);
        return if *health == Health::Running && unready { Health::Starting } else { *health };
    }
    match (object.kind(), ready) {
        ("Pod", _) if word.starts_with("Init:") && !word.contains("Err") && !word.contains("Back") => Health::Starting,
        ("Pod" | "Node", _) => Health::Failing,
        (_, Some((ready, wanted))) if ready < wanted => Health::Starting,
        _ => Health::Running,
    }
}
