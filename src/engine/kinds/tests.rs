//! Objects that the API server refuses, and what it says.

use super::*;

/// Defaults, prepares and checks an object, as a create or as an update of `old`.
fn complaints(text: &str, old: Option<&str>) -> String {
    let read = |text: &str| -> Object {
        let mut object = Object(serde_yaml::from_str(text).unwrap());
        let kind = of(object.api_version(), object.kind()).expect("a kind");
        if kind.namespaced {
            object.set_default(&["metadata", "namespace"], "default");
        }
        object.set_default(&["metadata", "name"], "x");
        object.set_default(&["metadata", "uid"], "u-1");
        (kind.defaults)(&mut object);
        object
    };
    let mut object = read(text);
    let kind = of(object.api_version(), object.kind()).expect("a kind");
    let old = old.map(|text| {
        let mut old = read(text);
        (kind.prepare)(&mut old, None);
        old
    });
    (kind.prepare)(&mut object, old.as_ref());
    let mut errors = Errors::default();
    kind.check(&object, old.as_ref(), &mut errors);
    errors.0.iter().map(|cause| format!("{}: {}\n", cause.field, cause.message)).collect()
}

fn check(text: &str, expect: &str) {
    let lines: String = expect.lines().map(|line| format!("{}\n", line.trim_start())).collect();
    assert_eq!(complaints(text, None), lines, "{text}");
}

fn check_update(old: &str, new: &str, expect: &str) {
    let found = complaints(new, Some(old));
    assert!(found == expect || (!expect.is_empty() && found.starts_with(expect)), "{new}\n{found}");
}

/// A pod with this spec.
fn pod(spec: &str) -> String {
    format!("{{apiVersion: v1, kind: Pod, spec: {spec}}}")
}

#[test]
fn good_objects_pass() {
    for text in [
        "{apiVersion: v1, kind: Pod, spec: {containers: [{name: c, image: nginx, ports: [{containerPort: 80}]}]}}",
        "{apiVersion: apps/v1, kind: Deployment, spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}}",
        "{apiVersion: apps/v1, kind: DaemonSet, spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}}",
        "{apiVersion: apps/v1, kind: StatefulSet, spec: {serviceName: s, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i, volumeMounts: [{name: claimed, mountPath: /x}]}]}}}}",
        "{apiVersion: batch/v1, kind: Job, spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}}",
        "{apiVersion: batch/v1, kind: CronJob, spec: {schedule: '*/5 * * * *', jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}}}}",
        "{apiVersion: v1, kind: Service, spec: {ports: [{port: 80}]}}",
        "{apiVersion: v1, kind: Service, spec: {clusterIP: None}}",
        "{apiVersion: v1, kind: Namespace}",
        "{apiVersion: v1, kind: PersistentVolume, spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /x}}}",
        "{apiVersion: v1, kind: PersistentVolumeClaim, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}",
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: 'system:x'}, rules: [{verbs: [get], nonResourceURLs: [/x]}]}",
        "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: d}}}",
    ] {
        check(text, "");
    }
}

#[test]
fn pods_are_validated() {
    let required = "Required value";
    for (spec, expect) in [
        ("{}", "spec.containers: Required value".to_string()),
        ("{containers: [{name: c}]}", format!("spec.containers[0].image: {required}")),
        ("{containers: [{name: c, image: i, ports: [{name: http}]}]}", format!("spec.containers[0].ports[0].containerPort: {required}")),
        ("{containers: [{name: c, image: i}, {name: c, image: i}]}", "spec.containers[1].name: Duplicate value: \"c\"".into()),
        (
            "{containers: [{name: c, image: i, volumeMounts: [{name: v, mountPath: /x}]}]}",
            "spec.containers[0].volumeMounts[0].name: Not found: \"v\"".into(),
        ),
        (
            "{containers: [{name: c, image: i}], volumes: [{name: v, emptyDir: {}, hostPath: {path: /x}}]}",
            "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type".into(),
        ),
        (
            "{containers: [{name: c, image: i, resources: {requests: {cpu: 2}, limits: {cpu: 1}}}]}",
            "spec.containers[0].resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1".into(),
        ),
        (
            "{containers: [{name: c, image: i}], restartPolicy: Sometimes}",
            "spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"OnFailure\", \"Never\"".into(),
        ),
        (
            "{containers: [{name: c, image: i, livenessProbe: {periodSeconds: 5}}]}",
            "spec.containers[0].livenessProbe: Required value: must specify a handler type".into(),
        ),
        (
            "{containers: [{name: c, image: i}], tolerations: [{key: a, operator: Exists, value: prod}, {key: a, operator: Is, effect: Never}]}",
            "spec.tolerations[0].operator: Invalid value: \"prod\": value must be empty when `operator` is 'Exists'
             spec.tolerations[1].operator: Unsupported value: \"Is\": supported values: \"Equal\", \"Exists\"
             spec.tolerations[1].effect: Unsupported value: \"Never\": supported values: \"NoSchedule\", \"PreferNoSchedule\", \"NoExecute\"".into(),
        ),
        (
            "{containers: [{name: c, image: i, env: [{name: A, valueFrom: {configMapKeyRef: {key: k}}}]}]}",
            format!("spec.containers[0].env[0].valueFrom.configMapKeyRef.name: {required}"),
        ),
    ] {
        check(&pod(spec), &expect);
    }
}

#[test]
fn pod_updates_are_narrow() {
    let old = pod("{containers: [{name: c, image: 'i:1'}], nodeName: n}");
    check_update(&old, &pod("{containers: [{name: c, image: 'i:2'}], nodeName: n}"), "");
    check_update(
        &old,
        &pod("{containers: [{name: c, image: 'i:1'}], nodeName: n, nodeSelector: {zone: z9}}"),
        "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n@@ -39,7 +39,9 @@\n  \"TerminationGracePeriodSeconds\": 30,\n  \"ActiveDeadlineSeconds\": null,\n  \"DNSPolicy\": \"ClusterFirst\",\n- \"NodeSelector\": null,\n+ \"NodeSelector\": {\n+  \"zone\": \"z9\"\n+ },\n  \"ServiceAccountName\": \"\",\n  \"AutomountServiceAccountToken\": null,\n  \"NodeName\": \"n\",\n",
    );
    check_update(
        &old,
        &pod("{containers: [{name: c, image: i}, {name: d, image: i}], nodeName: n}"),
        "spec.containers: Forbidden: pod updates may not add or remove containers\n",
    );
}

#[test]
fn workloads_are_validated() {
    let deployment = |rest: &str| {
        format!(
            "{{apiVersion: apps/v1, kind: Deployment, spec: {{selector: {{matchLabels: {{a: b}}}}, template: {{metadata: {{labels: {{a: b}}}}, spec: {{containers: [{{name: c, image: i}}]}}}}, {rest}}}}}"
        )
    };
    check(&deployment("replicas: -1"), "spec.replicas: Invalid value: -1: must be greater than or equal to 0");
    check(
        &deployment("strategy: {type: Rolling, rollingUpdate: {maxSurge: lots}}"),
        "spec.strategy: Unsupported value: {\"Type\":\"Rolling\",\"RollingUpdate\":{\"MaxUnavailable\":0,\"MaxSurge\":\"lots\"}}: supported values: \"Recreate\", \"RollingUpdate\"",
    );
    check(
        &deployment("strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0%}}"),
        "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: \"0%\": may not be 0 when `maxSurge` is 0",
    );
    check(
        &deployment("strategy: {type: Recreate, rollingUpdate: {maxSurge: 1}}"),
        "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    );
    check(
        "{apiVersion: apps/v1, kind: ReplicaSet, spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {app: x}}, spec: {containers: [{name: c, image: i}]}}}}",
        "spec.template.metadata.labels: Invalid value: {\"app\":\"x\"}: `selector` does not match template `labels`",
    );
    check_update(
        &deployment("replicas: 1"),
        &deployment("replicas: 1").replacen("a: b", "a: c", 1),
        "spec.template.metadata.labels: Invalid value: {\"a\":\"b\"}: `selector` does not match template `labels`\nspec.selector: Invalid value: {\"matchLabels\":{\"a\":\"c\"}}: field is immutable\n",
    );
    check(
        "{apiVersion: batch/v1, kind: Job, spec: {template: {spec: {containers: [{name: c, image: i}]}}}}",
        "spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\"",
    );
    check(
        "{apiVersion: batch/v1, kind: CronJob, spec: {schedule: abc, jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}}}}",
        "spec.schedule: Invalid value: \"abc\": expected exactly 5 fields, found 1: [abc]",
    );
}

#[test]
fn services_and_their_like_are_validated() {
    check(
        "{apiVersion: v1, kind: Service, spec: {ports: [{name: a, port: 0}, {name: b, port: 70000}, {name: c, port: 80, targetPort: this name is bad}, {name: c, port: 80}, {name: d, port: 90, protocol: tcp}]}}",
        "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive
         spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive
         spec.ports[1].port: Invalid value: 70000: must be between 1 and 65535, inclusive
         spec.ports[1].targetPort: Invalid value: 70000: must be between 1 and 65535, inclusive
         spec.ports[2].targetPort: Invalid value: \"this name is bad\": must be no more than 15 characters
         spec.ports[2].targetPort: Invalid value: \"this name is bad\": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)
         spec.ports[3].name: Duplicate value: \"c\"
         spec.ports[4].protocol: Unsupported value: \"tcp\": supported values: \"SCTP\", \"TCP\", \"UDP\"
         spec.ports[3]: Duplicate value: {\"Name\":\"\",\"Protocol\":\"TCP\",\"AppProtocol\":null,\"Port\":80,\"TargetPort\":0,\"NodePort\":0}",
    );
    check("{apiVersion: v1, kind: Service, spec: {type: ExternalName}}", "spec.externalName: Required value");
    check(
        "{apiVersion: v1, kind: Service, spec: {ports: [{port: 80, nodePort: 30000}]}}",
        "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
    );
    check(
        "{apiVersion: networking.k8s.io/v1, kind: Ingress}",
        "spec: Invalid value: null: either `defaultBackend` or `rules` must be specified",
    );
    check(
        "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, spec: {podSelector: {}, ingress: [{ports: [{port: 99999}, {protocol: ICMP}], from: [{ipBlock: {cidr: 10.0.0.0}}, {ipBlock: {cidr: 10.0.0.0/8}, podSelector: {}}]}], policyTypes: [Input]}}",
        "spec.ingress[0].ports[0].port: Invalid value: 99999: must be between 1 and 65535, inclusive
         spec.ingress[0].ports[1].protocol: Unsupported value: \"ICMP\": supported values: \"TCP\", \"UDP\", \"SCTP\"
         spec.ingress[0].from[0].ipBlock.cidr: Invalid value: \"10.0.0.0\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)
         spec.ingress[0].from[1]: Forbidden: may not specify both ipBlock and another peer
         spec.policyTypes[0]: Unsupported value: \"Input\": supported values: \"Ingress\", \"Egress\"",
    );
}

#[test]
fn the_rest_is_validated() {
    check(
        "{apiVersion: v1, kind: PersistentVolume, spec: {accessModes: [ReadWriteOnce]}}",
        "spec.capacity: Required value
         spec.capacity: Unsupported value: null: supported values: \"storage\"
         spec: Required value: must specify a volume type",
    );
    check(
        "{apiVersion: v1, kind: PersistentVolumeClaim, spec: {accessModes: [ReadWrite]}}",
        "spec.accessModes: Unsupported value: \"ReadWrite\": supported values: \"ReadOnlyMany\", \"ReadWriteMany\", \"ReadWriteOnce\", \"ReadWriteOncePod\"
         spec.resources[storage]: Required value",
    );
    check(
        "{apiVersion: policy/v1, kind: PodDisruptionBudget, spec: {minAvailable: 1, maxUnavailable: 1, selector: {matchLabels: {app: web}}}}",
        "spec: Invalid value: {\"MinAvailable\":1,\"Selector\":{\"matchLabels\":{\"app\":\"web\"}},\"MaxUnavailable\":1,\"UnhealthyPodEvictionPolicy\":null}: minAvailable and maxUnavailable cannot be both set",
    );
    check(
        "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, spec: {minReplicas: 5, maxReplicas: 2, scaleTargetRef: {kind: Deployment}}}",
        "spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`
         spec.scaleTargetRef.name: Required value
         spec.scaleTargetRef.apiVersion: Invalid value: \"\": apiVersion must specify API group",
    );
    check(
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, rules: [{resources: [pods]}]}",
        "rules[0].verbs: Required value: verbs must contain at least one value
         rules[0].apiGroups: Required value: resource rules must supply at least one api group",
    );
    check(
        "{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, value: 2000000000}",
        "value: Forbidden: maximum allowed value of a user defined priority is 1000000000",
    );
    check(
        "{apiVersion: v1, kind: Secret, type: kubernetes.io/basic-auth}",
        "data[username]: Required value
         data[password]: Required value",
    );
    check(
        "{apiVersion: v1, kind: ResourceQuota, spec: {scopes: [Nosuch]}}",
        "spec.scopes: Invalid value: [\"Nosuch\"]: unsupported scope",
    );
    check_update(
        "{apiVersion: v1, kind: ConfigMap, immutable: true, data: {a: b}}",
        "{apiVersion: v1, kind: ConfigMap, immutable: true, data: {a: c}}",
        "data: Forbidden: field is immutable when `immutable` is set\n",
    );
    check(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: bad, finalizers: [Not Valid, unqualified], ownerReferences: [{apiVersion: v1, kind: Pod, name: p}]}}",
        "metadata.ownerReferences.uid: Invalid value: \"\": must not be empty
         metadata.finalizers: Invalid value: \"Not Valid\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')
         metadata.finalizers[0]: Invalid value: \"Not Valid\": name is neither a standard finalizer name nor is it fully qualified
         metadata.finalizers[1]: Invalid value: \"unqualified\": name is neither a standard finalizer name nor is it fully qualified",
    );
}

#[test]
fn definitions_are_validated() {
    let definition = |name: &str, versions: &str, scope: &str| {
        format!(
            "{{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {{name: {name}}}, spec: {{group: example.com, scope: {scope}, names: {{plural: things, kind: Thing}}, versions: {versions}}}}}"
        )
    };
    let good = "[{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]";
    check(&definition("things.example.com", good, "Namespaced"), "");
    check(
        &definition("things", good, "Namespaced"),
        "metadata.name: Invalid value: \"things\": must be spec.names.plural+\".\"+spec.group",
    );
    check(
        &definition("things.example.com", "[{name: v1, served: true, storage: true}]", "Namespaced"),
        "spec.versions[0].schema.openAPIV3Schema: Required value",
    );
    let found = complaints(
        &definition(
            "things.example.com",
            "[{name: v1, served: true, schema: {openAPIV3Schema: {type: object}}}, {name: '1', schema: {openAPIV3Schema: {properties: {spec: {}}}}}]",
            "namespaced",
        ),
        None,
    );
    let fields: Vec<&str> = found.lines().filter_map(|line| line.split(": ").next()).collect();
    assert_eq!(
        fields,
        [
            "spec.scope",
            "spec.versions[1].name",
            "spec.versions[1].schema.openAPIV3Schema.properties[spec].type",
            "spec.versions[1].schema.openAPIV3Schema.type",
            "spec.versions",
            "status.storedVersions",
        ]
    );
}

#[test]
fn what_is_odd_but_allowed_is_warned_of() {
    let warned = |text: &str| -> Vec<String> {
        let mut object = Object(serde_yaml::from_str(text).unwrap());
        let kind = of(object.api_version(), object.kind()).expect("a kind");
        (kind.defaults)(&mut object);
        (kind.warnings)(&object)
    };
    assert_eq!(
        warned(
            "{apiVersion: apps/v1, kind: Deployment, spec: {template: {spec: {nodeSelector: {beta.kubernetes.io/os: linux}, containers: [{name: c, image: i, env: [{name: A}, {name: A}]}]}}}}"
        ),
        [
            "spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use \"kubernetes.io/os\" instead",
            "spec.template.spec.containers[0].env[1]: hides previous definition of \"A\", which may be dropped when using apply",
        ]
    );
    assert_eq!(
        warned(
            "{apiVersion: v1, kind: Pod, spec: {containers: [{name: c, image: i, ports: [{containerPort: 80}, {containerPort: 80}]}]}}"
        ),
        ["spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]"]
    );
}
