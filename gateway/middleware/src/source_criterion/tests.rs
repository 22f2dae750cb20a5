use super::*;
use crate::testing::request_from;

fn source(criterion: &SourceCriterion, usual: Usual, head: &str, peer: &str) -> Result<Vec<u8>, String> {
    let sources = Sources::new(Some(criterion), usual).map_err(|error| error.to_string())?;
    Ok(sources.of(&request_from(head, peer, None), <[u8]>::to_vec))
}

fn field(name: &str) -> SourceCriterion {
    SourceCriterion { request_header_name: Located::from(Box::from(name)), ..SourceCriterion::default() }
}

#[test]
fn a_source_is_what_the_criterion_says() {
    let nothing = SourceCriterion::default();
    let host = SourceCriterion { request_host: true, ..SourceCriterion::default() };
    let strategy = IpStrategy { depth: 1, ..IpStrategy::default() };
    let ip = SourceCriterion { ip_strategy: Some(strategy), ..SourceCriterion::default() };
    let head = "GET /\nHost: A.test:80\nX-Who: me\nX-Forwarded-For: 10.0.0.1";
    let cases: [(&SourceCriterion, Usual, &[u8]); 6] = [
        (&nothing, Usual::Host, b"a.test"),
        (&nothing, Usual::Ip, &[192, 0, 2, 1]),
        (&host, Usual::Ip, b"a.test"),
        (&ip, Usual::Host, &[10, 0, 0, 1]),
        (&field("x-who"), Usual::Host, b"me"),
        (&field("x-other"), Usual::Host, b""),
    ];
    for (criterion, usual, expected) in cases {
        assert_eq!(source(criterion, usual, head, "192.0.2.1:1").as_deref(), Ok(expected), "{criterion:?}");
    }
}

#[test]
fn two_criteria_are_refused() {
    let strategy = Some(IpStrategy { depth: 1, ..IpStrategy::default() });
    let both = [
        SourceCriterion { request_host: true, ..field("X-A") },
        SourceCriterion { ip_strategy: strategy.clone(), ..field("X-A") },
        SourceCriterion { ip_strategy: strategy, request_host: true, ..SourceCriterion::default() },
    ];
    for criterion in both {
        let told = source(&criterion, Usual::Host, "GET /", "192.0.2.1:1").unwrap_err();
        assert!(told.contains("two criteria"), "{told}");
    }
    assert!(
        source(&field("a b"), Usual::Host, "GET /", "192.0.2.1:1").unwrap_err().contains("requestHeaderName")
    );
}
