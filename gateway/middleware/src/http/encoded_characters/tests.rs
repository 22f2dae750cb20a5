use crate::testing::{answer, body, filter, request};

#[test]
fn escapes_that_are_not_allowed_are_refused() {
    let escapes = [
        ("Slash", "%2f"),
        ("BackSlash", "%5C"),
        ("NullCharacter", "%00"),
        ("Semicolon", "%3b"),
        ("Percent", "%25"),
        ("QuestionMark", "%3F"),
        ("Hash", "%23"),
    ];
    for (allowed, _) in escapes {
        let filter = filter(&format!("encodedCharacters: {{allowEncoded{allowed}: true}}"));
        for (name, escape) in escapes {
            let reply = answer(&*filter, &mut request(&format!("GET /a{escape}b")));
            let expected = (name != allowed).then_some((400, ""));
            assert_eq!(reply.as_ref().map(|reply| (reply.status, body(reply))), expected, "{allowed} {name}");
        }
    }
}

#[test]
fn other_escapes_and_queries_pass() {
    let filter = filter("encodedCharacters: {}");
    for path in ["/", "/a%20b", "/%C3%A9", "/a?b=%2F%25%00", "/252F"] {
        assert!(answer(&*filter, &mut request(&format!("GET {path}"))).is_none(), "{path}");
    }
}
