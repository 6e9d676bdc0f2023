//! `kubectl top`: what nodes and pods use.

use crate::api::{Method, Request};
use crate::kubectl::command::{Command, Group};
use crate::kubectl::failure::Outcome;
use crate::kubectl::invocation::Invocation;
use crate::kubectl::printers::tabwriter::TabWriter;
use crate::meta::{Object, Quantity, Value};

/// The rows.
pub static ROWS: &[Command] = &[
    Command { path: "top", group: Group::Cluster, short: "Display resource (CPU/memory) usage", ..Command::BASE },
    Command {
        path: "top node",
        aliases: &["nodes", "no"],
        short: "Display resource (CPU/memory) usage of nodes",
        run: Some(|inv| Box::pin(async move { nodes(&inv) })),
        ..Command::BASE
    },
    Command {
        path: "top pod",
        aliases: &["pods", "po"],
        short: "Display resource (CPU/memory) usage of pods",
        run: Some(|inv| Box::pin(async move { pods(&inv) })),
        ..Command::BASE
    },
];

/// The measurements at a path, if the API for them is there.
fn measured(inv: &Invocation, path: &str) -> Outcome<Vec<Object>> {
    let groups = inv.request(Request::new(Method::Get, "/apis"))?;
    if !groups["groups"].items().iter().any(|group| group["name"] == "metrics.k8s.io") {
        return Err("Metrics API not available".into());
    }
    let mut request = Request::new(Method::Get, &format!("/apis/metrics.k8s.io/v1beta1/{path}"));
    for (flag, key) in [("selector", "labelSelector"), ("field-selector", "fieldSelector")] {
        if !inv.flags.str(flag).is_empty() {
            request = request.query(key, inv.flags.str(flag));
        }
    }
    let answer = inv.request(request)?;
    let one = || vec![answer.clone()];
    Ok(answer["items"].as_array().map_or_else(one, |items| items.iter().cloned().map(Object).collect()))
}

/// Millicores and bytes.
fn amounts(usage: &Value) -> (i64, i64) {
    (Quantity::of(&usage["cpu"]).milli(), Quantity::of(&usage["memory"]).value())
}

fn mebibytes(bytes: i64) -> String {
    format!("{}Mi", bytes / (1024 * 1024))
}

fn check_sort(inv: &Invocation) -> Outcome {
    if !inv.arg(0).is_empty() && !inv.flags.str("selector").is_empty() {
        return Err("only one of NAME or selector can be provided".into());
    }
    match inv.flags.str("sort-by") {
        "" | "cpu" | "memory" => Ok(()),
        _ => Err("--sort-by accepts only cpu or memory".into()),
    }
}

fn order<T>(inv: &Invocation, rows: &mut [(T, (i64, i64))]) {
    match inv.flags.str("sort-by") {
        "cpu" => rows.sort_by_key(|(_, (cpu, _))| -cpu),
        "memory" => rows.sort_by_key(|(_, (_, memory))| -memory),
        _ => {}
    }
}

fn nodes(inv: &Invocation) -> Outcome {
    check_sort(inv)?;
    let path = if inv.arg(0).is_empty() { "nodes".to_string() } else { format!("nodes/{}", inv.arg(0)) };
    let found = measured(inv, &path)?;
    if found.is_empty() {
        return Err("metrics not available yet".into());
    }
    let mut rows: Vec<(Object, (i64, i64))> =
        found.into_iter().map(|node| (node.clone(), amounts(&node["usage"]))).collect();
    order(inv, &mut rows);
    let field = if inv.flags.bool("show-capacity") { "capacity" } else { "allocatable" };
    let resource = inv.resource("nodes", "")?;
    let mut writer = TabWriter::default();
    if !inv.flags.bool("no-headers") {
        writer.tabbed("NAME\tCPU(cores)\tCPU(%)\tMEMORY(bytes)\tMEMORY(%)");
    }
    for (node, (cpu, memory)) in rows {
        let whole = amounts(inv.get(&resource, "", node.name())?.at(&["status", field]));
        let share = |part: i64, whole: i64| if whole > 0 { part * 100 / whole } else { 0 };
        let (cpus, memories) = (share(cpu, whole.0), share(memory, whole.1));
        writer.tabbed(&format!("{}\t{cpu}m\t{cpus}%\t{}\t{memories}%", node.name(), mebibytes(memory)));
    }
    inv.out(writer.flush());
    Ok(())
}

fn pods(inv: &Invocation) -> Outcome {
    check_sort(inv)?;
    let all = inv.flags.bool("all-namespaces");
    let name = inv.arg(0);
    if !name.is_empty() && all {
        return Err("a resource cannot be retrieved by name across all namespaces".into());
    }
    let mut path = if all { "pods".to_string() } else { format!("namespaces/{}/pods", inv.namespace()?) };
    if !name.is_empty() {
        path += &format!("/{name}");
    }
    let found = measured(inv, &path)?;
    if found.is_empty() {
        inv.err(if all {
            "No resources found\n".into()
        } else {
            format!("No resources found in {} namespace.\n", inv.namespace()?)
        });
        return Ok(());
    }
    let per_container = inv.flags.bool("containers");
    let mut rows: Vec<(String, (i64, i64))> = Vec::new();
    let mut sum = (0, 0);
    for pod in &found {
        let start = if all { format!("{}\t{}", pod.namespace(), pod.name()) } else { pod.name().to_string() };
        let mut total = (0, 0);
        for container in pod["containers"].items() {
            let (cpu, memory) = amounts(&container["usage"]);
            total = (total.0 + cpu, total.1 + memory);
            if per_container {
                rows.push((format!("{start}\t{}", container["name"].str()), (cpu, memory)));
            }
        }
        sum = (sum.0 + total.0, sum.1 + total.1);
        if !per_container {
            rows.push((start, total));
        }
    }
    order(inv, &mut rows);
    let mut writer = TabWriter::default();
    let headings = [("NAMESPACE\t", all), (if per_container { "POD\tNAME\t" } else { "NAME\t" }, true)];
    if !inv.flags.bool("no-headers") {
        let start: String = headings.iter().filter(|(_, shown)| *shown).map(|(heading, _)| *heading).collect();
        writer.tabbed(&format!("{start}CPU(cores)\tMEMORY(bytes)"));
    }
    for (start, (cpu, memory)) in &rows {
        writer.tabbed(&format!("{start}\t{cpu}m\t{}", mebibytes(*memory)));
    }
    if inv.flags.bool("sum") {
        let blanks = "\t".repeat(usize::from(all) + usize::from(per_container));
        writer.tabbed(&format!("{blanks}\t________\t________"));
        writer.tabbed(&format!("{blanks}\t{}m\t{}", sum.0, mebibytes(sum.1)));
    }
    inv.out(writer.flush());
    Ok(())
}
