//! `kubectl explain`: what a kind's fields are for, read from the server's OpenAPI documents.
//!
//! [`plaintext`] lays out the newer document as the real one's template does, [`openapiv2`] the
//! older one; both wander through schemas with a [`Document`].

mod openapiv2;
mod plaintext;
mod wrap;

use crate::api::{Method, Request};
use crate::kubectl::command::{Command, Group};
use crate::kubectl::discovery::{self, Resource};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::Invocation;
use crate::meta::Value;

/// The row.
pub static ROWS: &[Command] = &[Command {
    path: "explain",
    group: Group::Intermediate,
    short: "Get documentation for a resource",
    run: Some(|inv| Box::pin(std::future::ready(run(&inv)))),
    ..Command::BASE
}];

fn run(inv: &Invocation) -> Outcome {
    let [asked] = inv.args() else {
        return Err(Failure::Message(if inv.args().is_empty() {
            "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of supported resources.\n".into()
        } else {
            "We accept only this format: explain RESOURCE\n".into()
        }));
    };
    let mut path = split(asked)?;
    let word = path.remove(0);
    if word.is_empty() {
        return Err("a resource must be present, got: /, Resource=".into());
    }
    let found = discovery::find(inv, &word).map_err(|failure| match failure {
        Failure::Message(text) if text.starts_with("the server doesn't have") => Failure::Plain(text),
        other => other,
    })?;
    let (api_version, output) = (inv.flags.str("api-version"), inv.flags.str("output"));
    let mut resource = (*found).clone();
    if api_version.is_empty() {
        // The group may stand behind the resource, as in `deployments.apps.spec`.
        let behind = asked.strip_prefix(&resource.qualified()).filter(|_| !resource.group.is_empty());
        if let Some(behind) = behind {
            path = behind.split('.').skip(1).map(String::from).collect();
        }
    } else {
        let parts: Vec<&str> = api_version.split('/').collect();
        (resource.group, resource.version) = match parts.as_slice() {
            [version] => (String::new(), (*version).to_string()),
            [group, version] => ((*group).to_string(), (*version).to_string()),
            _ => return Err(format!("unexpected GroupVersion string: {api_version}").into()),
        };
    }
    if output == "plaintext-openapiv2" {
        return openapiv2::explain(inv, &resource, &path);
    }
    let root = if resource.group.is_empty() { "api" } else { "apis" };
    let missing = || {
        let (group, version, name) = (&resource.group, &resource.version, &resource.name);
        Failure::new(format!("couldn't find resource for \"{group}/{version}, Resource={name}\""))
    };
    let index = inv.request(Request::new(Method::Get, "/openapi/v3"))?;
    let place = format!("{root}/{}", resource.api_version());
    if !index["paths"].has(&place) {
        return Err(missing());
    }
    if output != "plaintext" {
        return Err(format!("unrecognized format: {output}").into());
    }
    let document = inv.request(Request::new(Method::Get, &format!("/openapi/v3/{place}")))?;
    let same = |known: &&Resource| {
        known.group == resource.group && known.version == resource.version && known.name == resource.name
    };
    let resources = inv.resources()?;
    let kind = resources.iter().find(same).map(|known| known.kind.clone());
    let Some(kind) = kind else {
        let (group, version, name) = (&resource.group, &resource.version, &resource.name);
        let text = format!("error: GVR ({group}/{version}, Resource={name}) not found in OpenAPI schema");
        return Err(text.into());
    };
    resource.kind = kind;
    plaintext::explain(inv, &Document { schemas: document.at(&["components", "schemas"]) }, &resource, &path)
}

/// The words of `pod.spec['nodeName']`, as kubectl's jsonpath takes them apart.
fn split(text: &str) -> Outcome<Vec<String>> {
    let wrong = || Failure::from("invalid jsonpath syntax, first node must be field node");
    let mut words = vec![String::new()];
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '.' if words.last().is_some_and(String::is_empty) => return Err(wrong()),
            '.' => words.push(String::new()),
            '[' => {
                let inside: String = letters.by_ref().take_while(|letter| *letter != ']').collect();
                let quoted = ['\'', '"'].iter().find_map(|q| inside.strip_prefix(*q)?.strip_suffix(*q));
                words.extend(quoted.ok_or_else(wrong)?.split('.').map(String::from));
            }
            letter if letter.is_whitespace() => return Err(wrong()),
            letter => {
                let letter = if letter == '\\' { letters.next().unwrap_or(letter) } else { letter };
                words.last_mut().into_iter().for_each(|word| word.push(letter));
            }
        }
    }
    if words.len() > 1 && words.last().is_some_and(String::is_empty) {
        words.pop();
    }
    Ok(words)
}

/// The schemas of a document.
struct Document<'a> {
    schemas: &'a Value,
}

impl<'a> Document<'a> {
    /// The name of the type that a schema refers to; empty if it refers to none.
    fn reference(schema: &Value) -> &str {
        schema["$ref"].str().rsplit('/').next().unwrap_or_default()
    }

    /// What a schema refers to, or itself.
    fn resolve(&self, schema: &'a Value) -> &'a Value {
        self.schemas.get(Self::reference(schema)).unwrap_or(schema)
    }

    /// The schema of a kind.
    fn of_kind(&self, resource: &Resource) -> Option<&'a Value> {
        let is = |gvk: &Value| {
            gvk["group"] == resource.group.as_str()
                && gvk["version"] == resource.version.as_str()
                && gvk["kind"] == resource.kind.as_str()
        };
        let has = |schema: &Value| schema["x-kubernetes-group-version-kind"].items().iter().any(is);
        self.schemas.entries().map(|(_, schema)| schema).find(|schema| has(schema))
    }
}

fn no_field(path: &[String]) -> Failure {
    let field = path.last().map(String::as_str).unwrap_or_default();
    Failure::new(format!("field {field:?} does not exist"))
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn paths_are_taken_apart_as_jsonpath_takes_them() {
        for (text, expect) in [
            ("pod", Some("pod")),
            ("pod.spec.", Some("pod|spec")),
            ("pod['spec'].x[\"a.b\"]", Some("pod|spec|x|a|b")),
            ("pod.a\\.b", Some("pod|a.b")),
            ("pod..spec", None),
            (".pod", None),
            ("pod[*]", None),
            ("pod[", None),
            ("pod spec", None),
        ] {
            assert_eq!(split(text).ok().map(|words| words.join("|")).as_deref(), expect, "{text}");
        }
    }
}
