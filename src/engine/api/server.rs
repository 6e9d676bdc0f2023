//! The API server itself: state, and the one entry for requests.

use super::request::{Exec, PortForward, Request, Response, User};
use crate::meta::{Object, Status, Value};
use crate::sim::{Clock, Pipe, Rng};
use crate::store::Store;
use std::rc::Rc;

/// What the API server asks of the kubelet on a pod's node. The kubelets implement it; the
/// cluster hands it in, so that the server knows no kubelet.
pub trait NodeProxy {
    /// `GET .../log`: what the container wrote, ended unless followed. Query as in the request.
    ///
    /// # Errors
    /// What the kubelet answers.
    fn logs(&self, pod: &Object, container: &str, request: &Request) -> Result<Pipe, Status>;
    /// Starts a process in a container (`exec`) or connects to its main one (`attach`, no command).
    ///
    /// # Errors
    /// What the kubelet answers.
    fn exec(&self, pod: &Object, container: &str, command: &[String], tty: bool) -> Result<Exec, Status>;
    /// Connects to the pod's ports.
    ///
    /// # Errors
    /// What the kubelet answers.
    fn port_forward(&self, pod: &Object) -> Result<PortForward, Status>;
    /// The kubelet's usage figures for a node, as `metrics.k8s.io` needs them.
    fn usage(&self, node: &str) -> Value;
}

/// The API server.
pub struct ApiServer {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) rng: Rng,
    pub(crate) nodes: Option<Rc<dyn NodeProxy>>,
}

impl ApiServer {
    /// An API server over an empty store.
    pub fn new(clock: Clock, rng: Rng) -> ApiServer {
        ApiServer { store: Store::default(), clock, rng, nodes: None }
    }

    /// Answers one request of an authenticated user. Never panics, whatever the request.
    pub fn handle(&mut self, _user: &User, _request: Request) -> Response {
        Response::failure(&Status::no_such_path())
    }
}
