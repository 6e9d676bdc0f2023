//! Reading manifests: files, directories, standard input; several documents, Lists.

use super::discovery;
use super::failure::{Failure, Outcome};
use super::invocation::Invocation;
use super::resource::Info;
use crate::meta::{Object, Value, yaml};

/// The endings of manifests in a directory.
const EXTENSIONS: &[&str] = &[".json", ".yaml", ".yml"];

/// What a `-f` leads to.
pub struct Source {
    /// How messages name it.
    pub name: String,
    /// What it holds.
    pub text: String,
}

/// Reads every source that `-f` names. What cannot be read is a failure in its place.
pub async fn sources(inv: &Invocation, names: &[String], recursive: bool) -> Vec<Outcome<Source>> {
    let mut found = Vec::new();
    for name in names {
        if name == "-" {
            let text = String::from_utf8_lossy(&inv.process.stdin.read_to_end().await).into_owned();
            found.push(Ok(Source { name: "STDIN".into(), text }));
        } else if name.starts_with("http://") || name.starts_with("https://") {
            let host = name.split('/').nth(2).unwrap_or_default();
            let text = "Unable to connect to the server: dial tcp: lookup";
            found.push(Err(Failure::Plain(format!("{text} {host}: no such host"))));
        } else {
            for path in matching(inv, name) {
                expand(inv, &path, recursive, &mut found);
            }
        }
    }
    found
}

/// The files that a pattern such as `app/*.yaml` matches; a name that is none is itself.
fn matching(inv: &Invocation, name: &str) -> Vec<String> {
    let (folder, pattern) = name.rsplit_once('/').map_or((".", name), |(folder, pattern)| (folder, pattern));
    if !pattern.contains(['*', '?']) || inv.process.files.node(&inv.process.path(name)).is_some() {
        return vec![name.to_string()];
    }
    let there = inv.process.files.list(&inv.process.path(folder)).unwrap_or_default();
    let fits = there.into_iter().filter(|file| matches(pattern.as_bytes(), file.as_bytes()));
    let prefix = if name.contains('/') { format!("{folder}/") } else { String::new() };
    let found: Vec<String> = fits.map(|file| format!("{prefix}{file}")).collect();
    if found.is_empty() { vec![name.to_string()] } else { found }
}

/// Whether a name fits a pattern of `*` and `?`.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => {
            matches(rest, name) || name.split_first().is_some_and(|(_, behind)| matches(pattern, behind))
        }
        (Some((b'?', rest)), Some((_, behind))) => matches(rest, behind),
        (Some((a, rest)), Some((b, behind))) => a == b && matches(rest, behind),
        _ => false,
    }
}

/// The files of one path.
fn expand(inv: &Invocation, name: &str, recursive: bool, found: &mut Vec<Outcome<Source>>) {
    let files = &inv.process.files;
    let path = inv.process.path(name);
    if files.is_directory(&path) {
        let before = found.len();
        walk(inv, name.trim_end_matches('/'), &path, recursive, found);
        if found.len() == before {
            let text = format!("error reading [{name}]: recognized file extensions are [{}]", EXTENSIONS.join(" "));
            found.push(Err(Failure::new(text)));
        }
        return;
    }
    found.push(match files.read(&path) {
        Ok(bytes) => Ok(Source { name: name.into(), text: String::from_utf8_lossy(&bytes).into_owned() }),
        Err(crate::process::FileError::NotFound) => Err(Failure::new(format!("the path {name:?} does not exist"))),
        Err(why) => {
            let why = why.to_string().to_ascii_lowercase();
            Err(Failure::new(format!("the path {name:?} cannot be accessed: stat {name}: {why}")))
        }
    });
}

fn walk(inv: &Invocation, name: &str, path: &str, recursive: bool, found: &mut Vec<Outcome<Source>>) {
    for child in inv.process.files.list(path).unwrap_or_default() {
        // Go joins the parts of a path, and thereby drops what means the same directory.
        let folder = name.trim_start_matches("./");
        let child_name = if folder.is_empty() || folder == "." { child.clone() } else { format!("{folder}/{child}") };
        let child_path = format!("{path}/{child}");
        if inv.process.files.is_directory(&child_path) {
            if recursive {
                walk(inv, &child_name, &child_path, recursive, found);
            }
        } else if EXTENSIONS.iter().any(|extension| child.ends_with(extension)) {
            expand(inv, &child_name, recursive, found);
        }
    }
}

/// Reads the documents of a source, Lists taken apart.
pub fn documents(source: &Source, validate: bool) -> Vec<Outcome<Object>> {
    let mut found = Vec::new();
    for document in parse(&source.text) {
        match document {
            Ok(Value::Null) => {}
            Ok(document) => match check_all(source, &document, validate) {
                Ok(()) => flatten(document, &mut found),
                Err(failure) => {
                    found.push(Err(failure));
                    break;
                }
            },
            Err(why) => {
                let text = format!("error parsing {}: error converting YAML to JSON: {why}", source.name);
                found.push(Err(Failure::new(text)));
                break;
            }
        }
    }
    found
}

/// The documents of a text: JSON ones may stand side by side, YAML ones are separated by `---`.
fn parse(text: &str) -> Vec<Result<Value, String>> {
    if text.trim_start().starts_with('{') {
        let stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        if let Ok(documents) = stream.collect::<Result<Vec<Value>, _>>() {
            return documents.into_iter().map(Ok).collect();
        }
    }
    yaml::documents(text).into_iter().map(yaml::parse).collect()
}

/// Checks an object, and those of a `List`.
fn check_all(source: &Source, document: &Value, validate: bool) -> Outcome {
    check(source, document, validate)?;
    if document["kind"] == "List" {
        for item in document["items"].items() {
            check_all(source, item, validate)?;
        }
    }
    Ok(())
}

/// What must be there before an object's kind is known.
fn check(source: &Source, document: &Value, validate: bool) -> Outcome {
    let name = &source.name;
    let mut missing = Vec::new();
    if !document.is_object() {
        missing.push("invalid object to validate");
    } else {
        for (field, text) in [("apiVersion", "apiVersion not set"), ("kind", "kind not set")] {
            if document[field].str().is_empty() {
                missing.push(text);
            }
        }
    }
    match missing.as_slice() {
        [] => Ok(()),
        missing if validate => {
            let list = if missing.len() == 1 { missing.concat() } else { format!("[{}]", missing.join(", ")) };
            let advice = "if you choose to ignore these errors, turn validation off with --validate=false";
            Err(Failure::new(format!("error validating {name:?}: error validating data: {list}; {advice}")))
        }
        missing => {
            let json = document.to_json();
            let why = match missing.first() {
                Some(&"apiVersion not set") if missing.len() == 1 => {
                    format!("Object 'apiVersion' is missing in '{json}'")
                }
                Some(&"invalid object to validate") => {
                    let shape = r#"struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }"#;
                    let what = if document.is_array() { "array" } else { "string" };
                    format!(
                        "couldn't get version/kind; json parse error: json: cannot unmarshal {what} into Go value of type {shape}"
                    )
                }
                _ => format!("Object 'Kind' is missing in '{json}'"),
            };
            Err(Failure::new(format!("unable to decode {name:?}: {why}")))
        }
    }
}

fn flatten(document: Value, found: &mut Vec<Outcome<Object>>) {
    if document["kind"].str().ends_with("List") && document["items"].is_array() {
        let kind = document["kind"].str().trim_end_matches("List");
        for item in document["items"].items() {
            let mut item = item.clone();
            if !kind.is_empty() {
                item.set_default(&["apiVersion"], &document["apiVersion"]);
                item.set_default(&["kind"], kind);
            }
            flatten(item, found);
        }
    } else {
        found.push(Ok(Object(document)));
    }
}

/// Finds the resource of a manifest's object and settles its namespace.
///
/// # Errors
/// If the server serves no such kind, or the namespaces contradict each other.
pub fn locate(inv: &Invocation, object: Object, source: &str, local: bool) -> Outcome<Info> {
    let (kind, version) = (object.kind().to_string(), object.api_version().to_string());
    let name = object.name().to_string();
    let mut object = object;
    if local {
        let resource = discovery::Resource {
            group: version.split_once('/').map_or("", |(group, _)| group).into(),
            version: version.rsplit('/').next().unwrap_or_default().into(),
            kind,
            ..Default::default()
        };
        let namespace = object.namespace().to_string();
        return Ok(Info { resource: resource.into(), namespace, name, source: source.into(), object });
    }
    let Some(resource) = discovery::of_kind(inv, &version, &kind)? else {
        return Err(Failure::new(format!(
            "resource mapping not found for name: {name:?} namespace: {:?} from {source:?}: \
             no matches for kind {kind:?} in version {version:?}\nensure CRDs are installed first",
            object.namespace()
        )));
    };
    let target = inv.target()?;
    let mut namespace = String::new();
    if resource.namespaced {
        namespace = match object.namespace() {
            "" => target.namespace.clone(),
            own => own.to_string(),
        };
        if target.namespace_given && namespace != target.namespace {
            return Err(Failure::new(format!(
                "the namespace from the provided object {namespace:?} does not match the namespace {:?}. \
                 You must pass '--namespace={namespace}' to perform this operation.",
                target.namespace
            )));
        }
        if object.namespace().is_empty() {
            object.set(&["metadata", "namespace"], namespace.as_str());
        }
    }
    Ok(Info { resource, namespace, name, source: source.into(), object })
}
