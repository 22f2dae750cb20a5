use serde_json::{Value, json};
use windrose_config::{Source, Tree};

use super::*;
use crate::options::Options;

fn container(inspected: Value) -> Container {
    Container::new(serde_json::from_value(inspected).unwrap())
}

fn web() -> Container {
    container(json!({
        "Id": "1", "Name": "/web_1", "Created": "2026-01-01T00:00:00.5Z",
        "State": {"Status": "running", "Health": null},
        "Config": {"Labels": {"a": "b"}},
        "HostConfig": {"NetworkMode": "shop_default"},
        "NetworkSettings": {
            "Ports": {
                "9000/tcp": null, "443/udp": [],
                "8080/tcp": [{"HostIp": "192.0.2.7", "HostPort": "18080"}, {"HostIp": "::", "HostPort": "18080"}],
            },
            "Networks": {
                "b": {"IPAddress": "10.0.0.2", "GlobalIPv6Address": "fd00::2"},
                "a": {"IPAddress": "", "GlobalIPv6Address": "fd00::1"},
                "gone": null,
            },
        },
    }))
}

fn choice() -> Choice {
    Options::decode(&Tree::null(), &Source::other("nothing")).unwrap().choice
}

fn nobody<'a>() -> Around<'a> {
    Around { host: "192.0.2.1", find: &|_| None }
}

/// The first server of the first service.
fn server(container: &Container, choice: &Choice, around: &Around<'_>) -> Option<String> {
    let config = container.declare(choice, around)?;
    let services = serde_json::to_value(&config.http.services).unwrap();
    let (_, service) = services.as_object()?.iter().next()?;
    Some(service["loadBalancer"]["servers"][0]["url"].as_str().unwrap_or("none").to_owned())
}

fn labelled(mut container: Container, labels: &[(&str, &str)]) -> Container {
    container.labels.extend(labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    container
}

#[test]
fn names_are_those_of_traefik() {
    assert_eq!((web().own_name(), web().owner()), ("web-1".to_owned(), "container web_1".to_owned()));
    let compose = labelled(web(), &[(COMPOSE_SERVICE, "api"), (COMPOSE_PROJECT, "my_shop")]);
    assert_eq!(compose.own_name(), "api-my-shop");
    assert_eq!(labelled(web(), &[(COMPOSE_SERVICE, "api")]).own_name(), "web-1");
}

#[test]
fn the_lowest_port_and_the_first_network_count_unless_labels_say_more() {
    let port = "traefik.http.services.s.loadbalancer.server.port";
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[], "http://[fd00::1]:443"),
        (&[(port, "9000")], "http://[fd00::1]:9000"),
        (&[("traefik.docker.network", "b")], "http://10.0.0.2:443"),
        (&[("traefik.docker.network", "none")], "http://[fd00::1]:443"),
        (&[("traefik.http.services.s.loadbalancer.server.scheme", "https")], "https://[fd00::1]:443"),
    ];
    for (labels, expected) in cases {
        let server = server(&labelled(web(), labels), &choice(), &nobody());
        assert_eq!(server.as_deref(), Some(*expected), "{labels:?}");
    }
    let front = Choice { network: "b".into(), ..choice() };
    assert_eq!(server(&web(), &front, &nobody()).unwrap(), "http://10.0.0.2:443");
    let empty = labelled(web(), &[("traefik.docker.network", "")]);
    assert_eq!(server(&empty, &front, &nobody()).unwrap(), "http://[fd00::1]:443");
    let missing = labelled(web(), &[("traefik.docker.network", "none")]);
    let config = missing.declare(&choice(), &nobody()).unwrap();
    let text = config.problems[0].to_string();
    assert!(text.starts_with("container web_1: warning: container web_1 is in no network `none`"), "{text}");
}

#[test]
fn published_ports_are_used_where_they_lead_somewhere() {
    let bound = Choice { use_bind_port_ip: true, ..choice() };
    let with = |port: &str| labelled(web(), &[("traefik.http.services.s.loadbalancer.server.port", port)]);
    assert_eq!(server(&with("8080"), &bound, &nobody()).unwrap(), "http://192.0.2.7:18080");
    assert_eq!(server(&with("9000"), &bound, &nobody()).unwrap(), "http://[fd00::1]:9000");
    let mut open = with("8080");
    open.ports.iter_mut().for_each(|port| port.bindings = vec![("0.0.0.0".into(), "1".into())]);
    assert_eq!(server(&open, &bound, &nobody()).unwrap(), "http://[fd00::1]:8080");
}

#[test]
fn the_network_of_the_host_or_of_another_container_is_used() {
    let mut host = web();
    (host.mode, host.networks) = (Mode::Host, BTreeMap::from([("host".to_owned(), String::new())]));
    assert_eq!(server(&host, &choice(), &nobody()).unwrap(), "http://192.0.2.1:443");
    let target = labelled(web(), &[("traefik.docker.network", "b")]);
    let mut guest = web();
    (guest.mode, guest.networks) = (Mode::Of("1".to_owned()), BTreeMap::new());
    let around = Around { host: "x", find: &|id| (id == "1").then_some(&target) };
    assert_eq!(server(&guest, &choice(), &around).unwrap(), "http://10.0.0.2:443");
    // One that is not there, and one that shares with itself.
    let config = guest.declare(&choice(), &nobody()).unwrap();
    assert!(config.problems[0].message.contains("has no address in any network"), "{:?}", config.problems);
    let around = Around { host: "x", find: &|_| Some(&guest) };
    assert!(server(&guest, &choice(), &around).is_none());
}

#[test]
fn only_what_serves_is_kept_unless_somebody_wants_more() {
    let with = |status: &str, health: &str, labels: &[(&str, &str)]| {
        let mut container = labelled(web(), labels);
        (container.status, container.health) = (status.to_owned(), health.to_owned());
        container
    };
    let stopped = [("traefik.docker.allownonrunning", "true")];
    let empty = Choice { allow_empty_services: true, ..choice() };
    let hidden = Choice { exposed_by_default: false, ..choice() };
    let other = Choice {
        constraints: labels::Constraints::parse("Label(`a`,`c`)", labels::Subject::Labels).unwrap(),
        ..choice()
    };
    let at = "http://[fd00::1]:443";
    let cases = [
        (with("running", "", &[]), choice(), Some(at)),
        (with("running", "healthy", &[]), choice(), Some(at)),
        (with("running", "none", &[]), choice(), Some(at)),
        (with("running", "starting", &[]), choice(), None),
        (with("running", "unhealthy", &[]), choice(), None),
        (with("running", "unhealthy", &[]), empty.clone(), Some("none")),
        (with("running", "unhealthy", &stopped), choice(), Some("none")),
        (with("exited", "", &[]), empty, None),
        (with("paused", "", &[]), choice(), None),
        (with("exited", "", &stopped), choice(), Some("none")),
        (with("running", "", &stopped), choice(), Some(at)),
        (with("running", "", &[("traefik.enable", "false")]), choice(), None),
        (with("running", "", &[]), hidden.clone(), None),
        (with("running", "", &[("traefik.enable", "true")]), hidden, Some(at)),
        (with("running", "", &[]), other, None),
    ];
    for (number, (container, choice, expected)) in cases.iter().enumerate() {
        assert_eq!(server(container, choice, &nobody()).as_deref(), *expected, "case {number}");
    }
}

#[test]
fn labels_that_cannot_be_understood_close_the_places_of_the_container() {
    let typo = [("traefik.docker.netwrok", "b"), ("traefik.http.routers.r.rule", "Path(`/`)")];
    let config = labelled(web(), &typo).declare(&choice(), &nobody()).unwrap();
    assert!(config.http.routers.is_empty() && config.http.services.is_empty());
    assert!(config.http.closed.contains_key("r"));
    let [problem] = config.problems.as_slice() else { panic!("{:?}", config.problems) };
    assert_eq!(problem.nearest.as_deref(), Some("network"));
    let switch = [("traefik.enable", "yes"), ("traefik.http.routers.r.rule", "Path(`/`)")];
    let config = labelled(web(), &switch).declare(&choice(), &nobody()).unwrap();
    assert!(config.http.closed.is_empty() && config.problems.len() == 1);
}

#[test]
fn a_container_is_about_to_end_when_its_own_signal_is_sent() {
    let cases = [
        ("", "15", true),
        ("", "SIGTERM", true),
        ("", "9", true),
        ("", "1", false),
        ("SIGQUIT", "3", true),
        ("sigquit", "15", false),
        ("QUIT", "SIGKILL", true),
        ("SIGRTMIN+3", "37", true),
        ("12", "USR2", true),
        ("odd", "15", true),
        ("", "odd", false),
        ("", "", false),
    ];
    for (own, sent, expected) in cases {
        assert_eq!(Stop::new(own, None).is_by(sent), expected, "{own} {sent}");
    }
    assert_eq!(Stop::new("", Some(3)).grace.as_secs(), 3);
    assert_eq!(Stop::new("", None).grace.as_secs(), 10);
    assert_eq!(Stop::new("", Some(-1)).grace.as_secs(), 3600);
}
