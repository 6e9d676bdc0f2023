//! The pipeline of a write: admission, defaults, preparation, validation, and the store.

use super::metadata::reset_status;
use super::operation::{Operation, Verb};
use super::patch::{applier, model};
use super::server::ApiServer;
use super::{admission, allocate, subresources};
use crate::meta::{Errors, Object, Status, Value, managed};

/// Makes the new object from the stored one.
pub(super) type Edit<'a> = &'a mut dyn FnMut(&Object) -> Result<Object, Status>;

impl ApiServer {
    /// Creates an object.
    pub(super) fn create(&mut self, op: &mut Operation, mut object: Object) -> Result<Object, Status> {
        self.adopt(op, &mut object);
        self.default(op, &mut object);
        self.manage(op, &mut object, &Value::Null);
        admission::mutate(self, op, &mut object, None)?;
        reset_status(&op.resource, &mut object);
        self.stamp_new(op, &mut object);
        op.name = object.name().to_string();
        allocate::begin(self, op, &mut object, None)?;
        if let Some(row) = op.resource.stored_row() {
            (row.prepare)(&mut object, None);
        }
        self.validate(op, &object, None)?;
        admission::validate(self, op, &object, None)?;
        let key = self.key(op, &op.name);
        if let Some(existing) = self.store.get(&key) {
            let mut status = Status::already_exists(&op.resource.group, &op.resource.plural, &op.name);
            if existing.is_terminating() {
                status.message = format!("object is being deleted: {}", status.message);
            }
            return Err(status);
        }
        self.keep(op, object, None)
    }

    /// Replaces an object (or a part of it, by the operation's subresource) by what `edit` makes
    /// of the stored one.
    pub(super) fn update(&mut self, op: &mut Operation, edit: Edit) -> Result<Object, Status> {
        let old = self.stored(op)?;
        let mut object = edit(&old)?;
        self.adopt(op, &mut object);
        self.check_preconditions(op, &object, &old)?;
        subresources::confine(op, &mut object, &old);
        self.default(op, &mut object);
        self.manage(op, &mut object, &old);
        admission::mutate(self, op, &mut object, Some(&old))?;
        allocate::begin(self, op, &mut object, Some(&old))?;
        if let Some(row) = op.resource.stored_row().filter(|_| op.subresource.is_empty()) {
            (row.prepare)(&mut object, Some(&old));
        }
        self.stamp_update(op, &mut object, &old);
        self.validate(op, &object, Some(&old))?;
        admission::validate(self, op, &object, Some(&old))?;
        self.keep(op, object, Some(&old))
    }

    /// Replaces an object by another; creates it where the kind allows that. Tells which.
    pub(super) fn replace(&mut self, op: &mut Operation, object: Object) -> Result<(Object, bool), Status> {
        if self.store.get(&self.key(op, &op.name)).is_none() {
            self.check_uid(op, object.uid(), "")?;
            let creates = op.resource.stored_row().is_some_and(|row| row.create_on_update);
            if !creates || !op.subresource.is_empty() {
                return Err(op.not_found());
            }
            op.verb = Verb::Create;
            return self.create(op, object).map(|object| (object, true));
        }
        self.update(op, &mut |_| Ok(object.clone())).map(|object| (object, false))
    }

    /// Stores what a write has made, unless that is what is there already or it is only a trial.
    pub(super) fn keep(&mut self, op: &Operation, object: Object, old: Option<&Object>) -> Result<Object, Status> {
        if let Some(old) = old.filter(|old| same(old, &object)) {
            return Ok(old.clone());
        }
        if op.options.dry_run {
            return Ok(object);
        }
        let key = self.key(op, &op.name);
        let gone = old.is_some() && super::delete::is_done(op, &object);
        if gone {
            self.commit(key, None);
            return Ok(object);
        }
        self.commit(key.clone(), Some(object));
        self.store.get(&key).cloned().ok_or_else(|| op.not_found())
    }

    /// Writes the `apiVersion` and `kind` the resource is stored with.
    fn adopt(&self, op: &Operation, object: &mut Object) {
        if let Some(view) = op.resource.view() {
            object["apiVersion"] = view.of.api_version().into();
            object["kind"] = view.of.kind.into();
        } else if *object.api_version() != *op.resource.api_version || *object.kind() != *op.resource.kind {
            object["apiVersion"] = (&op.resource.api_version).into();
            object["kind"] = (&op.resource.kind).into();
        }
        if !object["metadata"].is_object() {
            object["metadata"] = Value::object();
        }
    }

    fn default(&self, op: &Operation, object: &mut Object) {
        match (op.resource.stored_row(), op.resource.definition()) {
            (Some(row), _) => (row.defaults)(object),
            (None, Some(definition)) => definition.default(object),
            (None, None) => {}
        }
    }

    /// Notes who wrote which fields, unless an apply has done so already.
    fn manage(&mut self, op: &Operation, object: &mut Object, old: &Value) {
        if !op.options.applied {
            let applier = applier(self, op);
            managed::update(old, object, &model(&op.resource), &applier, &mut self.recent);
        }
    }

    fn validate(&self, op: &mut Operation, object: &Object, old: Option<&Object>) -> Result<(), Status> {
        let mut errors = Errors::default();
        // What shows another kind's objects may ask more of them.
        match (op.resource.row(), op.resource.definition()) {
            (Some(row), _) => {
                if let ("ephemeralcontainers", Some(old)) = (&*op.subresource, old) {
                    crate::kinds::pod::ephemeral_update(object, old, &mut errors);
                }
                // These parts of a pod have rules of their own: what an update may not change, they may.
                let old = old.filter(|_| !matches!(&*op.subresource, "binding" | "ephemeralcontainers" | "resize"));
                row.check(object, old, &mut errors);
                // An object that is refused is not warned of.
                if errors.is_empty() {
                    op.warnings.extend((row.warnings)(object));
                }
            }
            (None, Some(definition)) => definition.validate(object, old, op.resource.namespaced, &mut errors),
            (None, None) => {}
        }
        if errors.is_empty() {
            return Ok(());
        }
        Err(Status::invalid(&op.resource.group, &op.resource.kind, object.name(), errors.0))
    }
}

/// Whether a write changes nothing but the times at which managers wrote.
fn same(old: &Object, new: &Object) -> bool {
    same_but(old, new, "metadata", |old, new| {
        same_but(old, new, "managedFields", |old, new| {
            let (old, new) = (old.items(), new.items());
            let both = old.iter().zip(new);
            old.len() == new.len() && both.into_iter().all(|(old, new)| same_but(old, new, "time", |_, _| true))
        })
    })
}

/// Whether two maps are the same but for one field, which is for `compare` to tell.
fn same_but(old: &Value, new: &Value, field: &str, compare: fn(&Value, &Value) -> bool) -> bool {
    let rest = |value| Value::entries(value).filter(|(key, _)| key.as_str() != field);
    rest(old).eq(rest(new)) && compare(&old[field], &new[field])
}
