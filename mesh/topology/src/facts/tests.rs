//! What is read of objects.

use serde_json::{Value, json};

use super::{Fact, HttpGroup, Pod, Service, Slice, Split, Target, TcpRoute};

fn weights(weights: &[Value]) -> Vec<u64> {
    let backends: Vec<Value> =
        weights.iter().map(|weight| json!({"service": "a", "weight": weight})).collect();
    let split = Split::read(json!({"spec": {"service": "r", "backends": backends}})).unwrap();
    split.backends.iter().map(|backend| backend.weight).collect()
}

#[test]
fn weights_are_numbers_and_quantities_by_their_value() {
    assert_eq!(weights(&[json!(80), json!(20)]), [80, 20]);
    assert_eq!(weights(&[json!("80"), json!(0)]), [80, 0]);
    assert_eq!(weights(&[json!("500m"), json!("1")]), [1, 2]);
    assert_eq!(weights(&[json!("10m"), json!("90m")]), [1, 9]);
    assert_eq!(weights(&[json!("1.5"), json!("500m")]), [3, 1]);
    assert_eq!(weights(&[json!("1k"), json!("1")]), [1000, 1]);
    assert_eq!(weights(&[json!("much"), json!(null)]), [0, 0]);
    assert_eq!(weights(&[json!(0)]), [0]);
}

#[test]
fn targets_are_the_same_in_every_version() {
    let first = json!({
        "destination": {"kind": "ServiceAccount", "name": "d", "namespace": "n", "port": 80},
        "sources": [{"kind": "ServiceAccount", "name": "s", "namespace": "n"}],
        "specs": [{"kind": "HTTPRouteGroup", "name": "g", "matches": ["m"]}],
    });
    let mut body = first.clone();
    let rules = body.as_object_mut().unwrap().remove("specs").unwrap();
    body["rules"] = rules;
    let second = json!({"spec": body});
    let (first, second) = (Target::read(first).unwrap(), Target::read(second).unwrap());
    assert_eq!(first, second);
    assert_eq!((first.port, first.sources.len(), &*first.rules[0].matches[0]), (Some(80), 1, "m"));
    assert_eq!(Target::read(json!({"spec": {"sources": []}})), None);
}

#[test]
fn groups_have_headers_in_both_forms() {
    let map = json!({"spec": {"matches": [{"name": "m", "headers": {"b": "2", "a": "1"}}]}});
    let list = json!({"matches": [{"name": "m", "headers": [{"b": "2"}, {"a": "1"}]}]});
    for object in [map, list] {
        let group = HttpGroup::read(object).unwrap();
        let headers: Vec<(&str, &str)> =
            group.matches[0].headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(headers, [("a", "1"), ("b", "2")]);
    }
    let any =
        HttpGroup::read(json!({"spec": {"matches": [{"name": "m", "methods": ["GET", "*"]}]}})).unwrap();
    assert!(any.matches[0].is_any());
}

#[test]
fn routes_name_ports_or_all() {
    let read = |spec: Value| TcpRoute::read(json!({"spec": spec})).unwrap().ports;
    assert_eq!(read(json!({})), [0; 0]);
    assert_eq!(read(json!({"matches": {"ports": [80, 8080]}})), [80, 8080]);
}

#[test]
fn annotations_have_an_older_name() {
    let service = Service::read(json!({"metadata": {"annotations": {
        "mesh.traefik.io/scheme": "h2c", "maesh.containo.us/scheme": "https", "maesh.containo.us/traffic-type": "tcp",
    }}}));
    let service = service.unwrap();
    assert_eq!(service.annotation("scheme"), Some("h2c"));
    assert_eq!(service.annotation("traffic-type"), Some("tcp"));
    assert_eq!(service.annotation("retry-attempts"), None);
}

#[test]
fn endpoints_are_pods_that_are_ready() {
    let slice = Slice::read(json!({
        "metadata": {"labels": {"kubernetes.io/service-name": "s"}},
        "endpoints": [
            {"targetRef": {"kind": "Pod", "name": "a"}},
            {"targetRef": {"kind": "Pod", "name": "b"}, "conditions": {"ready": false, "serving": true}},
            {"targetRef": {"kind": "Node", "name": "c"}},
            {"addresses": ["10.0.0.1"]},
        ],
    }));
    let seen: Vec<(String, bool)> = slice
        .unwrap()
        .endpoints
        .iter()
        .map(|endpoint| (endpoint.pod.to_string(), endpoint.is_ready))
        .collect();
    assert_eq!(seen, [("a".to_owned(), true), ("b".to_owned(), false)]);
}

#[test]
fn a_pod_that_has_ended_has_no_address() {
    let pod = |phase: &str| Pod::read(json!({"status": {"podIP": "10.0.0.1", "phase": phase}})).unwrap();
    assert_eq!(&*pod("Running").ip, "10.0.0.1");
    assert_eq!(&*pod("Succeeded").ip, "");
    assert_eq!(&*pod("Failed").ip, "");
}

#[test]
fn ports_are_found_by_name_and_protocol() {
    let service = Service::read(json!({"spec": {"ports": [
        {"port": 80, "targetPort": "web"}, {"port": 81, "targetPort": 8081}, {"port": 82},
        {"port": 83, "targetPort": "web", "protocol": "UDP"}, {"port": 84, "targetPort": "none"},
    ]}}));
    let pod = Pod::read(json!({"spec": {"containers": [
        {"ports": [{"containerPort": 8080, "name": "web", "protocol": "TCP"}]},
        {"ports": [{"containerPort": 8083, "name": "web", "protocol": "UDP"}]},
    ]}}));
    let pod = pod.unwrap();
    let seen: Vec<Option<u16>> = service.unwrap().ports.iter().map(|port| pod.resolve(port)).collect();
    assert_eq!(seen, [Some(8080), Some(8081), Some(82), Some(8083), None]);
}
