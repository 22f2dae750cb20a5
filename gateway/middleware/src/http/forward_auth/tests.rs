use std::cell::RefCell;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use windrose_config::Located;
use windrose_http::body::{BodyError, Stream};
use windrose_http::{Body, Exchange, Failure, Frame, Reply};

use super::address::Address;
use crate::chain::run;
use crate::stage::Stage;
use crate::testing::{body, build, fields, problems, request, secure_request, stage};
use crate::{Callee, Service};

/// Somebody who decides, and a server behind.
struct Servers<F> {
    decide: F,
    asked: RefCell<Vec<String>>,
    passed: RefCell<Vec<String>>,
}

impl<F: Fn() -> Reply> Servers<F> {
    fn new(decide: F) -> Self {
        Self { decide, asked: RefCell::default(), passed: RefCell::default() }
    }
}

async fn told(ex: &mut Exchange) -> String {
    let mut line = format!("{} {}", ex.method.as_str(), ex.target.as_str());
    while let Some(Ok(Frame::Data(bytes))) = ex.body.frame().await {
        line.push(' ');
        line.push_str(std::str::from_utf8(&bytes).expect("text"));
    }
    for field in fields(&ex.headers) {
        line.push('\n');
        line.push_str(&field);
    }
    line
}

impl<F: Fn() -> Reply> Service for Servers<F> {
    async fn call(&self, ex: &mut Exchange) -> Reply {
        let line = told(ex).await;
        self.passed.borrow_mut().push(line);
        let mut reply = Reply::with_body(200, "served");
        for cookie in ["mine=1", "session=old; Path=/"] {
            reply.headers.append("Set-Cookie", cookie);
        }
        reply
    }

    async fn ask(&self, callee: &Callee, ex: &mut Exchange) -> Reply {
        let line = told(ex).await;
        let line = format!("{} {line}", callee.get::<String>().expect("an address"));
        self.asked.borrow_mut().push(line);
        (self.decide)()
    }
}

async fn send<F: Fn() -> Reply>(stage: &Stage, servers: &Servers<F>, ex: &mut Exchange) -> Reply {
    run(std::slice::from_ref(stage), ex, servers).await
}

fn yes() -> Reply {
    let mut reply = Reply::with_body(204, "");
    for (name, value) in [
        ("X-User", "alice"),
        ("x-role-a", "1"),
        ("Connection", "x"),
        ("Content-Length", "5"),
        ("Set-Cookie", "session=new"),
    ] {
        reply.headers.receive(name, value);
    }
    reply
}

#[tokio::test]
async fn the_question_says_which_request_it_is_about() {
    let stage = stage("forwardAuth: {address: 'HTTPS://u%40:p@Auth.test:81/a/../check?x=1#f'}");
    let servers = Servers::new(yes);
    let mut ex = secure_request(
        "PUT /p?q\nHost: h.test\nX-Own: 1\nX-Own: 2\nTe: trailers\nX-Forwarded-Uri: /forged\nExpect: 100-continue",
    );
    assert_eq!(send(&stage, &servers, &mut ex).await.status, 200);
    assert_eq!(
        *servers.asked.borrow(),
        ["https://Auth.test:81 GET /a/../check?x=1\nX-Own: 1\nX-Own: 2\nX-Forwarded-Uri: /p?q\n\
          X-Forwarded-For: 192.0.2.1\nX-Forwarded-Method: PUT\nX-Forwarded-Proto: https\nX-Forwarded-Host: h.test\n\
          Authorization: Basic dUA6cA=="]
    );
    assert_eq!(servers.passed.borrow().len(), 1);
}

#[tokio::test]
async fn fields_are_taken_from_the_answer_and_from_nowhere_else() {
    let stage = stage(
        "forwardAuth: {address: 'http://a.test', authResponseHeaders: [x-user, X-Gone, Connection, Content-Length], \
         authResponseHeadersRegex: '^X-Role-'}",
    );
    let servers = Servers::new(yes);
    let mut ex = request(
        "GET /\nX-User: root\nX_User: root\nX-Gone: 1\nX-ROLE-B: 1\nX_Role_A: 9\nx.role_c: 9\nX-Other: 1",
    );
    assert_eq!(send(&stage, &servers, &mut ex).await.status, 200);
    assert_eq!(*servers.passed.borrow(), ["GET /\nX-Other: 1\nx-user: alice\nX-Role-A: 1"]);
}

#[tokio::test]
async fn who_is_refused_gets_the_answer_and_nobody_else_is_asked() {
    let refuse = || {
        let mut reply = Reply::with_body(403, "sorry");
        reply.headers.append("X-Why", "1");
        reply.headers.append("Location", "login");
        reply
    };
    let cases = [
        ("", 403, "sorry", Some("http://a.test/x/login")),
        (", preserveLocationHeader: true", 403, "sorry", Some("login")),
        (", maxResponseBodySize: 5", 403, "sorry", Some("http://a.test/x/login")),
        (", maxResponseBodySize: 4", 401, "", None),
        (", authSigninURL: 'http://in.test'", 403, "sorry", Some("http://a.test/x/login")),
    ];
    for (more, status, text, location) in cases {
        let stage = stage(&format!("forwardAuth: {{address: 'http://a.test/x/y'{more}}}"));
        let servers = Servers::new(refuse);
        let reply = send(&stage, &servers, &mut request("GET /")).await;
        assert_eq!(
            (reply.status, body(&reply), reply.headers.get_str("Location")),
            (status, text, location),
            "{more}"
        );
        assert!(servers.passed.borrow().is_empty());
    }
    let stage = stage("forwardAuth: {address: 'http://a.test', authSigninURL: 'http://in.test'}");
    let reply = send(&stage, &Servers::new(|| Reply::with_body(401, "no")), &mut request("GET /")).await;
    assert_eq!(
        (reply.status, body(&reply), reply.headers.get_str("Location")),
        (302, "", Some("http://in.test"))
    );
}

#[tokio::test]
async fn whoever_cannot_be_asked_lets_nobody_pass() {
    let stage = stage("forwardAuth: {address: 'http://a.test', maxResponseBodySize: 10}");
    let answers: [fn() -> Reply; 5] = [
        || Failure::Connect.reply(),
        || Failure::AnswerTimeout.reply(),
        || Failure::Handshake.reply(),
        || Reply {
            body: Body::Stream(Box::new(Endless { left: 0, then: Then::Break })),
            ..Reply::empty(200)
        },
        || {
            let mut reply = Reply::empty(302);
            reply.headers.append("Location", "http://[x");
            reply
        },
    ];
    for answer in answers {
        let servers = Servers::new(answer);
        let reply = send(&stage, &servers, &mut request("GET /")).await;
        assert_eq!((reply.status, body(&reply)), (500, ""));
        assert!(servers.passed.borrow().is_empty());
    }
}

enum Then {
    Break,
    Wait,
    End,
}

/// A body of so many pieces.
struct Endless {
    left: usize,
    then: Then,
}

impl Stream for Endless {
    fn poll_frame(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        if self.left > 0 {
            self.left -= 1;
            return Poll::Ready(Some(Ok(Frame::Data(Bytes::from_static(&[b'x'; 1024])))));
        }
        match self.then {
            Then::Break => Poll::Ready(Some(Err(BodyError {
                blame: windrose_http::Blame::Upstream,
                reason: windrose_http::body::Broken::Closed,
            }))),
            Then::Wait => Poll::Pending,
            Then::End => Poll::Ready(None),
        }
    }

    fn length(&self) -> Option<u64> {
        None
    }
}

fn long(status: u16, left: usize, then: Then) -> Reply {
    Reply { body: Body::Stream(Box::new(Endless { left, then })), ..Reply::empty(status) }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_end_takes_neither_memory_nor_time() {
    let open = stage("forwardAuth: {address: 'http://a.test'}");
    let limited = stage("forwardAuth: {address: 'http://a.test', maxResponseBodySize: 65536}");
    let begun = tokio::time::Instant::now();
    // Refused: what there is is passed on as it comes.
    let mut reply = send(&open, &Servers::new(|| long(403, 1000, Then::Wait)), &mut request("GET /")).await;
    assert_eq!((reply.status, reply.body.length()), (403, None));
    let mut length = 0;
    while length < 1000 * 1024 {
        let Some(Ok(Frame::Data(bytes))) = reply.body.frame().await else { panic!("it ended at {length}") };
        length += bytes.len();
    }
    assert_eq!(begun.elapsed(), Duration::ZERO);
    // Let in: it is thrown away, for 30 seconds at most.
    let servers = Servers::new(|| long(200, 100_000, Then::Wait));
    assert_eq!(send(&open, &servers, &mut request("GET /")).await.status, 500);
    assert_eq!((begun.elapsed(), servers.passed.borrow().len()), (Duration::from_secs(30), 0));
    let servers = Servers::new(|| long(200, 100_000, Then::End));
    assert_eq!(send(&open, &servers, &mut request("GET /")).await.status, 200);
    // With a limit it is known at once.
    for status in [200, 403] {
        let servers = Servers::new(move || long(status, 100_000, Then::Wait));
        assert_eq!(send(&limited, &servers, &mut request("GET /")).await.status, 401);
        assert!(servers.passed.borrow().is_empty());
    }
    assert_eq!(begun.elapsed(), Duration::from_secs(30));
}

#[tokio::test]
async fn a_body_goes_to_both_and_no_longer_one_than_allowed() {
    let cases = [
        ("forwardBody: true", 200, "POST /p hello"),
        ("forwardBody: true, maxBodySize: 5", 200, "POST /p hello"),
        ("forwardBody: true, maxBodySize: 4", 401, ""),
        ("forwardBody: false", 200, "POST /p hello"),
    ];
    for (options, status, passed) in cases {
        let stage = stage(&format!(
            "forwardAuth: {{address: 'http://a.test', preserveRequestMethod: true, {options}}}"
        ));
        let servers = Servers::new(yes);
        let mut ex = request("POST /p");
        ex.body = Body::from("hello");
        assert_eq!(send(&stage, &servers, &mut ex).await.status, status, "{options}");
        assert_eq!(servers.passed.borrow().first().map_or("", String::as_str), passed);
        let asked = servers.asked.borrow().first().cloned().unwrap_or_default();
        let is_sent = options.contains("true") && status == 200;
        assert_eq!(asked.starts_with("http://a.test POST / hello"), is_sent, "{asked}");
    }
}

#[tokio::test]
async fn named_cookies_of_the_answer_go_to_the_client() {
    let stage = stage("forwardAuth: {address: 'http://a.test', addAuthCookiesToResponse: [session]}");
    let reply = send(&stage, &Servers::new(yes), &mut request("GET /")).await;
    let cookies = |reply: &Reply| fields(&reply.headers).join(", ");
    assert_eq!(cookies(&reply), "Set-Cookie: mine=1, Set-Cookie: session=new");
    let reply = send(&stage, &Servers::new(|| Reply::empty(200)), &mut request("GET /")).await;
    assert_eq!(cookies(&reply), "Set-Cookie: mine=1, Set-Cookie: session=old; Path=/");
}

#[test]
fn references_are_resolved_against_the_address() {
    let address = Address::new(&Located::from(Box::from("http://u:p@a.test:81/b/c?d"))).expect("an address");
    let cases = [
        ("/x", Some("http://a.test:81/x")),
        ("x", Some("http://a.test:81/b/x")),
        ("./x/", Some("http://a.test:81/b/x/")),
        ("../x", Some("http://a.test:81/x")),
        ("../../../x", Some("http://a.test:81/x")),
        ("x/..", Some("http://a.test:81/b/")),
        ("?x", Some("http://a.test:81/b/c?x")),
        ("#x", Some("http://a.test:81/b/c?d#x")),
        ("//o.test/x/./y", Some("http://o.test/x/y")),
        ("//o.test", Some("http://o.test")),
        ("https://o.test/a/../b?c#d", Some("https://o.test/b?c#d")),
        ("mailto:x@y", Some("mailto:x@y")),
        ("a b", Some("http://a.test:81/b/a%20b")),
        ("http://[x", None),
        ("%zz", None),
        (":x", None),
    ];
    for (reference, resolved) in cases {
        assert_eq!(address.resolve(reference).as_deref(), resolved, "{reference}");
    }
}

#[test]
fn what_cannot_be_asked_is_refused_at_its_place() {
    let cases = [
        ("preserveRequestMethod: true", "address is missing"),
        ("address: 'a.test/x'", "test.yaml:1:25: error: address is none"),
        ("address: 'ftp://a.test'", "address is none"),
        ("address: 'unix:///x'", "address is none"),
        ("address: 'http://a.test/%zz'", "address is none"),
        ("address: 'http://a.test', authResponseHeadersRegex: '('", "error"),
        ("address: 'http://a.test', authResponseHeaders: ['a b']", "a b: not a valid header name"),
        ("address: 'http://a.test', tls: {cert: x}", "tls needs both cert and key"),
    ];
    for (options, told) in cases {
        let found = problems(&format!("forwardAuth: {{{options}}}"));
        assert!(found[0].contains(told), "{found:?}");
    }
    let built = build("forwardAuth: {address: 'http://a.test', tls: {caOptional: true}, forwardBody: true}");
    assert!(built.result.is_ok());
    assert!(
        built.warnings.iter().any(|told| told.contains("caOptional is deprecated")),
        "{:?}",
        built.warnings
    );
    assert!(built.warnings.iter().any(|told| told.contains("maxBodySize")), "{:?}", built.warnings);
}
