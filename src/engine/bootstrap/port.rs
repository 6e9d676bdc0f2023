//! The API server's port on the control plane's network: who is in the cluster reaches it there.

use crate::api::{ApiServer, Client, User};
use crate::controllers::CLUSTER_AUTHORITY;
use crate::kubectl::commands::proxy::api_session;
use crate::kubelet::ApiPort;
use crate::meta::{Text, Value};
use crate::process::{Certificate, Connection, LocalFuture};
use crate::store::Key;
use std::cell::RefCell;
use std::rc::Rc;

/// The port, and the names its certificate is for.
pub(super) struct Port {
    server: Rc<RefCell<ApiServer>>,
    address: Text,
}

impl Port {
    /// The port of a server whose machine has that address.
    pub(super) fn new(server: &Rc<RefCell<ApiServer>>, address: &str) -> Port {
        Port { server: server.clone(), address: address.into() }
    }
}

/// Names of the API server besides its machine's address.
const NAMES: &[&str] = &[
    "minikubeCA",
    "control-plane.minikube.internal",
    "kubernetes.default.svc.cluster.local",
    "kubernetes.default.svc",
    "kubernetes.default",
    "kubernetes",
    "localhost",
    "10.96.0.1",
    "127.0.0.1",
    "10.0.0.1",
];

impl ApiPort for Port {
    fn certificate(&self) -> Certificate {
        let names = NAMES.iter().map(|name| Text::from(*name)).chain([self.address.clone()]);
        Certificate { names: names.collect(), issuer: CLUSTER_AUTHORITY.into() }
    }

    fn session(&self, connection: Connection, token: Option<String>) -> LocalFuture<()> {
        // Who brings no token is nobody in particular.
        let anonymous =
            User { name: "system:anonymous".into(), groups: vec!["system:unauthenticated".into()], ..User::default() };
        let client = Client::new(&self.server, anonymous, "");
        Box::pin(api_session(client, connection, token))
    }

    fn stored(&self) -> Vec<(String, Value)> {
        let server = self.server.borrow();
        let all = server.store.at(server.store.revision());
        let mut stored: Vec<_> = all.into_iter().map(|(key, object)| (etcd_key(&key), object.0)).collect();
        stored.sort_by(|(one, _), (other, _)| one.cmp(other));
        stored
    }

    fn revision(&self) -> u64 {
        self.server.borrow().store.revision()
    }
}

/// Resources that are stored under another name than their own.
const NAMES_IN_ETCD: &[(&str, &str)] = &[
    ("services", "services/specs"),
    ("endpoints", "services/endpoints"),
    ("nodes", "minions"),
    ("replicationcontrollers", "controllers"),
    ("ingresses.networking.k8s.io", "ingress"),
    ("apiservices.apiregistration.k8s.io", "apiregistration.k8s.io/apiservices"),
    ("customresourcedefinitions.apiextensions.k8s.io", "apiextensions.k8s.io/customresourcedefinitions"),
];

/// The key that etcd has for an object: custom resources are stored under their group.
fn etcd_key(key: &Key) -> String {
    let (plural, group) = key.resource.split_once('.').unwrap_or((&key.resource, ""));
    let named = NAMES_IN_ETCD.iter().find(|(resource, _)| **resource == *key.resource);
    let own = group.is_empty() || !group.contains('.') || group.ends_with(".k8s.io");
    let resource = match named {
        Some((_, name)) => name.to_string(),
        None if own => plural.to_string(),
        None => format!("{group}/{plural}"),
    };
    let namespace = if key.namespace.is_empty() { String::new() } else { format!("{}/", key.namespace) };
    format!("/registry/{resource}/{namespace}{}", key.name)
}
