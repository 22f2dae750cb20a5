//! Changes of protocol other than WebSocket, and what a server must say to make one.

use windrose_kit::peer::h1::{Backend, Client, Conn};

use crate::gateway::{Gateway, Setup, to_service};

/// What `kubectl exec`, `docker attach` and `docker exec` send.
const ASKING: &[(&str, &str, &str)] = &[
    ("POST", "SPDY/3.1", "X-Stream-Protocol-Version: v4.channel.k8s.io\r\nContent-Length: 0\r\n\r\n"),
    ("POST", "tcp", "Content-Type: text/plain\r\nContent-Length: 0\r\n\r\n"),
    ("POST", "tcp", "Content-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"Tty\":true}"),
    ("POST", "tcp", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
    ("GET", "SPDY/3.1", "\r\n"),
];

fn asking(method: &str, protocol: &str, rest: &str) -> String {
    format!("{method} /exec HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: {protocol}\r\n{rest}")
}

fn agreed(protocol: &str) -> String {
    format!("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: {protocol}\r\nX-Kept: yes\r\n\r\n")
}

async fn upgraded(gateway: &Gateway, backend: &Backend, asking: &str, protocol: &str) -> (Client, Conn) {
    let mut client = gateway.client().await;
    client.send(asking).await;
    let mut conn = backend.accept().await;
    let request = conn.expect_request().await;
    assert_eq!((request.header("connection"), request.header("upgrade")), (Some("Upgrade"), Some(protocol)));
    assert_eq!(request.header("x-forwarded-proto"), Some("http"));
    // The first bytes come in one packet with the head.
    conn.send(agreed(protocol) + "first").await;
    let response = client.read_response_head().await;
    assert_eq!((response.status(), response.header("x-kept")), (101, Some("yes")));
    assert_eq!(
        (response.header("connection"), response.header("upgrade")),
        (Some("Upgrade"), Some(protocol))
    );
    client.expect("first").await;
    (client, conn)
}

#[tokio::test]
async fn what_kubectl_and_docker_ask_for_is_tunnelled() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    for (method, protocol, rest) in ASKING {
        let asking = asking(method, protocol, rest);
        let (mut client, mut conn) = upgraded(&gateway, &backend, &asking, protocol).await;
        client.send("\x00\x01 any bytes \r\n\r\n").await;
        conn.expect("\x00\x01 any bytes \r\n\r\n").await;
        conn.send("GET / HTTP/1.1\r\n\r\n").await;
        client.expect("GET / HTTP/1.1\r\n\r\n").await;
        // The end of input leaves the output.
        client.half_close().await;
        conn.expect_close().await;
        conn.send("last words").await;
        client.expect("last words").await;
        conn.close().await;
        client.expect_close().await;
    }
}

#[tokio::test]
async fn the_end_of_a_servers_output_leaves_its_input() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let asking = asking("POST", "tcp", "Content-Length: 0\r\n\r\n");
    let (mut client, mut conn) = upgraded(&gateway, &backend, &asking, "tcp").await;
    conn.half_close().await;
    client.expect_close().await;
    client.send("last words").await;
    conn.expect("last words").await;
    client.close().await;
    conn.expect_close().await;
}

#[tokio::test]
async fn what_a_client_sends_ahead_of_the_agreement_waits_for_it() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let asking = asking("POST", "SPDY/3.1", "Content-Length: 2\r\n\r\nhitoo early");
    let (mut client, mut conn) = upgraded(&gateway, &backend, &asking, "SPDY/3.1").await;
    conn.expect("too early").await;
    client.send("later").await;
    conn.expect("later").await;
}

#[tokio::test]
async fn much_goes_through_a_tunnel_in_both_directions_at_once() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let asking = asking("POST", "tcp", "Content-Length: 0\r\n\r\n");
    let (client, conn) = upgraded(&gateway, &backend, &asking, "tcp").await;
    let much: Vec<u8> = (0..3_000_000_u32).map(|number| u8::try_from(number % 251).unwrap()).collect();
    let (client, server) = (client.into_wire().into_parts().0, conn.into_wire().into_parts().0);
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (tokio::io::split(client), tokio::io::split(server));
    let (mut received, mut answered) = (vec![0; much.len()], vec![0; much.len()]);
    let all = async {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        tokio::join!(
            async { to_client.write_all(&much).await.unwrap() },
            async { to_server.write_all(&much).await.unwrap() },
            async { from_client.read_exact(&mut answered).await.unwrap() },
            async { from_server.read_exact(&mut received).await.unwrap() },
        )
    };
    windrose_kit::soon("all bytes", all).await;
    assert!(received == much && answered == much);
}

#[tokio::test]
async fn other_protocols_are_not_passed_on() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    client.send("GET /first HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    conn.answer("ok").await;
    assert_eq!(client.read_response().await.text(), "ok");
    for protocol in
        ["mine/1", "h2c", "H2C", "HTTP/2.0", "TLS/1.3", "SPDY/3", "tcp/1", "a b", "tcp tcp", "\"tcp\""]
    {
        client.send(asking("GET", protocol, "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n")).await;
        let request = conn.expect_request().await;
        assert_eq!(request.header("upgrade"), None, "{protocol}");
        assert_eq!((request.header("connection"), request.header("http2-settings")), (None, None));
        conn.answer("ok").await;
        assert_eq!(client.read_response().await.text(), "ok");
    }
    // Of several the first that is allowed is asked for, and no other.
    client.send(asking("POST", "h2c, mine/1 , spdy/3.1, tcp", "Content-Length: 0\r\n\r\n")).await;
    assert_eq!(conn.expect_request().await.headers("upgrade"), ["spdy/3.1"]);
}

#[tokio::test]
async fn nothing_is_asked_for_without_the_option_of_connection_or_by_http_1_0() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let heads =
        ["GET / HTTP/1.1\r\nHost: a.test\r\n", "GET / HTTP/1.0\r\nHost: a.test\r\nConnection: upgrade\r\n"];
    for head in heads {
        let mut client = gateway.client().await;
        client.send(format!("{head}Upgrade: tcp\r\n\r\n")).await;
        let mut conn = backend.accept().await;
        assert_eq!(conn.expect_request().await.header("upgrade"), None);
        conn.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok").await;
        assert_eq!(client.read_response().await.text(), "ok");
    }
}

#[tokio::test]
async fn a_service_may_allow_more() {
    let backend = Backend::bind().await;
    let servers = format!("servers: [{{url: '{}'}}]", backend.url());
    let service = format!("loadBalancer: {{upgradeProtocols: [Mine/1], {servers}}}");
    let gateway = Gateway::start(Setup { dynamic: &to_service(&service), ..Default::default() }).await;
    for protocol in ["mine/1", "tcp"] {
        let asking = asking("GET", protocol, "\r\n");
        let (mut client, mut conn) = upgraded(&gateway, &backend, &asking, protocol).await;
        client.send("x").await;
        conn.expect("x").await;
    }
    gateway.apply(&to_service(&format!("loadBalancer: {{{servers}}}"))).await;
    let mut client = gateway.client().await;
    client.send(asking("GET", "mine/1", "\r\n")).await;
    let mut conn = backend.accept().await;
    assert_eq!(conn.expect_request().await.header("upgrade"), None);
}

#[tokio::test]
async fn a_service_that_allows_http_itself_is_refused() {
    for protocol in ["h2c", "HTTP/2.0", "", "a b"] {
        let service = format!("loadBalancer: {{upgradeProtocols: ['{protocol}'], servers: []}}");
        let mut gateway =
            Gateway::start(Setup { dynamic: &to_service(&service), ..Default::default() }).await;
        let mut client = gateway.client().await;
        assert_eq!(client.get("a.test", "/").await.status(), 404, "{protocol}");
        gateway.wait_for_log("is no protocol that a connection may change to").await;
    }
}

#[tokio::test]
async fn a_server_that_changes_to_something_else_has_not_answered() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let cases = [
        "Connection: Upgrade\r\nUpgrade: other/1\r\n",
        "Connection: Upgrade\r\nUpgrade: websocket\r\n",
        "Connection: Upgrade\r\nUpgrade: tcp, other/1\r\n",
        "Connection: Upgrade\r\nUpgrade: tcp\r\nUpgrade: tcp\r\n",
        "Connection: Upgrade\r\n",
        "Connection: keep-alive\r\nUpgrade: tcp\r\n",
        "Upgrade: tcp\r\n",
        "",
    ];
    for fields in cases {
        let mut client = gateway.client().await;
        client.send(asking("POST", "tcp", "Content-Length: 0\r\n\r\n")).await;
        let mut conn = backend.accept().await;
        conn.expect_request().await;
        conn.send(format!("HTTP/1.1 101 Switching Protocols\r\n{fields}\r\nevil")).await;
        let response = client.read_response().await;
        assert_eq!((response.status(), response.text().as_str()), (502, "Bad Gateway"), "{fields}");
        conn.expect_gone().await;
    }
}

/// The change comes after the request (RFC 9110 §7.8): before it has been sent, nobody knows what bytes mean.
#[tokio::test]
async fn a_server_that_changes_before_it_has_the_request_has_not_answered() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    client.send(asking("POST", "tcp", "Content-Length: 5\r\n\r\nhe")).await;
    let mut conn = backend.accept().await;
    conn.expect_head().await;
    conn.send(agreed("tcp")).await;
    assert_eq!(client.read_response_head().await.status(), 502);
    conn.read_rest().await;
}
