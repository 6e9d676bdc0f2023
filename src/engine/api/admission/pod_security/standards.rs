//! The Pod Security Standards: one row for each thing that a level forbids.

use crate::meta::{SortedSet, Value};

/// The levels, each stricter than the one before.
pub(super) const LEVELS: &[&str] = &["privileged", "baseline", "restricted"];
/// The level that forbids nothing.
pub(super) const PRIVILEGED: usize = 0;
const BASELINE: usize = 1;
/// The strictest level.
pub(super) const RESTRICTED: usize = 2;

/// Something forbidden that a pod does.
pub(super) struct Violation {
    /// In a word or two.
    pub reason: &'static str,
    /// Who does it, and how.
    pub detail: String,
}

/// Something that is forbidden from a level on, until another row of a stricter level says more.
struct Check {
    levels: std::ops::RangeInclusive<usize>,
    run: fn(&Pod) -> Option<Violation>,
}

const fn check(from: usize, to: usize, run: fn(&Pod) -> Option<Violation>) -> Check {
    Check { levels: from..=to, run }
}

/// What is forbidden, in the order in which it is said.
static CHECKS: &[Check] = &[
    check(BASELINE, RESTRICTED, app_armor),
    check(BASELINE, BASELINE, capabilities),
    check(BASELINE, RESTRICTED, host_namespaces),
    check(BASELINE, BASELINE, host_paths),
    check(BASELINE, RESTRICTED, host_ports),
    check(BASELINE, RESTRICTED, probe_hosts),
    check(BASELINE, RESTRICTED, privileged),
    check(BASELINE, RESTRICTED, proc_mount),
    check(BASELINE, RESTRICTED, selinux),
    check(BASELINE, BASELINE, |pod| seccomp(pod, false)),
    check(BASELINE, RESTRICTED, sysctls),
    check(BASELINE, RESTRICTED, host_process),
    check(RESTRICTED, RESTRICTED, escalation),
    check(RESTRICTED, RESTRICTED, dropped_capabilities),
    check(RESTRICTED, RESTRICTED, volumes),
    check(RESTRICTED, RESTRICTED, run_as_non_root),
    check(RESTRICTED, RESTRICTED, run_as_user),
    check(RESTRICTED, RESTRICTED, |pod| seccomp(pod, true)),
];

const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";

/// The capabilities that containers have anyway.
const CAPABILITIES: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];
const SELINUX_TYPES: &[&str] = &["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];
const SYSCTLS: &[&str] = &[
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
];
const VOLUMES: &[&str] = &[
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

/// A pod or a template, as the checks see it.
pub(super) struct Pod<'a> {
    annotations: &'a Value,
    spec: &'a Value,
    containers: Vec<&'a Value>,
}

impl<'a> Pod<'a> {
    pub(super) fn new(metadata: &'a Value, spec: &'a Value) -> Pod<'a> {
        let lists = ["initContainers", "containers", "ephemeralContainers"];
        let containers = lists.iter().flat_map(|list| spec[*list].items()).collect();
        Pod { annotations: &metadata["annotations"], spec, containers }
    }

    /// What the pod does that the level forbids.
    pub(super) fn violations(&self, level: usize) -> Vec<Violation> {
        CHECKS.iter().filter(|check| check.levels.contains(&level)).filter_map(|check| (check.run)(self)).collect()
    }

    fn is_windows(&self) -> bool {
        self.spec["os"]["name"] == "windows"
    }

    /// The containers of which something is true.
    fn who(&self, is_bad: impl Fn(&Value) -> bool) -> Who {
        let bad = self.containers.iter().filter(|container| is_bad(container));
        Who { pod: false, containers: bad.map(|container| container["name"].str().to_string()).collect() }
    }

    /// Whether that is true of the pod's security context, and of which containers'.
    fn whose(&self, is_bad: impl Fn(&Value) -> bool) -> Who {
        let who = self.who(|container| is_bad(&container["securityContext"]));
        Who { pod: is_bad(&self.spec["securityContext"]), ..who }
    }

    /// What the security contexts of the pod and its containers say in a place, without repetition.
    fn said(&self, path: &[&str]) -> SortedSet<String> {
        let contexts = self.containers.iter().map(|container| &container["securityContext"]);
        let all = contexts.chain([&self.spec["securityContext"]]).map(|context| context.at(path));
        all.filter(|value| !value.is_null()).map(|value| value.str().to_string()).collect()
    }
}

/// Whoever does something.
struct Who {
    pod: bool,
    containers: Vec<String>,
}

impl Who {
    /// `pod and containers "a", "b"`
    fn named(&self, between: &str) -> String {
        let containers = counted("container", &self.containers);
        match (self.pod, self.containers.is_empty()) {
            (true, true) => "pod".into(),
            (true, false) => format!("pod {between} {containers}"),
            (false, _) => containers,
        }
    }

    /// The violation, if anybody is to blame.
    fn blame(&self, reason: &'static str, what: &str) -> Option<Violation> {
        let nobody = !self.pod && self.containers.is_empty();
        (!nobody).then(|| Violation { reason, detail: format!("{} {what}", self.named("and")) })
    }
}

/// `container "a"`, or `containers "a", "b"`.
fn counted(word: &str, names: &[String]) -> String {
    format!("{word}{} {}", if names.len() == 1 { "" } else { "s" }, quoted(names))
}

fn quoted<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    names.into_iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

fn unless_empty(reason: &'static str, list: Vec<String>, between: &str) -> Option<Violation> {
    (!list.is_empty()).then(|| Violation { reason, detail: list.join(between) })
}

fn app_armor(pod: &Pod) -> Option<Violation> {
    let is_bad = |kind: &str| !matches!(kind, "" | "RuntimeDefault" | "Localhost");
    let path = ["appArmorProfile", "type"];
    let who = pod.whose(|context| is_bad(context.at(&path).str()));
    let said: Vec<String> = pod.said(&path).into_iter().filter(|kind| is_bad(kind)).collect();
    let found = who.blame("", &format!("must not set AppArmor profile type to {}", quoted(&said)));
    let mut all: Vec<String> = found.into_iter().map(|violation| violation.detail).collect();
    for (key, value) in pod.annotations.entries().filter(|(key, _)| key.starts_with(APP_ARMOR)) {
        if !matches!(value.str(), "" | "runtime/default") && !value.str().starts_with("localhost/") {
            all.push(format!("{key}=\"{}\"", value.str()));
        }
    }
    let reason = if all.len() == 1 { "forbidden AppArmor profile" } else { "forbidden AppArmor profiles" };
    unless_empty(reason, all, ", ")
}

/// The capabilities that a container adds and may not.
fn added<'a>(container: &'a Value, allowed: &'a [&str]) -> impl Iterator<Item = &'a str> {
    let list = container["securityContext"]["capabilities"]["add"].items();
    list.iter().map(Value::str).filter(|name| !allowed.contains(name))
}

/// Who adds capabilities that may not be added, and which.
fn adders(pod: &Pod, allowed: &[&str]) -> Option<String> {
    let who = pod.who(|container| added(container, allowed).next().is_some());
    let names: SortedSet<String> =
        pod.containers.iter().flat_map(|container| added(container, allowed)).map(String::from).collect();
    let what = format!("must not include {} in securityContext.capabilities.add", quoted(&names));
    who.blame("", &what).map(|violation| violation.detail)
}

fn capabilities(pod: &Pod) -> Option<Violation> {
    adders(pod, CAPABILITIES).map(|detail| Violation { reason: "non-default capabilities", detail })
}

fn dropped_capabilities(pod: &Pod) -> Option<Violation> {
    if pod.is_windows() {
        return None;
    }
    let who = pod.who(|container| {
        !container["securityContext"]["capabilities"]["drop"].items().iter().any(|name| *name == "ALL")
    });
    let kept = who.blame("", "must set securityContext.capabilities.drop=[\"ALL\"]").map(|violation| violation.detail);
    let all = kept.into_iter().chain(adders(pod, &["NET_BIND_SERVICE"])).collect();
    unless_empty("unrestricted capabilities", all, "; ")
}

fn host_namespaces(pod: &Pod) -> Option<Violation> {
    let shared = ["hostNetwork", "hostPID", "hostIPC"].into_iter().filter(|field| pod.spec[*field].bool());
    unless_empty("host namespaces", shared.map(|field| format!("{field}=true")).collect(), ", ")
}

fn host_paths(pod: &Pod) -> Option<Violation> {
    let volumes = pod.spec["volumes"].items().iter().filter(|volume| volume.has("hostPath"));
    let names: Vec<String> = volumes.map(|volume| volume["name"].str().into()).collect();
    (!names.is_empty()).then(|| Violation { reason: "hostPath volumes", detail: counted("volume", &names) })
}

fn host_ports(pod: &Pod) -> Option<Violation> {
    let of = |container: &Value| -> Vec<i64> {
        container["ports"].items().iter().map(|port| port["hostPort"].int()).filter(|port| *port != 0).collect()
    };
    let who = pod.who(|container| !of(container).is_empty());
    let ports: SortedSet<String> =
        pod.containers.iter().flat_map(|container| of(container)).map(|port| port.to_string()).collect();
    let (reason, use_) = (if ports.len() == 1 { "hostPort" } else { "hostPorts" }, uses(&who));
    let list: Vec<String> = ports.into_iter().collect();
    who.blame(reason, &format!("{use_} {reason} {}", list.join(", ")))
}

fn uses(who: &Who) -> &'static str {
    if who.containers.len() == 1 { "uses" } else { "use" }
}

fn probe_hosts(pod: &Pod) -> Option<Violation> {
    const PLACES: &[&[&str]] = &[
        &["livenessProbe"],
        &["readinessProbe"],
        &["startupProbe"],
        &["lifecycle", "postStart"],
        &["lifecycle", "preStop"],
    ];
    let of = |container: &Value| -> Vec<String> {
        let handlers = PLACES.iter().map(|place| container.at(place));
        let hosts = handlers.flat_map(|handler| [handler["httpGet"]["host"].str(), handler["tcpSocket"]["host"].str()]);
        hosts.filter(|host| !host.is_empty()).map(String::from).collect()
    };
    let mut who = pod.who(|container| !of(container).is_empty());
    who.containers.sort();
    let hosts: SortedSet<String> = pod.containers.iter().flat_map(|container| of(container)).collect();
    let hosts: Vec<String> = hosts.into_iter().collect();
    who.blame("probe or lifecycle host", &format!("{} {}", uses(&who), counted("probe or lifecycle host", &hosts)))
}

fn privileged(pod: &Pod) -> Option<Violation> {
    let who = pod.who(|container| container["securityContext"]["privileged"].bool());
    who.blame("privileged", "must not set securityContext.privileged=true")
}

fn proc_mount(pod: &Pod) -> Option<Violation> {
    let is_bad = |kind: &str| !matches!(kind, "" | "Default");
    let who = pod.who(|container| is_bad(container["securityContext"]["procMount"].str()));
    let said: Vec<String> = pod.said(&["procMount"]).into_iter().filter(|kind| is_bad(kind)).collect();
    who.blame("procMount", &format!("must not set securityContext.procMount to {}", quoted(&said)))
}

fn selinux(pod: &Pod) -> Option<Violation> {
    let is_bad = |kind: &str| !SELINUX_TYPES.contains(&kind);
    let who = pod.whose(|context| {
        let options = &context["seLinuxOptions"];
        is_bad(options["type"].str()) || !options["user"].str().is_empty() || !options["role"].str().is_empty()
    });
    let mut what = Vec::new();
    let kinds: Vec<String> = pod.said(&["seLinuxOptions", "type"]).into_iter().filter(|kind| is_bad(kind)).collect();
    if !kinds.is_empty() {
        what.push(counted("type", &kinds));
    }
    for field in ["user", "role"] {
        if pod.said(&["seLinuxOptions", field]).iter().any(|said| !said.is_empty()) {
            what.push(format!("{field} may not be set"));
        }
    }
    who.blame("seLinuxOptions", &format!("set forbidden securityContext.seLinuxOptions: {}", what.join("; ")))
}

/// `strict`: saying nothing is not enough.
fn seccomp(pod: &Pod, strict: bool) -> Option<Violation> {
    const PATH: &[&str] = &["seccompProfile", "type"];
    let is_bad = |kind: &str| !matches!(kind, "" | "RuntimeDefault" | "Localhost");
    if strict && pod.is_windows() {
        return None;
    }
    let said: Vec<String> = pod.said(PATH).into_iter().filter(|kind| is_bad(kind)).collect();
    let who = pod.whose(|context| is_bad(context.at(PATH).str()));
    let what = format!("must not set securityContext.seccompProfile.type to {}", quoted(&said));
    let found = who.blame("seccompProfile", &what);
    if found.is_some() || !strict || !pod.spec["securityContext"].at(PATH).is_null() {
        return found;
    }
    let silent = pod.who(|container| container["securityContext"].at(PATH).is_null());
    implied(
        silent,
        "seccompProfile",
        "must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"",
    )
}

/// The pod could say it for its containers.
fn implied(silent: Who, reason: &'static str, what: &str) -> Option<Violation> {
    let who = Who { pod: true, ..silent };
    (!who.containers.is_empty()).then(|| Violation { reason, detail: format!("{} {what}", who.named("or")) })
}

fn sysctls(pod: &Pod) -> Option<Violation> {
    let names = pod.spec["securityContext"]["sysctls"].items().iter().map(|sysctl| sysctl["name"].str());
    let bad: Vec<String> = names.filter(|name| !SYSCTLS.contains(name)).map(String::from).collect();
    unless_empty(if bad.len() == 1 { "forbidden sysctl" } else { "forbidden sysctls" }, bad, ", ")
}

fn host_process(pod: &Pod) -> Option<Violation> {
    let who = pod.whose(|context| context["windowsOptions"]["hostProcess"].bool());
    who.blame("hostProcess", "must not set securityContext.windowsOptions.hostProcess=true")
}

fn escalation(pod: &Pod) -> Option<Violation> {
    if pod.is_windows() {
        return None;
    }
    let who = pod.who(|container| container["securityContext"]["allowPrivilegeEscalation"].as_bool() != Some(false));
    who.blame("allowPrivilegeEscalation != false", "must set securityContext.allowPrivilegeEscalation=false")
}

fn volumes(pod: &Pod) -> Option<Violation> {
    let (mut names, mut kinds) = (Vec::new(), SortedSet::new());
    for volume in pod.spec["volumes"].items() {
        let mut fields = volume.entries().map(|(key, _)| key.as_str());
        let kind = fields.find(|field| *field != "name" && !VOLUMES.contains(field));
        if let Some(kind) = kind {
            names.push(volume["name"].str().to_string());
            kinds.insert(kind.to_string());
        }
    }
    let kinds: Vec<String> = kinds.into_iter().collect();
    let use_ = if names.len() == 1 { "uses" } else { "use" };
    let detail = format!("{} {use_} {}", counted("volume", &names), counted("restricted volume type", &kinds));
    (!names.is_empty()).then_some(Violation { reason: "restricted volume types", detail })
}

fn run_as_non_root(pod: &Pod) -> Option<Violation> {
    const REASON: &str = "runAsNonRoot != true";
    let who = pod.whose(|context| context["runAsNonRoot"].as_bool() == Some(false));
    let found = who.blame(REASON, "must not set securityContext.runAsNonRoot=false");
    if found.is_some() || pod.spec["securityContext"]["runAsNonRoot"].bool() {
        return found;
    }
    let silent = pod.who(|container| !container["securityContext"]["runAsNonRoot"].bool());
    implied(silent, REASON, "must set securityContext.runAsNonRoot=true")
}

fn run_as_user(pod: &Pod) -> Option<Violation> {
    pod.whose(|context| context["runAsUser"].as_i64() == Some(0)).blame("runAsUser=0", "must not set runAsUser=0")
}
