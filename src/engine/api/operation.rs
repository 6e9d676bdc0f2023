//! A request in the server's own words: who wants what done to which object, and how.
//!
//! Paths ([`super::route`]) and the [`super::Client`]'s verbs both end up here; everything behind
//! (authorization, admission, the pipeline of a write) reads operations only.

use super::request::User;
use super::resource::Resource;
use crate::meta::Status;
use std::rc::Rc;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Verb {
    Get,
    List,
    Watch,
    Create,
    Update,
    Patch,
    Delete,
    DeleteCollection,
}

impl Verb {
    /// As rules and discovery write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Verb::Get => "get",
            Verb::List => "list",
            Verb::Watch => "watch",
            Verb::Create => "create",
            Verb::Update => "update",
            Verb::Patch => "patch",
            Verb::Delete => "delete",
            Verb::DeleteCollection => "deletecollection",
        }
    }
}

/// What to do with fields that the schema does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldValidation {
    /// Drop them silently.
    Ignore,
    /// Drop them and say so in `Warning` headers.
    #[default]
    Warn,
    /// Refuse the request.
    Strict,
}

/// The options of writes.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Do everything but keep the result.
    pub dry_run: bool,
    /// The name written to `managedFields`; never empty once the request is read.
    pub manager: String,
    /// What to do with unknown fields.
    pub validation: FieldValidation,
    /// Whether an apply takes over fields that others manage.
    pub force: bool,
    /// Whether the object to be written comes from an apply, which has noted its manager.
    pub applied: bool,
}

/// One operation.
pub struct Operation<'a> {
    /// Who wants it.
    pub user: &'a User,
    /// What is to be done.
    pub verb: Verb,
    /// To which resource.
    pub resource: Rc<Resource>,
    /// In which namespace; empty for all, and for cluster-scoped resources.
    pub namespace: String,
    /// To which object; empty for the collection.
    pub name: String,
    /// On which part of it; empty for the object itself.
    pub subresource: String,
    /// How.
    pub options: Options,
    /// Whether a part of the control plane itself wants it, whose rights are not in question.
    pub trusted: bool,
    /// What to tell the client along with a success.
    pub warnings: Vec<String>,
}

impl<'a> Operation<'a> {
    /// An operation on an object or a collection, with no options.
    pub fn new(user: &'a User, verb: Verb, resource: &Rc<Resource>, namespace: &str, name: &str) -> Operation<'a> {
        Operation {
            user,
            verb,
            resource: resource.clone(),
            namespace: namespace.into(),
            name: name.into(),
            subresource: String::new(),
            options: Options::default(),
            trusted: false,
            warnings: Vec::new(),
        }
    }

    /// The same by the same user on another object; for what one operation entails.
    pub fn sub(&self, verb: Verb, resource: &Rc<Resource>, namespace: &str, name: &str) -> Operation<'a> {
        let (options, trusted) = (self.options.clone(), self.trusted);
        Operation { options, trusted, ..Operation::new(self.user, verb, resource, namespace, name) }
    }

    /// 404 about the operation's object.
    pub fn not_found(&self) -> Status {
        Status::not_found(&self.resource.group, &self.resource.plural, &self.name)
    }

    /// 409 about the operation's object.
    pub fn conflict(&self, why: &str) -> Status {
        Status::conflict(&self.resource.group, &self.resource.plural, &self.name, why)
    }

    /// 403 about the operation's object.
    pub fn forbidden(&self, name: &str, why: &str) -> Status {
        Status::forbidden(&self.resource.group, &self.resource.plural, name, why)
    }
}
