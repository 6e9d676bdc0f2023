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
    assert_eq!(kinds.len(), 16);
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

#[test]
fn containers_answer_probes_and_peers() {
    let mut lab = Lab::new(Profile::Bare);
    lab.apply(r#"
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: c
    image: nginx:1.27
    readinessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 1}
    livenessProbe: {httpGet: {path: /, port: 80}}
---
apiVersion: v1
kind: Pod
metadata: {name: unready}
spec:
  containers:
  - {name: c, image: nginx:1.27, readinessProbe: {httpGet: {path: /nope, port: 80}, periodSeconds: 2}}
---
apiVersion: v1
kind: Pod
metadata: {name: refused}
spec:
  containers:
  - {name: c, image: nginx:1.27, readinessProbe: {tcpSocket: {port: 81}, periodSeconds: 2}}
---
apiVersion: v1
kind: Pod
metadata: {name: file}
spec:
  containers:
  - {name: c, image: busybox, command: [sleep, "3600"], readinessProbe: {exec: {command: [cat, /tmp/ready]}, periodSeconds: 2}}
---
apiVersion: v1
kind: Pod
metadata: {name: dying}
spec:
  containers:
  - {name: c, image: luksa/kubia, livenessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 1, failureThreshold: 2}}
---
apiVersion: v1
kind: Pod
metadata: {name: slow}
spec:
  initContainers:
  - {name: first, image: busybox, command: [sh, -c, "sleep 2"]}
  - {name: side, image: nginx, restartPolicy: Always}
  containers:
  - {name: c, image: luksa/kubia, startupProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}}
---
apiVersion: v1
kind: Pod
metadata: {name: hooked}
spec:
  containers:
  - name: c
    image: busybox
    command: [sleep, "3600"]
    lifecycle: {postStart: {exec: {command: ["false"]}}}
"#);
    lab.pass(9);
    for (name, expect) in [
        ("web", "Running ready 0"),
        ("unready", "Running unready 0"),
        ("refused", "Running unready 0"),
        ("file", "Running unready 0"),
        ("dying", "Running unready 1 Completed"),
        ("slow", "Running ready 0"),
        ("hooked", "Running unready 1 PostStartHookError"),
    ] {
        assert_eq!(lab.brief(name), expect, "{name}: {:?} {}", lab.events(name), lab.pod(name).status());
    }
    for (name, expect) in [
        ("unready", "Unhealthy x5: Readiness probe failed: HTTP probe failed with statuscode: 404"),
        ("file", "Unhealthy x5: Readiness probe failed: cat: can't open '/tmp/ready': No such file or directory\n"),
        ("dying", "Killing x2: Container c failed liveness probe, will be restarted"),
        ("hooked", "FailedPostStartHook x2: PostStartHook failed"),
    ] {
        let events = lab.events(name);
        assert!(events.iter().any(|event| event == expect), "{name}: {events:?}");
    }
    let refused = lab.events("refused").pop().unwrap();
    assert!(refused.contains("Readiness probe failed: dial tcp 10.244.0."), "{refused}");
    assert!(refused.ends_with(":81: connect: connection refused"), "{refused}");
}

#[test]
fn deletion_takes_as_long_as_the_program_takes() {
    let mut lab = Lab::new(Profile::Minikube);
    lab.apply(
        r#"
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: c, image: "nginx:1.27"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: kubia}
spec: {containers: [{name: c, image: luksa/kubia}]}
---
apiVersion: v1
kind: Pod
metadata: {name: forced}
spec: {containers: [{name: c, image: luksa/kubia}]}
"#,
    );
    lab.pass(40);
    for name in ["web", "kubia", "forced"] {
        assert_eq!(lab.brief(name), "Running ready 0", "{name} {:?}", lab.events(name));
        let options = if name == "forced" { json!({"gracePeriodSeconds": 0}) } else { Value::Null };
        lab.client.delete(&kinds::pod::KIND, "default", name, options).unwrap();
    }
    let there = |lab: &Lab| ["web", "kubia", "forced"].map(|name| !lab.pod(name).name().is_empty());
    assert_eq!(there(&lab), [true, true, false]);
    lab.pass(3);
    assert_eq!(there(&lab), [false, true, false]);
    lab.pass(26);
    assert_eq!(there(&lab), [false, true, false]);
    lab.pass(3);
    assert_eq!(there(&lab), [false, false, false]);
}

#[test]
fn a_machine_that_dies_comes_back_with_its_pods() {
    let mut lab = Lab::new(Profile::Minikube);
    add_node(&lab.cluster.kubelets, lab.cluster.clock.now(), Profile::Minikube, "minikube-m02");
    lab.pass(5);
    lab.apply(
        r#"
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {nodeName: minikube-m02, containers: [{name: c, image: "nginx:1.27"}]}
"#,
    );
    lab.pass(30);
    assert_eq!(lab.brief("web"), "Running ready 0", "{:?}", lab.events("web"));
    lab.cluster.kubelets.stop("minikube-m02");
    lab.pass(70);
    let node = lab.client.get(&kinds::node::KIND, "", "minikube-m02").unwrap();
    assert_eq!(node.condition("Ready").unwrap()["status"], "Unknown");
    lab.cluster.kubelets.start("minikube-m02");
    lab.pass(30);
    let node = lab.client.get(&kinds::node::KIND, "", "minikube-m02").unwrap();
    assert!(node.condition_is_true("Ready"));
    assert_eq!(lab.brief("web"), "Running ready 1", "{:?} {}", lab.events("web"), lab.pod("web").status());
    delete_node(&lab.cluster.kubelets, &lab.cluster.server, "minikube-m02");
    lab.pass(90);
    assert!(lab.client.get(&kinds::node::KIND, "", "minikube-m02").is_err());
}

#[test]
fn the_api_server_reaches_into_containers() {
    use crate::api::{Method, NodeProxy, Request};
    use crate::network::http;
    let mut lab = Lab::new(Profile::Bare);
    lab.apply(
        r#"
apiVersion: v1
kind: ConfigMap
metadata: {name: page}
data: {index.html: "hello\n"}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  volumes: [{name: page, configMap: {name: page}}]
  containers:
  - {name: c, image: "nginx:1.27", volumeMounts: [{name: page, mountPath: /usr/share/nginx/html}]}
  - {name: kubia, image: luksa/kubia}
  - {name: bad, image: "redis:doesnotexist"}
"#,
    );
    lab.pass(3);
    let (kubelets, pod) = (lab.cluster.kubelets.clone(), lab.pod("web"));
    let logs = |container: &str, query: &str| {
        let request = Request::new(Method::Get, &format!("/log?{query}"));
        match kubelets.logs(&pod, container, &request) {
            Ok(pipe) => String::from_utf8(pipe.take()).unwrap(),
            Err(status) => status.message,
        }
    };
    for (container, query, expect) in [
        ("kubia", "", "Kubia server starting...\n"),
        ("kubia", "tailLines=0", ""),
        ("bad", "", "container \"bad\" in pod \"web\" is waiting to start: trying and failing to pull image"),
        ("kubia", "previous=true", "previous terminated container \"kubia\" in pod \"web\" not found"),
    ] {
        assert_eq!(logs(container, query), expect, "{container} {query}");
    }

    let forward = kubelets.port_forward(&pod).unwrap();
    assert!((forward.open)(81).map(drop).unwrap_err().contains("dial tcp4 127.0.0.1:81: connect: connection refused"));
    let answers = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    for port in [80, 8080] {
        let (connection, answers) = ((forward.open)(port).unwrap(), answers.clone());
        lab.cluster.tasks.spawn(&lab.cluster.clock, async move {
            let request = http::Request::new("GET", "localhost", "/");
            let response = http::fetch(&connection, &request).await.unwrap();
            answers.borrow_mut().push(String::from_utf8(response.body).unwrap());
        });
    }
    lab.pass(0);
    assert_eq!(*answers.borrow(), ["hello\n", "You've hit web\n"]);

    for (container, command, code, output) in [
        ("c", vec!["cat", "/usr/share/nginx/html/index.html"], "", "hello\n"),
        ("c", vec!["sh", "-c", "exit 3"], "3", ""),
        ("c", vec!["nginx", "-v"], "", "nginx version: nginx/1.27.5\n"),
    ] {
        let command: Vec<String> = command.into_iter().map(String::from).collect();
        let exec = kubelets.exec(&pod, container, &command, false).unwrap();
        lab.pass(1);
        let all = [exec.stdout.take(), exec.stderr.take()].concat();
        let exit = exec.exit.borrow().clone().unwrap();
        assert_eq!(
            (exit["details"]["causes"][0]["message"].str(), all),
            (code, output.as_bytes().to_vec()),
            "{command:?}"
        );
    }
    let missing = kubelets.exec(&pod, "c", &["nosuch".into()], false).unwrap();
    let exit = missing.exit.borrow().clone().unwrap();
    assert!(exit["message"].str().ends_with("exec: \"nosuch\": executable file not found in $PATH: unknown"), "{exit}");
    let Err(status) = kubelets.exec(&pod, "bad", &["ls".into()], false) else { panic!() };
    assert_eq!(status.message, "container not found (\"bad\")");

    lab.pass(15);
    kubelets.set_load("default", "web", Some((250, 64)));
    let usage = kubelets.usage("minikube");
    assert_eq!(usage["pods"][0]["containers"][0], json!({"name": "c", "usage": {"cpu": "250m", "memory": "65536Ki"}}));
    lab.client.delete(&kinds::pod::KIND, "default", "web", Value::Null).unwrap();
    lab.pass(2);
    assert!((forward.lost)());
}

#[test]
fn images_behave_as_they_are_known_to() {
    use crate::api::NodeProxy;
    let mut lab = Lab::new(Profile::Minikube);
    lab.apply(
        r#"
apiVersion: v1
kind: Service
metadata: {name: redis}
spec: {selector: {app: redis}, ports: [{port: 6379}]}
---
apiVersion: v1
kind: Pod
metadata: {name: redis, labels: {app: redis}}
spec: {containers: [{name: c, image: "redis:7"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: pi}
spec:
  restartPolicy: Never
  containers: [{name: c, image: "perl:5.34.0", command: ["perl", "-Mbignum=bpi", "-wle", "print bpi(50)"]}]
---
apiVersion: v1
kind: Pod
metadata: {name: hog}
spec:
  restartPolicy: Never
  containers:
  - name: c
    image: polinux/stress
    resources: {limits: {memory: 100Mi}}
    command: [stress]
    args: [--vm, "1", --vm-bytes, 250M, --vm-hang, "1"]
---
apiVersion: v1
kind: Pod
metadata: {name: sql}
spec: {restartPolicy: Never, containers: [{name: c, image: "mysql:8"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: typo}
spec: {containers: [{name: c, image: "nginx:1.27-alpin", command: [ngnix]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: private}
spec: {containers: [{name: c, image: "kubia"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: root}
spec: {securityContext: {runAsNonRoot: true}, containers: [{name: c, image: busybox, command: [sleep, "60"]}]}
"#,
    );
    lab.pass(60);
    for (name, expect) in [
        ("redis", "Running ready 0"),
        ("pi", "Succeeded unready 0 Completed"),
        ("hog", "Failed unready 0 OOMKilled"),
        ("sql", "Failed unready 0 Error"),
        ("root", "Pending unready 0 CreateContainerConfigError"),
    ] {
        assert_eq!(lab.brief(name), expect, "{name}: {:?}", lab.events(name));
    }
    let denied = "Failed to pull image \"kubia\": rpc error: code = Unknown desc = failed to pull and unpack image \
         \"docker.io/library/kubia:latest\": failed to resolve reference \"docker.io/library/kubia:latest\": pull access \
         denied, repository does not exist or may require authorization: server message: insufficient_scope: \
         authorization failed";
    assert!(lab.events("private").iter().any(|event| event.ends_with(denied)), "{:?}", lab.events("private"));
    assert!(lab.events("typo").iter().any(|e| e.contains("exec: \"ngnix\": executable file not found in $PATH")));

    let pod = lab.pod("redis");
    for (command, expect) in [("set page 1", "OK\n"), ("incr page", "2\n"), ("get page", "2\n"), ("ping", "PONG\n")] {
        let mut words: Vec<String> = ["redis-cli", "-h", "redis.default"].map(String::from).to_vec();
        words.extend(command.split(' ').map(String::from));
        let exec = lab.cluster.kubelets.exec(&pod, "c", &words, false).unwrap();
        lab.pass(1);
        assert_eq!(String::from_utf8(exec.stdout.take()).unwrap(), expect, "{command}");
    }
    let logs = lab.cluster.kubelets.logs(&lab.pod("pi"), "c", &crate::api::Request::new(crate::api::Method::Get, "/"));
    assert_eq!(logs.unwrap().take(), b"3.1415926535897932384626433832795028841971693993751\n");
}

#[test]
fn autoscalers_follow_the_load_that_users_put_on() {
    let mut lab = Lab::new(Profile::Minikube);
    let deployment = |load: &str| {
        format!(
            r#"
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, annotations: {{tabernetes.dev/load-cpu: {load}}}}}
spec:
  replicas: 1
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec: {{containers: [{{name: c, image: nginx, resources: {{requests: {{cpu: 100m}}}}}}]}}
"#
        )
    };
    lab.apply(&deployment("300m"));
    lab.apply(
        r#"
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  maxReplicas: 5
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 100}}}]
"#,
    );
    let size = |lab: &Lab| lab.client.get(&kinds::deployment::KIND, "default", "web").unwrap().spec()["replicas"].int();
    assert_eq!(size(&lab), 1);
    lab.pass(90);
    assert_eq!(size(&lab), 3);
    let mut web = lab.client.get(&kinds::deployment::KIND, "default", "web").unwrap();
    web.set(&["metadata", "annotations", "tabernetes.dev/load-cpu"], "1m");
    lab.client.update(web).unwrap();
    lab.pass(120);
    assert_eq!(size(&lab), 3, "it waits before it scales down");
    lab.pass(300);
    assert_eq!(size(&lab), 1);
}

#[test]
fn what_outlives_its_purpose_goes() {
    let mut lab = Lab::new(Profile::Bare);
    lab.apply(
        r#"
apiVersion: batch/v1
kind: Job
metadata: {name: long}
spec:
  template:
    spec: {restartPolicy: Never, containers: [{name: c, image: busybox, command: [sleep, "100"]}]}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: kept}
spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /data}, persistentVolumeReclaimPolicy: Delete}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
"#,
    );
    lab.pass(3);
    assert_eq!(lab.client.list(&kinds::pod::KIND, Some("default")).len(), 1);
    lab.client.delete(&kinds::job::KIND, "default", "long", json!({"propagationPolicy": "Background"})).unwrap();
    lab.client.delete(&kinds::persistent_volume_claim::KIND, "default", "data", Value::Null).unwrap();
    lab.pass(3);
    let pods = lab.client.list(&kinds::pod::KIND, Some("default"));
    assert!(pods.is_empty(), "the job is gone, and nobody counts its pods");
    let volume = lab.client.get(&kinds::persistent_volume::KIND, "", "kept").unwrap();
    assert_eq!(volume.status()["phase"], "Failed", "{}", volume.status());
}
