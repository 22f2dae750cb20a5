//! Connections to servers that are kept for the next request.

use windrose_kit::peer::h1::{Backend, Client, Conn, Server};
use windrose_kit::peer::tls::{Acceptor, Authority, ServerOptions};

use crate::gateway::{Gateway, Setup, to_by};

async fn send(client: &mut Client, method: &str) {
    let length = if method == "POST" { "Content-Length: 2\r\n" } else { "" };
    let body = if method == "POST" { "ab" } else { "" };
    client.send(format!("{method} / HTTP/1.1\r\nHost: a.test\r\n{length}\r\n{body}")).await;
}

/// A client whose next request goes out on the connection that the backend holds.
async fn warm(gateway: &Gateway, backend: &Backend) -> (Client, Conn) {
    let mut client = gateway.client().await;
    send(&mut client, "GET").await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    conn.answer("warm").await;
    client.read_response().await;
    (client, conn)
}

#[tokio::test]
async fn a_request_is_sent_again_when_its_kept_connection_had_ended() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    for method in ["GET", "DELETE", "HEAD", "OPTIONS"] {
        let (mut client, mut conn) = warm(&gateway, &backend).await;
        send(&mut client, method).await;
        conn.expect_request().await;
        conn.close().await;
        let mut conn = backend.accept().await;
        assert_eq!(conn.expect_request().await.method(), method);
        conn.send("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").await;
        assert_eq!(client.read_response().await.status(), 204);
    }
}

#[tokio::test]
async fn a_request_that_must_not_be_repeated_is_not_sent_again() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let (mut client, mut conn) = warm(&gateway, &backend).await;
    send(&mut client, "POST").await;
    conn.expect_request().await;
    conn.close().await;
    assert_eq!(client.read_response().await.status(), 502);
    assert_eq!(backend.connections(), 1);
}

#[tokio::test]
async fn a_request_on_a_new_connection_is_not_sent_again() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    send(&mut client, "GET").await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    conn.close().await;
    assert_eq!(client.read_response().await.status(), 502);
    assert_eq!(backend.connections(), 1);
}

#[tokio::test]
async fn a_request_is_sent_again_only_once() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let (mut client, mut conn) = warm(&gateway, &backend).await;
    send(&mut client, "GET").await;
    conn.expect_request().await;
    conn.close().await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    conn.close().await;
    assert_eq!(client.read_response().await.status(), 502);
    assert_eq!(backend.connections(), 2);
}

#[tokio::test]
async fn a_half_answer_is_not_asked_for_again() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let (mut client, mut conn) = warm(&gateway, &backend).await;
    send(&mut client, "GET").await;
    conn.expect_request().await;
    conn.send("HTTP/1.1 200").await;
    conn.close().await;
    assert!(client.read_response().await.status() >= 500);
    assert_eq!(backend.connections(), 1);
}

#[tokio::test]
async fn a_connection_is_not_used_again_when_bytes_follow_its_answer() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\nevil",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nevil",
    ] {
        let backend = Backend::bind().await;
        let gateway = Gateway::to(&backend.url()).await;
        let mut client = gateway.client().await;
        send(&mut client, "GET").await;
        let mut conn = backend.accept().await;
        conn.expect_request().await;
        conn.send(answer).await;
        client.read_response().await;
        send(&mut client, "GET").await;
        let mut next = backend.accept().await;
        next.expect_request().await;
        next.answer("good").await;
        assert_eq!(client.read_response().await.text(), "good", "{answer}");
        conn.expect_gone().await;
    }
}

#[tokio::test]
async fn a_connection_is_not_used_again_when_bytes_come_while_it_is_idle() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let (mut client, mut conn) = warm(&gateway, &backend).await;
    conn.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil").await;
    // A second conversation makes sure that the gateway has looked.
    conn.send("more").await;
    send(&mut client, "GET").await;
    let mut next = backend.accept().await;
    next.expect_request().await;
    next.answer("good").await;
    assert_eq!(client.read_response().await.text(), "good");
    conn.expect_gone().await;
}

#[tokio::test]
async fn a_connection_is_not_used_again_when_its_server_asked_to_close() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    for _ in 0..2 {
        send(&mut client, "GET").await;
        let mut conn = backend.accept().await;
        conn.expect_request().await;
        conn.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok").await;
        assert_eq!(client.read_response().await.header("connection"), None, "that is the server's affair");
        conn.expect_gone().await;
    }
}

#[tokio::test]
async fn idle_connections_beyond_the_most_are_closed() {
    let backend = Backend::bind().await;
    let gateway = Gateway::start(Setup {
        dynamic: &to_by(&backend.url(), "maxIdleConnsPerHost: -1"),
        ..Setup::default()
    })
    .await;
    let (_client, mut conn) = warm(&gateway, &backend).await;
    conn.expect_gone().await;
}

#[tokio::test]
async fn idle_connections_are_closed_after_a_while() {
    let backend = Backend::bind().await;
    let gateway = Gateway::start(Setup {
        dynamic: &to_by(&backend.url(), "forwardingTimeouts: {idleConnTimeout: 300ms}"),
        ..Setup::default()
    })
    .await;
    let (_client, mut conn) = warm(&gateway, &backend).await;
    conn.expect_gone().await;
}

#[tokio::test]
async fn a_server_that_nobody_answers_for_is_an_error() {
    let gateway = Gateway::to(&format!("http://127.0.0.1:{}", windrose_kit::port::free_port())).await;
    let mut client = gateway.client().await;
    let response = client.get("a.test", "/").await;
    assert_eq!((response.status(), response.text().as_str()), (502, "Bad Gateway"));
    assert_eq!(client.get("a.test", "/").await.status(), 502, "the client's connection goes on");
}

#[tokio::test]
async fn a_kept_connection_is_used_whatever_the_size_of_the_answers() {
    // Around the sizes that reads ask for, where one read may or may not find the end.
    let size = |target: &str| target.trim_start_matches('/').parse::<usize>().unwrap();
    let server = Server::answering(Backend::bind().await, move |request| {
        let body = vec![b'x'; size(request.target())];
        [format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes(), &body].concat()
    });
    let gateway = Gateway::to(&server.url()).await;
    let mut client = gateway.client().await;
    for size in (16_300..16_400).chain([0, 1, 8_192, 32_768, 65_536, 1_000_000]) {
        assert_eq!(client.get("a.test", &format!("/{size}")).await.body.len(), size);
        assert_eq!(server.connections(), 1, "{size}");
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_kept_connection_by_tls_is_used_again() {
    let identity = Authority::new("ca").issue(&["127.0.0.1"]);
    let server = Server::echo_tls(Acceptor::new(&identity, ServerOptions::default())).await;
    let dynamic = to_by(&server.url(), "insecureSkipVerify: true");
    let gateway = Gateway::start(Setup { dynamic: &dynamic, ..Setup::default() }).await;
    let mut client = gateway.client().await;
    for _ in 0..5 {
        assert_eq!(client.get("a.test", "/").await.status(), 200);
    }
    assert_eq!(server.connections(), 1);
}
