//! Every state of every object in the transcripts' clusters is, to the typed structs of
//! `k8s-openapi`, an object of its kind: it decodes, and encoded again it is the same document.
//!
//! Every resource is watched in every version it is served in, by the paths that discovery names.

use k8s_openapi::Resource;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Mutex;
use tabernetes::replay::{play, scenario};
use tabernetes::transcript::Transcript;
use tabernetes_engine::api::{Content, Method, Request, Watch, WatchStep};
use tabernetes_engine::playground::Playground;

/// A kind: `apiVersion`, `kind`, and what decodes its objects and encodes them again.
struct Kind {
    api_version: &'static str,
    kind: &'static str,
    round_trip: fn(&Value) -> Result<Value, serde_json::Error>,
}

const fn kind<T: Resource + Serialize + DeserializeOwned>() -> Kind {
    Kind {
        api_version: T::API_VERSION,
        kind: T::KIND,
        round_trip: |object| serde_json::from_value::<T>(object.clone()).and_then(serde_json::to_value),
    }
}

macro_rules! kinds {
    ($($group:ident :: $version:ident { $($kind:ident),* })*) => {
        &[
            kind::<k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition>(),
            kind::<k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1::APIService>(),
            $($(kind::<k8s_openapi::api::$group::$version::$kind>(),)*)*
        ]
    };
}

static KINDS: &[Kind] = kinds! {
    admissionregistration::v1 {
        MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, MutatingWebhookConfiguration,
        ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, ValidatingWebhookConfiguration
    }
    apps::v1 { ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet }
    autoscaling::v1 { HorizontalPodAutoscaler }
    autoscaling::v2 { HorizontalPodAutoscaler }
    batch::v1 { CronJob, Job }
    certificates::v1 { CertificateSigningRequest }
    coordination::v1 { Lease }
    core::v1 {
        ComponentStatus, ConfigMap, Endpoints, Event, LimitRange, Namespace, Node, PersistentVolume,
        PersistentVolumeClaim, Pod, PodTemplate, ReplicationController, ResourceQuota, Secret, Service, ServiceAccount
    }
    discovery::v1 { EndpointSlice }
    events::v1 { Event }
    flowcontrol::v1 { FlowSchema, PriorityLevelConfiguration }
    networking::v1 { IPAddress, Ingress, IngressClass, NetworkPolicy, ServiceCIDR }
    node::v1 { RuntimeClass }
    policy::v1 { PodDisruptionBudget }
    rbac::v1 { ClusterRole, ClusterRoleBinding, Role, RoleBinding }
    resource::v1 { DeviceClass, ResourceClaim, ResourceClaimTemplate, ResourceSlice }
    scheduling::v1 { PriorityClass }
    storage::v1 { CSIDriver, CSINode, CSIStorageCapacity, StorageClass, VolumeAttachment, VolumeAttributesClass }
};

/// A document without what is `null` or empty: whether such a field is written is the encoder's choice.
fn essence(value: &Value) -> Value {
    let kept = |value: &Value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    };
    match value {
        Value::Object(map) => {
            map.iter().map(|(key, value)| (key.clone(), essence(value))).filter(|(_, value)| kept(value)).collect()
        }
        Value::Array(items) => items.iter().map(essence).collect(),
        other => other.clone(),
    }
}

/// Where two documents differ first.
fn difference(before: &Value, after: &Value, path: &str) -> Option<String> {
    match (before, after) {
        (Value::Object(one), Value::Object(other)) => one.keys().chain(other.keys()).find_map(|key| {
            let none = &Value::Null;
            difference(one.get(key).unwrap_or(none), other.get(key).unwrap_or(none), &format!("{path}.{key}"))
        }),
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => one
            .iter()
            .zip(other)
            .enumerate()
            .find_map(|(at, (one, other))| difference(one, other, &format!("{path}[{at}]"))),
        // A whole number is written as one, whatever its type.
        (Value::Number(one), Value::Number(other)) if one.as_f64() == other.as_f64() => None,
        _ if before == after => None,
        _ => Some(format!("{path}: {before} became {after}")),
    }
}

/// What is wrong with an object in the eyes of its kind's typed struct.
fn problem(object: &Value) -> Option<String> {
    let (api_version, name) = (&object["apiVersion"], &object["kind"]);
    let Some(kind) = KINDS.iter().find(|kind| *api_version == kind.api_version && *name == kind.kind) else {
        return Some("there is no typed struct of this kind".into());
    };
    match (kind.round_trip)(object) {
        Ok(back) => difference(&essence(object), &essence(&back), ""),
        Err(error) => Some(error.to_string()),
    }
}

/// What the server answers the administrator.
fn get(playground: &Playground, target: &str) -> Value {
    match playground.request(Playground::admin(), Request::new(Method::Get, target)).content {
        Content::Document(document) => serde_json::from_str(&document.to_json()).expect("the engine writes JSON"),
        _ => panic!("no document at {target}"),
    }
}

/// The paths of the built-in groups' versions.
fn roots(playground: &Playground) -> Vec<String> {
    let groups = get(playground, "/apis");
    let versions = groups["groups"].as_array().into_iter().flatten().flat_map(|group| group["versions"].as_array());
    let named = versions.flatten().filter_map(|version| version["groupVersion"].as_str());
    let builtin = named.filter(|name| KINDS.iter().any(|kind| kind.api_version == *name));
    std::iter::once("/api/v1".to_string()).chain(builtin.map(|name| format!("/apis/{name}"))).collect()
}

/// Watches every resource of the built-in groups: their kinds' names with the streams of events.
fn watch(playground: &Playground) -> Vec<(Value, Value, Watch)> {
    let mut watches = Vec::new();
    for root in roots(playground) {
        let resources = get(playground, &root);
        for resource in resources["resources"].as_array().into_iter().flatten() {
            if !resource["verbs"].as_array().is_some_and(|verbs| verbs.iter().any(|verb| verb == "watch")) {
                continue;
            }
            let target = format!("{root}/{}?watch=true", resource["name"].as_str().unwrap_or_default());
            let answer = playground.request(Playground::admin(), Request::new(Method::Get, &target));
            let Content::Watch(watch) = answer.content else { panic!("no watch at {target}") };
            watches.push((resources["groupVersion"].clone(), resource["kind"].clone(), watch));
        }
    }
    watches
}

/// Looks at every state that any object has been in; how many there are, and what is wrong with some.
fn look(watches: Vec<(Value, Value, Watch)>, place: &str, problems: &Mutex<Vec<String>>) -> usize {
    let mut seen = 0;
    for (api_version, kind, mut watch) in watches {
        while let WatchStep::Event(event) = watch.poll() {
            let event: Value = serde_json::from_str(&event.to_json()).expect("the engine writes JSON");
            let object = &event["object"];
            seen += 1;
            let own = object["apiVersion"] == api_version && object["kind"] == kind;
            let problem = if own { problem(object) } else { Some("has another kind's name".into()) };
            if let Some(problem) = problem {
                let what = format!("{place}: {kind} {} {}", event["type"], object["metadata"]["name"]);
                problems.lock().expect("no panic here").push(format!("{what}: {problem}"));
            }
        }
    }
    seen
}

#[test]
fn a_wrong_field_is_seen() {
    let mut pod = serde_json::json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {"containers": [{"name": "c"}]},
    });
    assert_eq!(problem(&pod), None);
    pod["spec"]["nodeNaem"] = "n".into();
    assert_eq!(problem(&pod), Some(".spec.nodeNaem: \"n\" became null".into()));
}

#[test]
fn whatever_transcripts_make_fits_the_typed_structs() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/transcripts");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).expect("transcripts").flatten().map(|e| e.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "md"));
    paths.sort();
    let (problems, seen) = (Mutex::new(Vec::new()), Mutex::new(0));
    let mut minikube = Playground::new(&Default::default());
    let watches = watch(&minikube);
    minikube.advance(std::time::Duration::from_secs(600));
    *seen.lock().expect("no panic here") += look(watches, "minikube", &problems);
    let next = Mutex::new(paths.iter());
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let Some(path) = next.lock().expect("no panic here").next() else { return };
                    let text = std::fs::read_to_string(path).expect("a readable transcript");
                    let transcript = Transcript::parse(&text).expect("a well-formed transcript");
                    let mut playground = Playground::new(&scenario(&transcript));
                    let watches = watch(&playground);
                    play(&mut playground, &transcript);
                    let place = path.file_name().unwrap_or_default().to_string_lossy();
                    let found = look(watches, &place, &problems);
                    *seen.lock().expect("no panic here") += found;
                }
            });
        }
    });
    let (mut problems, seen) = (problems.into_inner().expect("no panic"), seen.into_inner().expect("no panic"));
    problems.sort();
    println!("{seen} states");
    assert!(seen > 10_000, "only {seen} states");
    assert!(problems.is_empty(), "{} of {seen} states do not fit:\n{}", problems.len(), problems.join("\n"));
}
