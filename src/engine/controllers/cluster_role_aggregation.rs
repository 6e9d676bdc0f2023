//! Cluster roles made of others: gathers the rules of all roles that their selectors match.

use super::runner::{Again, Context, Controller, Wake, key};
use crate::meta::{Object, Selector, Status, Value};
use crate::store::{Change, Key};

const RESOURCE: &str = "clusterroles.rbac.authorization.k8s.io";

struct Aggregation;

/// The controller of aggregated cluster roles.
pub fn cluster_role_aggregation() -> Box<dyn Controller> {
    Box::new(Aggregation)
}

fn selectors(role: &Object) -> &[Value] {
    role.at(&["aggregationRule", "clusterRoleSelectors"]).items()
}

impl Controller for Aggregation {
    fn name(&self) -> &'static str {
        "clusterrole-aggregation-controller"
    }
    fn watches(&self) -> &'static [&'static str] {
        &[RESOURCE]
    }
    fn notice(&mut self, _: &Change, wake: &mut Wake) {
        for role in wake.informers.list(RESOURCE, None) {
            if !selectors(&role).is_empty() {
                wake.gather(key(RESOURCE, "", role.name()), 0);
            }
        }
    }
    fn reconcile(&mut self, key: &Key, cx: &Context) -> Result<Again, Status> {
        let Some(mut role) = cx.get(key) else { return Ok(None) };
        let mut rules: Vec<Value> = Vec::new();
        for selector in selectors(&role) {
            let selector = Selector::from_value(selector).unwrap_or_else(|_| Selector::nothing());
            for other in cx.informers.list(RESOURCE, None) {
                if other.name() == role.name() || !selector.matches(other.labels()) {
                    continue;
                }
                for rule in other["rules"].items() {
                    if !rules.contains(rule) {
                        rules.push(rule.clone());
                    }
                }
            }
        }
        if selectors(&role).is_empty() || role["rules"].items() == rules {
            return Ok(None);
        }
        role["rules"] = rules.into();
        cx.client.update(role).map(|_| None)
    }
}
