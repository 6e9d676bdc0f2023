//! From paths to operations: what `/api/v1/namespaces/default/pods/web` asks for, and the answer.

use super::operation::{FieldValidation, Operation, Verb};
use super::read::ListOptions;
use super::request::{Content, Method, Request, Response, User, percent_decode};
use super::server::{Answer, ApiServer};
use super::{
    authenticate, authorize, body, counters, custom, delete, discovery, read, reviews, subresources, table, watch,
};
use crate::meta::{Errors, Status, Value};

/// Answers a request, and counts it.
pub(super) fn answer(server: &mut ApiServer, user: &User, request: &Request) -> Result<Answer, Status> {
    let path = request.path.trim_end_matches('/');
    let decoded: Vec<String> = path.split('/').skip(1).map(|part| percent_decode(&part.replace('+', "%2B"))).collect();
    let segments: Vec<&str> = decoded.iter().map(String::as_str).collect();
    let named = place(&segments);
    let (place, watched) =
        named.map_or((None, false), |(place, watched)| (Some(place), watched || request.flag("watch")));
    let answer = find(server, user, request, place.as_ref(), watched);
    let code = match &answer {
        Ok(Answer::Ready(response)) => response.code,
        Ok(Answer::Proxy(_)) => 200,
        Err(status) => status.code,
    };
    counters::count(server, request, place.as_ref().filter(|_| code != 404), watched, code);
    answer
}

fn find(
    server: &mut ApiServer,
    user: &User,
    request: &Request,
    place: Option<&Place>,
    watched: bool,
) -> Result<Answer, Status> {
    let user = &*authenticate::user_of(server, user, request)?;
    if let Some(response) = discovery::answer(server, user, request) {
        return response.map(Answer::Ready);
    }
    let Some(place) = place else {
        return Ok(no_such_path().into());
    };
    let found = server.catalog.find(place.group, place.version, place.plural).cloned();
    let Some(resource) = found else {
        return Ok(no_such_path().into());
    };
    if resource.namespaced && place.namespace.is_empty() && !place.name.is_empty()
        || !resource.namespaced && !place.namespace.is_empty()
    {
        return Ok(no_such_path().into());
    }
    let verb = match (request.method, place.name.is_empty()) {
        (Method::Get | Method::Head, true) if watched => Verb::Watch,
        (Method::Get | Method::Head, true) => Verb::List,
        (Method::Get | Method::Head, false) => Verb::Get,
        (Method::Post, _) => Verb::Create,
        (Method::Put, false) => Verb::Update,
        (Method::Patch, false) => Verb::Patch,
        (Method::Delete, true) => Verb::DeleteCollection,
        (Method::Delete, false) => Verb::Delete,
        _ => return Err(Status::method_not_allowed()),
    };
    let mut op = Operation::new(user, verb, &resource, place.namespace, place.name);
    op.warnings.extend(resource.row().map(|row| row.deprecation.to_string()).filter(|text| !text.is_empty()));
    op.warnings.extend(resource.definition().and_then(|definition| definition.deprecation.clone()));
    let answer = route(server, &mut op, place, request);
    // What there is to warn of is said whether or not the request succeeds.
    Ok(answer.unwrap_or_else(|status| {
        let mut response = Response::failure(&status);
        warn(&mut response, &mut op);
        response.into()
    }))
}

/// Carries out the operation that a path names.
fn route(server: &mut ApiServer, op: &mut Operation, place: &Place, request: &Request) -> Result<Answer, Status> {
    let (verb, resource) = (op.verb, op.resource.clone());
    op.subresource = place.subresource.into();
    if !place.subresource.is_empty() {
        return subresources::answer(server, op, request);
    }
    let create_in_all = verb == Verb::Create && resource.namespaced && place.namespace.is_empty();
    if !resource.serves(verb.as_str()) || (verb == Verb::Create && !place.name.is_empty()) || create_in_all {
        return Err(Status::method_not_allowed());
    }
    authorize::check(server, op)?;
    if verb == Verb::Create && resource.definition().is_some() {
        custom::check_open(server, &resource)?;
    }
    read_options(op, request)?;
    respond(server, op, request).map(Answer::Ready)
}

/// 404 as Go's router answers it.
pub(super) fn no_such_path() -> Response {
    let bytes = b"404 page not found\n".to_vec();
    Response {
        code: 404,
        headers: Vec::new(),
        content: Content::Bytes { kind: "text/plain; charset=utf-8".into(), bytes },
    }
}

/// What a path names.
#[derive(Clone, Copy, Default)]
pub(super) struct Place<'a> {
    pub group: &'a str,
    pub version: &'a str,
    pub namespace: &'a str,
    pub plural: &'a str,
    pub name: &'a str,
    pub subresource: &'a str,
}

/// Reads a path below `/api` or `/apis`; and whether it is one of the old watching paths.
fn place<'a>(segments: &[&'a str]) -> Option<(Place<'a>, bool)> {
    let (group, version, mut rest) = match segments {
        ["api", version, rest @ ..] => ("", *version, rest),
        ["apis", group, version, rest @ ..] => (*group, *version, rest),
        _ => return None,
    };
    let watched = rest.first() == Some(&"watch");
    if watched {
        rest = &rest[1..];
    }
    if rest.iter().any(|segment| segment.is_empty()) {
        return None;
    }
    let own = |namespace, plural, name, subresource| Place { group, version, namespace, plural, name, subresource };
    let place = match rest {
        ["namespaces"] => own("", "namespaces", "", ""),
        ["namespaces", name] => own("", "namespaces", name, ""),
        ["namespaces", name, sub @ ("status" | "finalize")] if group.is_empty() => own("", "namespaces", name, sub),
        ["namespaces", namespace, plural] => own(namespace, plural, "", ""),
        ["namespaces", namespace, plural, name] => own(namespace, plural, name, ""),
        ["namespaces", namespace, plural, name, "proxy", ..] => own(namespace, plural, name, "proxy"),
        ["namespaces", namespace, plural, name, sub] => own(namespace, plural, name, sub),
        [plural] => own("", plural, "", ""),
        [plural, name] => own("", plural, name, ""),
        [plural, name, "proxy", ..] => own("", plural, name, "proxy"),
        [plural, name, sub] => own("", plural, name, sub),
        _ => return None,
    };
    Some((place, watched))
}

/// Reads what the query says about a write.
pub(super) fn read_options(op: &mut Operation, request: &Request) -> Result<(), Status> {
    let manager = request.param("fieldManager").filter(|name| !name.is_empty());
    let agent = || request.header_value("user-agent").and_then(|agent| agent.split('/').next()).unwrap_or("unknown");
    op.options.manager = manager.map_or_else(|| agent().to_string(), String::from);
    op.options.force = request.flag("force");
    op.options.dry_run = request.query.iter().any(|(key, value)| key == "dryRun" && value == "All");
    op.options.validation = match request.param("fieldValidation") {
        Some("Ignore") => FieldValidation::Ignore,
        Some("Strict") => FieldValidation::Strict,
        _ => FieldValidation::Warn,
    };
    let mut errors = Errors::default();
    let dry: Value = request.query.iter().filter(|(key, _)| key == "dryRun").map(|(_, value)| value).collect();
    if dry.items().iter().any(|value| *value != "All" && !value.is_empty()) {
        errors.not_supported("dryRun", &dry, &["All"]);
    }
    let wanted = request.param("fieldValidation").unwrap_or_default();
    if !FIELD_VALIDATIONS.contains(&wanted) {
        errors.not_supported("fieldValidation", &wanted.into(), FIELD_VALIDATIONS);
    }
    if errors.is_empty() {
        return Ok(());
    }
    let kind = match op.verb {
        Verb::Create => "CreateOptions",
        Verb::Patch => "PatchOptions",
        Verb::Delete | Verb::DeleteCollection => "DeleteOptions",
        _ => "UpdateOptions",
    };
    Err(Status::invalid("meta.k8s.io", kind, "", errors.0))
}

/// The values that `fieldValidation` may have.
const FIELD_VALIDATIONS: &[&str] = &["", "Ignore", "Strict", "Warn"];

fn respond(server: &mut ApiServer, op: &mut Operation, request: &Request) -> Result<Response, Status> {
    let form = table::wanted(request)?;
    match op.verb {
        Verb::Get => {
            let object = server.stored(op)?;
            let shown = read::show(&op.resource, object);
            let shown = table::present(&form, &op.resource, shown, server.clock.now());
            Ok(finish(200, op, shown))
        }
        Verb::List => {
            let list = server.list(op, &ListOptions::read(op, request)?, &form)?;
            Ok(finish(200, op, list))
        }
        Verb::Watch => watch::open(server, op, &ListOptions::read(op, request)?, form),
        Verb::Create => {
            let object = body::object(op, request)?;
            if let Some(answer) = reviews::answer(server, op, &object) {
                return answer.map(|review| finish(201, op, review.0));
            }
            if op.resource.is("bindings") {
                let pods = server.catalog.stored("pods").cloned().ok_or_else(Status::no_such_path)?;
                let mut bind = op.sub(Verb::Update, &pods, &op.namespace, object.name());
                return subresources::bind(server, &mut bind, &object).map(|_| subresources::done(op));
            }
            let object = read::store(op, object);
            let made = server.create(op, object)?;
            let shown = read::show(&op.resource, made);
            Ok(finish(201, op, shown.0))
        }
        Verb::Update => {
            let object = body::object(op, request)?;
            let object = read::store(op, object);
            let (made, created) = server.replace(op, object)?;
            let shown = read::show(&op.resource, made);
            Ok(finish(if created { 201 } else { 200 }, op, shown.0))
        }
        Verb::Patch => {
            let (made, created) = server.patch(op, request)?;
            let shown = read::show(&op.resource, made);
            Ok(finish(if created { 201 } else { 200 }, op, shown.0))
        }
        Verb::Delete => {
            let options = body::delete_options(op, request)?;
            let answer = match server.delete(op, &options)? {
                Ok(gone) => delete::success(op, &gone),
                Err(waiting) => read::show(&op.resource, waiting).0,
            };
            Ok(finish(200, op, answer))
        }
        Verb::DeleteCollection => {
            let options = body::delete_options(op, request)?;
            let which = ListOptions::read(op, request)?;
            let list = server.delete_collection(op, &which, &options)?;
            Ok(finish(200, op, list))
        }
    }
}

/// The answer with the operation's warnings.
pub(super) fn finish(code: u16, op: &mut Operation, document: impl Into<Value>) -> Response {
    let mut response = Response::document(code, document);
    warn(&mut response, op);
    response
}

/// Says the operation's warnings along with the answer, each once.
fn warn(response: &mut Response, op: &mut Operation) {
    for text in op.warnings.drain(..) {
        if !response.headers.iter().any(|(name, said)| name == "warning" && *said == text) {
            response.headers.push(("warning".into(), text));
        }
    }
}
