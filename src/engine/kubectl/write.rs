//! Writing objects: the requests that create, patch and delete, and waiting for what comes of them.

use super::discovery::Resource;
use super::failure::Outcome;
use super::invocation::{APPLY, DryRun, Invocation};
use super::printers::ordered;
use super::resource::Info;
use crate::api::{Body, Method, Request};
use crate::json;
use crate::meta::{Object, Value};
use crate::schema::Type;
use std::future::Future;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

/// The annotation in which `apply` remembers what it applied.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Creates an object in its namespace.
///
/// # Errors
/// What the server answers.
pub fn create(inv: &Invocation, info: &Info, dry_run: DryRun) -> Outcome<Object> {
    let request = Request::new(Method::Post, &info.resource.path(&info.namespace, ""));
    let request = with_manager(inv, request).query("fieldValidation", validation(inv)?);
    inv.request(dry_run.mark(request).document(info.object.clone()))
}

/// Replaces an object; `subresource` may be empty.
///
/// # Errors
/// What the server answers.
pub fn replace(inv: &Invocation, info: &Info, subresource: &str, dry_run: DryRun) -> Outcome<Object> {
    let request = with_manager(inv, Request::new(Method::Put, &sub_path(info, subresource)));
    let request = request.query("fieldValidation", validation(inv)?);
    inv.request(dry_run.mark(request).document(info.object.clone()))
}

/// Sends a patch of a content type; `subresource` may be empty.
///
/// # Errors
/// What the server answers.
pub fn patch(
    inv: &Invocation,
    info: &Info,
    subresource: &str,
    content_type: &str,
    patch: Value,
    dry_run: DryRun,
) -> Outcome<Object> {
    let mut request = with_manager(inv, Request::new(Method::Patch, &sub_path(info, subresource)));
    request = request.header("content-type", content_type);
    if inv.flags.has("validate") {
        request = request.query("fieldValidation", validation(inv)?);
    }
    inv.request(dry_run.mark(request).document(patch))
}

/// Sends a patch as a certain manager: server-side apply.
///
/// # Errors
/// What the server answers.
pub fn patch_as(
    inv: &Invocation,
    info: &Info,
    content_type: &str,
    patch: Value,
    dry_run: DryRun,
    manager: &str,
) -> Outcome<Object> {
    let mut request = Request::new(Method::Patch, &info.path()).query("fieldManager", manager);
    request = request.query("fieldValidation", validation(inv)?).header("content-type", content_type);
    if content_type == APPLY {
        request = request.query("force", inv.flags.str("force-conflicts"));
    }
    inv.request(dry_run.mark(request).document(patch))
}

/// Sends a patch as the text it was given as.
///
/// # Errors
/// What the server answers.
pub fn patch_text(
    inv: &Invocation,
    info: &Info,
    subresource: &str,
    content_type: &str,
    text: &str,
    dry_run: DryRun,
) -> Outcome<Object> {
    let request = with_manager(inv, Request::new(Method::Patch, &sub_path(info, subresource)));
    let mut request = dry_run.mark(request.header("content-type", content_type));
    request.body = Body::Bytes(text.as_bytes().to_vec());
    inv.request(request)
}

/// Asks for an object's deletion. `grace` is in seconds, or `None` for the object's own.
///
/// # Errors
/// What the server answers.
pub fn delete(inv: &Invocation, info: &Info, grace: Option<i64>, cascade: &str, dry_run: DryRun) -> Outcome<Object> {
    let mut options = json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": (policy(cascade))});
    if let Some(seconds) = grace {
        options["gracePeriodSeconds"] = seconds.into();
    }
    inv.request(dry_run.mark(Request::new(Method::Delete, &info.path())).document(options))
}

fn policy(cascade: &str) -> &'static str {
    match cascade {
        "orphan" | "false" => "Orphan",
        "foreground" => "Foreground",
        _ => "Background",
    }
}

/// Checks `--cascade`.
///
/// # Errors
/// If it has another value.
pub fn check_cascade(value: &str) -> Outcome {
    match value {
        "background" | "foreground" | "orphan" | "true" | "false" | "" => Ok(()),
        other => {
            Err(format!("invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\"")
                .into())
        }
    }
}

fn sub_path(info: &Info, subresource: &str) -> String {
    if subresource.is_empty() { info.path() } else { format!("{}/{subresource}", info.path()) }
}

fn with_manager(inv: &Invocation, request: Request) -> Request {
    match inv.flags.str("field-manager") {
        "" => request,
        manager => request.query("fieldManager", manager),
    }
}

fn validation(inv: &Invocation) -> Outcome<&'static str> {
    if inv.flags.has("validate") { inv.field_validation() } else { Ok("Strict") }
}

/// The type of a resource's objects in the API's schema; `None` for custom resources.
pub fn schema_of(resource: &Resource) -> Option<&'static Type> {
    let group = match resource.group.as_str() {
        "" => "core",
        group => group.split('.').next().unwrap_or_default(),
    };
    let (version, kind) = (&resource.version, &resource.kind);
    Type::find(&format!("io.k8s.api.{group}.{version}.{kind}"))
        .or_else(|| Type::find(&format!("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.{version}.{kind}")))
        .or_else(|| Type::find(&format!("io.k8s.kube-aggregator.pkg.apis.apiregistration.{version}.{kind}")))
}

/// The object as `apply` remembers it: JSON in one line, without what it remembered before.
pub fn configuration(object: &Object) -> String {
    let mut object = object.0.clone();
    let mut annotations = object.at(&["metadata", "annotations"]).clone();
    annotations.remove(&[LAST_APPLIED]);
    object.set(&["metadata", "annotations"], if annotations.is_object() { annotations } else { Value::object() });
    object.to_go_json() + "\n"
}

/// The object with what it is remembered as in its annotation.
#[must_use]
pub fn with_configuration(object: &Object) -> Object {
    let mut annotated = object.clone();
    annotated.set(&["metadata", "annotations", LAST_APPLIED], configuration(object));
    annotated
}

/// The same for an object that kubectl made itself: remembered in the order of its type's fields.
#[must_use]
pub fn with_own_configuration(object: &Object) -> Object {
    let mut annotated = object.clone();
    annotated.set(&["metadata", "annotations", LAST_APPLIED], ordered::compact(object) + "\n");
    annotated
}

/// Waits until `check` finds something; `None` after `timeout`.
///
/// # Errors
/// What `check` gives.
pub async fn until<T>(
    inv: &Invocation,
    timeout: Duration,
    mut check: impl FnMut() -> Outcome<Option<T>>,
) -> Outcome<Option<T>> {
    let mut sleep = pin!(inv.process.clock.sleep(timeout));
    std::future::poll_fn(|context| match check() {
        Ok(Some(found)) => Poll::Ready(Ok(Some(found))),
        Ok(None) if sleep.as_mut().poll(context).is_ready() => Poll::Ready(Ok(None)),
        Ok(None) => Poll::Pending,
        Err(failure) => Poll::Ready(Err(failure)),
    })
    .await
}

/// Waits until the objects are gone (or others stand under their names).
///
/// # Errors
/// If they are not in time.
pub async fn until_gone(inv: &Invocation, infos: &[Info], timeout: Duration) -> Outcome {
    let end = inv.now() + timeout;
    let mut failures = Vec::new();
    for info in infos {
        let left = end.since(inv.now());
        let uid = info.object.uid();
        let gone = until(inv, left, || match inv.get(&info.resource, &info.namespace, &info.name) {
            Ok(object) if uid.is_empty() || object.uid() == uid => Ok(None),
            Ok(_) => Ok(Some(())),
            Err(failure) if failure.is_not_found() => Ok(Some(())),
            Err(failure) => Err(failure),
        });
        match gone.await {
            Ok(Some(())) => {}
            Ok(None) => failures.push(timed_out(info)),
            Err(failure) => failures.push(failure),
        }
    }
    super::failure::Failure::collected(failures)
}

/// The condition did not come in time.
pub fn timed_out(info: &Info) -> super::failure::Failure {
    let (resource, name) = (&info.resource.name, &info.name);
    super::failure::Failure::new(format!("timed out waiting for the condition on {resource}/{name}"))
}
