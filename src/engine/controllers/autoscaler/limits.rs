//! What keeps an autoscaler from jumping about: the highest recommendation of the last minutes when scaling
//! down, and how many replicas may come or go in one go.

use super::within;
use crate::meta::{Time, Value};

/// For how long a higher recommendation holds, where the spec does not say.
const DOWN_WINDOW: i64 = 300;
/// What is remembered, at most: the longest window that a spec may ask for.
const REMEMBERED: i64 = 3600;

/// What was recommended and done.
#[derive(Default)]
pub struct History {
    recommendations: Vec<(Time, i64)>,
    /// By how much replicas were changed, and when.
    events: Vec<(Time, i64)>,
}

/// A reason and a message, for a condition.
type Said = (&'static str, &'static str);

impl History {
    /// Takes the present size for the first recommendation.
    pub fn begin(&mut self, current: i64, now: Time) {
        if self.recommendations.is_empty() {
            self.recommendations.push((now, current));
        }
        self.recommendations.retain(|(at, _)| within(*at, REMEMBERED, now));
        self.events.retain(|(at, _)| within(*at, REMEMBERED, now));
    }

    /// Notes that the target was scaled.
    pub fn scaled(&mut self, by: i64, now: Time) {
        self.events.push((now, by));
    }

    /// The recommendation held against earlier ones, and what held it if it is another now.
    pub fn stabilize(&mut self, desired: i64, current: i64, behavior: &Value, now: Time) -> (i64, Option<Said>) {
        let window = |direction: &str, default: i64| {
            behavior[direction]["stabilizationWindowSeconds"].as_i64().unwrap_or(default)
        };
        let recent = |seconds: i64| {
            self.recommendations.iter().filter(move |(at, _)| within(*at, seconds, now)).map(|(_, count)| *count)
        };
        let up = recent(window("scaleUp", 0)).fold(desired, i64::min);
        let down = recent(window("scaleDown", DOWN_WINDOW)).fold(desired, i64::max);
        let stable = if behavior.is_null() { down } else { current.max(up).min(down) };
        self.recommendations.push((now, desired));
        let said = if !behavior.is_null() && desired >= current {
            (
                "ScaleUpStabilized",
                "recent recommendations were lower than current one, applying the lowest recent recommendation",
            )
        } else {
            (
                "ScaleDownStabilized",
                "recent recommendations were higher than current one, applying the highest recent recommendation",
            )
        };
        (stable, (stable != desired).then_some(said))
    }

    /// What of the recommendation is allowed now, and by what it is limited.
    pub fn limit(
        &self,
        desired: i64,
        current: i64,
        (least, most): (i64, i64),
        behavior: &Value,
        now: Time,
    ) -> (i64, &'static str, &'static str) {
        let (mut floor, mut ceiling) = (least, most);
        let mut low = ("TooFewReplicas", "the desired replica count is less than the minimum replica count");
        let mut high = ("TooManyReplicas", "the desired replica count is more than the maximum replica count");
        let (fastest, slowest) = if behavior.is_null() {
            ((2 * current).max(4), least)
        } else {
            (
                self.by_policies(&behavior["scaleUp"], current, 1, now).max(current),
                self.by_policies(&behavior["scaleDown"], current, -1, now).min(current),
            )
        };
        if ceiling > fastest {
            ceiling = fastest;
            high = ("ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate");
        }
        if floor < slowest && desired < current {
            floor = slowest;
            low = ("ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate");
        }
        if desired < floor {
            (floor, low.0, low.1)
        } else if desired > ceiling {
            (ceiling, high.0, high.1)
        } else {
            (desired, "DesiredWithinRange", "the desired count is within the acceptable range")
        }
    }

    /// How far a direction's policies let the size go.
    fn by_policies(&self, rules: &Value, current: i64, sign: i64, now: Time) -> i64 {
        let select = rules["selectPolicy"].str();
        if select == "Disabled" {
            return current;
        }
        let reach = rules["policies"].items().iter().map(|policy| {
            let period = policy["periodSeconds"].int();
            let done: i64 = self.events.iter().filter(|(at, _)| within(*at, period, now)).map(|(_, by)| by).sum();
            let start = current - done;
            let value = policy["value"].int();
            match policy["type"].str() {
                "Pods" => start + sign * value,
                _ if sign > 0 => (start * (100 + value) + 99) / 100,
                _ => start * (100 - value).max(0) / 100,
            }
        });
        // The larger change is the higher size going up, the lower one going down.
        let highest = (select == "Min") != (sign > 0);
        if highest { reach.max() } else { reach.min() }.unwrap_or(current)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    const START: Time = Time::from_millis(1_000_000_000);

    fn at(seconds: u64) -> Time {
        START + std::time::Duration::from_secs(seconds)
    }

    #[test]
    fn less_is_believed_after_five_minutes_only() {
        let mut history = History::default();
        history.begin(1, at(0));
        for (second, desired, expect) in [(0, 5, 5), (15, 1, 5), (300, 1, 1), (315, 3, 3), (330, 2, 3)] {
            let (stable, why) = history.stabilize(desired, 5, &Value::Null, at(second));
            assert_eq!((stable, why.is_some()), (expect, expect != desired), "at {second}");
        }
    }

    #[test]
    fn sizes_stay_within_the_rules() {
        let slow = json!({
            "scaleUp": {"selectPolicy": "Max", "policies": [{"type": "Pods", "value": 2, "periodSeconds": 60}]},
            "scaleDown": {"selectPolicy": "Min", "policies": [
                {"type": "Percent", "value": 50, "periodSeconds": 60}, {"type": "Pods", "value": 1, "periodSeconds": 60},
            ]},
        });
        for (desired, current, behavior, expect, reason) in [
            (9, 1, &Value::Null, 4, "ScaleUpLimit"),
            (9, 5, &Value::Null, 9, "DesiredWithinRange"),
            (30, 6, &Value::Null, 10, "TooManyReplicas"),
            (0, 3, &Value::Null, 2, "TooFewReplicas"),
            (9, 3, &slow, 5, "ScaleUpLimit"),
            (2, 8, &slow, 7, "ScaleDownLimit"),
            (8, 8, &slow, 8, "DesiredWithinRange"),
        ] {
            let (allowed, why, _) = History::default().limit(desired, current, (2, 10), behavior, at(0));
            assert_eq!((allowed, why), (expect, reason), "{desired} of {current}");
        }
        let mut history = History::default();
        history.scaled(2, at(0));
        assert_eq!(history.limit(9, 5, (2, 10), &slow, at(30)).0, 5);
        assert_eq!(history.limit(9, 5, (2, 10), &slow, at(60)).0, 7);
    }
}
