//! `apply --prune`: deletes what was applied before and is in no manifest any more.

use crate::kubectl::discovery::{self, Resource};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::{DryRun, Invocation};
use crate::kubectl::resource::Info;
use crate::kubectl::write;
use std::rc::Rc;

/// The kinds that are pruned unless others are named: those in namespaces, then those in none.
const NAMESPACED: &[(&str, &str)] = &[
    ("v1", "ConfigMap"),
    ("v1", "Endpoints"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "Pod"),
    ("v1", "ReplicationController"),
    ("v1", "Secret"),
    ("v1", "Service"),
    ("batch/v1", "Job"),
    ("batch/v1", "CronJob"),
    ("networking.k8s.io/v1", "Ingress"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "ReplicaSet"),
    ("apps/v1", "StatefulSet"),
];
const CLUSTER: &[(&str, &str)] = &[("v1", "Namespace"), ("v1", "PersistentVolume")];

const DEPRECATED: &str = "Deprecated: kubectl apply will no longer prune non-namespaced resources by default when used with the --namespace flag in a future release. To preserve the current behaviour, list the resources you want to target explicitly in the --prune-allowlist flag.";

/// Which kinds are to be pruned.
pub struct Kinds {
    resources: Vec<Rc<Resource>>,
    by_default: bool,
}

impl Kinds {
    /// What `--prune-allowlist` says.
    ///
    /// # Errors
    /// If an entry is not of the form `group/version/kind`.
    pub fn of(inv: &Invocation) -> Outcome<Kinds> {
        let listed = inv.flags.list("prune-allowlist");
        let mut kinds = Kinds { resources: Vec::new(), by_default: listed.is_empty() };
        if !inv.flags.bool("prune") {
            return Ok(kinds);
        }
        for entry in &listed {
            let parts: Vec<&str> = entry.split('/').collect();
            let [group, version, kind] = parts.as_slice() else {
                let text = "please follow <group/version/kind>";
                return Err(format!("invalid GroupVersionKind format: {entry}, {text}").into());
            };
            let version = if *group == "core" { version.to_string() } else { format!("{group}/{version}") };
            match discovery::of_kind(inv, &version, kind)? {
                Some(resource) => kinds.resources.push(resource),
                None => {
                    let text = "no matches for kind";
                    return Err(format!("{text} {kind:?} in version {version:?}").into());
                }
            }
        }
        if kinds.by_default {
            for (version, kind) in NAMESPACED.iter().chain(CLUSTER) {
                kinds.resources.extend(discovery::of_kind(inv, version, kind)?);
            }
        }
        Ok(kinds)
    }

    /// Deletes what is to be pruned.
    ///
    /// # Errors
    /// What the server answers.
    pub fn run(&self, inv: &Invocation, applied: &[Info], dry_run: DryRun) -> Outcome {
        if self.by_default {
            inv.log('W', "prune.go:71", DEPRECATED);
        }
        let mut namespaces: Vec<&str> =
            applied.iter().filter(|info| info.resource.namespaced).map(|info| info.namespace.as_str()).collect();
        namespaces.sort_unstable();
        namespaces.dedup();
        let mut failures = Vec::new();
        for resource in self.resources.iter().filter(|resource| resource.namespaced) {
            for namespace in &namespaces {
                failures.extend(prune(inv, resource, namespace, applied, dry_run).err());
            }
        }
        for resource in self.resources.iter().filter(|resource| !resource.namespaced) {
            failures.extend(prune(inv, resource, "", applied, dry_run).err());
        }
        Failure::collected(failures)
    }
}

fn prune(inv: &Invocation, resource: &Rc<Resource>, namespace: &str, applied: &[Info], dry_run: DryRun) -> Outcome {
    for object in inv.list(resource, namespace, inv.flags.str("selector"), "")? {
        let visited = applied.iter().any(|info| {
            info.object.uid() == object.uid() && !object.uid().is_empty()
                || (info.resource == *resource && info.name == object.name() && info.namespace == object.namespace())
        });
        if visited || object.annotation(write::LAST_APPLIED).is_none() {
            continue;
        }
        let info = Info {
            resource: resource.clone(),
            namespace: namespace.into(),
            name: object.name().into(),
            source: String::new(),
            object,
        };
        if dry_run != DryRun::Client {
            let grace = Some(inv.flags.int("grace-period")).filter(|grace| *grace >= 0);
            match write::delete(inv, &info, grace, inv.flags.str("cascade"), dry_run) {
                Err(failure) if !failure.is_not_found() => return Err(failure),
                _ => {}
            }
        }
        inv.out(format!("{} pruned{}\n", info.reference(), dry_run.suffix()));
    }
    Ok(())
}
