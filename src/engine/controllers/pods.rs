//! What several controllers ask of pods, and of numbers that may be percentages.

use crate::meta::{Object, Time, Value};
use std::time::Duration;

/// Whether a pod counts: neither finished nor being deleted.
pub fn is_active(pod: &Object) -> bool {
    !is_finished(pod) && !pod.is_terminating()
}

/// Whether a pod's containers are done for good.
pub fn is_finished(pod: &Object) -> bool {
    matches!(phase(pod), "Succeeded" | "Failed")
}

/// `status.phase`.
pub fn phase(pod: &Object) -> &str {
    pod.status()["phase"].str()
}

/// Whether a pod is ready.
pub fn is_ready(pod: &Object) -> bool {
    pod.condition_is_true("Ready")
}

/// Since when a pod is ready.
pub fn ready_since(pod: &Object) -> Option<Time> {
    let ready = pod.condition("Ready").filter(|condition| condition["status"] == "True")?;
    Time::parse(ready["lastTransitionTime"].str())
}

/// From when on a pod that stays ready is available.
pub fn available_from(pod: &Object, min_ready: Duration) -> Option<Time> {
    Some(ready_since(pod)? + min_ready)
}

/// Whether a pod has been ready for long enough.
pub fn is_available(pod: &Object, min_ready: Duration, now: Time) -> bool {
    is_ready(pod) && (min_ready.is_zero() || available_from(pod, min_ready).is_some_and(|from| from <= now))
}

/// `spec.minReadySeconds`.
pub fn min_ready(owner: &Object) -> Duration {
    seconds(&owner.spec()["minReadySeconds"])
}

/// A number of seconds; what is absent or negative is none.
pub fn seconds(value: &Value) -> Duration {
    Duration::from_secs(u64::try_from(value.int()).unwrap_or(0))
}

/// The earliest moment after `now` at which one of the pods becomes available.
pub fn next_available(pods: &[Object], min_ready: Duration, now: Time) -> Option<Time> {
    if min_ready.is_zero() {
        return None;
    }
    pods.iter().filter_map(|pod| available_from(pod, min_ready)).filter(|from| *from > now).min()
}

/// The restarts of the container that restarted most.
pub fn restarts(pod: &Object) -> i64 {
    let counts = pod.status()["containerStatuses"].items().iter().map(|status| status["restartCount"].int());
    counts.max().unwrap_or(0)
}

/// An `IntOrString` as a number of `total`.
pub fn scaled(value: &Value, total: i64, round_up: bool) -> i64 {
    let Some(percent) = value.as_str().and_then(|text| text.strip_suffix('%')).and_then(|text| text.parse().ok())
    else {
        return value.int();
    };
    let product: i64 = total.saturating_mul(percent);
    if round_up { (product + 99).div_euclid(100) } else { product.div_euclid(100) }
}

/// Puts a number into a status; zero is left out, as Go's `omitempty` does.
pub fn put_count(status: &mut Value, field: &str, count: i64) {
    if count == 0 {
        status.remove(&[field]);
    } else {
        status[field] = count.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_round_as_asked() {
        for (value, total, up, expect) in [
            (Value::from("25%"), 3, true, 1),
            (Value::from("25%"), 3, false, 0),
            (Value::from("100%"), 7, false, 7),
            (Value::from(2), 3, true, 2),
            (Value::Null, 3, true, 0),
        ] {
            assert_eq!(scaled(&value, total, up), expect, "{value:?} of {total}");
        }
    }
}
