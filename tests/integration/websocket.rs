//! WebSocket: the upgrade, the bytes behind it, and servers that refuse.

use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{accept_async, client_async};
use windrose_kit::peer::h1::{Backend, Client, Conn};
use windrose_kit::{soon, within};

use crate::gateway::{Gateway, offering};

const UPGRADE: &str = "GET /chat HTTP/1.1\r\nHost: a.test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\
                       Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const AGREED: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                      Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

async fn upgraded(gateway: &Gateway, backend: &Backend) -> (Client, Conn) {
    let mut client = gateway.client().await;
    client.send(UPGRADE).await;
    let mut conn = backend.accept().await;
    let request = conn.expect_request().await;
    assert_eq!(request.header("upgrade"), Some("websocket"));
    assert!(request.header("connection").unwrap().eq_ignore_ascii_case("upgrade"));
    conn.send(AGREED).await;
    let response = client.read_response().await;
    assert_eq!(response.status(), 101);
    assert_eq!(response.header("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    assert!(response.header("connection").unwrap().eq_ignore_ascii_case("upgrade"));
    (client, conn)
}

#[tokio::test]
async fn bytes_flow_both_ways_after_an_upgrade() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let (mut client, mut conn) = upgraded(&gateway, &backend).await;
    client.send("any bytes \r\n\r\n").await;
    conn.expect("any bytes \r\n\r\n").await;
    conn.send("GET / HTTP/1.1\r\n\r\n").await;
    client.expect("GET / HTTP/1.1\r\n\r\n").await;
    client.half_close().await;
    conn.expect_close().await;
}

#[tokio::test]
async fn the_end_of_one_direction_leaves_the_other() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let (mut client, mut conn) = upgraded(&gateway, &backend).await;
    client.half_close().await;
    conn.read_to_end().await;
    conn.send("last words").await;
    client.expect("last words").await;
    conn.close().await;
    client.expect_close().await;
}

#[tokio::test]
async fn bytes_that_come_with_the_upgrade_are_not_lost() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    client.send(format!("{UPGRADE}too early")).await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    conn.send(format!("{AGREED}at once")).await;
    assert_eq!(client.read_response().await.status(), 101);
    client.expect("at once").await;
    conn.expect("too early").await;
    client.send("later").await;
    conn.expect("later").await;
}

#[tokio::test]
async fn a_refused_upgrade_is_an_answer_like_any_other() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    let mut conn = None;
    for status in [400, 403, 426, 200] {
        client.send(UPGRADE).await;
        let conn = match &mut conn {
            Some(conn) => conn,
            None => conn.insert(backend.accept().await),
        };
        conn.expect_request().await;
        conn.send(format!("HTTP/1.1 {status} No\r\nContent-Length: 2\r\n\r\nno")).await;
        let response = client.read_response().await;
        assert_eq!((response.status(), response.text().as_str()), (status, "no"));
    }
    client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    let conn = &mut conn.unwrap();
    assert_eq!(conn.expect_request().await.header("upgrade"), None);
    conn.answer("plain").await;
    assert_eq!(client.read_response().await.text(), "plain");
}

#[tokio::test]
async fn a_refused_upgrade_does_not_let_bytes_through() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    client.send(format!("{UPGRADE}GET /smuggled HTTP/1.1\r\nHost: b.test\r\n\r\n")).await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    conn.send("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno").await;
    assert_eq!(client.read_response().await.status(), 403);
    let next = conn.expect_request().await;
    assert_eq!(next.target(), "/smuggled");
    assert_eq!(next.header("x-forwarded-host"), Some("b.test"), "it went through as a request of its own");
}

#[tokio::test]
async fn real_peers_talk_through_an_upgrade_with_and_without_tls() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    for tls in [false, true] {
        let wire = if tls {
            offering(&["http/1.1"]).connect(gateway.addr(), "a.test").await
        } else {
            windrose_kit::peer::wire::Wire::connect(gateway.addr()).await
        };
        let (client_end, _) = wire.into_parts();
        let serve = async {
            let (socket, _) = backend.accept().await.into_wire().into_parts();
            accept_async(socket).await.unwrap()
        };
        let ask = async { client_async("ws://a.test/chat", client_end).await.unwrap().0 };
        let (mut server, mut client) = soon("the upgrade", async { tokio::join!(serve, ask) }).await;
        let long = "x".repeat(200_000);
        for text in ["hello", "", &long] {
            client.send(Message::text(text)).await.unwrap();
            let heard = soon("a message", server.next()).await.unwrap().unwrap();
            assert_eq!(heard.to_text().unwrap(), text);
            server.send(heard).await.unwrap();
            let echo = soon("its echo", client.next()).await.unwrap().unwrap();
            assert_eq!(echo.to_text().unwrap(), text);
        }
        client.close(None).await.unwrap();
        assert!(soon("the end", server.next()).await.unwrap().unwrap().is_close());
        let rest = async { while server.next().await.is_some() {} };
        within(std::time::Duration::from_secs(5), "the end of the server", rest).await;
    }
}

#[tokio::test]
async fn an_upgrade_by_http_2_servers_goes_out_by_http_1() {
    let authority = windrose_kit::peer::tls::Authority::new("ca");
    let identity = authority.issue(&["127.0.0.1"]);
    let options = windrose_kit::peer::tls::ServerOptions { alpn: &["h2", "http/1.1"], clients: None };
    let backend = Backend::bind_tls(windrose_kit::peer::tls::Acceptor::new(&identity, options)).await;
    let dynamic = crate::gateway::to_by(&backend.url(), "insecureSkipVerify: true");
    let gateway = Gateway::start(crate::gateway::Setup { dynamic: &dynamic, ..Default::default() }).await;
    let mut client = gateway.client().await;
    client.send(UPGRADE).await;
    let mut conn = backend.accept().await;
    assert_eq!(conn.socket().alpn().as_deref(), Some("http/1.1"));
    conn.expect_request().await;
    conn.send(AGREED).await;
    assert_eq!(client.read_response().await.status(), 101);
}

/// Whoever does not know the key's answer has not understood the request, and bytes for it would reach somebody else.
#[tokio::test]
async fn a_server_that_does_not_prove_that_it_speaks_web_socket_has_not_answered() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let right = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
    let names = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    let cases = [
        names.to_owned(),
        format!("{names}Sec-WebSocket-Accept: \r\n"),
        format!("{names}Sec-WebSocket-Accept: dGhlIHNhbXBsZSBub25jZQ==\r\n"),
        format!("{names}Sec-WebSocket-Accept: S3PPLMBITXAQ9KYGZZHZRBK+XOO=\r\n"),
        format!("{names}{right}{right}"),
        format!("Connection: Upgrade\r\n{right}"),
        format!("Connection: Upgrade\r\nUpgrade: foo\r\n{right}"),
        format!("Upgrade: websocket\r\n{right}"),
    ];
    for fields in cases {
        let mut client = gateway.client().await;
        client.send(UPGRADE).await;
        let mut conn = backend.accept().await;
        conn.expect_request().await;
        conn.send(format!("HTTP/1.1 101 Switching Protocols\r\n{fields}\r\nevil")).await;
        assert_eq!(client.read_response().await.status(), 502, "{fields}");
        conn.expect_gone().await;
    }
}

/// Without one key there is nothing to prove, so it is a request like any other.
#[tokio::test]
async fn a_handshake_without_a_key_is_an_ordinary_request() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    for keys in ["", &[key, key].concat()] {
        let mut client = gateway.client().await;
        client
            .send(format!(
                "GET / HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{keys}\r\n"
            ))
            .await;
        let mut conn = backend.accept().await;
        let request = conn.expect_request().await;
        assert_eq!((request.header("upgrade"), request.header("x-forwarded-proto")), (None, Some("http")));
        conn.send(AGREED).await;
        assert_eq!(client.read_response().await.status(), 502, "a change that nobody asked for");
        conn.expect_gone().await;
    }
}
