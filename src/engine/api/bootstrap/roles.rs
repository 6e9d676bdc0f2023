//! The cluster roles and bindings that the API server creates, as `roles.txt` lists them.

use crate::json;
use crate::meta::Value;

static TEXT: &str = include_str!("roles.txt");

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
}

impl Role {
    fn objects(self) -> impl Iterator<Item = Value> {
        let name = self.role["metadata"]["name"].str();
        let mut binding = object("ClusterRoleBinding", name);
        binding["roleRef"] = json!({"apiGroup": GROUP, "kind": "ClusterRole", "name": name});
        let bound = !self.subjects.is_empty();
        binding["subjects"] = self.subjects;
        [self.role].into_iter().chain(bound.then_some(binding))
    }
}

/// The roles in order, those that aggregate with the rules of what they aggregate.
fn roles() -> Vec<Role> {
    let mut roles: Vec<Role> = Vec::new();
    for line in TEXT.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split(' ').collect();
        if let ["role", name] = words.as_slice() {
            roles.push(Role { role: object("ClusterRole", name), subjects: Value::array() });
            continue;
        }
        let Some(Role { role, subjects }) = roles.last_mut() else { continue };
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
            [groups, resources, verbs] => role["rules"].push(json!({
                "apiGroups": (list(groups)), "resources": (list(resources)), "verbs": (list(verbs)),
            })),
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

/// All of them, as objects.
pub(super) fn objects() -> Vec<Value> {
    let mut roles = roles();
    aggregate(&mut roles);
    roles.into_iter().flat_map(Role::objects).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_whole() {
        let objects = objects();
        let find = |name: &str| objects.iter().find(|o| o["metadata"]["name"] == *name).unwrap();
        assert_eq!(find("cluster-admin")["rules"][0]["verbs"], json!(["*"]));
        let reads = |role: &Value| {
            role["rules"].items().iter().any(|rule| rule["resources"].items().iter().any(|r| *r == "pods/log"))
        };
        for name in ["view", "edit", "admin"] {
            assert!(reads(find(name)), "{name}");
        }
    }
}
