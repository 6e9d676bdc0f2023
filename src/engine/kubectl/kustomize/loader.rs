//! Finding directories and files: every kustomization has a root, and may load no file above it.

use super::Built;
use crate::kubectl::invocation::Invocation;
use crate::process::{FileSystem, Node, Process};
use std::rc::Rc;

/// Loads what lies in or below a root.
#[derive(Clone)]
pub struct Loader<'a> {
    /// The run, on whose machine the files are.
    pub inv: &'a Invocation,
    /// The kustomization's directory.
    pub root: String,
    restricted: bool,
    /// The roots of those that led here.
    visited: Rc<Vec<String>>,
}

impl<'a> Loader<'a> {
    /// The loader of the directory that the command names.
    ///
    /// # Errors
    /// If it is no directory.
    pub fn start(inv: &'a Invocation, directory: &str, restricted: bool) -> Built<Loader<'a>> {
        if is_repository(directory) {
            return Err(NO_GIT.into());
        }
        let root = root(&inv.process, &inv.process.path(directory), directory)?;
        Ok(Loader { inv, visited: Rc::new(vec![root.clone()]), root, restricted })
    }

    /// The loader of a directory that a kustomization names.
    ///
    /// # Errors
    /// If it is no directory, or one that led here.
    pub fn below(&self, path: &str) -> Built<Loader<'a>> {
        if path.is_empty() {
            return Err("new root cannot be empty".into());
        }
        if is_repository(path) {
            return Err(NO_GIT.into());
        }
        if path.starts_with('/') {
            return Err(format!("new root '{path}' cannot be absolute"));
        }
        let full = self.full(path);
        let root = root(&self.inv.process, &full, &full)?;
        let inside = format!("{}/", root.trim_end_matches('/'));
        if let Some(old) = self.visited.iter().rev().find(|old| **old == root || old.starts_with(&inside)) {
            return Err(format!("cycle detected: candidate root '{root}' contains visited root '{old}'"));
        }
        let visited = self.visited.iter().cloned().chain([root.clone()]).collect();
        Ok(Loader { root, visited: Rc::new(visited), ..self.clone() })
    }

    /// An absolute path.
    fn full(&self, path: &str) -> String {
        FileSystem::resolve(&self.root, path)
    }

    /// A file of the root.
    ///
    /// # Errors
    /// If it is not there, or not below the root.
    pub fn bytes(&self, path: &str) -> Built<Rc<[u8]>> {
        if let Some(host) = host(path) {
            return Err(format!("Get {path:?}: dial tcp: lookup {host}: no such host"));
        }
        let full = self.full(path);
        let files = &self.inv.process.files;
        let inside = format!("{}/", self.root.trim_end_matches('/'));
        match files.node(&full) {
            None => Err(missing(&self.inv.process, &full, &full)),
            Some(Node::Directory) => Err(format!("'{full}' must resolve to a file")),
            Some(_) if self.restricted && !full.starts_with(&inside) => {
                Err(format!("security; file '{full}' is not in or below '{}'", self.root))
            }
            Some(_) => files.read(&full).map_err(|why| why.to_string()),
        }
    }

    /// A file of the root as text.
    ///
    /// # Errors
    /// As [`Loader::bytes`].
    pub fn text(&self, path: &str) -> Built<String> {
        Ok(String::from_utf8_lossy(&self.bytes(path)?).into_owned())
    }
}

const NO_GIT: &str = r#"no 'git' program on path: exec: "git": executable file not found in $PATH"#;

/// The host of a web address.
fn host(path: &str) -> Option<&str> {
    path.strip_prefix("https://").or_else(|| path.strip_prefix("http://"))?.split(['/', '?']).next()
}

/// Whether a path names a git repository elsewhere.
fn is_repository(path: &str) -> bool {
    let known = ["github.com/", "gitlab.com/", "bitbucket.org/", "git@", "git::", "ssh://", "file://"];
    let address = path.strip_prefix("https://").or_else(|| path.strip_prefix("http://"));
    if known.iter().any(|start| path.starts_with(start)) {
        return true;
    }
    let Some(address) = address else { return path.contains("?ref=") };
    known.iter().any(|start| address.starts_with(start))
        || address.contains("?ref=")
        || address.contains(".git")
        || address.contains("//")
}

fn root(process: &Process, full: &str, given: &str) -> Built<String> {
    match process.files.node(full) {
        Some(Node::Directory) => Ok(full.to_string()),
        Some(_) => Err(format!("must build at directory: '{given}': file is not directory")),
        None => {
            let why = missing(process, given, full);
            Err(format!("must build at directory: not a valid directory: {why}"))
        }
    }
}

/// The error for a path that leads nowhere: it names the first part that is missing.
fn missing(process: &Process, given: &str, full: &str) -> String {
    let mut at = String::new();
    let mut why = "no such file or directory";
    for part in full.split('/').filter(|part| !part.is_empty()) {
        if matches!(process.files.node(&at), Some(Node::File(..))) {
            why = "not a directory";
            break;
        }
        at = format!("{at}/{part}");
        if process.files.node(&at).is_none() {
            break;
        }
    }
    format!("evalsymlink failure on '{given}' : lstat {at}: {why}")
}
