use crate::testing::{answer, body, fields, filter, problems, request};

#[test]
fn every_request_gets_the_answer_that_is_written() {
    let cases = [
        ("status: 410", 410, "", vec![]),
        ("body: hello", 200, "hello", vec![]),
        (
            "status: 404, body: gone, contentType: text/plain, headers: {X-A: b, Cache-Control: no-store}",
            404,
            "gone",
            vec!["Content-Type: text/plain", "X-A: b", "Cache-Control: no-store"],
        ),
        ("status: 204", 204, "", vec![]),
        ("status: 302, headers: {Location: /a}", 302, "", vec!["Location: /a"]),
    ];
    for (options, status, text, expected) in cases {
        let filter = filter(&format!("respond: {{{options}}}"));
        for head in ["GET /", "POST /x", "HEAD /"] {
            let reply = answer(&*filter, &mut request(head)).expect("an answer");
            assert_eq!(
                (reply.status, body(&reply), fields(&reply.headers)),
                (status, text, owned(&expected))
            );
        }
    }
}

fn owned(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

#[test]
fn a_body_may_stand_in_a_file() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let filter = filter(&format!("respond: {{bodyFile: '{path}'}}"));
    let reply = answer(&*filter, &mut request("GET /")).expect("an answer");
    assert!(body(&reply).contains("windrose-middleware"));
}

#[test]
fn what_is_no_answer_is_a_problem() {
    let cases = [
        ("", "says nothing, write status or body"),
        ("status: 101", "101 is no status to answer with, write one from 200 to 599"),
        ("status: 600", "600 is no status to answer with, write one from 200 to 599"),
        ("status: 204, body: x", "an answer with status 204 has no body, remove one of them"),
        ("body: x, bodyFile: y", "body and bodyFile exclude each other, remove one"),
        ("headers: {'a b': c}", "`a b` is not a valid header name"),
        ("headers: {Content-Length: 5}", "Content-Length concerns one connection only, remove it"),
        ("headers: {Connection: close}", "Connection concerns one connection only, remove it"),
    ];
    for (options, expected) in cases {
        let found = problems(&format!("respond: {{{options}}}"));
        assert!(
            found.len() == 1 && found[0].ends_with(&format!("error: {expected}")),
            "{options}: {found:?}"
        );
    }
    let found = problems("respond: {bodyFile: /nowhere/at/all}");
    assert!(found[0].contains("cannot read the file /nowhere/at/all: "), "{found:?}");
}
