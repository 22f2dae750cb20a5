use crate::testing::{answer, body, filter, problems, request};

#[test]
fn listed_clients_and_those_that_are_not_told_are_refused() {
    let cases = [
        ("sourceRange: [10.0.0.0/8]", "GET /", None),
        ("sourceRange: [192.0.2.1]", "GET /", Some((403, "Forbidden"))),
        ("sourceRange: [192.0.2.0/24], rejectStatusCode: 404", "GET /", Some((404, "Not Found"))),
        ("sourceRange: [10.0.0.1], ipStrategy: {depth: 1}", "GET /\nX-Forwarded-For: 10.0.0.2", None),
        (
            "sourceRange: [10.0.0.1], ipStrategy: {depth: 1}",
            "GET /\nX-Forwarded-For: ::ffff:10.0.0.1",
            Some((403, "Forbidden")),
        ),
        ("sourceRange: [10.0.0.1], ipStrategy: {depth: 1}", "GET /", Some((403, "Forbidden"))),
    ];
    for (options, head, expected) in cases {
        let filter = filter(&format!("ipDenyList: {{{options}}}"));
        let reply = answer(&*filter, &mut request(head));
        assert_eq!(reply.as_ref().map(|reply| (reply.status, body(reply))), expected, "{options} {head}");
    }
}

#[test]
fn a_list_that_would_refuse_nobody_is_a_problem() {
    let cases = [
        ("{}", "1:13: error: sourceRange is missing, write the addresses to refuse"),
        ("{sourceRange: [x]}", "1:28: error: `x` is no address and no range, write 10.0.0.1 or 10.0.0.0/8"),
        (
            "{sourceRange: [::1], rejectStatusCode: 99}",
            "1:52: error: 99 is no status to answer with, write for example 403",
        ),
    ];
    for (options, expected) in cases {
        assert_eq!(problems(&format!("ipDenyList: {options}")), [format!("test.yaml:{expected}")]);
    }
}
