//! What the server serves, and which of it a word such as `po` or `deployments.v1.apps` means.

use super::failure::{Failure, Outcome};
use super::invocation::Invocation;
use crate::api::{Method, Request};
use crate::meta::Value;
use std::rc::Rc;

/// One resource as discovery tells it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resource {
    /// Such as `apps`; empty for the core group.
    pub group: String,
    /// Such as `v1`.
    pub version: String,
    /// The plural, such as `deployments`.
    pub name: String,
    /// Such as `deployment`.
    pub singular: String,
    /// Such as `Deployment`.
    pub kind: String,
    /// Such as `deploy`.
    pub short_names: Vec<String>,
    /// Such as `all`.
    pub categories: Vec<String>,
    /// Whether its objects live in a namespace.
    pub namespaced: bool,
    /// What can be done with it.
    pub verbs: Vec<String>,
    /// Such as `status` and `scale`.
    pub subresources: Vec<String>,
}

impl Resource {
    /// `apps/v1`, or `v1` in the core group.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// `deployments.apps`, or `pods` in the core group.
    pub fn qualified(&self) -> String {
        with_group(&self.name, &self.group)
    }

    /// `deployment.apps`, or `pod` in the core group: the word before `/NAME` in messages.
    pub fn type_name(&self) -> String {
        with_group(&self.kind.to_ascii_lowercase(), &self.group)
    }

    /// The path of its objects in a namespace (or of all, if that is empty), or of one of them.
    pub fn path(&self, namespace: &str, name: &str) -> String {
        let root = if self.group.is_empty() { "/api/" } else { "/apis/" };
        let mut path = format!("{root}{}", self.api_version());
        if self.namespaced && !namespace.is_empty() {
            path += &format!("/namespaces/{namespace}");
        }
        path += "/";
        path += &self.name;
        if !name.is_empty() {
            path += "/";
            path += name;
        }
        path
    }

    /// Whether a verb can be done with it.
    pub fn can(&self, verb: &str) -> bool {
        self.verbs.iter().any(|known| known == verb)
    }

    fn is_called(&self, word: &str) -> bool {
        self.name == word || self.singular == word || (self.singular.is_empty() && self.type_word() == word)
    }

    fn type_word(&self) -> String {
        self.kind.to_ascii_lowercase()
    }
}

/// A word with a group behind a dot, if there is a group.
pub fn with_group(word: &str, group: &str) -> String {
    if group.is_empty() { word.into() } else { format!("{word}.{group}") }
}

fn texts(list: &Value) -> Vec<String> {
    list.items().iter().map(|item| item.str().to_string()).collect()
}

/// Asks the server for everything it serves, in its order.
///
/// # Errors
/// If the server cannot be reached or says no.
pub fn discover(inv: &Invocation) -> Outcome<Vec<Resource>> {
    let ask = |path: &str| inv.request(Request::new(Method::Get, path));
    let core = ask("/api")?;
    let groups = ask("/apis")?;
    let mut versions: Vec<(String, String, String)> = Vec::new();
    for version in core["versions"].items() {
        versions.push((String::new(), version.str().into(), format!("/api/{}", version.str())));
    }
    for group in groups["groups"].items() {
        let preferred = group.at(&["preferredVersion", "version"]).str();
        let mut all: Vec<&str> = group["versions"].items().iter().map(|version| version["version"].str()).collect();
        all.sort_by_key(|version| *version != preferred);
        for version in all {
            let name = group["name"].str();
            versions.push((name.into(), version.into(), format!("/apis/{name}/{version}")));
        }
    }
    let mut found: Vec<Resource> = Vec::new();
    for (group, version, path) in versions {
        let Ok(list) = ask(&path) else { continue };
        for item in list["resources"].items() {
            let name = item["name"].str();
            if let Some((parent, sub)) = name.split_once('/') {
                let same =
                    |known: &&mut Resource| known.name == parent && known.group == group && known.version == version;
                if let Some(parent) = found.iter_mut().find(same) {
                    parent.subresources.push(sub.to_string());
                }
                continue;
            }
            found.push(Resource {
                group: group.clone(),
                version: version.clone(),
                name: name.into(),
                singular: item["singularName"].str().into(),
                kind: item["kind"].str().into(),
                short_names: texts(&item["shortNames"]),
                categories: texts(&item["categories"]),
                namespaced: item["namespaced"].bool(),
                verbs: texts(&item["verbs"]),
                subresources: Vec::new(),
            });
        }
    }
    Ok(found)
}

/// Finds the resource that a word means: `po`, `Pod`, `deployments.apps`, `deploy.v1.apps`.
///
/// # Errors
/// If the server cannot be asked or has no such resource.
pub fn find(inv: &Invocation, word: &str) -> Outcome<Rc<Resource>> {
    let resources = inv.resources()?;
    let lower = word.to_lowercase();
    let mut parts = lower.splitn(3, '.');
    let name = parts.next().unwrap_or_default().to_string();
    let (second, third) = (parts.next(), parts.next());
    let in_group = |resource: &Resource, group: &str| group.is_empty() || resource.group.starts_with(group);
    let fits = |accept: &dyn Fn(&Resource) -> bool| -> Option<Rc<Resource>> {
        let exact = resources.iter().find(|resource| accept(resource) && resource.is_called(&name));
        let short = || {
            let mut all = resources.iter().filter(|resource| accept(resource) && resource.short_names.contains(&name));
            let found = all.next()?;
            for other in all.filter(|other| other.group != found.group) {
                let text = "could also match lower priority resource";
                inv.warn(&format!("short name {name:?} {text} {}", other.qualified()));
            }
            Some(found)
        };
        exact.or_else(short).map(|resource| Rc::new(resource.clone()))
    };
    if let (Some(version), Some(group)) = (second, third) {
        let exact = |resource: &Resource| resource.version == version && resource.group == group;
        if let Some(found) = fits(&exact) {
            return Ok(found);
        }
    }
    let group = lower.split_once('.').map_or("", |(_, group)| group);
    if let Some(found) = fits(&|resource| in_group(resource, group)) {
        return Ok(found);
    }
    let original = word.split('.').next().unwrap_or_default();
    Err(Failure::new(format!("the server doesn't have a resource type {original:?}")))
}

/// Finds the resource of a kind in an API version, as a manifest names them.
///
/// # Errors
/// If the server cannot be asked.
pub fn of_kind(inv: &Invocation, api_version: &str, kind: &str) -> Outcome<Option<Rc<Resource>>> {
    let resources = inv.resources()?;
    let found = resources.iter().find(|resource| resource.kind == kind && resource.api_version() == api_version);
    Ok(found.map(|resource| Rc::new(resource.clone())))
}

/// The resources of a category such as `all`; none if there is no such category.
///
/// # Errors
/// If the server cannot be asked.
pub fn category(inv: &Invocation, name: &str) -> Outcome<Vec<String>> {
    let resources = inv.resources()?;
    let mut found: Vec<String> = Vec::new();
    for resource in resources.iter().filter(|resource| resource.categories.iter().any(|known| known == name)) {
        let qualified = resource.qualified();
        if !found.contains(&qualified) {
            found.push(qualified);
        }
    }
    Ok(found)
}
