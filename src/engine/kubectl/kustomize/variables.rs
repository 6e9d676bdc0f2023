//! `vars`: values of fields, put where `$(NAME)` stands in others.

use super::Built;
use super::fields::{Field, split, walk};
use super::replacements;
use super::resmap::{Gvk, Resource};
use crate::kubectl::invocation::Invocation;
use crate::meta::Value;

/// Which fields of containers may hold variables.
const IN_CONTAINERS: &[&str] = &["args", "command", "env/value", "volumeMounts/mountPath", "volumeMounts/subPath"];

/// Where containers are.
const CONTAINERS: &[Field] = &[
    Field::found("", "Pod", "spec/containers"),
    Field::found("", "Pod", "spec/initContainers"),
    Field::found(
        "",
        "Deployment|ReplicaSet|DaemonSet|StatefulSet|Job|ReplicationController",
        "spec/template/spec/containers",
    ),
    Field::found(
        "",
        "Deployment|ReplicaSet|DaemonSet|StatefulSet|Job|ReplicationController",
        "spec/template/spec/initContainers",
    ),
    Field::found("", "CronJob", "spec/jobTemplate/spec/template/spec/containers"),
    Field::found("", "CronJob", "spec/jobTemplate/spec/template/spec/initContainers"),
];

/// Which other fields may hold variables.
const ELSEWHERE: &[Field] = &[
    Field::found("", "", "metadata/labels"),
    Field::found("", "", "metadata/annotations"),
    Field::found("", "ConfigMap", "data"),
    Field::found("", "Ingress", "spec/rules/host"),
    Field::found("", "Ingress", "spec/tls/hosts"),
    Field::found("", "Ingress", "spec/tls/secretName"),
];

/// Puts the values of variables in.
///
/// # Errors
/// If a variable means no object's field.
pub fn resolve(inv: &Invocation, variables: &[Value], resources: &mut [Resource]) -> Built {
    if variables.is_empty() {
        return Ok(());
    }
    let values: Vec<(String, Value)> = variables
        .iter()
        .map(|variable| Ok((variable["name"].str().into(), value(variable, resources)?)))
        .collect::<Built<_>>()?;
    let mut used = vec![false; values.len()];
    for resource in resources.iter_mut() {
        let gvk = resource.gvk();
        let mut paths: Vec<String> = Vec::new();
        for containers in CONTAINERS.iter().filter(|field| field.is_of(&gvk)) {
            paths.extend(IN_CONTAINERS.iter().map(|path| format!("{}/{path}", containers.path)));
        }
        paths.extend(ELSEWHERE.iter().filter(|field| field.is_of(&gvk)).map(|field| field.path.to_string()));
        for path in paths {
            walk(&mut resource.object.0, &split(&path), false, &mut |place| {
                expand(place, &values, &mut used);
                Ok(())
            })?;
        }
    }
    let unused: Vec<&str> =
        values.iter().zip(&used).filter(|(_, used)| !**used).map(|((name, _), _)| name.as_str()).collect();
    if !unused.is_empty() {
        inv.log('I', "log.go:244", &format!("well-defined vars that were never replaced: {}", unused.join(",")));
    }
    Ok(())
}

/// The value of the field that a variable names.
fn value(variable: &Value, resources: &[Resource]) -> Built<Value> {
    let object = &variable["objref"];
    let mut wanted = Gvk::new(object["apiVersion"].str(), object["kind"].str());
    if !object["group"].is_empty() || !object["version"].is_empty() {
        wanted.group = object["group"].str().into();
        wanted.version = object["version"].str().into();
    }
    let found = resources.iter().find(|resource| {
        resource.is_any(&|id| {
            id.name == object["name"].str()
                && id.gvk.is(&wanted.group, &wanted.version, &wanted.kind)
                && (object["namespace"].is_empty() || id.namespace == object["namespace"].str())
        })
    });
    let name = variable["name"].str();
    let path = match variable["fieldref"]["fieldpath"].str() {
        "" => "metadata.name".to_string(),
        // `ports[0]` is the item `0` of `ports`.
        path => path.replace('[', ".").replace(']', ""),
    };
    let missing = || {
        format!(
            "var '{{{name} {} {{{path}}}}}' cannot be mapped to a field in the set of known resources",
            wanted.text()
        )
    };
    replacements::lookup(&found.ok_or_else(missing)?.object.0, &path)?.ok_or_else(missing)
}

fn expand(place: &mut Value, values: &[(String, Value)], used: &mut [bool]) {
    match place {
        Value::String(text) if text.contains("$(") => {
            let mut text = text.to_string();
            for ((name, value), used) in values.iter().zip(used) {
                let reference = format!("$({name})");
                if text == reference {
                    (*place, *used) = (value.clone(), true);
                    return;
                }
                if text.contains(&reference) {
                    text = text.replace(&reference, &replacements::text(value));
                    *used = true;
                }
            }
            *place = text.into();
        }
        Value::Array(_) => place.array_mut().iter_mut().for_each(|item| expand(item, values, used)),
        Value::Object(map) => map.iter_mut().for_each(|(_, item)| expand(item, values, used)),
        _ => {}
    }
}
