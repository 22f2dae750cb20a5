//! WebSocket to servers of HTTP/2 without TLS: by a stream where they offer it (RFC 8441), otherwise by HTTP/1.1.

use bytes::Bytes;
use h2::server::Builder;
use windrose_kit::peer::h1;
use windrose_kit::peer::h2::{Backend, Exchange};

use crate::gateway::Gateway;

const ASKING: &str = "GET /chat?room=1 HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                      Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                      Sec-WebSocket-Protocol: chat\r\n\r\n";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// A server that offers WebSocket by a stream.
async fn offering() -> Backend {
    let mut settings = Builder::new();
    settings.enable_connect_protocol();
    Backend::bind().await.with_settings(settings)
}

fn expect_asked(exchange: &Exchange) {
    let request = &exchange.request;
    assert_eq!(request.method(), http::Method::CONNECT);
    assert_eq!(request.extensions().get::<h2::ext::Protocol>().unwrap().as_str(), "websocket");
    assert_eq!(request.uri().to_string(), "http://a.test/chat?room=1");
    let fields = request.headers();
    assert_eq!(fields["sec-websocket-protocol"], "chat");
    assert_eq!(fields["sec-websocket-version"], "13");
    assert_eq!(fields["x-forwarded-proto"], "ws");
    for name in ["sec-websocket-key", "connection", "upgrade"] {
        assert!(!fields.contains_key(name), "{name}");
    }
}

#[tokio::test]
async fn a_stream_is_asked_for_where_the_server_offers_it() {
    let backend = offering().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    client.send([ASKING, "early"].concat()).await;
    let mut conn = backend.accept().await;
    let mut exchange = conn.expect_request().await;
    expect_asked(&exchange);
    let answer = http::Response::builder().header("sec-websocket-protocol", "chat").body(()).unwrap();
    let mut sending = exchange.start(answer);
    sending.send_data(Bytes::from_static(b"first"), false).unwrap();
    let response = client.read_response_head().await;
    assert_eq!((response.status(), response.header("sec-websocket-accept")), (101, Some(ACCEPT)));
    assert_eq!(
        (response.header("upgrade"), response.header("connection")),
        (Some("websocket"), Some("Upgrade"))
    );
    assert_eq!(response.header("sec-websocket-protocol"), Some("chat"));
    client.expect("first").await;
    let body = exchange.request.body_mut();
    assert_eq!(windrose_kit::soon("the first bytes", body.data()).await.unwrap().unwrap(), "early");
    let much = Bytes::from(vec![b'x'; 1 << 20]);
    client.send(&much).await;
    let mut received = 0;
    while received < much.len() {
        let part = windrose_kit::soon("more", body.data()).await.unwrap().unwrap();
        body.flow_control().release_capacity(part.len()).unwrap();
        received += part.len();
    }
    sending.send_data(much.clone(), false).unwrap();
    client.expect(&much).await;
    client.half_close().await;
    while let Some(part) = windrose_kit::soon("the end of the client", body.data()).await {
        assert!(part.unwrap().is_empty());
    }
    sending.send_data(Bytes::from_static(b"last"), true).unwrap();
    client.expect("last").await;
    client.expect_close().await;
}

#[tokio::test]
async fn a_stream_ends_with_its_client_or_its_server() {
    let backend = offering().await;
    let gateway = Gateway::to(&backend.url()).await;
    for by_client in [true, false] {
        let mut client = gateway.client().await;
        client.send(ASKING).await;
        let mut conn = backend.accept().await;
        let mut exchange = conn.expect_request().await;
        let sending = exchange.start(http::Response::new(()));
        assert_eq!(client.read_response_head().await.status(), 101);
        if by_client {
            client.reset();
            let ended = windrose_kit::soon("the end of the stream", exchange.request.body_mut().data()).await;
            assert!(ended.is_none_or(|data| data.is_err()));
        } else {
            drop(sending);
            exchange.reset(h2::Reason::INTERNAL_ERROR);
            client.expect_gone().await;
        }
    }
}

#[tokio::test]
async fn a_refusal_of_a_stream_is_an_answer() {
    let backend = offering().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    client.send(ASKING).await;
    let mut conn = backend.accept().await;
    let mut exchange = conn.expect_request().await;
    exchange.reply(http::Response::builder().status(403).body(Bytes::from_static(b"no")).unwrap());
    let response = client.read_response().await;
    assert_eq!((response.status(), response.text().as_str()), (403, "no"));
    // The connection goes on.
    client.send("GET /after HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    conn.expect_request().await.answer("ok");
    assert_eq!(client.read_response().await.text(), "ok");
}

#[tokio::test]
async fn a_server_that_offers_no_streams_is_asked_by_http_1() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    client.send(ASKING).await;
    let _conn = backend.accept().await;
    let mut wire = backend.accept_wire().await;
    let head = String::from_utf8(wire.read_until("\r\n\r\n").await).unwrap();
    assert!(head.starts_with("GET /chat?room=1 HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"), "{head}");
    wire.send(format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {ACCEPT}\r\n\r\nfirst"
    ))
    .await;
    assert_eq!(client.read_response_head().await.status(), 101);
    client.expect("first").await;
    client.send("x").await;
    wire.expect("x").await;
}

/// Not every server that is called h2c speaks HTTP/2.
#[tokio::test]
async fn a_server_that_speaks_no_http_2_is_asked_by_http_1() {
    let backend = h1::Backend::bind().await;
    let gateway = Gateway::to(&backend.url().replace("http://", "h2c://")).await;
    for closes in [true, false] {
        let mut client = gateway.client().await;
        client.send(ASKING).await;
        let mut first = backend.accept().await;
        first.read_until("\r\n\r\nSM\r\n\r\n").await;
        if closes {
            first.send("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").await;
            first.close().await;
        }
        let mut conn = backend.accept().await;
        assert_eq!(conn.expect_request().await.header("upgrade"), Some("websocket"));
        conn.send("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno").await;
        assert_eq!(client.read_response().await.text(), "no");
    }
}

#[tokio::test]
async fn another_protocol_goes_to_such_a_server_by_http_1() {
    let backend = h1::Backend::bind().await;
    let gateway = Gateway::to(&backend.url().replace("http://", "h2c://")).await;
    let mut client = gateway.client().await;
    client.send("POST /exec HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n").await;
    let mut conn = backend.accept().await;
    assert_eq!(conn.expect_request().await.header("upgrade"), Some("tcp"));
    conn.send("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n").await;
    assert_eq!(client.read_response_head().await.status(), 101);
    client.send("x").await;
    conn.expect("x").await;
}
