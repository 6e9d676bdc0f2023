//! `patches`, `patchesStrategicMerge` and `patchesJson6902`.

use super::Built;
use super::loader::Loader;
use super::merge::merge;
use super::resmap::{self, Filter, Resource};
use super::{schema, target};
use crate::meta::{Object, Value, patch, yaml};

/// What a patch's text holds.
enum Patch {
    Merge(Vec<Object>),
    Json(Value),
}

/// Applies a kustomization's `patchesStrategicMerge`, then its `patches`.
///
/// # Errors
/// If a patch is none, or finds nothing to patch.
pub fn transform(loader: &Loader, kustomization: &Value, resources: &mut Vec<Resource>) -> Built {
    let mut all = Vec::new();
    for source in kustomization["patchesStrategicMerge"].items() {
        let source = source.str();
        // What is no file may be the patch itself.
        match loader.text(source) {
            Ok(text) => all.extend(target::read(&text).map_err(|(why, _)| why)?),
            Err(why) => all.extend(target::read(source).map_err(|_| why)?),
        }
    }
    apply_merges(&all, &Value::Null, resources)?;
    for entry in kustomization["patches"].items() {
        let patch = configure(loader, entry).map_err(|why| in_config("PatchTransformer", entry, &why))?;
        let target = &entry["target"];
        match patch {
            Patch::Merge(patches) if target.is_null() => apply_merges(&patches, &entry["options"], resources)?,
            Patch::Merge(patches) => {
                if patches.len() > 1 {
                    let text = "Multiple Strategic-Merge Patches in one `patches` entry is not allowed to set";
                    return Err(format!("{text} `patches.target` field: {}", source(entry)));
                }
                let filter = Filter::new(target)?;
                for at in selected(resources, &filter) {
                    for patch in &patches {
                        apply_merge(resources, at, patch, &entry["options"]);
                    }
                }
                resources.retain(|resource| !resource.object.is_null());
            }
            Patch::Json(_) if target.is_null() => {
                return Err(format!("must specify a target for JSON patch {}", source(entry)));
            }
            Patch::Json(patch) => {
                let filter = Filter::new(target)?;
                for at in selected(resources, &filter) {
                    apply_json(resources, at, &patch)?;
                }
            }
        }
    }
    Ok(())
}

/// Applies a kustomization's `patchesJson6902`.
///
/// # Errors
/// If a patch is none, or does not apply.
pub fn transform_json(loader: &Loader, patches: &Value, resources: &mut [Resource]) -> Built {
    for entry in patches.items() {
        let text = match entry["path"].str() {
            "" => entry["patch"].str().to_string(),
            path => loader.text(path)?,
        };
        let patch = yaml::parse(&text)?;
        let filter = Filter::new(&entry["target"])?;
        for at in selected(resources, &filter) {
            apply_json(resources, at, &patch)?;
        }
    }
    Ok(())
}

fn in_config(transformer: &str, entry: &Value, why: &str) -> String {
    format!("trouble configuring builtin {transformer} with config: `\n{}`: {why}", yaml::print(entry))
}

/// How messages name a patch.
fn source(entry: &Value) -> String {
    match entry["path"].str() {
        "" => format!("[patch: {:?}]", entry["patch"].str()),
        path => format!("[path: {path:?}]"),
    }
}

fn configure(loader: &Loader, entry: &Value) -> Built<Patch> {
    let (path, inline) = (entry["path"].str(), entry["patch"].str().trim());
    let text = match (path, inline) {
        ("", "") => return Err(format!("must specify one of patch and path in\n{}", yaml::print(entry))),
        ("", inline) => inline.to_string(),
        (path, "") => {
            loader.text(path).map_err(|why| format!("failed to get the patch file from path({path}): {why}"))?
        }
        _ => return Err(format!("patch and path can't be set at the same time\n{}", yaml::print(entry))),
    };
    if let Ok(operations @ Value::Array(_)) = yaml::parse(&text) {
        return Ok(Patch::Json(operations));
    }
    match target::read(&text) {
        Ok(patches) if !patches.is_empty() => Ok(Patch::Merge(patches)),
        _ => Err(format!("unable to parse SM or JSON patch from {}", source(entry))),
    }
}

fn selected(resources: &[Resource], filter: &Filter) -> Vec<usize> {
    resources.iter().enumerate().filter(|(_, resource)| filter.matches(resource)).map(|(at, _)| at).collect()
}

/// Applies patches to the objects that they name.
fn apply_merges(patches: &[Object], options: &Value, resources: &mut Vec<Resource>) -> Built {
    for patch in patches {
        let id = Resource::new(patch.clone()).id();
        let at = resmap::one(resources, &id)
            .map_err(|why| format!("no resource matches strategic merge patch {:?}: {why}", id.text()))?;
        apply_merge(resources, at, patch, options);
        resources.retain(|resource| !resource.object.is_null());
    }
    Ok(())
}

/// Applies a strategic merge patch; a deleted object stays behind as `null`.
fn apply_merge(resources: &mut [Resource], at: usize, patch: &Object, options: &Value) {
    let Some(resource) = resources.get_mut(at) else { return };
    let old = resource.object.clone();
    let ty = schema::of(&resource.gvk());
    let (rename, change_kind) = (options["allowNameChange"].bool(), options["allowKindChange"].bool());
    if rename || change_kind {
        resource.remember();
    }
    let Some(mut new) = merge(Some(&old.0), &patch.0, ty) else {
        resource.object = Object::default();
        return;
    };
    if !change_kind {
        new.set(&["apiVersion"], &old["apiVersion"]);
        new.set(&["kind"], &old["kind"]);
    }
    if !rename {
        new.set(&["metadata", "name"], old.name());
    }
    match old.namespace() {
        "" => drop(new.remove(&["metadata", "namespace"])),
        namespace => new.set(&["metadata", "namespace"], namespace),
    }
    resource.object = Object(new);
}

fn apply_json(resources: &mut [Resource], at: usize, operations: &Value) -> Built {
    let Some(resource) = resources.get_mut(at) else { return Ok(()) };
    resource.remember();
    resource.object = Object(patch::json_patch(&resource.object.0, operations)?);
    Ok(())
}
