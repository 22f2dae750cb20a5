use std::net::SocketAddr;

use windrose_config::source::yaml;
use windrose_config::{DynamicConfig, Source};
use windrose_http::exchange::{OddNames, Trust};

use super::*;

fn from(peer: &str) -> Conn {
    let peer: SocketAddr = peer.parse().unwrap();
    Conn {
        entry_point: "tcp".into(),
        peer,
        peer_ip: peer.ip().to_string().into(),
        local: peer,
        accepted: std::time::Instant::now(),
        desk: std::rc::Rc::default(),
        trust: Trust::Stranger,
        odd_names: OddNames::KEPT,
        tls: None,
    }
}

fn gate(options: &str) -> Result<Arc<dyn Gate>, String> {
    let source = Source::file("t.yaml");
    let document = yaml::parse(&format!("tcp: {{middlewares: {{m: {options}}}}}"), &source).unwrap();
    let config = DynamicConfig::decode(document, &source, &[]);
    let told = |problems: &[Problem]| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    let Some(written) = config.tcp.middlewares.get("m") else { return Err(told(&config.problems)) };
    build(written, &source).map_err(|problems| told(&problems))
}

#[test]
fn a_list_lets_in_who_is_on_it() {
    for kind in ["ipAllowList", "ipWhiteList", "IPALLOWLIST"] {
        let gate = gate(&format!("{{{kind}: {{sourceRange: [10.0.0.0/8, '2001:db8::1']}}}}")).unwrap();
        for (peer, is_in) in [
            ("10.1.2.3:1", true),
            ("[2001:db8::1]:1", true),
            ("[::ffff:10.1.2.3]:1", true),
            ("11.0.0.1:1", false),
        ] {
            assert_eq!(gate.admit(&from(peer)).is_ok(), is_in, "{kind} {peer}");
        }
        assert_eq!(gate.admit(&from("11.0.0.1:1")).unwrap_err(), Denied::NotAllowed);
    }
}

#[test]
fn a_client_has_only_so_many_connections_at_a_time() {
    let gate = gate("{inFlightConn: {amount: 2}}").unwrap();
    let first = gate.admit(&from("10.0.0.1:1")).unwrap();
    let second = gate.admit(&from("10.0.0.1:2")).unwrap();
    assert_eq!(gate.admit(&from("10.0.0.1:3")).unwrap_err(), Denied::TooMany);
    assert!(gate.admit(&from("10.0.0.2:1")).is_ok(), "each client counts for itself");
    drop(first);
    let third = gate.admit(&from("10.0.0.1:4")).unwrap();
    assert!(gate.admit(&from("10.0.0.1:5")).is_err());
    drop((second, third));
    assert!(gate.admit(&from("10.0.0.1:6")).is_ok());
}

#[test]
fn options_that_make_no_sense_are_refused() {
    for (options, expected) in [
        ("{ipAllowList: {sourceRange: []}}", "sourceRange is missing"),
        ("{ipAllowList: {sourceRange: [home]}}", "`home` is no address and no range"),
        ("{ipAllowList: {sourceRange: [10.0.0.1], depth: 1}}", "depth"),
        ("{inFlightConn: {amount: 0}}", "amount is 0, write how many"),
        ("{inFlightConn: {amount: -1}}", "amount is -1"),
        ("{inFlightConn: {}}", "`inFlightConn` is empty"),
        ("{rateLimit: {average: 1}}", "unknown kind of TCP middleware `rateLimit`"),
    ] {
        let told = gate(options).err().unwrap_or_default();
        assert!(told.contains(expected), "{options}: {told}");
    }
}
