//! A machine's disk: what one finds who logs in to a node, and what the kubelet reads there.

use super::machine::{Machine, Plan};
use crate::meta::{Object, SortedMap, yaml};
use crate::process::{FileSystem, Node};

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
