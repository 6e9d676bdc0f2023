//! How many replicas one metric asks for: usage over target, rounded up, with a tolerance; pods that are not
//! ready or not measured are counted so that they never make the proposal bolder.

use super::super::runner::Context;
use super::{answer, within};
use crate::api::{Method, Request};
use crate::json;
use crate::meta::SortedMap;
use crate::meta::{Object, Quantity, Selector, Text, Time, Value};

/// Within this much of its target a metric asks for nothing.
const TOLERANCE: f64 = 0.1;
/// For how long after its start a pod's CPU is that of starting up, and by when it has usually been ready once.
const STARTING_UP: i64 = 300;
const FIRST_READY: i64 = 30;

/// What a metric asks for.
pub struct Proposal {
    /// How many replicas.
    pub replicas: i64,
    /// The metric, as messages name it.
    pub metric: String,
    /// Its part of `currentMetrics`.
    pub status: Value,
}

/// Why a metric asks for nothing.
pub struct Failure {
    /// The reason of the event and the condition.
    pub reason: &'static str,
    /// What went wrong.
    pub why: String,
    /// What stands before that in the error as a whole.
    pub prefix: String,
}

/// What proposals are made from.
pub struct Calculator<'a> {
    pub cx: &'a Context,
    pub namespace: &'a str,
    pub selector: &'a Selector,
    pub current: i64,
}

/// The pods' usage, in thousandths, by their names.
type Usage = SortedMap<Text, i64>;

impl Calculator<'_> {
    /// What a metric of the spec asks for.
    pub fn propose(&self, metric: &Value) -> Result<Proposal, Failure> {
        let (kind, source, reason) = match metric["type"].str() {
            "Resource" => ("resource", &metric["resource"], "FailedGetResourceMetric"),
            "ContainerResource" => {
                ("container resource", &metric["containerResource"], "FailedGetContainerResourceMetric")
            }
            "Pods" => return Err(self.unknown("pods", "custom", metric["pods"]["metric"]["name"].str())),
            "Object" => return Err(self.unknown("object", "custom", metric["object"]["metric"]["name"].str())),
            "External" => return Err(self.unknown("external", "external", metric["external"]["metric"]["name"].str())),
            other => {
                let why = format!("unknown metric source type {other:?}");
                return Err(Failure { reason: "InvalidMetricSourceType", why, prefix: String::new() });
            }
        };
        let resource = source["name"].str();
        let container = source["container"].str();
        let target = &source["target"];
        let (found, form) = match target["averageValue"].as_str() {
            Some(_) => (self.by_value(resource, container, Quantity::of(&target["averageValue"]).milli()), "usage"),
            None => {
                (self.by_utilization(resource, container, target["averageUtilization"].int().max(1)), "utilization")
            }
        };
        let (replicas, current) = found.map_err(|why| Failure {
            reason,
            why: format!("failed to get {resource} {form}: {why}"),
            prefix: format!("failed to get {resource} {kind} metric value: "),
        })?;
        let metric = match (form, container) {
            ("usage", _) => format!("{resource} {kind}"),
            _ => format!("{resource} {kind} utilization (percentage of request)"),
        };
        let mut of = json!({"name": resource, "current": current});
        if !container.is_empty() {
            of["container"] = container.into();
        }
        let status = if container.is_empty() {
            json!({"type": "Resource", "resource": of})
        } else {
            json!({"type": "ContainerResource", "containerResource": of})
        };
        Ok(Proposal { replicas, metric, status })
    }

    /// Metrics that no adapter provides.
    fn unknown(&self, source: &str, api: &str, name: &str) -> Failure {
        let reason = match source {
            "pods" => "FailedGetPodsMetric",
            "object" => "FailedGetObjectMetric",
            _ => "FailedGetExternalMetric",
        };
        let (metric, missing) = if api == "custom" {
            (format!("metric {name}"), "no custom metrics API (custom.metrics.k8s.io) registered")
        } else {
            (
                format!("external metric {}/{name}/nil", self.namespace),
                "no external metrics API (external.metrics.k8s.io) registered",
            )
        };
        let why = format!("unable to get {metric}: unable to fetch metrics from {api} metrics API: {missing}");
        Failure { reason, why, prefix: format!("failed to get {source} metric value: ") }
    }

    /// What the pods use of a resource, and when that was measured.
    fn usage(&self, resource: &str, container: &str) -> Result<(Usage, Time), String> {
        let path = format!("/apis/metrics.k8s.io/v1beta1/namespaces/{}/pods", self.namespace);
        let request = Request::new(Method::Get, &path).query("labelSelector", self.selector.to_string());
        let list = answer(self.cx.client.request(request)).map_err(|why| {
            let of = if why.ends_with("resource") { " (get pods.metrics.k8s.io)" } else { "" };
            format!(
                "unable to get metrics for resource {resource}: unable to fetch metrics from resource metrics API: {why}{of}"
            )
        })?;
        let mut usage = Usage::new();
        let mut measured = Time::default();
        for pod in list["items"].items() {
            let containers =
                pod["containers"].items().iter().filter(|c| container.is_empty() || c["name"] == *container);
            let amounts: Vec<i64> = containers.map(|c| Quantity::of(&c["usage"][resource]).milli()).collect();
            if !amounts.is_empty() {
                usage.insert(pod["metadata"]["name"].str().into(), amounts.iter().sum());
                measured = Time::parse(pod["timestamp"].str()).unwrap_or_default();
            }
        }
        if usage.is_empty() {
            return Err(format!(
                "unable to get metrics for resource {resource}: no metrics returned from resource metrics API"
            ));
        }
        Ok((usage, measured))
    }

    fn pods(&self) -> Result<Vec<Object>, String> {
        let mut pods = self.cx.informers.list("pods", Some(self.namespace));
        pods.retain(|pod| self.selector.matches(pod.labels()));
        if pods.is_empty() {
            return Err("no pods returned by selector while calculating replica count".into());
        }
        Ok(pods)
    }

    /// For a target in percent of what the pods request.
    fn by_utilization(&self, resource: &str, container: &str, target: i64) -> Result<(i64, Value), String> {
        let (usage, measured) = self.usage(resource, container)?;
        let pods = self.pods()?;
        let groups = Groups::of(&pods, usage, resource, measured, self.cx.now)?;
        let requests = requests(&pods, resource, container)?;
        let request = |pod: &str| requests.get(pod).copied().unwrap_or(0);
        let ratio = |usage: &Usage| {
            let wanted: i64 = usage.keys().map(|pod| request(pod)).sum();
            let used: i64 = usage.values().sum();
            (used * 100).checked_div(wanted).unwrap_or(0)
        };
        let utilization = ratio(&groups.usage);
        let mean = groups.usage.values().sum::<i64>() / groups.usage.len().max(1) as i64;
        // A pod that is not measured is taken to use what keeps it from being scaled away.
        let replicas = groups.replicas(
            self.current,
            |usage| ratio(usage) as f64 / target as f64,
            |pod| request(pod) * target.max(100) / 100,
        );
        let value = Quantity::from_milli(mean).to_string();
        Ok((replicas, json!({"averageUtilization": utilization, "averageValue": value})))
    }

    /// For a target of so much for each pod.
    fn by_value(&self, resource: &str, container: &str, target: i64) -> Result<(i64, Value), String> {
        let (usage, measured) = self.usage(resource, container)?;
        let groups = Groups::of(&self.pods()?, usage, resource, measured, self.cx.now)?;
        let mean = |usage: &Usage| usage.values().sum::<i64>() / usage.len().max(1) as i64;
        let replicas =
            groups.replicas(self.current, |usage| mean(usage) as f64 / target.max(1) as f64, |_| target.max(1));
        let value = Quantity::from_milli(mean(&groups.usage)).to_string();
        Ok((replicas, json!({"averageValue": value})))
    }
}

/// The pods, by what can be said of them.
struct Groups {
    /// Those that count, with what they use.
    usage: Usage,
    unready: Vec<Text>,
    missing: Vec<Text>,
}

impl Groups {
    fn of(pods: &[Object], mut usage: Usage, resource: &str, measured: Time, now: Time) -> Result<Groups, String> {
        let (mut unready, mut missing) = (Vec::new(), Vec::new());
        for pod in pods {
            let name = Text::from(pod.name());
            let phase = pod.status()["phase"].str();
            if pod.is_terminating() || phase == "Failed" {
                usage.remove(&name);
            } else if phase == "Pending"
                || (resource == "cpu" && usage.contains_key(&name) && is_starting(pod, measured, now))
            {
                usage.remove(&name);
                unready.push(name);
            } else if !usage.contains_key(&name) {
                missing.push(name);
            }
        }
        if usage.is_empty() {
            return Err("did not receive metrics for targeted pods (pods might be unready)".into());
        }
        Ok(Groups { usage, unready, missing })
    }

    /// Replicas by the ratio of usage to target.
    fn replicas(&self, current: i64, ratio: impl Fn(&Usage) -> f64, fallback: impl Fn(&str) -> i64) -> i64 {
        let first = ratio(&self.usage);
        let counts_unready = !self.unready.is_empty() && first > 1.0;
        let near = |ratio: f64| (ratio - 1.0).abs() <= TOLERANCE;
        if !counts_unready && self.missing.is_empty() {
            return if near(first) { current } else { (first * self.usage.len() as f64).ceil() as i64 };
        }
        let mut usage = self.usage.clone();
        for pod in &self.missing {
            usage.insert(pod.clone(), if first < 1.0 { fallback(pod) } else { 0 });
        }
        if counts_unready {
            usage.extend(self.unready.iter().map(|pod| (pod.clone(), 0)));
        }
        let second = ratio(&usage);
        let wanted = (second * usage.len() as f64).ceil() as i64;
        let turned = (first < 1.0) != (second < 1.0);
        let backwards = if second < 1.0 { wanted > current } else { wanted < current };
        if near(second) || turned || backwards { current } else { wanted }
    }
}

/// Whether what was measured of a pod's CPU is that of starting up.
fn is_starting(pod: &Object, measured: Time, now: Time) -> bool {
    let (Some(ready), Some(started)) = (pod.condition("Ready"), Time::parse(pod.status()["startTime"].str())) else {
        return true;
    };
    let since = Time::parse(ready["lastTransitionTime"].str()).unwrap_or_default();
    if within(started, STARTING_UP, now) {
        ready["status"] == "False" || measured < since + std::time::Duration::from_secs(15)
    } else {
        ready["status"] == "False" && within(started, FIRST_READY, since)
    }
}

/// What the pods request of a resource, in thousandths.
fn requests(pods: &[Object], resource: &str, container: &str) -> Result<Usage, String> {
    let mut requests = Usage::new();
    for pod in pods {
        let sidecars = pod.spec()["initContainers"].items().iter().filter(|c| c["restartPolicy"] == "Always");
        let mut sum = 0;
        for c in pod.spec()["containers"].items().iter().chain(sidecars) {
            if container.is_empty() || c["name"] == *container {
                let Some(request) = c["resources"]["requests"].get(resource) else {
                    let name = c["name"].str();
                    return Err(format!("missing request for {resource} in container {name} of Pod {}", pod.name()));
                };
                sum += Quantity::of(request).milli();
            }
        }
        requests.insert(pod.name().into(), sum);
    }
    Ok(requests)
}
