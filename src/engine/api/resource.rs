//! Resources as requests name them: the built-in kinds' rows and what CustomResourceDefinitions
//! declare, in one form. The [`Catalog`] holds all that is served.

use super::custom::Definition;
use crate::kinds::{KINDS, Kind, View};
use crate::meta::Text;
use std::rc::Rc;

/// One served resource in one version.
pub struct Resource {
    /// Such as `apps`; empty for the core group.
    pub group: Text,
    /// Such as `v1`.
    pub version: Text,
    /// `apps/v1`, or `v1` in the core group.
    pub api_version: Text,
    /// Such as `Deployment`.
    pub kind: Text,
    /// Such as `DeploymentList`.
    pub list_kind: Text,
    /// Such as `deployments`.
    pub plural: Text,
    /// Such as `deployment`.
    pub singular: Text,
    /// Such as `deploy`.
    pub short_names: Vec<Text>,
    /// Such as `all`.
    pub categories: Vec<Text>,
    /// Whether objects live in a namespace.
    pub namespaced: bool,
    /// Such as `status`, `scale`.
    pub subresources: Vec<Text>,
    /// The verbs served.
    pub verbs: Vec<Text>,
    /// The store's name for it: `deployments.apps`, `pods`.
    pub storage: Text,
    /// Where the behaviour comes from.
    pub source: Source,
}

/// Where a resource's behaviour comes from.
pub enum Source {
    /// A row of the kinds' table.
    Builtin(&'static Kind),
    /// A version of a CustomResourceDefinition.
    Custom(Definition),
}

/// `deployments.apps`, or `pods` in the core group.
pub fn qualified(plural: &str, group: &str) -> Text {
    if group.is_empty() { plural.into() } else { format!("{plural}.{group}").into() }
}

impl Resource {
    fn builtin(row: &'static Kind) -> Resource {
        let texts = |list: &[&str]| list.iter().map(|text| Text::from(*text)).collect();
        Resource {
            group: row.group.into(),
            version: row.version.into(),
            api_version: row.api_version().into(),
            kind: row.kind.into(),
            list_kind: format!("{}List", row.kind).into(),
            plural: row.plural.into(),
            singular: row.singular.into(),
            short_names: texts(row.short_names),
            categories: texts(row.categories),
            namespaced: row.namespaced,
            subresources: texts(row.subresources),
            verbs: texts(row.verbs),
            storage: row.view.as_ref().map_or(row, |view| view.of).resource().into(),
            source: Source::Builtin(row),
        }
    }

    /// The row of the kinds' table, if it is a built-in kind.
    pub fn row(&self) -> Option<&'static Kind> {
        match self.source {
            Source::Builtin(row) => Some(row),
            Source::Custom(_) => None,
        }
    }

    /// The row of the kind whose objects are stored: another's, if the resource only shows them.
    pub fn stored_row(&self) -> Option<&'static Kind> {
        self.row().map(|row| row.view.as_ref().map_or(row, |view| view.of))
    }

    /// How the resource shows the objects of another, if it stores none itself.
    pub fn view(&self) -> Option<&'static View> {
        self.row()?.view.as_ref()
    }

    /// What the CustomResourceDefinition says, if it is declared by one.
    pub fn definition(&self) -> Option<&Definition> {
        match &self.source {
            Source::Builtin(_) => None,
            Source::Custom(definition) => Some(definition),
        }
    }

    /// Whether this is the built-in resource stored under that name.
    pub fn is(&self, storage: &str) -> bool {
        *self.storage == *storage
    }

    /// Whether the resource has that subresource.
    pub fn has_subresource(&self, name: &str) -> bool {
        self.subresources.iter().any(|sub| **sub == *name)
    }

    /// Whether the resource serves that verb.
    pub fn serves(&self, verb: &str) -> bool {
        self.verbs.iter().any(|served| **served == *verb)
    }
}

/// All that is served, in the order of discovery.
pub struct Catalog {
    resources: Vec<Rc<Resource>>,
}

impl Catalog {
    /// The built-in kinds alone.
    pub fn builtin() -> Catalog {
        Catalog { resources: KINDS.iter().map(|row| Rc::new(Resource::builtin(row))).collect() }
    }

    /// Every resource.
    pub fn all(&self) -> &[Rc<Resource>] {
        &self.resources
    }

    /// The resource under `/apis/<group>/<version>/<plural>`.
    pub fn find(&self, group: &str, version: &str, plural: &str) -> Option<&Rc<Resource>> {
        self.resources.iter().find(|r| *r.plural == *plural && *r.group == *group && *r.version == *version)
    }

    /// The resource of an object's `apiVersion` and `kind`.
    pub fn of_kind(&self, api_version: &str, kind: &str) -> Option<&Rc<Resource>> {
        self.resources.iter().find(|r| *r.kind == *kind && *r.api_version == *api_version)
    }

    /// The resource of a row.
    pub fn of_row(&self, row: &Kind) -> Option<&Rc<Resource>> {
        self.find(row.group, row.version, row.plural)
    }

    /// The resource stored under a name, in the version the store holds.
    pub fn stored(&self, storage: &str) -> Option<&Rc<Resource>> {
        let held = |r: &Resource| r.view().is_none() && r.definition().is_none_or(|d| d.storage);
        self.resources.iter().find(|r| *r.storage == *storage && held(r))
    }

    /// Whether anything is served under that group and version.
    pub fn has_version(&self, group: &str, version: &str) -> bool {
        self.resources.iter().any(|r| *r.group == *group && *r.version == *version)
    }

    /// Serves a row that is not in the table of kinds, or serves it no more.
    pub fn serve(&mut self, row: &'static Kind, there: bool) {
        match self.of_row(row).is_some() {
            false if there => self.resources.push(Rc::new(Resource::builtin(row))),
            true if !there => self.resources.retain(|r| !r.row().is_some_and(|other| std::ptr::eq(other, row))),
            _ => {}
        }
    }

    /// Puts the versions of a custom resource in the place of those served so far under its name.
    pub fn replace(&mut self, storage: &str, versions: Vec<Resource>) {
        self.resources.retain(|r| r.row().is_some() || *r.storage != *storage);
        self.resources.extend(versions.into_iter().map(Rc::new));
    }
}
