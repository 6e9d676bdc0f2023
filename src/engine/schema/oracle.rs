//! For tests: whether an object of ours is one to the typed structs of `k8s-openapi`.

use crate::meta::Value;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Decodes and encodes again; the error names what does not fit or got lost.
fn round_trip<T: Serialize + DeserializeOwned>(object: &Value) -> Result<(), String> {
    let typed: T = serde_json::from_str(&object.to_json()).map_err(|e| e.to_string())?;
    let back = serde_json::to_string(&typed).map_err(|e| e.to_string())?;
    let back = Value::from_json(back.as_bytes()).map_err(|e| e.to_string())?;
    lost(object, &back, "")
}

/// The first field that is not in `after` as it was in `before`.
fn lost(before: &Value, after: &Value, path: &str) -> Result<(), String> {
    match (before, after) {
        (Value::Object(map), _) => {
            for (key, value) in map.iter().filter(|(_, value)| !value.is_empty()) {
                lost(value, &after[key.as_str()], &format!("{path}.{key}"))?;
            }
            Ok(())
        }
        (Value::Array(items), Value::Array(others)) if items.len() == others.len() => items
            .iter()
            .zip(others.iter())
            .enumerate()
            .try_for_each(|(at, (a, b))| lost(a, b, &format!("{path}[{at}]"))),
        // Times may come back with another number of digits.
        (Value::String(a), Value::String(b)) if a.ends_with('Z') && b.ends_with('Z') && a.get(..19) == b.get(..19) => {
            Ok(())
        }
        _ if before == after => Ok(()),
        _ => Err(format!("{path}: {before} became {after}")),
    }
}

macro_rules! kinds {
    ($object:ident, $($api_version:literal $group:ident :: $version:ident { $($kind:ident),* })*) => {
        match ($object["apiVersion"].str(), $object["kind"].str()) {
            $($(($api_version, stringify!($kind)) => round_trip::<k8s_openapi::api::$group::$version::$kind>($object),)*)*
            ("apiextensions.k8s.io/v1", _) => round_trip::<
                k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
            >($object),
            (api_version, kind) => Err(format!("no typed struct for {api_version} {kind}")),
        }
    };
}

/// Checks that an object decodes into its kind's typed struct without loss.
///
/// # Errors
/// What does not fit, or which field got lost.
pub fn check(object: &Value) -> Result<(), String> {
    kinds! { object,
        "v1" core::v1 {
            Pod, Namespace, Node, Event, Service, Endpoints, ConfigMap, Secret, ServiceAccount, ReplicationController,
            PersistentVolume, PersistentVolumeClaim, ResourceQuota, LimitRange, PodTemplate
        }
        "apps/v1" apps::v1 { Deployment, ReplicaSet, DaemonSet, StatefulSet, ControllerRevision }
        "batch/v1" batch::v1 { Job, CronJob }
        "networking.k8s.io/v1" networking::v1 { Ingress, IngressClass, NetworkPolicy, IPAddress, ServiceCIDR }
        "discovery.k8s.io/v1" discovery::v1 { EndpointSlice }
        "events.k8s.io/v1" events::v1 { Event }
        "autoscaling/v2" autoscaling::v2 { HorizontalPodAutoscaler }
        "policy/v1" policy::v1 { PodDisruptionBudget }
        "rbac.authorization.k8s.io/v1" rbac::v1 { Role, RoleBinding, ClusterRole, ClusterRoleBinding }
        "scheduling.k8s.io/v1" scheduling::v1 { PriorityClass }
        "storage.k8s.io/v1" storage::v1 { StorageClass, CSINode }
        "coordination.k8s.io/v1" coordination::v1 { Lease }
        "flowcontrol.apiserver.k8s.io/v1" flowcontrol::v1 { FlowSchema, PriorityLevelConfiguration }
    }
}

#[test]
fn the_oracle_sees_what_does_not_fit() {
    let pod = crate::json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {"containers": [{"name": "c"}]}});
    assert_eq!(check(&pod), Ok(()));
    let mut wrong = pod.clone();
    wrong["spec"]["nodeNaem"] = "n".into();
    assert_eq!(check(&wrong), Err(".spec.nodeNaem: \"n\" became null".into()));
    wrong["spec"] = "x".into();
    assert!(check(&wrong).is_err());
}
