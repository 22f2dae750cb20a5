//! An exchange lasts to the end of its answer's body, by HTTP/1 and HTTP/2, however it ends; then whoever listens hears
//! all of it, once, and what was held is given back.

mod heard;

use std::sync::Arc;

use http::Request;
use windrose_http::Failure;
use windrose_http::course::{By, End};
use windrose_kit::gateway::{Gateway, Settings};
use windrose_kit::peer::h1::{Backend, Client, Message};
use windrose_kit::peer::h2;

use self::heard::{Heard, Holds, Line};

const STATIC: &str = "entryPoints: {web: {address: '127.0.0.1:0'}}";

/// A gateway that sends `a.test` to `server`, holds something for `held.test`, and refuses at `closed.test`.
async fn gateway(server: &str, heard: &Heard, holds: &Arc<Holds>) -> Gateway {
    let gateway = Gateway::with(Settings {
        static_config: STATIC,
        services: vec![("holds", Arc::clone(holds) as _)],
        observe: Some(heard.observers()),
        ..Settings::default()
    });
    let config = format!(
        "http:
  routers:
    a: {{rule: 'Host(`a.test`)', service: a}}
    held: {{rule: 'Host(`held.test`)', service: holds@internal}}
    closed: {{rule: 'Host(`closed.test`)', service: a, middlewares: [pass, nobody]}}
    again: {{rule: 'Host(`again.test`)', service: nowhere, middlewares: [retry]}}
  middlewares:
    pass: {{addPrefix: {{prefix: /x}}}}
    nobody: {{ipAllowList: {{sourceRange: [192.0.2.1]}}}}
    retry: {{retry: {{attempts: 3}}}}
  services:
    a: {{loadBalancer: {{servers: [{{url: '{server}'}}]}}}}
    nowhere: {{loadBalancer: {{servers: [{{url: 'http://127.0.0.1:1'}}]}}}}"
    );
    gateway.publish("file", &config).await;
    gateway
}

async fn post(client: &mut Client, host: &str, body: &str) -> Message {
    let length = body.len();
    client
        .send(format!("POST /there HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n{body}"))
        .await;
    client.read_response().await
}

#[tokio::test]
async fn numbers_and_names_of_an_exchange_are_whole_at_its_end() {
    let (heard, holds) = (Heard::default(), Arc::new(Holds::default()));
    let backend = Backend::bind().await;
    let url = backend.url();
    let gateway = gateway(&url, &heard, &holds).await;
    let mut client = Client::connect(gateway.address("web")).await;
    let serve = async {
        let mut server = backend.accept().await;
        server.expect_request().await;
        server.send("HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello").await;
        server
    };
    let (reply, _server) = tokio::join!(post(&mut client, "a.test", "four"), serve);
    assert_eq!((reply.status(), reply.text()), (201, "hello".into()));
    let line = heard.next().await;
    assert_eq!(line.names, ["route a@file to a@file", &format!("server a@file {url}"), "answered 201"]);
    let record = line.record;
    assert_eq!((record.status, record.origin_status, record.by), (201, 201, By::Server));
    assert_eq!((record.received, record.sent, record.end), (4, 5, End::Whole));
    assert!(line.times.last.is_some(), "{:?}", line.times);
    // Whoever answers is known: nobody's route, a middleware by its place, the gateway after so many attempts.
    for (host, status, by, retries) in [
        ("none.test", 404, By::Gateway(Failure::NoRoute), 0),
        ("closed.test", 403, By::Middleware(1), 0),
        ("again.test", 502, By::Gateway(Failure::Connect), 2),
    ] {
        assert_eq!(client.get(host, "/").await.status(), status);
        let Line { record, .. } = heard.next().await;
        assert_eq!((record.status, record.by, record.retries), (status, by, retries), "{host}");
    }
    assert!(heard.is_silent());
}

#[tokio::test]
async fn what_is_held_is_given_back_with_the_last_byte_by_http1() {
    let (heard, holds) = (Heard::default(), Arc::new(Holds::default()));
    let gateway = gateway("http://127.0.0.1:1", &heard, &holds).await;
    let mut client = Client::connect(gateway.address("web")).await;
    client.send("GET / HTTP/1.1\r\nHost: held.test\r\n\r\n").await;
    assert_eq!(client.read_response_head().await.status(), 200);
    assert_eq!(client.read_chunk().await.as_deref(), Some(&b"first"[..]));
    assert_eq!(holds.held(), 1, "the body has not ended");
    holds.go_on();
    assert_eq!(client.read_chunk().await.as_deref(), Some(&b"last"[..]));
    assert_eq!(client.read_chunk().await, None);
    assert_eq!(client.read_trailers().await, []);
    let Line { record, .. } = heard.next().await;
    assert_eq!((record.by, record.sent, record.end, holds.held()), (By::Own, 9, End::Whole, 0));
    // Again on the same connection, and this time the client goes away.
    client.send("GET / HTTP/1.1\r\nHost: held.test\r\n\r\n").await;
    client.read_response_head().await;
    client.read_chunk().await;
    assert_eq!(holds.held(), 1);
    client.reset();
    let Line { record, .. } = heard.next().await;
    assert_eq!((record.end, holds.held()), (End::Gone, 0));
}

#[tokio::test]
async fn what_is_held_is_given_back_with_the_last_byte_by_http2() {
    let (heard, holds) = (Heard::default(), Arc::new(Holds::default()));
    let gateway = gateway("http://127.0.0.1:1", &heard, &holds).await;
    let mut client = h2::Client::connect(gateway.address("web")).await;
    let request = || Request::get("http://held.test/").body(()).unwrap();
    let mut first = client.open(request()).await;
    first.finish();
    let mut body = first.head().await.into_body();
    assert_eq!(body.data().await.unwrap().unwrap(), "first");
    assert_eq!(holds.held(), 1, "the body has not ended");
    holds.go_on();
    assert_eq!(body.data().await.unwrap().unwrap(), "last");
    let Line { record, .. } = heard.next().await;
    assert_eq!((record.by, record.sent, record.end, holds.held()), (By::Own, 9, End::Whole, 0));
    let mut second = client.open(request()).await;
    second.finish();
    let mut body = second.head().await.into_body();
    body.data().await.unwrap().unwrap();
    assert_eq!(holds.held(), 1);
    second.reset(::h2::Reason::CANCEL);
    drop(body);
    let Line { record, .. } = heard.next().await;
    assert_eq!((record.end, holds.held()), (End::Gone, 0));
}

#[tokio::test]
async fn an_answer_that_breaks_off_ends_as_broken_and_a_client_that_does_not_wait_as_gone() {
    let (heard, holds) = (Heard::default(), Arc::new(Holds::default()));
    let backend = Backend::bind().await;
    let gateway = gateway(&backend.url(), &heard, &holds).await;
    let mut client = Client::connect(gateway.address("web")).await;
    client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    let mut server = backend.accept().await;
    server.expect_request().await;
    server.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf").await;
    server.close().await;
    let Line { record, .. } = heard.next().await;
    assert_eq!((record.status, record.sent, record.end), (200, 4, End::Broken));
    let mut client = Client::connect(gateway.address("web")).await;
    client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    let mut server = backend.accept().await;
    server.expect_request().await;
    client.reset();
    let Line { record, .. } = heard.next().await;
    assert_eq!((record.status, record.end), (0, End::Gone));
}
