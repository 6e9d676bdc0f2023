use super::*;
use crate::json;
use crate::meta::{Time, Value, yaml};
use crate::schema::Type;

fn model(kind: &str) -> Model {
    Model::Type(Type::find(&format!("io.k8s.api.{kind}")).unwrap())
}

fn applier(manager: &'static str) -> Applier<'static> {
    Applier { manager, api_version: "v1", subresource: "", ignored: &["status"], now: Time(0) }
}

fn doc(text: &str) -> Value {
    yaml::parse(text).unwrap()
}

fn owned(object: &Value, manager: &str) -> Vec<String> {
    let entry = object.at(&["metadata", "managedFields"]).items().iter().find(|entry| entry["manager"] == manager);
    entry.map(|entry| Set::decode(&entry["fieldsV1"]).paths()).unwrap_or_default()
}

#[test]
fn sets_read_and_write_fields_v1() {
    let fields = doc(r#"{f:data: {.: {}, f:color: {}}, f:spec: {'k:{"name":"c"}': {.: {}, f:image: {}}}}"#);
    let set = Set::decode(&fields);
    assert_eq!(set.encode(), fields);
    assert_eq!(set.paths(), [".data", ".data.color", ".spec[name=\"c\"]", ".spec[name=\"c\"].image"]);
}

#[test]
fn applying_owns_conflicts_forces_and_removes() {
    let (model, kind) = (model("core.v1.ConfigMap"), "v1, Kind=ConfigMap");
    let cm = doc("{apiVersion: v1, kind: ConfigMap, metadata: {name: shared}, data: {color: blue, size: '1'}}");
    let live = apply(&Value::Null, &cm, &model, &applier("kubectl"), false).unwrap();
    assert_eq!(owned(&live, "kubectl"), [".data.color", ".data.size"]);
    let other = doc("{apiVersion: v1, kind: ConfigMap, metadata: {name: shared}, data: {color: red}}");
    let failure = apply(&live, &other, &model, &applier("alice"), false).unwrap_err();
    assert_eq!(
        failure.status("default/shared", kind).message,
        "Apply failed with 1 conflict: conflict with \"kubectl\": .data.color"
    );
    let live = apply(&live, &other, &model, &applier("alice"), true).unwrap();
    assert_eq!(live["data"].to_json(), r#"{"color":"red","size":"1"}"#);
    assert_eq!(
        (owned(&live, "kubectl"), owned(&live, "alice")),
        (vec![".data.size".into()], vec![".data.color".into()])
    );
    let live = apply(&live, &cm, &model, &applier("kubectl"), true).unwrap();
    let smaller = doc("{apiVersion: v1, kind: ConfigMap, metadata: {name: shared}, data: {color: blue}}");
    let live = apply(&live, &smaller, &model, &applier("kubectl"), false).unwrap();
    assert_eq!(live["data"].to_json(), r#"{"color":"blue"}"#);
}

#[test]
fn unknown_fields_cannot_be_applied() {
    let typo = doc("{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replica: 2}}");
    let failure = apply(&Value::Null, &typo, &model("apps.v1.Deployment"), &applier("kubectl"), false).unwrap_err();
    assert_eq!(
        failure.status("default/web", "apps/v1, Kind=Deployment").message,
        "failed to create typed patch object (default/web; apps/v1, Kind=Deployment): .spec.replica: field not declared in schema"
    );
}

#[test]
fn updates_take_what_they_change() {
    let model = model("apps.v1.Deployment");
    let deploy = doc(
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, labels: {a: b}}, spec: {replicas: 2, template: {spec: {containers: [{name: c, image: 'nginx:1.27', ports: [{containerPort: 80}]}]}}}}",
    );
    let mut live = deploy.clone();
    update(&Value::Null, &mut live, &model, &applier("kubectl-client-side-apply"), &mut Recent::default());
    let fields = &live["metadata"]["managedFields"][0]["fieldsV1"];
    assert_eq!(fields["f:metadata"].to_json(), r#"{"f:labels":{".":{},"f:a":{}}}"#);
    let container = r#"{".":{},"f:image":{},"f:name":{},"f:ports":{".":{},"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{}}}}"#;
    let containers = &fields["f:spec"]["f:template"]["f:spec"]["f:containers"];
    assert_eq!(containers[r#"k:{"name":"c"}"#].to_json(), container);

    let mut scaled = live.clone();
    scaled["spec"]["replicas"] = 3.into();
    update(
        &live,
        &mut scaled,
        &model,
        &Applier { subresource: "scale", api_version: "apps/v1", ..applier("kubectl") },
        &mut Recent::default(),
    );
    assert_eq!(owned(&scaled, "kubectl"), [".spec.replicas"]);
    let mut set = scaled.clone();
    set["spec"]["template"]["spec"]["containers"] =
        json!([{"name": "c", "image": "nginx:1.28", "ports": [{"containerPort": 80}]}]);
    update(
        &scaled,
        &mut set,
        &model,
        &Applier { api_version: "apps/v1", ..applier("kubectl-set") },
        &mut Recent::default(),
    );
    let failure = apply(&set, &deploy, &model, &applier("kubectl"), false).unwrap_err();
    assert_eq!(
        failure.status("", "").message,
        "Apply failed with 2 conflicts: conflicts with \"kubectl\" with subresource \"scale\" using apps/v1:\n- .spec.replicas\nconflicts with \"kubectl-set\" using apps/v1:\n- .spec.template.spec.containers[name=\"c\"].image"
    );
    let live = apply(&set, &deploy, &model, &applier("kubectl"), true).unwrap();
    assert_eq!(live["spec"], deploy["spec"]);
}

#[test]
fn lists_merge_by_key_and_lose_what_nobody_owns() {
    let model = model("core.v1.Pod");
    let pod = |containers: Value| json!({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": containers}});
    let first =
        pod(json!([{"name": "a", "image": "x"}, {"name": "b", "image": "y", "env": [{"name": "E", "value": "1"}]}]));
    let live = apply(&Value::Null, &first, &model, &applier("one"), false).unwrap();
    let second = pod(json!([{"name": "c", "image": "z"}, {"name": "b", "tty": true}]));
    let live = apply(&live, &second, &model, &applier("two"), false).unwrap();
    let names: Vec<&str> = live["spec"]["containers"].items().iter().map(|c| c["name"].str()).collect();
    assert_eq!(names, ["a", "c", "b"]);
    let third = pod(json!([{"name": "a", "image": "x"}]));
    let live = apply(&live, &third, &model, &applier("one"), false).unwrap();
    assert_eq!(
        live["spec"]["containers"].to_json(),
        r#"[{"image":"x","name":"a"},{"image":"z","name":"c"},{"name":"b","tty":true}]"#
    );
}

#[test]
fn custom_resources_merge_by_their_schema() {
    let schema = doc(
        "{type: object, properties: {spec: {type: object, properties: {items: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [id], items: {type: object}}, plain: {type: array}}}}}",
    );
    let model = Model::custom(&schema);
    let live =
        apply(&Value::Null, &doc("{spec: {items: [{id: 1, v: a}], plain: [1]}}"), &model, &applier("one"), false)
            .unwrap();
    let live =
        apply(&live, &doc("{spec: {items: [{id: 2, v: b}], plain: [2]}}"), &model, &applier("two"), true).unwrap();
    assert_eq!(live["spec"].to_json(), r#"{"items":[{"id":1,"v":"a"},{"id":2,"v":"b"}],"plain":[2]}"#);
}

#[test]
fn kubectl_takes_over_what_it_applied_on_the_client() {
    let model = model("core.v1.ConfigMap");
    let applied = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"d"},"data":{"a":"1"}}"#;
    let mut live = Value::from_json(applied.as_bytes()).unwrap();
    let annotation = ["metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"];
    live.set(&annotation, applied);
    let unmanaged = live.clone();
    update(&Value::Null, &mut live, &model, &applier("kubectl-client-side-apply"), &mut Recent::default());
    let config = doc("{apiVersion: v1, kind: ConfigMap, metadata: {name: d}, data: {a: '2'}}");
    assert!(apply(&live, &config, &model, &applier("other"), false).is_err());
    let new = apply(&live, &config, &model, &applier("kubectl"), false).unwrap();
    assert_eq!(
        new.at(&annotation).str(),
        "{\"apiVersion\":\"v1\",\"data\":{\"a\":\"2\"},\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"d\"}}\n"
    );
    // What someone else changed since is theirs.
    let mut changed = unmanaged;
    changed["data"]["a"] = "3".into();
    update(&live.clone(), &mut changed, &model, &applier("kubectl-edit"), &mut Recent::default());
    assert!(apply(&changed, &config, &model, &applier("kubectl"), false).is_err());
}
