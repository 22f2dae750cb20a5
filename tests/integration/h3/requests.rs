//! Requests and answers, as they are over HTTP/2.

use windrose_kit::peer::h1::{Backend, Server};

use super::{Bench, answering, field, targets};

#[tokio::test]
async fn a_request_reaches_its_server_with_what_the_gateway_says_of_it() {
    let server = Server::echo().await;
    let bench = Bench::to(&server.url()).await;
    let seen = bench.play("get", &["/path?q=1"]).await;
    assert_eq!(seen["status"], 200, "{seen}");
    let request = seen["body"].as_str().unwrap().to_lowercase();
    let expected =
        ["get /path?q=1 http/1.1", "host: a.test", "x-forwarded-proto: https", "x-forwarded-for: 127.0.0.1"];
    for line in expected {
        assert!(request.contains(line), "{line} is missing in\n{request}");
    }
    assert!(field(&seen["head"], "date").is_some());
    assert_eq!(field(&seen["head"], "alt-svc"), None, "whoever speaks HTTP/3 need not be told");
}

#[tokio::test]
async fn large_bodies_go_both_ways() {
    let server = answering(|request| request.body.clone()).await;
    let bench = Bench::to(&server.url()).await;
    for (size, length) in [("0", "no"), ("1", "yes"), ("3000000", "yes"), ("3000000", "no")] {
        let seen = bench.play("post", &[size, length]).await;
        assert_eq!((&seen["status"], &seen["same"]), (&200.into(), &true.into()), "{size} {length}: {seen}");
    }
}

#[tokio::test]
async fn many_requests_go_side_by_side_and_none_gets_the_answer_of_another() {
    let server = targets().await;
    let bench = Bench::to(&server.url()).await;
    let seen = bench.play("many", &["1000"]).await;
    assert_eq!(seen["right"], 1000, "{seen}");
}

#[tokio::test]
async fn trailers_go_both_ways() {
    let backend = Backend::bind().await;
    let bench = Bench::to(&backend.url()).await;
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
    assert_eq!(field(&seen["trailers"], "x-end"), Some("yes"));
}

#[tokio::test]
async fn answers_before_the_answer_are_passed_on() {
    let backend = Backend::bind().await;
    let bench = Bench::to(&backend.url()).await;
    let server = async {
        let mut conn = backend.accept().await;
        conn.expect_request().await;
        conn.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n").await;
        conn.answer("late").await;
        conn
    };
    let (seen, _conn) = tokio::join!(bench.play("get", &[]), server);
    assert_eq!((&seen["status"], &seen["body"]), (&200.into(), &"late".into()), "{seen}");
    assert_eq!(field(&seen["interim"][0], ":status"), Some("103"));
    assert_eq!(field(&seen["interim"][0], "link"), Some("</a>"));
}

#[tokio::test]
async fn an_answer_that_breaks_off_does_not_look_whole() {
    let backend = Backend::bind().await;
    let bench = Bench::to(&backend.url()).await;
    let server = async {
        let mut conn = backend.accept().await;
        conn.expect_request().await;
        conn.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf").await;
        conn.close().await;
    };
    let (seen, ()) = tokio::join!(bench.play("get", &[]), server);
    assert_eq!(seen["reset"], 0x102, "{seen}");
}

#[tokio::test]
async fn a_web_socket_goes_through_a_stream() {
    let backend = Backend::bind().await;
    let bench = Bench::to(&backend.url()).await;
    let server = async {
        let mut conn = backend.accept().await;
        let request = conn.expect_request().await;
        assert_eq!((request.method(), request.target()), ("GET", "/socket"));
        assert_eq!(request.header("upgrade"), Some("websocket"));
        assert_eq!(request.header("x-forwarded-proto"), Some("wss"));
        let key = request.header("sec-websocket-key").unwrap();
        let accept = tokio_tungstenite::tungstenite::handshake::derive_accept_key(key.as_bytes());
        let agreed = format!(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: chat\r\n\r\n"
        );
        conn.send(agreed).await;
        // A text of five bytes, under the client's mask.
        conn.expect(b"\x81\x85\x01\x02\x03\x04igohn").await;
        conn.send(b"\x81\x05hello").await;
        conn.expect_close().await;
        conn.close().await;
    };
    let (seen, ()) = tokio::join!(bench.play("web_socket", &[]), server);
    assert_eq!((&seen["status"], &seen["body"]), (&200.into(), &"\u{81}\u{5}hello".into()), "{seen}");
    assert_eq!(field(&seen["head"], "sec-websocket-protocol"), Some("chat"));
    for name in ["sec-websocket-accept", "upgrade", "connection"] {
        assert_eq!(field(&seen["head"], name), None, "{name}");
    }
}

#[tokio::test]
async fn a_server_that_wants_no_web_socket_answers_as_to_any_request() {
    let server = targets().await;
    let bench = Bench::to(&server.url()).await;
    let seen = bench.play("web_socket_refused", &[]).await;
    assert_eq!((&seen["status"], &seen["body"]), (&200.into(), &"/socket".into()), "{seen}");
}
