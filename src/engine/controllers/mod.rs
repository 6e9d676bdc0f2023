//! Controllers: each watches some kinds and moves the cluster towards what their specs say.
//!
//! One file each, and one line in the table. They know the API and the kinds, never each other.
//! What they share: [`informer`] is what they see, [`workqueue`] what they have to do, [`runner`]
//! the loop between the two.

mod api_service;
mod autoscaler;
mod certificates;
mod cluster_role_aggregation;
mod conditions;
mod cronjob;
mod daemonset;
mod deployment;
mod disruption;
mod endpoints;
mod garbage;
mod hash;
pub mod informer;
mod job;
mod namespace;
mod node_lifecycle;
pub mod nodes;
mod persistent_volume;
mod pods;
mod replicaset;
mod resource_quota;
mod revisions;
pub mod runner;
mod serviceaccount;
mod statefulset;
mod surplus;
mod taint_eviction;
#[cfg(test)]
mod tests;
mod ttl;
pub mod volumes;
pub mod workqueue;

pub use serviceaccount::CLUSTER_AUTHORITY;

pub use informer::Informers;
pub use runner::{Again, Context, Controller, Wake};
pub use workqueue::WorkQueue;

use crate::api::{ApiServer, Client};
use crate::meta::Time;
use crate::store::Change;
use std::cell::RefCell;
use std::rc::Rc;

/// A part of the control plane that reacts to changes: a controller, the scheduler, the kubelets.
pub trait Component {
    /// Such as `replicaset-controller`; also the source of its events.
    fn name(&self) -> &'static str;
    /// Sees every change of the store once, in order. Only notes what is to be done: no requests.
    fn observe(&mut self, change: &Change);
    /// When it next wants to run; `None` while there is nothing to do.
    fn due(&self) -> Option<Time>;
    /// Does what is due by `now`, by requests.
    fn run(&mut self, now: Time);
}

/// The table of controllers, in the order they run.
pub static CONTROLLERS: &[fn() -> Box<dyn Controller>] = &[
    serviceaccount::serviceaccount,
    serviceaccount::root_ca,
    namespace::namespace,
    deployment::deployment,
    daemonset::daemonset,
    statefulset::statefulset,
    job::job,
    ttl::ttl_after_finished,
    replicaset::replicaset,
    replicaset::replicationcontroller,
    endpoints::endpoints,
    endpoints::endpointslice,
    node_lifecycle::node_lifecycle,
    taint_eviction::taint_eviction,
    node_lifecycle::pod_gc,
    resource_quota::resource_quota,
    disruption::disruption,
    autoscaler::autoscaler,
    api_service::availability,
    cronjob::cronjob,
    persistent_volume::persistent_volume,
    persistent_volume::claim_protection,
    persistent_volume::volume_protection,
    certificates::certificates,
    cluster_role_aggregation::cluster_role_aggregation,
    garbage::garbage,
];

/// All controllers, ready to be added to a cluster in this order.
pub fn all(server: &Rc<RefCell<ApiServer>>) -> Vec<Box<dyn Component>> {
    let client = Client::new(server, runner::manager(), "kube-controller-manager");
    let informers = Informers::default();
    let rng = server.borrow().rng.clone();
    let mut components: Vec<Box<dyn Component>> = vec![Box::new(informer::Reflector(informers.clone()))];
    for new in CONTROLLERS {
        components.push(Box::new(runner::Runner::new(new(), &client, &informers, &rng)));
    }
    components
}
