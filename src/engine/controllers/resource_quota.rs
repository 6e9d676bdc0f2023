//! Resource quotas: counts what each namespace uses of what it may.

use super::runner::{Again, Context, Controller, Wake, key};
use crate::json;
use crate::kinds::resource_usage::{self, Usage};
use crate::meta::{Object, Quantity, Status, Value};
use crate::store::{Change, Key};

const RESOURCE: &str = "resourcequotas";

struct Quotas;

/// The resource quota controller.
pub fn resource_quota() -> Box<dyn Controller> {
    Box::new(Quotas)
}

impl Controller for Quotas {
    fn name(&self) -> &'static str {
        "resourcequota-controller"
    }
    fn watches(&self) -> &'static [&'static str] {
        &[]
    }
    fn notice(&mut self, change: &Change, wake: &mut Wake) {
        if &*change.key.resource == RESOURCE {
            let spec = |quota: &Option<Object>| quota.as_ref().map(|quota| quota.spec().clone());
            if change.new.is_some() && spec(&change.old) != spec(&change.new) {
                wake.now(change.key.clone());
            }
        }
        if change.key.namespace.is_empty() {
            return;
        }
        let quotas = wake.informers.list(RESOURCE, Some(&change.key.namespace));
        let usage = |object: &Option<Object>| object.as_ref().map(|o| resource_usage::of(&change.key.resource, o));
        if quotas.is_empty() || usage(&change.old) == usage(&change.new) {
            return;
        }
        for quota in quotas {
            wake.gather(key(RESOURCE, quota.namespace(), quota.name()), 0);
        }
    }
    fn reconcile(&mut self, key: &Key, cx: &Context) -> Result<Again, Status> {
        let Some(quota) = cx.get(key).filter(|quota| !quota.is_terminating()) else { return Ok(None) };
        let hard = quota.spec()["hard"].clone();
        let mut used = Usage::new();
        for resource in cx.client.resources().iter().filter(|resource| resource.namespaced) {
            // Resources of which the quota says nothing need not be looked through.
            let counts = |name: &str| {
                name.starts_with("count/")
                    || COUNTED_AS.iter().any(|(r, p)| *r == &*resource.storage && name.contains(p))
            };
            if !hard.entries().any(|(name, _)| counts(name)) {
                continue;
            }
            for object in cx.client.list_of(resource, Some(&key.namespace)) {
                if resource_usage::in_scope(&quota, &resource.storage, &object) {
                    for (name, amount) in resource_usage::of(&resource.storage, &object) {
                        used.entry(name).and_modify(|sum| *sum += amount).or_insert(amount);
                    }
                }
            }
        }
        let mut status = quota.status().clone();
        if hard.is_empty() {
            status = json!({});
        } else {
            let of = |name: &str| used.get(name).copied().unwrap_or(Quantity::new(0)).to_string();
            status["used"] = Value::Object(hard.entries().map(|(name, _)| (name.clone(), of(name))).collect());
            status["hard"] = hard;
        }
        cx.put_status(&quota, status)?;
        Ok(None)
    }
}

/// Resources, and what names of amounts that they use have in common.
const COUNTED_AS: &[(&str, &str)] = &[
    ("pods", "pods"),
    ("pods", "cpu"),
    ("pods", "memory"),
    ("pods", "ephemeral-storage"),
    ("pods", "requests."),
    ("pods", "hugepages-"),
    ("services", "services"),
    ("persistentvolumeclaims", "persistentvolumeclaims"),
    ("persistentvolumeclaims", "requests.storage"),
    ("configmaps", "configmaps"),
    ("secrets", "secrets"),
    ("replicationcontrollers", "replicationcontrollers"),
    ("resourcequotas", "resourcequotas"),
];
