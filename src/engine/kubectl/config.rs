//! Which cluster, as whom, in which namespace: the kubeconfig files and the flags on top of them.

use super::failure::{Failure, Outcome};
use super::flags::Flags;
use crate::json;
use crate::meta::{Value, yaml};
use crate::process::Process;

/// Where the API server listens, for those outside the cluster.
pub const SERVER: &str = "https://192.168.49.2:8443";

/// Where kubectl looks if nothing tells it about a cluster.
const NO_CONFIG_SERVER: &str = "http://localhost:8080";

/// The lists of a kubeconfig whose entries have a name: the list, and the field of an entry.
pub const LISTS: &[(&str, &str)] = &[("clusters", "cluster"), ("contexts", "context"), ("users", "user")];

/// The kubeconfig files in effect, as documents.
pub struct Kubeconfig {
    /// Each path, as it was given, with the document there (`null` where there is no file).
    pub files: Vec<(String, Value)>,
    /// Whether `--kubeconfig` named the file.
    pub explicit: bool,
}

/// What the files and flags come to for one invocation.
#[derive(Clone, Debug)]
pub struct Target {
    /// The API server's URL.
    pub server: String,
    /// The namespace to work in.
    pub namespace: String,
    /// Whether a flag said so.
    pub namespace_given: bool,
    /// The `user` of the kubeconfig with the flags on top.
    pub user: Value,
    /// The user's name in the kubeconfig.
    pub user_name: String,
}

/// An empty kubeconfig, as kubectl writes one.
pub fn empty() -> Value {
    json!({"apiVersion": "v1", "kind": "Config", "clusters": null, "contexts": null, "users": null, "current-context": ""})
}

/// The kubeconfig of a machine that was set up with its cluster: one context, `minikube`.
pub fn standard() -> String {
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "minikube",
        "clusters": [{"name": "minikube", "cluster": {"server": SERVER, "insecure-skip-tls-verify": true}}],
        "contexts": [{"name": "minikube", "context": {"cluster": "minikube", "user": "minikube", "namespace": "default"}}],
        "users": [{"name": "minikube", "user": {"token": "admintoken"}}],
    });
    yaml::print(&config)
}

/// The entry of that name in one of the named lists.
pub fn entry<'a>(config: &'a Value, list: &str, name: &str) -> Option<&'a Value> {
    let field = LISTS.iter().find(|(of, _)| *of == list)?.1;
    config[list].items().iter().find(|entry| entry["name"] == name).map(|entry| &entry[field])
}

/// Sets the entry of that name, keeping the list sorted by name as kubectl writes it.
pub fn set_entry(config: &mut Value, list: &str, name: &str, value: Option<Value>) {
    let Some((_, field)) = LISTS.iter().find(|(of, _)| *of == list) else { return };
    let mut entries: Vec<Value> = config[list].items().iter().filter(|entry| entry["name"] != name).cloned().collect();
    let value = value.map(|mut value| {
        // What Go writes whether it is set or not.
        if list == "contexts" {
            value.set_default(&["cluster"], "");
            value.set_default(&["user"], "");
        }
        value
    });
    entries.extend(value.map(|value| json!({"name": name, (*field): value})));
    entries.sort_by(|a, b| a["name"].str().cmp(b["name"].str()));
    config[list] = if entries.is_empty() { Value::Null } else { entries.into() };
}

impl Kubeconfig {
    /// Reads the files that `--kubeconfig`, `$KUBECONFIG` or the home directory name.
    ///
    /// # Errors
    /// If a file is no kubeconfig.
    pub fn load(process: &Process, flags: &Flags) -> Outcome<Kubeconfig> {
        let explicit = !flags.str("kubeconfig").is_empty();
        let home = process.var("HOME").unwrap_or("/home/user");
        let paths: Vec<String> = match (flags.global("kubeconfig"), process.var("KUBECONFIG").unwrap_or_default()) {
            ("", "") => vec![format!("{}/.kube/config", home.trim_end_matches('/'))],
            ("", list) => list.split(':').filter(|path| !path.is_empty()).map(String::from).collect(),
            (path, _) => vec![path.to_string()],
        };
        let mut files = Vec::new();
        for path in paths {
            let document = match process.files.read(&process.path(&path)) {
                Ok(bytes) => read(&bytes).map_err(|why| format!("error loading config file {path:?}: {why}"))?,
                Err(_) => Value::Null,
            };
            files.push((path, document));
        }
        Ok(Kubeconfig { files, explicit })
    }

    /// All files in one: what comes first counts.
    pub fn merged(&self) -> Value {
        let mut all = empty();
        for (_, file) in &self.files {
            if all["current-context"].is_empty() && !file["current-context"].is_empty() {
                all["current-context"] = file["current-context"].clone();
            }
            for (list, field) in LISTS {
                for item in file[*list].items() {
                    let name = item["name"].str();
                    if entry(&all, list, name).is_none() {
                        set_entry(&mut all, list, name, Some(item[*field].clone()));
                    }
                }
            }
            if !file["preferences"].is_empty() {
                all["preferences"] = file["preferences"].clone();
            }
        }
        all
    }

    /// What files and flags come to.
    ///
    /// # Errors
    /// If they name what is not there.
    pub fn target(&self, flags: &Flags) -> Outcome<Target> {
        if let (true, Some((path, Value::Null))) = (self.explicit, self.files.first()) {
            return Err(Failure::new(format!("stat {path}: no such file or directory")));
        }
        let config = self.merged();
        let chosen = |flag: &str, otherwise: &str| match flags.global(flag) {
            "" => otherwise.to_string(),
            name => name.to_string(),
        };
        let context_name = chosen("context", config["current-context"].str());
        let context = match entry(&config, "contexts", &context_name) {
            Some(context) => context.clone(),
            None if context_name.is_empty() => Value::Null,
            None => {
                let text = "Error in configuration: context was not found for specified context: ";
                return Err(Failure::Plain(format!("{text}{context_name}")));
            }
        };
        let cluster_name = chosen("cluster", context["cluster"].str());
        let user_name = chosen("user", context["user"].str());
        let cluster = entry(&config, "clusters", &cluster_name).cloned();
        if cluster.is_none() && !cluster_name.is_empty() && flags.global("server").is_empty() {
            return Err(Failure::new(format!("no server found for cluster {cluster_name:?}")));
        }
        let user = entry(&config, "users", &user_name).cloned();
        if user.is_none() && !user_name.is_empty() && !flags.global("user").is_empty() {
            return Err(Failure::new(format!("auth info {user_name:?} does not exist")));
        }
        let cluster = cluster.unwrap_or_default();
        let mut user = user.unwrap_or_default();
        for (flag, field) in
            [("token", "token"), ("username", "username"), ("password", "password"), ("as", "as"), ("as-uid", "as-uid")]
        {
            if !flags.global(flag).is_empty() {
                user[field] = flags.global(flag).into();
            }
        }
        if flags.changed("as-group") {
            user["as-groups"] = flags.list("as-group").into();
        }
        let server = match (flags.global("server"), cluster["server"].str()) {
            ("", "") => NO_CONFIG_SERVER.to_string(),
            ("", server) => server.to_string(),
            (server, _) if server.contains("://") => server.to_string(),
            (server, _) => format!("http://{server}"),
        };
        let given = flags.global("namespace");
        let namespace = match (given, context["namespace"].str()) {
            ("", "") => "default",
            ("", namespace) | (namespace, _) => namespace,
        };
        Ok(Target { server, namespace: namespace.into(), namespace_given: !given.is_empty(), user, user_name })
    }

    /// The file that changes are written to.
    pub fn main_file(&self) -> &str {
        self.files.first().map_or("", |(path, _)| path.as_str())
    }
}

/// Reads one kubeconfig.
fn read(bytes: &[u8]) -> Result<Value, String> {
    let document = yaml::parse(&String::from_utf8_lossy(bytes))?;
    if document.is_null() || document.is_object() {
        return Ok(document);
    }
    let what = match document {
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        _ => "number",
    };
    let shape =
        r#"struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }"#;
    Err(format!(
        "couldn't get version/kind; json parse error: json: cannot unmarshal {what} into Go value of type {shape}"
    ))
}
