use super::*;
use crate::json;
use proptest::prelude::*;

fn value(text: &str) -> Value {
    Value::from_json(text.as_bytes()).unwrap()
}

fn deployment() -> Option<&'static Type> {
    Type::find("io.k8s.api.apps.v1.Deployment")
}

#[test]
fn json_patches() {
    let document = r#"{"spec":{"replicas":1,"args":["a","b"]},"a/b":{"c~d":1}}"#;
    for (patch, expect) in [
        (
            r#"[{"op":"replace","path":"/spec/replicas","value":3}]"#,
            Ok(r#"{"a/b":{"c~d":1},"spec":{"args":["a","b"],"replicas":3}}"#),
        ),
        (
            r#"[{"op":"add","path":"/spec/args/-","value":"c"},{"op":"remove","path":"/spec/args/0"},{"op":"remove","path":"/a~1b/c~0d"}]"#,
            Ok(r#"{"a/b":{},"spec":{"args":["b","c"],"replicas":1}}"#),
        ),
        (
            r#"[{"op":"move","from":"/spec/replicas","path":"/n"},{"op":"copy","from":"/n","path":"/spec/args/1"}]"#,
            Ok(r#"{"a/b":{"c~d":1},"n":1,"spec":{"args":["a",1,"b"]}}"#),
        ),
        (
            r#"[{"op":"remove","path":"/spec/nosuch"}]"#,
            Err("error in remove for path: '/spec/nosuch': Unable to remove nonexistent key: nosuch: missing value"),
        ),
        (
            r#"[{"op":"test","path":"/spec/replicas","value":9}]"#,
            Err("testing value /spec/replicas failed: test failed"),
        ),
        (r#"[{"op":"fly","path":"/spec"}]"#, Err("Unexpected kind: fly")),
        (
            r#"[{"op":"add","path":"/x/y","value":1}]"#,
            Err("add operation does not apply: doc is missing path: \"/x/y\": missing value"),
        ),
    ] {
        let got = json_patch(&value(document), &value(patch)).map(|v| v.to_json());
        assert_eq!(got, expect.map(String::from).map_err(String::from), "{patch}");
    }
}

#[test]
fn merge_patches() {
    let document = json!({"a": {"b": 1, "c": [1, 2]}, "d": 1});
    let patch = json!({"a": {"b": null, "c": [3]}, "e": {"f": null, "g": 1}});
    assert_eq!(merge_patch(&document, &patch).to_json(), r#"{"a":{"c":[3]},"d":1,"e":{"g":1}}"#);
    let three = merge_three_way(&json!({"a": 1, "b": 1}), &json!({"a": 2}), &json!({"a": 1, "b": 1, "own": 1}));
    assert_eq!(three.to_json(), r#"{"a":2,"b":null}"#);
}

#[test]
fn strategic_patches_merge_lists_by_key() {
    let containers = |list: &str| value(&format!(r#"{{"spec":{{"template":{{"spec":{{"containers":{list}}}}}}}}}"#));
    for (old, patch, expect) in [
        (
            r#"[{"name":"main","image":"a"}]"#,
            r#"[{"name":"side","image":"b"}]"#,
            Ok(r#"[{"image":"b","name":"side"},{"image":"a","name":"main"}]"#),
        ),
        (
            r#"[{"name":"side","image":"b"},{"name":"main","image":"a"}]"#,
            r#"[{"name":"main","image":"c"}]"#,
            Ok(r#"[{"image":"b","name":"side"},{"image":"c","name":"main"}]"#),
        ),
        (
            r#"[{"name":"side","image":"b"},{"name":"main","image":"a"}]"#,
            r#"[{"name":"side","$patch":"delete"}]"#,
            Ok(r#"[{"image":"a","name":"main"}]"#),
        ),
        (
            r#"[{"name":"side"},{"name":"main"}]"#,
            r#"[{"$patch":"replace"},{"name":"only"}]"#,
            Ok(r#"[{"name":"only"}]"#),
        ),
        (
            r#"[{"name":"side"}]"#,
            r#"[{"image":"x"}]"#,
            Err("map: map[image:x] does not contain declared merge key: name"),
        ),
    ] {
        let got = strategic_patch(&containers(old), &containers(patch), deployment());
        let got = got.map(|v| v["spec"]["template"]["spec"]["containers"].to_json());
        assert_eq!(got, expect.map(String::from).map_err(String::from), "{patch}");
    }
}

#[test]
fn strategic_directives() {
    let pod = Type::find("io.k8s.api.core.v1.Pod");
    let old =
        json!({"metadata": {"finalizers": ["a", "b", "c"]}, "spec": {"volumes": [{"name": "v", "emptyDir": {}}]}});
    let patch = value(
        r#"{"metadata":{"$deleteFromPrimitiveList/finalizers":["b"],"$setElementOrder/finalizers":["d","c","a"],"finalizers":["d"]},
            "spec":{"volumes":[{"name":"v","$retainKeys":["name","hostPath"],"hostPath":{"path":"/x"}}]}}"#,
    );
    let got = strategic_patch(&old, &patch, pod).unwrap();
    assert_eq!(got["spec"].to_json(), r#"{"volumes":[{"hostPath":{"path":"/x"},"name":"v"}]}"#);
    assert_eq!(got["metadata"]["finalizers"].to_json(), r#"["d","c","a"]"#);
    let got = strategic_patch(&old, &value(r#"{"spec":{"$patch":"replace","nodeName":"n"}}"#), pod).unwrap();
    assert_eq!(got["spec"].to_json(), r#"{"nodeName":"n"}"#);
}

#[test]
fn apply_keeps_what_others_set() {
    let original = json!({"spec": {"replicas": 1, "template": {"spec": {"containers": [{"name": "a", "image": "x"}, {"name": "b", "image": "y"}]}}}});
    let modified = json!({"spec": {"template": {"spec": {"containers": [{"name": "a", "image": "z"}]}}}});
    let mut current = original.clone();
    current["spec"]["paused"] = true.into();
    let patch = strategic_three_way(&original, &modified, &current, deployment()).unwrap();
    assert_eq!(
        patch.to_json(),
        r#"{"spec":{"replicas":null,"template":{"spec":{"$setElementOrder/containers":[{"name":"a"}],"containers":[{"image":"z","name":"a"},{"$patch":"delete","name":"b"}]}}}}"#
    );
    let got = strategic_patch(&current, &patch, deployment()).unwrap();
    assert_eq!(
        got.to_json(),
        r#"{"spec":{"paused":true,"template":{"spec":{"containers":[{"image":"z","name":"a"}]}}}}"#
    );
}

#[test]
fn a_changed_strategy_retains_its_keys() {
    let old = json!({"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}});
    let new = json!({"spec": {"strategy": {"type": "Recreate"}}});
    let patch = strategic_diff(&old, &new, deployment());
    assert_eq!(
        patch.to_json(),
        r#"{"spec":{"strategy":{"$retainKeys":["type"],"rollingUpdate":null,"type":"Recreate"}}}"#
    );
    assert_eq!(strategic_patch(&old, &patch, deployment()), Ok(new));
}

/// Documents shaped like a deployment, with lists that merge by key, by value and not at all.
fn documents() -> impl Strategy2 {
    let container = ("[a-c]", "[x-z]", proptest::collection::vec("[p-r]", 0..3));
    (
        proptest::collection::vec(container, 0..4),
        proptest::collection::btree_set("[a-d]", 0..4),
        proptest::option::of(0..3i64),
    )
        .prop_map(|(containers, finalizers, replicas)| {
            let mut seen = Vec::new();
            let mut list = Value::array();
            for (name, image, args) in containers {
                if !seen.contains(&name) {
                    seen.push(name.clone());
                    list.push(json!({"name": name, "image": image, "args": args}));
                }
            }
            let mut document = json!({
                "metadata": {"finalizers": (finalizers.into_iter().collect::<Vec<_>>())},
                "spec": {"template": {"spec": {"containers": list}}},
            });
            if let Some(replicas) = replicas {
                document["spec"]["replicas"] = replicas.into();
            }
            document
        })
}
use proptest::strategy::Strategy as ProptestStrategy;
trait Strategy2: ProptestStrategy<Value = Value> {}
impl<T: ProptestStrategy<Value = Value>> Strategy2 for T {}

proptest! {
    #[test]
    fn a_diff_applied_gives_the_target(old in documents(), new in documents()) {
        let patch = strategic_diff(&old, &new, deployment());
        prop_assert_eq!(strategic_patch(&old, &patch, deployment()).unwrap(), new.clone(), "{}", patch);
        let patch = merge_diff(&old, &new);
        prop_assert_eq!(merge_patch(&old, &patch), new);
    }
    #[test]
    fn applying_reaches_what_is_wanted(last in documents(), new in documents()) {
        let patch = strategic_three_way(&last, &new, &last, deployment()).unwrap();
        prop_assert_eq!(strategic_patch(&last, &patch, deployment()).unwrap(), new.clone(), "{}", patch);
        let patch = merge_three_way(&last, &new, &last);
        prop_assert_eq!(merge_patch(&last, &patch), new);
    }
}

#[test]
fn json_patches_grow_no_monsters() {
    let double = |times: usize| -> Value {
        (0..times).map(|n| json!({"op": "copy", "from": "/a", "path": (format!("/a/{n}"))})).collect()
    };
    assert!(json_patch(&json!({"a": {}}), &double(8)).is_ok());
    let why = json_patch(&json!({"a": {}}), &double(40)).unwrap_err();
    assert!(why.starts_with("Unable to complete the copy"), "{why}");
    let deeper: Value = (0..400).map(|n| json!({"op": "add", "path": ("/a".repeat(n + 1)), "value": {}})).collect();
    assert_eq!(json_patch(&json!({}), &deeper), Err("exceeded max depth".into()));
}
