//! The quality-of-service class of a pod: how it fares when its node runs short.

use super::{containers, init_containers};
use crate::meta::{Object, Quantity, Value};

const COMPUTE: [&str; 2] = ["cpu", "memory"];

/// `Guaranteed`, `Burstable` or `BestEffort`.
pub fn qos_class(pod: &Object) -> &'static str {
    let own = &pod.spec()["resources"];
    if own.is_object() && COMPUTE.iter().any(|r| !own["requests"][*r].is_null() || !own["limits"][*r].is_null()) {
        return class(std::iter::once(own));
    }
    class(containers(pod).iter().chain(init_containers(pod)).map(|container| &container["resources"]))
}

fn class<'a>(all: impl Iterator<Item = &'a Value>) -> &'static str {
    let (mut any, mut guaranteed) = (false, true);
    for resources in all {
        for resource in COMPUTE {
            let (request, limit) = (amount(&resources["requests"][resource]), amount(&resources["limits"][resource]));
            any |= request.is_some() || limit.is_some();
            guaranteed &= limit.is_some() && request == limit;
        }
    }
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}

fn amount(quantity: &Value) -> Option<Quantity> {
    Some(Quantity::of(quantity)).filter(|quantity| !quantity.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn check(containers: Value, expect: &str) {
        assert_eq!(qos_class(&Object(json!({"spec": {"containers": containers}}))), expect);
    }

    #[test]
    fn classes_follow_requests_and_limits() {
        let full = json!({"resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "1000m", "memory": "1Gi"}}});
        check(json!([{}]), "BestEffort");
        check(json!([{"resources": {"requests": {"cpu": "0"}}}]), "BestEffort");
        check(json!([{"resources": {"requests": {"cpu": "1"}}}]), "Burstable");
        check(json!([full.clone()]), "Guaranteed");
        check(json!([full, {}]), "Burstable");
    }
}
