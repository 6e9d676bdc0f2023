//! Who may do what: role-based access control over the stored roles and bindings.

use super::operation::Operation;
use super::request::User;
use super::server::ApiServer;
use crate::meta::{Object, Status, Value};

/// What is asked for: something done to a resource, or to a path that is none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Attributes<'a> {
    pub verb: &'a str,
    pub group: &'a str,
    pub resource: &'a str,
    pub subresource: &'a str,
    pub namespace: &'a str,
    pub name: &'a str,
    /// Set for paths that are no resource.
    pub path: &'a str,
}

/// What the rules say.
pub(super) struct Decision {
    pub allowed: bool,
    /// Which binding allows it, or what went wrong while looking.
    pub reason: String,
}

const RBAC: &str = "rbac.authorization.k8s.io";

/// Whoever is in this group may do everything.
const MASTERS: &str = "system:masters";

/// Refuses the operation unless its user may do it.
pub(super) fn check(server: &ApiServer, op: &Operation) -> Result<(), Status> {
    let attributes = Attributes {
        verb: op.verb.as_str(),
        group: &op.resource.group,
        resource: &op.resource.plural,
        subresource: &op.subresource,
        namespace: &op.namespace,
        name: &op.name,
        path: "",
    };
    check_attributes(server, op.user, &attributes)
}

/// Refuses what the user may not do.
pub(super) fn check_attributes(server: &ApiServer, user: &User, attributes: &Attributes) -> Result<(), Status> {
    let decision = decide(server, user, attributes);
    if decision.allowed { Ok(()) } else { Err(refuse(user, attributes, &decision.reason)) }
}

/// 403 with the real text.
pub(super) fn refuse(user: &User, asked: &Attributes, reason: &str) -> Status {
    let mut why = format!("User {:?} cannot {} ", user.name, asked.verb);
    if !asked.path.is_empty() {
        why += &format!("path {:?}", asked.path);
        if !reason.is_empty() {
            why += &format!(": {reason}");
        }
        let mut status = Status::new(403, "Forbidden", format!("forbidden: {why}"));
        status.details = Value::object();
        return status;
    }
    let slash = if asked.subresource.is_empty() { "" } else { "/" };
    why += &format!("resource \"{}{slash}{}\" in API group {:?} ", asked.resource, asked.subresource, asked.group);
    match asked.namespace {
        "" => why += "at the cluster scope",
        namespace => why += &format!("in the namespace {namespace:?}"),
    }
    if !reason.is_empty() {
        why += &format!(": {reason}");
    }
    Status::forbidden(asked.group, asked.resource, asked.name, &why)
}

/// What the roles bound to the user say.
pub(super) fn decide(server: &ApiServer, user: &User, asked: &Attributes) -> Decision {
    if server.allows_all || user.groups.iter().any(|group| group == MASTERS) {
        return Decision { allowed: true, reason: String::new() };
    }
    let mut errors = Vec::new();
    let mut allowing = None;
    visit(server, user, asked.namespace, &mut |found| match found {
        Found::Rule(binding, rule) if allows(rule, asked) => {
            allowing = Some(explain(binding));
            false
        }
        Found::Rule(..) => true,
        Found::Missing(text) => {
            errors.push(text);
            true
        }
    });
    if let Some(reason) = allowing {
        return Decision { allowed: true, reason };
    }
    let reason = match errors.as_slice() {
        [] => String::new(),
        [one] => format!("RBAC: {one}"),
        many => format!("RBAC: [{}]", many.join(", ")),
    };
    Decision { allowed: false, reason }
}

/// How `SubjectAccessReview` says which binding allows something.
fn explain(binding: &Object) -> String {
    let (role, namespace) = (&binding["roleRef"], binding.namespace());
    let place = if namespace.is_empty() { binding.name().into() } else { format!("{}/{namespace}", binding.name()) };
    let subject = binding["subjects"].items().first().map_or("", |subject| subject["name"].str());
    let kind = binding["subjects"].items().first().map_or("", |subject| subject["kind"].str());
    let to = if kind == "ServiceAccount" {
        let account = &binding["subjects"][0];
        format!("{}/{}", account["name"].str(), account["namespace"].str())
    } else {
        subject.into()
    };
    format!(
        "RBAC: allowed by {} {place:?} of {} {:?} to {kind} {to:?}",
        binding.kind(),
        role["kind"].str(),
        role["name"].str(),
    )
}

/// What looking through the bindings finds.
pub(super) enum Found<'a> {
    /// A rule that applies to the user, with its binding.
    Rule(&'a Object, &'a Value),
    /// A binding to a role that is not there.
    Missing(String),
}

/// Shows every rule that applies to the user, cluster-wide and in the namespace, until told to stop.
pub(super) fn visit(server: &ApiServer, user: &User, namespace: &str, see: &mut dyn FnMut(Found) -> bool) {
    let cluster = server.store.list("clusterrolebindings.rbac.authorization.k8s.io", None);
    let local =
        server.store.list("rolebindings.rbac.authorization.k8s.io", Some(namespace)).filter(|_| !namespace.is_empty());
    for (_, binding) in cluster.chain(local) {
        let to_user = |subject: &Value| applies(subject, user, binding.namespace());
        if !binding["subjects"].items().iter().any(to_user) {
            continue;
        }
        let role = &binding["roleRef"];
        let (kind, name) = (role["kind"].str(), role["name"].str());
        let (resource, place) = match kind {
            "ClusterRole" => ("clusterroles", ""),
            _ => ("roles", namespace),
        };
        let Some(rules) = rules_of(server, resource, place, name) else {
            let text = format!("{}.{RBAC} {name:?} not found", kind.to_ascii_lowercase());
            if !see(Found::Missing(text)) {
                return;
            }
            continue;
        };
        for rule in rules.items() {
            if !see(Found::Rule(binding, rule)) {
                return;
            }
        }
    }
}

/// The rules of a role; an aggregated one's are those it has gathered.
pub(super) fn rules_of(server: &ApiServer, resource: &str, namespace: &str, name: &str) -> Option<Value> {
    server.lookup(&format!("{resource}.{RBAC}"), namespace, name).map(|role| role["rules"].clone())
}

fn applies(subject: &Value, user: &User, namespace: &str) -> bool {
    let name = subject["name"].str();
    match subject["kind"].str() {
        "User" => user.name == name,
        "Group" => user.groups.iter().any(|group| group == name),
        "ServiceAccount" => {
            let own = subject["namespace"].str();
            let namespace = if own.is_empty() { namespace } else { own };
            user.name.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'))
                == Some((namespace, name))
        }
        _ => false,
    }
}

/// Whether a rule allows what is asked.
fn allows(rule: &Value, asked: &Attributes) -> bool {
    let has = |field: &str, wanted: &str| rule[field].items().iter().any(|item| *item == "*" || *item == *wanted);
    if !has("verbs", asked.verb) {
        return false;
    }
    if !asked.path.is_empty() {
        let covers = |pattern: &Value| match pattern.str().strip_suffix('*') {
            Some(prefix) => asked.path.starts_with(prefix),
            None => pattern.str() == asked.path,
        };
        return rule["nonResourceURLs"].items().iter().any(covers);
    }
    let resource = |item: &Value| match (item.str(), asked.subresource) {
        ("*", _) => true,
        (text, "") => text == asked.resource,
        (text, sub) => {
            text.split_once('/').is_some_and(|(main, wanted)| wanted == sub && (main == "*" || main == asked.resource))
        }
    };
    has("apiGroups", asked.group)
        && rule["resources"].items().iter().any(resource)
        && (rule["resourceNames"].is_empty() || rule["resourceNames"].items().iter().any(|item| *item == *asked.name))
}
