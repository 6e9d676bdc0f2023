//! Volumes as files: ConfigMaps, Secrets, tokens and fields appear under their paths, and change.

use super::env::Fields;
use super::host::Caches;
use crate::meta::SortedMap;
use crate::meta::{Object, Text, Time, Value};
use crate::process::{FileSystem, Node};
use base64::Engine;
use std::cell::{OnceCell, RefCell};

/// Where a container shows a volume.
pub struct MountPoint {
    /// The volume's name.
    pub volume: String,
    /// The path in the container.
    pub at: String,
    /// The path within the volume; may be empty.
    pub sub: String,
    /// Whether the container may not write to it.
    pub read_only: bool,
}

/// A file of a volume: path, bytes, mode.
type Item = (String, Bytes, u32);

/// What stands in a file.
enum Bytes {
    Known(Vec<u8>),
    /// A token as the source asks for: the API server makes it when somebody looks.
    Token(Value),
}

/// How a token is had.
pub type Issue = Box<dyn Fn(&Value) -> String>;

/// The volumes of a pod.
#[derive(Default)]
pub struct Volumes {
    open: RefCell<SortedMap<String, Volume>>,
    issue: OnceCell<Issue>,
}

struct Volume {
    files: FileSystem,
    /// Which path of the files is the volume.
    root: String,
    /// What still has to be written before somebody looks.
    pending: Option<(Time, Vec<Item>)>,
    /// The directory that holds what was written last.
    shown: String,
}

/// Why a volume cannot be set up.
pub type Problem = String;

impl Volumes {
    /// Says how tokens are had, if it has not been said.
    pub fn issue_by(&self, issue: impl FnOnce() -> Issue) {
        let _ = self.issue.get_or_init(issue);
    }

    fn token(&self, source: &Value) -> Vec<u8> {
        self.issue.get().map(|issue| issue(source).into_bytes()).unwrap_or_default()
    }

    /// Sets up the volumes of a pod, as far as they are not set up yet.
    ///
    /// # Errors
    /// What is missing, by volume.
    pub fn set_up(
        &self,
        fields: &Fields,
        caches: &Caches,
        machine: &FileSystem,
        now: Time,
    ) -> Result<(), Vec<(String, Problem)>> {
        let mut problems = Vec::new();
        for volume in fields.pod.spec()["volumes"].items() {
            let name = volume["name"].str();
            if self.open.borrow().contains_key(name) {
                continue;
            }
            match open(volume, fields, caches, machine, now) {
                Ok(volume) => drop(self.open.borrow_mut().insert(name.into(), volume)),
                Err(problem) => problems.push((name.to_string(), problem)),
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// Writes anew what projected volumes show.
    pub fn refresh(&self, fields: &Fields, caches: &Caches, now: Time) {
        for volume in fields.pod.spec()["volumes"].items() {
            let Some(Ok(items)) = items(volume, fields, caches) else { continue };
            if let Some(open) = self.open.borrow_mut().get_mut(volume["name"].str()) {
                open.pending = Some((now, items));
                if !open.shown.is_empty() {
                    open.write(&|source| self.token(source));
                }
            }
        }
    }

    /// Shows a volume in a container's files.
    pub fn mount(&self, files: &FileSystem, point: &MountPoint) {
        let mut volumes = self.open.borrow_mut();
        let Some(volume) = volumes.get_mut(&point.volume) else { return };
        volume.write(&|source| self.token(source));
        let root = FileSystem::resolve(&volume.root, &point.sub);
        // A subPath of a ConfigMap shows the file as it is now, not what later comes in its place.
        if let (false, Ok(bytes), false) = (point.sub.is_empty(), volume.files.read(&root), volume.shown.is_empty()) {
            files.put(&point.at, Node::File(bytes, 0o644));
            return;
        }
        if volume.files.node(&root).is_none() {
            volume.files.put(&root, Node::Directory);
        }
        files.mount(&point.at, &volume.files, &root, point.read_only);
    }

    /// Whether a pod shows what changes with that object.
    pub fn show(pod: &Object, kind: &str, name: &str) -> bool {
        let (direct, field, projected) = match kind {
            "configmaps" => ("configMap", "name", "configMap"),
            _ => ("secret", "secretName", "secret"),
        };
        pod.spec()["volumes"].items().iter().any(|volume| {
            let sources = volume["projected"]["sources"].items();
            volume[direct][field] == *name || sources.iter().any(|source| source[projected]["name"] == *name)
        })
    }
}

impl Volume {
    /// Writes what is pending, the way the kubelet's atomic writer does: a new directory, then a link
    /// to it in place of the old one.
    fn write(&mut self, token: &dyn Fn(&Value) -> Vec<u8>) {
        let Some((now, items)) = self.pending.take() else { return };
        let (year, month, day, hour, minute, second) = now.civil();
        let nanos = now.0.rem_euclid(1_000_000) * 1000;
        let directory = format!("/..{year:04}_{month:02}_{day:02}_{hour:02}_{minute:02}_{second:02}.{nanos}");
        self.files.put(&directory, Node::Directory);
        for (path, bytes, mode) in &items {
            let bytes = match bytes {
                Bytes::Known(bytes) => bytes.as_slice().into(),
                Bytes::Token(source) => token(source).into(),
            };
            self.files.put(&format!("{directory}/{path}"), Node::File(bytes, *mode));
            let first = path.split('/').next().unwrap_or_default();
            self.files.put(&format!("/{first}"), Node::Link(format!("..data/{first}")));
        }
        self.files.put("/..data", Node::Link(directory[1..].into()));
        let old = std::mem::replace(&mut self.shown, directory);
        if !old.is_empty() && old != self.shown {
            for name in self.files.list(&old).unwrap_or_default() {
                if !items.iter().any(|(path, ..)| path.split('/').next() == Some(&name)) {
                    let _ = self.files.remove(&format!("/{name}"));
                }
            }
            let _ = self.files.remove(&old);
        }
    }
}

fn open(volume: &Value, fields: &Fields, caches: &Caches, machine: &FileSystem, now: Time) -> Result<Volume, Problem> {
    let mut open = Volume { files: FileSystem::default(), root: "/".into(), pending: None, shown: String::new() };
    if let Some(items) = items(volume, fields, caches) {
        open.pending = Some((now, items?));
    } else if let Some(host_path) = volume.get("hostPath") {
        open.files = machine.clone();
        open.root = host_directory(machine, host_path["path"].str(), host_path["type"].str())?;
    } else if let Some(claim) = volume.get("persistentVolumeClaim") {
        let name = claim["claimName"].str();
        let claimed = caches.claims.get(&(Text::from(fields.pod.namespace()), Text::from(name)));
        let claimed = claimed.ok_or_else(|| format!("persistentvolumeclaim \"{name}\" not found"))?;
        let bound = claimed.spec()["volumeName"].str();
        let Some(bound) = caches.volumes.get(bound).filter(|_| !bound.is_empty()) else {
            return Err(format!("PersistentVolumeClaim \"{name}\" is not bound"));
        };
        let path = bound.at(&["spec", "hostPath", "path"]).str();
        let path = if path.is_empty() { bound.at(&["spec", "local", "path"]).str() } else { path };
        open.files = machine.clone();
        let elsewhere = format!("/var/lib/kubelet/plugins/{}", bound.name());
        open.root = host_directory(machine, if path.is_empty() { &elsewhere } else { path }, "DirectoryOrCreate")?;
    }
    Ok(open)
}

/// The path on a machine, made or checked as the `hostPath` type says.
fn host_directory(machine: &FileSystem, path: &str, kind: &str) -> Result<String, Problem> {
    /// What a fresh machine has.
    const USUAL: &[&str] = &["/tmp", "/var", "/var/log", "/etc", "/usr", "/dev", "/proc", "/sys", "/data", "/mnt"];
    let path = FileSystem::resolve("/", path);
    let there = machine.node(&path).or_else(|| USUAL.contains(&path.as_str()).then_some(Node::Directory));
    let problem = |what: &str| Err(format!("hostPath type check failed: {path} is not a {what}"));
    match (kind, there) {
        ("Directory", found) if !matches!(found, Some(Node::Directory)) => return problem("directory"),
        ("File", found) if !matches!(found, Some(Node::File(..))) => return problem("file"),
        ("Socket", _) => return problem("socket"),
        ("CharDevice", _) => return problem("character device"),
        ("BlockDevice", _) => return problem("block device"),
        ("FileOrCreate", None) => machine.put(&path, Node::File([].into(), 0o644)),
        (_, None) => machine.put(&path, Node::Directory),
        (_, Some(Node::Directory)) => machine.put(&path, Node::Directory),
        _ => {}
    }
    Ok(path)
}

/// The files of a volume whose content comes from the API; `None` for other volumes.
fn items(volume: &Value, fields: &Fields, caches: &Caches) -> Option<Result<Vec<Item>, Problem>> {
    if let Some(source) = volume.get("configMap") {
        return Some(keyed(source, source["name"].str(), source["defaultMode"].as_i64(), false, fields, caches));
    }
    if let Some(source) = volume.get("secret") {
        return Some(keyed(source, source["secretName"].str(), source["defaultMode"].as_i64(), true, fields, caches));
    }
    if let Some(source) = volume.get("downwardAPI") {
        return Some(Ok(downward(source, fields)));
    }
    let projected = volume.get("projected")?;
    let mode = projected["defaultMode"].as_i64();
    let mut all = Vec::new();
    for source in projected["sources"].items() {
        let part = if let Some(source) = source.get("configMap") {
            keyed(source, source["name"].str(), mode, false, fields, caches)
        } else if let Some(source) = source.get("secret") {
            keyed(source, source["name"].str(), mode, true, fields, caches)
        } else if let Some(source) = source.get("downwardAPI") {
            Ok(downward(source, fields))
        } else if let Some(source) = source.get("serviceAccountToken") {
            Ok(vec![(source["path"].str().to_string(), Bytes::Token(source.clone()), 0o644)])
        } else {
            Ok(Vec::new())
        };
        match part {
            Ok(items) => all.extend(items),
            Err(problem) => return Some(Err(problem)),
        }
    }
    Some(Ok(all))
}

/// The files of a ConfigMap or Secret: all keys, or the `items`.
fn keyed(
    source: &Value,
    name: &str,
    mode: Option<i64>,
    secret: bool,
    fields: &Fields,
    caches: &Caches,
) -> Result<Vec<Item>, Problem> {
    let (shelf, word) = if secret { (&caches.secrets, "secret") } else { (&caches.config_maps, "configmap") };
    let optional = source["optional"].bool();
    let Some(object) = shelf.get(&(Text::from(fields.pod.namespace()), Text::from(name))) else {
        return if optional { Ok(Vec::new()) } else { Err(format!("{word} \"{name}\" not found")) };
    };
    let mode = |said: Option<i64>| said.or(mode).and_then(|mode| u32::try_from(mode).ok()).unwrap_or(0o644);
    let bytes = |key: &str| {
        let text = object["data"].get(key);
        let plain = text.filter(|_| !secret).map(|text| text.str().as_bytes().to_vec());
        plain.or_else(|| text.or(object["binaryData"].get(key)).map(|text| decode(text.str())))
    };
    if source["items"].is_null() {
        let keys = object["data"].entries().chain(object["binaryData"].entries());
        let all = keys.filter_map(|(key, _)| Some((key.to_string(), Bytes::Known(bytes(key)?), mode(None))));
        return Ok(all.collect());
    }
    let mut files = Vec::new();
    for item in source["items"].items() {
        let key = item["key"].str();
        match bytes(key) {
            Some(bytes) => {
                files.push((item["path"].str().to_string(), Bytes::Known(bytes), mode(item["mode"].as_i64())))
            }
            None if optional => {}
            None if secret => return Err(format!("references non-existent secret key: {key}")),
            None => return Err(format!("configmap references non-existent config key: {key}")),
        }
    }
    Ok(files)
}

fn downward(source: &Value, fields: &Fields) -> Vec<Item> {
    let containers = fields.pod.spec()["containers"].items();
    let file = |item: &Value| {
        let text = match item.get("resourceFieldRef") {
            Some(reference) => {
                let container = containers.iter().find(|c| c["name"] == reference["containerName"])?;
                fields.resource(container, reference)?
            }
            None => fields.field(item["fieldRef"]["fieldPath"].str())?,
        };
        Some((item["path"].str().to_string(), Bytes::Known(text.into_bytes()), 0o644))
    };
    source["items"].items().iter().filter_map(file).collect()
}

/// The bytes of a Secret's value; none if it is no base64.
pub fn decode(text: &str) -> Vec<u8> {
    base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn config_maps_become_files_and_follow_changes() {
        let mut caches = Caches::default();
        let at = (Text::from("default"), Text::from("conf"));
        caches.config_maps.insert(at.clone(), Object(json!({"data": {"a": "1", "b": "2"}})));
        let pod = Object(json!({
            "metadata": {"name": "p", "namespace": "default"},
            "spec": {"volumes": [
                {"name": "all", "configMap": {"name": "conf"}},
                {"name": "some", "configMap": {"name": "conf", "items": [{"key": "a", "path": "x/y"}]}},
                {"name": "maybe", "configMap": {"name": "none", "optional": true}},
            ]},
        }));
        let fields = Fields { pod: &pod, address: "", host: "", allocatable: &Value::Null };
        let volumes = Volumes::default();
        volumes.set_up(&fields, &caches, &FileSystem::default(), Time(1)).unwrap();
        let files = FileSystem::default();
        for (volume, at, sub) in
            [("all", "/all", ""), ("some", "/some", ""), ("maybe", "/maybe", ""), ("all", "/f/a", "a")]
        {
            volumes
                .mount(&files, &MountPoint { volume: volume.into(), at: at.into(), sub: sub.into(), read_only: true });
        }
        let read = |path: &str| files.read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).ok();
        assert_eq!((read("/all/a").as_deref(), read("/some/x/y").as_deref()), (Some("1"), Some("1")));
        caches.config_maps.insert(at, Object(json!({"data": {"a": "3"}})));
        volumes.refresh(&fields, &caches, Time(2));
        assert_eq!((read("/all/a").as_deref(), read("/all/b"), read("/f/a").as_deref()), (Some("3"), None, Some("1")));
    }

    #[test]
    fn what_is_missing_is_said() {
        let caches = Caches::default();
        for (volume, expect) in [
            (json!({"configMap": {"name": "x"}}), "configmap \"x\" not found"),
            (json!({"secret": {"secretName": "x"}}), "secret \"x\" not found"),
            (
                json!({"hostPath": {"path": "/nope", "type": "Directory"}}),
                "hostPath type check failed: /nope is not a directory",
            ),
            (json!({"persistentVolumeClaim": {"claimName": "x"}}), "persistentvolumeclaim \"x\" not found"),
        ] {
            let mut volume = volume;
            volume["name"] = "v".into();
            let pod = Object(json!({"metadata": {"namespace": "default"}, "spec": {"volumes": [volume]}}));
            let fields = Fields { pod: &pod, address: "", host: "", allocatable: &Value::Null };
            let problems = Volumes::default().set_up(&fields, &caches, &FileSystem::default(), Time(0));
            assert_eq!(problems, Err(vec![("v".to_string(), expect.to_string())]));
        }
    }
}
