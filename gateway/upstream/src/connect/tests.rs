use std::net::{Ipv4Addr, Ipv6Addr};

use rustls::RootCertStore;
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, UnixListener};

use super::*;
use crate::testing::{beside, connector, endpoint, endpoint_by, run, trusting};

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

/// A port whose queue is full, so that the kernel drops whatever asks for a connection; and what fills it.
async fn black_hole() -> (TcpListener, TcpStream, SocketAddr) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a port");
    let listener = socket.listen(0).expect("a queue of one");
    let address = listener.local_addr().expect("an address");
    let filler = TcpStream::connect(address).await.expect("the only place");
    (listener, filler, address)
}

#[test]
fn an_address_that_swallows_everything_does_not_fail_a_name() {
    run(async {
        let (_hole, _filler, hole) = black_hole().await;
        let (_listener, good) = listener().await;
        let tcp = race::first(vec![hole, good], race::STAGGER, dial_one).await.expect("a connection");
        assert_eq!(tcp.peer_addr().expect("an address"), good);
    });
}

#[test]
fn a_server_that_swallows_everything_is_given_up_in_time() {
    run(async {
        let (_hole, _filler, hole) = black_hole().await;
        let patience = Duration::from_millis(50);
        let to = endpoint_by(&format!("http://{hole}"), Connector { dial_timeout: patience, ..connector() });
        assert_eq!(connect(&to, Needs::Any).await.expect_err("nobody"), Failure::ConnectTimeout);
    });
}

#[test]
fn a_name_is_reached_at_whichever_of_its_addresses_answers() {
    run(async {
        let (_listener, address) = listener().await;
        let to = endpoint(&format!("http://localhost:{}", address.port()));
        let (io, speaks) = connect(&to, Needs::Any).await.expect("a connection");
        assert!(matches!(io, Io::Plain(Socket::Tcp(_))) && speaks == Speaks::Http1);
        if let Ok(listener) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await {
            let port = listener.local_addr().expect("an address").port();
            let tcp = dial_any(&connector().names, "ip6-localhost", port, dial_one).await;
            assert!(tcp.is_ok() || tokio::net::lookup_host(("ip6-localhost", port)).await.is_err());
        }
    });
}

#[test]
fn a_server_that_vanishes_is_noticed() {
    run(async {
        let (_listener, address) = listener().await;
        let tcp = dial_one(address).await.expect("a connection");
        let socket = SockRef::from(&tcp);
        assert!(socket.keepalive().expect("an option") && tcp.nodelay().expect("an option"));
        assert_eq!(socket.tcp_keepalive_time().expect("an option"), Duration::from_secs(30));
        assert_eq!(socket.tcp_keepalive_interval().expect("an option"), Duration::from_secs(15));
        assert_eq!(socket.tcp_keepalive_retries().expect("an option"), 9);
        assert_eq!(socket.tcp_user_timeout().expect("an option"), Some(Duration::from_secs(165)));
    });
}

#[test]
fn nobody_there_is_not_the_same_as_no_answer() {
    run(async {
        let (listener, address) = listener().await;
        drop(listener);
        let refused = connect(&endpoint(&format!("http://{address}")), Needs::Any).await;
        assert_eq!(refused.expect_err("nobody"), Failure::Connect);
        let unknown = connect(&endpoint("http://name.invalid:1"), Needs::Any).await;
        assert_eq!(unknown.expect_err("nobody"), Failure::Connect);
        let missing = connect(&endpoint("unix:///nowhere/at/all"), Needs::Any).await;
        assert_eq!(missing.expect_err("nobody"), Failure::Connect);
    });
}

#[test]
fn the_scheme_says_what_is_spoken() {
    run(async {
        let (_listener, address) = listener().await;
        let (_, speaks) =
            connect(&endpoint(&format!("h2c://{address}")), Needs::Any).await.expect("a connection");
        assert_eq!(speaks, Speaks::Http2);
        let path =
            std::env::temp_dir().join(format!("windrose-{}-{}.sock", std::process::id(), address.port()));
        let unix = UnixListener::bind(&path).expect("a socket");
        let made = connect(&endpoint(&format!("unix://{}", path.display())), Needs::Any).await;
        std::fs::remove_file(&path).expect("the socket is ours");
        assert!(matches!(made.expect("a connection"), (Io::Plain(Socket::Unix(_)), Speaks::Http1)));
        drop(unix);
    });
}

/// A server with a certificate for `localhost` that offers these protocols, as often as it is asked.
async fn secure(alpn: &[&str]) -> (SocketAddr, RootCertStore) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).expect("a root");
    let key = made.signing_key.serialize_der().try_into().expect("a key");
    let config = rustls::ServerConfig::builder().with_no_client_auth();
    let mut config = config.with_single_cert(vec![made.cert.der().clone()], key).expect("a configuration");
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let (listener, address) = listener().await;
    beside(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            if let Ok(mut tls) = acceptor.accept(tcp).await {
                beside(async move { tls.read_u8().await });
            }
        }
    });
    (address, roots)
}

#[test]
fn what_tls_agrees_on_is_spoken_and_remembered() {
    run(async {
        for (alpn, expected) in [(&["h2", "http/1.1"][..], Speaks::Http2), (&["http/1.1"], Speaks::Http1)] {
            let (address, roots) = secure(alpn).await;
            let to = endpoint_by(&format!("https://localhost:{}", address.port()), trusting(roots));
            assert_eq!(to.speaks(), None);
            let (_, speaks) = connect(&to, Needs::Http1).await.expect("a connection");
            assert_eq!((speaks, to.speaks()), (Speaks::Http1, None), "it was not offered anything else");
            let (_, speaks) = connect(&to, Needs::Any).await.expect("a connection");
            assert_eq!((speaks, to.speaks()), (expected, Some(expected)));
        }
    });
}

#[test]
fn a_handshake_that_fails_is_told_from_a_server_that_is_not_there() {
    run(async {
        let (address, _) = secure(&[]).await;
        let stranger = connect(&endpoint(&format!("https://localhost:{}", address.port())), Needs::Any).await;
        assert_eq!(stranger.expect_err("nobody vouches for it"), Failure::Handshake);
        let (listener, address) = listener().await;
        beside(async move {
            let (mut tcp, _) = listener.accept().await.expect("a client");
            tcp.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await
        });
        let plain = connect(&endpoint(&format!("https://{address}")), Needs::Any).await;
        assert_eq!(plain.expect_err("not TLS"), Failure::Handshake);
    });
}
