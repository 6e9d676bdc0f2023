//! The Pod Security Standards.

use super::{Body, Method, Request, Value, admin, ask};
use crate::json;

const PODS: &str = "/api/v1/namespaces/default/pods";
const NAMESPACE: &str = "/api/v1/namespaces/default";

fn pod(name: &str, spec: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec})
}

fn container(context: Value) -> Value {
    json!({"name": "c", "image": "i", "securityContext": context})
}

/// A client of a server whose namespace pods may be created in.
fn client() -> super::Client {
    let (_, client) = admin();
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}});
    assert_eq!(ask(&client, Method::Post, "/api/v1/namespaces/default/serviceaccounts", account).0, 201);
    client
}

/// Labels the namespace; the code, what is said, and the warnings.
fn label(client: &super::Client, labels: Value) -> (u16, String, Vec<String>) {
    let mut request = Request::new(Method::Patch, NAMESPACE).header("content-type", "application/merge-patch+json");
    request.body = Body::Document(json!({"metadata": {"labels": labels}}));
    let response = client.request(request);
    let warnings = response.warnings().map(String::from).collect();
    let message = match &response.content {
        super::Content::Document(document) => document["message"].str().to_string(),
        _ => String::new(),
    };
    (response.code, message, warnings)
}

#[test]
fn levels_forbid_what_they_forbid() {
    let client = client();
    assert_eq!(label(&client, json!({"pod-security.kubernetes.io/enforce": "baseline"})).0, 200);
    let check = |spec: Value, want: &str| {
        let (code, said) = ask(&client, Method::Post, &format!("{PODS}?dryRun=All"), pod("p", spec.clone()));
        let expected = format!("pods \"p\" is forbidden: violates PodSecurity {want}");
        assert_eq!((code, said["message"].str()), (403, expected.as_str()), "{spec}");
    };
    let probe = json!({"name": "d", "image": "i", "livenessProbe": {"httpGet": {"port": 1, "host": "127.0.0.1"}}});
    for (spec, want) in [
        (
            json!({"hostNetwork": true, "hostPID": true, "containers": [container(json!({"privileged": true}))]}),
            "\"baseline:latest\": host namespaces (hostNetwork=true, hostPID=true), \
             privileged (container \"c\" must not set securityContext.privileged=true)",
        ),
        (
            json!({"containers": [container(json!({"capabilities": {"add": ["NET_ADMIN", "CHOWN", "BPF"]}})), probe.clone()]}),
            "\"baseline:latest\": non-default capabilities (container \"c\" must not include \"BPF\", \"NET_ADMIN\" in \
             securityContext.capabilities.add), probe or lifecycle host (container \"d\" uses probe or lifecycle host \
             \"127.0.0.1\")",
        ),
        (
            json!({
                "securityContext": {"seccompProfile": {"type": "Unconfined"}, "sysctls": [{"name": "kernel.msgmax", "value": "1"}]},
                "volumes": [{"name": "v", "hostPath": {"path": "/"}}, {"name": "w", "hostPath": {"path": "/"}}],
                "containers": [{"name": "c", "image": "i", "ports": [{"containerPort": 80, "hostPort": 80}]}],
            }),
            "\"baseline:latest\": hostPath volumes (volumes \"v\", \"w\"), hostPort (container \"c\" uses hostPort 80), \
             seccompProfile (pod must not set securityContext.seccompProfile.type to \"Unconfined\"), \
             forbidden sysctl (kernel.msgmax)",
        ),
        (
            json!({
                "securityContext": {"appArmorProfile": {"type": "Unconfined"}},
                "containers": [container(json!({"seLinuxOptions": {"type": "spc_t", "user": "u"}, "procMount": "Unmasked"}))],
                "hostUsers": false,
            }),
            "\"baseline:latest\": forbidden AppArmor profile (pod must not set AppArmor profile type to \"Unconfined\"), \
             procMount (container \"c\" must not set securityContext.procMount to \"Unmasked\"), \
             seLinuxOptions (container \"c\" set forbidden securityContext.seLinuxOptions: type \"spc_t\"; user may not be set)",
        ),
    ] {
        check(spec, want);
    }
    assert_eq!(ask(&client, Method::Post, PODS, pod("plain", json!({"containers": [container(json!({}))]}))).0, 201);
    let (code, _, warnings) = label(
        &client,
        json!({"pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/enforce-version": "v1.30"}),
    );
    assert_eq!(code, 200);
    let expected = [
        "existing pods in namespace \"default\" violate the new PodSecurity enforce level \"restricted:v1.30\"",
        "plain: allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile",
    ];
    assert_eq!(warnings, expected);
    check(
        json!({
            "securityContext": {"runAsUser": 0}, "volumes": [{"name": "v", "hostPath": {"path": "/"}}],
            "initContainers": [{"name": "a", "image": "i", "securityContext": {"capabilities": {"drop": ["ALL"], "add": ["CHOWN"]}}}],
            "containers": [container(json!({"allowPrivilegeEscalation": false, "runAsNonRoot": true}))],
        }),
        "\"restricted:v1.30\": allowPrivilegeEscalation != false (container \"a\" must set \
         securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container \"c\" must set \
         securityContext.capabilities.drop=[\"ALL\"]; container \"a\" must not include \"CHOWN\" in \
         securityContext.capabilities.add), restricted volume types (volume \"v\" uses restricted volume type \"hostPath\"), \
         runAsNonRoot != true (pod or container \"a\" must set securityContext.runAsNonRoot=true), \
         runAsUser=0 (pod must not set runAsUser=0), seccompProfile (pod or containers \"a\", \"c\" must set \
         securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")",
    );
    let fit = json!({
        "securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container(json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}}))],
    });
    assert_eq!(ask(&client, Method::Post, PODS, pod("fit", fit)).0, 201);
}

#[test]
fn workloads_are_warned_of_and_labels_are_read() {
    let client = client();
    let (code, why, _) = label(
        &client,
        json!({"pod-security.kubernetes.io/enforce": "strict", "pod-security.kubernetes.io/warn-version": "1.2"}),
    );
    assert_eq!(
        (code, why.as_str()),
        (
            422,
            "Namespace \"default\" is invalid: [metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: \
             \"strict\": must be one of privileged, baseline, restricted, \
             metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: \"1.2\": must be \"latest\" or \"v1.x\"]"
        )
    );
    for (labels, expected) in [
        (json!({"pod-security.kubernetes.io/enforce": "baseline"}), Some("baseline:latest")),
        (json!({"pod-security.kubernetes.io/warn": "privileged"}), None),
        (
            json!({"pod-security.kubernetes.io/warn": "baseline", "pod-security.kubernetes.io/enforce": null}),
            Some("baseline:latest"),
        ),
    ] {
        assert_eq!(label(&client, labels.clone()).0, 200);
        let template =
            json!({"spec": {"hostIPC": true, "restartPolicy": "Never", "containers": [container(Value::Null)]}});
        let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"generateName": "j-"}, "spec": {"template": template}});
        let mut request = Request::new(Method::Post, "/apis/batch/v1/namespaces/default/jobs");
        request.body = Body::Document(job);
        let response = client.request(request);
        let expected =
            expected.map(|level| format!("would violate PodSecurity \"{level}\": host namespaces (hostIPC=true)"));
        assert_eq!((response.code, response.warnings().next().map(String::from)), (201, expected), "{labels}");
    }
}
