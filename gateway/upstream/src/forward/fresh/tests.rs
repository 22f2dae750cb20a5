//! Bursts at servers that have no connection yet, counted by the servers.

use std::cell::Cell;
use std::net::{Ipv4Addr, SocketAddr};

use bytes::Bytes;
use rustls::RootCertStore;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use windrose_http::Reply;

use super::*;
use crate::connect::Connector;
use crate::forward::forward;
use crate::service::PassHost;
use crate::testing::{beside, connector, endpoint, endpoint_by, local, request, run, text, trusting};

/// What a scripted server has seen, and what it waits for.
#[derive(Default)]
struct Script {
    connections: Cell<usize>,
    requests: Cell<usize>,
    /// Answers wait for this many requests.
    hold: Cell<usize>,
    /// Handshakes wait until the test lets them go on.
    shut: Cell<bool>,
    changed: Notify,
}

impl Script {
    fn count(&self, what: &Cell<usize>) {
        what.set(what.get() + 1);
        self.changed.notify_waiters();
    }

    async fn until(&self, holds: impl Fn(&Self) -> bool) {
        while !holds(self) {
            self.changed.notified().await;
        }
    }

    fn open(&self) {
        self.shut.set(false);
        self.changed.notify_waiters();
    }
}

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

/// An HTTP/2 server that takes so many requests at a time on one connection.
async fn http2(most: Option<u32>) -> (Rc<Script>, SocketAddr) {
    let (listener, address) = listener().await;
    let script = Rc::new(Script::default());
    let seen = Rc::clone(&script);
    beside(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            seen.count(&seen.connections);
            beside(serve_http2(tcp, most, Rc::clone(&seen)));
        }
    });
    (script, address)
}

async fn serve_http2(io: impl AsyncRead + AsyncWrite + Unpin, most: Option<u32>, script: Rc<Script>) {
    script.until(|script| !script.shut.get()).await;
    let mut builder = ::h2::server::Builder::new();
    if let Some(most) = most {
        builder.max_concurrent_streams(most);
    }
    let Ok(mut connection) = builder.handshake::<_, Bytes>(io).await else { return };
    while let Some(Ok((_, mut respond))) = connection.accept().await {
        script.count(&script.requests);
        let script = Rc::clone(&script);
        beside(async move {
            script.until(|script| script.requests.get() >= script.hold.get()).await;
            if let Ok(mut body) = respond.send_response(http::Response::new(()), false) {
                let _ = body.send_data(Bytes::from_static(b"ok"), true);
            }
        });
    }
}

fn ask(to: &Arc<Endpoint>, local: &Rc<Local>) -> JoinHandle<Result<Reply, Failure>> {
    let (to, local) = (Arc::clone(to), Rc::clone(local));
    beside(async move { forward(&mut request("GET /"), &to, PassHost::Client, &local).await })
}

async fn all_are_answered(requests: Vec<JoinHandle<Result<Reply, Failure>>>) {
    for request in requests {
        let mut reply = request.await.expect("no panic").expect("an answer");
        assert_eq!((reply.status, text(&mut reply).await.as_str()), (200, "ok"));
    }
}

#[test]
fn a_burst_at_a_cold_server_makes_one_connection() {
    run(async {
        let (script, address) = http2(None).await;
        script.hold.set(100);
        let (to, local) = (endpoint(&format!("h2c://{address}")), local());
        let requests = (0..100).map(|_| ask(&to, &local)).collect();
        all_are_answered(requests).await;
        assert_eq!((script.connections.get(), script.requests.get()), (1, 100));
    });
}

#[test]
fn a_burst_makes_no_more_connections_than_the_server_needs() {
    run(async {
        let (script, address) = http2(Some(10)).await;
        script.hold.set(95);
        let (to, local) = (endpoint(&format!("h2c://{address}")), local());
        let requests = (0..95).map(|_| ask(&to, &local)).collect();
        all_are_answered(requests).await;
        assert_eq!((script.connections.get(), script.requests.get()), (10, 95));
    });
}

#[test]
fn a_server_that_takes_one_at_a_time_gets_no_second_request_early() {
    run(async {
        let (script, address) = http2(Some(1)).await;
        script.hold.set(5);
        let (to, local) = (endpoint(&format!("h2c://{address}")), local());
        // The answer of none comes before all are there: were two on one connection, this would not end.
        all_are_answered((0..5).map(|_| ask(&to, &local)).collect()).await;
        assert_eq!(script.connections.get(), 5);
    });
}

#[test]
fn whoever_began_an_attempt_may_go_away() {
    run(async {
        for connections in [0, 1] {
            let (script, address) = http2(None).await;
            script.shut.set(true);
            let (to, local) = (endpoint(&format!("h2c://{address}")), local());
            let first = ask(&to, &local);
            let others = (0..10).map(|_| ask(&to, &local)).collect();
            tokio::task::yield_now().await;
            script.until(|script| script.connections.get() >= connections).await;
            first.abort();
            assert!(first.await.expect_err("an end").is_cancelled());
            script.open();
            all_are_answered(others).await;
            assert_eq!(script.connections.get(), 1);
        }
    });
}

#[test]
fn an_attempt_that_nobody_waits_for_any_more_is_kept_for_the_next() {
    run(async {
        let (script, address) = http2(None).await;
        script.shut.set(true);
        let (to, local) = (endpoint(&format!("h2c://{address}")), local());
        let first = ask(&to, &local);
        script.until(|script| script.connections.get() == 1).await;
        first.abort();
        script.open();
        all_are_answered(vec![ask(&to, &local)]).await;
        assert_eq!(script.connections.get(), 1);
    });
}

/// A server that closes every connection without a word.
async fn curt() -> (Rc<Script>, SocketAddr) {
    let (listener, address) = listener().await;
    let script = Rc::new(Script::default());
    let seen = Rc::clone(&script);
    beside(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            seen.count(&seen.connections);
            let seen = Rc::clone(&seen);
            beside(async move {
                seen.until(|script| !script.shut.get()).await;
                drop(tcp);
            });
        }
    });
    (script, address)
}

#[test]
fn all_that_wait_share_a_failure_and_nobody_tries_again_for_them() {
    run(async {
        let (script, address) = curt().await;
        script.shut.set(true);
        let (to, local) = (endpoint(&format!("h2c://{address}")), local());
        let requests: Vec<_> = (0..50).map(|_| ask(&to, &local)).collect();
        script.until(|script| script.connections.get() == 1).await;
        script.open();
        for request in requests {
            let failure = request.await.expect("no panic").expect_err("no answer");
            assert_eq!(failure.status(), 502, "{failure}");
        }
        assert_eq!(script.connections.get(), 1);
        // What failed is not remembered: the next one asks again.
        assert!(ask(&to, &local).await.expect("no panic").is_err());
        assert_eq!(script.connections.get(), 2);
    });
}

#[test]
fn waiting_ends_when_the_time_for_connecting_does() {
    run(async {
        let (_listener, address) = listener().await;
        // It is connected and says nothing: the first request goes out, and the others wait to be let on.
        let connector = Connector { dial_timeout: std::time::Duration::from_millis(100), ..connector() };
        let (to, local) = (endpoint_by(&format!("h2c://{address}"), connector), local());
        let _first = ask(&to, &local);
        for other in (0..5).map(|_| ask(&to, &local)).collect::<Vec<_>>() {
            assert_eq!(other.await.expect("no panic").expect_err("no answer"), Failure::ConnectTimeout);
        }
    });
}

/// Answers the first request, and ends the connection when it has so many.
async fn serve_until(tcp: tokio::net::TcpStream, most: usize, script: Rc<Script>) {
    let mut connection = ::h2::server::handshake(tcp).await.expect("a client");
    let mut unanswered = Vec::new();
    while let Some(Ok((_, mut respond))) = connection.accept().await {
        script.count(&script.requests);
        if script.requests.get() == 1 {
            let mut body = respond.send_response(http::Response::new(()), false).expect("a stream");
            body.send_data(Bytes::from_static(b"ok"), true).expect("a stream");
        }
        unanswered.push(respond);
        if unanswered.len() == most {
            return;
        }
    }
}

#[test]
fn a_connection_that_ends_under_many_is_replaced_by_one() {
    run(async {
        let (listener, address) = listener().await;
        let script = Rc::new(Script::default());
        let seen = Rc::clone(&script);
        beside(async move {
            let (tcp, _) = listener.accept().await.expect("a client");
            seen.count(&seen.connections);
            beside(serve_until(tcp, 31, Rc::clone(&seen)));
            while let Ok((tcp, _)) = listener.accept().await {
                seen.count(&seen.connections);
                beside(serve_http2(tcp, None, Rc::clone(&seen)));
            }
        });
        let (to, local) = (endpoint(&format!("h2c://{address}")), local());
        all_are_answered(vec![ask(&to, &local)]).await;
        all_are_answered((0..30).map(|_| ask(&to, &local)).collect()).await;
        assert_eq!(script.connections.get(), 2);
    });
}

/// A server with TLS that speaks HTTP/1.1 or HTTP/2.
async fn secure(speaks: Speaks) -> (Rc<Script>, Arc<Endpoint>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).expect("a root");
    let key = made.signing_key.serialize_der().try_into().expect("a key");
    let config = rustls::ServerConfig::builder().with_no_client_auth();
    let mut config = config.with_single_cert(vec![made.cert.der().clone()], key).expect("a configuration");
    config.alpn_protocols = vec![if speaks == Speaks::Http2 { b"h2".to_vec() } else { b"http/1.1".to_vec() }];
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let (listener, address) = listener().await;
    let script = Rc::new(Script::default());
    let seen = Rc::clone(&script);
    beside(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            seen.count(&seen.connections);
            let (seen, acceptor) = (Rc::clone(&seen), acceptor.clone());
            beside(async move {
                let tls = acceptor.accept(tcp).await.expect("a handshake");
                match speaks {
                    Speaks::Http2 => serve_http2(tls, None, seen).await,
                    Speaks::Http1 => serve_http1(tls, seen).await,
                }
            });
        }
    });
    let connector = Connector { max_idle: 0, ..trusting(roots) };
    (script, endpoint_by(&format!("https://localhost:{}", address.port()), connector))
}

async fn serve_http1(mut io: impl AsyncRead + AsyncWrite + Unpin, script: Rc<Script>) {
    let mut read = Vec::new();
    while io.read_buf(&mut read).await.is_ok_and(|count| count > 0) {
        if read.ends_with(b"\r\n\r\n") {
            read.clear();
            script.count(&script.requests);
            script.until(|script| script.requests.get() >= script.hold.get()).await;
            io.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await.expect("a client");
            io.flush().await.expect("a client");
        }
    }
}

#[test]
fn a_burst_by_tls_makes_one_connection_where_that_is_enough() {
    run(async {
        let (script, to) = secure(Speaks::Http2).await;
        script.hold.set(40);
        let local = local();
        all_are_answered((0..40).map(|_| ask(&to, &local)).collect()).await;
        assert_eq!(script.connections.get(), 1);
    });
}

#[test]
fn a_burst_by_tls_makes_as_many_as_http1_needs_and_waits_for_the_first_only_once() {
    run(async {
        let (script, to) = secure(Speaks::Http1).await;
        let local = local();
        for burst in 1..=2 {
            script.hold.set(burst * 20);
            all_are_answered((0..20).map(|_| ask(&to, &local)).collect()).await;
            assert_eq!(script.connections.get(), burst * 20, "each request has its own, and none is wasted");
        }
        assert_eq!(to.speaks(), Some(Speaks::Http1));
    });
}
