//! `kubectl drain`: cordons nodes and evicts their pods.

use super::nodes::{mark, select};
use crate::api::{Method, Request};
use crate::json;
use crate::kubectl::command::{Command, Group};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::{DryRun, Invocation};
use crate::kubectl::printers::print_result;
use crate::kubectl::resource::Info;
use crate::kubectl::write;
use crate::meta::{Object, Time};
use std::time::Duration;

/// The rows.
pub static ROWS: &[Command] = &[Command {
    path: "drain",
    group: Group::Cluster,
    short: "Drain node in preparation for maintenance",
    run: Some(|inv| Box::pin(run(inv))),
    ..Command::BASE
}];

/// How long to wait before a refused eviction is tried again.
const RETRY: Duration = Duration::from_secs(5);

/// Why pods are spared, and which flag overrules it.
const DAEMON_SET: &str = "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)";
const LOCAL_STORAGE: &str = "cannot delete Pods with local storage (use --delete-emptydir-data to override)";
const UNMANAGED: &str = "cannot delete Pods that declare no controller (use --force to override)";

async fn run(inv: Invocation) -> Outcome {
    let dry_run = inv.dry_run()?;
    let (nodes, failures) = select(&inv).await?;
    Failure::collected(failures)?;
    for node in &nodes {
        let word = if mark(&inv, node, true, dry_run)? { "cordoned" } else { "already cordoned" };
        print_result(&inv, None, node, &format!("{word}{}", dry_run.suffix()))?;
    }
    let mut pending: Vec<&Info> = Vec::new();
    let mut failed: Vec<Vec<String>> = Vec::new();
    for node in &nodes {
        match drain(&inv, node, dry_run).await? {
            Ok(()) => print_result(&inv, None, node, &format!("drained{}", dry_run.suffix()))?,
            Err(errors) => {
                let text = bracketed(&errors);
                inv.err(format!(
                    "error: unable to drain node {:?} due to error: {text}, continuing command...\n",
                    node.name
                ));
                pending.push(node);
                failed.push(errors);
            }
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    inv.err("There are pending nodes to be drained:\n");
    for node in pending {
        inv.err(format!(" {}\n", node.name));
    }
    for text in failed.iter().flatten() {
        inv.err(format!("{text}\n"));
    }
    Err(Failure::Exit(1))
}

fn bracketed(errors: &[String]) -> String {
    match errors {
        [one] => one.clone(),
        all => format!("[{}]", all.join(", ")),
    }
}

/// The pods of a node that are to go, or what stands against it.
fn sort_out(inv: &Invocation, node: &Info) -> Outcome<Result<Vec<Info>, Vec<String>>> {
    let flags = &inv.flags;
    let pods = inv.resource("pods", "")?;
    let found = inv.list(&pods, "", flags.str("pod-selector"), &format!("spec.nodeName={}", node.name))?;
    let (mut going, mut spared, mut warned) = (Vec::new(), Vec::new(), Vec::new());
    for (why, ignoring) in [
        (DAEMON_SET, "ignoring DaemonSet-managed Pods"),
        (LOCAL_STORAGE, ""),
        (UNMANAGED, "deleting Pods that declare no controller"),
    ] {
        spared.push((why, Vec::<String>::new()));
        warned.push((ignoring, Vec::<String>::new()));
    }
    for pod in found {
        let name = format!("{}/{}", pod.namespace(), pod.name());
        let ended = matches!(pod.at(&["status", "phase"]).str(), "Succeeded" | "Failed");
        if pod.annotation("kubernetes.io/config.mirror").is_some() {
            continue;
        }
        let owner = pod.controller().map(|owner| owner["kind"].str().to_string());
        if owner.as_deref() == Some("DaemonSet") && !ended {
            let place = if flags.bool("ignore-daemonsets") { &mut warned[0].1 } else { &mut spared[0].1 };
            place.push(name);
            continue;
        }
        let local = pod.at(&["spec", "volumes"]).items().iter().any(|volume| volume.has("emptyDir"));
        if local && !ended && !flags.bool("delete-emptydir-data") {
            spared[1].1.push(name);
            continue;
        }
        if owner.is_none() && !ended {
            if !flags.bool("force") {
                spared[2].1.push(name);
                continue;
            }
            warned[2].1.push(name);
        }
        going.push(info_of(&pods, pod));
    }
    let errors: Vec<String> = spared
        .iter()
        .filter(|(_, pods)| !pods.is_empty())
        .map(|(why, pods)| format!("{why}: {}", pods.join(", ")))
        .collect();
    if !errors.is_empty() {
        return Ok(Err(errors));
    }
    let warnings: Vec<String> = warned
        .iter()
        .filter(|(_, pods)| !pods.is_empty())
        .map(|(what, pods)| format!("{what}: {}", pods.join(", ")))
        .collect();
    if !warnings.is_empty() {
        inv.err(format!("Warning: {}\n", warnings.join("; ")));
    }
    Ok(Ok(going))
}

fn info_of(pods: &std::rc::Rc<crate::kubectl::discovery::Resource>, pod: Object) -> Info {
    let (namespace, name) = (pod.namespace().to_string(), pod.name().to_string());
    Info { resource: pods.clone(), namespace, name, source: String::new(), object: pod }
}

/// Evicts a node's pods and waits until they are gone.
async fn drain(inv: &Invocation, node: &Info, dry_run: DryRun) -> Outcome<Result<(), Vec<String>>> {
    let going = match sort_out(inv, node)? {
        Ok(going) => going,
        Err(errors) => return Ok(Err(errors)),
    };
    let timeout = match inv.flags.nanos("timeout") {
        nanos if nanos > 0 => inv.flags.duration("timeout"),
        _ => Duration::from_secs(168 * 3600),
    };
    let end = inv.now() + timeout;
    let mut waiting = Vec::new();
    let mut refused = going;
    for pod in &refused {
        inv.out(format!("evicting pod {}/{}{}\n", pod.namespace, pod.name, dry_run.suffix()));
    }
    if dry_run == DryRun::Client {
        return Ok(Ok(()));
    }
    loop {
        let mut again = Vec::new();
        for pod in refused {
            match evict(inv, &pod, dry_run) {
                Ok(()) => waiting.push(pod),
                Err(failure) if failure.is_not_found() => {}
                Err(failure) if failure.reason() == "TooManyRequests" => {
                    inv.err(format!(
                        "error when evicting pods/{:?} -n {:?} (will retry after 5s): {}\n",
                        pod.name,
                        pod.namespace,
                        failure.message()
                    ));
                    again.push(pod);
                }
                Err(failure) => {
                    let (name, namespace) = (&pod.name, &pod.namespace);
                    return Ok(Err(vec![format!(
                        "error when evicting pods/{name:?} -n {namespace:?}: {}",
                        failure.message()
                    )]));
                }
            }
        }
        refused = again;
        if refused.is_empty() || dry_run != DryRun::None {
            break;
        }
        inv.process.clock.sleep_until((inv.now() + RETRY).min(end)).await;
        if inv.now() >= end {
            return Ok(Err(late(inv, node, &refused, timeout)));
        }
        for pod in &refused {
            inv.out(format!("evicting pod {}/{}\n", pod.namespace, pod.name));
        }
    }
    if dry_run == DryRun::None { await_all(inv, waiting, end, timeout).await } else { Ok(Ok(())) }
}

fn late(inv: &Invocation, node: &Info, refused: &[Info], timeout: Duration) -> Vec<String> {
    let span = crate::meta::duration::format(timeout);
    let errors: Vec<String> = refused
        .iter()
        .map(|pod| {
            format!("error when evicting pods/{:?} -n {:?}: global timeout reached: {span}", pod.name, pod.namespace)
        })
        .collect();
    let text = bracketed(&errors);
    inv.err(format!("There are pending pods in node {:?} when an error occurred: {text}\n", node.name));
    for pod in refused {
        inv.err(format!("pod/{}\n", pod.name));
    }
    errors
}

fn evict(inv: &Invocation, pod: &Info, dry_run: DryRun) -> Outcome {
    let grace = inv.flags.int("grace-period");
    if inv.flags.bool("disable-eviction") {
        return write::delete(inv, pod, (grace >= 0).then_some(grace), "background", dry_run).map(drop);
    }
    let mut eviction = json!({
        "apiVersion": "policy/v1", "kind": "Eviction",
        "metadata": {"name": (pod.name.as_str()), "namespace": (pod.namespace.as_str())},
    });
    if grace >= 0 {
        eviction["deleteOptions"] = json!({"gracePeriodSeconds": grace});
    }
    let request = Request::new(Method::Post, &format!("{}/eviction", pod.path())).document(eviction);
    inv.request(dry_run.mark(request)).map(drop)
}

/// Waits for the evicted pods to go, in whichever order they do.
async fn await_all(
    inv: &Invocation,
    pods: Vec<Info>,
    end: Time,
    timeout: Duration,
) -> Outcome<Result<(), Vec<String>>> {
    let mut left = pods;
    let done = write::until(inv, end.since(inv.now()), || {
        let mut still = Vec::new();
        for pod in std::mem::take(&mut left) {
            match inv.get(&pod.resource, &pod.namespace, &pod.name) {
                Ok(object) if object.uid() == pod.object.uid() => still.push(pod),
                Err(failure) if !failure.is_not_found() => return Err(failure),
                _ => {
                    let word = if inv.flags.bool("disable-eviction") { "deleted" } else { "evicted" };
                    inv.out(format!("pod/{} {word}\n", pod.name));
                }
            }
        }
        left = still;
        Ok(left.is_empty().then_some(()))
    });
    let done = done.await?;
    let span = crate::meta::duration::format(timeout);
    Ok(match done {
        Some(()) => Ok(()),
        None => Err(left
            .iter()
            .map(|pod| {
                format!(
                    "error when waiting for pod {:?} in namespace {:?} to terminate: global timeout reached: {span}",
                    pod.name, pod.namespace
                )
            })
            .collect()),
    })
}
