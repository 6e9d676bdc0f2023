//! The pod's status: phase, conditions and the state of each container, as the kubelet reports them.

use super::container::{Container, Role};
use super::create::resources;
use super::host::Host;
use super::worker::{Stage, Worker};
use crate::json;
use crate::meta::{Time, Value};

/// The conditions a kubelet keeps; others belong to others and stay as they are.
const OWN: &[&str] = &["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodResizePending"];

/// A condition: status, reason, message.
type Verdict = (bool, &'static str, String);

impl Worker {
    /// Writes the status as it is, if it differs from what the API has.
    pub fn write_status(&mut self, host: &Host, now: Time) {
        let status = self.status(host, now);
        if status == *self.pod.status() {
            return;
        }
        let mut pod = self.pod.clone();
        pod["status"] = status;
        pod.remove(&["metadata", "resourceVersion"]);
        if let Ok(written) = host.client.update_status(pod) {
            self.pod = written;
        }
    }

    /// The status as it is.
    fn status(&self, host: &Host, now: Time) -> Value {
        let old = self.pod.status();
        let mut status = old.clone();
        let hollow = host.is_hollow(&self.machine);
        let phase = self.phase();
        // The end is not told before nothing can be left running.
        if !matches!(phase, "Succeeded" | "Failed") || self.stage == Stage::Gone {
            status["phase"] = phase.into();
        }
        for (field, value) in [("reason", 1), ("message", 2)] {
            let over = self.verdict.as_ref().filter(|_| self.stage == Stage::Gone);
            let said = over.map_or("", |(_, reason, message)| if value == 1 { reason } else { message });
            if said.is_empty() { drop(status.remove(&[field])) } else { status[field] = said.into() }
        }
        if let Some(machine) = host.machines.get(&self.machine) {
            let address = &machine.plan.address;
            status["hostIP"] = address.into();
            status["hostIPs"] = json!([{"ip": address}]);
        }
        if let Some(sandbox) = self.sandbox.as_ref().filter(|_| !self.address().is_empty()) {
            status["podIP"] = (&sandbox.address).into();
            status["podIPs"] = json!([{"ip": &sandbox.address}]);
        }
        if status["startTime"].is_null() {
            status["startTime"] = now.rfc3339().into();
        }
        let generation = self.pod.at(&["metadata", "generation"]).clone();
        if !generation.is_null() {
            status["observedGeneration"] = generation;
        }
        for (field, roles) in [
            ("initContainerStatuses", &[Role::Init, Role::Sidecar][..]),
            ("containerStatuses", &[Role::Main]),
            ("ephemeralContainerStatuses", &[Role::Ephemeral]),
        ] {
            let mut of_role: Vec<&Container> = self.containers.iter().filter(|c| roles.contains(&c.role)).collect();
            if roles.contains(&Role::Main) {
                of_role.sort_by(|a, b| a.name.cmp(&b.name));
            }
            if !of_role.is_empty() {
                status[field] = of_role.iter().map(|container| self.container_status(container, hollow)).collect();
            }
        }
        self.add_resources(&mut status);
        status["conditions"] = self.conditions(phase, now);
        status
    }

    fn phase(&self) -> &'static str {
        if let Some((phase, ..)) = self.verdict.as_ref().filter(|_| self.stage != Stage::Active) {
            return phase;
        }
        let policy = self.restart_policy();
        let failed = |c: &Container| c.ended().is_some_and(|ended| ended.code != 0) && !c.should_run(policy);
        if self.containers.iter().any(|c| c.role == Role::Init && failed(c)) {
            return "Failed";
        }
        let begun = |c: &Container| c.instance.as_ref().is_some_and(|i| i.started.is_some() || i.ended.is_some());
        let mains = || self.containers.iter().filter(|c| c.role == Role::Main);
        let incomplete = !self.is_initialized().0;
        if (incomplete && !mains().any(begun)) || !mains().all(begun) {
            return "Pending";
        }
        if !mains().all(|c| c.ended().is_some()) {
            return "Running";
        }
        let over = matches!(self.stage, Stage::Stopped | Stage::Gone);
        match policy {
            "Always" if !over => "Running",
            _ if mains().all(Container::succeeded) => "Succeeded",
            "OnFailure" if !over => "Running",
            _ => "Failed",
        }
    }

    fn container_status(&self, container: &Container, hollow: bool) -> Value {
        let image = container.spec["image"].clone();
        let mut status = json!({
            "name": &container.name, "image": image, "imageID": "", "lastState": {}, "ready": false, "state": {},
            "restartCount": container.restarts(), "resources": resources(container),
        });
        if !hollow {
            status["started"] = false.into();
        }
        match &container.instance {
            None => status["state"]["waiting"] = json!({"reason": (self.initial_reason(container))}),
            Some(instance) => {
                let running = instance.is_running();
                status["containerID"] = (&instance.id).into();
                status["image"] = (&instance.image).into();
                status["imageID"] = (&instance.image_id).into();
                status["state"] = instance.state();
                status["ready"] = match container.role {
                    Role::Init => container.succeeded(),
                    Role::Ephemeral => false,
                    _ => running && instance.is_ready,
                }
                .into();
                if !hollow {
                    status["started"] = (running && instance.is_started).into();
                    if running {
                        let groups = json!([0]);
                        let user = instance.context.image.user;
                        let user = container.spec["securityContext"]["runAsUser"].as_i64().unwrap_or(user.into());
                        let user = json!({"gid": 0, "supplementalGroups": groups, "uid": user});
                        status["user"] = json!({"linux": user});
                    }
                }
                let resources = &instance.spec["resources"];
                if !resources["requests"].is_empty() {
                    status["allocatedResources"] = resources["requests"].clone();
                }
            }
        }
        if let Some(previous) = &container.previous {
            status["lastState"] = json!({"terminated": (previous.terminated())});
        }
        if let Some((reason, message)) = &container.waiting
            && container.running().is_none()
            && self.stage == Stage::Active
        {
            if let Some(instance) = container.instance.as_ref().filter(|instance| instance.ended.is_some()) {
                status["lastState"] = json!({"terminated": (instance.terminated())});
            }
            status["state"] = json!({"waiting": {"reason": *reason, "message": message}});
        }
        let mounts: Vec<Value> = container.spec["volumeMounts"].items().iter().map(mount_status).collect();
        if !mounts.is_empty() {
            status["volumeMounts"] = mounts.into();
        }
        status
    }

    /// What a container that never ran waits for.
    pub(super) fn initial_reason(&self, container: &Container) -> &'static str {
        let has_init = self.containers.iter().any(|c| matches!(c.role, Role::Init | Role::Sidecar));
        let initialized = self.is_initialized().0;
        match container.role {
            Role::Init | Role::Sidecar => "PodInitializing",
            Role::Main if has_init && !initialized => "PodInitializing",
            _ => "ContainerCreating",
        }
    }

    /// What the pod as a whole was given.
    fn add_resources(&self, status: &mut Value) {
        let mains = || self.containers.iter().filter(|c| c.role == Role::Main).filter_map(|c| c.instance.as_ref());
        let mut total = json!({});
        for list in ["limits", "requests"] {
            let mut sums = json!({});
            for container in mains() {
                for (name, amount) in container.spec["resources"][list].entries() {
                    sums[name.as_str()] = match sums.get(name.as_str()) {
                        None => amount.clone(),
                        Some(sum) => sum_of(sum, amount),
                    };
                }
            }
            if !sums.is_empty() {
                total[list] = sums;
            }
        }
        if total["requests"].is_empty() {
            return;
        }
        status["allocatedResources"] = total["requests"].clone();
        status["resources"] = total;
    }

    fn conditions(&self, phase: &str, now: Time) -> Value {
        let old = self.pod.at(&["status", "conditions"]);
        let has_sandbox = self.sandbox.as_ref().is_some_and(|sandbox| sandbox.ready);
        let mut all: Vec<Value> = Vec::new();
        for (kind, (status, reason, message)) in [
            ("PodReadyToStartContainers", (has_sandbox, "", String::new())),
            ("Initialized", self.initialized(phase)),
            ("Ready", self.ready(phase, true)),
            ("ContainersReady", self.ready(phase, false)),
        ] {
            let status = if status { "True" } else { "False" };
            let before = old.items().iter().find(|c| c["type"] == *kind);
            let since = before.filter(|c| c["status"] == *status).map(|c| c["lastTransitionTime"].clone());
            let mut condition = json!({
                "type": kind, "status": status, "lastProbeTime": null,
                "lastTransitionTime": since.unwrap_or_else(|| now.rfc3339().into()),
            });
            if !reason.is_empty() {
                condition["reason"] = reason.into();
            }
            if !message.is_empty() {
                condition["message"] = message.into();
            }
            all.push(condition);
        }
        if let Some(message) = &self.resize_pending {
            let before = old.items().iter().find(|c| c["type"] == "PodResizePending");
            let since = before.map_or_else(|| now.rfc3339().into(), |c| c["lastTransitionTime"].clone());
            all.push(json!({
                "type": "PodResizePending", "status": "True", "reason": "Infeasible", "message": message,
                "lastProbeTime": null, "lastTransitionTime": since,
            }));
        }
        let foreign = old.items().iter().filter(|c| !OWN.contains(&c["type"].str())).cloned();
        let generation = self.pod.at(&["metadata", "generation"]);
        all.extend(foreign);
        if self.pod.annotation("kubernetes.io/config.mirror").is_some()
            && !all.iter().any(|c| c["type"] == "PodScheduled")
        {
            // Nobody scheduled a static pod; its kubelet vouches for it.
            let since = now.rfc3339();
            all.push(json!({
                "type": "PodScheduled", "status": "True", "lastProbeTime": null, "lastTransitionTime": since,
            }));
        }
        if !generation.is_null() {
            for condition in all.iter_mut().filter(|c| OWN.contains(&c["type"].str()) || c["type"] == "PodScheduled") {
                condition["observedGeneration"] = generation.clone();
            }
        }
        all.into()
    }

    /// Whether all init containers are through; if not, which are not.
    fn is_initialized(&self) -> (bool, Vec<&str>) {
        let begun = self.containers.iter().any(|c| c.role == Role::Main && c.instance.is_some());
        let missing = self.containers.iter().filter(|c| match c.role {
            Role::Init => !c.succeeded() && !begun,
            Role::Sidecar => !begun && !c.running().is_some_and(|instance| instance.is_started),
            _ => false,
        });
        let missing: Vec<&str> = missing.map(|c| &*c.name).collect();
        (missing.is_empty(), missing)
    }

    fn initialized(&self, phase: &str) -> Verdict {
        let (done, missing) = self.is_initialized();
        match (phase, done) {
            ("Succeeded", _) => (true, "PodCompleted", String::new()),
            (_, true) => (true, "", String::new()),
            _ => {
                let message = format!("containers with incomplete status: [{}]", missing.join(" "));
                (false, "ContainersNotInitialized", message)
            }
        }
    }

    fn ready(&self, phase: &str, whole: bool) -> Verdict {
        match phase {
            "Succeeded" => return (false, "PodCompleted", String::new()),
            "Failed" => return (false, "PodFailed", String::new()),
            _ => {}
        }
        let counts = |c: &&Container| matches!(c.role, Role::Main | Role::Sidecar);
        let is_ready = |c: &&Container| c.running().is_some_and(|instance| instance.is_ready);
        let unready = self.containers.iter().filter(counts).filter(|c| !is_ready(c));
        let names: Vec<&str> = unready.map(|c| &*c.name).collect();
        if !names.is_empty() {
            let message = format!("containers with unready status: [{}]", names.join(" "));
            return (false, "ContainersNotReady", message);
        }
        if whole {
            for gate in self.pod.spec()["readinessGates"].items() {
                let kind = gate["conditionType"].str();
                match self.pod.condition(kind) {
                    Some(condition) if condition["status"] == "True" => {}
                    Some(_) => {
                        let message = format!("the status of pod readiness gate \"{kind}\" is not \"True\", but False");
                        return (false, "ReadinessGatesNotReady", message);
                    }
                    None => {
                        let message =
                            format!("corresponding condition of pod readiness gate \"{kind}\" does not exist.");
                        return (false, "ReadinessGatesNotReady", message);
                    }
                }
            }
        }
        (true, "", String::new())
    }
}

/// The sum of two quantities, written as the first is.
fn sum_of(a: &Value, b: &Value) -> Value {
    use crate::meta::Quantity;
    let (a, b) = (Quantity::of(a), Quantity::of(b));
    let nanos = Quantity::of(&json!(format!("{}m", a.milli().saturating_add(b.milli()))));
    nanos.with_format(a.format()).to_string().into()
}

fn mount_status(mount: &Value) -> Value {
    let mut status = json!({"mountPath": (mount["mountPath"].clone()), "name": (mount["name"].clone())});
    if mount["readOnly"].bool() {
        status["readOnly"] = true.into();
        status["recursiveReadOnly"] = "Disabled".into();
    }
    status
}
