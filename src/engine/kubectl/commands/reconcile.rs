//! `kubectl auth reconcile`: roles and bindings that grant at least what a manifest says.

use crate::json;
use crate::kubectl::command::Command;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::{DryRun, Invocation};
use crate::kubectl::printers::{Printer, print_result};
use crate::kubectl::resource::{Info, Selector};
use crate::kubectl::write;
use crate::meta::{Object, Value};

/// The row.
pub static ROWS: &[Command] = &[Command {
    path: "auth reconcile",
    short: "Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects",
    run: Some(|inv| Box::pin(run(inv))),
    ..Command::BASE
}];

/// What has to happen, and what differs. A binding's role cannot be changed, so that it is made anew.
struct Plan {
    object: Object,
    operation: &'static str,
    missing: Vec<Value>,
    extra: Vec<Value>,
}

async fn run(inv: Invocation) -> Outcome {
    if inv.flags.list("filename").is_empty() && inv.flags.str("kustomize").is_empty() {
        return Err("must specify one of -f and -k".into());
    }
    let dry_run = inv.dry_run()?;
    if dry_run == DryRun::Server {
        return Err("--dry-run=server for command reconcile is not supported yet".into());
    }
    let printer = Printer::of(&inv)?;
    let (infos, mut failures) = Selector::new(&inv, inv.args()).resolve(&inv).await?.infos(&inv);
    for info in infos {
        let (field, noun) = match info.object.kind() {
            "Role" | "ClusterRole" => ("rules", "rules"),
            "RoleBinding" | "ClusterRoleBinding" => ("subjects", "subjects"),
            _ => continue,
        };
        let removes =
            inv.flags.bool(if field == "rules" { "remove-extra-permissions" } else { "remove-extra-subjects" });
        match reconcile(&inv, &info, field, removes, dry_run) {
            Ok((plan, result)) => {
                print_result(&inv, printer.as_ref(), &result, &format!("reconciled{}", dry_run.suffix()))?;
                say(&inv, &plan, noun, removes);
            }
            Err(failure) => failures.push(failure),
        }
    }
    Failure::collected(failures)
}

fn reconcile(
    inv: &Invocation,
    info: &Info,
    field: &'static str,
    removes: bool,
    dry_run: DryRun,
) -> Outcome<(Plan, Info)> {
    let existing = match inv.get(&info.resource, &info.namespace, &info.name) {
        Ok(object) => Some(object),
        Err(failure) if failure.is_not_found() => None,
        Err(failure) => return Err(failure),
    };
    let plan = plan(&info.object, existing, field, removes);
    let mut result = Info { object: plan.object.clone(), ..info.clone() };
    if dry_run == DryRun::None {
        result.object = match plan.operation {
            "create" => {
                ensure_namespace(inv, &info.namespace)?;
                write::create(inv, &result, dry_run)?
            }
            "update" => write::replace(inv, &result, "", dry_run)?,
            "recreate" => {
                write::delete(inv, info, None, "background", dry_run)?;
                write::create(inv, &result, dry_run)?
            }
            _ => result.object,
        };
    }
    Ok((plan, result))
}

/// Makes the namespace that the object is to live in, if it is not there.
fn ensure_namespace(inv: &Invocation, name: &str) -> Outcome {
    let namespaces = inv.resource("namespaces", "")?;
    if name.is_empty() || !inv.get(&namespaces, "", name).is_err_and(|failure| failure.is_not_found()) {
        return Ok(());
    }
    let object = Object(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}));
    let info =
        Info { resource: namespaces, namespace: String::new(), name: name.into(), source: String::new(), object };
    write::create(inv, &info, DryRun::None).map(drop)
}

fn plan(wanted: &Object, existing: Option<Object>, field: &'static str, removes: bool) -> Plan {
    let items = wanted[field].items();
    let Some(existing) = existing else {
        return Plan { object: wanted.clone(), operation: "create", missing: items.to_vec(), extra: Vec::new() };
    };
    if wanted["roleRef"] != existing["roleRef"] {
        return Plan { object: wanted.clone(), operation: "recreate", missing: Vec::new(), extra: Vec::new() };
    }
    let old = existing[field].items();
    let without = |all: &[Value], others: &[Value]| match field {
        "rules" => uncovered(all, others),
        _ => all.iter().filter(|subject| !others.contains(subject)).cloned().collect(),
    };
    let (missing, extra) = (without(items, old), without(old, items));
    let mut object = existing.clone();
    for kind in ["labels", "annotations"] {
        for (key, value) in wanted.at(&["metadata", kind]).entries() {
            if object.at(&["metadata", kind, key]).is_null() {
                object.set(&["metadata", kind, key], value.clone());
            }
        }
    }
    if removes && !(missing.is_empty() && extra.is_empty()) {
        object[field] = wanted[field].clone();
    } else if !missing.is_empty() {
        object[field] = old.iter().chain(&missing).cloned().collect::<Vec<Value>>().into();
    }
    let operation = if object == existing { "" } else { "update" };
    Plan { object, operation, missing, extra }
}

fn say(inv: &Invocation, plan: &Plan, noun: &str, removes: bool) {
    if plan.operation.is_empty() {
        return;
    }
    let protected = plan.object.annotation("rbac.authorization.kubernetes.io/autoupdate") == Some("false");
    let but = ", but object opted out (rbac.authorization.kubernetes.io/autoupdate: false)";
    inv.err(format!("\treconciliation required {}{}\n", plan.operation, if protected { but } else { "" }));
    for (items, done, shown) in [(&plan.missing, "added", true), (&plan.extra, "removed", removes)] {
        if items.is_empty() || !shown {
            continue;
        }
        let which = if done == "added" { "missing" } else { "extra" };
        inv.err(format!("\t{which} {noun} {done}:\n"));
        for item in items {
            inv.err(format!("\t\t{}\n", go_struct(item, noun)));
        }
    }
}

/// A rule or subject as Go prints a struct.
fn go_struct(item: &Value, noun: &str) -> String {
    let fields: &[(&str, &str)] = match noun {
        "rules" => RULE,
        _ => &[("Kind", "kind"), ("APIGroup", "apiGroup"), ("Name", "name"), ("Namespace", "namespace")],
    };
    let text = |value: &Value| match value.items() {
        items if noun == "rules" => format!("[{}]", items.iter().map(Value::str).collect::<Vec<_>>().join(" ")),
        _ => value.str().to_string(),
    };
    let parts: Vec<String> = fields.iter().map(|(name, field)| format!("{name}:{}", text(&item[*field]))).collect();
    format!("{{{}}}", parts.join(" "))
}

/// The fields of a rule, in their order.
const RULE: &[(&str, &str)] = &[
    ("Verbs", "verbs"),
    ("APIGroups", "apiGroups"),
    ("Resources", "resources"),
    ("ResourceNames", "resourceNames"),
    ("NonResourceURLs", "nonResourceURLs"),
];

/// What rules allow that others do not, in rules of one verb upon one thing.
fn uncovered(rules: &[Value], others: &[Value]) -> Vec<Value> {
    let parts = rules.iter().flat_map(break_down);
    parts.filter(|part| !others.iter().any(|other| covers(other, part))).collect()
}

fn break_down(rule: &Value) -> Vec<Value> {
    let mut parts = vec![Value::object()];
    let order: &[&str] = if rule["nonResourceURLs"].is_empty() {
        &["apiGroups", "resources", "verbs", "resourceNames"]
    } else {
        &["nonResourceURLs", "verbs"]
    };
    for field in order.iter().filter(|field| !rule[**field].is_empty()) {
        let with = |part: &Value| {
            let part = part.clone();
            rule[*field].items().iter().map(move |item| {
                let mut part = part.clone();
                part[*field] = vec![item.clone()].into();
                part
            })
        };
        parts = parts.iter().flat_map(with).collect();
    }
    parts
}

/// Whether a rule allows all that another does, which is of one verb upon one thing.
fn covers(rule: &Value, part: &Value) -> bool {
    RULE.iter().all(|(_, field)| {
        let (all, one) = (rule[*field].items(), part[*field].items());
        let has = |text: &str| all.iter().any(|item| item == text);
        match (one.first().map(Value::str), *field) {
            (None, "resourceNames") => all.is_empty(),
            (Some(_), "resourceNames") if all.is_empty() => true,
            (None, _) => true,
            (Some(url), "nonResourceURLs") => {
                let within = |item: &Value| item.str().strip_suffix('*').is_some_and(|start| url.starts_with(start));
                has(url) || all.iter().any(within)
            }
            (Some(resource), "resources") => {
                let below = resource.split_once('/').map(|(_, subresource)| format!("*/{subresource}"));
                has("*") || has(resource) || below.is_some_and(|below| has(&below))
            }
            (Some(text), "resourceNames") => has(text),
            (Some(text), _) => has("*") || has(text),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_covered_verb_by_verb() {
        let rules = [json!({"apiGroups": ["", "apps"], "resources": ["pods"], "verbs": ["get", "list"]})];
        let others = [json!({"apiGroups": ["*"], "resources": ["*"], "verbs": ["get"]})];
        assert_eq!(
            uncovered(&rules, &others),
            [
                json!({"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}),
                json!({"apiGroups": ["apps"], "resources": ["pods"], "verbs": ["list"]}),
            ]
        );
        let named = [json!({"apiGroups": [""], "resources": ["pods"], "verbs": ["get"], "resourceNames": ["a"]})];
        assert!(uncovered(&named, &others).is_empty());
        assert_eq!(uncovered(&others, &named).len(), 1);
        let urls = [json!({"nonResourceURLs": ["/healthz/etcd"], "verbs": ["get"]})];
        assert!(uncovered(&urls, &[json!({"nonResourceURLs": ["/healthz/*"], "verbs": ["get"]})]).is_empty());
    }
}
