//! Pod templates, and what they share with pods.

use super::containers::{self, Resolve};
use super::page::Page;
use super::volumes;
use crate::meta::Value;
use crate::meta::selector::format_label_selector;

/// Writes `Pod Template:` and what follows.
pub fn write(page: &mut Page<'_>, template: &Value) {
    page.line(0, "Pod Template:");
    body(page, template);
}

/// Writes a template's content, as `rollout history` does too.
pub fn body(page: &mut Page<'_>, template: &Value) {
    let (metadata, spec) = (&template["metadata"], &template["spec"]);
    page.map("  Labels", &metadata["labels"]);
    if !metadata["annotations"].is_empty() {
        page.annotations("  Annotations", &metadata["annotations"]);
    }
    if !spec["serviceAccountName"].is_empty() {
        page.line(1, format!("Service Account:\t{}", spec["serviceAccountName"].str()));
    }
    let nothing = Resolve { pod: None };
    if !spec["initContainers"].is_empty() {
        containers::write(page, "Init Containers", &spec["initContainers"], &Value::Null, &nothing, "  ");
    }
    containers::write(page, "Containers", &spec["containers"], &Value::Null, &nothing, "  ");
    volumes::write(page, &spec["volumes"], "  ");
    spread_constraints(page, &spec["topologySpreadConstraints"], "  ");
    if !spec["priorityClassName"].is_empty() {
        page.line(1, format!("Priority Class Name:\t{}", spec["priorityClassName"].str()));
    }
    page.map("  Node-Selectors", &spec["nodeSelector"]);
    tolerations(page, "  Tolerations", &spec["tolerations"]);
}

/// Tolerations, sorted by key, one a line.
pub fn tolerations(page: &mut Page<'_>, title: &str, tolerations: &Value) {
    let mut sorted: Vec<&Value> = tolerations.items().iter().collect();
    sorted.sort_by(|a, b| a["key"].str().cmp(b["key"].str()));
    let lines: Vec<String> = sorted.into_iter().map(toleration).collect();
    page.list(title, &lines);
}

fn toleration(toleration: &Value) -> String {
    let mut text = toleration["key"].str().to_string();
    if !toleration["value"].is_empty() {
        text += &format!("={}", toleration["value"].str());
    }
    if !toleration["effect"].is_empty() {
        text += &format!(":{}", toleration["effect"].str());
    }
    if toleration["operator"] == "Exists" && toleration["value"].is_empty() {
        text += if text.is_empty() { "op=Exists" } else { " op=Exists" };
    }
    if let Some(seconds) = toleration["tolerationSeconds"].as_i64() {
        text += &format!(" for {seconds}s");
    }
    text
}

/// Topology spread constraints, sorted by their key, one a line.
pub fn spread_constraints(page: &mut Page<'_>, constraints: &Value, indent: &str) {
    if constraints.is_empty() {
        return;
    }
    let mut sorted: Vec<&Value> = constraints.items().iter().collect();
    sorted.sort_by(|a, b| a["topologyKey"].str().cmp(b["topologyKey"].str()));
    let lines: Vec<String> = (sorted.into_iter())
        .map(|constraint| {
            let (key, unsatisfiable) = (constraint["topologyKey"].str(), constraint["whenUnsatisfiable"].str());
            let mut text = format!("{key}:{unsatisfiable} when max skew {} is exceeded", constraint["maxSkew"].int());
            if !constraint["labelSelector"].is_null() {
                text += &format!(" for selector {}", format_label_selector(&constraint["labelSelector"]));
            }
            text
        })
        .collect();
    page.list(&format!("{indent}Topology Spread Constraints"), &lines);
}
