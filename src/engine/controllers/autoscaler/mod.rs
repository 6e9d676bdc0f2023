//! The horizontal pod autoscaler: as many replicas as the measured load asks for.
//!
//! `calculator` turns measurements into a proposal, `limits` keeps it from jumping about; here is the round
//! that both are part of, and what is said about it in conditions and events.

mod calculator;
mod limits;

use super::conditions;
use super::runner::{Again, Context, Controller, Wake};
use crate::api::{Content, Method, Request, Response};
use crate::json;
use crate::meta::SortedMap;
use crate::meta::{Object, Selector, Status, Time, Value};
use crate::store::{Change, Key};
use limits::History;
use std::time::Duration;

const RESOURCE: &str = "horizontalpodautoscalers.autoscaling";
/// How often each autoscaler is looked at.
const PERIOD: Duration = Duration::from_secs(15);

#[derive(Default)]
struct Autoscaler {
    histories: SortedMap<Key, History>,
}

/// The horizontal pod autoscaler.
pub fn autoscaler() -> Box<dyn Controller> {
    Box::new(Autoscaler::default())
}

impl Controller for Autoscaler {
    fn name(&self) -> &'static str {
        "horizontal-pod-autoscaler"
    }
    fn watches(&self) -> &'static [&'static str] {
        &[RESOURCE]
    }
    fn notice(&mut self, change: &Change, wake: &mut Wake) {
        match (&change.old, &change.new) {
            (None, Some(_)) => wake.after(change.key.clone(), PERIOD),
            (_, None) => drop(self.histories.remove(&change.key)),
            _ => {}
        }
    }
    fn reconcile(&mut self, key: &Key, cx: &Context) -> Result<Again, Status> {
        let Some(autoscaler) = cx.get(key) else { return Ok(None) };
        let history = self.histories.entry(key.clone()).or_default();
        let mut status = autoscaler.status().clone();
        Round { autoscaler: &autoscaler, status: &mut status, history, cx }.run();
        cx.put_status(&autoscaler, status)?;
        Ok(Some(cx.now + PERIOD))
    }
}

/// One look at one autoscaler.
struct Round<'a> {
    autoscaler: &'a Object,
    status: &'a mut Value,
    history: &'a mut History,
    cx: &'a Context,
}

/// The thing that is scaled.
struct Target {
    path: String,
    scale: Object,
}

impl Round<'_> {
    fn run(&mut self) {
        let mut target = match self.target() {
            Ok(target) => target,
            Err(why) => {
                self.cx.recorder.warning(self.autoscaler, "FailedGetScale", &why);
                let message = format!("the HPA controller was unable to get the target's current scale: {why}");
                return self.note("AbleToScale", false, "FailedGetScale", &message);
            }
        };
        let message = "the HPA controller was able to get the target's current scale";
        self.note("AbleToScale", true, "SucceededGetScale", message);
        let spec = self.autoscaler.spec();
        let current = target.scale.spec()["replicas"].int();
        let (least, most) = (spec["minReplicas"].as_i64().unwrap_or(1), spec["maxReplicas"].int());
        self.history.begin(current, self.cx.now);

        let mut metrics = Value::Null;
        let (desired, reason) = if current == 0 && least != 0 {
            let message = "scaling is disabled since the replica count of the target is zero";
            self.note("ScalingActive", false, "ScalingDisabled", message);
            return self.finish(current, 0, metrics, false);
        } else if current > most {
            (most, "Current number of replicas above Spec.MaxReplicas".to_string())
        } else if current < least {
            (least, "Current number of replicas below Spec.MinReplicas".to_string())
        } else {
            match self.by_metrics(&target.scale, &mut metrics) {
                Ok((proposal, metric)) => {
                    let reason = if proposal > current { format!("{metric} above target") } else { BELOW.into() };
                    (self.limited(proposal, current, least, most), reason)
                }
                Err(why) => {
                    self.cx.recorder.warning(self.autoscaler, "FailedComputeMetricsReplicas", &why);
                    self.status["currentReplicas"] = current.into();
                    self.status["currentMetrics"] = metrics;
                    return;
                }
            }
        };
        if desired == current {
            return self.finish(current, current, metrics, false);
        }
        target.scale.set(&["spec", "replicas"], desired);
        let request = Request::new(Method::Put, &target.path).document(target.scale.0);
        if let Err(why) = answer(self.cx.client.request(request)) {
            let message = format!("New size: {desired}; reason: {reason}; error: {why}");
            self.cx.recorder.warning(self.autoscaler, "FailedRescale", &message);
            let message = format!("the HPA controller was unable to update the target scale: {why}");
            self.note("AbleToScale", false, "FailedUpdateScale", &message);
            self.status["currentReplicas"] = current.into();
            self.status["currentMetrics"] = metrics;
            return;
        }
        let message = format!("the HPA controller was able to update the target scale to {desired}");
        self.note("AbleToScale", true, "SucceededRescale", &message);
        let message = format!("New size: {desired}; reason: {reason}");
        self.cx.recorder.normal(self.autoscaler, "SuccessfulRescale", &message);
        self.history.scaled(desired - current, self.cx.now);
        self.finish(current, desired, metrics, true);
    }

    /// The target's scale, by way of the resource that serves its kind.
    fn target(&self) -> Result<Target, String> {
        let reference = &self.autoscaler.spec()["scaleTargetRef"];
        let (version, kind) = (reference["apiVersion"].str(), reference["kind"].str());
        let group = version.split_once('/').map_or("", |(group, _)| group);
        let resources = self.cx.client.resources();
        let found = resources.iter().find(|r| *r.group == *group && *r.kind == *kind && r.namespaced);
        let Some(resource) = found else {
            return Err(format!("no matches for kind {kind:?} in group {group:?}"));
        };
        let root = if group.is_empty() { "/api" } else { "/apis" };
        let path = format!(
            "{root}/{}/namespaces/{}/{}/{}/scale",
            resource.api_version,
            self.autoscaler.namespace(),
            resource.plural,
            reference["name"].str()
        );
        let scale = answer(self.cx.client.request(Request::new(Method::Get, &path)))?;
        Ok(Target { path, scale: Object(scale) })
    }

    /// How many replicas the metrics ask for, and which of them asks for most.
    fn by_metrics(&mut self, scale: &Object, statuses: &mut Value) -> Result<(i64, String), String> {
        let Ok(selector) = Selector::parse(scale.status()["selector"].str()) else {
            return Err("couldn't convert selector into a corresponding internal selector object".into());
        };
        if selector.is_empty() {
            let why = "selector is required";
            self.cx.recorder.warning(self.autoscaler, "SelectorRequired", why);
            let message = "the HPA target's scale is missing a selector";
            self.note("ScalingActive", false, "InvalidSelector", message);
            return Err(why.into());
        }
        let metrics = self.autoscaler.spec()["metrics"].clone();
        let current = scale.spec()["replicas"].int();
        let mut best: Option<(i64, String)> = None;
        let mut failed: Option<(&'static str, String, String)> = None;
        let (mut failures, mut all) = (0, Value::array());
        for metric in metrics.items() {
            let calculator = calculator::Calculator {
                cx: self.cx,
                namespace: self.autoscaler.namespace(),
                selector: &selector,
                current,
            };
            match calculator.propose(metric) {
                Ok(proposal) => {
                    all.push(proposal.status);
                    if best.as_ref().is_none_or(|(most, _)| proposal.replicas > *most) {
                        best = Some((proposal.replicas, proposal.metric));
                    }
                }
                Err(failure) => {
                    // A metric that is not known has an empty place in the status.
                    all.push(json!({"type": ""}));
                    failures += 1;
                    self.cx.recorder.warning(self.autoscaler, failure.reason, &failure.why);
                    let whole = format!("{}{}", failure.prefix, failure.why);
                    failed.get_or_insert((failure.reason, failure.why, whole));
                }
            }
        }
        let total = metrics.items().len();
        *statuses = all;
        match (best, failed) {
            (Some((replicas, metric)), failed) if failed.is_none() || replicas >= current => {
                let message = format!("the HPA was able to successfully calculate a replica count from {metric}");
                self.note("ScalingActive", true, "ValidMetricFound", &message);
                Ok((replicas, metric))
            }
            (_, Some((reason, why, whole))) => {
                let message = format!("the HPA was unable to compute the replica count: {why}");
                self.note("ScalingActive", false, reason, &message);
                Err(format!("invalid metrics ({failures} invalid out of {total}), first error is: {whole}"))
            }
            (_, None) => Err("no metrics".into()),
        }
    }

    /// The proposal within what history and the spec allow.
    fn limited(&mut self, proposal: i64, current: i64, least: i64, most: i64) -> i64 {
        let behavior = &self.autoscaler.spec()["behavior"];
        let (stable, why) = self.history.stabilize(proposal, current, behavior, self.cx.now);
        match why {
            None => self.note("AbleToScale", true, "ReadyForNewScale", "recommended size matches current size"),
            Some((reason, message)) => self.note("AbleToScale", true, reason, message),
        }
        let (allowed, reason, message) = self.history.limit(stable, current, (least, most), behavior, self.cx.now);
        self.note("ScalingLimited", allowed != stable, reason, message);
        allowed
    }

    fn finish(&mut self, current: i64, desired: i64, metrics: Value, scaled: bool) {
        self.status["currentReplicas"] = current.into();
        self.status["desiredReplicas"] = desired.into();
        self.status["currentMetrics"] = metrics;
        if scaled {
            self.status["lastScaleTime"] = self.cx.now.rfc3339().into();
        }
    }

    fn note(&mut self, kind: &str, holds: bool, reason: &str, message: &str) {
        let value = if holds { "True" } else { "False" };
        conditions::put(self.status, conditions::new(kind, value, reason, message, self.cx.now));
    }
}

/// Why there should be fewer.
const BELOW: &str = "All metrics below target";

/// The document of an answer, or what the server says is wrong.
fn answer(response: Response) -> Result<Value, String> {
    let document = match response.content {
        Content::Document(document) => document,
        _ => Value::Null,
    };
    match response.code {
        200..=299 => Ok(document),
        _ if document["message"].is_empty() => Err("the server could not find the requested resource".into()),
        _ => Err(document["message"].str().to_string()),
    }
}

/// How long ago something was, for comparisons with a number of seconds.
fn within(then: Time, seconds: i64, now: Time) -> bool {
    now.since(then) < Duration::from_secs(seconds.unsigned_abs())
}
