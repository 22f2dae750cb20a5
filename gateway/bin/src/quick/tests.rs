use std::net::Ipv6Addr;

use super::*;

fn plan(to: Target, flags: &[&str]) -> (Vec<String>, Plan) {
    let flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
    Plan::new(Quick { to, listen: ":8080".to_owned(), flags }).unwrap()
}

#[test]
fn one_server_gets_everything() {
    let (flags, plan) = plan(Target::Server("localhost:3000".to_owned()), &["--log.level=DEBUG"]);
    assert_eq!(flags, ["--entryPoints.web.address=:8080", "--log.level=INFO", "--log.level=DEBUG"]);
    let routing = plan.routing();
    assert_eq!(routing.problems, []);
    let written = serde_json::to_value(&routing).unwrap();
    let router = &written["http"]["routers"]["everything"];
    assert_eq!(*router, json!({"entryPoints": ["web"], "service": "server", "rule": "PathPrefix(`/`)"}));
    let server = &written["http"]["services"]["server"]["loadBalancer"]["servers"][0];
    assert_eq!(*server, json!({"url": "http://localhost:3000"}));
}

#[test]
fn the_demo_is_a_server_behind_the_gateway() {
    let (flags, plan) = plan(Target::Demo, &[]);
    let address = flags.iter().find_map(|flag| flag.strip_prefix("--entryPoints.demo.address=")).unwrap();
    let written = serde_json::to_value(plan.routing()).unwrap();
    let server = &written["http"]["services"]["server"]["loadBalancer"]["servers"][0];
    assert_eq!(server["url"], format!("http://{address}"));
    assert_eq!(written["http"]["routers"]["demo"]["service"], "whoami@internal");
}

#[test]
fn the_invitation_names_an_address_that_can_be_reached() {
    let (_, plan) = plan(Target::Demo, &[]);
    let any = SocketAddr::from((Ipv6Addr::UNSPECIFIED, 8080));
    let text = plan.invitation(|_| Some(any)).unwrap();
    assert!(text.contains("curl -i http://localhost:8080/hello\n"), "{text}");
    assert_eq!(plan.invitation(|_| None), None);
}

#[test]
fn text_that_is_no_address_stays_text() {
    let (_, plan) = plan(Target::Server("x\"}], \"y\": [{".to_owned()), &[]);
    let written = serde_json::to_value(plan.routing()).unwrap();
    let server = &written["http"]["services"]["server"]["loadBalancer"]["servers"][0];
    assert_eq!(server["url"], "http://x\"}], \"y\": [{");
}
