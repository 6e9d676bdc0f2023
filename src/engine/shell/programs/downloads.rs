//! What can be downloaded although there is no internet: the tools that tutorials begin with.

use super::super::host::program_file;

/// A download: how its URL begins and ends, and what it holds.
struct Row {
    begins: &'static str,
    ends: &'static str,
    what: What,
}

enum What {
    Text(&'static str),
    Program(&'static str),
}

const STABLE: &str = "v1.36.2";

const ROWS: &[Row] = &[
    Row { begins: "storage.googleapis.com/kubernetes-release/release/", ends: "stable.txt", what: What::Text(STABLE) },
    Row { begins: "dl.k8s.io/release/", ends: "stable.txt", what: What::Text(STABLE) },
    Row {
        begins: "storage.googleapis.com/kubernetes-release/release/v",
        ends: "/kubectl",
        what: What::Program("kubectl"),
    },
    Row { begins: "dl.k8s.io/release/v", ends: "/kubectl", what: What::Program("kubectl") },
    Row { begins: "dl.k8s.io/v", ends: "/kubectl", what: What::Program("kubectl") },
    Row { begins: "storage.googleapis.com/minikube/releases/", ends: "-amd64", what: What::Program("minikube") },
    Row { begins: "storage.googleapis.com/minikube/releases/", ends: "-arm64", what: What::Program("minikube") },
    Row { begins: "github.com/kubernetes/minikube/releases/", ends: "-amd64", what: What::Program("minikube") },
];

/// What stands at a URL, given without its scheme.
pub fn find(url: &str) -> Option<Vec<u8>> {
    let row = ROWS.iter().find(|row| url.starts_with(row.begins) && url.ends_with(row.ends))?;
    Some(match row.what {
        What::Text(text) => text.into(),
        What::Program(name) => program_file(name),
    })
}
