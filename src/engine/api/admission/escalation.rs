//! Nobody gives away rights they do not hold: what roles may grant, and which roles may be bound.
//!
//! The real server asks this in the storage of these kinds, where it also sees what patches make.

use super::Plugin;
use crate::api::authorize::{Attributes, Found, decide, rules_of, visit};
use crate::api::operation::{Operation, Verb};
use crate::api::server::ApiServer;
use crate::json;
use crate::meta::{Object, Status, Value};

const GROUP: &str = "rbac.authorization.k8s.io";

pub(super) static ROLES: Plugin = Plugin {
    name: "",
    resources: &["roles.rbac.authorization.k8s.io", "clusterroles.rbac.authorization.k8s.io"],
    mutate: None,
    validate: Some(check_role),
};

pub(super) static BINDINGS: Plugin = Plugin {
    name: "",
    resources: &["rolebindings.rbac.authorization.k8s.io", "clusterrolebindings.rbac.authorization.k8s.io"],
    mutate: None,
    validate: Some(check_binding),
};

/// Whether the operation may grant anything, whoever it is for.
fn is_free(op: &Operation) -> bool {
    op.trusted || op.verb == Verb::Delete || op.user.groups.iter().any(|group| group == "system:masters")
}

/// Whether the user may do this to a role in spite of all.
fn may(server: &ApiServer, op: &Operation, verb: &str, resource: &str, name: &str) -> bool {
    let asked = Attributes { verb, group: GROUP, resource, namespace: &op.namespace, name, ..Attributes::default() };
    decide(server, op.user, &asked).allowed
}

fn check_role(server: &mut ApiServer, op: &mut Operation, role: &Object, old: Option<&Object>) -> Result<(), Status> {
    let unchanged = |field: &str| old.is_some_and(|old| old[field] == role[field]);
    if is_free(op)
        || unchanged("rules") && unchanged("aggregationRule")
        || may(server, op, "escalate", &op.resource.plural, role.name())
    {
        return Ok(());
    }
    confirm(server, op, role.name(), &role["rules"])?;
    if !role["aggregationRule"].is_null() {
        let all = json!([
            {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}, {"nonResourceURLs": ["*"], "verbs": ["*"]},
        ]);
        let why = "must have cluster-admin privileges to use the aggregationRule";
        confirm(server, op, role.name(), &all).map_err(|_| op.forbidden(role.name(), why))?;
    }
    Ok(())
}

fn check_binding(
    server: &mut ApiServer,
    op: &mut Operation,
    binding: &Object,
    old: Option<&Object>,
) -> Result<(), Status> {
    let unchanged = |field: &str| old.is_some_and(|old| old[field] == binding[field]);
    let role = &binding["roleRef"];
    let (resource, namespace) = match role["kind"].str() {
        "ClusterRole" => ("clusterroles", ""),
        _ => ("roles", &*op.namespace),
    };
    if is_free(op)
        || unchanged("subjects") && unchanged("roleRef")
        || may(server, op, "bind", resource, role["name"].str())
    {
        return Ok(());
    }
    let Some(role) = rules_of(server, resource, namespace, role["name"].str()) else {
        return Err(Status::not_found(GROUP, resource, role["name"].str()));
    };
    confirm(server, op, binding.name(), &role)
}

/// Refuses to grant rules that the user's own do not cover.
fn confirm(server: &ApiServer, op: &Operation, name: &str, rules: &Value) -> Result<(), Status> {
    let (mut held, mut problems) = (Vec::new(), Vec::new());
    visit(server, op.user, &op.namespace, &mut |found| {
        match found {
            Found::Rule(_, rule) => held.push(rule.clone()),
            Found::Missing(text) => problems.push(text),
        }
        true
    });
    let mut missing: Vec<Part> = Vec::new();
    for part in rules.items().iter().flat_map(parts) {
        if held.iter().any(|rule| part.is_covered_by(rule)) {
            continue;
        }
        // The verbs on one thing are told together.
        match missing.iter_mut().find(|other| other.is_about_the_same(&part)) {
            Some(other) => other.verbs.extend(part.verbs),
            None => missing.push(part),
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let mut texts: Vec<String> = missing.iter().map(Part::describe).collect();
    texts.sort();
    texts.dedup();
    let mut why = format!(
        "user {:?} (groups={}) is attempting to grant RBAC permissions not currently held:\n{}",
        op.user.name,
        quoted(&op.user.groups),
        texts.join("\n")
    );
    if !problems.is_empty() {
        why += &format!("; resolution errors: [{}]", problems.join(", "));
    }
    Err(op.forbidden(name, &why))
}

/// The smallest part of a rule: one thing, and what may be done to it.
struct Part {
    group: Option<String>,
    resource: Option<String>,
    name: Option<String>,
    path: Option<String>,
    verbs: Vec<String>,
}

/// The parts of a rule, in order.
fn parts(rule: &Value) -> Vec<Part> {
    let texts = |field: &str| -> Vec<String> { rule[field].items().iter().map(|item| item.str().into()).collect() };
    let names: Vec<Option<String>> = match texts("resourceNames") {
        names if names.is_empty() => vec![None],
        names => names.into_iter().map(Some).collect(),
    };
    let mut parts = Vec::new();
    for group in texts("apiGroups") {
        for resource in texts("resources") {
            for verb in texts("verbs") {
                parts.extend(names.iter().map(|name| Part {
                    group: Some(group.clone()),
                    resource: Some(resource.clone()),
                    name: name.clone(),
                    path: None,
                    verbs: vec![verb.clone()],
                }));
            }
        }
    }
    for path in texts("nonResourceURLs") {
        parts.extend(texts("verbs").into_iter().map(|verb| Part {
            group: None,
            resource: None,
            name: None,
            path: Some(path.clone()),
            verbs: vec![verb],
        }));
    }
    parts
}

impl Part {
    fn is_about_the_same(&self, other: &Part) -> bool {
        self.path.is_none()
            && (&self.group, &self.resource, &self.name, &self.path)
                == (&other.group, &other.resource, &other.name, &other.path)
    }

    /// Whether a rule allows all of it.
    fn is_covered_by(&self, rule: &Value) -> bool {
        let has = |field: &str, wanted: &str| rule[field].items().iter().any(|item| *item == "*" || *item == *wanted);
        if !self.verbs.iter().all(|verb| has("verbs", verb)) {
            return false;
        }
        if let Some(path) = &self.path {
            return rule["nonResourceURLs"].items().iter().any(|item| match item.str().strip_suffix('*') {
                Some(prefix) => path.starts_with(prefix),
                None => item.str() == path,
            });
        }
        let (group, resource) = (self.group.as_deref().unwrap_or(""), self.resource.as_deref().unwrap_or(""));
        let below = resource.split_once('/').map(|(_, below)| format!("*/{below}"));
        let names = &rule["resourceNames"];
        has("apiGroups", group)
            && (has("resources", resource) || below.is_some_and(|below| has("resources", &below)))
            && (names.is_empty()
                || self.name.as_ref().is_some_and(|name| names.items().iter().any(|item| item.str() == name)))
    }

    fn describe(&self) -> String {
        let one = |title: &str, text: &Option<String>| text.as_ref().map(|text| format!("{title}:[{text:?}]"));
        let fields = [
            one("APIGroups", &self.group),
            one("Resources", &self.resource),
            one("NonResourceURLs", &self.path),
            one("ResourceNames", &self.name),
            Some(format!("Verbs:{}", quoted(&self.verbs))),
        ];
        format!("{{{}}}", fields.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

/// A list as Go's `%q` prints it.
fn quoted(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|text| format!("{text:?}")).collect::<Vec<_>>().join(" "))
}
