//! Changes of protocol: no byte passes before both sides agreed.

use windrose_kit::peer::h1::{Backend, Client, Conn};

use crate::gateway::Gateway;

const ASK: &str = "GET /ws HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const AGREE: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                     Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

async fn start() -> (Gateway, Backend) {
    let backend = Backend::bind().await;
    let url = backend.url();
    let (gateway, ()) = tokio::join!(Gateway::to(&url), async {
        let mut conn = backend.accept().await;
        conn.expect_request().await;
        conn.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").await;
        conn.close().await;
    });
    (gateway, backend)
}

async fn ask(gateway: &Gateway, backend: &Backend, more: &str) -> (Client, Conn) {
    let mut client = Client::connect(gateway.addr()).await;
    client.send([ASK, more].concat()).await;
    let mut conn = backend.accept().await;
    let request = conn.expect_head().await;
    assert_eq!(
        (request.header("upgrade"), request.header("connection")),
        (Some("websocket"), Some("Upgrade"))
    );
    (client, conn)
}

#[tokio::test]
async fn bytes_behind_the_request_wait_for_the_answer() {
    let (gateway, backend) = start().await;
    let (mut client, mut conn) = ask(&gateway, &backend, "early").await;
    conn.send([AGREE, "welcome"].concat()).await;
    conn.expect("early").await;
    assert_eq!(client.read_response_head().await.status(), 101);
    client.expect("welcome").await;
    client.send("more").await;
    conn.expect("more").await;
    conn.close().await;
    client.expect_close().await;
}

/// A server that does not agree has answered a request, and what stands behind it is another one.
#[tokio::test]
async fn bytes_behind_a_request_that_was_refused_are_a_request() {
    let (gateway, backend) = start().await;
    let (mut client, mut conn) =
        ask(&gateway, &backend, "GET /behind HTTP/1.1\r\nHost: b.test\r\n\r\n").await;
    conn.send("HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno").await;
    assert_eq!(client.read_response().await.status(), 426);
    let behind = conn.expect_request().await;
    assert_eq!((behind.target(), behind.header("host")), ("/behind", Some("b.test")));
    assert_eq!(behind.header("x-forwarded-for"), Some("127.0.0.1"));
    conn.answer("ok").await;
    assert_eq!(client.read_response().await.text(), "ok");
}

/// The server answers something else than a change of protocol, and sends as if there were one.
#[tokio::test]
async fn bytes_behind_an_answer_that_does_not_agree_reach_nobody() {
    let (gateway, backend) = start().await;
    let (mut client, mut conn) = ask(&gateway, &backend, "").await;
    conn.send(
        "HTTP/1.1 200 OK\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\nokevil",
    )
    .await;
    let response = client.read_response().await;
    assert_eq!((response.status(), response.text().as_str(), response.header("upgrade")), (200, "ok", None));
    conn.expect_gone().await;
    client.send("GET /next HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    conn.answer("next").await;
    assert_eq!(client.read_response().await.text(), "next");
}

/// With a body there is nothing to change: the handshake is a request without one.
#[tokio::test]
async fn a_handshake_with_a_body_is_an_ordinary_request() {
    let (gateway, backend) = start().await;
    for body in
        ["Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"]
    {
        let mut client = Client::connect(gateway.addr()).await;
        client
            .send(format!(
                "GET /ws HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{body}"
            ))
            .await;
        let mut conn = backend.accept().await;
        let request = conn.expect_request().await;
        assert_eq!((request.header("upgrade"), request.text().as_str()), (None, "hello"));
        conn.send([AGREE, "evil"].concat()).await;
        assert_eq!(client.read_response().await.status(), 502);
        conn.expect_gone().await;
    }
}
