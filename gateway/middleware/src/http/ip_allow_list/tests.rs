use crate::testing::{answer, body, filter, problems, request};

#[test]
fn only_listed_clients_pass() {
    let cases = [
        ("sourceRange: [192.0.2.0/24]", "GET /", None),
        ("sourceRange: [192.0.2.1]", "GET /", None),
        ("sourceRange: [192.0.2.2]", "GET /", Some((403, "Forbidden"))),
        ("sourceRange: [192.0.2.2]", "GET /\nX-Forwarded-For: 192.0.2.2", Some((403, "Forbidden"))),
        ("sourceRange: [192.0.2.2], ipStrategy: {depth: 1}", "GET /\nX-Forwarded-For: 192.0.2.2", None),
        ("sourceRange: [0.0.0.0/0], ipStrategy: {depth: 1}", "GET /", Some((403, "Forbidden"))),
        (
            "sourceRange: [10.0.0.1], ipStrategy: {excludedIPs: [10.0.0.2]}",
            "GET /\nX-Forwarded-For: 10.0.0.1, 10.0.0.2",
            None,
        ),
        ("sourceRange: [10.0.0.1], rejectStatusCode: 404", "GET /", Some((404, "Not Found"))),
        ("sourceRange: [10.0.0.1], rejectStatusCode: 0", "GET /", Some((403, "Forbidden"))),
    ];
    for (options, head, expected) in cases {
        let filter = filter(&format!("ipAllowList: {{{options}}}"));
        let reply = answer(&*filter, &mut request(head));
        assert_eq!(reply.as_ref().map(|reply| (reply.status, body(reply))), expected, "{options} {head}");
    }
}

#[test]
fn a_list_that_could_allow_by_mistake_is_a_problem() {
    let cases = [
        ("rejectStatusCode: 404", "1:14: error: sourceRange is missing, write the addresses to allow"),
        (
            "sourceRange: [10.0.0.0/99]",
            "1:29: error: `10.0.0.0/99` is no address and no range, write 10.0.0.1 or 10.0.0.0/8",
        ),
        (
            "sourceRange: [::1], rejectStatusCode: 460",
            "1:53: error: 460 is no status to answer with, write for example 403",
        ),
        (
            "sourceRange: [::1], ipStrategy: {ipv6Subnet: 200}",
            "1:60: error: ipv6Subnet is 200, write a number of bits from 1 to 128",
        ),
        (
            "sourceRange: [::1], ipStrategy: {excludedIPs: [x]}",
            "1:62: error: `x` is no address and no range, write 10.0.0.1 or 10.0.0.0/8",
        ),
    ];
    for (options, expected) in cases {
        assert_eq!(problems(&format!("ipAllowList: {{{options}}}")), [format!("test.yaml:{expected}")]);
    }
}
