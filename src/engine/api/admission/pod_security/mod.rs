//! `PodSecurity`: a namespace's labels name the standard that its pods are held to. What the
//! standards forbid is in [`standards`].

mod standards;

use super::Plugin;
use crate::api::operation::{Operation, Verb};
use crate::api::server::ApiServer;
use crate::kinds::field::Field;
use crate::meta::{Errors, Object, SortedMap, Status, Value};
use standards::{LEVELS, PRIVILEGED, Pod, RESTRICTED, Violation};

pub(super) static PODS: Plugin =
    Plugin { name: "PodSecurity", resources: &["pods"], mutate: None, validate: Some(pod) };
pub(super) static WORKLOADS: Plugin = Plugin {
    name: "PodSecurity",
    resources: &[
        "replicationcontrollers",
        "podtemplates",
        "replicasets.apps",
        "deployments.apps",
        "daemonsets.apps",
        "statefulsets.apps",
        "cronjobs.batch",
        "jobs.batch",
    ],
    mutate: None,
    validate: Some(workload),
};
pub(super) static NAMESPACES: Plugin =
    Plugin { name: "PodSecurity", resources: &["namespaces"], mutate: Some(labels), validate: Some(namespace) };

/// Where the templates of workloads are.
const TEMPLATES: &[&[&str]] = &[&["spec", "jobTemplate", "spec", "template"], &["spec", "template"], &["template"]];

/// The labels' names, but for the mode at their end.
const PREFIX: &str = "pod-security.kubernetes.io/";

/// A level of the standards as it was in a version.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Standard {
    level: usize,
    version: String,
}

impl Standard {
    /// What the labels ask for in a mode; `otherwise` where they say nothing, or nothing sensible.
    fn of(labels: &Value, mode: &str, otherwise: [usize; 2]) -> Standard {
        let level = labels.get(format!("{PREFIX}{mode}").as_str());
        let version = labels[format!("{PREFIX}{mode}-version").as_str()].str();
        let [unsaid, senseless] = otherwise;
        let level = level.map_or(unsaid, |level| level_of(level.str()).unwrap_or(senseless));
        Standard { level, version: if is_version(version) { version.into() } else { "latest".into() } }
    }

    /// What is enforced.
    fn enforced(labels: &Value) -> Standard {
        Standard::of(labels, "enforce", [PRIVILEGED, RESTRICTED])
    }

    /// What is warned of; without a word on that, what is enforced.
    fn warned(labels: &Value) -> Standard {
        let enforced = Standard::enforced(labels);
        let warned = Standard::of(labels, "warn", [enforced.level, PRIVILEGED]);
        match labels.has(&format!("{PREFIX}warn")) || labels.has(&format!("{PREFIX}warn-version")) {
            true => warned,
            false => enforced,
        }
    }

    fn shown(&self) -> String {
        format!("{}:{}", LEVELS[self.level], self.version)
    }

    /// What a pod does that the standard forbids.
    fn violations(&self, metadata: &Value, spec: &Value) -> Vec<Violation> {
        Pod::new(metadata, spec).violations(self.level)
    }

    /// The same as a sentence, if there is anything.
    fn complaint(&self, template: &Value) -> Option<String> {
        let violations = self.violations(&template["metadata"], &template["spec"]);
        let texts: Vec<String> =
            violations.iter().map(|found| format!("{} ({})", found.reason, found.detail)).collect();
        (!texts.is_empty()).then(|| format!("PodSecurity \"{}\": {}", self.shown(), texts.join(", ")))
    }
}

fn level_of(name: &str) -> Option<usize> {
    LEVELS.iter().position(|level| *level == name)
}

fn is_version(text: &str) -> bool {
    let minor = text.strip_prefix("v1.").unwrap_or_default();
    text == "latest" || (minor.parse::<u16>().is_ok_and(|number| number.to_string() == minor))
}

fn namespace_labels<'a>(server: &'a ApiServer, op: &Operation) -> &'a Value {
    server
        .lookup("namespaces", "", &op.namespace)
        .map_or(&Value::Null, |namespace| namespace.at(&["metadata", "labels"]))
}

fn pod(server: &mut ApiServer, op: &mut Operation, pod: &Object, old: Option<&Object>) -> Result<(), Status> {
    let asked = matches!(op.subresource.as_str(), "" | "ephemeralcontainers") && !is_deletion(op);
    let labels = namespace_labels(server, op);
    if !asked || !labels.is_object() || old.is_some_and(|old| is_alike(pod, old)) {
        return Ok(());
    }
    if let Some(why) = Standard::enforced(labels).complaint(pod) {
        return Err(op.forbidden(pod.name(), &format!("violates {why}")));
    }
    warn(op, &Standard::warned(labels), pod);
    Ok(())
}

/// Whether a change of a pod leaves what the standards look at.
fn is_alike(pod: &Object, old: &Object) -> bool {
    ["initContainers", "containers", "ephemeralContainers"].iter().all(|list| {
        let (now, before) = (pod.spec()[*list].items(), old.spec()[*list].items());
        let same = |(a, b): (&Value, &Value)| a["image"] == b["image"] && a["securityContext"] == b["securityContext"];
        now.len() == before.len() && now.iter().zip(before).all(same)
    })
}

fn is_deletion(op: &Operation) -> bool {
    matches!(op.verb, Verb::Delete | Verb::DeleteCollection)
}

/// Workloads are warned of only: it is their pods that are refused.
fn workload(server: &mut ApiServer, op: &mut Operation, object: &Object, _: Option<&Object>) -> Result<(), Status> {
    let labels = namespace_labels(server, op);
    if !op.subresource.is_empty() || is_deletion(op) || !labels.is_object() {
        return Ok(());
    }
    if let Some(template) = TEMPLATES.iter().map(|path| object.at(path)).find(|template| template.is_object()) {
        warn(op, &Standard::warned(labels), template);
    }
    Ok(())
}

fn warn(op: &mut Operation, standard: &Standard, template: &Value) {
    if let Some(why) = standard.complaint(template) {
        op.warnings.push(format!("would violate {why}"));
    }
}

/// Refuses labels that say nothing sensible, unless they have been there.
fn labels(_: &mut ApiServer, op: &mut Operation, object: &mut Object, old: Option<&Object>) -> Result<(), Status> {
    let errors = wrong_labels(object);
    let before = old.map(wrong_labels).unwrap_or_default();
    if is_deletion(op) || !op.subresource.is_empty() || errors.0 == before.0 {
        return Ok(());
    }
    Err(Status::invalid("", "Namespace", object.name(), errors.0))
}

fn wrong_labels(object: &Object) -> Errors {
    let (root, mut errors) = (Field::root(object), Errors::default());
    let metadata = root.child("metadata");
    let labels = metadata.child("labels");
    for mode in ["enforce", "audit", "warn"] {
        let (level, version) = (format!("{PREFIX}{mode}"), format!("{PREFIX}{mode}-version"));
        if labels.has(&level) && level_of(labels[level.as_str()].str()).is_none() {
            labels.key(&level).invalid(&mut errors, &format!("must be one of {}", LEVELS.join(", ")));
        }
        if labels.has(&version) && !is_version(labels[version.as_str()].str()) {
            labels.key(&version).invalid(&mut errors, "must be \"latest\" or \"v1.x\"");
        }
    }
    errors
}

/// Says which pods a stricter standard would refuse.
fn namespace(server: &mut ApiServer, op: &mut Operation, object: &Object, old: Option<&Object>) -> Result<(), Status> {
    let Some(old) = old.filter(|_| !is_deletion(op) && op.subresource.is_empty()) else { return Ok(()) };
    let labels = |object: &Object| Standard::enforced(object.at(&["metadata", "labels"]));
    let (new, old) = (labels(object), labels(old));
    if new.level == PRIVILEGED || (new.version == old.version && new.level <= old.level) {
        return Ok(());
    }
    // By what is wrong: the first pod and how many there are.
    let mut found: SortedMap<String, (String, usize)> = SortedMap::new();
    for (_, pod) in server.store.list("pods", Some(object.name())) {
        let violations = new.violations(&pod["metadata"], pod.spec());
        let reasons: Vec<&str> = violations.iter().map(|violation| violation.reason).collect();
        if !reasons.is_empty() {
            found.entry(reasons.join(", ")).or_insert_with(|| (pod.name().to_string(), 0)).1 += 1;
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    let say = |(reasons, (name, count)): (&String, &(String, usize))| match count {
        1 => format!("{name}: {reasons}"),
        2 => format!("{name} (and 1 other pod): {reasons}"),
        _ => format!("{name} (and {} other pods): {reasons}", count - 1),
    };
    let mut lines: Vec<String> = found.iter().map(say).collect();
    lines.sort();
    let (name, standard) = (object.name(), new.shown());
    op.warnings.push(format!(
        "existing pods in namespace \"{name}\" violate the new PodSecurity enforce level \"{standard}\""
    ));
    op.warnings.append(&mut lines);
    Ok(())
}
