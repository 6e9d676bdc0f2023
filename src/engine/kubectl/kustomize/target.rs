//! Building a kustomization: its resources and bases, then what it generates, then its
//! components, then its transformers in their fixed order.

use super::loader::Loader;
use super::resmap::{self, Resource};
use super::{
    Built, annotate, generators, images, kustomization, names, namespace, order, patches, references, replacements,
    replicas, variables,
};
use crate::meta::{Object, Value, yaml};

/// Builds what the loader's root holds.
///
/// # Errors
/// Kustomize's texts.
pub fn build(loader: &Loader) -> Built<Vec<Object>> {
    let kustomization = kustomization::load(loader)?;
    let mut built = Set::default();
    accumulate(loader, &kustomization, &mut built)?;
    let Set { mut resources, variables } = built;
    names::add_hashes(&mut resources);
    references::fix(&mut resources)?;
    variables::resolve(loader.inv, &variables, &mut resources)?;
    order::sort(&mut resources, &kustomization["sortOptions"])?;
    if kustomization["buildMetadata"].items().iter().any(|option| option == "managedByLabel") {
        annotate::managed_by(&mut resources)?;
    }
    Ok(resources.into_iter().map(|resource| resource.object).collect())
}

/// What comes together while building.
#[derive(Default)]
struct Set {
    resources: Vec<Resource>,
    /// The `vars`, which are put in at the end.
    variables: Vec<Value>,
}

fn accumulate(loader: &Loader, kustomization: &Value, set: &mut Set) -> Built {
    for path in texts(&kustomization["resources"]) {
        add(loader, path, set).map_err(|why| format!("accumulating resources: {why}"))?;
    }
    generators::run(loader, kustomization, &mut set.resources)?;
    for path in texts(&kustomization["components"]) {
        component(loader, path, set).map_err(|why| format!("accumulating components: {why}"))?;
    }
    let resources = &mut set.resources;
    patches::transform(loader, kustomization, resources)?;
    namespace::transform(resources, kustomization["namespace"].str())?;
    names::transform(resources, kustomization["namePrefix"].str(), kustomization["nameSuffix"].str());
    annotate::labels(resources, kustomization)?;
    annotate::annotations(resources, &kustomization["commonAnnotations"])?;
    patches::transform_json(loader, &kustomization["patchesJson6902"], resources)?;
    replicas::transform(resources, &kustomization["replicas"])?;
    images::transform(resources, &kustomization["images"]);
    replacements::transform(loader, &kustomization["replacements"], resources)?;
    for variable in kustomization["vars"].items() {
        if set.variables.iter().any(|other| other["name"] == variable["name"]) {
            return Err(format!("var '{}' already encountered", variable["name"].str()));
        }
        set.variables.push(variable.clone());
    }
    Ok(())
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.items().iter().map(Value::str)
}

/// Adds a file's resources, or those of another kustomization.
fn add(loader: &Loader, path: &str, set: &mut Set) -> Built {
    let Err((why, malformed)) = add_file(loader, path, set) else { return Ok(()) };
    if path.starts_with("http") && why.contains("no such host") && loader.below(path).is_ok() {
        return Err(why);
    }
    let below = loader.below(path);
    if malformed && below.is_err() {
        return Err(why);
    }
    let base = below.and_then(|below| add_directory(&below, false, set));
    base.map_err(|error| format!("accumulation err='{why}': {error}"))
}

/// Adds a file's resources; else why not, and whether the file is there but is no YAML.
fn add_file(loader: &Loader, path: &str, set: &mut Set) -> Result<(), (String, bool)> {
    let from = |what: &str, why: &str| format!("{what} resources from '{path}': {why}");
    let text = loader.text(path).map_err(|why| (from("accumulating", &why), false))?;
    let found = read(&text).map_err(|(why, malformed)| {
        let why = if malformed { format!("MalformedYAMLError: {why} in File: {path}") } else { why };
        (from("accumulating", &why), malformed)
    })?;
    // All or none of a file.
    let resources = &mut set.resources;
    let before = resources.len();
    for object in found {
        if let Err(why) = resmap::append(resources, Resource::new(object)) {
            resources.truncate(before);
            return Err((from("merging", &why), false));
        }
    }
    Ok(())
}

/// The objects of a text; else why there are none, and whether it is because it is no YAML.
pub fn read(text: &str) -> Result<Vec<Object>, (String, bool)> {
    let mut objects = Vec::new();
    for document in yaml::documents(text) {
        let document = yaml::parse_core(document).map_err(|why| (why, true))?;
        if !document.is_null() {
            flatten(document, &mut objects)?;
        }
    }
    Ok(objects)
}

fn flatten(document: Value, objects: &mut Vec<Object>) -> Result<(), (String, bool)> {
    let object = Object(document);
    let (version, kind, name) = (object.api_version(), object.kind(), object.name());
    if !object.is_object() || (version.is_empty() && kind.is_empty() && object["metadata"].is_null()) {
        return Err(("missing Resource metadata".into(), false));
    }
    if kind.ends_with("List") && object["items"].is_array() {
        return object["items"].items().iter().try_for_each(|item| flatten(item.clone(), objects));
    }
    let missing = match (kind, name) {
        ("", _) => "kind",
        (_, "") => "metadata.name",
        _ => {
            objects.push(object);
            return Ok(());
        }
    };
    let map = |field: &str| {
        let pairs: Vec<String> =
            object.at(&["metadata", field]).entries().map(|(key, value)| format!("{key}:{}", value.str())).collect();
        format!("map[{}]", pairs.join(" "))
    };
    let (namespace, labels, annotations) = (object.namespace(), map("labels"), map("annotations"));
    let shown = format!("{{{{{version} {kind}}} {{{{{name} {namespace}}} {labels} {annotations}}}}}");
    Err((format!("missing {missing} in object {shown}"), false))
}

/// Adds what another kustomization builds.
fn add_directory(below: &Loader, component: bool, set: &mut Set) -> Built {
    let path = &below.root;
    let kustomization =
        kustomization::load(below).map_err(|why| format!("couldn't make target for path '{path}': {why}"))?;
    let kind = match kustomization["kind"].str() {
        "" => "Kustomization",
        kind => kind,
    };
    if component && kind != "Component" {
        return Err(format!("expected kind 'Component' for path '{path}' but got '{kind}'"));
    }
    if !component && kind == "Component" {
        return Err(format!("expected kind != 'Component' for path '{path}'"));
    }
    let recursed = |why: String| format!("recursed accumulation of path '{path}': {why}");
    if component {
        return accumulate(below, &kustomization, set).map_err(recursed);
    }
    let mut inner = Set::default();
    accumulate(below, &kustomization, &mut inner).map_err(recursed)?;
    set.variables.extend(inner.variables);
    for resource in inner.resources {
        resmap::append(&mut set.resources, resource)
            .map_err(|why| format!("recursed merging from path '{path}': {why}"))?;
    }
    Ok(())
}

/// A component changes the resources of whoever names it.
fn component(loader: &Loader, path: &str, set: &mut Set) -> Built {
    let below = loader.below(path).map_err(|why| format!("loader.New {why:?}"))?;
    add_directory(&below, true, set).map_err(|why| format!("accumulateDirectory: {why:?}"))
}
