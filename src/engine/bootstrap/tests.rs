use super::*;
use crate::meta::Text;

/// A moment all tests start at.
const START: Time = Time::from_millis(1_795_410_000_000);

struct Lab {
    cluster: Cluster,
    client: Client,
}

impl Lab {
    fn new(profile: Profile) -> Lab {
        let cluster = cluster(profile, &["minikube"], START, 1);
        let client = Client::new(&cluster.server, admin(), "test");
        let mut lab = Lab { cluster, client };
        lab.pass(60);
        lab
    }
    fn apply(&self, yaml: &str) {
        use serde::Deserialize;
        for document in serde_yaml::Deserializer::from_str(yaml) {
            let mut object = Object(Value::deserialize(document).unwrap());
            if object.namespace().is_empty() {
                object.set(&["metadata", "namespace"], "default");
            }
            self.client.create(object).unwrap();
        }
    }
    fn pass(&mut self, seconds: u64) {
        let to = self.cluster.clock.now() + Duration::from_secs(seconds);
        self.cluster.advance(to);
    }
    fn pod(&self, name: &str) -> Object {
        self.client.get(&kinds::pod::KIND, "default", name).unwrap_or_default()
    }
    /// Phase, readiness, restarts and what the first container waits for or ended with.
    fn brief(&self, name: &str) -> String {
        let pod = self.pod(name);
        let status = &pod.status()["containerStatuses"][0];
        let state = &status["state"];
        let reason = ["waiting", "terminated"].iter().map(|s| state[*s]["reason"].str()).collect::<String>();
        let phase = pod.status()["phase"].str();
        let ready = if pod.condition_is_true("Ready") { "ready" } else { "unready" };
        format!("{phase} {ready} {} {reason}", status["restartCount"].int()).trim_end().to_string()
    }
    fn events(&self, name: &str) -> Vec<String> {
        let events = self.client.list(&kinds::event::KIND, Some("default"));
        let mut about: Vec<&Object> = events.iter().filter(|e| e["involvedObject"]["name"] == *name).collect();
        about.sort_by_key(|event| event.name().to_string());
        let line = |event: &&Object| {
            let count = event["count"].int();
            let times = if count > 1 { format!(" x{count}") } else { String::new() };
            format!("{}{times}: {}", event["reason"].str(), event["message"].str())
        };
        about.iter().map(line).filter(|line| !line.starts_with("Scheduled")).collect()
    }
}

#[test]
fn the_manifests_are_whole() {
    let kinds: Vec<String> = minikube_objects().map(|object| Object(object).kind().to_string()).collect();
    assert_eq!(kinds.len(), 10);
    assert!(kinds.contains(&"DaemonSet".to_string()), "{kinds:?}");
}

#[test]
fn minikube_runs_its_system_pods() {
    let lab = Lab::new(Profile::Minikube);
    let pods = lab.client.list(&kinds::pod::KIND, Some("kube-system"));
    let names: Vec<Text> = pods.iter().map(|pod| pod.name().into()).collect();
    for start in [
        "coredns-",
        "etcd-minikube",
        "kube-apiserver-minikube",
        "kube-controller-manager-minikube",
        "kube-scheduler-minikube",
        "storage-provisioner",
    ] {
        assert!(names.iter().any(|name| name.starts_with(start)), "{start}: {names:?}");
    }
    for pod in &pods {
        assert!(pod.condition_is_true("Ready"), "{} {}", pod.name(), pod.status());
    }
    assert!(lab.client.get(&kinds::node::KIND, "", "minikube").unwrap().condition_is_true("Ready"));
}

#[test]
fn pods_come_to_their_states() {
    let mut lab = Lab::new(Profile::Bare);
    lab.apply(
        r#"
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: c, image: "nginx:1.27"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: done}
spec: {restartPolicy: Never, containers: [{name: c, image: busybox, command: [sh, -c, "echo bye"]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: failed}
spec: {restartPolicy: Never, containers: [{name: c, image: busybox, command: [sh, -c, "exit 3"]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: crashing}
spec: {containers: [{name: c, image: busybox, command: [sh, -c, "exit 1"]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: noimage}
spec: {containers: [{name: c, image: "nginx:doesnotexist"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: badname}
spec: {containers: [{name: c, image: "NGINX:1.27"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: noconfig}
spec: {containers: [{name: c, image: nginx, envFrom: [{configMapRef: {name: later}}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: nocommand}
spec: {containers: [{name: c, image: nginx, command: [nosuch]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: late}
spec: {activeDeadlineSeconds: 4, containers: [{name: c, image: nginx}]}
"#,
    );
    lab.pass(8);
    for (name, expect) in [
        ("web", "Running ready 0"),
        ("done", "Succeeded unready 0 Completed"),
        ("failed", "Failed unready 0 Error"),
        ("crashing", "Running unready 1 Error"),
        ("noimage", "Pending unready 0 ErrImagePull"),
        ("badname", "Pending unready 0 InvalidImageName"),
        ("noconfig", "Pending unready 0 CreateContainerConfigError"),
        ("nocommand", "Running unready 1 RunContainerError"),
        ("late", "Failed unready 0 Completed"),
    ] {
        assert_eq!(lab.brief(name), expect, "{name}: {:?}", lab.events(name));
    }
    assert_eq!(
        lab.events("web"),
        [
            "Pulling: Pulling image \"nginx:1.27\"",
            "Pulled: Successfully pulled image \"nginx:1.27\" in 0s (0s including waiting). Image size: 0 bytes.",
            "Created: Container created",
            "Started: Container started",
        ]
    );
}
