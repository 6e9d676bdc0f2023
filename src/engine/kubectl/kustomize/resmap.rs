//! The resources of a build, with what they were called before: patches and references may name
//! a resource by any name it had on the way.

use super::Built;
use super::schema;
use crate::meta::Pattern;
use crate::meta::{Object, Selector, Value};

/// Group, version and kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gvk {
    /// Empty for the core group.
    pub group: String,
    /// Such as `v1`.
    pub version: String,
    /// Such as `Pod`.
    pub kind: String,
}

/// What a resource is known by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Id {
    /// Its kind.
    pub gvk: Gvk,
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
}

/// What a generator does if the object is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Behavior {
    /// Nothing was said.
    #[default]
    Unspecified,
    /// It must not be.
    Create,
    /// It is replaced.
    Replace,
    /// Its data is merged.
    Merge,
}

/// One resource.
#[derive(Clone, Debug, Default)]
pub struct Resource {
    /// The object as it stands.
    pub object: Object,
    /// Its names before, the first one first.
    pub previous: Vec<Id>,
    /// The prefixes it was given.
    pub prefixes: Vec<String>,
    /// The suffixes it was given.
    pub suffixes: Vec<String>,
    /// For what comes from a generator.
    pub behavior: Behavior,
    /// Whether a hash is to be put behind its name.
    pub hash: bool,
}

/// What selects resources: of patches, replacements.
pub struct Filter {
    group: Option<Pattern>,
    version: Option<Pattern>,
    kind: Option<Pattern>,
    name: Option<Pattern>,
    namespace: Option<Pattern>,
    labels: Selector,
    annotations: Selector,
}

impl Gvk {
    /// Of an API version such as `apps/v1` and a kind.
    pub fn new(api_version: &str, kind: &str) -> Gvk {
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        Gvk { group: group.into(), version: version.into(), kind: kind.into() }
    }

    /// `Deployment.v1.apps`
    pub fn text(&self) -> String {
        let or = |text: &str, none: &str| if text.is_empty() { none.to_string() } else { text.to_string() };
        format!("{}.{}.{}", or(&self.kind, "[noKind]"), or(&self.version, "[noVer]"), or(&self.group, "[noGrp]"))
    }

    /// Whether it is one of these; empty parts stand for any.
    pub fn is(&self, group: &str, version: &str, kind: &str) -> bool {
        let fits = |wanted: &str, own: &str| wanted.is_empty() || wanted == own;
        fits(group, &self.group) && fits(version, &self.version) && fits(kind, &self.kind)
    }

    /// Whether its objects have no namespace.
    pub fn is_cluster_scoped(&self) -> bool {
        schema::is_cluster_scoped(&self.group, &self.kind)
    }
}

impl Id {
    /// `Service.v1.[noGrp]/web.[noNs]`
    pub fn text(&self) -> String {
        let or = |text: &str, none: &str| if text.is_empty() { none.to_string() } else { text.to_string() };
        format!("{}/{}.{}", self.gvk.text(), or(&self.name, "[noName]"), or(&self.namespace, "[noNs]"))
    }

    /// As Go prints the struct.
    pub fn debug(&self) -> String {
        let Gvk { group, version, kind } = &self.gvk;
        format!(
            "resid.ResId{{Gvk:resid.Gvk{{Group:{group:?}, Version:{version:?}, Kind:{kind:?}, isClusterScoped:{}}}, \
             Name:{:?}, Namespace:{:?}}}",
            self.gvk.is_cluster_scoped(),
            self.name,
            self.namespace
        )
    }

    /// The namespace it counts for.
    pub fn effective_namespace(&self) -> &str {
        match self.namespace.as_str() {
            _ if self.gvk.is_cluster_scoped() => "_non_namespaceable_",
            "" => "default",
            own => own,
        }
    }

    /// Whether both are in one namespace.
    pub fn same_namespace(&self, other: &Id) -> bool {
        self.effective_namespace() == other.effective_namespace()
    }

    /// Whether both mean the same resource.
    pub fn same(&self, other: &Id) -> bool {
        self.gvk == other.gvk && self.name == other.name && self.same_namespace(other)
    }
}

impl Resource {
    /// A resource of an object as it was read.
    pub fn new(object: Object) -> Resource {
        Resource { object, ..Resource::default() }
    }

    /// What it is.
    pub fn gvk(&self) -> Gvk {
        Gvk::new(self.object.api_version(), self.object.kind())
    }

    /// What it is known by now.
    pub fn id(&self) -> Id {
        Id { gvk: self.gvk(), name: self.object.name().into(), namespace: self.object.namespace().into() }
    }

    /// What it was known by at first.
    pub fn original_id(&self) -> Id {
        self.previous.first().cloned().unwrap_or_else(|| self.id())
    }

    /// Remembers what it is known by, before that changes.
    pub fn remember(&mut self) {
        let id = self.id();
        self.previous.push(id);
    }

    /// Whether it is or was known by that.
    pub fn is_any(&self, fits: &dyn Fn(&Id) -> bool) -> bool {
        fits(&self.id()) || self.previous.iter().any(fits)
    }
}

/// The numbers of the resources that are or were known so.
pub fn by_any_id(resources: &[Resource], fits: &dyn Fn(&Id) -> bool) -> Vec<usize> {
    resources.iter().enumerate().filter(|(_, resource)| resource.is_any(fits)).map(|(at, _)| at).collect()
}

/// The one resource that is or was known by an id.
///
/// # Errors
/// If there is none, or are several.
pub fn one(resources: &[Resource], id: &Id) -> Built<usize> {
    let found = by_any_id(resources, &|other| other.same(id));
    match found.as_slice() {
        [at] => Ok(*at),
        found => {
            let what = if found.is_empty() { "no" } else { "multiple" };
            let id = id.text();
            Err(format!("{what} matches for Id {id}; failed to find unique target for patch {id}"))
        }
    }
}

/// Adds a resource.
///
/// # Errors
/// If one is known by that already.
pub fn append(resources: &mut Vec<Resource>, resource: Resource) -> Built {
    let id = resource.id();
    if resources.iter().any(|other| other.id().same(&id)) {
        return Err(format!("may not add resource with an already registered id: {}", id.text()));
    }
    resources.push(resource);
    Ok(())
}

/// Adds what a generator made, or puts it into what is there.
///
/// # Errors
/// If its behavior does not fit.
pub fn absorb(resources: &mut Vec<Resource>, mut new: Resource) -> Built {
    let id = new.id();
    let behavior = new.behavior;
    let place = match by_any_id(resources, &|other| other.same(&id)).as_slice() {
        [] if matches!(behavior, Behavior::Merge | Behavior::Replace) => {
            return Err(format!("id {} does not exist; cannot merge or replace", id.debug()));
        }
        [] => return append(resources, new),
        [at] => *at,
        _ => return Err(format!("found multiple objects that could accept merge of {}", id.text())),
    };
    let Some(old) = resources.get_mut(place) else { return Ok(()) };
    if !matches!(behavior, Behavior::Merge | Behavior::Replace) {
        let name = if behavior == Behavior::Create { "create" } else { "unspecified" };
        let text = "behavior must be merge or replace";
        return Err(format!("id {} exists; can not use behavior: '{name}', {text}", id.debug()));
    }
    let mut metadata = old.object["metadata"].clone();
    for (field, values) in new.object["metadata"].entries() {
        if !matches!(field.as_str(), "labels" | "annotations") {
            continue;
        }
        for (key, value) in values.entries() {
            metadata.set(&[field, key], value);
        }
    }
    new.object.set(&["metadata"], metadata);
    if behavior == Behavior::Merge {
        for field in ["data", "binaryData"] {
            for (key, value) in old.object[field].entries() {
                let other = if field == "data" { "binaryData" } else { "data" };
                if !new.object[other].has(key) {
                    new.object.set_default(&[field, key], value);
                }
            }
        }
    }
    new.hash |= old.hash;
    new.behavior = old.behavior;
    new.previous = std::mem::take(&mut old.previous);
    new.prefixes = std::mem::take(&mut old.prefixes);
    new.suffixes = std::mem::take(&mut old.suffixes);
    *old = new;
    Ok(())
}

impl Filter {
    /// Of a `target` or `select`.
    ///
    /// # Errors
    /// If a pattern or selector is none.
    pub fn new(selector: &Value) -> Built<Filter> {
        let pattern = |field: &str| -> Built<Option<Pattern>> {
            let text = selector[field].str();
            if text.is_empty() {
                return Ok(None);
            }
            let anchored = Pattern::new(&format!("^(?:{text})$"));
            if !anchored.is_valid() {
                return Err(format!("error parsing regexp: invalid pattern: `^(?:{text})$`"));
            }
            Ok(Some(anchored))
        };
        let labels = |field: &str| Selector::parse(selector[field].str());
        Ok(Filter {
            group: pattern("group")?,
            version: pattern("version")?,
            kind: pattern("kind")?,
            name: pattern("name")?,
            namespace: pattern("namespace")?,
            labels: labels("labelSelector")?,
            annotations: labels("annotationSelector")?,
        })
    }

    /// Whether it selects a resource, by what it is or was first.
    pub fn matches(&self, resource: &Resource) -> bool {
        let fits = |pattern: &Option<Pattern>, text: &str| pattern.as_ref().is_none_or(|p| p.is_match(text));
        let (now, first) = (resource.id(), resource.original_id());
        let Gvk { group, version, kind } = &now.gvk;
        (fits(&self.namespace, first.effective_namespace()) || fits(&self.namespace, now.effective_namespace()))
            && (fits(&self.name, &first.name) || fits(&self.name, &now.name))
            && fits(&self.group, group)
            && fits(&self.version, version)
            && fits(&self.kind, kind)
            && self.labels.matches(resource.object.labels())
            && self.annotations.matches(resource.object.at(&["metadata", "annotations"]))
    }
}
