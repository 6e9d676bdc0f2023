//! The roles and bindings that the API server creates, as `roles.txt` and
//! `controllers.txt` list them.

use crate::json;
use crate::meta::Value;

static ROLES: &str = include_str!("roles.txt");
static CONTROLLERS: &str = include_str!("controllers.txt");

const GROUP: &str = "rbac.authorization.k8s.io";

fn list(text: &str) -> Value {
    match text {
        "$read" => json!(["get", "list", "watch"]),
        "$write" => json!(["create", "delete", "deletecollection", "patch", "update"]),
        _ => text.split(',').map(|item| if item == "-" { "" } else { item }).collect(),
    }
}

fn object(kind: &str, name: &str) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind,
        "metadata": {
            "name": name,
            "annotations": {"rbac.authorization.kubernetes.io/autoupdate": "true"},
            "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"},
        },
    })
}

fn subject(kind: &str, name: &str) -> Value {
    match name.split_once('/') {
        Some((namespace, name)) if kind == "ServiceAccount" => {
            json!({"kind": kind, "namespace": namespace, "name": name})
        }
        _ => json!({"apiGroup": GROUP, "kind": kind, "name": name}),
    }
}

/// One role with its binding, if it has subjects.
struct Role {
    role: Value,
    subjects: Value,
    /// The binding's name, where it is not the role's.
    binding: Option<String>,
}

impl Role {
    fn new(kind: &str, name: &str) -> Role {
        Role { role: object(kind, name), subjects: Value::array(), binding: None }
    }

    fn objects(self) -> impl Iterator<Item = Value> {
        let (kind, name) = (self.role["kind"].str(), self.role["metadata"]["name"].str());
        let mut binding = object(&format!("{kind}Binding"), self.binding.as_deref().unwrap_or(name));
        if let Some(namespace) = self.role["metadata"].get("namespace") {
            binding["metadata"]["namespace"] = namespace.clone();
        }
        binding["roleRef"] = json!({"apiGroup": GROUP, "kind": kind, "name": name});
        let bound = !self.subjects.is_empty();
        binding["subjects"] = self.subjects;
        [self.role].into_iter().chain(bound.then_some(binding))
    }
}

/// The roles in order, those that aggregate with the rules of what they aggregate.
fn roles(text: &str) -> Vec<Role> {
    let mut roles: Vec<Role> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["role", name] => {
                roles.push(Role::new("ClusterRole", name));
                continue;
            }
            ["controller", name] => {
                let mut role = Role::new("ClusterRole", &format!("system:controller:{name}"));
                role.subjects.push(subject("ServiceAccount", &format!("kube-system/{name}")));
                roles.push(role);
                continue;
            }
            ["local", namespace, name] => {
                let mut role = Role::new("Role", name);
                role.role.set(&["metadata", "namespace"], *namespace);
                roles.push(role);
                continue;
            }
            _ => {}
        }
        let Some(Role { role, subjects, binding }) = roles.last_mut() else { continue };
        match words.as_slice() {
            ["label", label] => role.set(&["metadata", "labels", label], "true"),
            ["aggregate", label] => {
                let mut labels = Value::object();
                labels[*label] = "true".into();
                role["aggregationRule"] = json!({"clusterRoleSelectors": [{"matchLabels": labels}]});
            }
            ["bind", kind, name] => subjects.push(subject(kind, name)),
            ["path", paths, verbs] => {
                role["rules"].push(json!({"nonResourceURLs": (list(paths)), "verbs": (list(verbs))}));
            }
            ["binding", name] => *binding = Some((*name).into()),
            ["$events"] => role["rules"].push(json!({
                "apiGroups": ["", "events.k8s.io"], "resources": ["events"], "verbs": ["create", "patch", "update"],
            })),
            [groups, resources, verbs, names @ ..] => {
                let mut rule = json!({
                    "apiGroups": (list(groups)), "resources": (list(resources)), "verbs": (list(verbs)),
                });
                if let [names] = names {
                    rule["resourceNames"] = list(names);
                }
                role["rules"].push(rule);
            }
            _ => {}
        }
    }
    roles
}

/// Gives the roles that aggregate the rules they start with.
fn aggregate(roles: &mut [Role]) {
    // The last in the file are aggregated into those before, so that one pass from the end suffices.
    for at in (0..roles.len()).rev() {
        let selectors = roles[at].role["aggregationRule"]["clusterRoleSelectors"].clone();
        let Some((label, _)) = selectors[0]["matchLabels"].entries().next() else { continue };
        let mut rules = Value::array();
        for other in roles.iter().filter(|other| other.role["metadata"]["labels"].has(label)) {
            other.role["rules"].items().iter().for_each(|rule| rules.push(rule));
        }
        roles[at].role["rules"] = rules;
    }
}

/// Those for users and for the control plane, as objects.
pub(super) fn objects() -> Vec<Value> {
    let mut roles = roles(ROLES);
    aggregate(&mut roles);
    roles.into_iter().flat_map(Role::objects).collect()
}

/// Those of the controllers.
pub(super) fn of_controllers() -> Vec<Value> {
    roles(CONTROLLERS).into_iter().flat_map(Role::objects).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_whole() {
        let objects = [objects(), of_controllers()].concat();
        let find = |name: &str| objects.iter().find(|o| o["metadata"]["name"] == *name).unwrap();
        assert_eq!(find("cluster-admin")["rules"][0]["verbs"], json!(["*"]));
        let reads = |role: &Value| {
            role["rules"].items().iter().any(|rule| rule["resources"].items().iter().any(|r| *r == "pods/log"))
        };
        for name in ["view", "edit", "admin"] {
            assert!(reads(find(name)), "{name}");
        }
        let signer = find("system:certificates.k8s.io:legacy-unknown-approver");
        assert_eq!(signer["rules"][0]["resourceNames"], json!(["kubernetes.io/legacy-unknown"]));
        let of = |kind: &str| objects.iter().filter(|object| object["kind"] == *kind).count();
        assert_eq!((of("Role"), of("RoleBinding")), (7, 7));
        let binding = find("system::extension-apiserver-authentication-reader");
        assert_eq!(binding["roleRef"]["name"], "extension-apiserver-authentication-reader");
        let controller = objects.iter().find(|object| {
            object["kind"] == "ClusterRoleBinding" && object["metadata"]["name"] == "system:controller:job-controller"
        });
        assert_eq!(controller.unwrap()["subjects"][0]["name"], "job-controller");
    }
}
