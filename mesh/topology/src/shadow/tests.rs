use serde_json::{Value, json};

use super::*;
use crate::facts::Fact;
use crate::settings::Limits;

fn key(namespace: &str, name: &str) -> Key {
    Key { namespace: namespace.into(), name: name.into() }
}

/// Facts with TCP services of these names in namespace `shop`, each with one port.
fn tcp(names: &[&str]) -> Facts {
    let mut facts = Facts::default();
    for name in names {
        let service = json!({
            "metadata": {"annotations": {"mesh.traefik.io/traffic-type": "tcp"}},
            "spec": {"ports": [{"port": 1, "protocol": "TCP"}]},
        });
        facts.services.insert(("shop".into(), (*name).into()), Arc::new(Service::read(service).unwrap()));
    }
    facts
}

fn with_tcp_limit(tcp: u16) -> Settings {
    Settings { limits: Limits { http: 10, tcp, udp: 25 }, ..Settings::default() }
}

fn entry_of(ports: &Ports, name: &str) -> Option<u16> {
    ports.find(Protocol::Tcp, &Claim::new(&key("shop", name), 1))
}

#[test]
fn a_name_is_that_of_traefik_mesh_while_it_is_short_enough() {
    assert_eq!(name("maesh", &key("shop", "cart")), "maesh-cart-6d61657368-shop");
    let longest = key("shop", &"a".repeat(63 - "maesh--6d61657368-shop".len()));
    assert_eq!(name("maesh", &longest).len(), 63);
    assert!(name("maesh", &longest).ends_with("-6d61657368-shop"));
}

#[test]
fn a_long_name_ends_with_a_digest_and_stays_a_name() {
    for length in 42..=63 {
        let service = key("shop", &("a".repeat(length - 1) + "b"));
        let long = name("maesh", &service);
        assert!(long.len() <= 63 && long.starts_with("maesh-aaa"), "{long}");
        assert_eq!(long, name("maesh", &service));
        assert_ne!(long, name("maesh", &key("other", &service.name)));
    }
    let dashes = name("maesh", &key("shop", &format!("a{}b", "-".repeat(60))));
    assert!(!dashes.contains("--") || dashes.len() <= 63, "{dashes}");
}

#[test]
fn names_that_can_be_read_two_ways_are_two_names() {
    let first = name("maesh", &key("c", "a-6d61657368-b"));
    let second = name("maesh", &key("b-6d61657368-c", "a"));
    assert_ne!(first, second);
    assert!(!first.contains(names_infix()) && !second.contains(names_infix()));
}

fn names_infix() -> &'static str {
    "-6d61657368-"
}

#[test]
fn a_shadow_says_whose_it_is() {
    let settings = Settings::default();
    for service in [key("shop", "cart"), key("shop", &"a".repeat(60)), key("b-6d61657368-c", "a")] {
        let shadow = Shadow { service: service.clone(), ports: Vec::new() };
        assert_eq!(origin(&shadow.object(&settings), "maesh"), Some(service));
    }
    let named = |name: &str| json!({"metadata": {"name": name}});
    assert_eq!(origin(&named("maesh-cart-6d61657368-shop"), "maesh"), Some(key("shop", "cart")));
    assert_eq!(origin(&named("maesh-cart-6d61657368-shop"), "mesh"), None);
    assert_eq!(origin(&named("traefik-mesh-controller"), "traefik-mesh"), None);
}

#[test]
fn an_entry_point_stays_with_its_port() {
    let (settings, mut ports) = (Settings::default(), Ports::default());
    ports.settle(&tcp(&["b", "c"]), &settings);
    assert_eq!((entry_of(&ports, "b"), entry_of(&ports, "c")), (Some(10000), Some(10001)));
    ports.settle(&tcp(&["a", "b", "c"]), &settings);
    assert_eq!(
        (entry_of(&ports, "a"), entry_of(&ports, "b"), entry_of(&ports, "c")),
        (Some(10002), Some(10000), Some(10001))
    );
}

#[test]
fn an_entry_point_that_is_given_back_goes_to_a_port_that_waits() {
    let (settings, mut ports) = (with_tcp_limit(2), Ports::default());
    ports.settle(&tcp(&["a", "b", "c"]), &settings);
    assert_eq!(entry_of(&ports, "c"), None);
    ports.settle(&tcp(&["b", "c"]), &settings);
    assert_eq!((entry_of(&ports, "b"), entry_of(&ports, "c")), (Some(10001), Some(10000)));
}

#[test]
fn another_traffic_type_gives_entry_points_back() {
    let (settings, mut ports) = (Settings::default(), Ports::default());
    ports.settle(&tcp(&["a"]), &settings);
    let mut facts = tcp(&["a"]);
    let plain = Service::read(json!({"spec": {"ports": [{"port": 1}]}})).unwrap();
    facts.services.insert(("shop".into(), "a".into()), Arc::new(plain));
    ports.settle(&facts, &settings);
    assert_eq!(entry_of(&ports, "a"), None);
}

#[test]
fn entry_points_are_found_in_the_shadows_that_are_there() {
    let shadow = |name: &str, port: u16, target: u16| -> Value {
        json!({"metadata": {"name": name}, "spec": {"ports": [{"port": port, "targetPort": target}]}})
    };
    let shadows = [
        shadow("maesh-b-6d61657368-shop", 1, 10001),
        shadow("maesh-a-6d61657368-shop", 1, 10001),
        shadow("maesh-c-6d61657368-shop", 1, 10024),
        shadow("maesh-d-6d61657368-shop", 1, 10025),
        shadow("maesh-web-6d61657368-shop", 80, 5000),
        shadow("other", 1, 10003),
    ];
    let mut ports = Ports::restore(&shadows, &Settings::default());
    let found = |ports: &Ports| ["a", "b", "c", "d"].map(|name| entry_of(ports, name));
    assert_eq!(found(&ports), [Some(10001), None, Some(10024), None]);
    ports.settle(&tcp(&["a", "b", "c", "d"]), &Settings::default());
    assert_eq!(found(&ports), [Some(10001), Some(10000), Some(10024), Some(10002)]);
}

#[test]
fn fewer_entry_points_take_back_those_beyond() {
    let mut ports = Ports::default();
    ports.settle(&tcp(&["a", "b"]), &Settings::default());
    ports.settle(&tcp(&["a", "b"]), &with_tcp_limit(1));
    assert_eq!((entry_of(&ports, "a"), entry_of(&ports, "b")), (Some(10000), None));
}
