use super::*;
use crate::meta::yaml;

fn decode(kind: &str, text: &str) -> Result<Decoded, String> {
    check(Type::find(&format!("io.k8s.api.{kind}")).unwrap(), &yaml::parse(text).unwrap())
}

#[test]
fn unknown_fields_are_named() {
    let text = "metadata: {name: x, lables: {}}\nspec:\n  containers:\n  - {name: c, imgae: n, enviroment: [], ports: [{contatinerPort: 80}]}\n  restartpolicy: Never";
    assert_eq!(
        decode("core.v1.Pod", text).unwrap().unknown,
        [
            "metadata.lables",
            "spec.containers[0].enviroment",
            "spec.containers[0].imgae",
            "spec.containers[0].ports[0].contatinerPort",
            "spec.restartpolicy"
        ]
    );
}

#[test]
fn wrong_types_are_refused_as_go_does() {
    for (kind, text, expect) in [
        (
            "core.v1.Pod",
            "spec: {containers: {name: c}}",
            "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container",
        ),
        (
            "core.v1.Service",
            "spec: {selector: {matchLabels: {app: x}}}",
            "json: cannot unmarshal object into Go struct field ServiceSpec.spec.selector of type string",
        ),
        (
            "apps.v1.Deployment",
            "spec: {replicas: many}",
            "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        (
            "apps.v1.Deployment",
            "spec: {replicas: 1.5}",
            "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        (
            "core.v1.Pod",
            "spec: {containers: [{env: [{name: A, value: 1}]}]}",
            "json: cannot unmarshal number into Go struct field EnvVar.spec.containers.env.value of type string",
        ),
        (
            "core.v1.Pod",
            "metadata: {labels: {a: true}}",
            "json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string",
        ),
        (
            "core.v1.Pod",
            "spec: {containers: [{imagePullPolicy: 1}]}",
            "json: cannot unmarshal number into Go struct field Container.spec.containers.imagePullPolicy of type v1.PullPolicy",
        ),
        (
            "core.v1.ResourceQuota",
            "spec: {hard: {pods: lots}}",
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        ),
        ("core.v1.Secret", "data: {user: 'not base64!'}", "illegal base64 data at input byte 3"),
        (
            "core.v1.Event",
            "eventTime: yesterday",
            "parsing time \"yesterday\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"yesterday\" as \"2006\"",
        ),
        (
            "core.v1.Service",
            "spec: {ports: [{targetPort: [1]}]}",
            "json: cannot unmarshal array into Go value of type int32",
        ),
        ("core.v1.Pod", "spec: x", "json: cannot unmarshal string into Go struct field Pod.spec of type v1.PodSpec"),
    ] {
        assert_eq!(decode(kind, text), Err(expect.into()), "{text}");
    }
}

#[test]
fn documents_come_back_as_go_writes_them() {
    for (kind, text, expect) in [
        (
            "core.v1.Pod",
            "{kind: Pod, metadata: {name: x, labels: {}, annotations: null}, spec: {hostNetwork: false, nodeName: '', securityContext: {}, containers: [{name: c, command: [], resources: {limits: {cpu: 0.5, memory: 1024Ki}}}, {name: d, tty: true}]}}",
            r#"{"kind":"Pod","metadata":{"name":"x"},"spec":{"containers":[{"name":"c","resources":{"limits":{"cpu":"500m","memory":"1Mi"}}},{"name":"d","resources":{},"tty":true}],"securityContext":{}},"status":{}}"#,
        ),
        (
            "apps.v1.Deployment",
            "spec: {replicas: 0, selector: {}}",
            r#"{"spec":{"replicas":0,"selector":{},"strategy":{},"template":{"metadata":{},"spec":{"containers":null}}},"status":{}}"#,
        ),
        (
            "core.v1.Service",
            "spec: {ports: [{port: 80, targetPort: web}]}",
            r#"{"spec":{"ports":[{"port":80,"targetPort":"web"}]},"status":{"loadBalancer":{}}}"#,
        ),
        ("rbac.v1.Role", "{}", r#"{"rules":null}"#),
        ("core.v1.ConfigMap", "data: {a: null, b: ''}", r#"{"data":{"a":"","b":""}}"#),
    ] {
        assert_eq!(decode(kind, text).map(|d| d.value.to_json()), Ok(expect.into()), "{text}");
    }
}

#[test]
fn base64_errors_are_placed() {
    for (text, expect) in [
        ("YWJj", None),
        ("YWI=", None),
        ("YQ==", None),
        ("abc", Some(0)),
        ("YWJjZ", Some(4)),
        ("YQ=x", Some(3)),
        ("YQ==z", Some(4)),
        ("", None),
    ] {
        assert_eq!(base64_error(text), expect, "{text}");
    }
}
