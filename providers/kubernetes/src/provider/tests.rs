use std::sync::Arc;

use serde_json::json;
use windrose_config::Severity;

use super::{events, status};
use crate::objects::{Change, Kind, World};
use crate::options::Published;
use crate::translate::{Subject, Verdict};

fn address(service: serde_json::Value) -> Option<serde_json::Value> {
    let mut world = World::default();
    (Kind::SERVICE.take)(&mut world, Change::Put(service));
    let node = json!({"metadata": {"name": "n"}, "status": {"addresses": [
        {"type": "InternalIP", "address": "192.0.2.1"}, {"type": "ExternalIP", "address": "203.0.113.1"}]}});
    (Kind::NODE.take)(&mut world, Change::Put(node));
    let published = Published::Service { namespace: "a".into(), name: "gateway".into() };
    status::address(&world, &published).map(|address| serde_json::to_value(address).unwrap())
}

#[test]
fn the_address_of_a_service_is_what_clients_reach_it_by() {
    let meta = json!({"namespace": "a", "name": "gateway"});
    let ports = json!([{"port": 443, "nodePort": 30443}]);
    let balanced = json!([{"ip": "203.0.113.9"}, {"hostname": "lb.example.com"}]);
    let of = |spec, status| address(json!({"metadata": meta, "spec": spec, "status": status}));
    let waiting = of(json!({"type": "LoadBalancer", "ports": ports}), json!({"loadBalancer": {}}));
    assert_eq!(waiting, None);
    let ready = of(json!({"type": "LoadBalancer"}), json!({"loadBalancer": {"ingress": balanced}}));
    assert_eq!(ready, Some(balanced));
    let node = of(json!({"type": "NodePort", "ports": ports}), json!({}));
    assert_eq!(node, Some(json!([{"ip": "203.0.113.1", "ports": [{"port": 30443, "protocol": "TCP"}]}])));
    let named = of(json!({"type": "ExternalName", "externalName": "example.com"}), json!({}));
    assert_eq!(named, Some(json!([{"hostname": "example.com"}])));
    let inside = of(json!({"externalIPs": ["203.0.113.5"], "ports": ports}), json!({}));
    assert_eq!(inside, Some(json!([{"ip": "203.0.113.5", "ports": [{"port": 443, "protocol": "TCP"}]}])));
}

#[test]
fn the_same_verdict_is_the_same_event_and_another_one_is_another() {
    let verdict = |message: &str| Verdict {
        subject: Subject {
            kind: "IngressRoute",
            namespace: "a".into(),
            name: "web".into(),
            uid: Arc::from("u"),
            is_old_group: false,
        },
        severity: Severity::Error,
        field: "spec.routes[0]".to_owned(),
        message: message.to_owned(),
    };
    let name = |message| events::event(&verdict(message), "2026-01-01T00:00:00Z")["metadata"]["name"].clone();
    assert_eq!(name("is odd"), name("is odd"));
    assert_ne!(name("is odd"), name("is empty"));
    let event = events::event(&verdict("is odd"), "2026-01-01T00:00:00Z");
    assert_eq!(event["involvedObject"]["apiVersion"], "traefik.io/v1alpha1");
    assert_eq!(event["message"], "spec.routes[0]: is odd");
}
