//! `kubectl create role`, `clusterrole`, `rolebinding`, `clusterrolebinding`.

use super::generate;
use crate::json;
use crate::kubectl::command::Command;
use crate::kubectl::discovery;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::Invocation;
use crate::meta::Value;

/// The rows of the cluster's kinds.
pub static CLUSTER_ROWS: &[Command] = &[
    Command {
        path: "create clusterrole",
        short: "Create a cluster role",
        run: Some(|inv| Box::pin(async move { role(&inv, "ClusterRole") })),
        ..Command::BASE
    },
    Command {
        path: "create clusterrolebinding",
        short: "Create a cluster role binding for a particular cluster role",
        required: &["clusterrole"],
        run: Some(|inv| Box::pin(async move { binding(&inv, "ClusterRoleBinding") })),
        ..Command::BASE
    },
];

/// The rows of a namespace's kinds.
pub static ROWS: &[Command] = &[
    Command {
        path: "create role",
        short: "Create a role with single rule",
        run: Some(|inv| Box::pin(async move { role(&inv, "Role") })),
        ..Command::BASE
    },
    Command {
        path: "create rolebinding",
        short: "Create a role binding for a particular role or cluster role",
        run: Some(|inv| Box::pin(async move { binding(&inv, "RoleBinding") })),
        ..Command::BASE
    },
];

const GROUP: &str = "rbac.authorization.k8s.io";

/// The verbs that resources know.
const VERBS: &[&str] = &[
    "get",
    "delete",
    "list",
    "create",
    "update",
    "patch",
    "watch",
    "proxy",
    "redirect",
    "use",
    "deletecollection",
    "bind",
    "escalate",
    "impersonate",
    "approve",
    "sign",
    "attest",
    "request-serviceaccounts-token-audience",
    "*",
];

fn role(inv: &Invocation, kind: &str) -> Outcome {
    let name = generate::name(inv)?;
    let mut object = generate::object("rbac.authorization.k8s.io/v1", kind, &name);
    let aggregation = inv.flags.str("aggregation-rule");
    if !aggregation.is_empty() {
        for (key, value) in generate::pairs(aggregation) {
            let mut selector = Value::object();
            selector.set(&["matchLabels", &key], value);
            object["aggregationRule"]["clusterRoleSelectors"].push(selector);
        }
        object["rules"] = Value::Null;
        return generate::finish(inv, object, "");
    }
    let mut verbs: Vec<String> = Vec::new();
    for verb in inv.flags.list("verb") {
        if verb == "*" {
            verbs = vec![verb];
            break;
        }
        if !verbs.contains(&verb) {
            verbs.push(verb);
        }
    }
    if verbs.is_empty() {
        return Err("at least one verb must be specified".into());
    }
    let urls = inv.flags.list("non-resource-url");
    let resources = inv.flags.list("resource");
    if resources.is_empty() && urls.is_empty() {
        return Err("at least one resource must be specified".into());
    }
    if urls.iter().any(|url| url != "*" && !url.starts_with('/')) {
        return Err("nonResourceURL should start with /".into());
    }
    if urls.is_empty() {
        for verb in verbs.iter().filter(|verb| !VERBS.contains(&verb.as_str())) {
            inv.warn(&format!("'{verb}' is not a standard resource verb"));
        }
    }
    // One rule for each group, in the order in which the groups come.
    let mut rules: Vec<(String, Vec<String>)> = Vec::new();
    for word in &resources {
        let (word, sub) = word.split_once('/').map_or((word.as_str(), ""), |(word, sub)| (word, sub));
        let (group, mut resource) = match word {
            "*" => ("*".to_string(), "*".to_string()),
            word => {
                let found = discovery::find(inv, word).map_err(|failure| Failure::Plain(failure.message()))?;
                (found.group.clone(), found.name.clone())
            }
        };
        if !sub.is_empty() {
            resource = format!("{resource}/{sub}");
        }
        match rules.iter_mut().find(|(known, _)| *known == group) {
            Some((_, resources)) => resources.push(resource),
            None => rules.push((group, vec![resource])),
        }
    }
    rules.sort();
    let names = inv.flags.list("resource-name");
    object["rules"] = Value::array();
    for (group, resources) in rules {
        let mut rule = json!({"apiGroups": [group], "resources": resources, "verbs": (verbs.clone())});
        if !names.is_empty() {
            rule["resourceNames"] = names.clone().into();
        }
        object["rules"].push(rule);
    }
    if !urls.is_empty() {
        object["rules"].push(json!({"nonResourceURLs": urls, "verbs": verbs}));
    }
    generate::finish(inv, object, "")
}

fn binding(inv: &Invocation, kind: &str) -> Outcome {
    let name = generate::name(inv)?;
    let (role, cluster_role) = (inv.flags.str("role"), inv.flags.str("clusterrole"));
    let (role_kind, role_name) = match (role, cluster_role) {
        (role, "") if !role.is_empty() => ("Role", role),
        ("", role) if !role.is_empty() => ("ClusterRole", role),
        _ => return Err("exactly one of clusterrole or role must be specified".into()),
    };
    let mut object = generate::object("rbac.authorization.k8s.io/v1", kind, &name);
    object["roleRef"] = json!({"apiGroup": GROUP, "kind": role_kind, "name": role_name});
    for (flag, subject) in [("user", "User"), ("group", "Group")] {
        for name in inv.flags.list(flag) {
            object["subjects"].push(json!({"apiGroup": GROUP, "kind": subject, "name": name}));
        }
    }
    for account in inv.flags.list("serviceaccount") {
        let parts: Vec<&str> = account.split(':').collect();
        let [namespace, name] = parts.as_slice() else {
            return Err("serviceaccount must be <namespace>:<name>".into());
        };
        if namespace.is_empty() || name.is_empty() {
            return Err("serviceaccount must be <namespace>:<name>".into());
        }
        object["subjects"].push(json!({"kind": "ServiceAccount", "name": *name, "namespace": *namespace}));
    }
    generate::finish(inv, object, &format!("failed to create {}:", kind.to_ascii_lowercase()))
}
