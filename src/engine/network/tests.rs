use super::*;
use crate::json;
use crate::meta::Value;
use crate::store::{Key, Store};

fn pod(namespace: &str, name: &str) -> Object {
    Object(json!({
        "metadata": {"name": name, "namespace": namespace, "uid": name, "labels": {"app": name}},
        "spec": {"containers": [{"ports": [{"name": "http", "containerPort": 80}]}]},
    }))
}

/// Pods `web` (10.244.0.2, listening on 80), `other` and, in namespace `far`, `guest`; service `web`.
fn network(more: &[(&str, &str, &str, Value)]) -> (Network, Clock) {
    let clock = Clock::default();
    let network = Network::new(&clock, &Rng::seeded(1));
    for (at, (namespace, name)) in [("default", "web"), ("default", "other"), ("far", "guest")].iter().enumerate() {
        let net = Loopback::new(&clock);
        if *name == "web" {
            net.serve(80, Rc::new(|connection| connection.close())).unwrap();
        }
        network.plug(&format!("10.244.0.{}", at + 2).into(), &net, &pod(namespace, name));
    }
    network.plug_machine(&"192.0.2.2".into(), &Loopback::new(&clock));
    let slice = json!({
        "metadata": {"labels": {"kubernetes.io/service-name": "web"}}, "ports": [{"name": "", "port": 80}],
        "endpoints": [
            {"addresses": ["10.244.0.2"], "conditions": {"ready": true}, "hostname": "web-0"},
            {"addresses": ["10.244.0.99"], "conditions": {"ready": false}},
        ],
    });
    let ports = json!([{"port": 8080, "nodePort": 30080}]);
    let mut objects = vec![
        ("services", "default", "web", json!({"spec": {"clusterIP": "10.96.0.7", "ports": ports}})),
        ("services", "default", "none", json!({"spec": {"clusterIP": "10.96.0.8", "ports": [{"port": 8080}]}})),
        ("services", "default", "bare", json!({"spec": {"clusterIP": "None"}})),
        ("endpointslices.discovery.k8s.io", "default", "web-x", slice.clone()),
        ("namespaces", "", "far", json!({"metadata": {"labels": {"team": "far"}}})),
    ];
    let mut bare = slice;
    bare.set(&["metadata", "labels", "kubernetes.io/service-name"], "bare");
    objects.push(("endpointslices.discovery.k8s.io", "default", "bare-x", bare));
    objects.extend(more.iter().cloned());
    let mut store = Store::default();
    for (resource, namespace, name, object) in objects {
        let key = Key { resource: resource.into(), namespace: namespace.into(), name: name.into() };
        store.commit(Time(0), key, Some(Object(object)));
    }
    let mut component = network.clone();
    store.since(0).iter().for_each(|change| component.observe(change));
    (network, clock)
}

fn from(name: &str) -> From {
    match name {
        "guest" => From::Pod("10.244.0.4".into(), "far".into()),
        "other" => From::Pod("10.244.0.3".into(), "default".into()),
        "node" => From::Machine("192.0.2.2".into()),
        _ => From::Outside,
    }
}

#[test]
fn connections_find_pods_services_and_node_ports() {
    let (network, _) = network(&[]);
    for (who, address, port, expect) in [
        ("other", "10.244.0.2", 80, Ok(())),
        ("guest", "10.244.0.2", 80, Ok(())),
        ("other", "10.244.0.2", 81, Err(NetError::Refused)),
        ("other", "10.244.0.77", 80, Err(NetError::TimedOut)),
        ("other", "10.96.0.7", 8080, Ok(())),
        ("other", "10.96.0.7", 80, Err(NetError::TimedOut)),
        ("other", "10.96.0.8", 8080, Err(NetError::Refused)),
        ("outside", "192.0.2.2", 30080, Ok(())),
        ("outside", "192.0.2.2", 30081, Err(NetError::Refused)),
        ("outside", "10.96.0.7", 8080, Err(NetError::TimedOut)),
    ] {
        assert_eq!(network.connect(&from(who), address, port).map(drop), expect, "{who} {address}:{port}");
    }
}

#[test]
fn names_are_resolved_with_the_search_list() {
    let (network, _) = network(&[]);
    for (who, name, expect) in [
        ("other", "web", Some("10.96.0.7")),
        ("guest", "web", None),
        ("guest", "web.default", Some("10.96.0.7")),
        ("guest", "web.default.svc", Some("10.96.0.7")),
        ("guest", "web.default.svc.cluster.local.", Some("10.96.0.7")),
        ("other", "bare", Some("10.244.0.2")),
        ("other", "web-0.bare", Some("10.244.0.2")),
        ("other", "web-1.bare", None),
        ("other", "10-244-0-9.far.pod.cluster.local", Some("10.244.0.9")),
        ("other", "other", Some("10.244.0.3")),
        ("other", "nosuch.example", None),
        ("outside", "web", None),
    ] {
        let answer = network.resolve(&from(who), name).ok().map(|addresses| addresses.join(" "));
        assert_eq!(answer.as_deref(), expect, "{who} {name}");
    }
}

#[test]
fn policies_drop_what_they_do_not_allow() {
    let policy = |spec: Value| ("networkpolicies.networking.k8s.io", "default", "p", json!({"spec": spec}));
    for (spec, other, guest) in [
        (json!({"podSelector": {}}), false, false),
        (json!({"podSelector": {"matchLabels": {"app": "else"}}}), true, true),
        (json!({"podSelector": {}, "ingress": [{}]}), true, true),
        (json!({"podSelector": {}, "ingress": [{"from": [{"podSelector": {}}]}]}), true, false),
        (
            json!({"podSelector": {}, "ingress": [{"from": [{"namespaceSelector": {"matchLabels": {"team": "far"}}}]}]}),
            false,
            true,
        ),
        (json!({"podSelector": {}, "ingress": [{"from": [{"ipBlock": {"cidr": "10.244.0.4/32"}}]}]}), false, true),
        (json!({"podSelector": {}, "ingress": [{"ports": [{"port": "http"}]}]}), true, true),
        (json!({"podSelector": {}, "ingress": [{"ports": [{"port": 81}]}]}), false, false),
        (json!({"podSelector": {"matchLabels": {"app": "other"}}, "policyTypes": ["Egress"]}), false, true),
    ] {
        let (network, _) = network(&[policy(spec.clone())]);
        let reaches = |who: &str| network.connect(&from(who), "10.244.0.2", 80).is_ok();
        assert_eq!((reaches("other"), reaches("guest")), (other, guest), "{spec}");
        assert!(reaches("node"), "{spec}");
    }
}
