//! What the API server warns of in pods and templates that it accepts.

use super::{CONTAINERS, INIT_CONTAINERS};
use crate::kinds::field::Field;
use crate::meta::SortedMap;
use crate::meta::{Quantity, Value};

/// Node labels that have newer names.
const OLD_LABELS: &[(&str, &str, &str)] = &[
    ("beta.kubernetes.io/arch", "v1.14", "kubernetes.io/arch"),
    ("beta.kubernetes.io/os", "v1.14", "kubernetes.io/os"),
    ("failure-domain.beta.kubernetes.io/region", "v1.17", "topology.kubernetes.io/region"),
    ("failure-domain.beta.kubernetes.io/zone", "v1.17", "topology.kubernetes.io/zone"),
    ("beta.kubernetes.io/instance-type", "v1.17", "node.kubernetes.io/instance-type"),
];

/// The warnings about a pod template.
pub fn template(template: &Field) -> Vec<String> {
    pod(&template["metadata"], &template.child("spec"))
}

/// The warnings about a pod's metadata and spec.
pub fn pod(metadata: &Value, spec: &Field) -> Vec<String> {
    let mut warnings = Vec::new();
    for (label, since, instead) in OLD_LABELS {
        if !spec["nodeSelector"][*label].is_null() {
            let path = spec.child("nodeSelector").path();
            warnings.push(format!("{path}[{label}]: deprecated since {since}; use \"{instead}\" instead"));
        }
    }
    if !metadata["annotations"]["scheduler.alpha.kubernetes.io/critical-pod"].is_null() {
        let path = "metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]";
        warnings.push(format!("{path}: non-functional in v1.16+; use the \"priorityClassName\" field instead"));
    }
    for (at, secret) in spec["imagePullSecrets"].items().iter().enumerate() {
        let earlier = spec["imagePullSecrets"].items().iter().position(|s| s["name"] == secret["name"]);
        if secret["name"].is_empty() {
            warnings.push(format!("{}[{at}]: invalid empty name \"\"", spec.child("imagePullSecrets").path()));
        } else if earlier.is_some_and(|earlier| earlier < at) {
            let path = spec.child("imagePullSecrets").path();
            warnings.push(format!("{path}[{at}].name: duplicate name {:?}", secret["name"].str()));
        }
    }
    for volume in spec.child("volumes").each() {
        if volume["gitRepo"].is_object() {
            let path = volume.child("gitRepo").path();
            warnings.push(format!("{path}: deprecated in v1.11, and disabled by default in v1.33+"));
        }
    }
    let mut ports = Ports::default();
    for list in [INIT_CONTAINERS, CONTAINERS] {
        for container in spec.child(list).each() {
            environment(&container, &mut warnings);
            amounts(&container, &mut warnings);
            if list == CONTAINERS {
                ports.look(&container, &mut warnings);
            }
        }
    }
    if spec["terminationGracePeriodSeconds"].int() < 0 {
        let path = spec.child("terminationGracePeriodSeconds").path();
        warnings.push(format!("{path}: must be >= 0; negative values are invalid and will be treated as 1"));
    }
    warnings
}

fn environment(container: &Field, warnings: &mut Vec<String>) {
    let variables = container.child("env");
    for (at, variable) in variables.items().iter().enumerate() {
        let name = variable["name"].str();
        let earlier = variables.items()[..at].iter().rev().find(|v| v["name"] == name);
        // A variable that refers to its former value is meant to be there twice.
        let builds_on = variable["value"].str().contains(&format!("$({name})"));
        if earlier.is_some() && !builds_on {
            let path = variables.path();
            warnings.push(format!(
                "{path}[{at}]: hides previous definition of {name:?}, which may be dropped when using apply"
            ));
        }
    }
}

fn amounts(container: &Field, warnings: &mut Vec<String>) {
    let resources = container.child("resources");
    for field in ["limits", "requests"] {
        let list = resources.child(field);
        for (name, place) in list.each_key().filter(|(name, _)| matches!(*name, "memory" | "ephemeral-storage")) {
            let amount = Quantity::of(&place);
            if amount.milli() % 1000 != 0 {
                let path = list.path();
                warnings
                    .push(format!("{path}[{name}]: fractional byte value \"{amount}\" is invalid, must be an integer"));
            }
        }
    }
}

/// The ports of the containers looked at so far.
#[derive(Default)]
struct Ports {
    numbers: SortedMap<(i64, String), String>,
    names: SortedMap<String, String>,
}

impl Ports {
    fn look(&mut self, container: &Field, warnings: &mut Vec<String>) {
        let mut own_numbers: SortedMap<(i64, String), String> = SortedMap::new();
        for port in container.child("ports").each() {
            let path = port.path();
            let key = (port["containerPort"].int(), port["protocol"].str().to_string());
            if let Some(first) = own_numbers.get(&key).or_else(|| self.numbers.get(&key)) {
                warnings.push(format!("{path}: duplicate port definition with {first}"));
            } else {
                own_numbers.insert(key, path.clone());
            }
            let name = port["name"].str();
            if name.is_empty() {
                continue;
            }
            match self.names.get(name) {
                Some(first) => warnings.push(format!(
                    "{path}: duplicate port name {name:?} with {first}, services and probes that select ports by name will use {first}"
                )),
                None => _ = self.names.insert(name.into(), path),
            }
        }
        self.numbers.append(&mut own_numbers);
    }
}
