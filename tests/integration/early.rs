//! Answers that come while the request's body is still on its way: they reach the client, whatever it does meanwhile.

use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::process::Command;
use tokio::time::{Instant, interval};
use windrose_kit::peer::h1::{Backend, Conn, Server};
use windrose_kit::peer::h2::{self, Frame, Raw, flags, kind};
use windrose_kit::temp::TempDir;
use windrose_kit::{soon, within};

use crate::gateway::Gateway;

const REFUSAL: &str = "HTTP/1.1 413 Too Large\r\nContent-Length: 9\r\nConnection: close\r\n\r\ntoo large";
const NO_ERROR: u32 = 0;

/// A server that answers every head with a refusal and closes; what was sent meanwhile makes that a reset.
async fn refusing() -> Server {
    Server::start(Backend::bind().await, |mut conn: Conn| async move {
        conn.expect_head().await;
        let _gone = conn.try_send(REFUSAL).await;
        conn.close().await;
    })
}

fn post(stream: u32, path: &str) -> Frame {
    let fields = [(":method", "POST"), (":scheme", "http"), (":authority", "a.test"), (":path", path)];
    Frame::headers(stream, flags::NONE, &fields)
}

async fn begin(gateway: &Gateway) -> Raw {
    let mut raw = Raw::connect(gateway.addr()).await;
    raw.begin(&[]).await;
    raw
}

/// Reads frames up to the answer to a ping; gives those of a kind.
async fn until_pong(raw: &mut Raw, wanted: u8) -> Vec<Frame> {
    raw.write(&Frame::ping([7; 8])).await;
    let mut found = Vec::new();
    loop {
        let frame = raw.read().await;
        if frame.kind == kind::PING && frame.has(flags::ACK) {
            return found;
        }
        if frame.kind == wanted {
            found.push(frame);
        }
    }
}

/// Reads the answer to its end, before which there must be no reset.
async fn read_answer(raw: &mut Raw, stream: u32) {
    loop {
        let frame = raw.read().await;
        assert_ne!(frame.kind, kind::RST_STREAM, "{frame:?}");
        if frame.stream == stream
            && frame.has(flags::END_STREAM)
            && matches!(frame.kind, kind::DATA | kind::HEADERS)
        {
            return;
        }
    }
}

#[tokio::test]
async fn a_client_of_http_2_that_ends_its_body_after_the_answer_is_not_reset() {
    let server = refusing().await;
    let gateway = Gateway::to(&server.url()).await;
    let mut raw = begin(&gateway).await;
    raw.write(&post(1, "/")).await;
    raw.write(&Frame::data(1, 0, vec![0; 10_000])).await;
    read_answer(&mut raw, 1).await;
    raw.write(&Frame::data(1, 0, vec![0; 10_000])).await;
    assert_eq!(until_pong(&mut raw, kind::RST_STREAM).await, [], "the answer stands alone");
    raw.write(&Frame::data(1, flags::END_STREAM, vec![0; 10_000])).await;
    // The next stream of the connection is served, and nothing was said of the first one meanwhile.
    raw.write(&post(3, "/")).await;
    read_answer(&mut raw, 3).await;
    raw.write(&Frame::data(3, flags::END_STREAM, [])).await;
    assert_eq!(until_pong(&mut raw, kind::RST_STREAM).await, []);
}

#[tokio::test]
async fn a_client_of_http_2_that_does_not_end_its_body_is_told_to_stop_after_the_answer() {
    let server = refusing().await;
    let gateway = Gateway::to(&server.url()).await;
    let mut raw = begin(&gateway).await;
    raw.write(&post(1, "/")).await;
    read_answer(&mut raw, 1).await;
    assert_eq!(until_pong(&mut raw, kind::RST_STREAM).await, []);
    assert_eq!(raw.expect_stream_reset(1).await, NO_ERROR, "RFC 9113 section 8.1");
}

/// The window stays open for a while, and not for ever.
#[tokio::test]
async fn a_client_of_http_2_that_sends_on_is_told_to_stop() {
    let server = refusing().await;
    let gateway = Gateway::to(&server.url()).await;
    let mut raw = begin(&gateway).await;
    raw.write(&post(1, "/")).await;
    read_answer(&mut raw, 1).await;
    let mut sent = 0;
    // What the gateway has granted before the answer.
    let (mut stream_window, mut connection_window) = (256 * 1024_usize, 1024 * 1024_usize);
    let code = loop {
        let part = 10_000;
        while stream_window >= part && connection_window >= part {
            raw.write(&Frame::data(1, 0, vec![0; part])).await;
            sent += part;
            (stream_window, connection_window) = (stream_window - part, connection_window - part);
        }
        let frame = raw.read().await;
        match (frame.kind, frame.stream) {
            (kind::WINDOW_UPDATE, stream) => {
                let more = u32::from_be_bytes(frame.payload[..4].try_into().unwrap());
                let window = if stream == 0 { &mut connection_window } else { &mut stream_window };
                *window += usize::try_from(more).unwrap();
            }
            (kind::RST_STREAM, 1) => break frame.error_code(),
            _ => {}
        }
    };
    assert_eq!(code, Some(NO_ERROR));
    assert!((200_000..2_000_000).contains(&sent), "{sent}");
}

#[tokio::test]
async fn the_gateways_own_answers_reach_clients_of_http_2_as_well() {
    let gateway = Gateway::to("http://127.0.0.1:1").await;
    let mut raw = begin(&gateway).await;
    let fields = |path| [(":method", "POST"), (":scheme", "http"), (":authority", "a.test"), (":path", path)];
    let odd = [&fields("/")[..], &[("expect", "more")]].concat();
    for (stream, fields) in [(1, &fields("/")[..]), (3, &odd), (5, &fields("/%zz"))] {
        raw.write(&Frame::headers(stream, flags::NONE, fields)).await;
        read_answer(&mut raw, stream).await;
        assert_eq!(until_pong(&mut raw, kind::RST_STREAM).await, []);
        raw.write(&Frame::data(stream, flags::END_STREAM, [])).await;
    }
    assert_eq!(until_pong(&mut raw, kind::RST_STREAM).await, []);
}

/// Many clients read nothing before they have sent everything.
#[tokio::test]
async fn a_client_of_http_1_that_sends_on_for_a_while_gets_the_answer() {
    let server = refusing().await;
    let gateway = Gateway::to(&server.url()).await;
    for host in ["a.test", "a.test\r\nTransfer-Encoding: broken"] {
        let mut client = gateway.client().await;
        client.send(format!("POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100000000\r\n\r\n")).await;
        let (mut pace, start) = (interval(Duration::from_millis(20)), Instant::now());
        while start.elapsed() < Duration::from_millis(1500) {
            client.send(vec![b'x'; 64 << 10]).await;
            pace.tick().await;
        }
        let response = client.read_response_head().await;
        assert!(matches!(response.status(), 413 | 400), "{response:?}");
        assert_eq!(response.header("connection"), Some("close"));
        client.read_to_end().await;
    }
}

#[tokio::test]
async fn an_early_answer_of_a_server_of_http_2_is_passed_on() {
    let backend = h2::Backend::bind().await;
    let gateway = Gateway::to(&backend.url()).await;
    let mut client = gateway.client().await;
    client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100000\r\n\r\nbegun").await;
    let mut raw = Raw::serve(backend.accept_wire().await, &[]).await;
    let stream = raw.read_until(kind::HEADERS).await.stream;
    raw.read_until(kind::DATA).await;
    // All in one packet.
    let answer = [
        Frame::headers(stream, flags::NONE, &[(":status", "413")]).encode(),
        Frame::data(stream, flags::END_STREAM, "too large").encode(),
        Frame::reset(stream, NO_ERROR).encode(),
    ];
    raw.write_bytes(answer.concat()).await;
    let response = client.read_response().await;
    assert_eq!((response.status(), response.text().as_str()), (413, "too large"));
}

/// Debian's curl takes a reset that it reads together with an answer for a failure of the whole.
#[tokio::test]
async fn curl_gets_an_early_answer_by_every_protocol() {
    let server = refusing().await;
    let gateway = Gateway::to(&server.url()).await;
    let folder = TempDir::new();
    let file = folder.write("upload", "x".repeat(20 << 20));
    let upload = format!("@{}", file.display());
    for (scheme, protocol) in [
        ("http", "--http1.1"),
        ("http", "--http2-prior-knowledge"),
        ("https", "--http1.1"),
        ("https", "--http2"),
    ] {
        let url = format!("{scheme}://{}/", gateway.addr());
        for expects in ["Expect: 100-continue", "Expect:"] {
            for round in 0..5 {
                let output = curl(&[
                    "-sSk",
                    protocol,
                    "-H",
                    expects,
                    "--data-binary",
                    &upload,
                    "-w",
                    " %{http_code}",
                    &url,
                ])
                .await;
                let (told, why) =
                    (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
                assert_eq!(told, "too large 413", "{protocol} {scheme} {expects:?}, round {round}: {why}");
            }
        }
    }
}

async fn curl(arguments: &[&str]) -> Output {
    let mut command = Command::new("curl");
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    let output = within(Duration::from_secs(20), "the end of curl", command.output()).await;
    output.unwrap_or_else(|error| panic!("this test needs curl: {error}"))
}

#[tokio::test]
async fn many_early_answers_on_one_connection_reach_their_clients() {
    let server = refusing().await;
    let gateway = Gateway::to(&server.url()).await;
    let mut client = gateway.h2_client().await;
    let mut calls = Vec::new();
    for _ in 0..50 {
        let mut call = client.open(http::Request::post("http://a.test/").body(()).unwrap()).await;
        call.send("begun");
        calls.push(call);
    }
    for call in &mut calls {
        assert_eq!(soon("an answer", call.head()).await.status(), 413);
    }
    for mut call in calls {
        call.finish();
    }
    assert_eq!(client.get("http://a.test/").await.status, 413, "the connection goes on");
}
