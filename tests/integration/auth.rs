//! Who asks who it is: passwords beside traffic, users that change, servers that decide, and what outlives a reload.

use windrose_kit::peer::h1::{Backend, Client, Message, Server};
use windrose_kit::peer::tls::{Acceptor, Authority, ServerOptions};
use windrose_kit::soon;

use crate::gateway::{Gateway, Http, Setup, dynamic};

/// `a.test` with a middleware and `b.test` without.
fn site(url: &str, middleware: &str) -> String {
    dynamic(&Http {
        routers: &[
            ("guarded", "{rule: 'Host(`a.test`)', service: app, middlewares: [guard]}"),
            ("open", "{rule: 'Host(`b.test`)', service: app}"),
        ],
        services: &[("app", &format!("{{loadBalancer: {{servers: [{{url: '{url}'}}]}}}}"))],
        more: &format!("  middlewares:\n    guard: {{{middleware}}}\n"),
        ..Http::default()
    })
}

/// Asks for `a.test` as somebody, given in base64.
async fn ask_as(client: &mut Client, pair: &str) {
    client.send(&format!("GET / HTTP/1.1\r\nHost: a.test\r\nAuthorization: Basic {pair}\r\n\r\n")).await;
}

async fn answer_to(gateway: &Gateway, pair: &str) -> Message {
    let mut client = gateway.client().await;
    ask_as(&mut client, pair).await;
    client.read_response().await
}

/// Asks until the answer has this status.
async fn until_status(gateway: &Gateway, pair: &str, status: u16) {
    let asking = async {
        while answer_to(gateway, pair).await.status() != status {
            tokio::task::yield_now().await;
        }
    };
    soon(&format!("the status {status}"), asking).await;
}

#[tokio::test]
async fn passwords_are_computed_beside_traffic() {
    let server = Server::fixed("hello").await;
    let gateway = Gateway::start(Setup {
        dynamic: &site(&server.url(), &format!("basicAuth: {{users: ['admin:{SLOW}', 'quick:{QUICK}']}}")),
        ..Setup::default()
    })
    .await;
    // As many connections as it takes to have some with every worker.
    let (mut logins, mut others) = (Vec::new(), Vec::new());
    for _ in 0..8 {
        logins.push(gateway.client().await);
        others.push(gateway.client().await);
    }
    // It is known from now on.
    assert_eq!(answer_to(&gateway, QUICK_SECRET).await.status(), 200);
    for login in &mut logins {
        ask_as(login, ADMIN_WRONG).await;
    }
    let traffic = async {
        for _ in 0..10 {
            for other in &mut others {
                assert_eq!(other.get("b.test", "/").await.text(), "hello");
            }
        }
        // Nor does somebody wait who was let in before.
        assert_eq!(answer_to(&gateway, QUICK_SECRET).await.status(), 200);
    };
    let [first, ..] = &mut *logins else { panic!("no logins") };
    tokio::select! {
        biased;
        answer = first.read_response() => panic!("traffic waited for a password: {}", answer.status()),
        () = traffic => {}
    }
}

#[tokio::test]
async fn who_may_log_in_is_who_the_file_says() {
    let server = Server::fixed("hello").await;
    let mut gateway = Gateway::start(Setup {
        dynamic: &site(&server.url(), "basicAuth: {usersFile: '${dir}/users'}"),
        files: &[("users", ADMIN)],
        ..Setup::default()
    })
    .await;
    until_status(&gateway, ADMIN_SECRET, 200).await;
    gateway.folder().write("users", OTHER);
    until_status(&gateway, ADMIN_SECRET, 401).await;
    assert_eq!(answer_to(&gateway, OTHER_SECRET).await.status(), 200);
    // A mistake costs nobody the login, and is told without showing what is written there.
    gateway.folder().write("users", "other\n");
    gateway.wait_for_log("line 1 of").await;
    gateway.wait_for_log("its users stay as they were").await;
    assert_eq!(answer_to(&gateway, OTHER_SECRET).await.status(), 200);
    gateway.folder().write("users", ADMIN);
    until_status(&gateway, ADMIN_SECRET, 200).await;
    assert_eq!(answer_to(&gateway, OTHER_SECRET).await.status(), 401);
    // With nobody in it nobody passes: the router is disabled.
    gateway.folder().write("users", "# nobody\n");
    until_status(&gateway, ADMIN_SECRET, 404).await;
    assert!(!gateway.log().contains("{SHA}"), "{}", gateway.log());
}

#[tokio::test]
async fn a_server_that_decides_is_believed_by_its_certificate() {
    let server = Server::echo().await;
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let decide = |authority: &Authority| {
        let identity = authority.issue(&["127.0.0.1"]);
        Acceptor::new(&identity, ServerOptions::default())
    };
    let yes = |_: &Message| b"HTTP/1.1 200 OK\r\nX-User: alice\r\nContent-Length: 0\r\n\r\n".to_vec();
    let known = Server::answering(Backend::bind_tls(decide(&ours)).await, yes);
    let unknown = Server::answering(Backend::bind_tls(decide(&theirs)).await, yes);
    let (known, unknown) = (format!("https://{}", known.addr()), (unknown.addr(), unknown));
    let guard = |address: &str| {
        site(
            &server.url(),
            &format!(
                "forwardAuth: {{address: '{address}/x', tls: {{ca: '${{dir}}/ca.pem'}}, authResponseHeaders: [X-User]}}"
            ),
        )
    };
    let setup = Setup { dynamic: &guard(&known), files: &[("ca.pem", &ours.pem())], ..Setup::default() };
    let gateway = Gateway::start(setup).await;
    let answer = answer_to(&gateway, ADMIN_SECRET).await;
    assert!(answer.status() == 200 && answer.text().contains("X-User: alice"), "{}", answer.text());
    gateway.apply(&guard(&format!("https://{}", unknown.0))).await;
    assert_eq!(answer_to(&gateway, ADMIN_SECRET).await.status(), 500);
}

#[tokio::test]
async fn a_request_by_http2_is_asked_about_and_gets_its_page() {
    let server = Server::echo().await;
    let decider = Server::answering(Backend::bind().await, |request| {
        let status =
            if request.header("x-key") == Some("right") { "204 No Content" } else { "403 Forbidden" };
        format!("HTTP/1.1 {status}\r\nx-role-a: admin\r\nContent-Length: 0\r\n\r\n").into_bytes()
    });
    let pages = Server::fixed("the page").await;
    let text = dynamic(&Http {
        routers: &[("guarded", "{rule: 'Host(`a.test`)', service: app, middlewares: [page, guard]}")],
        services: &[
            ("app", &format!("{{loadBalancer: {{servers: [{{url: '{}'}}]}}}}", server.url())),
            ("pages", &format!("{{loadBalancer: {{servers: [{{url: '{}'}}]}}}}", pages.url())),
        ],
        more: &format!(
            "  middlewares:\n    page: {{errors: {{status: ['403'], service: pages, query: '/{{status}}?{{url}}'}}}}\n    \
             guard: {{forwardAuth: {{address: '{}/check', authResponseHeadersRegex: '^X-Role-'}}}}\n",
            decider.url()
        ),
        ..Http::default()
    });
    let gateway = Gateway::start(Setup { dynamic: &text, ..Setup::default() }).await;
    let mut client = gateway.h2_client().await;
    let request = |key: &str| {
        let request =
            http::Request::get("http://a.test/p?q").header("x-key", key).header("x-role-b", "forged");
        request.body(bytes::Bytes::new()).unwrap()
    };
    let let_in = client.send(request("right")).await;
    assert!(
        let_in.text().contains("X-Role-A: admin") && !let_in.text().contains("forged"),
        "{}",
        let_in.text()
    );
    let refused = client.send(request("wrong")).await;
    assert_eq!((refused.status, refused.text()), (403, "the page".to_owned()));
    assert_eq!(pages.requests()[0].target(), "/403?http%3A%2F%2Fa.test%2Fp%3Fq");
    assert_eq!(decider.requests()[1].header("x-forwarded-uri"), Some("/p?q"));
}

#[tokio::test]
async fn what_is_counted_outlives_a_reload() {
    let bad = |_: &Message| b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\nno".to_vec();
    let server = Server::answering(Backend::bind().await, bad);
    let guard =
        "circuitBreaker: {expression: 'ResponseCodeRatio(500, 600, 0, 600) > 0.5', fallbackDuration: 1h}";
    let gateway = Gateway::start(Setup { dynamic: &site(&server.url(), guard), ..Setup::default() }).await;
    assert_eq!(answer_to(&gateway, ADMIN_SECRET).await.status(), 500);
    until_status(&gateway, ADMIN_SECRET, 503).await;
    // Another status is another middleware with the same breaker.
    let other = guard.replace("1h", "1h, responseCode: 418");
    gateway.apply(&site(&server.url(), &other)).await;
    assert_eq!(answer_to(&gateway, ADMIN_SECRET).await.status(), 418);
    // Another expression is another breaker.
    gateway.apply(&site(&server.url(), &other.replace("0.5", "0.6"))).await;
    assert_eq!(answer_to(&gateway, ADMIN_SECRET).await.status(), 500);
}

#[tokio::test]
async fn a_place_in_flight_is_free_when_its_client_has_gone() {
    let backend = Backend::bind().await;
    let gateway = Gateway::start(Setup {
        dynamic: &site(&backend.url(), "inFlightReq: {amount: 1}"),
        ..Setup::default()
    })
    .await;
    let mut first = gateway.client().await;
    ask_as(&mut first, ADMIN_SECRET).await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    // The head of an answer is not its end.
    conn.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha").await;
    first.read_response_head().await;
    assert_eq!(answer_to(&gateway, ADMIN_SECRET).await.status(), 429);
    first.reset();
    let serving = async {
        loop {
            let mut conn = backend.accept().await;
            if conn.next_request().await.is_some() {
                conn.answer("mine").await;
            }
        }
    };
    tokio::select! {
        () = serving => {}
        () = until_status(&gateway, ADMIN_SECRET, 200) => {}
    }
}

/// Of `secret`: trying it once takes a second and more.
const SLOW: &str = "$2b$14$abcdefghijklmnopqrstuug2/T3netL3BPRcnafSaAr9lEfTNoLyC";
/// Of `secret`: trying it once takes a few milliseconds.
const QUICK: &str = "$2a$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
const ADMIN: &str = "admin:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n";
const OTHER: &str = "other:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n";
const ADMIN_SECRET: &str = "YWRtaW46c2VjcmV0";
const ADMIN_WRONG: &str = "YWRtaW46d3Jvbmc=";
const OTHER_SECRET: &str = "b3RoZXI6c2VjcmV0";
const QUICK_SECRET: &str = "cXVpY2s6c2VjcmV0";
