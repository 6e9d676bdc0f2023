//! Subresources: parts of an object, or acts upon it, under a path of their own.

use super::operation::{Operation, Verb};
use super::read::show;
use super::request::{Request, Response};
use super::route::{finish, no_such_path, read_options};
use super::server::{Answer, ApiServer};
use super::{body, table};
use crate::meta::Status;

/// Answers a request for a subresource.
pub(super) fn answer(server: &mut ApiServer, op: &mut Operation, request: &Request) -> Result<Answer, Status> {
    if !op.resource.has_subresource(&op.subresource) {
        return Ok(no_such_path().into());
    }
    read_options(op, request)?;
    part(server, op, request).map(Answer::Ready)
}

/// A part of the object that is written by itself: `status`, `finalize`, `approval`.
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
    let shown = table::present(&form, &op.resource, show(op, object), server.clock.now());
    Ok(finish(200, op, shown))
}
