//! `systemctl` and `journalctl`: the services of a machine of the cluster, of which the kubelet is the one that matters.
//!
//! The kubelet comes up only if what its unit and its configuration name is there.

use super::{Call, Help, Program};
use crate::api::{Content, Method, Request};
use crate::meta::{Time, Value, yaml};
use crate::process::Node;

pub const PROGRAM: Program = Program {
    name: "systemctl",
    help: || Help {
        summary: "Start, stop and look at services of a machine of the cluster; journalctl shows what they say.",
        usage: "systemctl status|start|stop|restart|is-active|enable|daemon-reload [SERVICE] | journalctl -u SERVICE",
        examples: &[("systemctl status kubelet", "bash: systemctl: command not found")],
    },
    run: |call| Box::pin(std::future::ready(if call.name() == "journalctl" { journal(&call) } else { run(&call) })),
    node_only: true,
    ..Program::BASE
};

/// Services: name, description, page of documentation.
const SERVICES: &[(&str, &str, &str)] = &[
    ("kubelet", "kubelet: The Kubernetes Node Agent", "http://kubernetes.io/docs/"),
    ("containerd", "containerd container runtime", "https://containerd.io"),
    ("ssh", "OpenBSD Secure Shell server", "man:sshd(8)"),
];

/// How the kubelet is started, and where the last failure to do so is kept.
const DROP_IN: &str = "/etc/systemd/system/kubelet.service.d/10-kubeadm.conf";
const FAILURE: &str = "/run/kubelet.failure";

fn read(call: &Call, path: &str) -> Option<String> {
    call.process.files.read(path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// The command line that starts the kubelet.
fn command_line(call: &Call) -> String {
    let text = read(call, DROP_IN).unwrap_or_default();
    text.lines().filter_map(|line| line.strip_prefix("ExecStart=")).next_back().unwrap_or_default().trim().to_string()
}

/// Why the kubelet does not come up, with the status it ends with.
fn obstacle(call: &Call) -> Option<(String, String)> {
    let line = command_line(call);
    let program = line.split_whitespace().next().unwrap_or_default();
    let there = |path: &str| call.process.files.node(path).is_some();
    if !there(program) {
        let why = format!("kubelet.service: Failed to locate executable {program}: No such file or directory");
        return Some(("203/EXEC".into(), why));
    }
    let flag = |name: &str| line.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    let failure = |why: String| Some(("1/FAILURE".to_string(), why));
    let config = flag("--config").unwrap_or_default();
    let Some(text) = read(call, config) else {
        return failure(format!(
            "\"command failed\" err=\"failed to load kubelet config file, path: {config}, error: failed to load Kubelet config file \
             {config}, error failed to read kubelet config file \\\"{config}\\\", error: open {config}: no such file or directory\""
        ));
    };
    let parsed = yaml::parse(&text).unwrap_or_default();
    if parsed["kind"] != "KubeletConfiguration" {
        return failure(format!(
            "\"command failed\" err=\"failed to load kubelet config file, path: {config}, error: failed to decode\""
        ));
    }
    let authority = parsed.at(&["authentication", "x509", "clientCAFile"]).str();
    if !authority.is_empty() && !there(authority) {
        return failure(format!(
            "\"command failed\" err=\"failed to construct kubelet dependencies: unable to load client CA file {authority}: open \
             {authority}: no such file or directory\""
        ));
    }
    let kubeconfig = flag("--kubeconfig").unwrap_or_default();
    if !there(kubeconfig) {
        return failure(
            "\"command failed\" err=\"failed to run Kubelet: unable to load bootstrap kubeconfig: stat \
             /etc/kubernetes/bootstrap-kubelet.conf: no such file or directory\""
                .into(),
        );
    }
    None
}

fn is_on(call: &Call) -> (bool, Time) {
    let machine = call.host.control.as_ref().and_then(|control| control.machine(&call.host.hostname));
    machine.map(|machine| machine.kubelet).unwrap_or_default()
}

/// Starts or stops a service. Only the kubelet makes a difference.
fn set(call: &Call, service: &str, runs: bool) {
    let Some(control) = call.host.control.as_ref().filter(|_| service == "kubelet") else { return };
    let obstacle = obstacle(call).filter(|_| runs);
    let files = &call.process.files;
    let _ = files.remove(FAILURE);
    if let Some((status, why)) = &obstacle {
        files.put(FAILURE, Node::File(format!("{status}\n{why}\n").as_bytes().into(), 0o644));
    }
    control.driver.set_kubelet(&call.host.hostname, runs && obstacle.is_none());
}

fn run(call: &Call) -> i32 {
    let words: Vec<&str> = call.args().iter().map(String::as_str).filter(|arg| !arg.starts_with('-')).collect();
    let name = |word: &&&str| word.trim_end_matches(".service").to_string();
    let asked: Vec<String> = words.iter().skip(1).collect::<Vec<_>>().iter().map(name).collect();
    for service in &asked {
        if !SERVICES.iter().any(|(known, ..)| known == service) {
            return match words[0] {
                "status" => {
                    call.process.err(format!("Unit {service}.service could not be found.\n"));
                    4
                }
                "is-active" | "is-enabled" => {
                    call.out("inactive\n");
                    4
                }
                verb => {
                    let how = if verb == "enable" || verb == "disable" { " file" } else { "" };
                    call.process.err(format!(
                        "Failed to {verb} {service}.service: Unit{how} {service}.service {}.\n",
                        if how.is_empty() { "not found" } else { "does not exist" }
                    ));
                    5
                }
            };
        }
    }
    match words.first().copied() {
        Some("status") => asked.iter().map(|service| status(call, service)).max().unwrap_or(0),
        Some(verb @ ("start" | "restart" | "stop" | "reload")) => {
            asked.iter().for_each(|service| set(call, service, verb != "stop"));
            0
        }
        Some("is-active") => {
            let on = asked.iter().all(|service| service != "kubelet" || is_on(call).0);
            let failing = call.process.files.node(FAILURE).is_some();
            call.out(if on { "active\n" } else if failing { "activating\n" } else { "inactive\n" });
            if on { 0 } else { 3 }
        }
        Some("is-enabled") => {
            call.out("enabled\n");
            0
        }
        Some("enable" | "disable" | "daemon-reload" | "reset-failed") => {
            if call.args().iter().any(|arg| arg == "--now") {
                asked.iter().for_each(|service| set(call, service, words[0] == "enable"));
            }
            0
        }
        Some("cat") => {
            for path in ["/lib/systemd/system/kubelet.service", DROP_IN] {
                call.out(format!("# {path}\n{}\n", read(call, path).unwrap_or_default()));
            }
            0
        }
        Some("list-units") | None => {
            call.out("  UNIT                LOAD   ACTIVE SUB     DESCRIPTION\n");
            for (service, about, _) in SERVICES {
                let on = *service != "kubelet" || is_on(call).0;
                let state = if on { "active running" } else { "inactive dead  " };
                call.out(format!("  {:<19} loaded {state} {about}\n", format!("{service}.service")));
            }
            0
        }
        Some(other) => {
            call.process.err(format!("Unknown command verb {other}.\n"));
            1
        }
    }
}

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// How long ago that was, as systemd says it.
fn ago(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{seconds}s"),
        60..3600 => format!("{}min {}s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{}h {}min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} days", seconds / 86_400),
    }
}

fn status(call: &Call, service: &str) -> i32 {
    let Some((_, about, page)) = SERVICES.iter().find(|(name, ..)| *name == service) else { return 4 };
    let is_kubelet = service == "kubelet";
    let (on, since) = is_on(call);
    let on = on || !is_kubelet;
    let failure = read(call, FAILURE).filter(|_| is_kubelet);
    let weekday = DAYS[(since.seconds().div_euclid(86_400).rem_euclid(7) as usize + 4) % 7];
    let at = format!("{weekday} {} UTC", since.rfc3339()[..19].replace('T', " "));
    let ago = ago(call.process.clock.now().seconds() - since.seconds());
    let (sign, state) = match (on, &failure) {
        (true, _) => ('\u{25cf}', "active (running)"),
        (false, Some(_)) => ('\u{25cf}', "activating (auto-restart) (Result: exit-code)"),
        (false, None) => ('\u{25cb}', "inactive (dead)"),
    };
    let mut text = format!("{sign} {service}.service - {about}\n     Loaded: loaded (/lib/systemd/system/{service}.service; enabled; preset: enabled)\n");
    if is_kubelet {
        text += "    Drop-In: /etc/systemd/system/kubelet.service.d\n             \u{2514}\u{2500}10-kubeadm.conf\n";
    }
    text += &format!("     Active: {state} since {at}; {ago} ago\n       Docs: {page}\n");
    let line = command_line(call);
    match &failure {
        Some(failure) if !on => {
            let code = failure.lines().next().unwrap_or_default();
            text += &format!("    Process: 1842 ExecStart={line} (code=exited, status={code})\n   Main PID: 1842 (code=exited, status={code})\n");
        }
        _ if on => {
            let line = if is_kubelet { line } else { format!("/usr/bin/{service}") };
            text += &format!(
                "   Main PID: 1533 ({service})\n      Tasks: 15 (limit: 9374)\n     Memory: 42.3M\n        CPU: 1.402s\n     CGroup: \
                 /system.slice/{service}.service\n             \u{2514}\u{2500}1533 {line}\n"
            );
        }
        _ => {}
    }
    if is_kubelet {
        let lines = log(call);
        text += "\n";
        lines.iter().skip(lines.len().saturating_sub(10)).for_each(|line| text += &format!("{line}\n"));
    }
    call.out(text);
    if on { 0 } else { 3 }
}

/// What the kubelet has said: that it started or stopped, and which containers it cannot bring up.
fn log(call: &Call) -> Vec<String> {
    let host = &call.host.hostname;
    let stamp = |time: Time| {
        let (_, month, day, hour, minute, second) = time.civil();
        format!("{} {day:02} {hour:02}:{minute:02}:{second:02} {host}", MONTHS[usize::from(month).saturating_sub(1) % 12])
    };
    let klog = |time: Time, level: char, text: String| {
        let (_, month, day, hour, minute, second) = time.civil();
        format!("{} kubelet[1533]: {level}{month:02}{day:02} {hour:02}:{minute:02}:{second:02}.000000    1533 {text}", stamp(time))
    };
    let (on, since) = is_on(call);
    let about = SERVICES[0].1;
    let mut lines = Vec::new();
    if let Some(failure) = read(call, FAILURE) {
        let mut parts = failure.lines();
        let (code, why) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let head = stamp(since);
        let word = code.split_once('/').map_or(code, |(number, _)| number);
        lines.push(format!("{head} systemd[1]: Started kubelet.service - {about}."));
        match word {
            "203" => lines.push(format!("{head} (kubelet)[1842]: {why}")),
            _ => lines.push(klog(since, 'E', format!("run.go:72] {why}"))),
        }
        lines.push(format!("{head} systemd[1]: kubelet.service: Main process exited, code=exited, status={code}"));
        lines.push(format!("{head} systemd[1]: kubelet.service: Failed with result 'exit-code'."));
        return lines;
    }
    if !on {
        lines.push(format!("{} systemd[1]: Stopping kubelet.service - {about}...", stamp(since)));
        lines.push(format!("{} systemd[1]: kubelet.service: Deactivated successfully.", stamp(since)));
        lines.push(format!("{} systemd[1]: Stopped kubelet.service - {about}.", stamp(since)));
        return lines;
    }
    lines.push(format!("{} systemd[1]: Started kubelet.service - {about}.", stamp(since)));
    lines.push(klog(since, 'I', "server.go:525] \"Kubelet version\" kubeletVersion=\"v1.36.2\"".into()));
    lines.push(klog(since, 'I', "server.go:1262] \"Started kubelet\"".into()));
    let Some(control) = &call.host.control else { return lines };
    let Content::Document(pods) = control.client.request(Request::new(Method::Get, "/api/v1/pods")).content else {
        return lines;
    };
    let now = call.process.clock.now();
    for pod in pods["items"].items().iter().filter(|pod| pod["spec"]["nodeName"] == **host) {
        let metadata = &pod["metadata"];
        let full = format!("{}/{}", metadata["namespace"].str(), metadata["name"].str());
        for status in ["initContainerStatuses", "containerStatuses"].iter().flat_map(|list| pod["status"][*list].items()) {
            let waiting: &Value = &status["state"]["waiting"];
            let (reason, message) = (waiting["reason"].str(), waiting["message"].str());
            if !message.is_empty() {
                lines.push(klog(
                    now,
                    'E',
                    format!(
                        "pod_workers.go:1324] \"Error syncing pod, skipping\" err=\"failed to \\\"StartContainer\\\" for \\\"{}\\\" with \
                         {reason}: \\\"{}\\\"\" pod=\"{full}\" podUID=\"{}\"",
                        status["name"].str(),
                        message.replace('"', "\\\\\\\""),
                        metadata["uid"].str()
                    ),
                ));
            }
        }
    }
    lines
}

fn journal(call: &Call) -> i32 {
    let args: Vec<&str> = call.args().iter().map(String::as_str).collect();
    let after = |flags: &[&str]| {
        let at = args.iter().position(|arg| flags.contains(arg))?;
        args.get(at + 1).copied()
    };
    let joined = args.iter().find_map(|arg| arg.strip_prefix("-u").or(arg.strip_prefix("--unit=")).filter(|rest| !rest.is_empty()));
    let unit = joined.or(after(&["-u", "--unit"])).unwrap_or("kubelet");
    let lines = if unit.starts_with("kubelet") { log(call) } else { Vec::new() };
    let joined = args.iter().find_map(|arg| arg.strip_prefix("-n").or(arg.strip_prefix("--lines=")).filter(|rest| !rest.is_empty()));
    let count = joined.or(after(&["-n", "--lines"])).and_then(|text| text.parse::<usize>().ok()).unwrap_or(usize::MAX);
    if lines.is_empty() {
        call.out("-- No entries --\n");
    }
    lines.iter().skip(lines.len().saturating_sub(count)).for_each(|line| call.out(format!("{line}\n")));
    0
}
