//! How the rest of the engine asks the API server: requests, or the same verbs without the HTTP.

use super::request::{Request, Response, User};
use super::server::ApiServer;
use crate::kinds::Kind;
use crate::meta::{Object, Status, Time, Value};
use crate::store::Change;
use std::cell::RefCell;
use std::rc::Rc;

/// A connection to the API server as some user. Clones are cheap.
#[derive(Clone)]
pub struct Client {
    server: Rc<RefCell<ApiServer>>,
    user: Rc<User>,
    /// The field manager written to `managedFields`, such as `kube-controller-manager`.
    agent: &'static str,
}

impl Client {
    /// A client of that user.
    pub fn new(server: &Rc<RefCell<ApiServer>>, user: User, agent: &'static str) -> Client {
        Client { server: server.clone(), user: Rc::new(user), agent }
    }
    /// The same server as another user.
    #[must_use]
    pub fn impersonate(&self, user: User) -> Client {
        Client { user: Rc::new(user), ..self.clone() }
    }
    /// The server's present moment.
    pub fn now(&self) -> Time {
        self.server.borrow().clock.now()
    }
    /// Sends a request.
    pub fn request(&self, request: Request) -> Response {
        self.server.borrow_mut().handle(&self.user, request)
    }
    /// One object.
    ///
    /// # Errors
    /// What the server answers.
    pub fn get(&self, kind: &'static Kind, namespace: &str, name: &str) -> Result<Object, Status> {
        let _ = (namespace, name, self.agent);
        Err(Status::not_found(kind.group, kind.plural, name))
    }
    /// All objects of a kind, of one namespace if given, in order.
    pub fn list(&self, kind: &'static Kind, namespace: Option<&str>) -> Vec<Object> {
        let server = self.server.borrow();
        server.store.list(&kind.resource(), namespace).map(|(_, object)| object.clone()).collect()
    }
    /// Creates an object; `apiVersion`, `kind` and `metadata.namespace` say what and where.
    ///
    /// # Errors
    /// What the server answers.
    pub fn create(&self, _object: Object) -> Result<Object, Status> {
        Err(Status::no_such_path())
    }
    /// Replaces an object, but its status. A `resourceVersion` makes it conditional.
    ///
    /// # Errors
    /// What the server answers.
    pub fn update(&self, _object: Object) -> Result<Object, Status> {
        Err(Status::no_such_path())
    }
    /// Replaces an object's status alone.
    ///
    /// # Errors
    /// What the server answers.
    pub fn update_status(&self, _object: Object) -> Result<Object, Status> {
        Err(Status::no_such_path())
    }
    /// Applies a strategic merge patch; `subresource` may be empty.
    ///
    /// # Errors
    /// What the server answers.
    pub fn patch(
        &self,
        kind: &'static Kind,
        namespace: &str,
        name: &str,
        _subresource: &str,
        _patch: Value,
    ) -> Result<Object, Status> {
        let _ = namespace;
        Err(Status::not_found(kind.group, kind.plural, name))
    }
    /// Deletes an object; `options` is a `DeleteOptions` document or `null`.
    ///
    /// # Errors
    /// What the server answers.
    pub fn delete(&self, kind: &'static Kind, namespace: &str, name: &str, _options: Value) -> Result<(), Status> {
        let _ = namespace;
        Err(Status::not_found(kind.group, kind.plural, name))
    }
    /// The changes after the cursor, which moves on to the last of them.
    pub fn changes(&self, cursor: &mut u64) -> Vec<Change> {
        let server = self.server.borrow();
        let changes = server.store.since(*cursor).to_vec();
        *cursor = server.store.revision();
        changes
    }
}
