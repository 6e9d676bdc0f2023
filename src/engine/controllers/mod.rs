//! Controllers: each watches some kinds and moves the cluster towards what their specs say.
//!
//! One file each, and one line in the table. They know the API and the kinds, never each other.

use crate::meta::Time;
use crate::store::Change;

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
