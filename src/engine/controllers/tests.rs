//! A tiny cluster: all controllers, the scheduler, and nodes whose kubelets start pods at once.

use super::Component;
use crate::api::{Client, User};
use crate::cluster::Cluster;
use crate::json;
use crate::kinds;
use crate::meta::{Object, Time, Value};
use crate::store::{Change, Key};
use std::collections::BTreeSet;
use std::time::Duration;

/// Runs pods as soon as they are bound, and lets them go as soon as they are deleted.
struct InstantKubelet {
    client: Client,
    changed: BTreeSet<Key>,
    now: Time,
}

impl Component for InstantKubelet {
    fn name(&self) -> &'static str {
        "instant-kubelet"
    }
    fn observe(&mut self, change: &Change) {
        self.now = change.time;
        if &*change.key.resource == "pods" {
            self.changed.insert(change.key.clone());
        }
    }
    fn due(&self) -> Option<Time> {
        (!self.changed.is_empty()).then_some(self.now)
    }
    fn run(&mut self, now: Time) {
        for key in std::mem::take(&mut self.changed) {
            let Ok(mut pod) = self.client.get(&kinds::pod::KIND, &key.namespace, &key.name) else { continue };
            if pod.spec()["nodeName"].is_null() {
                continue;
            }
            if pod.is_terminating() {
                let options = json!({"gracePeriodSeconds": 0});
                self.client.delete(&kinds::pod::KIND, &key.namespace, &key.name, options).ok();
            } else if pod.status()["phase"] == "Pending" {
                let ends = pod.annotation("test/ends").unwrap_or("Running").to_string();
                pod.set(&["status", "phase"], ends.as_str());
                pod.set(&["status", "startTime"], now.rfc3339());
                let address = format!("10.244.0.{}", pod.revision() % 250);
                pod.set(&["status", "podIP"], address);
                let ready = if ends == "Running" { "True" } else { "False" };
                let since = now.rfc3339();
                pod["status"]["conditions"]
                    .push(json!({"type": "Ready", "status": ready, "lastTransitionTime": since}));
                self.client.update_status(pod).unwrap();
            }
        }
    }
}

/// The cluster, and a client of its administrator.
pub struct Tiny {
    pub cluster: Cluster,
    pub client: Client,
}

/// A cluster of ready nodes with one cpu each.
pub fn tiny(nodes: &[&str]) -> Tiny {
    let mut cluster = Cluster::new(Time::from_civil(2026, 11, 23, 5, 0, 0), 7);
    super::all(&cluster.server).into_iter().for_each(|component| cluster.add(component));
    cluster.add(crate::scheduler::scheduler(&cluster.server));
    let user = User { name: "admin".into(), groups: vec!["system:masters".into()], ..User::default() };
    let client = Client::new(&cluster.server, user, "test");
    cluster.add(Box::new(InstantKubelet { client: client.clone(), changed: BTreeSet::new(), now: Time(0) }));
    for name in ["default", "kube-system"] {
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        client.create(Object(namespace)).unwrap();
    }
    for name in nodes {
        let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": *name, "labels": {"kubernetes.io/hostname": *name}}});
        let mut node = client.create(Object(node)).unwrap();
        let now = client.now().rfc3339();
        node["status"] = json!({
            "allocatable": {"cpu": "1", "memory": "4Gi", "pods": "110"}, "capacity": {"cpu": "1", "memory": "4Gi", "pods": "110"},
            "conditions": [{"type": "Ready", "status": "True", "lastHeartbeatTime": now.clone(), "lastTransitionTime": now}],
        });
        client.update_status(node).unwrap();
    }
    let mut tiny = Tiny { cluster, client };
    tiny.pass(1);
    tiny
}

impl Tiny {
    /// Lets seconds pass.
    pub fn pass(&mut self, seconds: u64) {
        let to = self.cluster.clock.now() + Duration::from_secs(seconds);
        self.cluster.advance(to);
    }
    /// Creates what YAML says, in the namespace `default`.
    pub fn create(&self, object: Value) -> Object {
        let mut object = Object(object);
        let row = kinds::of(object.api_version(), object.kind()).unwrap();
        if row.namespaced && object.namespace().is_empty() {
            object.set(&["metadata", "namespace"], "default");
        }
        self.client.create(object).unwrap()
    }
    /// All objects of a kind.
    pub fn list(&self, kind: &str) -> Vec<Object> {
        self.client.list(super::runner::kind(kind).unwrap(), None)
    }
    /// One object of the namespace `default`, or of none.
    pub fn get(&self, kind: &str, name: &str) -> Option<Object> {
        let row = super::runner::kind(kind).unwrap();
        self.client.get(row, if row.namespaced { "default" } else { "" }, name).ok()
    }
    /// Changes an object.
    pub fn change(&self, kind: &str, name: &str, edit: impl FnOnce(&mut Object)) {
        let mut object = self.get(kind, name).unwrap();
        edit(&mut object);
        self.client.update(object).unwrap();
    }
    /// The messages of the events about an object, oldest first.
    pub fn events(&self, name: &str) -> Vec<String> {
        let events = self.list("events");
        let about = events.iter().filter(|event| event.at(&["involvedObject", "name"]) == name);
        about.map(|event| event["message"].str().to_string()).collect()
    }
}

/// A template of one container, with labels.
pub fn template(app: &str, image: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": app}},
        "spec": {"containers": [{"name": "c", "image": image}]},
    })
}

/// A Deployment.
pub fn deployment(name: &str, replicas: i64) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template(name, "nginx:1"),
        },
    })
}

#[test]
fn a_deployment_rolls_from_one_replica_set_to_the_next() {
    let mut tiny = tiny(&["m1", "m2"]);
    tiny.create(deployment("web", 3));
    tiny.pass(2);
    let web = tiny.get("deployments.apps", "web").unwrap();
    assert_eq!(web.status()["availableReplicas"], 3, "{web:?}");
    assert_eq!(web.annotation("deployment.kubernetes.io/revision"), Some("1"));
    tiny.change("deployments.apps", "web", |web| {
        web.set(&["spec", "template"], template("web", "nginx:2"));
    });
    tiny.pass(5);
    let sizes = |tiny: &Tiny| {
        let sets = tiny.list("replicasets.apps");
        let mut sizes: Vec<(String, i64)> = sets
            .iter()
            .map(|set| {
                let image = set.spec().at(&["template", "spec", "containers"])[0]["image"].str().to_string();
                (image, set.status()["availableReplicas"].int())
            })
            .collect();
        sizes.sort();
        sizes
    };
    assert_eq!(sizes(&tiny), [("nginx:1".to_string(), 0), ("nginx:2".to_string(), 3)]);
    let web = tiny.get("deployments.apps", "web").unwrap();
    assert_eq!(web.condition("Progressing").unwrap()["reason"], "NewReplicaSetAvailable");
    let hash = |message: &String| {
        let words: Vec<&str> = message.split(' ').filter(|word| !word.starts_with("web-")).collect();
        words.join(" ")
    };
    let events: Vec<String> = tiny.events("web").iter().map(hash).collect();
    assert_eq!(
        events,
        [
            "Scaled up replica set from 0 to 3",
            "Scaled up replica set from 0 to 1",
            "Scaled down replica set from 3 to 2",
            "Scaled up replica set from 1 to 2",
            "Scaled down replica set from 2 to 1",
            "Scaled up replica set from 2 to 3",
            "Scaled down replica set from 1 to 0",
        ]
    );
}

#[test]
fn what_fits_nowhere_is_told_why() {
    let mut tiny = tiny(&["m1", "m2"]);
    let pod = |name: &str, spec: Value| {
        let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec});
        pod["spec"]["containers"] = json!([{"name": "c", "image": "nginx"}]);
        pod
    };
    let mut big = pod("big", json!({}));
    big["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": "8"}});
    tiny.create(big);
    tiny.create(pod("picky", json!({"nodeSelector": {"disk": "ssd"}})));
    tiny.create(pod("claim", json!({"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "none"}}]})));
    tiny.pass(1);
    for (name, expect) in [
        (
            "big",
            "0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: \
                 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
        ),
        (
            "picky",
            "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector. no new claims to \
                   deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
        ),
        ("claim", "0/2 nodes are available: persistentvolumeclaim \"none\" not found. not found"),
    ] {
        let pod = tiny.get("pods", name).unwrap();
        assert_eq!(pod.condition("PodScheduled").unwrap()["message"], expect);
        assert_eq!(tiny.events(name), [expect]);
    }
    tiny.change("nodes", "m2", |node| node.set(&["metadata", "labels", "disk"], "ssd"));
    tiny.pass(1);
    assert_eq!(tiny.get("pods", "picky").unwrap().spec()["nodeName"], "m2");
}

#[test]
fn the_more_important_pod_takes_the_room() {
    let mut tiny = tiny(&["m1"]);
    for (name, priority) in [("low", 10), ("high", 1000)] {
        tiny.create(json!({
            "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name}, "value": priority,
        }));
        tiny.create(json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
            "spec": {
                "priorityClassName": name,
                "containers": [{"name": "c", "image": "nginx", "resources": {"requests": {"cpu": "800m"}}}],
            },
        }));
        tiny.pass(2);
    }
    assert!(tiny.get("pods", "low").is_none());
    let high = tiny.get("pods", "high").unwrap();
    assert_eq!(high.spec()["nodeName"], "m1");
    assert!(tiny.events("low").contains(&format!("Preempted by pod {} on node m1", high.uid())));
}

#[test]
fn a_thousand_replicas_cost_few_reconciles() {
    let mut tiny = tiny(&["m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9", "m10"]);
    tiny.create(deployment("web", 1000));
    tiny.pass(3);
    let web = tiny.get("deployments.apps", "web").unwrap();
    assert_eq!(web.status()["availableReplicas"], 1000);
    let writes = tiny.cluster.server.borrow().store.revision();
    assert!(writes < 4_100, "{writes}");
}

#[test]
fn what_is_owned_goes_with_its_owner() {
    for (policy, sets, pods) in [("Background", 0, 0), ("Foreground", 0, 0), ("Orphan", 1, 2)] {
        let mut tiny = tiny(&["m1"]);
        tiny.create(deployment("web", 2));
        tiny.pass(2);
        let options = json!({"propagationPolicy": policy});
        tiny.client.delete(&kinds::deployment::KIND, "default", "web", options).unwrap();
        tiny.pass(3);
        assert!(tiny.get("deployments.apps", "web").is_none(), "{policy}");
        assert_eq!((tiny.list("replicasets.apps").len(), tiny.list("pods").len()), (sets, pods), "{policy}");
        if policy == "Orphan" {
            tiny.create(deployment("web", 2));
            tiny.pass(2);
            let set = &tiny.list("replicasets.apps")[0];
            assert_eq!(set.controller().unwrap()["name"], "web", "adopted again");
        }
    }
}

#[test]
fn a_namespace_takes_its_contents_with_it() {
    let mut tiny = tiny(&["m1"]);
    tiny.create(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}}));
    tiny.pass(1);
    let accounts = tiny.list("serviceaccounts");
    assert!(accounts.iter().any(|account| account.namespace() == "team" && account.name() == "default"));
    let mut web = deployment("web", 2);
    web["metadata"]["namespace"] = "team".into();
    tiny.create(web);
    tiny.pass(2);
    tiny.client.delete(&kinds::namespace::KIND, "", "team", Value::Null).unwrap();
    tiny.pass(4);
    assert_eq!(tiny.list("pods").len(), 2, "nothing goes before other servers know");
    tiny.pass(4);
    assert!(tiny.get("namespaces", "team").is_none());
    assert!(tiny.list("pods").is_empty());
    assert!(tiny.list("serviceaccounts").iter().all(|account| account.namespace() != "team"));
}

#[test]
fn a_service_lists_the_pods_it_selects() {
    let mut tiny = tiny(&["m1"]);
    tiny.create(deployment("web", 2));
    tiny.create(json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]},
    }));
    tiny.pass(2);
    let endpoints = tiny.get("endpoints", "web").unwrap();
    assert_eq!(endpoints["subsets"][0]["addresses"].items().len(), 2);
    assert_eq!(endpoints["subsets"][0]["ports"][0]["port"], 8080);
    assert_eq!(tiny.list("endpointslices.discovery.k8s.io")[0]["endpoints"].items().len(), 2);
    tiny.change("deployments.apps", "web", |web| web.set(&["spec", "replicas"], 0));
    tiny.pass(2);
    assert!(tiny.get("endpoints", "web").unwrap()["subsets"].is_empty());
    let slices = tiny.list("endpointslices.discovery.k8s.io");
    assert!(slices.len() == 1 && slices[0]["endpoints"].is_empty(), "{slices:?}");
}

#[test]
fn a_daemon_runs_on_every_node_it_may() {
    let mut tiny = tiny(&["m1", "m2", "m3"]);
    let set = |image: &str| {
        json!({
            "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent"},
            "spec": {"selector": {"matchLabels": {"app": "agent"}}, "template": template("agent", image)},
        })
    };
    tiny.create(set("agent:1"));
    tiny.pass(2);
    let nodes = |tiny: &Tiny| {
        let mut nodes: Vec<String> =
            tiny.list("pods").iter().map(|pod| pod.spec()["nodeName"].str().to_string()).collect();
        nodes.sort();
        nodes
    };
    assert_eq!(nodes(&tiny), ["m1", "m2", "m3"]);
    tiny.change("daemonsets.apps", "agent", |agent| agent.set(&["spec", "template"], template("agent", "agent:2")));
    tiny.pass(5);
    assert_eq!(nodes(&tiny), ["m1", "m2", "m3"]);
    assert!(tiny.list("pods").iter().all(|pod| pod.spec()["containers"][0]["image"] == "agent:2"));
    let agent = tiny.get("daemonsets.apps", "agent").unwrap();
    assert_eq!(agent.status()["updatedNumberScheduled"], 3);
    assert_eq!(tiny.list("controllerrevisions.apps").len(), 2);
    tiny.change("daemonsets.apps", "agent", |agent| {
        agent.set(&["spec", "template", "spec", "nodeSelector"], json!({"disk": "ssd"}));
    });
    tiny.pass(3);
    assert_eq!(nodes(&tiny), Vec::<String>::new());
    tiny.change("nodes", "m2", |node| node.set(&["metadata", "labels", "disk"], "ssd"));
    tiny.pass(3);
    assert_eq!(nodes(&tiny), ["m2"]);
}

#[test]
fn pods_leave_a_node_that_fell_silent() {
    let mut tiny = tiny(&["m1", "m2"]);
    tiny.create(deployment("web", 2));
    tiny.pass(10);
    // Only one kubelet goes on.
    for _ in 0..50 {
        tiny.change("nodes", "m1", |_| {});
        let mut node = tiny.get("nodes", "m1").unwrap();
        let now = tiny.client.now().rfc3339();
        node["status"]["conditions"][0]["lastHeartbeatTime"] = now.into();
        tiny.client.update_status(node).unwrap();
        tiny.pass(8);
    }
    let lost = tiny.get("nodes", "m2").unwrap();
    assert_eq!(lost.condition("Ready").unwrap()["status"], "Unknown");
    assert_eq!(lost.spec()["taints"].items().len(), 2);
    assert!(tiny.list("pods").iter().all(|pod| pod.spec()["nodeName"] == "m1"), "{:?}", tiny.list("pods"));
}

fn stateful(name: &str, image: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name},
        "spec": {
            "serviceName": name, "replicas": 3, "selector": {"matchLabels": {"app": name}},
            "template": template(name, image),
        },
    })
}

#[test]
fn a_stateful_set_goes_in_order() {
    let mut tiny = tiny(&["m1"]);
    tiny.create(stateful("db", "db:1"));
    tiny.pass(3);
    tiny.change("statefulsets.apps", "db", |db| db.set(&["spec", "template"], template("db", "db:2")));
    tiny.pass(5);
    assert!(tiny.list("pods").iter().all(|pod| pod.spec()["containers"][0]["image"] == "db:2"));
    tiny.change("statefulsets.apps", "db", |db| db.set(&["spec", "replicas"], 1));
    tiny.pass(5);
    let db = tiny.get("statefulsets.apps", "db").unwrap();
    assert_eq!((db.status()["readyReplicas"].int(), db.status()["updatedReplicas"].int()), (1, 1));
    assert_eq!(db.status()["currentRevision"], db.status()["updateRevision"]);
    let events: Vec<String> = tiny
        .events("db")
        .iter()
        .map(|m| {
            m.split(' ')
                .filter(|w| ["Create", "Delete"].contains(w) || w.starts_with("db-"))
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    // Those that happened twice are counted in the first.
    assert_eq!(events, ["Create db-0", "Create db-1", "Create db-2", "Delete db-2", "Delete db-1", "Delete db-0"]);
}

#[test]
fn a_job_runs_its_pods_to_completion() {
    let job = |name: &str, ends: &str, spec: Value| {
        let mut job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": spec});
        job["spec"]["template"] = json!({
            "metadata": {"annotations": {"test/ends": ends}},
            "spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "busybox"}]},
        });
        job
    };
    for (name, ends, spec, passing, condition, reason, pods) in [
        ("one", "Succeeded", json!({}), 5, "Complete", "CompletionsReached", 1),
        ("many", "Succeeded", json!({"completions": 4, "parallelism": 2}), 9, "Complete", "CompletionsReached", 4),
        (
            "indexed",
            "Succeeded",
            json!({"completions": 3, "parallelism": 3, "completionMode": "Indexed"}),
            5,
            "Complete",
            "CompletionsReached",
            3,
        ),
        ("fails", "Failed", json!({"backoffLimit": 1}), 60, "Failed", "BackoffLimitExceeded", 2),
        ("late", "Running", json!({"activeDeadlineSeconds": 5}), 20, "Failed", "DeadlineExceeded", 0),
    ] {
        let mut tiny = tiny(&["m1"]);
        tiny.create(job(name, ends, spec));
        tiny.pass(passing);
        let job = tiny.get("jobs.batch", name).unwrap();
        let said =
            job.condition(condition).unwrap_or_else(|| panic!("{name}: {:?} {:?}", job.status(), tiny.events(name)));
        assert_eq!((said["status"].str(), said["reason"].str()), ("True", reason), "{name}");
        assert_eq!(tiny.list("pods").len(), pods, "{name}");
        assert!(tiny.list("pods").iter().all(|pod| pod.finalizers().next().is_none()), "{name}");
        if name == "indexed" {
            assert_eq!(job.status()["completedIndexes"], "0-2");
        }
    }
}
