//! `/openapi/v3` and `/openapi/v2`: the catalog's schemas, for `kubectl explain` and for clients
//! that ask what a patch may be.

use super::discovery::VERSION;
use super::request::Response;
use super::resource::{Resource, Source};
use super::server::ApiServer;
use crate::meta::SortedMap;
use crate::meta::Value;
use crate::schema::openapi::{self, Served};
use std::rc::Rc;

/// Answers a path below `/openapi`.
pub(super) fn answer(server: &ApiServer, path: &[&str]) -> Option<Response> {
    let document = match path {
        ["v2"] => openapi::v2(&served(server.catalog.all()), VERSION, &server.descriptions),
        ["v3"] => {
            let hashes = versions(server).into_iter().map(|(path, resources)| {
                let hash = openapi::hash(&fingerprint(server, &resources));
                (path, hash)
            });
            openapi::v3_index(&hashes.collect::<Vec<_>>())
        }
        ["v3", path @ ..] => {
            let resources = versions(server).remove(&path.join("/"))?;
            openapi::v3(&served(&resources), VERSION, &server.descriptions)
        }
        _ => return None,
    };
    Some(Response::document(200, document))
}

/// The resources of each document, by paths such as `apis/apps/v1`.
fn versions(server: &ApiServer) -> SortedMap<String, Vec<Rc<Resource>>> {
    let mut versions: SortedMap<String, Vec<Rc<Resource>>> = SortedMap::new();
    for resource in server.catalog.all() {
        let root = if resource.group.is_empty() { "api" } else { "apis" };
        versions.entry(format!("{root}/{}", resource.api_version)).or_default().push(resource.clone());
    }
    versions
}

fn served(resources: &[Rc<Resource>]) -> Vec<Served<'_>> {
    let described = resources.iter().filter_map(|resource| {
        let schema = match &resource.source {
            Source::Builtin(row) if row.schema.is_empty() => return None,
            Source::Builtin(row) => openapi::Source::Type(row.schema),
            Source::Custom(definition) => openapi::Source::Custom(&definition.schema),
        };
        Some(Served {
            group: &resource.group,
            version: &resource.version,
            kind: &resource.kind,
            plural: &resource.plural,
            namespaced: resource.namespaced,
            schema,
        })
    });
    described.collect()
}

/// What a document is made of, much smaller than itself: clients keep a document as long as the
/// hash of this stays the same.
fn fingerprint(server: &ApiServer, resources: &[Rc<Resource>]) -> Value {
    let parts = resources.iter().map(|resource| match &resource.source {
        Source::Builtin(row) => Value::from(row.plural),
        Source::Custom(definition) => definition.schema.clone(),
    });
    let edition = [Value::from(VERSION), Value::from(server.descriptions.is_empty())];
    edition.into_iter().chain(parts).collect()
}
