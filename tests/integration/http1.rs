//! HTTP/1 requests and answers: versions, connections that are kept, lengths.

use windrose_kit::peer::h1::{Backend, Server};

use crate::gateway::Gateway;

#[tokio::test]
async fn a_connection_serves_one_request_after_another() {
    let server = Server::echo().await;
    let gateway = Gateway::to(&server.url()).await;
    let mut client = gateway.client().await;
    for number in 0..5 {
        let response = client.get("a.test", &format!("/{number}")).await;
        assert_eq!(response.status(), 200);
        assert!(response.text().starts_with(&format!("GET /{number} HTTP/1.1\r\nHost: a.test\r\n")));
        assert_eq!(response.header("connection"), None);
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let server = Server::echo().await;
    let gateway = Gateway::to(&server.url()).await;
    let mut client = gateway.client().await;
    let requests: String =
        (0..20).map(|number| format!("GET /{number} HTTP/1.1\r\nHost: a.test\r\n\r\n")).collect();
    client.send(requests).await;
    for number in 0..20 {
        assert!(client.read_response().await.text().starts_with(&format!("GET /{number} ")));
    }
}

#[tokio::test]
async fn requests_behind_a_body_are_answered_in_order() {
    let server = Server::echo().await;
    let gateway = Gateway::to(&server.url()).await;
    let mut client = gateway.client().await;
    client
        .send(
            "POST /1 HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nfirst\
             POST /2 HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nsecond\r\n0\r\n\r\n\
             GET /3 HTTP/1.1\r\nHost: a.test\r\n\r\n",
        )
        .await;
    assert!(client.read_response().await.text().ends_with("\r\n\r\nfirst"));
    assert!(client.read_response().await.text().ends_with("\r\n\r\nsecond"));
    assert!(client.read_response().await.text().starts_with("GET /3 "));
}

#[tokio::test]
async fn a_request_may_come_byte_by_byte() {
    let server = Server::echo().await;
    let gateway = Gateway::to(&server.url()).await;
    let mut client = gateway.client().await;
    let request = "POST /p HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n\
                   3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX-T: 1\r\n\r\n";
    for byte in request.bytes() {
        client.send([byte]).await;
    }
    assert!(client.read_response().await.text().ends_with("\r\n\r\nabcde"));
}

#[tokio::test]
async fn a_client_that_asks_to_close_is_told_so_and_closed() {
    let server = Server::fixed("hello").await;
    let gateway = Gateway::to(&server.url()).await;
    let mut client = gateway.client().await;
    client.send("GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n").await;
    let response = client.read_response().await;
    assert_eq!((response.header("connection"), response.text().as_str()), (Some("close"), "hello"));
    client.expect_close().await;
}

#[tokio::test]
async fn a_client_of_http_1_0_gets_its_answer_and_the_end() {
    let server = Server::fixed("hello").await;
    let gateway = Gateway::to(&server.url()).await;
    let mut client = gateway.client().await;
    client.send("GET / HTTP/1.0\r\nHost: a.test\r\n\r\n").await;
    let response = client.read_response().await;
    assert_eq!((response.header("connection"), response.text().as_str()), (Some("close"), "hello"));
    client.expect_close().await;
    assert_eq!(server.requests()[0].start, "GET / HTTP/1.1");
}

#[tokio::test]
async fn a_client_of_http_1_0_may_keep_its_connection() {
    let server = Server::fixed("hello").await;
    let gateway = Gateway::to(&server.url()).await;
    let mut client = gateway.client().await;
    for _ in 0..2 {
        client.send("GET / HTTP/1.0\r\nHost: a.test\r\nConnection: keep-alive\r\n\r\n").await;
        let response = client.read_response().await;
        assert_eq!((response.header("connection"), response.text().as_str()), (Some("keep-alive"), "hello"));
    }
}

#[tokio::test]
async fn an_answer_of_unknown_length_ends_for_http_1_0_with_the_connection() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    client.send("GET / HTTP/1.0\r\nHost: a.test\r\nConnection: keep-alive\r\n\r\n").await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    conn.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n").await;
    let head = client.read_response_head().await;
    assert_eq!((head.header("transfer-encoding"), head.header("connection")), (None, Some("close")));
    client.expect("abc").await;
    conn.send("2\r\nde\r\n0\r\n\r\n").await;
    client.expect("de").await;
    client.expect_close().await;
}

#[tokio::test]
async fn a_backend_of_http_1_0_is_understood() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;

    client.send("GET /1 HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    conn.send("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc").await;
    assert_eq!(client.read_response().await.text(), "abc");
    conn.expect_gone().await;

    client.send("GET /2 HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    conn.send("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc").await;
    assert_eq!(client.read_response().await.text(), "abc");

    client.send("GET /3 HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    assert_eq!(conn.expect_request().await.target(), "/3");
    conn.answer("same").await;
    assert_eq!(client.read_response().await.text(), "same");
}

#[tokio::test]
async fn the_answer_to_head_tells_a_length_and_has_no_body() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    client.send("HEAD / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    let mut conn = backend.accept().await;
    assert_eq!(conn.expect_request().await.method(), "HEAD");
    conn.send("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n").await;
    assert_eq!(client.read_response_to("HEAD").await.header("content-length"), Some("1234"));

    client.send("HEAD / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    conn.expect_request().await;
    conn.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await;
    let response = client.read_response_to("HEAD").await;
    assert_eq!(response.header("content-length"), None);

    let response = {
        client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
        conn.expect_request().await;
        conn.answer("body").await;
        client.read_response().await
    };
    assert_eq!(response.text(), "body");
}

#[tokio::test]
async fn answers_without_content_have_no_body_and_keep_the_connection() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    let mut conn = None;
    for (answer, status) in [
        ("HTTP/1.1 204 No Content\r\n\r\n", 204),
        ("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", 204),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304),
        ("HTTP/1.1 304 Not Modified\r\nEtag: \"x\"\r\n\r\n", 304),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200),
    ] {
        client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
        let conn = match &mut conn {
            Some(conn) => conn,
            None => conn.insert(backend.accept().await),
        };
        conn.expect_request().await;
        conn.send(answer).await;
        let response = client.read_response().await;
        assert_eq!((response.status(), response.text().as_str()), (status, ""), "{answer}");
        assert_eq!(response.header("transfer-encoding"), None, "{answer}");
        if status == 204 {
            assert_eq!(response.header("content-length"), None, "RFC 9110 section 8.6 forbids it");
        }
    }
    assert_eq!(backend.connections(), 1);
}

#[tokio::test]
async fn an_answer_that_is_not_http_is_an_error_and_ends_its_connection() {
    for answer in [
        "hello\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    ] {
        let backend = Backend::bind().await;
        let gateway = Gateway::to(&backend.url()).await;
        let mut client = gateway.client().await;
        client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
        let mut conn = backend.accept().await;
        conn.expect_request().await;
        conn.send(answer).await;
        let status = client.read_response().await.status();
        assert!(matches!(status, 500 | 502), "{status} for {answer}");
        conn.expect_gone().await;
    }
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let server = Server::fixed("hello").await;
    let gateway = Gateway::with("http: {maxHeaderBytes: 4096}", &server.url()).await;
    let mut client = gateway.client().await;
    let fits = "x".repeat(8000);
    client.send(format!("GET / HTTP/1.1\r\nHost: a.test\r\nX-Fill: {fits}\r\n\r\n")).await;
    assert_eq!(client.read_response().await.status(), 200);
    let large = "x".repeat(8200);
    client.send(format!("GET / HTTP/1.1\r\nHost: a.test\r\nX-Fill: {large}\r\n\r\n")).await;
    let response = client.read_response().await;
    assert_eq!((response.status(), response.header("connection")), (431, Some("close")));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_head_without_end_is_refused_at_its_limit() {
    let server = Server::fixed("hello").await;
    let gateway = Gateway::to(&server.url()).await;
    let mut client = gateway.client().await;
    client.send("GET / HTTP/1.1\r\nHost: a.test\r\nX-Fill: ").await;
    client.send("x".repeat((1 << 20) + 8192)).await;
    assert_eq!(client.read_response().await.status(), 431);
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_malformed_request_ends_the_connection_and_reaches_nobody() {
    let server = Server::fixed("hello").await;
    let gateway = Gateway::to(&server.url()).await;
    for request in [
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a.test\r\nHost: a.test\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a.test\r\nX-A : b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a.test\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\nHost: a.test\n\n",
        "GET  / HTTP/1.1\r\nHost: a.test\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: +1\r\n\r\na",
    ] {
        let mut client = gateway.client().await;
        client.send(request).await;
        let response = client.read_response().await;
        assert_eq!((response.status(), response.header("connection")), (400, Some("close")), "{request}");
        client.expect_gone().await;
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_connection_ends_after_its_most_requests() {
    let server = Server::fixed("hello").await;
    let gateway = Gateway::with("transport: {keepAliveMaxRequests: 3}", &server.url()).await;
    let mut client = gateway.client().await;
    for last in [false, false, true] {
        let response = client.get("a.test", "/").await;
        assert_eq!(response.header("connection"), last.then_some("close"));
    }
    client.expect_close().await;
}

#[tokio::test]
async fn a_connection_ends_after_its_longest_time() {
    let server = Server::fixed("hello").await;
    let gateway = Gateway::with("transport: {keepAliveMaxTime: 300ms}", &server.url()).await;
    let mut client = gateway.client().await;
    let mut kept = 0;
    while client.get("a.test", "/").await.header("connection").is_none() {
        kept += 1;
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(kept > 0);
    client.expect_close().await;
}
