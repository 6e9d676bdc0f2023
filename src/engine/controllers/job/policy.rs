//! What a job's pod failure policy says about a pod that failed, and its success policy about a job.

use super::indexes;
use crate::controllers::pods;
use crate::meta::SortedSet;
use crate::meta::{Object, Value};

/// What is to be done about a failed pod.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It counts against the limit.
    Count,
    /// It does not count.
    Ignore,
    /// Its index has failed for good.
    FailIndex,
    /// The job has failed, for this reason.
    FailJob(String),
}

/// Judges a failed pod by the first rule that matches.
pub fn judge(job: &Object, pod: &Object) -> Verdict {
    if pods::phase(pod) != "Failed" {
        return Verdict::Count;
    }
    for (nth, rule) in job.spec().at(&["podFailurePolicy", "rules"]).items().iter().enumerate() {
        let Some(what) = match_exit(rule, pod).or_else(|| match_condition(rule, pod)) else { continue };
        return match rule["action"].str() {
            "Ignore" => Verdict::Ignore,
            "FailIndex" => Verdict::FailIndex,
            "FailJob" => Verdict::FailJob(format!("{what} matching FailJob rule at index {nth}")),
            _ => Verdict::Count,
        };
    }
    Verdict::Count
}

fn match_exit(rule: &Value, pod: &Object) -> Option<String> {
    let wanted = &rule["onExitCodes"];
    if wanted.is_null() {
        return None;
    }
    let lists = ["initContainerStatuses", "containerStatuses"];
    for status in lists.iter().flat_map(|list| pod.status()[*list].items()) {
        let ended = status.at(&["state", "terminated"]);
        let code = ended["exitCode"].int();
        let named = wanted["containerName"].is_null() || wanted["containerName"] == status["name"];
        if ended.is_null() || code == 0 || !named {
            continue;
        }
        let listed = wanted["values"].items().iter().any(|value| value.int() == code);
        if listed == (wanted["operator"] == "In") {
            let container = status["name"].str();
            return Some(format!(
                "Container {container} for pod {}/{} failed with exit code {code}",
                pod.namespace(),
                pod.name()
            ));
        }
    }
    None
}

fn match_condition(rule: &Value, pod: &Object) -> Option<String> {
    let wanted = rule["onPodConditions"].items().iter().find(|wanted| {
        pod.condition(wanted["type"].str()).is_some_and(|condition| {
            condition["status"] == Some(wanted["status"].str()).filter(|s| !s.is_empty()).unwrap_or("True")
        })
    })?;
    Some(format!("Pod {}/{} has condition {}", pod.namespace(), pod.name(), wanted["type"].str()))
}

/// The rule of the success policy that the succeeded indexes meet, if any.
pub fn success(job: &Object, succeeded: &SortedSet<i64>, completions: i64) -> Option<usize> {
    job.spec().at(&["successPolicy", "rules"]).items().iter().position(|rule| {
        let listed = rule["succeededIndexes"].as_str().map(|text| indexes::parse(text, completions));
        let met = match &listed {
            Some(listed) => listed.intersection(succeeded).count(),
            None => succeeded.len(),
        } as i64;
        match rule["succeededCount"].as_i64() {
            Some(count) => met >= count,
            None => listed.is_some_and(|listed| met == listed.len() as i64),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn the_first_matching_rule_decides() {
        let pod = Object(json!({
            "metadata": {"name": "p", "namespace": "ns"},
            "status": {
                "phase": "Failed", "conditions": [{"type": "DisruptionTarget", "status": "True"}],
                "containerStatuses": [{"name": "main", "state": {"terminated": {"exitCode": 42}}}],
            },
        }));
        let exit = |action: &str, operator: &str, code: i64| json!({"action": action, "onExitCodes": {"operator": operator, "values": [code]}});
        let disrupted =
            json!({"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]});
        let message = "Container main for pod ns/p failed with exit code 42 matching FailJob rule at index 0";
        for (rules, expect) in [
            (json!([exit("FailJob", "In", 42)]), Verdict::FailJob(message.into())),
            (json!([exit("FailJob", "In", 1), disrupted.clone()]), Verdict::Ignore),
            (json!([exit("FailIndex", "NotIn", 1)]), Verdict::FailIndex),
            (json!([exit("FailJob", "In", 1)]), Verdict::Count),
        ] {
            let job = Object(json!({"spec": {"podFailurePolicy": {"rules": rules}}}));
            assert_eq!(judge(&job, &pod), expect);
        }
    }
}
