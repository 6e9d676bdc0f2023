//! `-k` and `kubectl kustomize`: builds the objects of a kustomization.

use super::failure::{Failure, Outcome};
use super::invocation::Invocation;
use crate::meta::Object;

/// The objects of the kustomization in a directory.
///
/// # Errors
/// If there is none, or it makes no sense.
pub async fn build(inv: &Invocation, directory: &str) -> Outcome<Vec<Object>> {
    let path = inv.process.path(directory);
    let text = "must build at directory: not a valid directory: evalsymlink failure on";
    Err(Failure::Plain(format!("{text} '{directory}' : lstat {path}: no such file or directory")))
}
