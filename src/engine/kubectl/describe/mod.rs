//! `kubectl describe`: the command, and the table of describers, one file for each family of kinds.
//!
//! A describer is a function that writes on a [`page::Page`]; kinds without one are described field
//! by field ([`generic`]). Describing is the client's work: everything here is made of requests.

mod config;
mod containers;
mod events;
mod generic;
mod namespace;
mod networking;
mod node;
mod page;
mod pod;
mod policy;
mod rbac;
mod service;
mod storage;
mod template;
mod volumes;
mod workloads;

use super::command::{Command, Group};
use super::discovery::Resource;
use super::failure::{Failure, Outcome};
use super::invocation::Invocation;
use super::resource::{Info, Selection, Selector};
use crate::meta::Value;
use page::Page;

/// Writes what there is to say about an object.
type Describe = fn(&mut Page<'_>) -> Outcome;

/// The describers, by group and kind.
static DESCRIBERS: &[(&str, &str, Describe)] = &[
    ("", "ConfigMap", config::config_map),
    ("", "Endpoints", service::endpoints),
    ("", "LimitRange", policy::limit_range),
    ("", "Namespace", namespace::namespace),
    ("", "Node", node::node),
    ("", "PersistentVolume", storage::volume),
    ("", "PersistentVolumeClaim", storage::claim),
    ("", "Pod", pod::pod),
    ("", "ReplicationController", workloads::replica_set),
    ("", "ResourceQuota", policy::quota),
    ("", "Secret", config::secret),
    ("", "Service", service::service),
    ("", "ServiceAccount", config::service_account),
    ("apps", "DaemonSet", workloads::daemon_set),
    ("apps", "Deployment", workloads::deployment),
    ("apps", "ReplicaSet", workloads::replica_set),
    ("apps", "StatefulSet", workloads::stateful_set),
    ("autoscaling", "HorizontalPodAutoscaler", policy::autoscaler),
    ("batch", "CronJob", workloads::cron_job),
    ("batch", "Job", workloads::job),
    ("certificates.k8s.io", "CertificateSigningRequest", policy::certificate_request),
    ("discovery.k8s.io", "EndpointSlice", service::endpoint_slice),
    ("networking.k8s.io", "Ingress", networking::ingress),
    ("networking.k8s.io", "IngressClass", networking::ingress_class),
    ("networking.k8s.io", "NetworkPolicy", networking::policy),
    ("policy", "PodDisruptionBudget", policy::disruption_budget),
    ("rbac.authorization.k8s.io", "ClusterRole", rbac::role),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding", rbac::binding),
    ("rbac.authorization.k8s.io", "Role", rbac::role),
    ("rbac.authorization.k8s.io", "RoleBinding", rbac::binding),
    ("scheduling.k8s.io", "PriorityClass", policy::priority_class),
    ("storage.k8s.io", "StorageClass", storage::class),
];

/// `kubectl describe`
pub static ROWS: &[Command] = &[Command {
    path: "describe",
    group: Group::Troubleshooting,
    short: "Show details of a specific resource or group of resources",
    run: Some(|inv| Box::pin(describe(inv))),
    ..Command::BASE
}];

async fn describe(inv: Invocation) -> Outcome {
    let given = !inv.flags.list("filename").is_empty() || !inv.flags.str("kustomize").is_empty();
    if inv.args().is_empty() && !given {
        let list = "Use \"kubectl api-resources\" for a complete list of supported resources.";
        return Err(Failure::new(format!("You must specify the type of resource to describe. {list}\n")));
    }
    let selection = Selector::new(&inv, inv.args()).all_of_type().resolve(&inv).await?;
    let (infos, mut failures) = selection.fetch(&inv);
    let mut printed = 0;
    if infos.is_empty() && failures.first().is_some_and(Failure::is_not_found) && inv.args().len() == 2 {
        printed = describe_prefixed(&inv, &selection)?;
        if printed > 0 {
            return Ok(());
        }
    }
    for info in &infos {
        match text_of(&inv, info) {
            Ok(text) => {
                inv.out(if printed == 0 { text } else { format!("\n\n{text}") });
                printed += 1;
            }
            Err(failure) => failures.push(failure),
        }
    }
    if infos.is_empty() && failures.is_empty() {
        let all = inv.flags.bool("all-namespaces");
        let text = if all {
            "No resources found".into()
        } else {
            format!("No resources found in {} namespace.", inv.namespace()?)
        };
        inv.err(format!("{text}\n"));
    }
    Failure::collected(failures)
}

/// Describes the objects whose names begin with the one that was not found; how many there were.
fn describe_prefixed(inv: &Invocation, selection: &Selection) -> Outcome<usize> {
    let Some(Ok(part)) = selection.parts.first() else { return Ok(0) };
    let resource = part.resource().clone();
    let namespace = if resource.namespaced { inv.namespace()? } else { String::new() };
    let mut printed = 0;
    for object in inv.list(&resource, &namespace, "", "")? {
        if !object.name().starts_with(inv.arg(1)) {
            continue;
        }
        let (namespace, name) = (object.namespace().to_string(), object.name().to_string());
        let info = Info { resource: resource.clone(), namespace, name, source: String::new(), object };
        inv.out(format!("{}\n", text_of(inv, &info)?));
        printed += 1;
    }
    Ok(printed)
}

/// The description of one object.
///
/// # Errors
/// If something that it needs cannot be fetched.
pub fn text_of(inv: &Invocation, info: &Info) -> Outcome<String> {
    let mut page = Page::new(inv, info);
    describer_of(&info.resource)(&mut page)?;
    Ok(page.finish())
}

/// A pod template as `rollout history --revision` prints it.
pub fn template_text(inv: &Invocation, info: &Info, pod_template: &Value) -> String {
    let mut page = Page::new(inv, info);
    template::write(&mut page, pod_template);
    page.finish_unaligned()
}

fn describer_of(resource: &Resource) -> Describe {
    let found = DESCRIBERS.iter().find(|(group, kind, _)| resource.group == *group && resource.kind == *kind);
    found.map_or(generic::describe, |(_, _, describe)| *describe)
}
