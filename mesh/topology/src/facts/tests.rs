use serde_json::{Value, json};

use super::quantity::weights;
use super::*;

fn weighed(written: &[Value]) -> Vec<u64> {
    weights(&written.iter().collect::<Vec<&Value>>())
}

#[test]
fn weights_keep_their_ratio_whatever_their_units() {
    for (written, weights) in [
        (json!([95, 5]), vec![95, 5]),
        (json!(["10m", "90m"]), vec![10, 90]),
        (json!(["500m", "1"]), vec![500, 1000]),
        (json!(["1", "2"]), vec![1, 2]),
        (json!([0.5, 1.5]), vec![500, 1500]),
        (json!(["0.5", "1e3"]), vec![500, 1_000_000]),
        (json!(["1k", "1"]), vec![1000, 1]),
        (json!(["1Ki", "1"]), vec![1024, 1]),
        (json!(["1u", "1m"]), vec![1, 1000]),
        (json!([0, 100]), vec![0, 100]),
        (json!(["+3", "1."]), vec![3, 1]),
        (json!(["2E", "1E"]), vec![200_000_000, 100_000_000]),
    ] {
        assert_eq!(weighed(written.as_array().unwrap()), weights, "{written}");
    }
}

#[test]
fn what_is_no_weight_weighs_nothing() {
    for written in [
        json!(null),
        json!(-1),
        json!(""),
        json!("m"),
        json!("1x"),
        json!("1.2.3"),
        json!([1]),
        json!("1e99"),
    ] {
        assert_eq!(weighed(&[written.clone(), json!(1)]), [0, 1], "{written}");
    }
    assert_eq!(weighed(&[]), [0u64; 0]);
}

#[test]
fn headers_are_read_as_a_map_and_as_a_list_of_maps() {
    let group = |headers: Value| {
        HttpGroup::read(json!({"spec": {"matches": [{"name": "m", "headers": headers}]}})).unwrap()
    };
    let expected: Vec<(Arc<str>, Arc<str>)> = vec![("a".into(), "1".into()), ("b".into(), "2".into())];
    for headers in
        [json!({"b": "2", "a": "1"}), json!([{"b": "2"}, {"a": "1"}]), json!([{"b": "2", "a": "1"}])]
    {
        assert_eq!(group(headers.clone()).matches[0].headers, expected, "{headers}");
    }
}

#[test]
fn targets_of_all_versions_say_the_same() {
    let destination = json!({"kind": "ServiceAccount", "name": "cart", "namespace": "shop"});
    let sources = json!([{"kind": "ServiceAccount", "name": "web", "namespace": "shop"}]);
    let rules = json!([{"kind": "TCPRoute", "name": "any"}, {"kind": "HTTPRouteGroup", "name": "g", "matches": ["m"]}]);
    let first = json!({"destination": destination, "sources": sources, "specs": rules});
    let later = json!({"spec": {"destination": destination, "sources": sources, "rules": rules}});
    assert_eq!(Target::read(first), Target::read(later.clone()));
    let target = Target::read(later).unwrap();
    assert_eq!((target.rules.len(), target.port), (2, None));
    assert_eq!(Target::read(json!({"spec": {}})), None);
}

#[test]
fn what_is_not_used_makes_no_other_fact() {
    let service = |version: &str| {
        Service::read(json!({
            "metadata": {"resourceVersion": version, "labels": {"team": version}},
            "spec": {"clusterIP": "10.0.0.1", "ports": [{"port": 80}]},
            "status": {"loadBalancer": {}},
        }))
    };
    assert_eq!(service("1"), service("2"));
}

#[test]
fn a_port_without_a_target_is_the_same_at_the_pods() {
    let service = Service::read(
        json!({"spec": {"ports": [{"port": 80}, {"port": 81, "targetPort": "web"}, {"port": 0}]}}),
    );
    let targets: Vec<PodPort> = service.unwrap().ports.into_iter().map(|port| port.target).collect();
    assert_eq!(targets, [PodPort::Number(80), PodPort::Name("web".into())]);
}

#[test]
fn an_endpoint_is_ready_unless_it_says_otherwise() {
    let slice = |conditions: Value| {
        Slice::read(json!({
            "metadata": {"namespace": "shop", "labels": {"kubernetes.io/service-name": "cart"}},
            "endpoints": [{"addresses": ["10.0.0.1"], "conditions": conditions, "targetRef": {"kind": "Pod", "name": "p"}}],
        }))
        .unwrap()
    };
    assert!(slice(json!({})).endpoints[0].is_ready);
    let ending = slice(json!({"ready": false, "serving": true, "terminating": true}));
    let ending = &ending.endpoints[0];
    assert!(!ending.is_ready && ending.is_serving && ending.is_terminating);
    assert_eq!(ending.target, EndpointTarget::Pod(Key::new(&"shop".into(), &"p".into())));
    assert_eq!(Slice::read(json!({"metadata": {"name": "x"}})), None);
}

#[test]
fn a_pod_is_ready_when_all_its_containers_are() {
    let pod = |ready: Value| {
        Pod::read(json!({"spec": {}, "status": {"containerStatuses": ready}})).unwrap().is_ready
    };
    assert!(pod(json!([{"ready": true}, {"ready": true}])));
    assert!(!pod(json!([{"ready": true}, {"ready": false}])));
    assert!(!pod(json!([])));
}
