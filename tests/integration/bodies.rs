//! Bodies in both directions: chunks, trailers, ends that are none, and sizes that do not fit in memory.

use windrose_kit::peer::h1::{Backend, Client, Conn};

use crate::gateway::Gateway;

const GET: &str = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n";

/// Sends a GET by a new connection, and the head of its answer after it has reached the backend.
async fn answered(gateway: &Gateway, backend: &Backend, head: &str) -> (Client, Conn) {
    let mut client = gateway.client().await;
    client.send(GET).await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    conn.send(head).await;
    (client, conn)
}

#[tokio::test]
async fn chunks_are_passed_on_as_they_come() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    client.send("POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n").await;
    let mut conn = backend.accept().await;
    let head = conn.expect_head().await;
    assert_eq!((head.header("transfer-encoding"), head.header("content-length")), (Some("chunked"), None));
    assert_eq!(conn.read_chunk().await.unwrap(), b"one");
    client.send("3\r\ntwo\r\n").await;
    assert_eq!(conn.read_chunk().await.unwrap(), b"two");

    // The answer may begin while the request goes on.
    conn.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n").await;
    assert_eq!(client.read_response_head().await.header("transfer-encoding"), Some("chunked"));
    assert_eq!(client.read_chunk().await.unwrap(), b"first");
    client.send("5\r\nthree\r\n0\r\n\r\n").await;
    assert_eq!(conn.read_chunk().await.unwrap(), b"three");
    assert_eq!(conn.read_chunk().await, None);
    assert_eq!(conn.read_trailers().await, []);
    conn.send("4\r\nlast\r\n0\r\n\r\n").await;
    assert_eq!(client.read_chunk().await.unwrap(), b"last");
    assert_eq!(client.read_chunk().await, None);
    assert_eq!(client.read_trailers().await, []);

    client.send(GET).await;
    conn.expect_request().await;
    conn.answer("both connections go on").await;
    assert_eq!(client.read_response().await.status(), 200);
}

#[tokio::test]
async fn trailers_are_passed_on_in_both_directions() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    client
        .send(
            "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n\
             3\r\nabc\r\n0\r\nX-Sum: 6\r\n\r\n",
        )
        .await;
    let mut conn = backend.accept().await;
    let request = conn.expect_request().await;
    assert_eq!((request.text().as_str(), request.trailer("x-sum")), ("abc", Some("6")));
    assert_eq!(request.header("trailer"), Some("X-Sum"));
    conn.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n").await;
    conn.send("3\r\nxyz\r\n0\r\nX-Sum: 9\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n").await;
    let response = client.read_response().await;
    assert_eq!((response.text().as_str(), response.trailer("x-sum")), ("xyz", Some("9")));
    assert_eq!(response.header("trailer"), Some("X-Sum"));
    assert_eq!(response.trailer("x-forwarded-for"), None, "a trailer cannot change what was decided");
}

#[tokio::test]
async fn an_answer_that_ends_with_its_connection_arrives_whole() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let (mut client, mut conn) = answered(&gateway, &backend, "HTTP/1.1 200 OK\r\n\r\nhello ").await;
    assert_eq!(client.read_response_head().await.header("transfer-encoding"), Some("chunked"));
    assert_eq!(client.read_chunk().await.unwrap(), b"hello ");
    conn.send("world").await;
    assert_eq!(client.read_chunk().await.unwrap(), b"world");
    conn.close().await;
    assert_eq!(client.read_chunk().await, None);
    assert_eq!(client.read_trailers().await, []);
    client.send(GET).await;
    backend.accept().await.expect_request().await;
}

#[tokio::test]
async fn a_client_sees_when_an_answer_is_cut() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    for (head, part) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", "abc"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "3\r\nabc\r\n"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "a\r\nabc"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "3\r\nabc\r\n0\r\n"),
    ] {
        let (mut client, mut conn) = answered(&gateway, &backend, head).await;
        conn.send(part).await;
        client.read_until("abc").await;
        conn.close().await;
        let rest = client.read_to_end().await;
        let rest = String::from_utf8_lossy(&rest);
        assert!(!rest.contains("0\r\n\r\n"), "the answer {part:?} seems to end: {rest:?}");
    }
}

#[tokio::test]
async fn a_client_sees_when_an_answer_without_length_is_cut() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let (mut client, conn) = answered(&gateway, &backend, "HTTP/1.1 200 OK\r\n\r\nabc").await;
    client.read_until("abc").await;
    conn.reset();
    let rest = client.read_to_end().await;
    let rest = String::from_utf8_lossy(&rest);
    assert!(!rest.contains("0\r\n\r\n"), "the answer seems to end: {rest:?}");
}

#[tokio::test]
async fn a_client_of_http_2_sees_when_an_answer_is_cut() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.h2_client().await;
    for head in ["Content-Length: 10\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"] {
        let mut call = client.open(http::Request::get("http://a.test/").body(()).unwrap()).await;
        call.finish();
        let mut conn = backend.accept().await;
        conn.expect_request().await;
        conn.send(format!("HTTP/1.1 200 OK\r\n{head}")).await;
        assert_eq!(call.head().await.into_body().data().await.unwrap().unwrap(), "abc");
        let mut call = client.open(http::Request::get("http://a.test/").body(()).unwrap()).await;
        call.finish();
        let mut next = backend.accept().await;
        next.expect_request().await;
        next.send(format!("HTTP/1.1 200 OK\r\n{head}")).await;
        next.close().await;
        let error = call.try_reply().await.unwrap_err();
        assert!(error.is_reset(), "{error}");
    }
}

#[tokio::test]
async fn a_backend_sees_when_a_request_is_cut() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    for head in ["Content-Length: 10\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"] {
        let mut client = gateway.client().await;
        client.send(format!("POST / HTTP/1.1\r\nHost: a.test\r\n{head}")).await;
        let mut conn = backend.accept().await;
        conn.read_until("abc").await;
        client.close().await;
        let rest = conn.read_rest().await;
        assert!(!String::from_utf8_lossy(&rest).contains("0\r\n\r\n"));
    }
}

#[tokio::test]
async fn an_early_answer_reaches_a_client_that_sends_on() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    let length = 50 << 20;
    client.send(format!("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: {length}\r\n\r\nabc")).await;
    let mut conn = backend.accept().await;
    conn.expect_head().await;
    conn.send("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig").await;
    conn.close().await;
    let response = client.read_response().await;
    assert_eq!((response.status(), response.text().as_str()), (413, "big"));
    assert_eq!(response.header("connection"), Some("close"));
    // Sending ends some time, and not by a wait for all that was announced.
    while client.try_send(vec![b'x'; 64 << 10]).await.is_ok() {}
}

#[tokio::test]
async fn a_client_that_sends_everything_first_gets_an_early_answer() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    for framing in ["Transfer-Encoding: chunked\r\n\r\n100000\r\n", "Content-Length: 1048576\r\n\r\n"] {
        let mut client = gateway.client().await;
        client.send(format!("POST / HTTP/1.1\r\nHost: a.test\r\n{framing}")).await;
        let mut conn = backend.accept().await;
        conn.expect_head().await;
        conn.answer("no need").await;
        for _ in 0..64 {
            client.send(vec![b'x'; 16 << 10]).await;
        }
        let response = client.read_response().await;
        assert_eq!((response.status(), response.text().as_str()), (200, "no need"));
    }
}

#[tokio::test]
async fn a_short_rest_of_a_body_is_read_so_that_the_connection_goes_on() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000\r\n\r\nabc").await;
    let mut conn = backend.accept().await;
    conn.expect_head().await;
    conn.answer("early").await;
    let response = client.read_response().await;
    assert_eq!((response.text().as_str(), response.header("connection")), ("early", None));
    client.send(vec![b'x'; 997]).await;
    client.send(GET).await;
    let mut second = backend.accept().await;
    second.expect_request().await;
    second.answer("second").await;
    assert_eq!(client.read_response().await.text(), "second");
    conn.read_rest().await;
}

const LARGE: usize = 512 << 20;
const PIECE: usize = 1 << 20;
/// More than all buffers of one exchange, less than any part of the body that is worth the name.
const ROOM: usize = 24 << 20;

#[tokio::test]
async fn a_large_answer_takes_no_memory() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {LARGE}\r\n\r\n");
    let (mut client, mut conn) = answered(&gateway, &backend, &head).await;
    client.read_response_head().await;
    gateway.forget_peak();
    let before = gateway.memory();
    let piece = vec![b'x'; PIECE];
    let send = async {
        for _ in 0..LARGE / PIECE {
            conn.send(&piece).await;
        }
    };
    let read = async {
        for _ in 0..LARGE / PIECE {
            client.read_exact(PIECE).await;
        }
    };
    tokio::join!(send, read);
    let grown = gateway.peak_memory().saturating_sub(before);
    assert!(grown < ROOM, "{grown} bytes more than before");
}

#[tokio::test]
async fn a_large_request_takes_no_memory() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    client.send(format!("PUT / HTTP/1.1\r\nHost: a.test\r\nContent-Length: {LARGE}\r\n\r\n")).await;
    let mut conn = backend.accept().await;
    conn.expect_head().await;
    gateway.forget_peak();
    let before = gateway.memory();
    let piece = vec![b'x'; PIECE];
    let send = async {
        for _ in 0..LARGE / PIECE {
            client.send(&piece).await;
        }
    };
    let read = async {
        for _ in 0..LARGE / PIECE {
            conn.read_exact(PIECE).await;
        }
    };
    tokio::join!(send, read);
    let grown = gateway.peak_memory().saturating_sub(before);
    assert!(grown < ROOM, "{grown} bytes more than before");
    conn.answer("done").await;
    assert_eq!(client.read_response().await.text(), "done");
}

#[tokio::test]
async fn a_client_that_reads_nothing_takes_no_memory() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {LARGE}\r\n\r\n");
    let (mut client, mut conn) = answered(&gateway, &backend, &head).await;
    client.read_response_head().await;
    let before = gateway.memory();
    let sent = conn.send_until_stuck(LARGE).await;
    assert!(sent < 64 << 20, "{sent} bytes were taken for a client that reads nothing");
    let grown = gateway.memory().saturating_sub(before);
    assert!(grown < ROOM, "{grown} bytes more than before");
    // And the rest comes when it reads.
    let read = async { client.read_exact(sent).await };
    assert_eq!(read.await.len(), sent);
}

#[tokio::test]
async fn a_server_that_breaks_off_a_request_is_an_error() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    for length in ["Content-Length: 52428800\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n3200000\r\n"] {
        let mut client = gateway.client().await;
        client.send(format!("POST / HTTP/1.1\r\nHost: a.test\r\n{length}abc")).await;
        let mut conn = backend.accept().await;
        conn.read_until("abc").await;
        conn.reset();
        let response = client.read_response().await;
        assert_eq!(response.status(), 502);
    }
}

#[tokio::test]
async fn requests_that_are_sent_ahead_wait_outside() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    client.send(GET).await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    let before = gateway.memory();
    let sent = client.send_until_stuck(256 << 20).await;
    assert!(sent < 32 << 20, "{sent} bytes were taken ahead");
    let grown = gateway.memory().saturating_sub(before);
    assert!(grown < 8 << 20, "{grown} bytes more than before");
    conn.answer("done").await;
    assert_eq!(client.read_response().await.text(), "done");
}
