//! What becomes of CustomResourceDefinitions: their names are accepted or not, what they declare
//! is served, and with them go their objects.

use super::Definition;
use crate::api::operation::{Operation, Verb};
use crate::api::resource::{Resource, Source, qualified};
use crate::api::server::ApiServer;
use crate::json;
use crate::kinds::STANDARD_VERBS;
use crate::meta::{Object, Status, Text, Value};
use crate::store::Key;

/// The store's name of the definitions.
pub(in crate::api) const DEFINITIONS: &str = "customresourcedefinitions.apiextensions.k8s.io";

/// Keeps a definition until its objects are gone.
const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

fn storage_name(definition: &Object) -> Text {
    qualified(definition["spec"]["names"]["plural"].str(), definition["spec"]["group"].str())
}

/// The resources that a definition declares, one for each version that is served.
fn resources(definition: &Object) -> Vec<Resource> {
    let spec = definition.spec();
    let names = &definition["status"]["acceptedNames"];
    let (group, plural) = (spec["group"].str(), names["plural"].str());
    let texts = |list: &Value| list.items().iter().map(|item| Text::from(item.str())).collect();
    let served = spec["versions"].items().iter().filter(|version| version["served"].bool());
    let resource = |version: &Value| {
        let mut subresources: Vec<Text> =
            version["subresources"].entries().map(|(name, _)| Text::from(name.as_str())).collect();
        subresources.sort();
        Resource {
            group: group.into(),
            version: version["name"].str().into(),
            api_version: format!("{group}/{}", version["name"].str()).into(),
            kind: names["kind"].str().into(),
            list_kind: names["listKind"].str().into(),
            plural: plural.into(),
            singular: names["singular"].str().into(),
            short_names: texts(&names["shortNames"]),
            categories: texts(&names["categories"]),
            namespaced: spec["scope"] == "Namespaced",
            subresources,
            verbs: STANDARD_VERBS.iter().map(|verb| Text::from(*verb)).collect(),
            storage: qualified(plural, group),
            source: Source::Custom(Definition::read(version, group, names["kind"].str())),
        }
    };
    served.map(resource).collect()
}

impl ApiServer {
    /// Follows a change of the store: definitions decide what is served, and the last object of a
    /// definition that is going away takes it along.
    pub(in crate::api) fn follow_definitions(&mut self, key: &Key, old: Option<&Object>) {
        if &*key.resource == DEFINITIONS {
            match self.store.get(key).cloned() {
                Some(definition) => self.serve(definition),
                None => {
                    if let Some(old) = old {
                        self.catalog.replace(&storage_name(old), Vec::new());
                        self.forget_api_services(old);
                    }
                }
            }
        } else if self.store.get(key).is_none()
            && let Some(definition) = self.lookup(DEFINITIONS, "", &key.resource).cloned()
            && definition.is_terminating()
            && self.store.list(&key.resource, None).next().is_none()
        {
            self.release(&definition);
        }
    }

    /// Accepts a definition's names, if they are free, and serves what it declares.
    fn serve(&mut self, definition: Object) {
        let accepted = self.accept(&definition);
        if accepted != definition["status"] {
            let mut accepting = definition;
            accepting["status"] = accepted;
            // The update comes back here, with the names accepted. It fails only if the definition has gone.
            let _ = self.update_own("status", accepting);
            return;
        }
        let established = definition.condition_is_true("Established");
        let resources = if established { resources(&definition) } else { Vec::new() };
        let versions: Vec<Text> = resources.iter().map(|resource| resource.version.clone()).collect();
        self.catalog.replace(&storage_name(&definition), resources);
        for version in versions {
            self.ensure_api_service(definition["spec"]["group"].str(), &version);
        }
    }

    /// The status of a definition whose names have been looked at.
    fn accept(&self, definition: &Object) -> Value {
        let names = &definition["spec"]["names"];
        let mut status = definition["status"].clone();
        let conflict = self.conflict(definition);
        let now = self.clock.now().rfc3339();
        let mut set = |kind: &str, holds: bool, reason: &str, message: &str| {
            let word = if holds { "True" } else { "False" };
            let conditions = status["conditions"].array_mut();
            let generation = definition.generation();
            let same = |c: &Value| c["type"] == *kind && c["status"] == *word && c["message"] == *message;
            if conditions.iter().any(same) {
                return;
            }
            conditions.retain(|condition| condition["type"] != *kind);
            conditions.push(json!({
                "type": kind, "status": word, "reason": reason, "message": message,
                "lastTransitionTime": now.as_str(), "observedGeneration": generation,
            }));
        };
        match conflict {
            None => {
                set("NamesAccepted", true, "NoConflicts", "no conflicts found");
                set("Established", true, "InitialNamesAccepted", "the initial names have been accepted");
                status["acceptedNames"] = names.clone();
            }
            Some((reason, message)) => {
                set("NamesAccepted", false, reason, &message);
                set("Established", false, "NotAccepted", "not all names are accepted");
            }
        }
        status
    }

    /// Which name of the definition another resource of the group has already.
    fn conflict(&self, definition: &Object) -> Option<(&'static str, String)> {
        let (names, storage) = (&definition["spec"]["names"], storage_name(definition));
        let others = self
            .catalog
            .all()
            .iter()
            .filter(|other| *other.group == *definition["spec"]["group"].str() && *other.storage != *storage);
        for other in others {
            let taken = |name: &str| {
                !name.is_empty()
                    && (*other.plural == *name
                        || *other.singular == *name
                        || other.short_names.iter().any(|short| **short == *name))
            };
            let short = names["shortNames"].items().iter().find(|name| taken(name.str()));
            let (reason, name) = if taken(names["plural"].str()) {
                ("PluralConflict", names["plural"].str())
            } else if taken(names["singular"].str()) {
                ("SingularConflict", names["singular"].str())
            } else if let Some(short) = short {
                ("ShortNamesConflict", short.str())
            } else if *other.kind == *names["kind"].str() {
                ("KindConflict", names["kind"].str())
            } else {
                continue;
            };
            return Some((reason, format!("{name:?} is already in use")));
        }
        None
    }

    /// Takes the finalizer off a definition whose last object has gone, which ends it.
    fn release(&mut self, definition: &Object) {
        let mut freed = definition.clone();
        let left: Value = definition.finalizers().filter(|finalizer| *finalizer != CLEANUP).collect();
        freed.set(&["metadata", "finalizers"], left);
        // It fails only if the definition has gone already.
        let _ = self.update_own("", freed);
    }

    /// Removes the `APIService`s of versions that are served no more.
    fn forget_api_services(&mut self, definition: &Object) {
        let group = definition["spec"]["group"].str();
        for version in definition["spec"]["versions"].items() {
            let name = version["name"].str();
            if !self.catalog.has_version(group, name) {
                let key = Key {
                    resource: "apiservices.apiregistration.k8s.io".into(),
                    namespace: "".into(),
                    name: format!("{name}.{group}").into(),
                };
                if self.store.get(&key).is_some() {
                    self.commit(key, None);
                }
            }
        }
    }
}

/// Refuses new objects of a definition that is going away.
pub(in crate::api) fn check_open(server: &ApiServer, resource: &Resource) -> Result<(), Status> {
    let definition = server.lookup(DEFINITIONS, "", &resource.storage);
    if !definition.is_some_and(|definition| definition.condition_is_true("Terminating")) {
        return Ok(());
    }
    let why = "create not allowed while custom resource definition is terminating";
    Err(Status::new(405, "MethodNotAllowed", why).about(&resource.group, &resource.plural, ""))
}

/// Deletes the objects of a definition that is to be deleted; keeps it until all have gone.
pub(in crate::api) fn remove_instances(server: &mut ApiServer, op: &Operation, definition: &mut Object) {
    let storage = storage_name(definition);
    let Some(resource) = server.catalog.all().iter().find(|resource| *resource.storage == *storage).cloned() else {
        return;
    };
    let objects: Vec<(String, String)> =
        server.store.list(&storage, None).map(|(key, _)| (key.namespace.to_string(), key.name.to_string())).collect();
    for (namespace, name) in objects {
        let mut one = op.sub(Verb::Delete, &resource, &namespace, &name);
        // What cannot be deleted now is waited for.
        let _ = server.delete(&mut one, &json!({"propagationPolicy": "Background"}));
    }
    let left = server.store.list(&storage, None).next().is_some();
    if left && !definition.finalizers().any(|finalizer| finalizer == CLEANUP) {
        definition["metadata"]["finalizers"].push(CLEANUP);
    }
    if left {
        let conditions = definition["status"]["conditions"].array_mut();
        conditions.retain(|condition| condition["type"] != "Terminating");
        conditions.push(json!({
            "type": "Terminating", "status": "True", "reason": "InstanceDeletionInProgress",
            "message": "CustomResource deletion is in progress",
            "lastTransitionTime": (server.clock.now().rfc3339()),
        }));
    }
}
