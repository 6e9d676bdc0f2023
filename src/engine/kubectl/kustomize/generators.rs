//! `configMapGenerator` and `secretGenerator`.

use super::Built;
use super::loader::Loader;
use super::resmap::{self, Behavior, Resource};
use crate::json;
use crate::meta::{Object, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The fields of generators and what they make.
const GENERATORS: &[(&str, &str)] = &[("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")];

/// How wide the lines of encoded data are.
const LINE: usize = 70;

/// Adds what a kustomization's generators make.
///
/// # Errors
/// If a source is wrong or missing, or an object is there already.
pub fn run(loader: &Loader, kustomization: &Value, resources: &mut Vec<Resource>) -> Built {
    for (field, kind) in GENERATORS {
        for generator in kustomization[*field].items() {
            let resource = generate(loader, kind, generator, &kustomization["generatorOptions"])?;
            resmap::absorb(resources, resource).map_err(|why| {
                // The real one prints where in memory its generator lies.
                let place = 0xc0_0000_0000 + loader.inv.process.rng.below(1 << 24) * 16;
                format!("merging from generator &{{{place:#x} <nil>}}: {why}")
            })?;
        }
    }
    Ok(())
}

fn generate(loader: &Loader, kind: &str, generator: &Value, global: &Value) -> Built<Resource> {
    let name = generator["name"].str();
    if name.is_empty() {
        return Err(format!("a {} must have a name", kind.to_ascii_lowercase()));
    }
    let mut object = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}});
    if !generator["namespace"].is_empty() {
        object.set(&["metadata", "namespace"], &generator["namespace"]);
    }
    if kind == "Secret" {
        let given = generator["type"].str();
        object.set(&["type"], if given.is_empty() { "Opaque" } else { given });
        object.set(&["data"], json!({}));
    }
    let pairs = pairs(loader, generator).map_err(|why| format!("loading KV pairs: {why}"))?;
    for (key, bytes) in pairs {
        if let Some(complaint) = crate::meta::names::config_map_key(&key).first().filter(|_| key.is_empty()) {
            return Err(format!("{key:?} is not a valid key name: {complaint}"));
        }
        if object["data"].has(&key) || object["binaryData"].has(&key) {
            return Err(format!("{} {name} illegally repeats the key `{key}`", kind.to_ascii_lowercase()));
        }
        match std::str::from_utf8(&bytes) {
            Ok(text) if kind == "ConfigMap" => object.set(&["data", &key], text),
            Err(_) if kind == "ConfigMap" => object.set(&["binaryData", &key], encoded(&bytes)),
            _ => object.set(&["data", &key], encoded(&bytes)),
        }
    }
    let own = &generator["options"];
    for options in [global, own] {
        for field in ["labels", "annotations"] {
            for (key, value) in options[field].entries() {
                object.set(&["metadata", field, key], value);
            }
        }
    }
    if own["immutable"].bool() || global["immutable"].bool() {
        object.set(&["immutable"], true);
    }
    Ok(Resource {
        object: Object(object),
        behavior: match generator["behavior"].str() {
            "create" => Behavior::Create,
            "replace" => Behavior::Replace,
            "merge" => Behavior::Merge,
            _ => Behavior::Unspecified,
        },
        hash: !(own["disableNameSuffixHash"].bool() || global["disableNameSuffixHash"].bool()),
        ..Resource::default()
    })
}

/// Base64, in lines if it is long.
fn encoded(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    if text.len() <= LINE {
        return text;
    }
    let lines = text.as_bytes().chunks(LINE).map(|line| String::from_utf8_lossy(line) + "\n");
    lines.collect()
}

/// The keys and contents that the sources give.
fn pairs(loader: &Loader, generator: &Value) -> Built<Vec<(String, Vec<u8>)>> {
    let mut found = Vec::new();
    let texts = |field: &str| generator[field].items().iter().map(|item| item.str().to_string()).collect::<Vec<_>>();
    let within = |what: &str, field: &str, why: String| format!("{what}: [{}]: {why}", texts(field).join(" "));
    for file in texts("envs") {
        env_file(loader, &file, &mut found).map_err(|why| within("env source files", "envs", why))?;
    }
    for literal in texts("literals") {
        let Some((key, value)) = literal.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            let why = format!("invalid literal source {literal}, expected key=value");
            return Err(format!("literal sources [{}]: {why}", texts("literals").join(" ")));
        };
        found.push((key.to_string(), unquoted(value).as_bytes().to_vec()));
    }
    for source in texts("files") {
        let pair = file(loader, &source).map_err(|why| within("file sources", "files", why))?;
        found.push(pair);
    }
    Ok(found)
}

fn unquoted(value: &str) -> &str {
    let inner = |mark: char| value.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark));
    inner('"').or_else(|| inner('\'')).unwrap_or(value)
}

fn file(loader: &Loader, source: &str) -> Built<(String, Vec<u8>)> {
    let (key, path) = match source.split('=').collect::<Vec<_>>().as_slice() {
        [path] => (path.rsplit('/').next().unwrap_or_default(), *path),
        ["", path] => return Err(format!("missing key name for file path {path:?} in source {source:?}")),
        [key, ""] => return Err(format!("missing file path for key name {key:?} in source {source:?}")),
        [key, path] => (*key, *path),
        _ => return Err("key names or file paths cannot contain '='".to_string()),
    };
    Ok((key.to_string(), loader.bytes(path)?.to_vec()))
}

/// `KEY=VALUE` lines; a key alone takes its value from the environment.
fn env_file(loader: &Loader, path: &str, found: &mut Vec<(String, Vec<u8>)>) -> Built {
    for line in loader.text(path)?.trim_start_matches('\u{feff}').lines() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = match line.split_once('=') {
            Some((key, value)) => (key, value),
            None => (line, loader.inv.process.var(line).unwrap_or_default()),
        };
        found.push((key.to_string(), value.as_bytes().to_vec()));
    }
    Ok(())
}
