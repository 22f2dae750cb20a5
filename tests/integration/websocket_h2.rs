//! WebSocket from clients of HTTP/2: a stream takes the place of a connection (RFC 8441).

use bytes::Bytes;
use h2::ext::Protocol;
use http::{Method, Request};
use windrose_kit::peer::h1::{Backend, Server};
use windrose_kit::peer::h2::Client;
use windrose_kit::soon;

use crate::gateway::Gateway;

fn asking(protocol: &'static str) -> Request<()> {
    let mut request = Request::builder()
        .method(Method::CONNECT)
        .uri("https://a.test/chat?room=1")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-protocol", "chat")
        .body(())
        .unwrap();
    request.extensions_mut().insert(Protocol::from_static(protocol));
    request
}

/// A client that has heard what the gateway offers: only then it may ask for it.
async fn settled(gateway: &Gateway) -> Client {
    let mut client = gateway.h2_tls_client("a.test").await;
    assert_eq!(client.get("https://a.test/").await.status, 200);
    client
}

#[tokio::test]
async fn bytes_flow_both_ways_through_a_stream() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let first = async {
        let mut conn = backend.accept().await;
        conn.expect_request().await;
        conn.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
        conn.close().await;
    };
    let (mut client, ()) = tokio::join!(settled(&gateway), first);
    let mut call = client.open(asking("websocket")).await;
    call.send("early");

    let mut conn = backend.accept().await;
    let request = conn.expect_request().await;
    assert_eq!((request.method(), request.target()), ("GET", "/chat?room=1"));
    assert_eq!(request.header("upgrade"), Some("websocket"));
    assert_eq!(request.header("host"), Some("a.test"));
    assert_eq!(request.header("x-forwarded-proto"), Some("wss"));
    assert_eq!(request.header("sec-websocket-protocol"), Some("chat"));
    let key = request.header("sec-websocket-key").unwrap();
    let accept = tokio_tungstenite::tungstenite::handshake::derive_accept_key(key.as_bytes());
    let agreed = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: chat\r\n\r\nat once"
    );
    conn.send(agreed).await;
    let mut head = call.head().await;
    assert_eq!(head.status(), 200);
    assert_eq!(head.headers()["sec-websocket-protocol"], "chat");
    assert!(!head.headers().contains_key("sec-websocket-accept"));
    assert_eq!(soon("the first bytes", head.body_mut().data()).await.unwrap().unwrap(), "at once");
    conn.expect("early").await;
    call.send("later");
    conn.expect("later").await;
    call.finish();
    conn.read_to_end().await;
    conn.send("last words").await;
    assert_eq!(soon("the last bytes", head.body_mut().data()).await.unwrap().unwrap(), "last words");
    conn.close().await;
    // The end may come in a frame of its own.
    let end = soon("the end", head.body_mut().data()).await;
    assert!(end.as_ref().is_none_or(|piece| piece.as_ref().is_ok_and(|data| data.is_empty())), "{end:?}");
}

#[tokio::test]
async fn a_server_that_wants_none_answers_as_to_any_request_and_other_protocols_are_refused() {
    let server = Server::fixed("no").await;
    let gateway = Gateway::to(&server.url()).await;
    let mut client = settled(&gateway).await;
    let reply = client.open(asking("websocket")).await.reply().await;
    assert_eq!((reply.status, reply.body), (200, Bytes::from_static(b"no")));
    assert_eq!(client.open(asking("connect-udp")).await.reply().await.status, 501);
}
