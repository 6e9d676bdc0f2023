//! What a kubelet answers at its own port, 10250, which the API server's `nodes/NAME/proxy` reaches.

use super::{Kubelets, State};
use crate::api::{Content, Response};
use crate::json;
use crate::meta::{Quantity, Value};

/// Answers a path, for the machine of a name.
type Answer = fn(&State, &str) -> Response;

static PATHS: &[(&str, Answer)] = &[
    ("/configz", |_, _| bytes("application/json", CONFIGURATION)),
    ("/healthz", |_, _| bytes("text/plain; charset=utf-8", "ok")),
    ("/pods", pods),
    ("/stats/summary", summary),
];

/// The settings that a kubelet has where nobody says otherwise, on a machine of minikube.
const CONFIGURATION: &str = r#"{"kubeletconfig":{"enableServer":true,"staticPodPath":"/etc/kubernetes/manifests","syncFrequency":"1m0s","fileCheckFrequency":"20s","httpCheckFrequency":"20s","address":"0.0.0.0","port":10250,"rotateCertificates":true,"authentication":{"x509":{"clientCAFile":"/var/lib/minikube/certs/ca.crt"},"webhook":{"enabled":true,"cacheTTL":"2m0s"},"anonymous":{"enabled":false}},"authorization":{"mode":"Webhook","webhook":{"cacheAuthorizedTTL":"5m0s","cacheUnauthorizedTTL":"30s"}},"registryPullQPS":5,"registryBurst":10,"eventRecordQPS":50,"eventBurst":100,"enableDebuggingHandlers":true,"healthzPort":10248,"healthzBindAddress":"127.0.0.1","oomScoreAdj":-999,"clusterDomain":"cluster.local","clusterDNS":["10.96.0.10"],"streamingConnectionIdleTimeout":"4h0m0s","nodeStatusUpdateFrequency":"10s","nodeStatusReportFrequency":"5m0s","nodeLeaseDurationSeconds":40,"imageMinimumGCAge":"2m0s","imageGCHighThresholdPercent":100,"imageGCLowThresholdPercent":80,"volumeStatsAggPeriod":"1m0s","cgroupsPerQOS":true,"cgroupDriver":"systemd","cpuManagerPolicy":"none","memoryManagerPolicy":"None","topologyManagerPolicy":"none","runtimeRequestTimeout":"15m0s","hairpinMode":"hairpin-veth","maxPods":110,"podPidsLimit":-1,"cpuCFSQuota":true,"maxOpenFiles":1000000,"contentType":"application/vnd.kubernetes.protobuf","kubeAPIQPS":50,"kubeAPIBurst":100,"serializeImagePulls":true,"evictionHard":{"imagefs.available":"0%","nodefs.available":"0%","nodefs.inodesFree":"0%"},"failSwapOn":false,"containerLogMaxSize":"10Mi","containerLogMaxFiles":5,"configMapAndSecretChangeDetectionStrategy":"Watch","enforceNodeAllocatable":["pods"],"kind":"KubeletConfiguration","apiVersion":"kubelet.config.k8s.io/v1beta1"}}"#;

impl Kubelets {
    /// What the kubelet of a machine answers; nothing, if none listens there.
    pub(super) fn answer(&self, machine: &str, path: &str) -> Option<Response> {
        let state = self.0.borrow();
        if !state.host.is_up(machine) {
            return None;
        }
        let path = path.split('?').next().unwrap_or_default().trim_end_matches('/');
        let found = PATHS.iter().find(|(known, _)| *known == path);
        let missing = || Response { code: 404, ..bytes("text/plain; charset=utf-8", "404 page not found\n") };
        Some(found.map_or_else(missing, |(_, answer)| answer(&state, machine)))
    }
}

fn bytes(kind: &str, text: &str) -> Response {
    let content = Content::Bytes { kind: kind.into(), bytes: text.as_bytes().to_vec() };
    Response { code: 200, headers: Vec::new(), content }
}

fn pods(state: &State, machine: &str) -> Response {
    let own = state.workers.values().filter(|worker| *worker.machine == *machine);
    let items: Value = own.map(|worker| worker.pod.0.clone()).collect();
    Response::document(200, json!({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": items}))
}

fn summary(state: &State, machine: &str) -> Response {
    let time = state.host.clock.now().rfc3339();
    let figures = |usage: &Value| {
        let (cpu, memory) = (Quantity::of(&usage["cpu"]).milli() * 1_000_000, Quantity::of(&usage["memory"]).value());
        json!({
            "cpu": {"time": &time, "usageNanoCores": cpu},
            "memory": {"time": &time, "usageBytes": memory, "workingSetBytes": memory},
        })
    };
    let usage = state.usage(machine);
    let mut node = figures(&usage["usage"]);
    node["nodeName"] = machine.into();
    let pod = |pod: &Value| {
        let (namespace, name) = (pod["namespace"].str(), pod["name"].str());
        let found =
            state.workers.values().find(|worker| worker.pod.name() == name && worker.pod.namespace() == namespace);
        let container = |container: &Value| {
            let mut figures = figures(&container["usage"]);
            figures["name"] = container["name"].clone();
            figures
        };
        let containers: Value = pod["containers"].items().iter().map(container).collect();
        let uid = found.map_or("", |worker| worker.pod.uid());
        json!({"podRef": {"name": name, "namespace": namespace, "uid": uid}, "containers": containers})
    };
    let pods: Value = usage["pods"].items().iter().map(pod).collect();
    Response::document(200, json!({"node": node, "pods": pods}))
}
