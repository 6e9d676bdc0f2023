//! Amounts of resources: what pods ask for and what nodes have.

use crate::meta::SortedMap;
use crate::meta::{Quantity, Value};

/// What containers that ask for nothing count as when nodes are compared.
const DEFAULT_CPU: i64 = 100;
const DEFAULT_MEMORY: i64 = 200 * 1024 * 1024;

/// Amounts of cpu (in thousandths), memory and storage (in bytes), and anything else by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resources {
    pub cpu: i64,
    pub memory: i64,
    pub storage: i64,
    pub pods: i64,
    pub other: SortedMap<String, i64>,
}

impl Resources {
    /// Reads a map of quantities.
    pub fn of(quantities: &Value) -> Resources {
        let mut resources = Resources::default();
        for (name, quantity) in quantities.entries() {
            let quantity = Quantity::of(quantity);
            match name.as_str() {
                "cpu" => resources.cpu = quantity.milli(),
                "memory" => resources.memory = quantity.value(),
                "ephemeral-storage" => resources.storage = quantity.value(),
                "pods" => resources.pods = quantity.value(),
                other => {
                    resources.other.insert(other.into(), quantity.value());
                }
            }
        }
        resources
    }

    /// Whether nothing is asked for.
    pub fn is_none(&self) -> bool {
        self.cpu == 0 && self.memory == 0 && self.storage == 0 && self.other.is_empty()
    }

    /// Adds, or with `sign` -1 takes away.
    pub fn add(&mut self, amounts: &Resources, sign: i64) {
        self.cpu += sign * amounts.cpu;
        self.memory += sign * amounts.memory;
        self.storage += sign * amounts.storage;
        self.pods += sign * amounts.pods;
        for (name, amount) in &amounts.other {
            *self.other.entry(name.clone()).or_default() += sign * amount;
        }
    }

    fn max(&mut self, amounts: &Resources) {
        self.cpu = self.cpu.max(amounts.cpu);
        self.memory = self.memory.max(amounts.memory);
        self.storage = self.storage.max(amounts.storage);
        for (name, amount) in &amounts.other {
            let mine = self.other.entry(name.clone()).or_default();
            *mine = (*mine).max(*amount);
        }
    }
}

/// Whether a pod wishes for more than its machine can ever give.
pub fn is_infeasible(status: &Value) -> bool {
    status["conditions"].items().iter().any(|condition| {
        condition["type"] == "PodResizePending" && condition["reason"] == "Infeasible" && condition["status"] == "True"
    })
}

/// What one pod asks for: containers at once, init containers one after another, sidecars with both.
/// With `defaults`, containers that ask for nothing count as something, so that they spread.
pub fn of_pod(spec: &Value, status: &Value, defaults: bool) -> Resources {
    // A wish that the machine cannot fulfil takes nothing: what was granted before counts on.
    let infeasible = is_infeasible(status);
    let granted = |container: &Value| {
        let statuses = status["containerStatuses"].items().iter().chain(status["initContainerStatuses"].items());
        let own = statuses.filter(|_| infeasible).find(|status| status["name"] == container["name"]);
        own.and_then(|status| status.get("allocatedResources")).cloned()
    };
    let of_container = |container: &Value| {
        let requests = &granted(container).unwrap_or_else(|| container.at(&["resources", "requests"]).clone());
        let mut amounts = Resources::of(requests);
        if defaults {
            if !requests.has("cpu") {
                amounts.cpu = DEFAULT_CPU;
            }
            if !requests.has("memory") {
                amounts.memory = DEFAULT_MEMORY;
            }
        }
        amounts
    };
    let mut total = Resources::default();
    for container in spec["containers"].items() {
        total.add(&of_container(container), 1);
    }
    let (mut sidecars, mut starting) = (Resources::default(), Resources::default());
    for container in spec["initContainers"].items() {
        let mut amounts = of_container(container);
        if container["restartPolicy"] == "Always" {
            sidecars.add(&amounts, 1);
            starting.max(&sidecars);
        } else {
            amounts.add(&sidecars, 1);
            starting.max(&amounts);
        }
    }
    total.add(&sidecars, 1);
    total.max(&starting);
    let whole = Resources::of(spec.at(&["resources", "requests"]));
    if !whole.is_none() {
        // What is said for the whole pod stands in place of the sum.
        for (mine, said) in [(&mut total.cpu, whole.cpu), (&mut total.memory, whole.memory)] {
            if said != 0 {
                *mine = said;
            }
        }
    }
    total.add(&Resources::of(&spec["overhead"]), 1);
    total
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn init_containers_count_by_their_largest_and_sidecars_with_all() {
        let ask = |cpu: &str| json!({"resources": {"requests": {"cpu": cpu}}});
        let mut sidecar = ask("100m");
        sidecar["restartPolicy"] = "Always".into();
        for (containers, init, expect) in [
            (vec![ask("1"), ask("500m")], vec![], 1500),
            (vec![ask("1")], vec![ask("2"), ask("1")], 2000),
            (vec![ask("1")], vec![sidecar.clone()], 1100),
            (vec![ask("1")], vec![sidecar, ask("2")], 2100),
        ] {
            let spec = json!({"containers": containers, "initContainers": init});
            assert_eq!(of_pod(&spec, &Value::Null, false).cpu, expect);
        }
        assert_eq!(of_pod(&json!({"containers": [{}]}), &Value::Null, true).cpu, DEFAULT_CPU);
    }
}
