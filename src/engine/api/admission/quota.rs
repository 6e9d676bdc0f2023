//! `ResourceQuota`: nothing is created beyond what its namespace may use.

use super::Plugin;
use crate::api::operation::{Operation, Verb};
use crate::api::server::ApiServer;
use crate::kinds::pod;
use crate::kinds::resource_usage::{self, Usage};
use crate::meta::{Object, Quantity, Status};

pub(super) static PLUGIN: Plugin =
    Plugin { name: "ResourceQuota", resources: &[], mutate: None, validate: Some(validate) };

/// What a pod's containers must name when a quota bounds it.
const MUST_NAME: &[&str] = &["cpu", "limits.cpu", "limits.memory", "memory", "requests.cpu", "requests.memory"];

fn validate(server: &mut ApiServer, op: &mut Operation, object: &Object, old: Option<&Object>) -> Result<(), Status> {
    if old.is_some() || op.verb != Verb::Create || !op.resource.namespaced {
        return Ok(());
    }
    let all = server.store.list("resourcequotas", Some(&op.namespace));
    let quotas: Vec<Object> = all.map(|(_, quota)| quota.clone()).collect();
    if quotas.is_empty() {
        return Ok(());
    }
    let usage = resource_usage::of(&op.resource.storage, object);
    let mut charges = Vec::new();
    for quota in &quotas {
        if !resource_usage::in_scope(quota, &op.resource.storage, object) {
            continue;
        }
        let hard = &quota.status()["hard"];
        let asked: Usage = usage.iter().filter(|(name, _)| hard.has(name)).map(|(n, q)| (n.clone(), *q)).collect();
        if op.resource.is("pods") {
            check_named(op, quota, object)?;
        }
        let used = |name: &str| Quantity::of(&quota.status()["used"][name]);
        let exceeds = |name: &str, amount: Quantity| used(name) + amount > Quantity::of(&hard[name]);
        let over: Vec<&String> = asked
            .iter()
            .filter(|(name, amount)| !amount.is_zero() && exceeds(name, **amount))
            .map(|(n, _)| n)
            .collect();
        if !over.is_empty() {
            let list = |of: &dyn Fn(&str) -> Quantity| -> String {
                over.iter().map(|name| format!("{name}={}", of(name))).collect::<Vec<_>>().join(",")
            };
            let why = format!(
                "exceeded quota: {}, requested: {}, used: {}, limited: {}",
                quota.name(),
                list(&|name| asked.get(name).copied().unwrap_or(Quantity::new(0))),
                list(&used),
                list(&|name| Quantity::of(&hard[name])),
            );
            return Err(op.forbidden(object.name(), &why));
        }
        charges.push((quota, asked));
    }
    if op.options.dry_run {
        return Ok(());
    }
    for (quota, asked) in charges {
        charge(server, op, quota, &asked);
    }
    Ok(())
}

/// Refuses a pod that leaves open what the quota counts.
fn check_named(op: &Operation, quota: &Object, object: &Object) -> Result<(), Status> {
    let hard = &quota.status()["hard"];
    let mut missing = Vec::new();
    for name in MUST_NAME.iter().filter(|name| hard.has(name)) {
        let (field, resource) = name.split_once('.').unwrap_or(("requests", name));
        let mut containers: Vec<&str> = pod::all_containers(object)
            .filter(|container| !container["resources"][field].has(resource))
            .map(|container| container["name"].str())
            .collect();
        containers.sort_unstable();
        if !containers.is_empty() {
            missing.push(format!("{name} for: {}", containers.join(",")));
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let why = format!("failed quota: {}: must specify {}", quota.name(), missing.join("; "));
    Err(op.forbidden(object.name(), &why))
}

/// Books what the new object uses, so that the next one is counted on top of it.
fn charge(server: &mut ApiServer, op: &Operation, quota: &Object, asked: &Usage) {
    if asked.values().all(|amount| amount.is_zero()) {
        return;
    }
    let Some(resource) = server.catalog.stored("resourcequotas").cloned() else { return };
    let mut update = op.sub(Verb::Update, &resource, &op.namespace, quota.name());
    update.subresource = "status".into();
    update.options.manager = "kube-apiserver".into();
    // A quota that has just gone needs no booking.
    let _ = server.update(&mut update, &mut |old| {
        let mut quota = old.clone();
        for (name, amount) in asked {
            let used = Quantity::of(&old.status()["used"][name.as_str()]);
            quota.set(&["status", "used", name], (used + *amount).to_string());
        }
        Ok(quota)
    });
}
