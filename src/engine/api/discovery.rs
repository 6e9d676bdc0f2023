//! Discovery: what the server is and what it serves, for clients that know nothing yet.

use super::authorize::{Attributes, check_attributes};
use super::request::{Content, Method, Request, Response, User};
use super::resource::Resource;
use super::server::ApiServer;
use super::{counters, jwt, openapi};
use crate::json;
use crate::meta::{Status, Value, sha256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::rc::Rc;

/// The version this server is one of.
pub const VERSION: &str = "v1.36.2";

/// Where clients in the cluster's own network find it.
const ADDRESS: &str = "192.168.49.2:8443";

/// What answers a path that is no resource.
type Answer = fn(&ApiServer, &Request) -> Response;

/// The paths, exact.
static PATHS: &[(&str, Answer)] = &[
    ("", root),
    ("/.well-known/openid-configuration", |_, _| {
        let configuration = jwt::configuration(ADDRESS);
        bytes("application/json", configuration.to_json())
    }),
    ("/openid/v1/jwks", |server, _| {
        bytes("application/jwk-set+json", jwt::key_set(server.token_key().as_bytes()).to_json())
    }),
    ("/metrics", |server, _| {
        bytes("text/plain; version=0.0.4; charset=utf-8; escaping=underscores", counters::text(server))
    }),
    ("/api", api),
    ("/apis", apis),
    ("/healthz", health),
    ("/livez", health),
    ("/readyz", health),
    ("/version", version),
];

/// What the health checks look at.
const CHECKS: &[&str] = &[
    "ping",
    "log",
    "etcd",
    "poststarthook/start-apiserver-admission-initializer",
    "poststarthook/generic-apiserver-start-informers",
    "poststarthook/priority-and-fairness-config-consumer",
    "poststarthook/priority-and-fairness-filter",
    "poststarthook/storage-object-count-tracker-hook",
    "poststarthook/start-apiextensions-informers",
    "poststarthook/start-apiextensions-controllers",
    "poststarthook/crd-informer-synced",
    "poststarthook/start-system-namespaces-controller",
    "poststarthook/start-cluster-authentication-info-controller",
    "poststarthook/start-kube-apiserver-identity-lease-controller",
    "poststarthook/start-legacy-token-tracking-controller",
    "poststarthook/start-service-ip-repair-controllers",
    "poststarthook/rbac/bootstrap-roles",
    "poststarthook/scheduling/bootstrap-system-priority-classes",
    "poststarthook/bootstrap-controller",
    "poststarthook/start-kube-aggregator-informers",
    "poststarthook/apiservice-registration-controller",
    "poststarthook/apiservice-status-available-controller",
    "poststarthook/kube-apiserver-autoregistration",
    "autoregister-completion",
    "poststarthook/apiservice-openapi-controller",
    "poststarthook/apiservice-openapiv3-controller",
    "poststarthook/apiservice-discovery-controller",
];

/// Subresources whose requests are of another kind than their object, or that not all verbs suit:
/// name, group, version, kind (empty: the object's own), verbs.
const SUBRESOURCES: &[(&str, &str, &str, &str, &[&str])] = &[
    ("attach", "", "v1", "PodAttachOptions", &["create", "get"]),
    ("binding", "", "v1", "Binding", &["create"]),
    ("eviction", "policy", "v1", "Eviction", &["create"]),
    ("exec", "", "v1", "PodExecOptions", &["create", "get"]),
    ("finalize", "", "", "", &["update"]),
    ("log", "", "", "", &["get"]),
    ("portforward", "", "v1", "PodPortForwardOptions", &["create", "get"]),
    ("proxy", "", "v1", "ProxyOptions", &["create", "delete", "get", "patch", "update"]),
    ("scale", "autoscaling", "v1", "Scale", &["get", "patch", "update"]),
    ("token", "authentication.k8s.io", "v1", "TokenRequest", &["create"]),
];

/// Answers a path that names no resource, if it is one of discovery's.
pub(super) fn answer(server: &ApiServer, user: &User, request: &Request) -> Option<Result<Response, Status>> {
    let path = request.path.trim_end_matches('/');
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let exact = PATHS.iter().find(|(name, _)| *name == path);
    let response = match (exact, segments.as_slice()) {
        (Some((_, answer)), _) => answer(server, request),
        (None, ["api", version]) => list(server, "", version)?,
        (None, ["apis", group]) => group_document(server, group)?,
        (None, ["apis", group, version]) => list(server, group, version)?,
        (None, ["openapi", path @ ..]) => openapi::answer(server, path)?,
        (None, ["healthz" | "livez" | "readyz", check @ ..]) if CHECKS.contains(&check.join("/").as_str()) => {
            text("ok")
        }
        _ => return None,
    };
    let verb = match request.method {
        Method::Get => "get",
        Method::Head => "head",
        _ => return Some(Err(Status::method_not_allowed())),
    };
    let shown = if path.is_empty() { "/" } else { path };
    let asked = Attributes { verb, path: shown, ..Attributes::default() };
    Some(check_attributes(server, user, &asked).map(|()| response))
}

fn text(text: &str) -> Response {
    bytes("text/plain; charset=utf-8", text.into())
}

fn bytes(kind: &str, text: String) -> Response {
    let content = Content::Bytes { kind: kind.into(), bytes: text.into_bytes() };
    Response { code: 200, headers: Vec::new(), content }
}

fn version(_: &ApiServer, _: &Request) -> Response {
    Response::document(
        200,
        json!({
            "major": "1", "minor": "36", "emulationMajor": "1", "emulationMinor": "36",
            "minCompatibilityMajor": "1", "minCompatibilityMinor": "35", "gitVersion": VERSION,
            "gitCommit": "", "gitTreeState": "clean", "buildDate": "2026-06-09T00:00:00Z",
            "goVersion": "go1.26.3", "compiler": "gc", "platform": "linux/amd64",
        }),
    )
}

fn health(_: &ApiServer, request: &Request) -> Response {
    if request.param("verbose").is_none() {
        return text("ok");
    }
    let name = request.path.trim_matches('/');
    let shutdown = ["shutdown"].into_iter().filter(|_| name == "readyz");
    let is_left_out = |check: &str| request.query.iter().any(|(key, value)| key == "exclude" && value == check);
    let line = |check| match is_left_out(check) {
        true => format!("[+]{check} excluded: ok\n"),
        false => format!("[+]{check} ok\n"),
    };
    let lines: String = CHECKS.iter().copied().chain(shutdown).map(line).collect();
    text(&(lines + name + " check passed\n"))
}

fn root(server: &ApiServer, _: &Request) -> Response {
    let mut paths: Vec<String> =
        ["/.well-known/openid-configuration", "/api", "/api/v1", "/apis", "/apis/"].map(String::from).into();
    for (group, versions) in groups(server).iter().filter(|(group, _)| !group.is_empty()) {
        paths.push(format!("/apis/{group}"));
        paths.extend(versions.iter().map(|version| format!("/apis/{group}/{version}")));
    }
    paths.extend(
        ["/healthz", "/livez", "/metrics", "/openapi/v2", "/openapi/v3", "/openid/v1/jwks", "/readyz", "/version"]
            .map(String::from),
    );
    paths.sort();
    Response::document(200, json!({"paths": paths}))
}

/// The groups and their versions, in order, the preferred version first.
fn groups(server: &ApiServer) -> Vec<(String, Vec<String>)> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for resource in server.catalog.all() {
        let at = groups.iter().position(|(group, _)| **group == *resource.group).unwrap_or_else(|| {
            groups.push((resource.group.to_string(), Vec::new()));
            groups.len() - 1
        });
        let versions = &mut groups[at].1;
        if !versions.iter().any(|version| **version == *resource.version) {
            versions.push(resource.version.to_string());
        }
    }
    for (_, versions) in &mut groups {
        versions.sort_by_key(|version| std::cmp::Reverse(priority(version)));
    }
    groups
}

/// Released versions before betas before alphas, newer before older.
pub(super) fn priority(version: &str) -> (u8, u64, u64) {
    let number = |text: &str| text.parse::<u64>().ok();
    let Some(rest) = version.strip_prefix('v') else { return (0, 0, 0) };
    if let Some(major) = number(rest) {
        return (3, major, 0);
    }
    for (stage, rank) in [("beta", 2), ("alpha", 1)] {
        if let Some((major, minor)) = rest.split_once(stage)
            && let (Some(major), Some(minor)) = (number(major), number(minor))
        {
            return (rank, major, minor);
        }
    }
    (0, 0, 0)
}

fn group_value(group: &str, versions: &[String]) -> Value {
    let all: Vec<Value> = versions
        .iter()
        .map(|version| json!({"groupVersion": (format!("{group}/{version}")), "version": version}))
        .collect();
    json!({"name": group, "preferredVersion": (all.first().cloned()), "versions": all})
}

fn group_document(server: &ApiServer, name: &str) -> Option<Response> {
    let (group, versions) = groups(server).into_iter().find(|(group, _)| !group.is_empty() && group == name)?;
    let mut document = group_value(&group, &versions);
    document["kind"] = "APIGroup".into();
    document["apiVersion"] = "v1".into();
    Some(Response::document(200, document))
}

/// The aggregated form a client accepts, if it does.
fn aggregated(request: &Request) -> Option<&'static str> {
    let accept = request.header_value("accept")?;
    accept.split(',').filter(|part| part.contains("as=APIGroupDiscoveryList")).find_map(|part| {
        let version = part.split(';').find_map(|item| item.trim().strip_prefix("v="))?;
        ["v2", "v2beta1"].into_iter().find(|known| *known == version)
    })
}

fn api(server: &ApiServer, request: &Request) -> Response {
    match aggregated(request) {
        Some(form) => aggregate(server, form, |group| group.is_empty()),
        None => Response::document(
            200,
            json!({
                "kind": "APIVersions", "versions": ["v1"],
                "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": ADDRESS}],
            }),
        ),
    }
}

fn apis(server: &ApiServer, request: &Request) -> Response {
    if let Some(form) = aggregated(request) {
        return aggregate(server, form, |group| !group.is_empty());
    }
    let groups = groups(server);
    let all: Value = groups
        .iter()
        .filter(|(group, _)| !group.is_empty())
        .map(|(group, versions)| group_value(group, versions))
        .collect();
    Response::document(200, json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": all}))
}

/// All resources of the groups wanted, in one document.
fn aggregate(server: &ApiServer, form: &str, wanted: fn(&str) -> bool) -> Response {
    let mut items = Value::array();
    for (group, versions) in groups(server).iter().filter(|(group, _)| wanted(group)) {
        let versions: Value = versions
            .iter()
            .map(|version| {
                let resources: Value = served(server, group, version).map(|r| aggregated_resource(&r)).collect();
                json!({"version": version, "resources": resources, "freshness": "Current"})
            })
            .collect();
        items.push(json!({"metadata": {"name": group, "creationTimestamp": null}, "versions": versions}));
    }
    let document = json!({
        "kind": "APIGroupDiscoveryList", "apiVersion": (format!("apidiscovery.k8s.io/{form}")),
        "metadata": {}, "items": items,
    });
    let mut response = Response::document(200, document);
    let media = format!("application/json;g=apidiscovery.k8s.io;v={form};as=APIGroupDiscoveryList");
    response.headers.push(("content-type".into(), media));
    response
}

/// The resources of a version, sorted by name.
fn served<'a>(server: &'a ApiServer, group: &'a str, version: &'a str) -> impl Iterator<Item = Rc<Resource>> {
    let of = |r: &&Rc<Resource>| *r.group == *group && *r.version == *version;
    let mut all: Vec<Rc<Resource>> = server.catalog.all().iter().filter(of).cloned().collect();
    all.sort_by(|a, b| a.plural.cmp(&b.plural));
    all.into_iter()
}

/// A subresource's group, version, kind and verbs.
fn subresource(resource: &Resource, name: &str) -> (String, String, String, Value) {
    let row = SUBRESOURCES.iter().find(|(sub, ..)| *sub == name);
    let own = (resource.group.to_string(), resource.version.to_string(), resource.kind.to_string());
    match row {
        Some((_, _, _, "", verbs)) => (own.0, own.1, own.2, verbs.iter().copied().collect()),
        Some(("proxy", group, version, kind, verbs)) => {
            let kind = format!("{}{kind}", resource.kind);
            ((*group).into(), (*version).into(), kind, verbs.iter().copied().collect())
        }
        Some((_, group, version, kind, verbs)) => {
            ((*group).into(), (*version).into(), (*kind).into(), verbs.iter().copied().collect())
        }
        None => (own.0, own.1, own.2, json!(["get", "patch", "update"])),
    }
}

fn aggregated_resource(resource: &Resource) -> Value {
    let kind = |group: &str, version: &str, kind: &str| json!({"group": group, "version": version, "kind": kind});
    let mut value = json!({
        "resource": (&resource.plural),
        "responseKind": (kind(&resource.group, &resource.version, &resource.kind)),
        "scope": (if resource.namespaced { "Namespaced" } else { "Cluster" }),
        "singularResource": (&resource.singular),
        "verbs": (resource.verbs.iter().collect::<Value>()),
    });
    if !resource.short_names.is_empty() {
        value["shortNames"] = resource.short_names.iter().collect();
    }
    if !resource.categories.is_empty() {
        value["categories"] = resource.categories.iter().collect();
    }
    if !resource.subresources.is_empty() {
        value["subresources"] = resource
            .subresources
            .iter()
            .map(|name| {
                let (group, version, of, verbs) = subresource(resource, name);
                json!({"subresource": name, "responseKind": (kind(&group, &version, &of)), "verbs": verbs})
            })
            .collect();
    }
    value
}

/// Changes with the version that objects are stored in.
fn storage_version_hash(resource: &Resource) -> String {
    let (group, version, kind) = match (resource.view(), resource.definition()) {
        (Some(view), _) => (view.of.group, view.of.version, view.of.kind),
        _ => (&*resource.group, &*resource.version, &*resource.kind),
    };
    STANDARD.encode(&sha256(format!("{group}/{version}/{kind}").as_bytes())[..8])
}

/// `/api/v1` or `/apis/<group>/<version>`.
fn list(server: &ApiServer, group: &str, version: &str) -> Option<Response> {
    if !server.catalog.has_version(group, version) {
        return None;
    }
    let mut resources = Value::array();
    for resource in served(server, group, version) {
        let mut value = json!({
            "name": (&resource.plural), "singularName": (&resource.singular), "namespaced": (resource.namespaced),
            "kind": (&resource.kind), "verbs": (resource.verbs.iter().collect::<Value>()),
        });
        if !resource.short_names.is_empty() {
            value["shortNames"] = resource.short_names.iter().collect();
        }
        if !resource.categories.is_empty() {
            value["categories"] = resource.categories.iter().collect();
        }
        if resource.verbs.iter().any(|verb| **verb == *"watch") {
            value["storageVersionHash"] = storage_version_hash(&resource).into();
        }
        resources.push(value);
        for name in &resource.subresources {
            let (of_group, of_version, kind, verbs) = subresource(&resource, name);
            let mut value = json!({
                "name": (format!("{}/{name}", resource.plural)), "singularName": "",
                "namespaced": (resource.namespaced), "kind": kind, "verbs": verbs,
            });
            if of_group != *resource.group || of_version != *resource.version {
                value["group"] = of_group.into();
                value["version"] = of_version.into();
            }
            resources.push(value);
        }
    }
    let name = if group.is_empty() { version.to_string() } else { format!("{group}/{version}") };
    let mut document = json!({"kind": "APIResourceList", "groupVersion": name, "resources": resources});
    if !group.is_empty() {
        document["apiVersion"] = "v1".into();
    }
    Some(Response::document(200, document))
}
