use crate::testing::{answer, body, filter, problems, request};

#[test]
fn it_is_an_allow_list_that_answers_403() {
    let cases = [
        ("sourceRange: [192.0.2.0/24]", "GET /", None),
        ("sourceRange: [192.0.2.2]", "GET /", Some((403, "Forbidden"))),
        ("sourceRange: [192.0.2.2], ipStrategy: {depth: 1}", "GET /\nX-Forwarded-For: 192.0.2.2", None),
    ];
    for (options, head, expected) in cases {
        let filter = filter(&format!("ipWhiteList: {{{options}}}"));
        let reply = answer(&*filter, &mut request(head));
        assert_eq!(reply.as_ref().map(|reply| (reply.status, body(reply))), expected, "{options} {head}");
    }
}

#[test]
fn a_list_that_could_allow_by_mistake_is_a_problem() {
    let cases = [
        ("{}", "1:14: error: sourceRange is missing, write the addresses to allow"),
        ("{sourceRange: [x]}", "1:29: error: `x` is no address and no range, write 10.0.0.1 or 10.0.0.0/8"),
        ("{sourceRange: [::1], rejectStatusCode: 404}", "1:35: error: unknown field `rejectStatusCode`"),
    ];
    for (options, expected) in cases {
        let found = problems(&format!("ipWhiteList: {options}"));
        assert!(found.iter().any(|found| found.starts_with(&format!("test.yaml:{expected}"))), "{found:?}");
    }
}
