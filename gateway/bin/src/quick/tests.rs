use std::net::Ipv6Addr;

use super::notice::Cause;
use super::*;

fn plan(to: Target, flags: &[&str]) -> (Vec<String>, Plan) {
    let flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
    Plan::new(Quick { to, listen: None, security: Security::Plain, flags }).unwrap()
}

fn to(server: &str) -> Target {
    Target::Servers(vec![Forward { hosts: Vec::new(), server: server.to_owned() }])
}

#[test]
fn one_server_gets_everything() {
    let (flags, plan) = plan(to("localhost:3000"), &["--log.level=DEBUG"]);
    assert_eq!(flags, ["--entryPoints.web.address=127.0.0.1:8080", "--log.level=INFO", "--log.level=DEBUG"]);
    let routing = plan.routing();
    assert_eq!(routing.problems, []);
    let written = serde_json::to_value(&routing).unwrap();
    let router = &written["http"]["routers"]["everything"];
    let expected = json!({
        "entryPoints": ["web"], "middlewares": ["everything"], "service": "everything", "rule": "PathPrefix(`/`)",
        "priority": 1,
    });
    assert_eq!(*router, expected);
    let server = &written["http"]["services"]["everything"]["loadBalancer"]["servers"][0];
    assert_eq!(*server, json!({"url": "http://localhost:3000"}));
}

#[test]
fn the_demo_is_a_server_behind_the_gateway() {
    let (flags, plan) = plan(Target::Demo, &[]);
    let address = flags.iter().find_map(|flag| flag.strip_prefix("--entryPoints.demo.address=")).unwrap();
    let written = serde_json::to_value(plan.routing()).unwrap();
    let server = &written["http"]["services"]["everything"]["loadBalancer"]["servers"][0];
    assert_eq!(server["url"], format!("http://{address}"));
    assert_eq!(written["http"]["routers"]["demo"]["service"], "whoami@internal");
}

#[test]
fn the_invitation_names_an_address_that_can_be_reached() {
    let (_, demo) = plan(Target::Demo, &[]);
    let any = SocketAddr::from((Ipv6Addr::UNSPECIFIED, 8080));
    let text = demo.invitation(|_| Some(any)).unwrap();
    assert!(text.contains("curl -i http://localhost:8080/hello\n"), "{text}");
    assert!(text.starts_with("Windrose listens on port 8080 of every address of this machine"), "{text}");
    assert_eq!(demo.invitation(|_| None), None);
    let one = SocketAddr::from((Ipv4Addr::LOCALHOST, 81));
    let text = plan(to("h:3000"), &[]).1.invitation(|_| Some(one)).unwrap();
    let expected = "Windrose listens on http://127.0.0.1:81 and forwards to http://h:3000. Try:\n\n    \
                    curl -i http://127.0.0.1:81/\n";
    assert_eq!(text, expected);
}

#[test]
fn text_that_is_no_address_stays_text() {
    let (_, plan) = plan(to("x\"}], \"y\": [{"), &[]);
    let written = serde_json::to_value(plan.routing()).unwrap();
    let server = &written["http"]["services"]["everything"]["loadBalancer"]["servers"][0];
    assert_eq!(server["url"], "http://x\"}], \"y\": [{");
}

#[test]
fn every_host_has_a_router_of_its_own_and_a_line_to_try() {
    let forward = |hosts: &[&str], server: &str| Forward {
        hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
        server: server.to_owned(),
    };
    let servers =
        vec![forward(&["a.test", "b.test"], "x:1"), forward(&["*.c.test"], "https://y"), forward(&[], "z")];
    let quick =
        Quick { to: Target::Servers(servers), listen: None, security: Security::Tls, flags: Vec::new() };
    let (flags, plan) = Plan::new(quick).unwrap();
    assert!(flags.contains(&"--entryPoints.web.address=127.0.0.1:8443".to_owned()), "{flags:?}");
    assert!(flags.contains(&"--entryPoints.web.http.tls=true".to_owned()), "{flags:?}");
    let written = serde_json::to_value(plan.routing()).unwrap();
    let rules: Vec<&str> = written["http"]["routers"]
        .as_object()
        .unwrap()
        .values()
        .map(|router| router["rule"].as_str().unwrap())
        .collect();
    assert_eq!(rules, ["Host(`a.test`) || Host(`b.test`)", "Host(`*.c.test`)", "PathPrefix(`/`)"]);
    let routers = written["http"]["routers"].as_object().unwrap();
    assert_eq!(
        routers.values().map(|router| router["priority"].as_i64().unwrap()).collect::<Vec<_>>(),
        [3, 2, 1]
    );
    let text = plan.invitation(|_| Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 8443)))).unwrap();
    for line in [
        "    a.test, b.test to http://x:1",
        "Try:",
        "    *.c.test to https://y",
        "    everything else to http://z",
        "    curl -ik --connect-to a.test:8443:127.0.0.1:8443 https://a.test:8443/",
        "    curl -ik --connect-to any.c.test:8443:127.0.0.1:8443 https://any.c.test:8443/",
        "    curl -ik https://127.0.0.1:8443/",
    ] {
        assert!(text.lines().any(|found| found == line), "no {line:?} in:\n{text}");
    }
}

#[test]
fn every_cause_comes_with_what_to_do() {
    let dead = free().unwrap();
    for (cause, server, expected) in [
        (Cause::Connect, format!("http://{dead}"), "nothing listens on 127.0.0.1:"),
        (Cause::Connect, "http://no.such.name.invalid".to_owned(), "check its spelling"),
        (Cause::Connect, "unix:///nowhere/at/all".to_owned(), "start what listens on it"),
        (Cause::Timeout, "http://h".to_owned(), "check its address"),
        (Cause::Handshake, "https://h".to_owned(), "--serversTransport.insecureSkipVerify=true"),
        (Cause::Closed, "http://h".to_owned(), "write --to https://h"),
        (Cause::NotHttp, "http://h".to_owned(), "--to h2c://h"),
        (Cause::NotHttp, "https://h".to_owned(), "look at what listens there"),
        (Cause::NotHttp, "h2c://h".to_owned(), "speaks HTTP/1.1, write --to http://h;"),
        (Cause::Closed, "H2C://h:1".to_owned(), "speaks HTTP/1.1, write --to http://h:1;"),
        (Cause::Late, "http://h".to_owned(), "does not answer in time"),
    ] {
        let text = notice::text(cause, &server, 502);
        assert!(text.contains(expected) && text.contains("502"), "{cause:?}: {text}");
        assert!(!text.contains(&format!("--to {server};")), "{cause:?}: it is what was written: {text}");
    }
}

#[test]
fn a_terminal_is_shown_nothing_that_it_would_obey() {
    assert_eq!(
        windrose_config::harmless::harmless_lines("GET /\u{1b}[2J\u{9b}1m\r\nä"),
        "GET /\u{fffd}[2J\u{fffd}1m\u{fffd}\nä"
    );
}
