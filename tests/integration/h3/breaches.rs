//! Clients that break the rules: what they are told, and that nobody else is harmed.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::{Bench, targets};

#[tokio::test]
async fn heads_that_are_none_cost_their_stream_alone() {
    let server = targets().await;
    let bench = Bench::to(&server.url()).await;
    let seen = bench.play("heads", &[]).await;
    let malformed = "reset 0x10e";
    for name in [
        "upper case",
        "connection",
        "transfer-encoding",
        "te",
        "unknown pseudo",
        "late pseudo",
        "twice",
        "no method",
        "no scheme",
        "no path",
        "empty path",
        "no authority",
        "value",
        "length",
        "two lengths",
        "connect with path",
    ] {
        assert_eq!(seen[name], malformed, "{name}: {seen}");
    }
    for (name, status) in
        [("other host", 400), ("path", 400), ("connect", 501), ("other protocol", 501), ("good", 200)]
    {
        assert_eq!(seen[name], status, "{name}: {seen}");
    }
    assert_eq!(server.requests().len(), 1, "the server saw the good one alone");
}

#[tokio::test]
async fn what_breaks_the_protocol_ends_the_connection_with_the_right_code() {
    let server = targets().await;
    let bench = Bench::to(&server.url()).await;
    let seen = bench.play("violations", &[]).await;
    let expected = json!({
        "data first": 0x105,
        "settings in a request": 0x105,
        "goaway in a request": 0x105,
        "push promise": 0x105,
        "frame of http/2": 0x105,
        "frame cut off": 0x106,
        "dynamic reference": 0x200,
        "section cut off": 0x200,
        "second control": 0x103,
        "push stream": 0x103,
        "no settings": 0x10a,
        "settings twice": 0x105,
        "settings of http/2": 0x109,
        "data on control": 0x105,
        "long settings": 0x107,
        "insert": 0x201,
        "section ack": 0x202,
        "control ends": 0x104,
        "unknown": 200,
    });
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn bodies_that_are_not_what_was_announced_do_not_reach_the_server_as_whole_ones() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let bench = Bench::to(&format!("http://{}", listener.local_addr().unwrap())).await;
    let seen = tokio::select! {
        seen = bench.play("bodies", &[]) => seen,
        () = answer_whole_ones(listener) => unreachable!("it accepts for ever"),
    };
    assert_eq!((&seen["shorter"], &seen["longer"]), (&400.into(), &400.into()), "{seen}");
    assert_eq!((&seen["right"], &seen["good"]), (&200.into(), &200.into()), "{seen}");
}

/// Answers requests of which all has come, one on each connection, and no others.
async fn answer_whole_ones(listener: TcpListener) {
    let mut connections = JoinSet::new();
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        connections.spawn(async move {
            let mut read = Vec::new();
            while !is_whole(&String::from_utf8_lossy(&read)) {
                if !matches!(stream.read_buf(&mut read).await, Ok(1..)) {
                    return;
                }
            }
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            let _ = stream.write_all(answer).await;
        });
    }
}

fn is_whole(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else { return false };
    if head.to_lowercase().contains("transfer-encoding: chunked") {
        body.ends_with("0\r\n\r\n")
    } else {
        head.starts_with("GET ") || head.to_lowercase().contains(&format!("content-length: {}", body.len()))
    }
}

#[tokio::test]
async fn a_head_that_is_too_large_is_told_so() {
    let server = targets().await;
    let bench = Bench::with("http3: {}, http: {maxHeaderBytes: 8192}", &server.url()).await;
    for (size, status) in [("4000", 200), ("9000", 431), ("60000", 431)] {
        let seen = bench.play("large", &[size]).await;
        assert_eq!(seen["status"], status, "{size}: {seen}");
    }
}

#[tokio::test]
async fn noise_changes_nothing_for_others() {
    let server = targets().await;
    let bench = Bench::to(&server.url()).await;
    let seen = bench.play("garbage", &["3000"]).await;
    assert_eq!((&seen["status"], &seen["body"]), (&200.into(), &"/".into()), "{seen}");
}

#[tokio::test]
async fn when_many_say_hello_and_nothing_more_others_prove_their_address_and_are_served() {
    let server = targets().await;
    let bench = Bench::to(&server.url()).await;
    // Enough for every worker to have more handshakes under way than it takes without a proof.
    let workers = std::thread::available_parallelism().unwrap().get();
    let seen = bench.play("halves", &[&(150 * workers).to_string()]).await;
    assert_eq!((&seen["status"], &seen["retried"]), (&200.into(), &true.into()), "{seen}");
}
