//! How servers are reached: Unix sockets, TLS and its checks.

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;

use windrose_kit::peer::h1::{Backend, Server};
use windrose_kit::peer::h2;
use windrose_kit::peer::tls::{Acceptor, Authority, Identity, ServerOptions};
use windrose_kit::temp::TempDir;

use crate::gateway::{Gateway, Setup, to, to_by};

async fn status(gateway: &Gateway) -> u16 {
    gateway.client().await.get("a.test", "/").await.status()
}

async fn by(url: &str, transport: &str, files: &[(&str, &str)]) -> Gateway {
    Gateway::start(Setup { dynamic: &to_by(url, transport), files, ..Setup::default() }).await
}

#[tokio::test]
async fn a_server_may_listen_on_a_unix_socket() {
    let folder = TempDir::new();
    let path = folder.path().join("server.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let server = tokio::task::spawn_blocking(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut heads = Vec::new();
        for _ in 0..2 {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                head.extend(byte);
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").unwrap();
            heads.push(String::from_utf8(head).unwrap());
        }
        heads
    });
    let gateway =
        Gateway::start(Setup { dynamic: &to(&format!("unix://{}", path.display())), ..Setup::default() })
            .await;
    let mut client = gateway.client().await;
    for _ in 0..2 {
        assert_eq!(client.get("a.test", "/p").await.text(), "hello");
    }
    let heads = windrose_kit::soon("the server", server).await.unwrap();
    assert!(heads[0].starts_with("GET /p HTTP/1.1\r\nHost: a.test\r\n"), "{heads:?}");
}

#[tokio::test]
async fn a_server_is_believed_only_by_its_authority_and_name() {
    let (authority, stranger) = (Authority::new("ca"), Authority::new("stranger"));
    let acceptor = Acceptor::new(&authority.issue(&["server.test"]), ServerOptions::default());
    let server = Server::echo_tls(acceptor).await;
    let files = [("ca.pem", &*authority.pem()), ("stranger.pem", &*stranger.pem())];
    for (transport, expected) in [
        ("rootCAs: ['${dir}/ca.pem'], serverName: server.test", 200),
        ("rootCAs: ['${dir}/stranger.pem'], serverName: server.test", 500),
        ("rootCAs: ['${dir}/ca.pem'], serverName: other.test", 500),
        ("rootCAs: ['${dir}/ca.pem']", 500),
        (
            "rootCAs: ['${dir}/ca.pem'], serverName: server.test, \
             peerCertSANs: [{type: URI, value: 'spiffe://a'}, {type: DNSName, value: server.test}]",
            200,
        ),
        (
            "rootCAs: ['${dir}/ca.pem'], serverName: server.test, peerCertSANs: [{type: DNSName, value: other.test}]",
            500,
        ),
        ("rootCAs: ['${dir}/ca.pem'], serverName: server.test, peerCertURI: 'spiffe://a'", 500),
        ("serverName: server.test", 500),
        ("insecureSkipVerify: true", 200),
    ] {
        let gateway = by(&server.url(), transport, &files).await;
        assert_eq!(status(&gateway).await, expected, "{transport}");
    }
}

#[tokio::test]
async fn a_self_signed_certificate_is_believed_when_it_is_listed() {
    let (pinned, twin) = (Identity::self_signed(&["server.test"]), Identity::self_signed(&["server.test"]));
    let server = Server::echo_tls(Acceptor::new(&pinned, ServerOptions::default())).await;
    let files = [("pinned.pem", pinned.certificate_pem()), ("twin.pem", twin.certificate_pem())];
    for (transport, expected) in [
        ("rootCAs: ['${dir}/pinned.pem'], serverName: server.test", 200),
        ("rootCAs: ['${dir}/pinned.pem'], serverName: other.test", 500),
        ("rootCAs: ['${dir}/twin.pem'], serverName: server.test", 500),
        ("serverName: server.test", 500),
    ] {
        let gateway = by(&server.url(), transport, &files).await;
        assert_eq!(status(&gateway).await, expected, "{transport}");
    }
}

#[tokio::test]
async fn the_name_asked_for_is_that_of_the_url_or_the_transport() {
    let identity = Authority::new("ca").issue(&["localhost"]);
    let backend = Backend::bind_tls(Acceptor::new(&identity, ServerOptions::default())).await;
    let url = format!("https://localhost:{}", backend.addr().port());
    for (transport, expected) in [
        ("insecureSkipVerify: true", "localhost"),
        ("insecureSkipVerify: true, serverName: x.test", "x.test"),
    ] {
        let gateway = by(&url, transport, &[]).await;
        let mut client = gateway.client().await;
        client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
        let mut conn = backend.accept().await;
        assert_eq!(conn.socket().server_name().as_deref(), Some(expected));
        assert_eq!(conn.expect_request().await.header("host"), Some("a.test"));
        conn.answer("done").await;
        assert_eq!(client.read_response().await.text(), "done");
    }
}

#[tokio::test]
async fn a_server_that_asks_gets_the_client_certificate() {
    let authority = Authority::new("ca");
    let client = authority.issue(&["gateway"]);
    let options = ServerOptions { clients: Some(&authority), ..ServerOptions::default() };
    let backend = Backend::bind_tls(Acceptor::new(&authority.issue(&["server.test"]), options)).await;
    let files = [
        ("ca.pem", &*authority.pem()),
        ("client.pem", client.certificate_pem()),
        ("client.key", &*client.key_pem()),
    ];
    let transport = "rootCAs: ['${dir}/ca.pem'], serverName: server.test, \
                     certificates: [{certFile: '${dir}/client.pem', keyFile: '${dir}/client.key'}]";
    let gateway = by(&backend.url(), transport, &files).await;
    let mut asking = gateway.client().await;
    asking.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    let mut conn = backend.accept().await;
    assert_eq!(conn.socket().peer_certificate().unwrap(), client.certificate_der());
    conn.expect_request().await;
    conn.answer("done").await;
    assert_eq!(asking.read_response().await.text(), "done");

    let server = Server::start(backend, |_| async {});
    let without = "rootCAs: ['${dir}/ca.pem'], serverName: server.test";
    let gateway = by(&server.url(), without, &files).await;
    assert!(status(&gateway).await >= 500);
}

#[tokio::test]
async fn http_2_is_spoken_where_both_can_and_it_is_not_forbidden() {
    let identity = Authority::new("ca").issue(&["127.0.0.1"]);
    let options = ServerOptions { alpn: &["h2", "http/1.1"], clients: None };
    let backend = h2::Backend::bind_tls(Acceptor::new(&identity, options)).await;
    for (transport, expected) in
        [("insecureSkipVerify: true", "h2"), ("insecureSkipVerify: true, disableHTTP2: true", "http/1.1")]
    {
        let gateway = by(&backend.url(), transport, &[]).await;
        let mut client = gateway.client().await;
        client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
        let wire = backend.accept_wire().await;
        let agreed = wire.socket().alpn();
        assert!(
            agreed.as_deref() == Some(expected) || (agreed.is_none() && expected == "http/1.1"),
            "{agreed:?}"
        );
    }
}

#[tokio::test]
async fn a_silent_server_of_http_2_is_asked_whether_it_lives() {
    let backend = h2::Backend::bind().await;
    let transport = "forwardingTimeouts: {readIdleTimeout: 200ms, pingTimeout: 200ms}";
    let gateway = by(&backend.url(), transport, &[]).await;
    let mut client = gateway.client().await;
    client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    let mut raw = h2::Raw::serve(backend.accept_wire().await, &[]).await;
    let ping = loop {
        let frame = raw.read_until(h2::kind::PING).await;
        if !frame.has(h2::flags::ACK) {
            break frame;
        }
    };
    assert_eq!(ping.payload.len(), 8);
    assert_eq!(client.read_response().await.status(), 502, "it does not answer");
    raw.into_wire().read_rest().await;
}

#[tokio::test]
async fn an_unknown_transport_leaves_its_router_out() {
    let server = Server::fixed("hello").await;
    let text = to(&server.url())
        .replace("loadBalancer: {servers: [{url", "loadBalancer: {serversTransport: none, servers: [{url");
    let gateway = Gateway::start(Setup { dynamic: &text, ..Setup::default() }).await;
    assert!(matches!(status(&gateway).await, 404 | 500 | 503));
    assert_eq!(server.connections(), 0);
}
