//! The same, and what lives on, with another client: quic-go, driven by `tests/peers/quic_go`.

use std::time::Duration;

use windrose_kit::peer::h1::{Backend, Server};
use windrose_kit::program::Signal;

use super::{Bench, Stack, answering, configuration, targets};

async fn to(url: &str) -> Bench {
    Bench::to(url).await.spoken_to_by(Stack::QuicGo)
}

#[tokio::test]
async fn a_request_and_its_answer_are_whole() {
    let server = Server::echo().await;
    let bench = to(&server.url()).await;
    let seen = bench.play("get", &["/path?q=1"]).await;
    assert_eq!(seen["status"], 200, "{seen}");
    let request = seen["body"].as_str().unwrap().to_lowercase();
    for line in ["get /path?q=1 http/1.1", "host: a.test", "x-forwarded-proto: https"] {
        assert!(request.contains(line), "{line} is missing in\n{request}");
    }
}

#[tokio::test]
async fn large_bodies_go_both_ways() {
    let server = answering(|request| request.body.clone()).await;
    let bench = to(&server.url()).await;
    for (size, length) in [("0", "no"), ("1", "yes"), ("3000000", "yes"), ("3000000", "no")] {
        let seen = bench.play("post", &[size, length]).await;
        assert_eq!((&seen["status"], &seen["same"]), (&200.into(), &true.into()), "{size} {length}: {seen}");
    }
}

#[tokio::test]
async fn more_requests_at_once_than_a_connection_takes_are_all_answered() {
    let server = targets().await;
    let bench = to(&server.url()).await;
    let seen = bench.play("many", &["1000"]).await;
    assert_eq!(seen["right"], 1000, "{seen}");
}

#[tokio::test]
async fn trailers_go_both_ways() {
    let backend = Backend::bind().await;
    let bench = to(&backend.url()).await;
    let server = async {
        let mut conn = backend.accept().await;
        let request = conn.expect_request().await;
        assert_eq!((request.text().as_str(), request.trailer("x-sum")), ("body", Some("7")));
        let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-End\r\n\r\n\
                      2\r\nok\r\n0\r\nX-End: yes\r\n\r\n";
        conn.send(answer).await;
        conn
    };
    let (seen, _conn) = tokio::join!(bench.play("trailers", &[]), server);
    assert_eq!((&seen["status"], &seen["body"]), (&200.into(), &"ok".into()), "{seen}");
    assert_eq!(seen["trailers"]["X-End"][0], "yes", "{seen}");
}

#[tokio::test]
async fn a_web_socket_goes_through_a_stream() {
    let backend = Backend::bind().await;
    let bench = to(&backend.url()).await;
    let server = async {
        let mut conn = backend.accept().await;
        let request = conn.expect_request().await;
        assert_eq!((request.method(), request.target()), ("GET", "/socket"));
        let key = request.header("sec-websocket-key").unwrap();
        let accept = tokio_tungstenite::tungstenite::handshake::derive_accept_key(key.as_bytes());
        let agreed = format!(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        conn.send(agreed).await;
        conn.expect(b"\x81\x85\x00\x00\x00\x00hello").await;
        conn.send(b"\x81\x05hello").await;
        conn.expect_close().await;
        conn.close().await;
    };
    let (seen, ()) = tokio::join!(bench.play("web_socket", &[]), server);
    assert_eq!((&seen["status"], &seen["text"]), (&200.into(), &"hello".into()), "{seen}");
    assert_eq!(seen["rest"], 0, "{seen}");
}

#[tokio::test]
async fn a_client_that_tries_a_path_and_takes_it_goes_on() {
    let server = targets().await;
    let bench = to(&server.url()).await;
    let seen = bench.play("migrate", &["3"]).await;
    assert_eq!(seen["bodies"], serde_json::json!(["/0", "/1", "/2", "/3"]), "{seen}");
    assert_eq!(seen["ports"], 4, "{seen}");
}

#[tokio::test]
async fn whichever_worker_hears_of_a_client_after_its_change_it_goes_on() {
    let server = targets().await;
    let bench = to(&server.url()).await;
    for _ in 0..10 {
        assert_eq!(bench.play("migrate", &["1"]).await["bodies"], serde_json::json!(["/0", "/1"]));
    }
}

#[tokio::test]
async fn a_session_resumes_and_a_request_does_not_go_early() {
    let server = targets().await;
    let bench = to(&server.url()).await;
    let seen = bench.play("twice", &[]).await;
    assert_eq!((&seen["status"], &seen["body"]), (&200.into(), &"/again".into()), "{seen}");
    assert_eq!((&seen["resumed"], &seen["early"]), (&true.into(), &false.into()), "{seen}");
}

#[tokio::test]
async fn a_reload_leaves_a_long_answer_alone_and_the_next_request_sees_it() {
    let (backend, second) = (Backend::bind().await, answering(|_| b"second".to_vec()).await);
    let bench = to(&backend.url()).await;
    let mut peer = bench.begin("stay", &[]).await;
    let server = async {
        let mut conn = backend.accept().await;
        conn.expect_request().await;
        conn.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst").await;
        conn
    };
    let (begun, mut conn) = tokio::join!(peer.tell("begin /"), server);
    assert_eq!(begun["status"], 200, "{begun}");
    bench.gateway.apply(&configuration(&second.url(), "")).await;
    assert_eq!(peer.tell("ask /after").await["body"], "second");
    conn.send("later").await;
    assert_eq!(peer.tell("finish").await["body"], "firstlater");
}

#[tokio::test]
async fn at_a_stop_what_runs_is_finished_and_nothing_more_is_begun() {
    let backend = Backend::bind().await;
    let bench = to(&backend.url()).await;
    let mut peer = bench.begin("stay", &[]).await;
    let server = async {
        let mut conn = backend.accept().await;
        conn.expect_request().await;
        conn.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst").await;
        conn
    };
    let (begun, mut conn) = tokio::join!(peer.tell("begin /"), server);
    assert_eq!(begun["status"], 200, "{begun}");
    let Bench { gateway, .. } = bench;
    let mut program = gateway.into_program();
    program.signal(Signal::Terminate);
    program.wait_for_log("draining").await;
    // The client was told so by a GOAWAY, and opens no stream.
    let refused = peer.tell("refused /more").await;
    assert!(refused["error"].as_str().unwrap().contains("graceful shutdown"), "{refused}");
    conn.send("later").await;
    let whole = peer.tell("finish").await;
    assert_eq!(
        (&whole["body"], &whole["broken"]),
        (&"firstlater".into(), &serde_json::Value::Null),
        "{whole}"
    );
    peer.tell("end").await;
    let (status, log) = program.wait(Duration::from_secs(15)).await;
    assert!(status.success(), "{log}");
}
