//! `kubectl create configmap`.

use super::generate;
use crate::kubectl::command::Command;
use crate::kubectl::failure::Outcome;
use crate::kubectl::hash;
use crate::kubectl::invocation::Invocation;
use crate::meta::{Object, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The rows.
pub static ROWS: &[Command] = &[Command {
    path: "create configmap",
    aliases: &["cm"],
    short: "Create a config map from a local file, directory or literal value",
    run: Some(|inv| Box::pin(run(inv))),
    ..Command::BASE
}];

async fn run(inv: Invocation) -> Outcome {
    let name = generate::name(&inv)?;
    let mut object = generate::object("v1", "ConfigMap", &name);
    for (key, bytes) in entries(&inv, "ConfigMap", &name)? {
        match String::from_utf8(bytes) {
            Ok(text) => object.set(&["data", &key], text),
            Err(error) => object.set(&["binaryData", &key], STANDARD.encode(error.into_bytes())),
        }
    }
    append_hash(&inv, &mut object);
    generate::finish(&inv, object, "failed to create configmap:")
}

/// Puts a hash of the content behind the name, if `--append-hash` says so.
pub fn append_hash(inv: &Invocation, object: &mut Value) {
    if inv.flags.bool("append-hash")
        && let Some(hash) = hash::of(&Object(object.clone()))
    {
        let name = format!("{}-{hash}", object.at(&["metadata", "name"]).str());
        object.set(&["metadata", "name"], name);
    }
}

/// What `--from-file`, `--from-literal` and `--from-env-file` give.
///
/// # Errors
/// If a source is wrong or missing, or a key comes twice.
pub fn entries(inv: &Invocation, kind: &str, name: &str) -> Outcome<Vec<(String, Vec<u8>)>> {
    let (files, literals) = (inv.flags.list("from-file"), inv.flags.list("from-literal"));
    let env_files = inv.flags.list("from-env-file");
    if !env_files.is_empty() && !(files.is_empty() && literals.is_empty()) {
        return Err("from-env-file cannot be combined with from-file or from-literal".into());
    }
    let mut found: Vec<(String, Vec<u8>)> = Vec::new();
    for source in &files {
        from_file(inv, source, &mut found)?;
    }
    for env_file in &env_files {
        let bytes = read(inv, env_file)?;
        from_env_file(inv, &String::from_utf8_lossy(&bytes), &mut found)?;
    }
    for literal in &literals {
        let Some((key, value)) = literal.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(format!("invalid literal source {literal}, expected key=value").into());
        };
        found.push((key.to_string(), unquoted(value).as_bytes().to_vec()));
    }
    for (at, (key, _)) in found.iter().enumerate() {
        let complaints = crate::meta::names::config_map_key(key);
        if let Some(complaint) = complaints.first() {
            return Err(format!("{key:?} is not a valid key name for a {kind}: {complaint}").into());
        }
        if found.iter().take(at).any(|(other, _)| other == key) {
            let text = "another key by that name already exists in Data for";
            return Err(format!("cannot add key {key:?}, {text} {kind} {name:?}").into());
        }
    }
    Ok(found)
}

fn unquoted(value: &str) -> &str {
    let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.or_else(|| value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''))).unwrap_or(value)
}

fn read(inv: &Invocation, path: &str) -> Outcome<Vec<u8>> {
    let read = inv.process.files.read(&inv.process.path(path));
    match read {
        Ok(bytes) => Ok(bytes.to_vec()),
        Err(why) => Err(format!("error reading {path}: {}", why.to_string().to_ascii_lowercase()).into()),
    }
}

fn from_file(inv: &Invocation, source: &str, found: &mut Vec<(String, Vec<u8>)>) -> Outcome {
    let base = |path: &str| path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_string();
    let (key, path) = match source.split('=').collect::<Vec<_>>().as_slice() {
        [path] => (base(path), path.to_string()),
        ["", path] => return Err(format!("key name for file path {path} missing").into()),
        [key, ""] => return Err(format!("file path for key name {key} missing").into()),
        [key, path] => (key.to_string(), path.to_string()),
        _ => return Err("key names or file paths cannot contain '='".into()),
    };
    let full = inv.process.path(&path);
    if !inv.process.files.is_directory(&full) {
        let bytes = read(inv, &path)?;
        found.push((key, bytes));
        return Ok(());
    }
    if source.contains('=') {
        return Err("cannot give a key name for a directory path".into());
    }
    for child in inv.process.files.list(&full).unwrap_or_default() {
        let child_path = format!("{}/{child}", path.trim_end_matches('/'));
        if !inv.process.files.is_directory(&inv.process.path(&child_path)) {
            let bytes = read(inv, &child_path)?;
            found.push((child, bytes));
        }
    }
    Ok(())
}

/// `KEY=VALUE` lines; a key alone takes its value from the environment.
fn from_env_file(inv: &Invocation, text: &str, found: &mut Vec<(String, Vec<u8>)>) -> Outcome {
    for line in text.lines() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = line.split_once('=').map_or((line, None), |(key, value)| (key, Some(value)));
        if let Some(complaint) = crate::meta::names::env_var_name(key).first() {
            return Err(format!("{key:?} is not a valid key name: {complaint}").into());
        }
        match value.or_else(|| inv.process.var(key)) {
            Some(value) => found.push((key.to_string(), value.as_bytes().to_vec())),
            None => continue,
        }
    }
    Ok(())
}
