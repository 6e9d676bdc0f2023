//! Admission: what may change or refuse a write after it is authorized. One file each plugin, and
//! a line in [`PLUGINS`].

mod certificates;
mod escalation;
mod lifecycle;
mod limits;
mod nodes;
mod pod_security;
mod policy;
mod priority;
mod quota;
mod service_account;
mod storage;
mod tolerations;

use super::operation::Operation;
use super::server::ApiServer;
use crate::meta::{Object, Status};

/// Changes the object to be written, or refuses it.
type Mutate = fn(&mut ApiServer, &mut Operation, &mut Object, Option<&Object>) -> Result<(), Status>;
/// Refuses the write, or lets it pass. For deletions both objects are the one to be deleted.
type Validate = fn(&mut ApiServer, &mut Operation, &Object, Option<&Object>) -> Result<(), Status>;

/// An admission plugin.
struct Plugin {
    /// What kube-apiserver calls it; empty for what cannot be turned off.
    name: &'static str,
    /// The store's names of the resources it looks at; empty for all.
    resources: &'static [&'static str],
    mutate: Option<Mutate>,
    validate: Option<Validate>,
}

impl Plugin {
    fn sees(&self, server: &ApiServer, op: &Operation) -> bool {
        let on = self.name.is_empty() || !server.disabled_plugins.iter().any(|name| name == self.name);
        on && (self.resources.is_empty() || self.resources.iter().any(|name| op.resource.is(name)))
    }
}

/// The plugins in the order they run.
static PLUGINS: &[&Plugin] = &[
    &lifecycle::PLUGIN,
    &limits::PLUGIN,
    &service_account::PLUGIN,
    &nodes::PLUGIN,
    &priority::PODS,
    &priority::CLASSES,
    &tolerations::PLUGIN,
    &storage::CLASS,
    &storage::PROTECTION,
    &storage::RESIZE,
    &certificates::PLUGIN,
    &escalation::ROLES,
    &escalation::BINDINGS,
    &pod_security::PODS,
    &pod_security::WORKLOADS,
    &pod_security::NAMESPACES,
    &policy::PLUGIN,
    &quota::PLUGIN,
];

/// Whether there is an admission plugin of that name, which can be turned off.
pub fn is_plugin(name: &str) -> bool {
    PLUGINS.iter().any(|plugin| plugin.name == name && !name.is_empty())
}

/// Runs the plugins that may change the object.
pub(super) fn mutate(
    server: &mut ApiServer,
    op: &mut Operation,
    object: &mut Object,
    old: Option<&Object>,
) -> Result<(), Status> {
    for plugin in PLUGINS {
        if let Some(mutate) = plugin.mutate.filter(|_| plugin.sees(server, op)) {
            mutate(server, op, object, old)?;
        }
    }
    Ok(())
}

/// Runs the plugins that may only refuse.
pub(super) fn validate(
    server: &mut ApiServer,
    op: &mut Operation,
    object: &Object,
    old: Option<&Object>,
) -> Result<(), Status> {
    for plugin in PLUGINS {
        if let Some(validate) = plugin.validate.filter(|_| plugin.sees(server, op)) {
            validate(server, op, object, old)?;
        }
    }
    Ok(())
}
