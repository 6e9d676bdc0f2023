//! `kubectl kustomize` and `-k`: builds the objects of a kustomization.
//!
//! [`kustomization`] reads a `kustomization.yaml`, [`target`] runs its parts in order over the
//! resources ([`resmap`]): one file per generator or transformer. Where fields lie is data
//! ([`fields`], [`references`]). [`loader`] knows the directories.

mod annotate;
mod fields;
mod generators;
mod images;
mod kustomization;
mod loader;
mod merge;
mod names;
mod namespace;
mod order;
mod patches;
mod references;
mod replacements;
mod replicas;
mod resmap;
mod schema;
mod target;
mod variables;

use super::failure::{Failure, Outcome};
use super::invocation::Invocation;
use crate::meta::{Object, yaml};
use loader::Loader;

/// What a part of a build gives: texts are enough for its errors.
type Built<T = ()> = Result<T, String>;

/// The commands that print a failure to build as one of possibly several: without `error: `.
const AGGREGATING: &[&str] = &["get", "describe", "rollout pause", "rollout resume", "rollout restart"];

/// The objects of the kustomization in a directory.
///
/// # Errors
/// If there is none, or it makes no sense.
pub async fn build(inv: &Invocation, directory: &str) -> Outcome<Vec<Object>> {
    let failure = if AGGREGATING.contains(&inv.command.path) { Failure::Plain } else { Failure::Message };
    objects(inv, directory, true).map_err(failure)
}

/// The objects of the kustomization in a directory; `restricted` keeps its files below it.
pub(super) fn objects(inv: &Invocation, directory: &str, restricted: bool) -> Built<Vec<Object>> {
    let loader = Loader::start(inv, directory, restricted)?;
    target::build(&loader)
}

/// The objects as one text of several documents.
pub(super) fn text(objects: &[Object]) -> String {
    let documents: Vec<String> = objects.iter().map(|object| yaml::print(object)).collect();
    documents.join("---\n")
}
