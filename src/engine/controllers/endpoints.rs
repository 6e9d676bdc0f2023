//! What endpoints and endpoint slices have in common: which pods serve a service, on which ports,
//! and when that last changed.

use super::pods;
use super::runner::{Again, Context, Controller, Wake, controller_reference, gone_is_fine, key};
use crate::json;
use crate::meta::SortedMap;
use crate::meta::{Object, Selector, Status, Text, Time, Value};
use crate::store::{Change, Key};

const TRIGGER_TIME: &str = "endpoints.kubernetes.io/last-change-trigger-time";
const HEADLESS: &str = "service.kubernetes.io/headless";
/// How many endpoints one object lists.
const SLICE_CAPACITY: usize = 100;
const ENDPOINTS_CAPACITY: usize = 1000;

/// When services and their pods changed, as far as was seen: what the trigger time tells.
#[derive(Default)]
struct TriggerTimes(SortedMap<Key, (Option<Time>, SortedMap<Text, Time>)>);

impl TriggerTimes {
    /// The earliest of the changes since the last call.
    fn next(&mut self, key: &Key, service: &Object, serving: &[Object]) -> Option<Time> {
        let known = self.0.get(key);
        let created = service.created();
        let mut earliest: Option<Time> = None;
        let mut note = |time: Time| earliest = Some(earliest.map_or(time, |other| other.min(time)));
        let mut times = SortedMap::new();
        for pod in serving {
            let ready = pod.condition("Ready").and_then(|ready| Time::parse(ready["lastTransitionTime"].str()));
            let Some(time) = ready else { continue };
            if known.and_then(|(_, times)| times.get(pod.name())).is_none_or(|before| time > *before) {
                note(time);
            }
            times.insert(pod.name().into(), time);
        }
        if let Some(created) = created.filter(|created| known.is_none_or(|(before, _)| Some(*created) > *before)) {
            note(created);
        }
        let first = known.is_none();
        self.0.insert(key.clone(), (created, times));
        if first { created } else { earliest }
    }
}

/// Wakes the services whose pods a change may concern.
fn notice(change: &Change, wake: &mut Wake, owned: &str) {
    match &*change.key.resource {
        "services" => wake.now(change.key.clone()),
        "pods" => {
            if change.old.as_ref().map(relevant) == change.new.as_ref().map(relevant) {
                return;
            }
            let labels: Vec<&Value> =
                [&change.old, &change.new].into_iter().flatten().map(|pod| pod.labels()).collect();
            for service in wake.informers.list("services", Some(&change.key.namespace)) {
                let selector = &service.spec()["selector"];
                let matches =
                    |labels: &&&Value| selector.entries().all(|(key, value)| labels.get(&**key) == Some(value));
                if !selector.is_empty() && labels.iter().any(|labels| matches(&labels)) {
                    let size = wake.informers.list(owned, Some(service.namespace())).len().min(1);
                    wake.gather(key("services", service.namespace(), service.name()), size * 100);
                }
            }
        }
        _ => {
            let Some(object) = change.old.as_ref() else { return };
            let service = object.label("kubernetes.io/service-name").unwrap_or(object.name());
            wake.now(key("services", object.namespace(), service));
        }
    }
}

/// What of a pod endpoints depend on.
fn relevant(pod: &Object) -> impl PartialEq + '_ {
    let address = &pod.status()["podIP"];
    (pod.labels(), address, pods::is_ready(pod), pods::phase(pod), pod.at(&["metadata", "deletionTimestamp"]))
}

/// The pods a service selects that have an address.
fn serving(service: &Object, cx: &Context) -> Vec<Object> {
    let selector = Selector::from_map(&service.spec()["selector"]);
    let mut found = cx.informers.list("pods", Some(service.namespace()));
    found.retain(|pod| {
        selector.matches(pod.labels()) && !pods::is_finished(pod) && !pod.status()["podIP"].str().is_empty()
    });
    found
}

/// The number of the container port that a service port means, on that pod.
fn target_port(port: &Value, pod: &Object) -> Option<i64> {
    let target = &port["targetPort"];
    let Some(name) = target.as_str() else {
        return Some(if target.is_null() { port["port"].int() } else { target.int() });
    };
    let protocol = |port: &Value| Some(port["protocol"].str()).filter(|p| !p.is_empty()).unwrap_or("TCP").to_string();
    let sidecars = pod.spec()["initContainers"].items().iter().filter(|c| c["restartPolicy"] == "Always");
    let mut ports = pod.spec()["containers"].items().iter().chain(sidecars).flat_map(|c| c["ports"].items());
    let found = ports.find(|other| other["name"] == name && protocol(other) == protocol(port));
    found.map(|port| port["containerPort"].int())
}

/// A service's ports as endpoints have them, resolved for one pod.
fn ports_on(service: &Object, pod: &Object, full: bool) -> Vec<Value> {
    let mut ports = Vec::new();
    for port in service.spec()["ports"].items() {
        let Some(number) = target_port(port, pod) else { continue };
        let protocol = Some(port["protocol"].str()).filter(|p| !p.is_empty()).unwrap_or("TCP");
        let mut entry = json!({"port": number, "protocol": protocol});
        if full || !port["name"].str().is_empty() {
            entry["name"] = port["name"].str().into();
        }
        if !port["appProtocol"].is_null() {
            entry["appProtocol"] = port["appProtocol"].clone();
        }
        ports.push(entry);
    }
    ports
}

fn target(pod: &Object) -> Value {
    json!({"kind": "Pod", "namespace": pod.namespace(), "name": pod.name(), "uid": pod.uid()})
}

fn hostname(pod: &Object, service: &Object) -> Option<Value> {
    let spec = pod.spec();
    let has = spec["subdomain"] == service.name() && !spec["hostname"].str().is_empty();
    has.then(|| spec["hostname"].clone())
}

fn annotate(object: &mut Object, trigger: Option<Time>) {
    match trigger {
        Some(time) => object.set(&["metadata", "annotations", TRIGGER_TIME], time.rfc3339()),
        None => {
            object.remove(&["metadata", "annotations", TRIGGER_TIME]);
        }
    }
    if object.at(&["metadata", "annotations"]).is_empty() {
        object.remove(&["metadata", "annotations"]);
    }
}

/// Whether a service has endpoints that a controller keeps.
fn has_endpoints(service: &Object) -> bool {
    !service.spec()["selector"].is_empty() && service.spec()["type"] != "ExternalName"
}

/// The controller of `Endpoints`.
#[derive(Default)]
struct Endpoints(TriggerTimes);

/// The controller of `Endpoints`.
pub fn endpoints() -> Box<dyn Controller> {
    Box::<Endpoints>::default()
}

impl Controller for Endpoints {
    fn name(&self) -> &'static str {
        "endpoint-controller"
    }
    fn watches(&self) -> &'static [&'static str] {
        &["services", "pods", "endpoints"]
    }
    fn notice(&mut self, change: &Change, wake: &mut Wake) {
        notice(change, wake, "endpoints");
    }
    fn reconcile(&mut self, key: &Key, cx: &Context) -> Result<Again, Status> {
        let current = cx.informers.get("endpoints", &key.namespace, &key.name);
        let Some(service) = cx.get(key) else {
            self.0.0.remove(key);
            if let Some(current) = current {
                gone_is_fine(cx.delete("endpoints", &current))?;
            }
            return Ok(None);
        };
        if !has_endpoints(&service) || service.is_terminating() {
            return Ok(None);
        }
        let mut pods = serving(&service, cx);
        let trigger = self.0.next(key, &service, &pods);
        let publishes = service.spec()["publishNotReadyAddresses"].bool();
        pods.retain(|pod| publishes || !pod.is_terminating());
        let over = pods.len() > ENDPOINTS_CAPACITY;
        pods.truncate(ENDPOINTS_CAPACITY);
        let mut labels = service.labels().clone();
        labels["endpoints.kubernetes.io/managed-by"] = "endpoint-controller".into();
        if service.spec()["clusterIP"] == "None" {
            labels[HEADLESS] = "".into();
        }
        let subsets = subsets(&service, &pods, publishes);
        let make = json!({
            "apiVersion": "v1", "kind": "Endpoints",
            "metadata": {"name": service.name(), "namespace": service.namespace()},
        });
        let mut new = current.clone().unwrap_or(Object(make));
        let old_over = new.annotation("endpoints.kubernetes.io/over-capacity").is_some();
        if current.is_some() && new["subsets"] == subsets && *new.labels() == labels && over == old_over {
            return Ok(None);
        }
        new.set(&["metadata", "labels"], labels);
        annotate(&mut new, trigger);
        if over {
            new.set(&["metadata", "annotations", "endpoints.kubernetes.io/over-capacity"], "truncated");
        }
        if subsets.is_null() {
            new.remove(&["subsets"]);
        } else {
            new["subsets"] = subsets;
        }
        if current.is_some() { cx.client.update(new) } else { cx.client.create(new) }.map(|_| None)
    }
}

/// Addresses grouped by the ports they serve, ready and not ready apart; `null` where there are none.
fn subsets(service: &Object, pods: &[Object], publishes: bool) -> Value {
    let headless_without_ports = service.spec()["clusterIP"] == "None" && service.spec()["ports"].items().is_empty();
    let mut groups: SortedMap<String, (Vec<Value>, Vec<(bool, Value)>)> = SortedMap::new();
    for pod in pods {
        let ports = ports_on(service, pod, false);
        if ports.is_empty() && !headless_without_ports {
            continue;
        }
        let mut address = json!({"ip": pod.status()["podIP"].clone(), "targetRef": target(pod)});
        if !pod.spec()["nodeName"].is_null() {
            address["nodeName"] = pod.spec()["nodeName"].clone();
        }
        if let Some(hostname) = hostname(pod, service) {
            address["hostname"] = hostname;
        }
        let group = groups.entry(Value::from(ports.clone()).to_json()).or_default();
        group.0 = ports;
        group.1.push((publishes || pods::is_ready(pod), address));
    }
    let mut subsets = Vec::new();
    for (mut ports, mut addresses) in groups.into_values() {
        addresses.sort_by(|(_, a), (_, b)| a["ip"].str().cmp(b["ip"].str()));
        ports.sort_by(|a, b| a["name"].str().cmp(b["name"].str()));
        let mut subset = Value::object();
        for (field, wanted) in [("addresses", true), ("notReadyAddresses", false)] {
            let list: Value = addresses.iter().filter(|(ready, _)| *ready == wanted).map(|(_, a)| a).collect();
            if !list.is_empty() {
                subset[field] = list;
            }
        }
        if !ports.is_empty() {
            subset["ports"] = ports.into();
        }
        subsets.push(subset);
    }
    if subsets.is_empty() { Value::Null } else { subsets.into() }
}

/// The controller of `EndpointSlice`s.
#[derive(Default)]
struct Slices(TriggerTimes);

/// The controller of `EndpointSlice`s.
pub fn endpointslice() -> Box<dyn Controller> {
    Box::<Slices>::default()
}

const SLICES: &str = "endpointslices.discovery.k8s.io";
const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
const SLICE_MANAGER: &str = "endpointslice-controller.k8s.io";

impl Controller for Slices {
    fn name(&self) -> &'static str {
        "endpoint-slice-controller"
    }
    fn watches(&self) -> &'static [&'static str] {
        &["services", "pods", SLICES]
    }
    fn notice(&mut self, change: &Change, wake: &mut Wake) {
        notice(change, wake, SLICES);
    }
    fn reconcile(&mut self, key: &Key, cx: &Context) -> Result<Again, Status> {
        let Some(service) = cx.get(key) else {
            self.0.0.remove(key);
            return Ok(None);
        };
        let mut current = cx.informers.list(SLICES, Some(&key.namespace));
        current.retain(|slice| {
            slice.label("kubernetes.io/service-name") == Some(service.name())
                && slice.label(MANAGED_BY) == Some(SLICE_MANAGER)
                && !slice.is_terminating()
        });
        if service.is_terminating() {
            return Ok(None);
        }
        if !has_endpoints(&service) {
            return current.iter().try_for_each(|slice| gone_is_fine(cx.delete(SLICES, slice))).map(|()| None);
        }
        let pods = serving(&service, cx);
        let trigger = self.0.next(key, &service, &pods);
        let mut wanted = slices(&service, &pods);
        if wanted.is_empty() {
            wanted.push((Value::Null, Vec::new()));
        }
        let mut labels = service.labels().clone();
        labels[MANAGED_BY] = SLICE_MANAGER.into();
        labels["kubernetes.io/service-name"] = service.name().into();
        if service.spec()["clusterIP"] == "None" {
            labels[HEADLESS] = "".into();
        }
        let mut spare = current.into_iter();
        for (ports, endpoints) in wanted {
            let endpoints = Value::from(endpoints);
            let old = spare.next();
            let make = || {
                Object(json!({
                    "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
                    "metadata": {
                        "generateName": format!("{}-", service.name()), "namespace": service.namespace(),
                        "ownerReferences": [controller_reference(&service)],
                    },
                    "addressType": "IPv4",
                }))
            };
            let mut new = old.clone().unwrap_or_else(make);
            let same =
                old.is_some() && new["ports"] == ports && new["endpoints"] == endpoints && *new.labels() == labels;
            if same {
                continue;
            }
            new.set(&["metadata", "labels"], labels.clone());
            new["ports"] = ports;
            new["endpoints"] = endpoints;
            annotate(&mut new, trigger);
            if old.is_some() { cx.client.update(new) } else { cx.client.create(new) }?;
        }
        spare.try_for_each(|slice| gone_is_fine(cx.delete(SLICES, &slice))).map(|()| None)
    }
}

/// Endpoints grouped by the ports they serve, so many to a slice.
fn slices(service: &Object, pods: &[Object]) -> Vec<(Value, Vec<Value>)> {
    let publishes = service.spec()["publishNotReadyAddresses"].bool();
    let mut groups: SortedMap<String, (Value, Vec<Value>)> = SortedMap::new();
    for pod in pods {
        let (ready, terminating) = (pods::is_ready(pod), pod.is_terminating());
        let mut endpoint = json!({
            "addresses": [pod.status()["podIP"].clone()],
            "conditions": {
                "ready": (publishes || (ready && !terminating)), "serving": ready, "terminating": terminating,
            },
            "targetRef": target(pod),
        });
        if !pod.spec()["nodeName"].is_null() {
            endpoint["nodeName"] = pod.spec()["nodeName"].clone();
        }
        if let Some(hostname) = hostname(pod, service) {
            endpoint["hostname"] = hostname;
        }
        let ports = Value::from(ports_on(service, pod, true));
        groups.entry(ports.to_json()).or_insert_with(|| (ports, Vec::new())).1.push(endpoint);
    }
    let mut slices = Vec::new();
    for (ports, mut endpoints) in groups.into_values() {
        endpoints.sort_by(|a, b| a["addresses"][0].str().cmp(b["addresses"][0].str()));
        for part in endpoints.chunks(SLICE_CAPACITY) {
            slices.push((ports.clone(), part.to_vec()));
        }
    }
    slices
}
