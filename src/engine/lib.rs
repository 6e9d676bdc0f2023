//! A deterministic Kubernetes cluster, with the kubectl and the shell to drive it.
//!
//! Start at [`cluster`] for how time moves, [`api`] for what a request meets, [`kinds`] for what
//! there is. ARCHITECTURE.md draws the whole.

pub mod api;
pub mod bootstrap;
pub mod cluster;
pub mod controllers;
pub mod kinds;
pub mod kubectl;
pub mod kubelet;
pub mod meta;
pub mod network;
pub mod playground;
pub mod process;
pub mod scenario;
pub mod scheduler;
pub mod schema;
pub mod shell;
pub mod sim;
pub mod store;
