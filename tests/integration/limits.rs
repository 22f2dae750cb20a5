//! Limits of time, tries and rate that middlewares and services set, seen from outside.

use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::process::{Child, Command};
use windrose_kit::peer::h1::{Backend, Message, Server};
use windrose_kit::port::free_port;
use windrose_kit::soon;

use crate::gateway::{Gateway, Http, Setup, dynamic};

/// Everything goes through one middleware to one service.
fn through(middleware: &str, service: &str, more: &[(&str, &str)]) -> String {
    let mut services = vec![("app", service)];
    services.extend(more);
    let middlewares = if middleware.is_empty() { "" } else { ", middlewares: [m]" };
    dynamic(&Http {
        routers: &[("app", &format!("{{rule: 'PathPrefix(`/`)', service: app{middlewares}}}"))],
        services: &services,
        transports: &[],
        more: &if middleware.is_empty() {
            String::new()
        } else {
            format!("  middlewares:\n    m: {{{middleware}}}\n")
        },
    })
}

async fn gateway(middleware: &str, service: &str) -> Gateway {
    Gateway::start(Setup { dynamic: &through(middleware, service, &[]), ..Setup::default() }).await
}

fn to(url: &str) -> String {
    format!("{{loadBalancer: {{servers: [{{url: '{url}'}}]}}}}")
}

async fn unavailable() -> Server {
    let answer = |_: &Message| b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n".to_vec();
    Server::answering(Backend::bind().await, answer)
}

const ASK: &str = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n";

#[tokio::test]
async fn a_server_that_does_not_begin_is_given_up_by_a_middleware_or_a_service() {
    for (middleware, block) in [
        ("timeouts: {firstByte: 300ms}", ""),
        ("timeouts: {idle: 300ms}", ""),
        ("timeouts: {total: 300ms}", ""),
        ("", ", timeouts: {firstByte: 300ms}"),
    ] {
        let backend = Backend::bind().await;
        let service = format!("{{loadBalancer: {{servers: [{{url: '{}'}}]}}{block}}}", backend.url());
        let gateway = gateway(middleware, &service).await;
        let mut client = gateway.client().await;
        client.send(ASK).await;
        let mut conn = backend.accept().await;
        conn.expect_request().await;
        let answer = client.read_response().await;
        assert_eq!(
            (answer.status(), answer.text()),
            (504, "Gateway Timeout".to_owned()),
            "{middleware}{block}"
        );
        conn.expect_gone().await;
        // The connection of the client goes on.
        client.send(ASK).await;
        backend.accept().await.answer("late no more").await;
        assert_eq!(client.read_response().await.text(), "late no more");
    }
}

#[tokio::test]
async fn an_answer_that_stands_still_breaks_off_and_one_that_moves_does_not() {
    let backend = Backend::bind().await;
    let gateway = gateway("timeouts: {idle: 800ms, total: 1s}", &to(&backend.url())).await;
    let mut client = gateway.client().await;
    client.send(ASK).await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    conn.send("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n").await;
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        conn.send("x").await;
    }
    assert_eq!(client.read_response().await.text(), "x".repeat(20));
    client.send(ASK).await;
    conn.expect_request().await;
    conn.send("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nabc").await;
    let begun = Instant::now();
    client.read_until("abc").await;
    client.expect_gone().await;
    assert!(begun.elapsed() >= Duration::from_millis(700));
    conn.expect_gone().await;
}

#[tokio::test]
async fn a_request_is_tried_again_at_another_server_whatever_the_weights() {
    let good = Server::fixed("good").await;
    let bad = unavailable().await;
    let service = format!(
        "{{loadBalancer: {{servers: [{{url: '{}', weight: 50}}, {{url: '{}', weight: 1}}]}}}}",
        bad.url(),
        good.url()
    );
    let gateway = gateway("retry: {attempts: 2, status: ['503']}", &service).await;
    let mut client = gateway.client().await;
    for _ in 0..20 {
        client.send(ASK).await;
        assert_eq!(client.read_response().await.text(), "good");
    }
}

#[tokio::test]
async fn a_budget_keeps_tries_from_a_server_in_trouble() {
    let bad = unavailable().await;
    let gateway = gateway("retry: {attempts: 3, status: ['503'], budget: 20%}", &to(&bad.url())).await;
    let mut client = gateway.client().await;
    let begun = Instant::now();
    for _ in 0..100 {
        client.send(ASK).await;
        assert_eq!(client.read_response().await.status(), 503);
    }
    let asked = bad.requests().len();
    let most = 100 + 20 + 3 + usize::try_from(begun.elapsed().as_secs()).unwrap() + 1;
    assert!((120..=most).contains(&asked), "{asked}");
}

#[tokio::test]
async fn a_request_goes_where_its_field_or_cookie_says() {
    let (stable, next) = (Server::fixed("stable").await, Server::fixed("next").await);
    let weighted = "{weighted: {services: [{name: stable}, {name: next, weight: 0, header: {name: X-Canary}, cookie: {name: canary, value: beta}}]}}";
    let document = through("", weighted, &[("stable", &to(&stable.url())), ("next", &to(&next.url()))]);
    let gateway = Gateway::start(Setup { dynamic: &document, ..Setup::default() }).await;
    let mut client = gateway.client().await;
    for (fields, expected) in [
        ("", "stable"),
        ("X-Canary: always\r\n", "next"),
        ("Cookie: a=b; canary=beta\r\n", "next"),
        ("X-Canary: never\r\nCookie: canary=beta\r\n", "stable"),
        ("Cookie: canary=gamma\r\n", "stable"),
    ] {
        for _ in 0..3 {
            client.send(&format!("GET / HTTP/1.1\r\nHost: a.test\r\n{fields}\r\n")).await;
            assert_eq!(client.read_response().await.text(), expected, "{fields}");
        }
    }
}

/// A Redis of a test's own.
struct Redis {
    _process: Child,
    port: u16,
}

impl Redis {
    async fn start(port: u16) -> Self {
        let process = Command::new(crate::telemetry::peer("redis-server").await)
            .args(["--port", &port.to_string(), "--save", "", "--requirepass", "secret"])
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("redis-server");
        let redis = Self { _process: process, port };
        soon("Redis to listen", async {
            while !is_there(port).await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
        redis
    }

    fn limit(&self) -> String {
        format!(
            "rateLimit: {{average: 1, period: 1h, burst: 3, redis: {{endpoints: ['127.0.0.1:{}'], password: secret, db: 2}}}}",
            self.port
        )
    }
}

async fn is_there(port: u16) -> bool {
    tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok()
}

async fn status(gateway: &Gateway) -> u16 {
    let mut client = gateway.client().await;
    client.send(ASK).await;
    client.read_response().await.status()
}

#[tokio::test]
async fn gateways_share_the_buckets_of_a_redis_and_tell_when_it_is_gone() {
    let server = Server::fixed("hello").await;
    let port = free_port();
    let redis = Redis::start(port).await;
    let document = through(&redis.limit(), &to(&server.url()), &[]);
    let setup = || Setup { dynamic: &document, ..Setup::default() };
    let (one, other) = (Gateway::start(setup()).await, Gateway::start(setup()).await);
    let mut statuses = Vec::new();
    for gateway in [&one, &other, &one, &other, &one] {
        statuses.push(status(gateway).await);
    }
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
    drop(redis);
    soon("Redis to be gone", async {
        while is_there(port).await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    for _ in 0..3 {
        assert_eq!(status(&one).await, 500);
    }
    assert_eq!(one.log().matches("Redis cannot be used").count(), 1);
    let redis = Redis::start(port).await;
    assert_eq!(status(&one).await, 200, "a new Redis knows nothing");
    assert_eq!(one.log().matches("Redis can be used again").count(), 1);
    drop(redis);
}
