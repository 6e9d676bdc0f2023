//! `kubectl auth`: who am I, and what may I do.

use crate::api::{Method, Request};
use crate::json;
use crate::kubectl::command::{Command, Group};
use crate::kubectl::discovery;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::Invocation;
use crate::kubectl::printers::Printer;
use crate::kubectl::printers::tabwriter::TabWriter;
use crate::meta::Value;

/// The rows.
pub static ROWS: &[Command] = &[
    Command { path: "auth", group: Group::Troubleshooting, short: "Inspect authorization", ..Command::BASE },
    Command {
        path: "auth can-i",
        short: "Check whether an action is allowed",
        run: Some(|inv| Box::pin(async move { can_i(&inv) })),
        ..Command::BASE
    },
    Command {
        path: "auth whoami",
        short: "Experimental: Check self subject attributes",
        run: Some(|inv| Box::pin(async move { whoami(&inv) })),
        ..Command::BASE
    },
];

fn whoami(inv: &Invocation) -> Outcome {
    let printer = Printer::of(inv)?;
    let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let answer = inv.request(Request::new(Method::Post, path).document(review))?;
    if let Some(printer) = printer {
        inv.out(printer.print(&answer, None)?);
        return Ok(());
    }
    let user = answer.at(&["status", "userInfo"]);
    let list = |items: &Value| items.items().iter().map(Value::str).collect::<Vec<_>>().join(" ");
    let mut writer = TabWriter::default();
    writer.tabbed("ATTRIBUTE\tVALUE");
    writer.tabbed(&format!("Username\t{}", user["username"].str()));
    if !user["uid"].is_empty() {
        writer.tabbed(&format!("UID\t{}", user["uid"].str()));
    }
    if !user["groups"].is_empty() {
        writer.tabbed(&format!("Groups\t[{}]", list(&user["groups"])));
    }
    for (key, values) in user["extra"].entries() {
        writer.tabbed(&format!("Extra: {key}\t[{}]", list(values)));
    }
    inv.out(writer.flush());
    Ok(())
}

fn can_i(inv: &Invocation) -> Outcome {
    let flags = &inv.flags;
    let namespace = if flags.bool("all-namespaces") { String::new() } else { inv.namespace()? };
    if flags.bool("list") {
        return list(inv, &namespace);
    }
    if flags.bool("no-headers") {
        return Err("--no-headers cannot be set without --list specified".into());
    }
    let (verb, what) = match inv.args() {
        [verb, what] => (verb, what),
        _ => {
            inv.err("error: you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.\n");
            return Err(Failure::Exit(1));
        }
    };
    let mut review = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {}});
    if what.starts_with('/') {
        review["spec"]["nonResourceAttributes"] = json!({"path": what, "verb": verb});
    } else {
        let (word, name) = what.split_once('/').unwrap_or((what, ""));
        let (group, resource, namespaced) = match discovery::find(inv, word) {
            Ok(found) => (found.group.clone(), found.name.clone(), found.namespaced),
            Err(_) if word == "*" => ("*".into(), "*".into(), true),
            Err(_) => {
                inv.err(format!("Warning: the server doesn't have a resource type '{word}'\n\n"));
                let (resource, group) = word.split_once('.').unwrap_or((word, ""));
                (group.to_string(), resource.to_string(), true)
            }
        };
        if !namespaced && !namespace.is_empty() {
            let scope = if group.is_empty() { resource.clone() } else { format!("{resource}.{group}") };
            let group = if group.is_empty() { String::new() } else { format!(" in group '{group}'") };
            let resource = scope.split('.').next().unwrap_or_default();
            inv.err(format!("Warning: resource '{resource}' is not namespace scoped{group}\n\n"));
        }
        let mut attributes =
            json!({"group": group, "resource": resource, "verb": verb, "namespace": (namespace.as_str())});
        for (field, value) in [("name", name), ("subresource", flags.str("subresource"))] {
            if !value.is_empty() {
                attributes[field] = value.into();
            }
        }
        review["spec"]["resourceAttributes"] = attributes;
    }
    let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let answer = inv.request(Request::new(Method::Post, path).document(review))?;
    let status = answer.status();
    let allowed = status["allowed"].bool();
    if !flags.bool("quiet") {
        let mut text = if allowed { "yes" } else { "no" }.to_string();
        if !allowed && !status["reason"].is_empty() {
            text += &format!(" - {}", status["reason"].str());
        }
        if !status["evaluationError"].is_empty() {
            text += &format!(" - {}", status["evaluationError"].str());
        }
        inv.out(text + "\n");
    }
    if allowed { Ok(()) } else { Err(Failure::Exit(1)) }
}

fn list(inv: &Invocation, namespace: &str) -> Outcome {
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview", "spec": {"namespace": namespace},
    });
    let path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
    let answer = inv.request(Request::new(Method::Post, path).document(review))?;
    let texts = |items: &Value| items.items().iter().map(Value::str).collect::<Vec<_>>().join(" ");
    let mut writer = TabWriter::default();
    if !inv.flags.bool("no-headers") {
        writer.tabbed("Resources\tNon-Resource URLs\tResource Names\tVerbs");
    }
    for rule in answer.status()["resourceRules"].items() {
        for group in rule["apiGroups"].items() {
            for resource in rule["resources"].items() {
                let name = discovery::with_group(resource.str(), group.str());
                writer.tabbed(&format!("{name}\t[]\t[{}]\t[{}]", texts(&rule["resourceNames"]), texts(&rule["verbs"])));
            }
        }
    }
    for rule in answer.status()["nonResourceRules"].items() {
        for url in rule["nonResourceURLs"].items() {
            writer.tabbed(&format!("\t[{}]\t[]\t[{}]", url.str(), texts(&rule["verbs"])));
        }
    }
    inv.out(writer.flush());
    Ok(())
}
