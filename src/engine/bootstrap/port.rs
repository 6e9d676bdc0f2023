//! The API server's port on the control plane's network: who is in the cluster reaches it there.

use crate::api::{ApiServer, Client, User};
use crate::controllers::CLUSTER_AUTHORITY;
use crate::kubectl::commands::proxy::api_session;
use crate::kubelet::ApiPort;
use crate::meta::Text;
use crate::process::{Certificate, Connection, LocalFuture};
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
}
