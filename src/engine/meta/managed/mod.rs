//! Server-side apply: who manages which fields, and what follows when someone else wants them.
//!
//! [`Set`] is a set of fields, [`Model`] what the schema says of lists and maps, `walk` derives
//! sets from documents and merges documents, `update` decides. All as `structured-merge-diff`.

mod last_applied;
mod model;
mod recent;
mod set;
mod update;
mod walk;

pub use model::Model;
pub use recent::Recent;
pub use set::Set;
pub use update::{Applier, Conflict, Failure, Operation, apply, update};

#[cfg(test)]
mod tests;
