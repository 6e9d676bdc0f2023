//! LimitRange: bounds and defaults for resources in a namespace.

use super::Kind;
use super::pod::defaults::each;
use crate::meta::Value;

/// The row of LimitRange.
pub static KIND: Kind = Kind {
    kind: "LimitRange",
    plural: "limitranges",
    singular: "limitrange",
    short_names: &["limits"],
    schema: "io.k8s.api.core.v1.LimitRange",
    defaults: |range| each(&mut range["spec"], "limits", default_limits),
    ..Kind::NAMESPACED
};

/// What a container limit leaves unsaid follows from what it says.
fn default_limits(item: &mut Value) {
    if item["type"] != "Container" {
        return;
    }
    for (from, to) in [("max", "default"), ("default", "defaultRequest"), ("min", "defaultRequest")] {
        for (resource, quantity) in item[from].clone().entries() {
            item.set_default(&[to, resource], quantity.clone());
        }
    }
}
