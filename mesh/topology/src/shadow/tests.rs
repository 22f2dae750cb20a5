//! Ports and names.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Ports, name, wanted};
use crate::facts::{Fact, Facts, Key, Service};
use crate::settings::{Mode, Settings};

fn key(namespace: &str, name: &str) -> Key {
    (namespace.into(), name.into())
}

fn service(ports: &[u16], mode: &str) -> Arc<Service> {
    let protocol = if mode == "udp" { "UDP" } else { "TCP" };
    let ports: Vec<Value> =
        ports.iter().map(|port| json!({"port": port, "targetPort": port, "protocol": protocol})).collect();
    let object = json!({
        "metadata": {"annotations": {"mesh.traefik.io/traffic-type": mode}},
        "spec": {"ports": ports, "clusterIP": "10.0.0.1"},
    });
    Arc::new(Service::read(object).unwrap())
}

/// Takes the wanted shadow services in as if they had been written.
fn write(facts: &mut Facts, settings: &Settings) -> usize {
    let mut problems = Vec::new();
    let ports = Ports::of(facts, settings, &mut problems);
    let shadows = wanted(facts, &ports, settings);
    let is_shadow = |key: &Key| key.0 == settings.namespace;
    facts.services.retain(|key, _| !is_shadow(key));
    for (name, shadow) in shadows {
        let object = shadow.object(&name, settings);
        let read = Arc::new(Service::read(object).unwrap());
        assert!(shadow.is(&read), "{shadow:?}");
        facts.services.insert((Arc::clone(&settings.namespace), name), read);
    }
    problems.len()
}

fn target(facts: &Facts, settings: &Settings, of: &Key, mode: Mode, port: u16) -> Option<u16> {
    Ports::of(facts, settings, &mut Vec::new()).get(mode, of, port)
}

#[test]
fn names_are_those_of_traefik_mesh_unless_they_are_too_long() {
    let settings = Settings::default();
    assert_eq!(&*name(&key("shop", "cart"), &settings), "maesh-cart-6d61657368-shop");
    let (long, other) = ("a".repeat(60), "a".repeat(61));
    let names = [name(&key("shop", &long), &settings), name(&key("shop", &other), &settings)];
    assert!(names.iter().all(|name| name.len() <= 63 && name.starts_with("maesh-aaaa")), "{names:?}");
    assert_ne!(names[0], names[1]);
}

#[test]
fn a_port_stays_while_it_is_used_and_is_another_ones_then() {
    let settings = Settings { tcp_ports: 2, ..Settings::default() };
    let mut facts = Facts::default();
    let (a, b, c) = (key("n", "a"), key("n", "b"), key("n", "c"));
    facts.services.insert(b.clone(), service(&[80], "tcp"));
    facts.services.insert(c.clone(), service(&[80], "tcp"));
    assert_eq!(write(&mut facts, &settings), 0);
    facts.services.insert(a.clone(), service(&[80], "tcp"));
    // There is none left, and nobody else loses one.
    assert_eq!(write(&mut facts, &settings), 1);
    let seen = |facts: &Facts, of: &Key| target(facts, &settings, of, Mode::Tcp, 80);
    assert_eq!([seen(&facts, &a), seen(&facts, &b), seen(&facts, &c)], [None, Some(10_000), Some(10_001)]);
    // The one that waits takes what is freed.
    facts.services.insert(b.clone(), service(&[80], "http"));
    assert_eq!(write(&mut facts, &settings), 0);
    assert_eq!([seen(&facts, &a), seen(&facts, &b), seen(&facts, &c)], [Some(10_000), None, Some(10_001)]);
}

#[test]
fn modes_have_ports_of_their_own() {
    let settings = Settings::default();
    let mut facts = Facts::default();
    facts.services.insert(key("n", "t"), service(&[80, 443], "tcp"));
    facts.services.insert(key("n", "u"), service(&[53], "udp"));
    facts.services.insert(key("n", "h"), service(&[80, 81], "http"));
    assert_eq!(write(&mut facts, &settings), 0);
    assert_eq!(target(&facts, &settings, &key("n", "t"), Mode::Tcp, 443), Some(10_001));
    assert_eq!(target(&facts, &settings, &key("n", "u"), Mode::Udp, 53), Some(15_000));
    let ports = |name: &str| {
        let shadow = &facts.services[&key("maesh", name)];
        shadow.ports.iter().map(|port| port.target.clone()).collect::<Vec<_>>()
    };
    let number = crate::facts::TargetPort::Number;
    assert_eq!(ports("maesh-h-6d61657368-n"), [number(5000), number(5001)]);
    assert_eq!(ports("maesh-t-6d61657368-n"), [number(10_000), number(10_001)]);
}

#[test]
fn shadow_services_of_traefik_mesh_keep_their_ports() {
    let settings = Settings::default();
    let mut facts = Facts::default();
    facts.services.insert(key("n-6d61657368-x", "a"), service(&[80], "tcp"));
    facts.services.insert(key("n", "b"), service(&[80], "tcp"));
    let shadow = |target: u16| {
        let object = json!({
            "metadata": {"labels": {"app": "maesh", "type": "shadow"}},
            "spec": {"ports": [{"port": 80, "targetPort": target, "protocol": "TCP"}]},
        });
        Arc::new(Service::read(object).unwrap())
    };
    facts.services.insert(key("maesh", "maesh-b-6d61657368-n"), shadow(10_007));
    assert_eq!(target(&facts, &settings, &key("n", "b"), Mode::Tcp, 80), Some(10_007));
    assert_eq!(target(&facts, &settings, &key("n-6d61657368-x", "a"), Mode::Tcp, 80), Some(10_000));
}
