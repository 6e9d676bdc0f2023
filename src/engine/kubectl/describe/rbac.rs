//! Describes roles and who has them.

use super::super::failure::Outcome;
use super::page::{Page, texts};
use crate::meta::SortedMap;
use crate::meta::Value;

/// What a verb list is about: resources, paths and names, each as they are printed.
type About = (String, String, String);

pub(super) fn role(page: &mut Page<'_>) -> Outcome {
    let object = page.object();
    page.field("Name", object.name());
    page.labels_and_annotations();
    page.line(0, "PolicyRule:");
    let rows = compact(&object["rules"]).into_iter().map(|((resource, path, name), verbs)| {
        let list = |text: &str| format!("[{text}]");
        vec![resource, list(&path), list(&name), list(&verbs.join(" "))]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    page.table(1, &["Resources", "Non-Resource URLs", "Resource Names", "Verbs"], &rows);
    Ok(())
}

/// The rules taken apart to one resource each, with the verbs of equal ones together.
fn compact(rules: &Value) -> SortedMap<About, Vec<String>> {
    let mut found: SortedMap<About, Vec<String>> = SortedMap::new();
    for rule in rules.items() {
        let one = |list: &Value| if list.is_empty() { vec![String::new()] } else { texts(list) };
        let mut add = |about: About| {
            let verbs = found.entry(about).or_default();
            for verb in texts(&rule["verbs"]) {
                if !verbs.contains(&verb) {
                    verbs.push(verb);
                }
            }
        };
        for path in texts(&rule["nonResourceURLs"]) {
            add((String::new(), path, String::new()));
        }
        for group in texts(&rule["apiGroups"]) {
            for resource in texts(&rule["resources"]) {
                for name in one(&rule["resourceNames"]) {
                    let qualified = match (group.as_str(), resource.split_once('/')) {
                        ("", _) => resource.clone(),
                        (group, Some((parent, sub))) => format!("{parent}.{group}/{sub}"),
                        (group, None) => format!("{resource}.{group}"),
                    };
                    add((qualified, String::new(), name));
                }
            }
        }
    }
    found
}

pub(super) fn binding(page: &mut Page<'_>) -> Outcome {
    let object = page.object();
    page.field("Name", object.name());
    page.labels_and_annotations();
    page.line(0, "Role:");
    page.line(1, format!("Kind:\t{}", object.at(&["roleRef", "kind"]).str()));
    page.line(1, format!("Name:\t{}", object.at(&["roleRef", "name"]).str()));
    page.line(0, "Subjects:");
    let rows = object["subjects"]
        .items()
        .iter()
        .map(|subject| ["kind", "name", "namespace"].iter().map(|field| subject[*field].str().to_string()).collect());
    let rows: Vec<Vec<String>> = rows.collect();
    page.table(1, &["Kind", "Name", "Namespace"], &rows);
    Ok(())
}
