use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use data_encoding::{BASE64, HEXLOWER};
use windrose_http::desk::{Computing, Full, Job};
use windrose_http::{Conn, Desk, Exchange, Reply};

use super::*;
use crate::Service;
use crate::chain::run;
use crate::testing::{build, fields, problems, request, stage};

/// A server that remembers how requests looked.
#[derive(Default)]
struct Server(RefCell<Vec<String>>);

impl Service for Server {
    async fn call(&self, ex: &mut Exchange) -> Reply {
        let mut lines = vec![ex.target.as_str().to_owned()];
        lines.extend(fields(&ex.headers));
        self.0.borrow_mut().push(lines.join("|"));
        Reply::empty(200)
    }
}

/// The status, and what the server saw.
async fn send(stage: &Stage, ex: &mut Exchange) -> (u16, Option<String>) {
    let server = Server::default();
    let reply = run(std::slice::from_ref(stage), ex, &server).await;
    (reply.status, server.0.into_inner().pop())
}

fn sha256(key: &str) -> String {
    format!("{{SHA256}}{}", HEXLOWER.encode(digest_of(key).as_ref()))
}

fn digest_of(key: &str) -> aws_lc_rs::digest::Digest {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, key.as_bytes())
}

fn by_header(more: &str) -> Stage {
    let keys = format!("keys: ['shop:{}', 'app:{BCRYPT}']", sha256("k1"));
    stage(&format!("apiKey: {{keySource: {{header: X-Api-Key}}, {keys}{more}}}"))
}

#[tokio::test]
async fn whoever_shows_a_key_passes_and_its_name_goes_to_the_server() {
    let stage = by_header(", headerField: X-Consumer");
    let cases = [
        ("GET /\nX-Api-Key: k1", 200, Some("/|X-Consumer: shop")),
        (
            "GET /\nx-api-key: k1\nX_Api_Key: k1\nX-Consumer: root\nX_consumer: root",
            200,
            Some("/|X-Consumer: shop"),
        ),
        ("GET /\nX-Api-Key: secret", 200, Some("/|X-Consumer: app")),
        ("GET /\nX-Api-Key: k2", 401, None),
        ("GET /\nX-Api-Key: K1", 401, None),
        ("GET /\nX-Api-Key:  ", 401, None),
        ("GET /\nX-Consumer: shop", 401, None),
        ("GET /?X-Api-Key=k1", 401, None),
        ("GET /\nX-Api-Key: k1\nX-Api-Key: k1", 401, None),
    ];
    for (head, status, seen) in cases {
        let found = send(&stage, &mut request(head)).await;
        assert_eq!((found.0, found.1.as_deref()), (status, seen), "{head}");
    }
}

#[tokio::test]
async fn a_key_without_a_name_does_not_keep_a_forged_one() {
    let yaml = format!(
        "apiKey: {{keySource: {{header: X-Api-Key}}, headerField: X-Consumer, secretValues: ['{}']}}",
        sha256("k1")
    );
    let found = send(&stage(&yaml), &mut request("GET /\nX-Api-Key: k1\nX-Consumer: root")).await;
    assert_eq!(found, (200, Some("/".to_owned())));
}

#[tokio::test]
async fn the_digest_of_a_key_is_no_key() {
    let text = sha256("k1");
    let stage = by_header("");
    for shown in
        [&*text, text.trim_start_matches("{SHA256}"), &BASE64.encode(digest_of("k1").as_ref()), BCRYPT]
    {
        assert_eq!(send(&stage, &mut request(&format!("GET /\nX-Api-Key: {shown}"))).await.0, 401, "{shown}");
    }
}

#[tokio::test]
async fn a_key_is_taken_from_any_place_that_is_written_and_does_not_reach_the_server() {
    let source = "keySource: {header: Authorization, headerAuthScheme: Bearer, cookie: key, query: api_key}";
    for (more, kept) in [("", false), (", forwardKey: true", true)] {
        let stage = stage(&format!("apiKey: {{{source}, keys: ['shop:{}']{more}}}", sha256("k1")));
        let cases = [
            ("GET /a\nAuthorization: Bearer k1", "/a"),
            ("GET /a\nCookie: a=1; key=k1", "/a|Cookie: a=1"),
            ("GET /a?b=1&api_key=k1", "/a?b=1"),
            ("GET /a?api%5Fkey=k1", "/a"),
        ];
        for (head, seen) in cases {
            let (status, found) = send(&stage, &mut request(head)).await;
            assert_eq!(status, 200, "{head}");
            assert_eq!(found.as_deref() == Some(seen), !kept, "{head}: {found:?}");
        }
        // A key in the first place counts, whatever the others hold; none of them is seen.
        let head = "GET /a?api_key=k1\nAuthorization: Bearer no\nCookie: key=k1";
        assert_eq!(send(&stage, &mut request(head)).await.0, 401);
    }
}

#[tokio::test]
async fn keys_may_be_sent_in_base64_as_far_as_that_is_wanted() {
    let cases = [
        ("", 200, 200),
        (", secretNonBase64Encoded: true", 200, 401),
        (", secretNonBase64Encoded: false", 401, 200),
    ];
    for (more, plain, packed) in cases {
        let stage = by_header(more);
        assert_eq!(send(&stage, &mut request("GET /\nX-Api-Key: k1")).await.0, plain, "{more}");
        for key in ["k1", "secret"] {
            let head = format!("GET /\nX-Api-Key: {}", BASE64.encode(key.as_bytes()));
            assert_eq!(send(&stage, &mut request(&head)).await.0, packed, "{more}");
        }
    }
}

#[tokio::test]
async fn who_is_refused_is_told_what_is_asked_for() {
    let told = async |yaml: &str| {
        let reply = run(&[stage(yaml)], &mut request("GET /"), &Server::default()).await;
        reply.headers.get_str("WWW-Authenticate").map(str::to_owned)
    };
    let key = sha256("k1");
    assert_eq!(
        told(&format!("apiKey: {{keySource: {{query: k}}, secretValues: ['{key}']}}")).await.as_deref(),
        Some("ApiKey realm=\"api\"")
    );
    let source = "keySource: {header: Authorization, headerAuthScheme: Bearer}";
    assert_eq!(
        told(&format!("apiKey: {{{source}, secretValues: ['{key}']}}")).await.as_deref(),
        Some("Bearer realm=\"api\"")
    );
}

/// Counts what is computed.
#[derive(Default)]
struct Counted(AtomicUsize);

impl Computing for Counted {
    fn submit(&self, job: Job) -> Result<(), Full> {
        self.0.fetch_add(1, Ordering::Relaxed);
        job();
        Ok(())
    }
}

#[tokio::test]
async fn only_slow_hashes_are_computed_and_a_right_key_once_in_a_while() {
    let stage = by_header("");
    let counted = Arc::new(Counted::default());
    let computed = async |key: &str| {
        let before = counted.0.load(Ordering::Relaxed);
        let mut ex = request(&format!("GET /\nX-Api-Key: {key}"));
        let of = &ex.conn;
        ex.conn = Rc::new(Conn {
            entry_point: "web".into(),
            peer: of.peer,
            peer_ip: of.peer_ip.clone(),
            local: of.local,
            accepted: of.accepted,
            desk: Desk::new(Arc::clone(&counted) as Arc<dyn Computing>).into(),
            trust: of.trust,
            odd_names: of.odd_names,
            tls: None,
        });
        let status = send(&stage, &mut ex).await.0;
        (status, counted.0.load(Ordering::Relaxed) - before)
    };
    assert_eq!(computed("k1").await, (200, 0));
    assert_eq!(computed("secret").await, (200, 1));
    assert_eq!(computed("secret").await, (200, 0));
    assert_eq!(computed("wrong").await, (401, 1));
    assert_eq!(computed("wrong").await, (401, 1));
    assert_eq!(computed(&"x".repeat(LONGEST + 1)).await, (401, 0));
}

#[test]
fn what_cannot_work_is_told_without_showing_a_hash() {
    let key = sha256("k1");
    let source = "keySource: {header: X-Api-Key}";
    let cases = [
        (format!("keys: ['a:{key}']"), "keySource is missing"),
        (source.to_string(), "nobody could pass"),
        (format!("{source}, keys: ['k1']"), "key 1 of keys is not written as name:hash"),
        (format!("{source}, keys: ['a:{key}', 'b:hunter2']"), "key 2 of keys is not written as name:hash"),
        (format!("{source}, keys: [':{key}']"), "key 1 of keys"),
        (format!("{source}, secretValues: ['hunter2']"), "hash 1 of secretValues is neither"),
        (format!("{source}, secretValues: ['{{SHA256}}aGk=']"), "hash 1 of secretValues is neither"),
        (format!("{source}, keys: ['a:{key}'], headerField: Host"), "says something else"),
        (format!("keySource: {{header: Cookie}}, keys: ['a:{key}']"), "says something else"),
        (format!("keySource: {{cookie: 'a b'}}, keys: ['a:{key}']"), "not a valid cookie name"),
        (format!("keySource: {{query: a, headerAuthScheme: Bearer}}, keys: ['a:{key}']"), "headerAuthScheme"),
        (format!("{source}, keysFile: /does/not/exist"), "cannot read the file"),
    ];
    for (options, told) in cases {
        let found = problems(&format!("apiKey: {{{options}}}"));
        assert!(found[0].contains(told) && !found[0].contains("hunter2"), "{options}: {found:?}");
    }
    let many: Vec<String> = (0..17).map(|_| format!("'{BCRYPT}'")).collect();
    let built = build(&format!("apiKey: {{{source}, secretValues: [{}]}}", many.join(", ")));
    assert!(built.result.is_ok() && built.warnings[0].contains("all 17 hashes"), "{:?}", built.warnings);
}

/// Of `secret`.
const BCRYPT: &str = "$2a$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
