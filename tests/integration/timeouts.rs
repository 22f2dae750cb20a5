//! Limits of time, towards clients and towards servers.

use std::time::{Duration, Instant};

use windrose_kit::peer::h1::{Backend, Server};
use windrose_kit::peer::h2;

use crate::gateway::{Gateway, Setup, to_by};

fn timeouts(text: &str) -> String {
    format!("transport: {{respondingTimeouts: {{{text}}}}}")
}

#[tokio::test]
async fn a_client_that_sends_nothing_is_closed() {
    let server = Server::fixed("hello").await;
    let gateway = Gateway::with(&timeouts("readTimeout: 300ms"), &server.url()).await;
    let mut client = gateway.client().await;
    let start = Instant::now();
    client.expect_gone().await;
    assert!(start.elapsed() >= Duration::from_millis(250));
}

#[tokio::test]
async fn a_head_that_comes_too_slowly_is_given_up() {
    let server = Server::fixed("hello").await;
    let gateway = Gateway::with(&timeouts("readTimeout: 300ms"), &server.url()).await;
    let mut client = gateway.client().await;
    client.send("GET / HTTP/1.1\r\nHost: a.test\r\n").await;
    let mut alive = tokio::time::interval(Duration::from_millis(50));
    while client.try_send("X-Slow: 1\r\n").await.is_ok() {
        alive.tick().await;
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_second_head_that_comes_too_slowly_is_given_up() {
    let server = Server::fixed("hello").await;
    let gateway = Gateway::with(&timeouts("readTimeout: 300ms"), &server.url()).await;
    let mut client = gateway.client().await;
    // The first bytes of the second come together with the first.
    client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\nGET /slow HTTP/1.1\r\n").await;
    assert_eq!(client.read_response().await.text(), "hello");
    client.expect_gone().await;
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_body_that_comes_too_slowly_is_given_up() {
    let backend = Backend::bind().await;
    let gateway = Gateway::with(&timeouts("readTimeout: 300ms"), &backend.url()).await;
    let mut client = gateway.client().await;
    client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100\r\n\r\nabc").await;
    let mut conn = backend.accept().await;
    conn.read_until("abc").await;
    conn.expect_gone().await;
    let response = client.read_response().await;
    assert_eq!((response.status(), response.header("connection")), (408, Some("close")));
    client.expect_gone().await;
}

#[tokio::test]
async fn a_body_of_http_2_that_comes_too_slowly_is_given_up() {
    let backend = Backend::bind().await;
    let gateway = Gateway::with(&timeouts("readTimeout: 300ms"), &backend.url()).await;
    let mut client = gateway.h2_client().await;
    let mut call = client.open(http::Request::post("http://a.test/").body(()).unwrap()).await;
    call.send("abc");
    let mut conn = backend.accept().await;
    conn.read_until("abc").await;
    conn.read_rest().await;
    match call.try_reply().await {
        Ok(reply) => assert_eq!(reply.status, 408),
        Err(error) => assert!(error.is_reset(), "{error}"),
    }
}

#[tokio::test]
async fn a_body_may_take_its_time_when_there_is_no_limit() {
    let backend = Backend::bind().await;
    let gateway = Gateway::with(&timeouts("readTimeout: 0, idleTimeout: 200ms"), &backend.url()).await;
    let mut client = gateway.client().await;
    client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 8\r\n\r\n").await;
    let mut conn = backend.accept().await;
    conn.expect_head().await;
    for _ in 0..8 {
        tokio::time::sleep(Duration::from_millis(60)).await;
        client.send("x").await;
        conn.expect("x").await;
    }
    conn.answer("done").await;
    assert_eq!(client.read_response().await.text(), "done");
}

#[tokio::test]
async fn a_server_may_take_longer_than_a_client_may() {
    let backend = Backend::bind().await;
    let limits = timeouts("readTimeout: 200ms, idleTimeout: 200ms");
    let gateway = Gateway::with(&limits, &backend.url()).await;
    let mut client = gateway.client().await;
    client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\n\r\nabc").await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    conn.answer("done").await;
    assert_eq!(client.read_response().await.text(), "done");
}

#[tokio::test]
async fn an_idle_client_is_closed() {
    let server = Server::fixed("hello").await;
    let gateway = Gateway::with(&timeouts("idleTimeout: 300ms"), &server.url()).await;
    let mut client = gateway.client().await;
    client.get("a.test", "/").await;
    let start = Instant::now();
    client.expect_close().await;
    assert!(start.elapsed() >= Duration::from_millis(250));
}

#[tokio::test]
async fn an_idle_client_of_http_2_is_told_and_closed() {
    let server = Server::fixed("hello").await;
    let gateway = Gateway::with(&timeouts("idleTimeout: 300ms"), &server.url()).await;
    let mut client = gateway.h2_client().await;
    assert_eq!(client.get("http://a.test/").await.text(), "hello");
    client.closed().await.unwrap();
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_given_up() {
    let backend = Backend::bind().await;
    let gateway = Gateway::with(&timeouts("writeTimeout: 300ms"), &backend.url()).await;
    for request in [
        "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1\r\n\r\nx",
    ] {
        let mut client = gateway.client().await;
        client.send(request).await;
        let mut conn = backend.accept().await;
        conn.expect_request().await;
        conn.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n").await;
        client.read_until("x\r\n").await;
        conn.expect_gone().await;
        assert_eq!(client.read_to_end().await, b"");
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_in_time_is_an_error() {
    let backend = Backend::bind().await;
    let dynamic = to_by(&backend.url(), "forwardingTimeouts: {responseHeaderTimeout: 300ms}");
    let gateway = Gateway::start(Setup { dynamic: &dynamic, ..Setup::default() }).await;
    let mut client = gateway.client().await;
    client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    let response = client.read_response().await;
    assert_eq!((response.status(), response.text().as_str()), (504, "Gateway Timeout"));
    conn.expect_gone().await;
    client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    backend.accept().await.expect_request().await;
}

#[tokio::test]
async fn a_server_of_http_2_that_does_not_answer_in_time_is_an_error() {
    let backend = h2::Backend::bind().await;
    let dynamic = to_by(&backend.url(), "forwardingTimeouts: {responseHeaderTimeout: 300ms}");
    let gateway = Gateway::start(Setup { dynamic: &dynamic, ..Setup::default() }).await;
    let mut client = gateway.client().await;
    client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    let mut conn = backend.accept().await;
    let _exchange = conn.expect_request().await;
    assert_eq!(client.read_response().await.status(), 504);
    assert_eq!(backend.connections(), 1);
}

#[tokio::test]
async fn the_wait_for_an_answer_begins_when_the_request_is_sent() {
    let backend = Backend::bind().await;
    let dynamic = to_by(&backend.url(), "forwardingTimeouts: {responseHeaderTimeout: 300ms}");
    let gateway = Gateway::start(Setup { dynamic: &dynamic, ..Setup::default() }).await;
    let mut client = gateway.client().await;
    client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\n").await;
    let mut conn = backend.accept().await;
    conn.expect_head().await;
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_millis(60)).await;
        client.send("x").await;
        conn.expect("x").await;
    }
    conn.answer("done").await;
    assert_eq!(client.read_response().await.text(), "done");
}

#[tokio::test]
async fn a_body_may_take_longer_than_the_wait_for_its_head() {
    let backend = Backend::bind().await;
    let dynamic = to_by(&backend.url(), "forwardingTimeouts: {responseHeaderTimeout: 200ms}");
    let gateway = Gateway::start(Setup { dynamic: &dynamic, ..Setup::default() }).await;
    let mut client = gateway.client().await;
    client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    conn.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    conn.send("done").await;
    assert_eq!(client.read_response().await.text(), "done");
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_in_time_is_an_error() {
    // Nobody accepts: the first connections fill the queue, and what comes then is not answered.
    let listener = tokio::net::TcpSocket::new_v4().unwrap();
    listener.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = listener.listen(1).unwrap();
    let addr = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(Ok(stream)) =
        tokio::time::timeout(Duration::from_millis(200), tokio::net::TcpStream::connect(addr)).await
    {
        waiting.push(stream);
    }
    let dynamic = to_by(&format!("http://{addr}"), "forwardingTimeouts: {dialTimeout: 300ms}");
    let gateway = Gateway::start(Setup { dynamic: &dynamic, ..Setup::default() }).await;
    let mut client = gateway.client().await;
    assert_eq!(client.get("a.test", "/").await.status(), 504);
}

#[tokio::test]
async fn an_answer_of_http_2_that_takes_too_long_is_given_up() {
    let backend = Backend::bind().await;
    let gateway = Gateway::with(&timeouts("writeTimeout: 300ms"), &backend.url()).await;
    let mut client = gateway.h2_client().await;
    for answers in [false, true] {
        let mut call = client.open(http::Request::get("http://a.test/").body(()).unwrap()).await;
        call.finish();
        let mut conn = backend.accept().await;
        conn.expect_request().await;
        if answers {
            conn.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n").await;
        }
        let error = call.try_reply().await.unwrap_err();
        assert!(error.is_reset(), "{error}");
        conn.expect_gone().await;
    }
}

#[tokio::test]
async fn a_client_of_http_2_that_begins_too_slowly_is_closed() {
    let server = Server::fixed("hello").await;
    let gateway = Gateway::with(&timeouts("readTimeout: 300ms, idleTimeout: 300ms"), &server.url()).await;
    let mut wire = windrose_kit::peer::wire::Wire::connect(gateway.addr()).await;
    wire.send("PRI * HTTP/2.0\r\n\r\nSM\r\n").await;
    wire.read_rest().await;
    let mut raw = h2::Raw::connect(gateway.addr()).await;
    raw.begin(&[]).await;
    // Half of a head, and nothing more.
    let head = h2::Frame::get(1, "a.test", "/").encode();
    raw.write_bytes(&head[..head.len() / 2]).await;
    raw.into_wire().read_rest().await;
    assert_eq!(server.connections(), 0);
}
