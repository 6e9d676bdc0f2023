//! Kubernetes without a cluster, natively.
fn main() {}
