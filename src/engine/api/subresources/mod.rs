//! Subresources: parts of an object, or acts upon it, under a path of their own. One file each
//! for those that act, and a line in [`ACTS`].

mod bind;
mod eviction;
mod node;
mod proxy;
mod scale;
mod token;

pub(super) use bind::bind;

use super::operation::{Operation, Verb};
use super::read::show;
use super::request::{Request, Response};
use super::route::{finish, read_options};
use super::server::{Answer, ApiServer};
use super::{authorize, body, table};
use crate::json;
use crate::meta::{Object, Status, Value};

/// Answers a request for a subresource that acts.
type Act = fn(&mut ApiServer, &mut Operation, &Request) -> Result<Answer, Status>;

/// What subresources do that are more than a part of their object.
static ACTS: &[(&str, Act)] = &[
    ("attach", node::exec),
    ("binding", bind::answer),
    ("eviction", eviction::answer),
    ("exec", node::exec),
    ("log", node::log),
    ("portforward", node::port_forward),
    ("proxy", proxy::answer),
    ("scale", scale::answer),
    ("token", token::answer),
];

/// The parts of objects that are written by themselves.
const PARTS: &[(&str, &[&[&str]])] = &[
    ("approval", &[&["status", "conditions"]]),
    ("ephemeralcontainers", &[&["spec", "ephemeralContainers"]]),
    ("finalize", &[&["spec", "finalizers"]]),
    ("resize", &[&["spec", "containers"], &["spec", "initContainers"]]),
    ("status", &[&["status"]]),
];

/// Metadata that may change along with a part of the object.
const LOOSE_METADATA: &[&str] = &["labels", "annotations", "managedFields", "resourceVersion", "uid"];

/// Answers a request for a subresource.
pub(super) fn answer(server: &mut ApiServer, op: &mut Operation, request: &Request) -> Result<Answer, Status> {
    if !op.resource.has_subresource(&op.subresource) {
        return Err(if op.resource.row().is_some() { Status::no_such_path() } else { op.not_found() });
    }
    authorize::check(server, op)?;
    read_options(op, request)?;
    match ACTS.iter().find(|(name, _)| *name == op.subresource) {
        Some((_, act)) => act(server, op, request),
        None => part(server, op, request).map(Answer::Ready),
    }
}

/// Answers a request for a part of the object.
fn part(server: &mut ApiServer, op: &mut Operation, request: &Request) -> Result<Response, Status> {
    let object = match op.verb {
        Verb::Get => server.stored(op)?,
        Verb::Update => {
            let object = body::object(op, request)?;
            server.replace(op, object)?.0
        }
        Verb::Patch => server.patch(op, request)?.0,
        _ => return Err(Status::method_not_allowed()),
    };
    let form = table::wanted(request)?;
    let shown = table::present(&form, &op.resource, show(&op.resource, object), server.clock.now());
    Ok(finish(200, op, shown))
}

/// Takes back what a write to this part of the object may not change.
pub(super) fn confine(op: &Operation, object: &mut Object, old: &Object) {
    let Some((_, parts)) = PARTS.iter().find(|(name, _)| *name == op.subresource) else {
        if op.subresource.is_empty() && op.resource.has_subresource("status") {
            keep(object, old, &["status"]);
        }
        return;
    };
    let mut confined = old.clone();
    for field in LOOSE_METADATA {
        let value = object.at(&["metadata", field]);
        if !value.is_null() {
            confined.set(&["metadata", field], value.clone());
        }
    }
    for path in *parts {
        keep(&mut confined, object, path);
    }
    *object = confined;
}

/// Makes the value at a path the same as in `from`.
fn keep(object: &mut Object, from: &Object, path: &[&str]) {
    let value = from.at(path);
    if value.is_null() {
        object.remove(path);
    } else {
        object.set(path, value.clone());
    }
}

/// The `Status` that says an act is done.
pub(super) fn done(op: &mut Operation) -> Response {
    let status: Value = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201});
    finish(201, op, status)
}
