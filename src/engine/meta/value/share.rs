//! Keeping once what two documents have in common.
//!
//! A version of an object shares what did not change with the one before; here it also takes over
//! what is equal in a neighbour, as most of a pod is equal in the next pod of its ReplicaSet. See
//! [`crate::store`], which does this to all that it keeps.

use super::{Key, Map, Value};
use std::rc::Rc;

impl Value {
    /// Takes over from `like` what is equal there, and drops what its own lists have set
    /// aside for growing. What it shares with `before` has been through this. Tells whether all
    /// of it is shared with `like` now.
    pub fn share(&mut self, before: &Value, like: &Value) -> bool {
        if self.is_shared_with(like) {
            return true;
        }
        if self.is_shared_with(before) {
            return false;
        }
        let equal = match (&mut *self, like) {
            (Value::Object(map), like) => map.share(before, like),
            (Value::Array(items), like) => {
                let items = Rc::make_mut(items);
                items.shrink_to_fit();
                let mut equal = like.is_array() && items.len() == like.items().len();
                for (at, item) in items.iter_mut().enumerate() {
                    equal &= item.share(&before[at], &like[at]);
                }
                equal
            }
            (Value::String(text), Value::String(like)) => text == like,
            (one, other) => return one == other,
        };
        if equal {
            *self = like.clone();
        }
        equal
    }
}

impl Map {
    fn share(&mut self, before: &Value, like: &Value) -> bool {
        let entries = self.pairs_mut();
        let mut equal = like.as_object().is_some_and(|like| like.len() == entries.len());
        for (at, (key, value)) in entries.iter_mut().enumerate() {
            let before = before.as_object().and_then(|map| map.entry_near(at, key)).map_or(super::null(), |(_, it)| it);
            let like = like.as_object().and_then(|map| map.entry_near(at, key));
            if let Some((name @ Key::Own(_), _)) = like {
                *key = name.clone();
            }
            equal &= like.is_some();
            equal &= value.share(before, like.map_or(super::null(), |(_, it)| it));
        }
        equal
    }
}

#[cfg(test)]
mod tests {
    use crate::json;

    #[test]
    fn what_is_equal_is_kept_once_and_the_rest_stays() {
        let pod = |name: &str, image: &str| {
            json!({
                "metadata": {"name": name, "labels": {"app": "web", "own/key": name}},
                "spec": {"containers": [{"name": "c", "image": image}, {"name": "d"}], "tolerations": [{"key": "a"}, {"key": "b"}]},
            })
        };
        let one = pod("one", "nginx:1");
        for (name, image) in [("one", "nginx:1"), ("two", "nginx:1"), ("two", "nginx:2")] {
            let (mut other, plain) = (pod(name, image), pod(name, image));
            let equal = other.share(&json!(null), &one);
            assert_eq!(other, plain);
            assert_eq!(equal, other.is_shared_with(&one));
            assert_eq!(equal, name == "one");
            assert!(other["spec"]["tolerations"].is_shared_with(&one["spec"]["tolerations"]));
            assert!(other["spec"]["containers"][1].is_shared_with(&one["spec"]["containers"][1]));
            assert_eq!(other["spec"].is_shared_with(&one["spec"]), image == "nginx:1");
        }
    }
}
