//! `ServiceAccount`: every pod runs as some account, and finds its token where programs look for it.

use super::Plugin;
use crate::api::operation::Operation;
use crate::api::server::ApiServer;
use crate::json;
use crate::meta::{Object, Status, Value};

pub(super) static PLUGIN: Plugin =
    Plugin { name: "ServiceAccount", resources: &["pods"], mutate: Some(mutate), validate: None };

const MIRROR: &str = "kubernetes.io/config.mirror";
const MOUNT_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

fn mutate(server: &mut ApiServer, op: &mut Operation, pod: &mut Object, old: Option<&Object>) -> Result<(), Status> {
    if old.is_some() || pod.annotation(MIRROR).is_some() {
        return Ok(());
    }
    let deprecated = pod.at(&["spec", "serviceAccount"]).clone();
    pod.set_default(&["spec", "serviceAccountName"], deprecated);
    if pod.at(&["spec", "serviceAccountName"]).is_empty() {
        pod.set(&["spec", "serviceAccountName"], "default");
    }
    let name = pod.at(&["spec", "serviceAccountName"]).clone();
    pod.set(&["spec", "serviceAccount"], name.clone());
    let Some(account) = server.lookup("serviceaccounts", &op.namespace, name.str()).cloned() else {
        let name = name.str();
        let why =
            format!("error looking up service account {}/{name}: serviceaccount {name:?} not found", op.namespace);
        return Err(op.forbidden(pod.name(), &why));
    };
    let mounts = |object: &Value| object["automountServiceAccountToken"].as_bool();
    if mounts(&pod["spec"]).or(mounts(&account)).unwrap_or(true) {
        mount_token(server, pod);
    }
    if pod.at(&["spec", "imagePullSecrets"]).is_empty() && !account["imagePullSecrets"].is_empty() {
        pod.set(&["spec", "imagePullSecrets"], account["imagePullSecrets"].clone());
    }
    Ok(())
}

/// Mounts the token into every container that has nothing of its own there.
fn mount_token(server: &ApiServer, pod: &mut Object) {
    let token = |volume: &Value| {
        volume["name"].str().starts_with("kube-api-access-")
            && volume["projected"]["sources"].items().iter().any(|source| source.has("serviceAccountToken"))
    };
    let known = pod.at(&["spec", "volumes"]).items().iter().find(|volume| token(volume));
    let known = known.map(|volume| volume["name"].clone());
    let name = known.clone().unwrap_or_else(|| format!("kube-api-access-{}", server.rng.name_suffix(5)).into());
    let mut used = false;
    for list in ["initContainers", "containers"] {
        if pod.at(&["spec", list]).is_empty() {
            continue;
        }
        for container in pod["spec"][list].array_mut() {
            let taken = container["volumeMounts"].items().iter().any(|mount| mount["mountPath"] == MOUNT_PATH);
            if !taken {
                container["volumeMounts"].push(json!({"name": &name, "readOnly": true, "mountPath": MOUNT_PATH}));
                used = true;
            }
        }
    }
    if used && known.is_none() {
        pod["spec"]["volumes"].push(json!({"name": name, "projected": {"defaultMode": 420, "sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
            {"downwardAPI": {"items": [
                {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
            ]}},
        ]}}));
    }
}
