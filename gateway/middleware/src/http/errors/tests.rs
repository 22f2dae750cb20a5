use std::cell::RefCell;
use std::sync::Arc;

use windrose_config::Located;
use windrose_http::course::{End, Guard, Record, Release};
use windrose_http::{Exchange, Reply};

use super::query;
use crate::chain::run;
use crate::kind::{BuildError, Resolve};
use crate::stage::{Chain, Stage};
use crate::testing::{Built, body, build_with, fields, request, secure_request};
use crate::{Callee, Service};

/// Knows one service.
struct Pages;

impl Resolve for Pages {
    fn middleware(&self, reference: &Located<Arc<str>>) -> Result<Arc<Chain>, BuildError> {
        Err(BuildError::at(reference, "there is none"))
    }

    fn service(&self, reference: &Located<Arc<str>>) -> Result<Callee, BuildError> {
        match &*reference.value {
            "pages" => Ok(Callee::new(Arc::new(()))),
            other => Err(BuildError::at(reference, format!("service {other} does not exist"))),
        }
    }
}

fn built(options: &str) -> Built {
    build_with(&format!("errors: {{{options}}}"), &Pages)
}

/// A server that answers with a status, beside a service that has pages.
struct Server {
    status: u16,
    asked: RefCell<Vec<String>>,
    held: Option<Arc<dyn Release>>,
}

impl Service for Server {
    async fn call(&self, ex: &mut Exchange) -> Reply {
        if let Some(held) = &self.held {
            ex.course.hold(Guard::new(Arc::clone(held), 1));
        }
        ex.headers.set("X-Inner", "1");
        let mut reply = Reply::with_body(self.status, "no");
        reply.headers.append("X-First", "1");
        reply
    }

    async fn ask(&self, _: &Callee, ex: &mut Exchange) -> Reply {
        if let Some(held) = &self.held {
            ex.course.hold(Guard::new(Arc::clone(held), 2));
        }
        let line = format!("{} {} {}", ex.method.as_str(), ex.host.as_str(), ex.target.as_str());
        self.asked.borrow_mut().push(format!("{line} {}", fields(&ex.headers).join(", ")));
        let mut reply = Reply::with_body(200, "page");
        reply.headers.append("X-Page", "1");
        reply
    }
}

async fn send(stage: &Stage, server: &Server, ex: &mut Exchange) -> Reply {
    run(std::slice::from_ref(stage), ex, server).await
}

fn server(status: u16) -> Server {
    Server { status, asked: RefCell::default(), held: None }
}

#[tokio::test]
async fn pages_stand_in_for_answers_with_these_statuses() {
    let all = "status: ['404', '500-599'], service: pages, query: 'p/{status}?o={originalStatus}', statusRewrites: {'502-503': 404}";
    let stage = built(all).result.expect("it is right");
    let cases = [
        (200, 200, None),
        (404, 404, Some("GET a.test /p/404?o=404 X-A: 1, X-Inner: 1")),
        (499, 499, None),
        (500, 500, Some("GET a.test /p/500?o=500 X-A: 1, X-Inner: 1")),
        (503, 404, Some("GET a.test /p/404?o=503 X-A: 1, X-Inner: 1")),
    ];
    for (given, told, asked) in cases {
        let server = server(given);
        let mut ex = request("POST /x\nHost: a.test\nX-A: 1\nExpect: 100-continue");
        let reply = send(&stage, &server, &mut ex).await;
        assert_eq!(reply.status, told);
        assert_eq!(server.asked.borrow().first().map(String::as_str), asked);
        let is_page = asked.is_some();
        assert_eq!(body(&reply), if is_page { "page" } else { "no" });
        assert_eq!(
            (reply.headers.contains("X-Page"), reply.headers.contains("X-First")),
            (is_page, !is_page)
        );
    }
}

#[tokio::test]
async fn only_fields_that_are_named_go_to_the_service() {
    let stage =
        built("status: ['503'], service: pages, errorRequestHeaders: [x-a, Accept]").result.expect("right");
    let server = server(503);
    send(&stage, &server, &mut request("GET /x\nHost: a.test\nX-A: 1\nX-B: 1\nX-A: 2")).await;
    assert_eq!(*server.asked.borrow(), ["GET a.test / X-A: 1, X-A: 2"]);
}

#[tokio::test]
async fn what_is_held_for_the_page_is_held_to_its_end() {
    #[derive(Default)]
    struct Returned(std::sync::Mutex<Vec<u64>>);
    impl Release for Returned {
        fn release(&self, token: u64, _: &Record) {
            self.0.lock().expect("a list").push(token);
        }
    }
    let returned = Arc::new(Returned::default());
    let server = Server { held: Some(Arc::clone(&returned) as Arc<dyn Release>), ..server(503) };
    let stage = built("status: ['503'], service: pages").result.expect("right");
    let mut ex = request("GET /x\nHost: a.test");
    let reply = send(&stage, &server, &mut ex).await;
    assert_eq!((reply.status, returned.0.lock().expect("a list").clone()), (503, vec![1]));
    ex.course.end(End::Whole);
    assert_eq!(*returned.0.lock().expect("a list"), [1, 2]);
}

#[test]
fn everything_is_put_into_the_query() {
    let ex = request("GET /a%20b/c?d=e&f\nHost: A.test:81");
    let secure = secure_request("GET /\nHost: a.test");
    let trusted = request("GET /\nHost: a.test\nX-Forwarded-Proto: https");
    let url = "http%3A%2F%2FA.test%3A81%2Fa%2520b%2Fc%3Fd%3De%26f";
    let cases = [
        (&ex, "", "/".to_owned()),
        (&ex, "x", "/x".to_owned()),
        (&ex, "//x", "//x".to_owned()),
        (&ex, "/{status}{status}/{originalStatus}", "/418418/503".to_owned()),
        (&ex, "/?{url}#{url}", format!("/?{url}")),
        (&ex, "/a b?c d\u{e9}", "/a b?c%20d%C3%A9".to_owned()),
        (&secure, "/{url}", "/https%3A%2F%2Fa.test%2F".to_owned()),
        (&trusted, "/{url}", "/https%3A%2F%2Fa.test%2F".to_owned()),
    ];
    for (ex, query, filled) in cases {
        assert_eq!(query::fill(query, 418, 503, ex), filled, "{query}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_or_told() {
    let wrong = [
        ("status: ['503']", "service is missing"),
        ("status: ['503'], service: none", "service none does not exist"),
        ("status: ['5xx'], service: pages", "no status and no range"),
        ("status: ['500-'], service: pages", "no status and no range"),
        (
            "status: ['503'], service: pages, statusRewrites: {x: 404}",
            "statusRewrites: x: no status and no range",
        ),
        ("status: ['503'], service: pages, statusRewrites: {'503': 99}", "99 is no status"),
        ("status: ['503'], service: pages, errorRequestHeaders: ['a b']", "errorRequestHeaders"),
    ];
    for (options, told) in wrong {
        let found = built(options).result.expect_err(options)[0].to_string();
        assert!(found.contains(told), "{found}");
    }
    for (options, told) in [
        ("service: pages", "no answer is ever replaced"),
        ("status: ['599-500'], service: pages", "no status is in this range"),
    ] {
        let built = built(options);
        assert!(built.result.is_ok() && built.warnings[0].contains(told), "{:?}", built.warnings);
    }
}
