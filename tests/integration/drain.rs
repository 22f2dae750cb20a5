//! Stopping while clients are there: nobody who was accepted goes without an answer.

use std::time::Duration;

use http::Request;
use tokio::task::JoinSet;
use windrose_kit::peer::h1::{Backend, Client, Server};
use windrose_kit::peer::h2;
use windrose_kit::program::Signal;
use windrose_kit::{soon, within};

use crate::gateway::{Gateway, offering};

const URL: &str = "http://a.test/p";
const END: Duration = Duration::from_secs(15);

/// What a client of the load did until it could go on no more.
#[derive(Debug, Default)]
struct Tally {
    answered: usize,
    lost: Vec<String>,
}

/// Sends requests on kept connections until a new connection is refused. Only a request that was sent on a connection
/// nobody had announced to close, and that was not answered, is lost; a kept connection may close between two requests,
/// then the request is sent again on a new one, as every client does.
async fn load(addr: std::net::SocketAddr) -> Tally {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut tally = Tally::default();
    'connections: while let Ok(mut stream) = tokio::net::TcpStream::connect(addr).await {
        let mut served = 0;
        loop {
            let sent = stream.write_all(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
            let mut answer = Vec::new();
            while sent.is_ok() && !answer.ends_with(b"hello") {
                match stream.read_buf(&mut answer).await {
                    Ok(1..) => {}
                    Ok(0) | Err(_) => break,
                }
            }
            let text = String::from_utf8_lossy(&answer);
            if text.starts_with("HTTP/1.1 200 ") && text.ends_with("hello") {
                tally.answered += 1;
                served += 1;
                if text.to_ascii_lowercase().contains("connection: close") {
                    continue 'connections;
                }
            } else {
                if !answer.is_empty() || served == 0 {
                    tally.lost.push(format!("after {served} answers: {text:?}"));
                }
                continue 'connections;
            }
        }
    }
    tally
}

#[tokio::test]
async fn a_stop_under_load_loses_no_request() {
    let server = Server::fixed("hello").await;
    let entry = "transport: {lifeCycle: {requestAcceptGraceTimeout: 300ms}}";
    let gateway = Gateway::with(entry, &server.url()).await;
    let mut clients = JoinSet::new();
    for _ in 0..20 {
        clients.spawn(load(gateway.addr()));
    }
    crate::gateway::until("some load", || server.requests().len() > 200).await;
    gateway.into_program().stop(END).await;
    let tallies = soon("the clients", clients.join_all()).await;
    let answered: usize = tallies.iter().map(|tally| tally.answered).sum();
    let lost: Vec<&String> = tallies.iter().flat_map(|tally| &tally.lost).collect();
    assert!(lost.is_empty(), "{} of {answered} requests were lost: {lost:?}", lost.len());
    assert!(answered > 200);
}

#[tokio::test]
async fn an_accepted_connection_may_still_send_its_first_request() {
    let server = Server::fixed("hello").await;
    let mut gateway = Gateway::to(&server.url()).await;
    let mut plain = gateway.client().await;
    let mut tls = Client::connect_tls(gateway.addr(), &offering(&[]), "a.test").await;
    gateway.signal(Signal::Terminate);
    gateway.wait_for_log("closing").await;
    for client in [&mut plain, &mut tls] {
        let response = client.get("a.test", "/").await;
        assert_eq!((response.text().as_str(), response.header("connection")), ("hello", Some("close")));
        client.expect_close().await;
    }
    gateway.into_program().wait(END).await;
}

#[tokio::test]
async fn a_connection_under_way_is_told_to_close_with_its_answer() {
    let backend = Backend::bind().await;
    let mut gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    gateway.signal(Signal::Terminate);
    gateway.wait_for_log("draining").await;
    conn.answer("last").await;
    let response = client.read_response().await;
    assert_eq!((response.text().as_str(), response.header("connection")), ("last", Some("close")));
    client.expect_close().await;
    let (status, log) = gateway.into_program().wait(END).await;
    assert_eq!(status.code(), Some(0), "{log}");
}

#[tokio::test]
async fn a_body_under_way_is_finished() {
    let backend = Backend::bind().await;
    let mut gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 6\r\n\r\nabc").await;
    let mut conn = backend.accept().await;
    conn.read_until("abc").await;
    gateway.signal(Signal::Terminate);
    gateway.wait_for_log("draining").await;
    client.send("def").await;
    conn.expect("def").await;
    conn.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n").await;
    client.read_response_head().await;
    assert_eq!(client.read_chunk().await.unwrap(), b"abc");
    conn.send("3\r\ndef\r\n0\r\n\r\n").await;
    assert_eq!(client.read_chunk().await.unwrap(), b"def");
    assert_eq!(client.read_chunk().await, None);
    gateway.into_program().wait(END).await;
}

#[tokio::test]
async fn idle_connections_are_closed_at_once() {
    let server = Server::fixed("hello").await;
    let gateway = Gateway::to(&server.url()).await;
    let mut client = gateway.client().await;
    client.get("a.test", "/").await;
    let mut other = gateway.h2_client().await;
    assert_eq!(other.get(URL).await.text(), "hello");
    let program = gateway.into_program();
    program.signal(Signal::Terminate);
    client.expect_close().await;
    other.closed().await.unwrap();
    within(Duration::from_secs(3), "the end", program.wait(END)).await;
}

#[tokio::test]
async fn streams_under_way_are_finished_and_no_more_are_taken() {
    let backend = Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.h2_tls_client("a.test").await;
    let (mut calls, mut conns) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let mut call = client.open(Request::get(URL).body(()).unwrap()).await;
        call.finish();
        calls.push(call);
        let mut conn = backend.accept().await;
        conn.expect_request().await;
        conns.push(conn);
    }
    let mut program = gateway.into_program();
    program.signal(Signal::Terminate);
    program.wait_for_log("draining").await;
    let refused = async {
        // Until the goodbye has arrived a further stream may be taken; then it would be answered like the others.
        while client.try_send(Request::get(URL).body("".into()).unwrap()).await.is_ok() {}
    };
    let serve_late = async {
        loop {
            let mut conn = backend.accept().await;
            conn.expect_request().await;
            conn.answer("late").await;
            conns.push(conn);
        }
    };
    tokio::select! {
        () = refused => {}
        () = serve_late => {}
    }
    for (call, conn) in calls.into_iter().zip(&mut conns) {
        conn.answer("finished").await;
        assert_eq!(call.reply().await.text(), "finished");
    }
    // Whether the last word of the client still arrived is nobody's concern.
    let _ = client.closed().await;
    let (status, log) = program.wait(END).await;
    assert_eq!(status.code(), Some(0), "{log}");
}

#[tokio::test]
async fn a_client_of_http_2_that_answers_no_ping_does_not_delay_the_end() {
    let server = Server::fixed("hello").await;
    let gateway = Gateway::to(&server.url()).await;
    let mut raw = h2::Raw::connect(gateway.addr()).await;
    raw.begin(&[]).await;
    raw.write(&h2::Frame::get(1, "a.test", "/")).await;
    assert_eq!(raw.read_until(h2::kind::DATA).await.payload, b"hello");
    let program = gateway.into_program();
    program.signal(Signal::Terminate);
    raw.expect_go_away().await;
    within(Duration::from_secs(5), "the end", program.wait(END)).await;
}

#[tokio::test]
async fn a_tunnel_is_cut_when_the_time_is_over() {
    let backend = Backend::bind().await;
    let entry = "transport: {lifeCycle: {graceTimeOut: 300ms}}";
    let gateway = Gateway::with(entry, &backend.url()).await;
    let mut client = gateway.client().await;
    client.send("GET / HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n").await;
    let mut conn = backend.accept().await;
    conn.expect_request().await;
    conn.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n").await;
    assert_eq!(client.read_response().await.status(), 101);
    let mut program = gateway.into_program();
    program.signal(Signal::Terminate);
    program.wait_for_log("draining").await;
    client.send("still open").await;
    conn.expect("still open").await;
    client.expect_gone().await;
    conn.expect_gone().await;
    program.wait(END).await;
}
