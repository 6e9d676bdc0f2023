//! `/metrics`: what the server counts, as Prometheus reads it. (What nodes and pods use is in [`super::metrics`].)

use super::discovery::VERSION;
use super::request::{Method, Request};
use super::route::Place;
use super::server::ApiServer;
use crate::meta::SortedMap;
use std::fmt::Write;

/// How often what was asked, by the labels of `apiserver_request_total`.
pub(super) type Counts = SortedMap<String, u64>;

/// Counts a request and how it was answered.
pub(super) fn count(server: &mut ApiServer, request: &Request, place: Option<&Place>, watched: bool, code: u16) {
    let Place { group, version, namespace, plural, name, subresource } = place.copied().unwrap_or_default();
    let scope = match (plural, name, namespace) {
        ("", ..) => "",
        (_, "", "") => "cluster",
        (_, "", _) => "namespace",
        _ => "resource",
    };
    let verb = match request.method {
        _ if matches!(subresource, "exec" | "attach" | "portforward" | "proxy") => "CONNECT",
        Method::Get | Method::Head if watched => "WATCH",
        Method::Get | Method::Head if !plural.is_empty() && name.is_empty() => "LIST",
        Method::Get | Method::Head => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch if request.header_value("content-type").is_some_and(|kind| kind.contains("apply-patch")) => {
            "APPLY"
        }
        Method::Patch => "PATCH",
        Method::Delete if name.is_empty() => "DELETECOLLECTION",
        Method::Delete => "DELETE",
        Method::Options => "OPTIONS",
    };
    let dry_run = match request.param("dryRun").unwrap_or_default() {
        all @ ("" | "All") => all,
        _ => "invalid",
    };
    let labels = format!(
        "code=\"{code}\",component=\"apiserver\",dry_run=\"{dry_run}\",group=\"{group}\",resource=\"{plural}\",\
         scope=\"{scope}\",subresource=\"{subresource}\",verb=\"{verb}\",version=\"{version}\""
    );
    *server.counts.entry(labels).or_insert(0) += 1;
}

/// The document.
pub(super) fn text(server: &ApiServer) -> String {
    let mut out = String::new();
    let objects = server.catalog.all().iter().filter(|resource| resource.view().is_none()).filter_map(|resource| {
        let count = server.store.list(&resource.storage, None).count();
        (count > 0).then_some((resource, count))
    });
    let mut kinds: Vec<_> = objects.collect();
    kinds.dedup_by(|a, b| a.0.storage == b.0.storage);
    family(
        &mut out,
        "apiserver_request_total",
        "counter",
        "[STABLE] Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.",
        server.counts.iter().map(|(labels, count)| (labels.clone(), *count)),
    );
    let resources = kinds.iter().map(|(resource, count)| {
        (format!("group=\"{}\",resource=\"{}\"", resource.group, resource.plural), *count as u64)
    });
    family(
        &mut out,
        "apiserver_resource_objects",
        "gauge",
        "[ALPHA] Number of stored objects at the time of last check split by kind. In case of a fetching error, the value will be -1.",
        resources,
    );
    let stored = kinds.iter().map(|(resource, count)| (format!("resource=\"{}\"", resource.storage), *count as u64));
    family(
        &mut out,
        "apiserver_storage_objects",
        "gauge",
        "[STABLE] [DEPRECATED, consider using apiserver_resource_objects instead] Number of stored objects at the time of last check split by kind. In case of a fetching error, the value will be -1.",
        stored,
    );
    let build = format!(
        "build_date=\"2026-06-09T00:00:00Z\",compiler=\"gc\",git_tree_state=\"clean\",git_version=\"{VERSION}\",go_version=\"go1.26.3\",major=\"1\",minor=\"36\",platform=\"linux/amd64\""
    );
    family(
        &mut out,
        "kubernetes_build_info",
        "gauge",
        "[ALPHA] A metric with a constant '1' value labeled by major, minor, git version, git commit, git tree state, build date, Go version, and compiler from which Kubernetes was built, and platform on which it is running.",
        [(build, 1)].into_iter(),
    );
    let started = server.started.seconds();
    family(
        &mut out,
        "process_start_time_seconds",
        "gauge",
        "[ALPHA] Start time of the process since unix epoch in seconds.",
        [(String::new(), started.unsigned_abs())].into_iter(),
    );
    out
}

fn family(out: &mut String, name: &str, kind: &str, help: &str, rows: impl Iterator<Item = (String, u64)>) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
    for (labels, value) in rows {
        let labels = if labels.is_empty() { labels } else { format!("{{{labels}}}") };
        let _ = writeln!(out, "{name}{labels} {value}");
    }
}
