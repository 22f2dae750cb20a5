use windrose_config::{Located, Source as File, decode, source};

use super::{Source, SourceCriterion};
use crate::client_ip::IpStrategy;
use crate::testing::request_from;

fn criterion(yaml: &str) -> SourceCriterion {
    let file = File::file("t");
    decode(&source::yaml::parse(yaml, &file).expect("YAML"), &file).expect("a criterion")
}

#[test]
fn a_source_is_told_by_what_was_chosen() {
    let cases: [(&str, &str, &[u8]); 6] = [
        ("{ipStrategy: {depth: 1}}", "GET /\nX-Forwarded-For: 10.0.0.1", &[10, 0, 0, 1]),
        ("{ipStrategy: {depth: 1}}", "GET /", &[]),
        ("{requestHeaderName: x-user}", "GET /\nX-User: a\nX-User: b", b"a"),
        ("{requestHeaderName: x-user}", "GET /", b""),
        ("{requestHost: true}", "GET /\nHost: A.test:80", b"a.test"),
        ("{ipStrategy: {ipv6Subnet: 64}}", "GET /", &[192, 0, 2, 1]),
    ];
    for (yaml, head, expected) in cases {
        let source = Source::new(&criterion(yaml)).expect(yaml).expect("something is set");
        let ex = request_from(head, "192.0.2.1:5", None);
        assert_eq!(source.of(&ex, <[u8]>::to_vec), expected, "{yaml} {head}");
    }
    assert!(Source::new(&SourceCriterion::default()).expect("nothing").is_none());
}

#[test]
fn two_criteria_at_once_are_an_error() {
    let strategy = || Some(IpStrategy::default());
    let name = || Located::from(Box::from("X-User"));
    let cases = [
        SourceCriterion { ip_strategy: strategy(), request_header_name: name(), ..Default::default() },
        SourceCriterion { ip_strategy: strategy(), request_host: true.into(), ..Default::default() },
        SourceCriterion { request_header_name: name(), request_host: true.into(), ..Default::default() },
    ];
    for both in cases {
        let error = Source::new(&both).expect_err("two");
        assert!(error.message.starts_with("only one of ipStrategy, requestHeaderName and requestHost"));
    }
    let error = Source::new(&criterion("{requestHeaderName: 'a b'}")).expect_err("no name");
    assert_eq!(error.message, "`a b` is not a valid header name");
}
