use crate::testing::{answer, body, fields, filter, problems, request};

#[test]
fn listed_clients_pass_and_others_get_the_page() {
    let page = "body: later, contentType: text/plain, headers: {Retry-After: '60'}";
    let cases = [
        ("sourceRange: [192.0.2.1]", "GET /", true),
        ("sourceRange: [192.0.2.2]", "GET /", false),
        ("ipStrategy: {depth: 1}, sourceRange: [10.0.0.1]", "GET /\nX-Forwarded-For: 10.0.0.1", true),
        ("ipStrategy: {depth: 1}, sourceRange: [0.0.0.0/0]", "GET /", false),
        ("status: 503", "GET /", false),
    ];
    for (options, head, passes) in cases {
        let filter = filter(&format!("maintenance: {{{options}, {page}}}"));
        match answer(&*filter, &mut request(head)) {
            None => assert!(passes, "{options}"),
            Some(reply) => {
                assert!(!passes, "{options}");
                assert_eq!((reply.status, body(&reply)), (503, "later"));
                assert_eq!(fields(&reply.headers), ["Content-Type: text/plain", "Retry-After: 60"]);
            }
        }
    }
    let reply = answer(&*filter("maintenance: {status: 200}"), &mut request("GET /")).expect("the page");
    assert_eq!((reply.status, body(&reply)), (200, ""));
}

#[test]
fn what_could_let_somebody_pass_by_mistake_is_a_problem() {
    let cases = [
        ("sourceRange: [x]", "`x` is no address and no range, write 10.0.0.1 or 10.0.0.0/8"),
        ("status: 99", "99 is no status to answer with, write one from 200 to 599"),
        ("ipStrategy: {ipv6Subnet: 129}", "ipv6Subnet is 129, write a number of bits from 1 to 128"),
    ];
    for (options, expected) in cases {
        let found = problems(&format!("maintenance: {{{options}}}"));
        assert!(
            found.len() == 1 && found[0].ends_with(&format!("error: {expected}")),
            "{options}: {found:?}"
        );
    }
}
