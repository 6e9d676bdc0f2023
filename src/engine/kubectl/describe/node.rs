//! Describes nodes, with the pods on them and what those ask for.

use super::super::failure::Outcome;
use super::events;
use super::page::{Page, or_none, or_unset, rfc1123, scalar, texts};
use crate::meta::SortedMap;
use crate::meta::{Object, Quantity, Value};

const ROLE: &str = "node-role.kubernetes.io/";

pub(super) fn node(page: &mut Page<'_>) -> Outcome {
    let object = page.object();
    let (spec, status) = (object.spec(), object.status());
    page.field("Name", object.name());
    let roles = object.labels().entries().filter_map(|(key, value)| match key.strip_prefix(ROLE) {
        Some(role) if !role.is_empty() => Some(role.to_string()),
        _ if key.as_str() == "kubernetes.io/role" && !value.is_empty() => Some(value.str().to_string()),
        _ => None,
    });
    let mut roles: Vec<String> = roles.collect();
    roles.sort();
    page.field("Roles", or_none(&roles.join(",")));
    page.labels_and_annotations();
    page.field("CreationTimestamp", rfc1123(object.at(&["metadata", "creationTimestamp"])));
    taints(page, &spec["taints"]);
    page.field("Unschedulable", spec["unschedulable"].bool().to_string());
    lease(page);
    conditions(page, &status["conditions"]);
    page.line(0, "Addresses:");
    for address in status["addresses"].items() {
        page.line(1, format!("{}:\t{}", address["type"].str(), address["address"].str()));
    }
    for (title, field) in [("Capacity", "capacity"), ("Allocatable", "allocatable")] {
        if !status[field].is_empty() {
            page.line(0, format!("{title}:"));
            for (name, amount) in status[field].entries() {
                page.line(1, format!("{name}:\t{}", scalar(amount)));
            }
        }
    }
    page.line(0, "System Info:");
    for (title, field) in [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
        ("Kube-Proxy Version", "kubeProxyVersion"),
    ] {
        page.line(1, format!("{title}:\t{}", status["nodeInfo"][field].str()));
    }
    page.field_if("PodCIDR", spec["podCIDR"].str());
    page.field_if("PodCIDRs", &texts(&spec["podCIDRs"]).join(","));
    page.field_if("ProviderID", spec["providerID"].str());
    pods(page, &status["allocatable"])?;
    events::write_about(page, &[object.name(), object.uid()]);
    Ok(())
}

/// Taints, the harshest effect first, then by key.
fn taints(page: &mut Page<'_>, taints: &Value) {
    const EFFECTS: [&str; 3] = ["NoExecute", "NoSchedule", "PreferNoSchedule"];
    let mut lines: Vec<(usize, String)> = (taints.items().iter())
        .map(|taint| {
            let (key, value, effect) = (taint["key"].str(), taint["value"].str(), taint["effect"].str());
            let pair = if value.is_empty() { key.to_string() } else { format!("{key}={value}") };
            (EFFECTS.iter().position(|other| *other == effect).unwrap_or(EFFECTS.len()), format!("{pair}:{effect}"))
        })
        .collect();
    lines.sort();
    let lines: Vec<String> = lines.into_iter().map(|(_, line)| line).collect();
    page.list("Taints", &lines);
}

fn lease(page: &mut Page<'_>) {
    let Ok(resource) = page.inv.resource("leases", "coordination.k8s.io") else { return };
    let lease = page.inv.get(&resource, "kube-node-lease", page.object().name());
    page.line(0, "Lease:");
    match lease {
        Ok(lease) => {
            let spec = lease.spec();
            page.line(1, format!("HolderIdentity:\t{}", or_unset(&spec["holderIdentity"])));
            page.line(1, format!("AcquireTime:\t{}", rfc1123(&spec["acquireTime"])));
            page.line(1, format!("RenewTime:\t{}", rfc1123(&spec["renewTime"])));
        }
        Err(failure) => page.line(1, format!("Failed to get lease: {}", failure.message())),
    }
}

fn conditions(page: &mut Page<'_>, conditions: &Value) {
    if conditions.is_empty() {
        return;
    }
    page.line(0, "Conditions:");
    let titles = ["Type", "Status", "LastHeartbeatTime", "LastTransitionTime", "Reason", "Message"];
    let rows = conditions.items().iter().map(|condition| {
        vec![
            format!("{} ", condition["type"].str()),
            format!("{} ", condition["status"].str()),
            format!("{} ", rfc1123(&condition["lastHeartbeatTime"])),
            format!("{} ", rfc1123(&condition["lastTransitionTime"])),
            format!("{} ", condition["reason"].str()),
            condition["message"].str().to_string(),
        ]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    page.table(1, &titles, &rows);
}

/// What containers ask for, by resource.
type Amounts = SortedMap<String, Quantity>;

/// What a pod asks for: its containers together, or its largest init container if that is more.
fn asked(pod: &Object, field: &str) -> Amounts {
    let mut total = Amounts::new();
    let spec = pod.spec();
    let of = |container: &Value| -> Vec<(String, Quantity)> {
        let amounts = container.at(&["resources", field]).entries();
        amounts.map(|(name, amount)| (name.to_string(), Quantity::of(amount))).collect()
    };
    let sidecar = |container: &&Value| container["restartPolicy"] == "Always";
    let running = spec["containers"].items().iter().chain(spec["initContainers"].items().iter().filter(sidecar));
    for (name, amount) in running.flat_map(of) {
        add(&mut total, name, amount);
    }
    for (name, amount) in spec["initContainers"].items().iter().filter(|c| !sidecar(c)).flat_map(of) {
        let known = total.entry(name).or_insert(amount);
        if *known < amount {
            *known = amount;
        }
    }
    for (name, amount) in spec["overhead"].entries() {
        add(&mut total, name.to_string(), Quantity::of(amount));
    }
    total
}

fn add(total: &mut Amounts, name: String, amount: Quantity) {
    match total.get_mut(&name) {
        Some(known) => *known += amount,
        None => drop(total.insert(name, amount)),
    }
}

/// How much of the node that is, in whole percent.
fn percent(name: &str, amount: Quantity, allocatable: &Value) -> i64 {
    let of = |quantity: Quantity| if name == "cpu" { quantity.milli() } else { quantity.value() };
    match allocatable.get(name).map(|amount| of(Quantity::of(amount))) {
        Some(all) if all > 0 => (of(amount) as f64 / all as f64 * 100.0) as i64,
        _ => 0,
    }
}

fn pods(page: &mut Page<'_>, allocatable: &Value) -> Outcome {
    let fields = format!("spec.nodeName={},status.phase!=Succeeded,status.phase!=Failed", page.object().name());
    let pods = page.inv.list(&*page.inv.resource("pods", "")?, "", "", &fields)?;
    page.line(0, format!("Non-terminated Pods:\t({} in total)", pods.len()));
    page.line(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
    page.line(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
    let (mut requests, mut limits) = (Amounts::new(), Amounts::new());
    for pod in &pods {
        let mut cells = vec![pod.namespace().to_string(), pod.name().to_string(), String::new()];
        let (asks, may) = (asked(pod, "requests"), asked(pod, "limits"));
        for name in ["cpu", "memory"] {
            for amounts in [&asks, &may] {
                let amount = amounts.get(name).copied().unwrap_or_default();
                cells.push(format!("{amount} ({}%)", percent(name, amount, allocatable)));
            }
        }
        cells.push(page.since(pod.at(&["metadata", "creationTimestamp"])));
        page.line(1, cells.join("\t"));
        for (amounts, total) in [(asks, &mut requests), (may, &mut limits)] {
            for (name, amount) in amounts {
                add(total, name, amount);
            }
        }
    }
    allocated(page, allocatable, &requests, &limits);
    Ok(())
}

fn allocated(page: &mut Page<'_>, allocatable: &Value, requests: &Amounts, limits: &Amounts) {
    page.line(0, "Allocated resources:");
    page.line(1, "(Total limits may be over 100 percent, i.e., overcommitted.)");
    page.line(1, "Resource\tRequests\tLimits");
    page.line(1, "--------\t--------\t------");
    let amount = |amounts: &Amounts, name: &str| amounts.get(name).copied().unwrap_or_default();
    let standard = ["cpu", "memory", "ephemeral-storage"];
    let huge = allocatable.entries().map(|(name, _)| name.as_str()).filter(|name| name.starts_with("hugepages-"));
    for name in standard.into_iter().chain(huge) {
        let (asked, limit) = (amount(requests, name), amount(limits, name));
        let (a, l) = (percent(name, asked, allocatable), percent(name, limit, allocatable));
        page.line(1, format!("{name}\t{asked} ({a}%)\t{limit} ({l}%)"));
    }
    // Extended resources are named with a domain.
    for (name, _) in allocatable.entries().filter(|(name, _)| name.contains('/')) {
        page.line(1, format!("{name}\t{}\t{}", amount(requests, name), amount(limits, name)));
    }
}
