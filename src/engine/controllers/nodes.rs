//! Whether a pod may go to a node: node selector terms, and tolerations against taints.

use crate::meta::{Object, Value};

/// Whether a node meets one of a node selector's terms.
pub fn matches_any(terms: &Value, node: &Object) -> bool {
    terms.items().iter().any(|term| matches_term(term, node))
}

/// Whether a node meets all of one term; a term that asks for nothing matches nothing.
pub fn matches_term(term: &Value, node: &Object) -> bool {
    let (labels, fields) = (term["matchExpressions"].items(), term["matchFields"].items());
    let by_label = |need: &Value| holds(need, node.label(need["key"].str()));
    let by_field = |need: &Value| holds(need, (need["key"] == "metadata.name").then(|| node.name()));
    !(labels.is_empty() && fields.is_empty()) && labels.iter().all(by_label) && fields.iter().all(by_field)
}

fn holds(need: &Value, value: Option<&str>) -> bool {
    let values = need["values"].items();
    let among = || value.is_some_and(|value| values.iter().any(|other| other == value));
    let number = |text: &str| text.parse::<i64>().ok();
    let compared = || Some((number(value?)?, number(values.first()?.str())?));
    match need["operator"].str() {
        "In" => among(),
        "NotIn" => !among(),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => compared().is_some_and(|(value, bound)| value > bound),
        "Lt" => compared().is_some_and(|(value, bound)| value < bound),
        _ => false,
    }
}

/// Whether the pod's selector and required node affinity allow the node.
pub fn allows(spec: &Value, node: &Object) -> bool {
    let wanted = spec["nodeSelector"].entries().all(|(key, value)| node.label(key) == value.as_str());
    let required = spec.at(&["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"]);
    wanted && (required.is_null() || matches_any(&required["nodeSelectorTerms"], node))
}

/// The first taint with one of the effects that the pod does not tolerate.
pub fn untolerated<'a>(spec: &Value, node: &'a Object, effects: &[&str]) -> Option<&'a Value> {
    let mut taints = node.spec()["taints"].items().iter();
    taints.find(|taint| effects.contains(&taint["effect"].str()) && !tolerates(spec, taint))
}

/// Whether one of the pod's tolerations tolerates the taint.
pub fn tolerates(spec: &Value, taint: &Value) -> bool {
    spec["tolerations"].items().iter().any(|toleration| meets(toleration, taint))
}

/// Whether a toleration tolerates a taint.
pub fn meets(toleration: &Value, taint: &Value) -> bool {
    let (effect, key) = (toleration["effect"].str(), toleration["key"].str());
    let value = match toleration["operator"].str() {
        "Exists" => true,
        "" | "Equal" => toleration["value"].str() == taint["value"].str(),
        _ => false,
    };
    (effect.is_empty() || taint["effect"] == effect) && (key.is_empty() || taint["key"] == key) && value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn terms_match_labels_and_names() {
        let node = Object(json!({"metadata": {"name": "m1", "labels": {"zone": "z1", "size": "7"}}}));
        for (term, expect) in [
            (json!({}), false),
            (json!({"matchExpressions": [{"key": "zone", "operator": "In", "values": ["z1", "z2"]}]}), true),
            (json!({"matchExpressions": [{"key": "zone", "operator": "NotIn", "values": ["z1"]}]}), false),
            (json!({"matchExpressions": [{"key": "disk", "operator": "NotIn", "values": ["ssd"]}]}), true),
            (json!({"matchExpressions": [{"key": "size", "operator": "Gt", "values": ["6"]}]}), true),
            (json!({"matchExpressions": [{"key": "zone", "operator": "Lt", "values": ["6"]}]}), false),
            (json!({"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["m1"]}]}), true),
            (json!({"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["m2"]}]}), false),
        ] {
            assert_eq!(matches_term(&term, &node), expect, "{term:?}");
        }
    }

    #[test]
    fn tolerations_match_taints() {
        let taint = json!({"key": "env", "value": "prod", "effect": "NoSchedule"});
        for (toleration, expect) in [
            (json!({"key": "env", "operator": "Equal", "value": "prod", "effect": "NoSchedule"}), true),
            (json!({"key": "env", "value": "dev"}), false),
            (json!({"key": "env", "operator": "Exists"}), true),
            (json!({"operator": "Exists"}), true),
            (json!({"key": "env", "operator": "Exists", "effect": "NoExecute"}), false),
        ] {
            assert_eq!(tolerates(&json!({"tolerations": [toleration.clone()]}), &taint), expect, "{toleration:?}");
        }
    }
}
