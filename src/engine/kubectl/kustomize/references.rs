//! Names within objects that mean other objects: when those are renamed, the names follow.

use super::Built;
use super::fields::{Field, split, walk};
use super::resmap::{Gvk, Id, Resource};
use crate::meta::Value;

/// Which fields of pods (and of what holds pod templates) name objects of a kind.
const IN_PODS: &[(&str, &str, &[&str])] = &[
    (
        "",
        "ConfigMap",
        &[
            "volumes/configMap/name",
            "volumes/projected/sources/configMap/name",
            "containers/env/valueFrom/configMapKeyRef/name",
            "containers/envFrom/configMapRef/name",
            "initContainers/env/valueFrom/configMapKeyRef/name",
            "initContainers/envFrom/configMapRef/name",
        ],
    ),
    (
        "",
        "Secret",
        &[
            "volumes/secret/secretName",
            "volumes/projected/sources/secret/name",
            "volumes/csi/nodePublishSecretRef/name",
            "containers/env/valueFrom/secretKeyRef/name",
            "containers/envFrom/secretRef/name",
            "initContainers/env/valueFrom/secretKeyRef/name",
            "initContainers/envFrom/secretRef/name",
            "imagePullSecrets/name",
        ],
    ),
    ("", "ServiceAccount", &["serviceAccountName"]),
    ("", "PersistentVolumeClaim", &["volumes/persistentVolumeClaim/claimName"]),
    ("scheduling.k8s.io", "PriorityClass", &["priorityClassName"]),
];

/// Where the pods are.
const PODS: &[Field] = &[
    Field::found("", "Pod", "spec"),
    Field::found("", "Deployment|ReplicaSet|DaemonSet|StatefulSet|Job|ReplicationController", "spec/template/spec"),
    Field::found("", "CronJob", "spec/jobTemplate/spec/template/spec"),
];

/// The fields of other objects: group and kind of what is named, and who names it where.
const ELSEWHERE: &[(&str, &str, Field)] = &[
    ("apps", "Deployment", Field::found("", "HorizontalPodAutoscaler", "spec/scaleTargetRef/name")),
    ("", "ReplicationController", Field::found("", "HorizontalPodAutoscaler", "spec/scaleTargetRef/name")),
    ("apps", "ReplicaSet", Field::found("", "HorizontalPodAutoscaler", "spec/scaleTargetRef/name")),
    ("apps", "StatefulSet", Field::found("", "HorizontalPodAutoscaler", "spec/scaleTargetRef/name")),
    ("", "ConfigMap", Field::found("", "Role|ClusterRole", "rules/resourceNames")),
    (
        "",
        "ConfigMap",
        Field::found("", "Ingress", "metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap"),
    ),
    ("", "Secret", Field::found("", "Role|ClusterRole", "rules/resourceNames")),
    ("", "Secret", Field::found("", "ServiceAccount", "imagePullSecrets/name")),
    ("", "Secret", Field::found("", "Ingress", "spec/tls/secretName")),
    ("", "Secret", Field::found("", "Ingress", "metadata/annotations/ingress.kubernetes.io\\/auth-secret")),
    ("", "Secret", Field::found("", "Ingress", "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret")),
    ("", "Secret", Field::found("", "Ingress", "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret")),
    ("", "Service", Field::found("", "StatefulSet", "spec/serviceName")),
    ("", "Service", Field::found("", "Ingress", "spec/rules/http/paths/backend/service/name")),
    ("", "Service", Field::found("", "Ingress", "spec/defaultBackend/service/name")),
    ("", "Service", Field::found("", "Ingress", "spec/rules/http/paths/backend/serviceName")),
    ("", "Service", Field::found("", "Ingress", "spec/backend/serviceName")),
    ("", "Service", Field::found("apiregistration.k8s.io", "APIService", "spec/service/name")),
    (
        "",
        "Service",
        Field::found(
            "admissionregistration.k8s.io",
            "ValidatingWebhookConfiguration|MutatingWebhookConfiguration",
            "webhooks/clientConfig/service",
        ),
    ),
    ("rbac.authorization.k8s.io", "Role", Field::found("rbac.authorization.k8s.io", "RoleBinding", "roleRef/name")),
    (
        "rbac.authorization.k8s.io",
        "ClusterRole",
        Field::found("rbac.authorization.k8s.io", "RoleBinding|ClusterRoleBinding", "roleRef/name"),
    ),
    ("", "ServiceAccount", Field::found("rbac.authorization.k8s.io", "RoleBinding|ClusterRoleBinding", "subjects")),
    ("", "PersistentVolume", Field::found("", "PersistentVolumeClaim", "spec/volumeName")),
    ("", "PersistentVolume", Field::found("", "ClusterRole", "rules/resourceNames")),
    (
        "storage.k8s.io",
        "StorageClass",
        Field::found("", "PersistentVolume|PersistentVolumeClaim", "spec/storageClassName"),
    ),
    (
        "storage.k8s.io",
        "StorageClass",
        Field::found("", "StatefulSet", "spec/volumeClaimTemplates/spec/storageClassName"),
    ),
    ("networking.k8s.io", "IngressClass", Field::found("", "Ingress", "spec/ingressClassName")),
];

/// What is known of a resource that a name may mean.
struct Candidate {
    id: Id,
    previous: Vec<Id>,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
}

/// One look for what a name means.
struct Search<'a> {
    candidates: &'a [Candidate],
    /// Of the object that holds the name.
    referrer: &'a Candidate,
    /// Of what the name may mean.
    group: &'a str,
    kind: &'a str,
    /// If the field is a role's: the kind that stands beside the name.
    role_kind: Option<String>,
    /// The namespaces of a role binding's subjects.
    namespaces: &'a [String],
}

/// Makes all names follow.
///
/// # Errors
/// If a name may mean several objects.
pub fn fix(resources: &mut [Resource]) -> Built {
    let candidates: Vec<Candidate> = (resources.iter())
        .map(|resource| Candidate {
            id: resource.id(),
            previous: resource.previous.clone(),
            prefixes: resource.prefixes.clone(),
            suffixes: resource.suffixes.clone(),
        })
        .collect();
    // Most objects keep their names: then there is nothing to do.
    let renamed = |group: &str, kind: &str| {
        candidates.iter().any(|candidate| candidate.previous.iter().any(|id| id.gvk.is(group, "", kind)))
    };
    for (resource, referrer) in resources.iter_mut().zip(&candidates) {
        let gvk = resource.gvk();
        let role_kind = resource.object.at(&["roleRef", "kind"]).as_str().map(String::from);
        let namespaces: Vec<String> = match gvk.kind.as_str() {
            "RoleBinding" => {
                resource.object["subjects"].items().iter().map(|subject| subject["namespace"].str().into()).collect()
            }
            _ => Vec::new(),
        };
        let search = |group, kind| Search {
            candidates: &candidates,
            referrer,
            group,
            kind,
            role_kind: role_kind.clone(),
            namespaces: &namespaces,
        };
        for (group, kind, paths) in IN_PODS {
            for pods in PODS.iter().filter(|pods| pods.is_of(&gvk) && renamed(group, kind)) {
                for path in *paths {
                    let path = format!("{}/{path}", pods.path);
                    search(group, kind).follow(&mut resource.object.0, &path)?;
                }
            }
        }
        for (group, kind, field) in ELSEWHERE.iter().filter(|(_, _, field)| field.is_of(&gvk)) {
            if renamed(group, kind) {
                search(group, kind).follow(&mut resource.object.0, field.path)?;
            }
        }
    }
    Ok(())
}

impl Search<'_> {
    fn follow(&self, object: &mut Value, path: &str) -> Built {
        walk(object, &split(path), false, &mut |place| self.set(place, path))
    }

    fn set(&self, place: &mut Value, path: &str) -> Built {
        match place {
            Value::String(_) => {
                if let Some(found) = self.find(place.str(), None, path)? {
                    *place = found.id.name.as_str().into();
                }
                Ok(())
            }
            Value::Array(_) => place.array_mut().iter_mut().try_for_each(|item| self.set(item, path)),
            Value::Object(_) => {
                let (name, namespace) =
                    (place["name"].str().to_string(), place["namespace"].as_str().map(String::from));
                if let Some(found) = self.find(&name, namespace.as_deref(), path)? {
                    place.set(&["name"], found.id.name.as_str());
                    if !found.id.namespace.is_empty() {
                        place.set(&["namespace"], found.id.namespace.as_str());
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The renamed object that a name means, if there is one.
    fn find(&self, name: &str, namespace: Option<&str>, path: &str) -> Built<Option<&Candidate>> {
        let first = |candidate: &Candidate| candidate.previous.first().unwrap_or(&candidate.id).clone();
        let stands = |id: &Id| {
            namespace.is_none_or(|namespace| {
                id.effective_namespace() == if namespace.is_empty() { "default" } else { namespace }
            })
        };
        let mut found: Vec<&Candidate> = (self.candidates.iter())
            .filter(|candidate| self.is_within_reach(candidate))
            .filter(|candidate| candidate.previous.iter().any(|id| id.name == name))
            .filter(|candidate| candidate.previous.iter().any(|id| id.gvk.is(self.group, "", self.kind)))
            .filter(|candidate| match &self.role_kind {
                Some(kind) if path == "roleRef/name" => *kind == candidate.id.gvk.kind,
                _ => true,
            })
            .filter(|candidate| stands(&first(candidate)) || stands(&candidate.id))
            .collect();
        if found.len() > 1 {
            found.retain(|candidate| {
                same_end(&candidate.prefixes, &self.referrer.prefixes)
                    && same_end(&candidate.suffixes, &self.referrer.suffixes)
            });
        }
        let Some(one) = found.first() else { return Ok(None) };
        if found.iter().all(|other| other.id.name == one.id.name) {
            return Ok(Some(one));
        }
        let ids: Vec<String> = found.iter().map(|candidate| candidate.id.text()).collect();
        Err(format!(
            "updating name reference in '{path}' field of '{}': found multiple possible referrals: {}",
            self.referrer.id.text(),
            ids.join(", ")
        ))
    }

    /// Whether the referrer may mean the candidate: one in its namespace, or one without.
    fn is_within_reach(&self, candidate: &Candidate) -> bool {
        let Candidate { id, .. } = candidate;
        let Gvk { kind, .. } = &id.gvk;
        id.gvk.is_cluster_scoped()
            || self.referrer.id.gvk.is_cluster_scoped()
            || id.same_namespace(&self.referrer.id)
            || (kind == "ServiceAccount" && self.namespaces.contains(&id.namespace))
    }
}

/// Whether the shorter list is the end of the longer one.
fn same_end(a: &[String], b: &[String]) -> bool {
    a.ends_with(b) || b.ends_with(a)
}
