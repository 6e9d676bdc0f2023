//! The API server itself: state, and the one entry for requests.

use super::allocate::Allocated;
use super::counters::Counts;
use super::operation::{Operation, Verb};
use super::request::{Exec, Later, PortForward, Request, Response, User};
use super::resource::Catalog;
use super::route;
use crate::meta::managed::Recent;
use crate::meta::{Object, Status, Time, Value};
use crate::schema::Descriptions;
use crate::sim::{Clock, Pipe, Rng};
use crate::store::{Key, Store};
use std::cell::RefCell;
use std::rc::{Rc, Weak};

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
    /// Passes a request on to a port of the pod, to `target` there.
    ///
    /// # Errors
    /// Why nothing can be reached there.
    fn fetch(&self, pod: &Object, port: u16, target: &str, request: Request) -> Result<Later, String>;
    /// What the kubelet of a node answers at its own port; nothing, if none listens there.
    fn serve(&self, node: &str, target: &str) -> Option<Response>;
    /// The kubelet's usage figures for a node, as `metrics.k8s.io` needs them.
    fn usage(&self, node: &str) -> Value;
}

/// The API server.
pub struct ApiServer {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) rng: Rng,
    pub(crate) nodes: Option<Rc<dyn NodeProxy>>,
    pub(super) catalog: Catalog,
    pub(super) descriptions: Descriptions,
    pub(super) allocated: Allocated,
    /// Who owns what in documents that were created lately.
    pub(super) recent: Recent,
    token_key: String,
    /// Bearer tokens known from the start, and whose they are.
    pub(super) tokens: Vec<(String, User)>,
    /// Whether whoever is recognised may do everything.
    pub(super) allows_all: bool,
    /// How often what was asked.
    pub(super) counts: Counts,
    pub(super) started: Time,
    /// The admission plugins that are turned off.
    pub(super) disabled_plugins: Vec<String>,
    /// The server itself, for what outlives a request: watches.
    pub(super) me: Weak<RefCell<ApiServer>>,
}

/// What handling a request gives: an answer, or what makes it once the server is free again.
/// The kubelets are themselves clients of the server, so they are asked only then.
pub(super) enum Answer {
    Ready(Response),
    Proxy(Box<dyn FnOnce() -> Response>),
}

impl From<Response> for Answer {
    fn from(response: Response) -> Answer {
        Answer::Ready(response)
    }
}

impl Answer {
    /// The answer, asking others for it if need be. The server must not be borrowed.
    pub(super) fn finish(self) -> Response {
        match self {
            Answer::Ready(response) => response,
            Answer::Proxy(ask) => ask(),
        }
    }
}

impl ApiServer {
    /// An API server over an empty store.
    pub fn new(clock: Clock, rng: Rng) -> Rc<RefCell<ApiServer>> {
        let (token_key, started) = (rng.uuid(), clock.now());
        Rc::new_cyclic(|me| {
            RefCell::new(ApiServer {
                store: Store::default(),
                clock,
                rng,
                nodes: None,
                catalog: Catalog::builtin(),
                descriptions: Descriptions::embedded(),
                allocated: Allocated::default(),
                recent: Recent::default(),
                token_key,
                tokens: Vec::new(),
                allows_all: false,
                counts: Counts::default(),
                started,
                disabled_plugins: Vec::new(),
                me: me.clone(),
            })
        })
    }

    /// Connects the kubelets, which logs, exec and port-forward are passed on to.
    pub fn connect_nodes(&mut self, nodes: Rc<dyn NodeProxy>) {
        self.nodes = Some(nodes);
    }

    /// Turns admission plugins off, as `--disable-admission-plugins` does.
    pub fn disable_plugins(&mut self, names: Vec<String>) {
        self.disabled_plugins = names;
    }

    /// Knows a bearer token as this user's, as a `--token-auth-file` does.
    pub fn admit(&mut self, token: String, user: User) {
        self.tokens.push((token, user));
    }

    /// Allows everything to whoever is recognised, as `--authorization-mode=AlwaysAllow` does.
    pub fn allow_all(&mut self) {
        self.allows_all = true;
    }

    /// Hands in the API's descriptions, where the build does not embed them.
    pub fn describe(&mut self, descriptions: Descriptions) {
        self.descriptions = descriptions;
    }

    /// Whether the API's descriptions are at hand.
    pub fn is_described(&self) -> bool {
        !self.descriptions.is_empty()
    }

    /// Answers one request of an authenticated user. Never panics, whatever the request.
    pub(super) fn answer(&mut self, user: &User, request: Request) -> Answer {
        match route::answer(self, user, &request) {
            Ok(answer) => answer,
            Err(status) => Response::failure(&status).into(),
        }
    }

    /// What service account tokens are signed with.
    pub(super) fn token_key(&self) -> &str {
        &self.token_key
    }

    /// Writes the next revision.
    pub(super) fn commit(&mut self, key: Key, object: Option<Object>) {
        let old = self.store.get(&key).cloned();
        self.allocated.observe(&key, old.as_ref(), object.as_ref());
        self.store.commit(self.clock.now(), key.clone(), object);
        self.clock.stir();
        self.follow_metrics(&key);
        self.follow_definitions(&key, old.as_ref());
    }

    /// Creates an object as the server itself, as the real one does over its loopback connection.
    pub(super) fn create_own(&mut self, object: Object) -> Result<Object, Status> {
        self.write_own(Verb::Create, "", object, |server, op, object| server.create(op, object))
    }

    /// Replaces (a part of) an object as the server itself.
    pub(super) fn update_own(&mut self, subresource: &str, object: Object) -> Result<Object, Status> {
        self.write_own(Verb::Update, subresource, object, |server, op, object| {
            server.replace(op, object).map(|(object, _)| object)
        })
    }

    fn write_own(
        &mut self,
        verb: Verb,
        subresource: &str,
        object: Object,
        write: fn(&mut ApiServer, &mut Operation, Object) -> Result<Object, Status>,
    ) -> Result<Object, Status> {
        let user = User { name: "system:apiserver".into(), groups: vec!["system:masters".into()], ..User::default() };
        let resource = self.catalog.of_kind(object.api_version(), object.kind()).cloned();
        let resource = resource.ok_or_else(Status::no_such_path)?;
        let mut op = Operation::new(&user, verb, &resource, object.namespace(), object.name());
        op.trusted = true;
        op.subresource = subresource.into();
        op.options.manager = "kube-apiserver".into();
        write(self, &mut op, object)
    }
}
