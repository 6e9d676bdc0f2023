//! What objects use of a `ResourceQuota`: counted by the admission of new objects and by the
//! controller that keeps quotas current.

use super::pod;
use crate::meta::SortedMap;
use crate::meta::{Object, Quantity, Value};

/// Amounts by the names that quotas use, such as `requests.cpu`.
pub type Usage = SortedMap<String, Quantity>;

/// Resources that quotas count under their plain name, besides `count/<resource>`.
const COUNTED: &[&str] = &["configmaps", "replicationcontrollers", "resourcequotas", "secrets"];

/// The resources of containers whose plain name stands for their requests.
const PLAIN: &[&str] = &["cpu", "memory", "ephemeral-storage"];

/// What an object of a resource (such as `pods`, `deployments.apps`) uses of a quota.
pub fn of(resource: &str, object: &Object) -> Usage {
    let mut usage = Usage::new();
    if resource == "pods" && pod::is_terminal(object) {
        // What has ended counts as an object only.
        usage.insert("count/pods".into(), Quantity::new(1));
        return usage;
    }
    usage.insert(format!("count/{resource}"), Quantity::new(1));
    match resource {
        "pods" => of_pod(object, &mut usage),
        "services" => of_service(object, &mut usage),
        "persistentvolumeclaims" => of_claim(object, &mut usage),
        _ if COUNTED.contains(&resource) => drop(usage.insert(resource.into(), Quantity::new(1))),
        _ => {}
    }
    usage
}

fn of_pod(pod: &Object, usage: &mut Usage) {
    usage.insert("pods".into(), Quantity::new(1));
    let (requests, limits) = pod_requirements(pod);
    for (name, amount) in requests.entries() {
        let amount = Quantity::of(amount);
        if PLAIN.contains(&name.as_str()) || name.starts_with("hugepages-") {
            usage.insert(name.to_string(), amount);
        }
        usage.insert(format!("requests.{name}"), amount);
    }
    for (name, amount) in limits.entries().filter(|(name, _)| PLAIN.contains(&name.as_str())) {
        usage.insert(format!("limits.{name}"), Quantity::of(amount));
    }
}

fn of_service(service: &Object, usage: &mut Usage) {
    let ports = service.spec()["ports"].items();
    let kind = service.spec()["type"].str();
    usage.insert("services".into(), Quantity::new(1));
    let allocates = service.spec()["allocateLoadBalancerNodePorts"].as_bool() != Some(false);
    let node_ports = match kind {
        "NodePort" => ports.len(),
        "LoadBalancer" if allocates => ports.len(),
        "LoadBalancer" => ports.iter().filter(|port| port["nodePort"].int() != 0).count(),
        _ => 0,
    };
    usage.insert("services.nodeports".into(), Quantity::new(i64::try_from(node_ports).unwrap_or(i64::MAX)));
    usage.insert("services.loadbalancers".into(), Quantity::new(i64::from(kind == "LoadBalancer")));
}

fn of_claim(claim: &Object, usage: &mut Usage) {
    let storage = Quantity::of(&claim.spec()["resources"]["requests"]["storage"]);
    let class = claim.spec()["storageClassName"].str();
    usage.insert("persistentvolumeclaims".into(), Quantity::new(1));
    usage.insert("requests.storage".into(), storage);
    if !class.is_empty() {
        let prefix = format!("{class}.storageclass.storage.k8s.io/");
        usage.insert(format!("{prefix}persistentvolumeclaims"), Quantity::new(1));
        usage.insert(format!("{prefix}requests.storage"), storage);
    }
}

/// What a pod needs as a whole: requests and limits. Init containers run one after another, so
/// the largest of them counts; sidecars keep running beside all that start after them.
pub fn pod_requirements(pod: &Object) -> (Value, Value) {
    (total(pod, "requests"), total(pod, "limits"))
}

fn total(pod: &Object, field: &str) -> Value {
    let amounts = |container: &Value| -> Usage {
        container["resources"][field].entries().map(|(name, q)| (name.to_string(), Quantity::of(q))).collect()
    };
    let add = |sum: &mut Usage, more: &Usage| {
        for (name, amount) in more {
            sum.entry(name.clone()).and_modify(|old| *old += *amount).or_insert(*amount);
        }
    };
    let mut all = Usage::new();
    pod::containers(pod).iter().for_each(|container| add(&mut all, &amounts(container)));
    let (mut sidecars, mut peak) = (Usage::new(), Usage::new());
    for container in pod::init_containers(pod) {
        let mut needs = amounts(container);
        if pod::is_sidecar(container) {
            add(&mut all, &needs);
            add(&mut sidecars, &needs);
            needs = sidecars.clone();
        } else {
            add(&mut needs, &sidecars);
        }
        for (name, amount) in needs {
            peak.entry(name).and_modify(|old| *old = amount.max(*old)).or_insert(amount);
        }
    }
    for (name, amount) in peak {
        all.entry(name).and_modify(|old| *old = amount.max(*old)).or_insert(amount);
    }
    let overhead = &pod.spec()["overhead"];
    if field == "requests" || !all.is_empty() {
        for (name, amount) in overhead.entries() {
            if field == "requests" || all.contains_key(name.as_str()) {
                add(&mut all, &Usage::from([(name.to_string(), Quantity::of(amount))]));
            }
        }
    }
    Value::Object(all.into_iter().map(|(name, amount)| (name, amount.to_string())).collect())
}

/// Whether a quota's scopes cover the object.
pub fn in_scope(quota: &Object, resource: &str, object: &Object) -> bool {
    let spec = quota.spec();
    spec["scopes"].items().iter().all(|scope| scope_covers(scope.str(), &Value::Null, resource, object))
        && spec["scopeSelector"]["matchExpressions"]
            .items()
            .iter()
            .all(|term| scope_covers(term["scopeName"].str(), term, resource, object))
}

fn scope_covers(scope: &str, term: &Value, resource: &str, object: &Object) -> bool {
    if resource != "pods" {
        return false;
    }
    let best_effort = || {
        let bare = |container: &Value| {
            container["resources"]["requests"].is_empty() && container["resources"]["limits"].is_empty()
        };
        pod::all_containers(object).all(bare)
    };
    let terminating = object.spec()["activeDeadlineSeconds"].as_i64().is_some_and(|seconds| seconds >= 0);
    match scope {
        "Terminating" => terminating,
        "NotTerminating" => !terminating,
        "BestEffort" => best_effort(),
        "NotBestEffort" => !best_effort(),
        "PriorityClass" => {
            let class = object.spec()["priorityClassName"].str();
            let listed = || term["values"].items().iter().any(|value| *value == *class);
            match term["operator"].str() {
                "In" => listed(),
                "NotIn" => !listed(),
                "DoesNotExist" => class.is_empty(),
                _ => !class.is_empty(),
            }
        }
        _ => false,
    }
}
