//! The control plane's own pods, as manifests on the first node's disk.

use crate::json;
use crate::meta::Value;

/// One static pod: name, image, CPU request, memory request, port of its probes, arguments.
struct Row {
    name: &'static str,
    image: &'static str,
    cpu: &'static str,
    memory: &'static str,
    port: u16,
    liveness: &'static str,
    args: &'static [&'static str],
    mounts: &'static [(&'static str, &'static str)],
}

const CERTS: (&str, &str) = ("k8s-certs", "/var/lib/minikube/certs");

const ROWS: &[Row] = &[
    Row {
        name: "etcd",
        image: "registry.k8s.io/etcd:3.6.6-0",
        cpu: "100m",
        memory: "100Mi",
        port: 2381,
        liveness: "/livez",
        args: &[
            "--advertise-client-urls=https://$(ADDRESS):2379",
            "--client-cert-auth=true",
            "--data-dir=/var/lib/minikube/etcd",
            "--listen-metrics-urls=http://127.0.0.1:2381",
        ],
        mounts: &[("etcd-certs", "/var/lib/minikube/certs/etcd"), ("etcd-data", "/var/lib/minikube/etcd")],
    },
    Row {
        name: "kube-apiserver",
        image: "registry.k8s.io/kube-apiserver:v1.36.2",
        cpu: "250m",
        memory: "",
        port: 8443,
        liveness: "/livez",
        args: &[
            "--advertise-address=$(ADDRESS)",
            "--allow-privileged=true",
            "--authorization-mode=Node,RBAC",
            "--etcd-servers=https://127.0.0.1:2379",
            "--secure-port=8443",
            "--service-cluster-ip-range=10.96.0.0/12",
        ],
        mounts: &[CERTS],
    },
    Row {
        name: "kube-controller-manager",
        image: "registry.k8s.io/kube-controller-manager:v1.36.2",
        cpu: "200m",
        memory: "",
        port: 10257,
        liveness: "/healthz",
        args: &[
            "--allocate-node-cidrs=true",
            "--bind-address=127.0.0.1",
            "--cluster-cidr=10.244.0.0/16",
            "--controllers=*,bootstrapsigner,tokencleaner",
            "--leader-elect=false",
        ],
        mounts: &[CERTS],
    },
    Row {
        name: "kube-scheduler",
        image: "registry.k8s.io/kube-scheduler:v1.36.2",
        cpu: "100m",
        memory: "",
        port: 10259,
        liveness: "/livez",
        args: &["--bind-address=127.0.0.1", "--kubeconfig=/etc/kubernetes/scheduler.conf", "--leader-elect=false"],
        mounts: &[("kubeconfig", "/etc/kubernetes/scheduler.conf")],
    },
];

impl Row {
    /// How its probes ask: etcd's metrics are the only ones in plain text.
    fn scheme(&self) -> &'static str {
        if self.name == "etcd" { "HTTP" } else { "HTTPS" }
    }
}

fn manifest(row: &Row, address: &str) -> Value {
    let mut command = vec![row.name.to_string()];
    command.extend(row.args.iter().map(|arg| arg.replace("$(ADDRESS)", address)));
    let mut requests = json!({"cpu": (row.cpu)});
    if !row.memory.is_empty() {
        requests["memory"] = row.memory.into();
    }
    let probe = |path: &str, failures: i64| {
        json!({
            "httpGet": {"host": "127.0.0.1", "path": path, "port": (row.port), "scheme": (row.scheme())},
            "initialDelaySeconds": 10, "timeoutSeconds": 15, "periodSeconds": 10, "failureThreshold": failures,
        })
    };
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": (row.name), "namespace": "kube-system",
            "labels": {"component": (row.name), "tier": "control-plane"},
        },
        "spec": {
            "hostNetwork": true,
            "priorityClassName": "system-node-critical",
            "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [{
                "name": (row.name), "image": (row.image), "imagePullPolicy": "IfNotPresent",
                "command": command,
                "livenessProbe": (probe(row.liveness, 8)),
                "startupProbe": (probe(row.liveness, 24)),
                "resources": {"requests": requests},
                "volumeMounts": (row.mounts.iter().map(|(name, path)| json!({"name": *name, "mountPath": *path})).collect::<Value>()),
            }],
            "volumes": (row.mounts.iter().map(|(name, path)| {
                json!({"name": *name, "hostPath": {"path": *path, "type": "DirectoryOrCreate"}})
            }).collect::<Value>()),
        },
    })
}

/// The manifests of the control plane's first node at that address.
pub(super) fn manifests(address: &str) -> Vec<Value> {
    ROWS.iter().map(|row| manifest(row, address)).collect()
}
