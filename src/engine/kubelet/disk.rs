//! A machine's disk: what one finds who logs in to a node, and what the kubelet reads there.

use super::machine::{Machine, Plan};
use crate::meta::{Object, SortedMap, Time, x509, yaml};
use crate::process::{FileSystem, Node};

/// The certificate of the cluster's authority.
pub const AUTHORITY: &str = "/var/lib/minikube/certs/ca.crt";
/// Where manifests of static pods lie.
pub const MANIFESTS: &str = "/etc/kubernetes/manifests";

const FOLDERS: &[&str] = &[
    "/bin",
    "/data",
    "/dev",
    "/etc/cni/net.d",
    MANIFESTS,
    "/home/docker",
    "/mnt",
    "/opt",
    "/proc",
    "/root",
    "/run",
    "/srv",
    "/sys",
    "/tmp",
    "/usr/bin",
    "/usr/local/bin",
    "/var/lib/kubelet/pods",
    "/var/lib/minikube/certs",
    "/var/log/containers",
    "/var/log/pods",
];

const RELEASE: &str = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\n\
    VERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\n";

/// The kubelet's own configuration, as kubeadm writes it.
const CONFIG: &str = "apiVersion: kubelet.config.k8s.io/v1beta1
authentication:
  anonymous:
    enabled: false
  webhook:
    cacheTTL: 0s
    enabled: true
  x509:
    clientCAFile: /var/lib/minikube/certs/ca.crt
authorization:
  mode: Webhook
cgroupDriver: systemd
clusterDNS:
- 10.96.0.10
clusterDomain: cluster.local
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
evictionHard:
  imagefs.available: 0%
  nodefs.available: 0%
  nodefs.inodesFree: 0%
failSwapOn: false
healthzBindAddress: 127.0.0.1
healthzPort: 10248
imageGCHighThresholdPercent: 100
kind: KubeletConfiguration
rotateCertificates: true
staticPodPath: /etc/kubernetes/manifests
";

/// How systemd starts the kubelet.
const UNIT: &str = "[Unit]
Description=kubelet: The Kubernetes Node Agent
Documentation=http://kubernetes.io/docs/
StartLimitIntervalSec=0

[Service]
ExecStart=/var/lib/minikube/binaries/v1.36.2/kubelet
Restart=always
RestartSec=600ms

[Install]
WantedBy=multi-user.target
";

/// What is the cluster's and not the kubelet's, by path: who logs in finds it, and nothing here reads it.
const BINARIES: [&str; 3] = ["kubeadm", "kubectl", "kubelet"];
const KUBECONFIGS: [&str; 4] = ["admin", "controller-manager", "kubelet", "super-admin"];

/// Certificates below `/var/lib/minikube/certs`: the file, for whom, whether it may certify others.
const CERTIFICATES: &[(&str, &str, bool)] = &[
    ("ca", "/CN=minikubeCA", true),
    ("apiserver", "/O=system:masters/CN=minikube", false),
    ("apiserver-etcd-client", "/CN=kube-apiserver-etcd-client", false),
    ("apiserver-kubelet-client", "/O=system:masters/CN=kube-apiserver-kubelet-client", false),
    ("front-proxy-ca", "/CN=front-proxy-ca", true),
    ("front-proxy-client", "/CN=front-proxy-client", false),
    ("etcd/ca", "/CN=etcd-ca", true),
    ("etcd/healthcheck-client", "/CN=kube-etcd-healthcheck-client", false),
    ("etcd/peer", "/CN=minikube", false),
    ("etcd/server", "/CN=minikube", false),
];

/// Puts onto a disk what nothing reads but who logs in; not before somebody does.
pub fn furnish(files: &FileSystem, plan: &Plan, now: Time) {
    let put = |path: &str, text: &str| files.put(path, Node::File(text.as_bytes().into(), 0o644));
    put("/lib/systemd/system/kubelet.service", UNIT);
    put(
        "/etc/systemd/system/kubelet.service.d/10-kubeadm.conf",
        &format!(
            "[Unit]\nWants=containerd.service\n\n[Service]\nExecStart=\nExecStart=/var/lib/minikube/binaries/v1.36.2/kubelet \
             --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --config=/var/lib/kubelet/config.yaml \
             --hostname-override={} --kubeconfig=/etc/kubernetes/kubelet.conf --node-ip={}\n\n[Install]\n",
            plan.name, plan.address
        ),
    );
    for name in BINARIES {
        files.put(&format!("/var/lib/minikube/binaries/v1.36.2/{name}"), Node::File((*b"\x7fELF").into(), 0o755));
    }
    let first = !plan.static_pods.is_empty();
    for name in KUBECONFIGS.iter().filter(|name| first || **name == "kubelet") {
        put(
            &format!("/etc/kubernetes/{name}.conf"),
            &format!(
                "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority: /var/lib/minikube/certs/ca.crt\n    server: \
                 https://control-plane.minikube.internal:8443\n  name: mk\ncontexts:\n- context:\n    cluster: mk\n    user: \
                 {name}\n  name: {name}\ncurrent-context: {name}\nkind: Config\n"
            ),
        );
    }
    certify(files, plan, now);
}

/// Puts the cluster's certificates onto a disk, as kubeadm makes them; machines besides the first have the authority's alone.
fn certify(files: &FileSystem, plan: &Plan, now: Time) {
    const DAY: i64 = 86_400 * 1_000_000;
    let names = [
        "control-plane.minikube.internal",
        "kubernetes.default.svc.cluster.local",
        "kubernetes.default.svc",
        "kubernetes.default",
        "kubernetes",
        "localhost",
    ];
    let mine = if plan.static_pods.is_empty() { 1 } else { CERTIFICATES.len() };
    for (file, subject, authority) in &CERTIFICATES[..mine] {
        let number = super::registry::digest_of(file);
        let words: Vec<u64> =
            (0..4).filter_map(|at| u64::from_str_radix(&number[at * 16..at * 16 + 16], 16).ok()).collect();
        let next = std::cell::Cell::new(0_usize);
        let random = || {
            next.set(next.get() + 1);
            words.get(next.get() % 4).copied().unwrap_or_default().rotate_left(next.get() as u32)
        };
        let key = x509::private_key(2048, &random);
        let public = if *file == "ca" { Some(x509::authority_key()) } else { x509::public_key(&key) };
        let names = if *file == "apiserver" {
            names.iter().map(|name| name.to_string()).chain([plan.address.to_string()]).collect()
        } else {
            Vec::new()
        };
        let Some(public) = public else { continue };
        let certificate = x509::Certificate {
            about: x509::Request { subject: x509::parse_name(subject), key: public, names },
            issuer: if *authority { x509::parse_name(subject) } else { x509::authority_name() },
            from: now,
            until: Time(now.0 + DAY * if *authority { 3650 } else { 365 }),
            serial: words.iter().take(1).flat_map(|word| (word >> 1).to_be_bytes()).collect(),
            authority: *authority,
        };
        let put = |ending: &str, text: String| {
            files.put(&format!("/var/lib/minikube/certs/{file}.{ending}"), Node::File(text.as_bytes().into(), 0o644));
        };
        put("crt", x509::pem("CERTIFICATE", &certificate.write(&x509::authority_key())));
        put("key", x509::pem("PRIVATE KEY", &key));
    }
}

/// Puts onto a disk what a fresh machine has.
pub fn lay(files: &FileSystem, plan: &Plan) {
    for folder in FOLDERS {
        files.put(folder, Node::Directory);
    }
    let put = |path: &str, text: &str| files.put(path, Node::File(text.as_bytes().into(), 0o644));
    put("/etc/hostname", &format!("{}\n", plan.name));
    put("/etc/hosts", &format!("127.0.0.1\tlocalhost\n{}\t{}\n", plan.address, plan.name));
    put("/etc/os-release", RELEASE);
    put("/etc/passwd", "root:x:0:0:root:/root:/bin/bash\ndocker:x:1000:999::/home/docker:/bin/bash\n");
    put("/etc/resolv.conf", "nameserver 192.168.49.1\noptions ndots:0\n");
    put("/var/lib/kubelet/config.yaml", CONFIG);
    for pod in &plan.static_pods {
        put(&format!("{MANIFESTS}/{}.yaml", pod.name()), &yaml::print(&pod.0));
    }
}

impl Machine {
    /// Whether something on the disk has changed since the manifests were last read.
    pub fn has_news(&self) -> bool {
        !self.plan.make.hollow && self.files.version() != self.manifests.0
    }

    /// Reads the manifests again; gives the names of the static pods that are no longer what they were.
    pub fn read_manifests(&mut self) -> Vec<String> {
        let mut texts = SortedMap::new();
        for name in self.files.list(MANIFESTS).unwrap_or_default() {
            // The kubelet passes over what begins with a dot.
            if let (false, Ok(bytes)) = (name.starts_with('.'), self.files.read(&format!("{MANIFESTS}/{name}"))) {
                texts.insert(name, String::from_utf8_lossy(&bytes).into_owned());
            }
        }
        let version = self.files.version();
        let (_, old) = std::mem::replace(&mut self.manifests, (version, texts));
        if old == self.manifests.1 {
            return Vec::new();
        }
        let same = |name: &String| old.get(name) == self.manifests.1.get(name);
        let gone = old.iter().filter(|(name, _)| !same(name)).filter_map(|(_, text)| pod_of(text));
        let gone = gone.map(|pod| pod.name().to_string()).collect();
        self.plan.static_pods = self.manifests.1.values().filter_map(|text| pod_of(text)).collect();
        self.mirror = true;
        gone
    }
}

/// The pod of a manifest, if it is one.
fn pod_of(text: &str) -> Option<Object> {
    let mut pod = yaml::parse(text).ok().filter(|pod| pod["kind"] == "Pod")?;
    if pod["metadata"]["namespace"].str().is_empty() {
        pod["metadata"]["namespace"] = "default".into();
    }
    Some(Object(pod))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_are_pods_of_some_namespace() {
        for (text, expect) in [
            ("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n", Some(("default", "a"))),
            ("kind: Pod\nmetadata: {name: a, namespace: b}\n", Some(("b", "a"))),
            ("kind: Service\n", None),
            ("a: [", None),
        ] {
            let pod = pod_of(text);
            assert_eq!(pod.as_ref().map(|pod| (pod.namespace(), pod.name())), expect, "{text}");
        }
    }
}
