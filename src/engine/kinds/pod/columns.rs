//! What `kubectl get pods` shows: the counting of containers and the one word for their state.

use super::{CONTAINERS, INIT_CONTAINERS, is_sidecar};
use crate::kinds::Column;
use crate::kinds::columns::{AGE, NAME, age, or_none, text, wide};
use crate::meta::{Object, Time, Value};

/// The columns of pods.
pub const COLUMNS: &[Column] = &[
    NAME,
    text("Ready", "The aggregate readiness state of this pod for accepting traffic.", |pod, _| {
        Summary::of(pod).ready()
    }),
    text("Status", "The aggregate status of the containers in this pod.", |pod, _| Summary::of(pod).reason),
    text(
        "Restarts",
        "The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.",
        |pod, now| Summary::of(pod).restarts(now),
    ),
    AGE,
    wide(
        "IP",
        "podIP address allocated to the pod. Routable at least within the cluster. Empty if not yet allocated.",
        |pod, _| or_none(pod.at(&["status", "podIPs"])[0]["ip"].str()),
    ),
    wide("Node", "NodeName indicates in which node this pod is scheduled.", |pod, _| or_none(super::node_name(pod))),
    wide(
        "Nominated Node",
        "nominatedNodeName is set only when this pod preempts other pods on the node, but it cannot be scheduled right away as preemption victims receive their graceful termination periods.",
        |pod, _| or_none(pod.at(&["status", "nominatedNodeName"]).str()),
    ),
    wide(
        "Readiness Gates",
        "If specified, all readiness gates will be evaluated for pod readiness. A pod is ready when all its containers are ready AND all conditions specified in the readiness gates have status equal to \"True\"",
        readiness_gates,
    ),
];

/// The cells of all columns: three of them tell of the one counting.
pub fn cells(pod: &Object, now: Time) -> Value {
    let summary = Summary::of(pod);
    let cell = |column: &Column| match column.name {
        "Ready" => summary.ready(),
        "Status" => summary.reason.clone(),
        "Restarts" => summary.restarts(now),
        _ => (column.cell)(pod, now),
    };
    COLUMNS.iter().map(cell).collect()
}

fn readiness_gates(pod: &Object, _: Time) -> Value {
    let gates = pod.at(&["spec", "readinessGates"]).items();
    if gates.is_empty() {
        return "<none>".into();
    }
    let met = gates.iter().filter(|gate| pod.condition_is_true(gate["conditionType"].str())).count();
    format!("{met}/{}", gates.len()).into()
}

/// The pod's state in one word, as the STATUS column has it.
pub fn status(pod: &Object) -> String {
    Summary::of(pod).reason.str().into()
}

/// What the first columns tell.
struct Summary {
    ready: usize,
    total: usize,
    /// A text, that of the status itself where it can be.
    reason: Value,
    restarts: i64,
    /// When the last restarted container had ended; `null` if none was restarted.
    last_restart: Value,
}

impl Summary {
    fn of(pod: &Object) -> Summary {
        let (spec, status) = (pod.spec(), pod.status());
        let inits = spec[INIT_CONTAINERS].items();
        let sidecar = |name: &Value| inits.iter().any(|c| c["name"] == *name && is_sidecar(c));
        let phase = status["phase"].str();
        let mut summary = Summary {
            ready: 0,
            total: spec[CONTAINERS].items().len() + inits.iter().filter(|c| is_sidecar(c)).count(),
            reason: if phase.is_empty() { "".into() } else { status["phase"].clone() },
            restarts: 0,
            last_restart: Value::Null,
        };
        if !status["reason"].is_empty() {
            summary.reason = status["reason"].clone();
        }
        // Only what is not yet scheduled can be gated; most pods of a long list are beyond that.
        if phase == "Pending" && pod.condition("PodScheduled").is_some_and(|c| c["reason"] == "SchedulingGated") {
            summary.reason = "SchedulingGated".into();
        }

        let (mut sidecar_restarts, mut last_sidecar_restart) = (0, Value::Null);
        let mut initializing = false;
        for (position, container) in status["initContainerStatuses"].items().iter().enumerate() {
            summary.count_restarts(container);
            let is_sidecar = sidecar(&container["name"]);
            if is_sidecar {
                sidecar_restarts += container["restartCount"].int();
                later(&mut last_sidecar_restart, container.at(&["lastState", "terminated", "finishedAt"]));
            }
            let state = &container["state"];
            if state.has("terminated") && state["terminated"]["exitCode"].int() == 0 {
                continue;
            }
            if is_sidecar && container["started"].bool() {
                summary.ready += usize::from(container["ready"].bool());
                continue;
            }
            let waiting = state["waiting"]["reason"].str();
            let word = if state.has("terminated") {
                format!("Init:{}", ended(&state["terminated"]))
            } else if !waiting.is_empty() && waiting != "PodInitializing" {
                format!("Init:{waiting}")
            } else {
                format!("Init:{position}/{}", inits.len())
            };
            summary.reason = word.into();
            initializing = true;
            break;
        }

        if !initializing || pod.condition_is_true("Initialized") {
            summary.restarts = sidecar_restarts;
            summary.last_restart = last_sidecar_restart;
            let (mut running, mut error) = (false, Value::Null);
            for container in status["containerStatuses"].items().iter().rev() {
                summary.count_restarts(container);
                let state = &container["state"];
                let waiting = &state["waiting"]["reason"];
                if !waiting.is_empty() {
                    summary.reason = waiting.clone();
                } else if state.has("terminated") {
                    summary.reason = ended(&state["terminated"]).into();
                    if state["terminated"]["exitCode"].int() != 0 {
                        error = summary.reason.clone();
                    }
                } else if container["ready"].bool() && state.has("running") {
                    running = true;
                    summary.ready += 1;
                }
            }
            if running && summary.reason == "Completed" {
                let ready = pod.condition_is_true("Ready");
                summary.reason = if ready { "Running" } else { "NotReady" }.into();
            } else if summary.reason == "Completed" && !error.is_empty() {
                summary.reason = error;
            }
        }

        if pod.is_terminating() {
            if status["reason"] == "NodeLost" {
                summary.reason = "Unknown".into();
            } else if !super::is_terminal(pod) {
                summary.reason = "Terminating".into();
            }
        }
        summary
    }

    fn ready(&self) -> Value {
        format!("{}/{}", self.ready, self.total).into()
    }

    fn restarts(&self, now: Time) -> Value {
        let restarts = self.restarts;
        if restarts == 0 || self.last_restart.is_null() {
            return restarts.to_string().into();
        }
        format!("{restarts} ({} ago)", age(&self.last_restart, now)).into()
    }

    fn count_restarts(&mut self, container: &Value) {
        self.restarts += container["restartCount"].int();
        later(&mut self.last_restart, container.at(&["lastState", "terminated", "finishedAt"]));
    }
}

/// Moves `latest` on to `timestamp` if that is later.
fn later(latest: &mut Value, timestamp: &Value) {
    if !timestamp.is_null() && Time::parse(timestamp.str()) > Time::parse(latest.str()) {
        *latest = timestamp.clone();
    }
}

/// How a container ended, in one word.
fn ended(terminated: &Value) -> String {
    match (terminated["reason"].str(), terminated["signal"].int()) {
        ("", 0) => format!("ExitCode:{}", terminated["exitCode"].int()),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn check(spec: Value, status: Value, expect: &str) {
        let mut pod = Object(json!({"spec": spec, "status": status}));
        if pod.status()["deleted"].bool() {
            pod.set(&["metadata", "deletionTimestamp"], "2026-01-01T00:00:00Z");
        }
        let now = Time::parse("2026-01-01T00:00:10Z").unwrap();
        let cells: Vec<String> = COLUMNS[1..4].iter().map(|c| (c.cell)(&pod, now).str().to_string()).collect();
        assert_eq!(cells.join(" | "), expect);
    }

    #[test]
    fn pods_show_their_state_in_a_word() {
        let one = json!({"containers": [{"name": "c"}]});
        let two = json!({"containers": [{"name": "c"}, {"name": "d"}]});
        let init = json!({"containers": [{"name": "c"}], "initContainers": [{"name": "i"}, {"name": "j"}]});
        let sidecar =
            json!({"containers": [{"name": "c"}], "initContainers": [{"name": "i", "restartPolicy": "Always"}]});
        let running = json!({"name": "c", "ready": true, "restartCount": 0, "state": {"running": {}}});
        let waiting = |reason: &str| json!({"name": "c", "restartCount": 0, "state": {"waiting": {"reason": reason}}});
        let ended = |code: i64, reason: &str| json!({"name": "c", "restartCount": 0, "state": {"terminated": {"exitCode": code, "reason": reason}}});

        check(one.clone(), json!({"phase": "Pending"}), "0/1 | Pending | 0");
        check(one.clone(), json!({"phase": "Running", "containerStatuses": [running.clone()]}), "1/1 | Running | 0");
        check(
            one.clone(),
            json!({"phase": "Running", "deleted": true, "containerStatuses": [running.clone()]}),
            "1/1 | Terminating | 0",
        );
        check(one.clone(), json!({"phase": "Running", "reason": "NodeLost", "deleted": true}), "0/1 | Unknown | 0");
        check(
            one.clone(),
            json!({"phase": "Succeeded", "deleted": true, "containerStatuses": [ended(0, "Completed")]}),
            "0/1 | Completed | 0",
        );
        check(
            one.clone(),
            json!({"phase": "Pending", "containerStatuses": [waiting("ImagePullBackOff")]}),
            "0/1 | ImagePullBackOff | 0",
        );
        check(one.clone(), json!({"phase": "Failed", "containerStatuses": [ended(1, "")]}), "0/1 | ExitCode:1 | 0");
        check(
            one.clone(),
            json!({"phase": "Failed", "containerStatuses": [{"state": {"terminated": {"exitCode": 137, "signal": 9}}}]}),
            "0/1 | Signal:9 | 0",
        );
        check(one.clone(), json!({"phase": "Failed", "reason": "Evicted"}), "0/1 | Evicted | 0");
        check(
            one.clone(),
            json!({"phase": "Running", "containerStatuses": [{
                "restartCount": 3, "ready": true, "state": {"running": {}},
                "lastState": {"terminated": {"finishedAt": "2026-01-01T00:00:05Z"}},
            }]}),
            "1/1 | Running | 3 (5s ago)",
        );
        check(
            two.clone(),
            json!({"phase": "Running", "containerStatuses": [ended(0, "Completed"), running.clone()]}),
            "1/2 | NotReady | 0",
        );
        check(
            two,
            json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}], "containerStatuses": [ended(0, "Completed"), running.clone()]}),
            "1/2 | Running | 0",
        );
        check(
            init.clone(),
            json!({"phase": "Pending", "initContainerStatuses": [{"state": {"running": {}}}, {"state": {"waiting": {"reason": "PodInitializing"}}}]}),
            "0/1 | Init:0/2 | 0",
        );
        check(
            init.clone(),
            json!({"phase": "Pending", "initContainerStatuses": [ended(0, "Completed"), {"state": {"waiting": {"reason": "PodInitializing"}}}]}),
            "0/1 | Init:1/2 | 0",
        );
        check(
            init.clone(),
            json!({"phase": "Pending", "initContainerStatuses": [{"restartCount": 2, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}),
            "0/1 | Init:CrashLoopBackOff | 2",
        );
        check(
            init.clone(),
            json!({"phase": "Pending", "initContainerStatuses": [ended(1, "Error")]}),
            "0/1 | Init:Error | 0",
        );
        check(
            init,
            json!({"phase": "Pending", "initContainerStatuses": [ended(0, ""), ended(0, "")], "containerStatuses": [waiting("PodInitializing")]}),
            "0/1 | PodInitializing | 0",
        );
        check(
            sidecar,
            json!({"phase": "Running", "initContainerStatuses": [{"name": "i", "started": true, "ready": true, "restartCount": 1, "state": {"running": {}}}], "containerStatuses": [running]}),
            "2/2 | Running | 1",
        );
    }
}
