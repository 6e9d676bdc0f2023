//! Pods behind names: of a deployment, a service, a job; and which of their containers is meant.

use super::discovery;
use super::failure::{Failure, Outcome};
use super::invocation::Invocation;
use super::resource::{Info, Part, Selector};
use super::write::until;
use crate::meta::{self, Object, Value};
use std::time::Duration;

/// The annotation that names the container that is meant where none is.
const DEFAULT_CONTAINER: &str = "kubectl.kubernetes.io/default-container";

/// The one object that a word such as `web`, `pod/web` or `deploy/web` names; a pod by default.
///
/// # Errors
/// If it cannot be fetched.
pub async fn named(inv: &Invocation, word: &str) -> Outcome<Info> {
    let word = if word.contains('/') { word.to_string() } else { format!("pods/{word}") };
    let selection = Selector::new(inv, &[word]);
    let selection = Selector { labels: String::new(), files: Vec::new(), all: false, ..selection };
    let (infos, failures) = selection.resolve(inv).await?.fetch(inv);
    Failure::collected(failures)?;
    infos.into_iter().next().ok_or_else(|| Failure::new("no resource found"))
}

/// The selector of the pods that an object stands for, as a request takes it.
///
/// # Errors
/// If it stands for none.
pub fn selector_of(object: &Object) -> Outcome<String> {
    let selector = match object.kind() {
        "Service" | "ReplicationController" => {
            if object.at(&["spec", "selector"]).is_empty() && object.kind() == "Service" {
                let text = "invalid service";
                return Err(format!("{text} '{}': Service is defined without a selector", object.name()).into());
            }
            meta::Selector::from_map(object.at(&["spec", "selector"]))
        }
        "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" | "Job" => {
            meta::Selector::from_value(object.at(&["spec", "selector"]))
                .map_err(|why| Failure::new(format!("invalid label selector: {why}")))?
        }
        kind => {
            let group = object.api_version().split_once('/').map_or("", |(group, _)| group);
            let kind = discovery::with_group(kind, group);
            return Err(
                format!("cannot attach to *unstructured.Unstructured: selector for {kind} not implemented").into()
            );
        }
    };
    Ok(selector.to_string())
}

/// The pods that an object stands for: itself, or those its selector selects.
///
/// # Errors
/// If it stands for none, or they cannot be listed.
pub fn of(inv: &Invocation, info: &Info) -> Outcome<Vec<Info>> {
    if info.resource.kind == "Pod" {
        return Ok(vec![info.clone()]);
    }
    let selector = selector_of(&info.object)?;
    let pods = inv.resource("pods", "")?;
    let found = inv.list(&pods, &info.namespace, &selector, "")?;
    let found = found.into_iter().map(|object| Info {
        resource: pods.clone(),
        namespace: info.namespace.clone(),
        name: object.name().into(),
        source: String::new(),
        object,
    });
    Ok(found.collect())
}

/// The pod to work with: of several, the one that is most likely of use (running, ready, longest).
///
/// # Errors
/// If none comes in time.
pub async fn first(inv: &Invocation, word: &str, timeout: Duration) -> Outcome<Info> {
    let info = named(inv, word).await?;
    if info.resource.kind == "Pod" {
        return Ok(info);
    }
    let found = until(inv, timeout, || Ok(Some(of(inv, &info)?).filter(|pods| !pods.is_empty())));
    let Some(mut pods) = found.await? else {
        let text = "timed out waiting for the condition";
        return Err(text.into());
    };
    pods.sort_by_key(|pod| rank(&pod.object));
    Ok(pods.swap_remove(0))
}

/// What is running and ready comes first, then what is so for longer.
pub fn rank(pod: &Object) -> (bool, u8, bool, Option<meta::Time>) {
    let unscheduled = pod.at(&["spec", "nodeName"]).is_empty();
    let phase = match pod.at(&["status", "phase"]).str() {
        "Running" => 0,
        "Pending" => 2,
        _ => 1,
    };
    (unscheduled, phase, !pod.condition_is_true("Ready"), pod.created())
}

/// The containers of a pod as texts list them: regular ones, then the others with what they are.
fn all_containers(pod: &Object) -> Vec<(String, &'static str)> {
    let list = |field: &str, suffix: &'static str| {
        pod.at(&["spec", field]).items().iter().map(move |c| (c["name"].str().to_string(), suffix))
    };
    list("containers", "")
        .chain(list("ephemeralContainers", " (ephem)"))
        .chain(list("initContainers", " (init)"))
        .collect()
}

/// `main, side, setup (init)`
pub fn container_list(pod: &Object) -> String {
    all_containers(pod).iter().map(|(name, suffix)| format!("{name}{suffix}")).collect::<Vec<_>>().join(", ")
}

/// The container that is meant: the one named, or the pod's default, which is said if there was a choice.
///
/// # Errors
/// If the pod has no such container.
pub fn container(inv: &Invocation, pod: &Object, name: &str, quiet: bool) -> Outcome<String> {
    let containers = all_containers(pod);
    if !name.is_empty() {
        if containers.iter().any(|(known, _)| known == name) {
            return Ok(name.to_string());
        }
        let text = format!("container {name} is not valid for pod {} out of: {}", pod.name(), container_list(pod));
        return Err(text.into());
    }
    if let Some(name) = pod.annotation(DEFAULT_CONTAINER).filter(|name| !name.is_empty()) {
        if containers.iter().any(|(known, _)| known == name) {
            return Ok(name.to_string());
        }
        let text = "Default container name";
        inv.err(format!("{text} {name:?} not found in pod {}\n", pod.name()));
    }
    let Some((first, _)) = containers.first() else {
        return Err(format!("pod {} does not have any containers", pod.name()).into());
    };
    if containers.len() > 1 && !quiet {
        inv.err(format!("Defaulted container {first:?} out of: {}\n", container_list(pod)));
    }
    Ok(first.clone())
}

/// The object that a part names, as pods' commands want it: fetched.
///
/// # Errors
/// What the server answers.
pub fn fetched(inv: &Invocation, part: &Part) -> Outcome<Vec<Info>> {
    super::resource::gather_part(inv, part, true)
}

/// The value of a field of the container of that name.
pub fn container_field<'a>(pod: &'a Object, name: &str, field: &str) -> &'a Value {
    let lists = ["containers", "initContainers", "ephemeralContainers"];
    let mut all = lists.iter().flat_map(|list| pod.at(&["spec", list]).items());
    all.find(|container| container["name"] == name).map_or_else(|| &pod["nothing here"], |container| &container[field])
}

/// Whether a text is an image's name as container registries take it: `[domain/]path[:tag][@digest]`.
pub fn is_image_reference(text: &str) -> bool {
    let (rest, digest) = text.split_once('@').unwrap_or((text, "a:0"));
    let tagged = rest.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'));
    let (name, tag) = tagged.unwrap_or((rest, "latest"));
    let word = |text: &str, more: &[u8]| text.bytes().all(|b| b.is_ascii_alphanumeric() || more.contains(&b));
    let edges = |text: &str, fits: fn(&u8) -> bool| {
        text.as_bytes().first().is_some_and(fits) && text.as_bytes().last().is_some_and(fits)
    };
    let component = |part: &str| {
        let lower = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let mixed = ["..", "___", "._", "_.", "-.", ".-", "-_", "_-"].iter().any(|wrong| part.contains(wrong));
        edges(part, lower) && part.bytes().all(|b| lower(&b) || b"._-".contains(&b)) && !mixed
    };
    let (domain, path) = name.split_once('/').unwrap_or(("", name));
    let whole = name.split('/').all(component);
    let below = !domain.is_empty() && edges(domain, u8::is_ascii_alphanumeric) && word(domain, b".-:");
    (whole || below && path.split('/').all(component))
        && (1..=128).contains(&tag.len())
        && word(tag, b"_.-")
        && !tag.starts_with(['.', '-'])
        && digest.split_once(':').is_some_and(|(kind, hex)| edges(kind, u8::is_ascii_alphanumeric) && word(hex, b""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn image_references_are_those_of_registries() {
        for good in ["nginx", "nginx:1.27", "ghcr.io/a/b_c:v1@sha256:ab", "localhost:5000/x", "Foo/bar", "a/b-c.d"] {
            assert!(is_image_reference(good), "{good}");
        }
        for bad in ["", "BUSY", "a b", "nginx:", ":x", "a//b", "/x", "a:b:c", "a@b", "a..b", "a/B"] {
            assert!(!is_image_reference(bad), "{bad}");
        }
    }
}
