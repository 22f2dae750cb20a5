use windrose_http::Reply;
use windrose_http::path::{Cleaning, Semicolons, Target};

use super::answer::{Answer, hex_md5};
use super::nonces::{Nonces, Use};
use crate::stage::Filter;
use crate::testing::{answer, build, fields, filter, problems, request};

/// `admin:traefik:secret`
const HASH: &str = "77aecdc524b12e6de38750ee956a5c2b";

fn guard() -> std::sync::Arc<dyn Filter> {
    filter(&format!(
        "digestAuth: {{users: ['admin:traefik:{HASH}'], headerField: X-User, removeHeader: true}}"
    ))
}

fn parameter(challenge: &str, name: &str) -> String {
    let (_, rest) = challenge.split_once(&format!("{name}=\"")).expect(name);
    rest.split_once('"').expect(name).0.to_owned()
}

fn challenge(reply: &Reply) -> String {
    reply.headers.get_str("www-authenticate").expect("a challenge").to_owned()
}

/// Authorization for `GET /`, made with this hash.
fn authorization(challenge: &str, user: &str, hash: &str, nc: &str) -> String {
    let nonce = parameter(challenge, "nonce");
    let request = hex_md5(&[b"GET", b"/"]);
    let response =
        hex_md5(&[hash.as_bytes(), nonce.as_bytes(), nc.as_bytes(), b"c", b"auth", request.as_bytes()]);
    let opaque = parameter(challenge, "opaque");
    format!(
        "Authorization: Digest username=\"{user}\", nonce=\"{nonce}\", uri=\"/\", qop=auth, nc={nc}, cnonce=\"c\", \
         response=\"{response}\", opaque=\"{opaque}\""
    )
}

#[test]
fn only_a_right_answer_passes_and_only_once() {
    let guard = guard();
    let refused = answer(&*guard, &mut request("GET /")).expect("a challenge");
    let asked = challenge(&refused);
    assert!(asked.ends_with("\", algorithm=\"MD5\", qop=\"auth\""), "{asked}");
    let pass = |user: &str, hash: &str, nc: &str| {
        let mut ex = request(&format!("GET /\nX-User: root\n{}", authorization(&asked, user, hash, nc)));
        match answer(&*guard, &mut ex) {
            None => Ok(fields(&ex.headers)),
            Some(reply) => Err((reply.status, challenge(&reply).contains("stale=\"true\", algorithm"))),
        }
    };
    assert_eq!(pass("admin", "", "1"), Err((401, false)));
    // What nobody's hash would be.
    assert_eq!(pass("nobody", "", "1"), Err((401, false)));
    assert_eq!(pass("", "", "1"), Err((401, false)));
    assert_eq!(pass("admin", HASH, "1"), Ok(vec!["X-User: admin".to_owned()]));
    assert_eq!(pass("admin", HASH, "1"), Err((401, true)));
    assert_eq!(pass("admin", HASH, "b"), Ok(vec!["X-User: admin".to_owned()]));
    assert_eq!(pass("admin", HASH, "a"), Err((401, true)));
    assert_eq!(pass("admin", HASH, "+c"), Err((401, false)));
}

#[test]
fn nonces_of_strangers_throw_nobody_out_and_nothing_is_taken_twice() {
    let nonces = Nonces::new();
    let first = nonces.issue();
    assert_eq!(nonces.make_use(first.as_bytes(), 1), Use::Fresh);
    for _ in 0..50_000 {
        nonces.issue();
    }
    assert_eq!(nonces.make_use(first.as_bytes(), 2), Use::Fresh);
    let unused = nonces.issue();
    for _ in 0..10_001 {
        assert_eq!(nonces.make_use(nonces.issue().as_bytes(), 1), Use::Fresh);
    }
    // Forgotten, and so never taken again, even if it was never used.
    assert_eq!(nonces.make_use(first.as_bytes(), 3), Use::Unknown);
    assert_eq!(nonces.make_use(unused.as_bytes(), 1), Use::Unknown);
    for other in [Nonces::new().issue(), String::new(), "AAAA".to_owned(), unused.to_lowercase()] {
        assert_eq!(nonces.make_use(other.as_bytes(), 1), Use::Unknown, "{other}");
    }
}

#[test]
fn parameters_are_read_as_by_the_library() {
    let cases: [(&str, &[(&str, &str)]); 6] = [
        ("Digest a=b, c=\"d e\" ,f=", &[("a", "b"), ("c", "d e"), ("f", "")]),
        ("Digest a=\"b,c\", d", &[("a", "b,c"), ("d", "")]),
        ("Digest a=\"b\\\"c\\\\\"", &[("a", "b\"c\\")]),
        ("Digest a=1, a=2", &[("a", "2")]),
        ("Digest  a=\"", &[("a", "\"")]),
        ("Digest ", &[]),
    ];
    for (value, expected) in cases {
        let read = Answer::read(value.as_bytes()).expect(value);
        for (name, value) in expected {
            assert_eq!(read.find(name), Some(value.as_bytes()), "{value} {name}");
        }
    }
    for other in ["", "Digest", "digest a=b", "Basic a=b", "Digesta=b"] {
        assert_eq!(Answer::read(other.as_bytes()), None, "{other}");
    }
}

#[test]
fn an_answer_is_for_its_address_or_what_begins_with_its_path() {
    let cases = [
        ("/a?b", "/a?b", true),
        ("/a?b", "/a?c", true),
        ("/a", "/a/b", true),
        ("/a", "/ab", true),
        ("/a/b", "/a", false),
        ("/%61", "/a/b", true),
        ("/b", "/a", false),
        ("", "/a", true),
        ("http://h.test/a", "/a", true),
        ("http://h.test/b", "/a", false),
    ];
    for (uri, asked, is_for) in cases {
        let mut target = Target::default();
        target.parse(asked.as_bytes(), Cleaning::Keep, Semicolons::Separate).expect(asked);
        let read = Answer::read(format!("Digest uri=\"{uri}\"").as_bytes()).expect(uri);
        assert_eq!(read.asks_for(&target), is_for, "{uri} {asked}");
    }
}

#[test]
fn users_that_can_never_log_in_are_told() {
    let built = build("digestAuth: {users: ['a:traefik:x', 'b:other:x', 'c:traefik:'], realm: traefik}");
    assert!(built.result.is_ok());
    assert!(built.warnings[0].contains("2 of 3 users can never log in"), "{:?}", built.warnings);
    assert!(
        problems("digestAuth: {users: ['a:x']}")[0]
            .contains("user 1 of users is not written as name:realm:hash")
    );
}
