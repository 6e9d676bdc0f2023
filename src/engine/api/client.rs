//! How the rest of the engine asks the API server: requests, or the same verbs without the HTTP.

use super::operation::{Operation, Verb};
use super::request::{Request, Response, User};
use super::resource::Resource;
use super::server::ApiServer;
use crate::kinds::Kind;
use crate::meta::{Object, Status, Time, Value};
use std::cell::RefCell;
use std::rc::Rc;

/// A connection to the API server as some user. Clones are cheap.
///
/// [`Client::request`] is what a user's requests go through: authorization included. The verbs
/// are for the control plane's own parts, whose rights are not in question.
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
    pub fn request(&self, mut request: Request) -> Response {
        if request.header_value("user-agent").is_none() {
            request = request.header("user-agent", self.agent);
        }
        let answer = self.server.borrow_mut().answer(&self.user, request);
        answer.finish()
    }
    /// The resource of an object's `apiVersion` and `kind`, built-in or custom.
    pub fn resource(&self, api_version: &str, kind: &str) -> Option<Rc<Resource>> {
        self.server.borrow().catalog.of_kind(api_version, kind).cloned()
    }
    /// Every resource that is served and stored.
    pub fn resources(&self) -> Vec<Rc<Resource>> {
        let server = self.server.borrow();
        server.catalog.all().iter().filter(|resource| !super::metrics::serves(resource)).cloned().collect()
    }
    /// One object.
    ///
    /// # Errors
    /// What the server answers.
    pub fn get(&self, kind: &'static Kind, namespace: &str, name: &str) -> Result<Object, Status> {
        self.get_of(&*self.row(kind)?, namespace, name)
    }
    /// One object of a built-in or custom resource.
    ///
    /// # Errors
    /// What the server answers.
    pub fn get_of(&self, resource: &Resource, namespace: &str, name: &str) -> Result<Object, Status> {
        let server = self.server.borrow();
        let namespace = if resource.namespaced { namespace } else { "" };
        let object = server.lookup(&resource.storage, namespace, name).cloned();
        object.ok_or_else(|| Status::not_found(&resource.group, &resource.plural, name))
    }
    /// All objects of a kind, of one namespace if given, in order.
    pub fn list(&self, kind: &'static Kind, namespace: Option<&str>) -> Vec<Object> {
        let server = self.server.borrow();
        server.store.list(&kind.resource(), namespace).map(|(_, object)| object.clone()).collect()
    }
    /// All objects of a built-in or custom resource, of one namespace if given, in order.
    pub fn list_of(&self, resource: &Resource, namespace: Option<&str>) -> Vec<Object> {
        let server = self.server.borrow();
        server.store.list(&resource.storage, namespace).map(|(_, object)| object.clone()).collect()
    }
    /// Creates an object; `apiVersion`, `kind` and `metadata.namespace` say what and where.
    ///
    /// # Errors
    /// What the server answers.
    pub fn create(&self, object: Object) -> Result<Object, Status> {
        self.write(Verb::Create, "", &object, |server, op| server.create(op, object.clone()))
    }
    /// Replaces an object, but its status. A `resourceVersion` makes it conditional.
    ///
    /// # Errors
    /// What the server answers.
    pub fn update(&self, object: Object) -> Result<Object, Status> {
        self.replace("", object)
    }
    /// Replaces an object's status alone.
    ///
    /// # Errors
    /// What the server answers.
    pub fn update_status(&self, object: Object) -> Result<Object, Status> {
        self.replace("status", object)
    }
    /// Replaces a part of an object that is a subresource of its own, such as `finalize`.
    ///
    /// # Errors
    /// What the server answers.
    pub fn replace(&self, subresource: &str, object: Object) -> Result<Object, Status> {
        self.write(Verb::Update, subresource, &object, |server, op| {
            server.replace(op, object.clone()).map(|(object, _)| object)
        })
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
        subresource: &str,
        patch: Value,
    ) -> Result<Object, Status> {
        let resource = self.row(kind)?;
        self.patch_of(&resource, namespace, name, subresource, patch)
    }
    /// Applies a patch to an object of a built-in resource (strategic) or custom one (merge).
    ///
    /// # Errors
    /// What the server answers.
    pub fn patch_of(
        &self,
        resource: &Rc<Resource>,
        namespace: &str,
        name: &str,
        subresource: &str,
        patch: Value,
    ) -> Result<Object, Status> {
        let mut op = self.operation(Verb::Patch, resource, namespace, name);
        op.subresource = subresource.into();
        self.server.borrow_mut().patch_strategic(&mut op, &patch)
    }
    /// Deletes an object; `options` is a `DeleteOptions` document or `null`.
    ///
    /// # Errors
    /// What the server answers.
    pub fn delete(&self, kind: &'static Kind, namespace: &str, name: &str, options: Value) -> Result<(), Status> {
        let resource = self.row(kind)?;
        self.delete_of(&resource, namespace, name, options)
    }
    /// Deletes an object of a built-in or custom resource.
    ///
    /// # Errors
    /// What the server answers.
    pub fn delete_of(
        &self,
        resource: &Rc<Resource>,
        namespace: &str,
        name: &str,
        options: Value,
    ) -> Result<(), Status> {
        let mut op = self.operation(Verb::Delete, resource, namespace, name);
        self.server.borrow_mut().delete(&mut op, &options).map(drop)
    }
    fn row(&self, kind: &'static Kind) -> Result<Rc<Resource>, Status> {
        self.server.borrow().catalog.of_row(kind).cloned().ok_or_else(Status::no_such_path)
    }

    fn operation(&self, verb: Verb, resource: &Rc<Resource>, namespace: &str, name: &str) -> Operation<'_> {
        let mut op = Operation::new(&self.user, verb, resource, namespace, name);
        op.options.manager = self.agent.into();
        op.trusted = true;
        op
    }

    /// Runs a write on the resource that the object names.
    fn write(
        &self,
        verb: Verb,
        subresource: &str,
        object: &Object,
        run: impl FnOnce(&mut ApiServer, &mut Operation) -> Result<Object, Status>,
    ) -> Result<Object, Status> {
        let resource = self.resource(object.api_version(), object.kind()).ok_or_else(Status::no_such_path)?;
        let mut op = self.operation(verb, &resource, object.namespace(), object.name());
        op.subresource = subresource.into();
        run(&mut self.server.borrow_mut(), &mut op)
    }
}
