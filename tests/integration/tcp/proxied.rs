//! PROXY headers, from whoever is in front of the gateway and to whoever is behind it.

use windrose_kit::peer::h1::{Client, Server};

use super::*;

const V1: &str = "PROXY TCP4 192.0.2.7 192.0.2.8 1234 5678\r\n";
const V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x07\xc0\0\x02\x08\x04\xd2\x16\x2e";
const LOCAL: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";

/// The addresses that the server is told of a client which begins with `header`.
async fn told(gateway: &Gateway, header: &[u8]) -> String {
    let mut wire = connect(gateway).await;
    wire.send(header).await;
    let answer = Client::over(wire).get("a.test", "/").await.text();
    let line = answer.lines().find(|line| line.to_ascii_lowercase().starts_with("x-forwarded-for:"));
    line.and_then(|line| line.split_once(": ")).map_or_else(String::new, |(_, value)| value.to_owned())
}

async fn of_http(options: &str) -> (Server, Gateway) {
    let server = Server::echo().await;
    let dynamic = dynamic(&Http {
        routers: &[("all", "{rule: 'PathPrefix(`/`)', service: app, entryPoints: [raw]}")],
        services: &[("app", &format!("{{loadBalancer: {{servers: [{{url: '{}'}}]}}}}", server.url()))],
        ..Http::default()
    });
    let gateway = start(options, &dynamic).await;
    (server, gateway)
}

#[tokio::test]
async fn requests_are_of_whom_a_trusted_proxy_names() {
    let (_server, gateway) = of_http("proxyProtocol: {trustedIPs: [127.0.0.0/8]}").await;
    assert_eq!(told(&gateway, V1.as_bytes()).await, "192.0.2.7");
    assert_eq!(told(&gateway, V2).await, "192.0.2.7");
    assert_eq!(told(&gateway, LOCAL).await, "127.0.0.1", "the proxy speaks for itself");
    assert_eq!(told(&gateway, b"PROXY UNKNOWN\r\n").await, "127.0.0.1");
    assert_eq!(told(&gateway, b"").await, "127.0.0.1", "a header may be left out");
}

#[tokio::test]
async fn what_strangers_claim_is_thrown_away() {
    let (_server, gateway) = of_http("proxyProtocol: {trustedIPs: [192.0.2.1]}").await;
    for header in [V1.as_bytes(), V2] {
        assert_eq!(told(&gateway, header).await, "127.0.0.1");
    }
    let (_server, gateway) = of_http("proxyProtocol: {insecure: true}").await;
    assert_eq!(told(&gateway, V1.as_bytes()).await, "192.0.2.7");
}

#[tokio::test]
async fn headers_may_come_in_pieces_and_broken_ones_end_the_connection() {
    let (_server, gateway) = of_http("proxyProtocol: {insecure: true}").await;
    for header in [V1.as_bytes(), V2] {
        let mut wire = connect(&gateway).await;
        for byte in header {
            wire.send([*byte]).await;
        }
        let answer = Client::over(wire).get("a.test", "/").await;
        assert!(answer.text().contains("192.0.2.7"), "{}", answer.text());
    }
    let too_long = format!("PROXY UNKNOWN {}", "x".repeat(200));
    for header in [
        &b"PROXY TCP4 192.0.2.7 192.0.2.8 1234\r\n"[..],
        too_long.as_bytes(),
        &[V2, b"\xff"].concat()[..13],
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x01\0",
    ] {
        let mut wire = connect(&gateway).await;
        wire.send(header).await;
        if header.len() == 13 {
            // What is only cut short may still come.
            wire.half_close().await;
        }
        wire.expect_gone().await;
    }
}

#[tokio::test]
async fn a_peer_that_waits_for_the_first_words_gets_them_in_time() {
    let backend = Backend::bind().await;
    let routes = tcp(&[
        ("routers.all", "{rule: 'HostSNI(`*`)', service: app, entryPoints: [raw]}".to_owned()),
        ("services.app", to(backend.addr())),
    ]);
    let options = "proxyProtocol: {insecure: true}, transport: {respondingTimeouts: {readTimeout: 200ms}}";
    let gateway = start(options, &routes).await;
    let mut client = connect(&gateway).await;
    let mut server = backend.accept_wire().await;
    server.send("220 hello").await;
    client.expect("220 hello").await;
}

#[tokio::test]
async fn gates_and_trust_look_at_whom_the_header_names() {
    let (_server, gateway) =
        of_http("proxyProtocol: {insecure: true}, forwardedHeaders: {trustedIPs: [192.0.2.7]}").await;
    let mut wire = connect(&gateway).await;
    wire.send(V1).await;
    wire.send("GET / HTTP/1.1\r\nHost: a.test\r\nX-Forwarded-For: 198.51.100.1\r\n\r\n").await;
    let answer = Client::over(wire).read_response().await.text();
    assert!(answer.contains("198.51.100.1, 192.0.2.7"), "{answer}");
}

#[tokio::test]
async fn servers_are_told_whose_connection_it_is() {
    let backend = Backend::bind().await;
    let by = |version: u8| {
        tcp(&[
            (
                "routers.all",
                "{rule: 'HostSNI(`*`) && ClientIP(`192.0.2.7`)', service: app, entryPoints: [raw]}"
                    .to_owned(),
            ),
            (
                "services.app",
                format!(
                    "{{loadBalancer: {{serversTransport: way, servers: [{{address: '{}'}}]}}}}",
                    backend.addr()
                ),
            ),
            ("serversTransports.way", format!("{{proxyProtocol: {{version: {version}}}}}")),
        ])
    };
    let gateway = start("proxyProtocol: {insecure: true}", &by(1)).await;
    for (version, header) in [(1, V1.as_bytes()), (2, V2)] {
        gateway.apply(&by(version)).await;
        let mut client = connect(&gateway).await;
        client.send([V1.as_bytes(), b"hello"].concat()).await;
        let mut server = backend.accept_wire().await;
        server.expect(header).await;
        server.expect("hello").await;
    }
}
