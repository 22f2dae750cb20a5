//! Clients that take their time: each is closed by the entry point's time-outs, whatever it drips.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{interval, timeout};
use windrose_kit::peer::h1::{Backend, Server};
use windrose_kit::peer::h2::{Frame, flags};

use crate::client::{connect, exchange};
use crate::gateway::Gateway;
use crate::opening::Hello;
use crate::recorder::Recorder;

const TIMEOUTS: &str =
    "transport: {respondingTimeouts: {readTimeout: 400ms, idleTimeout: 400ms, writeTimeout: 2s}}";
/// More than any time-out above, and room for a busy machine.
const LATEST: Duration = Duration::from_secs(5);
const DRIP: Duration = Duration::from_millis(40);

/// Sends `start`, then a drop again and again, until the gateway closes.
async fn drip(addr: SocketAddr, start: &[u8], drop: impl Fn(usize) -> Vec<u8>) {
    let mut stream = connect(addr).await;
    stream.write_all(start).await.unwrap();
    let closed = async {
        let (mut drips, mut seen) = (interval(DRIP), Vec::new());
        for time in 0.. {
            tokio::select! {
                read = stream.read_buf(&mut seen) => if !matches!(read, Ok(1..)) { return },
                _ = drips.tick() => {
                    let drop = drop(time);
                    if !drop.is_empty() && stream.write_all(&drop).await.is_err() {
                        return;
                    }
                }
            }
        }
    };
    let name = String::from_utf8_lossy(start);
    assert!(timeout(LATEST, closed).await.is_ok(), "a connection is still open that began with {name:?}");
}

#[tokio::test]
async fn dripping_clients_are_closed() {
    let recorder = Recorder::start().await;
    let gateway = Gateway::with(TIMEOUTS, &recorder.url()).await;
    let addr = gateway.addr();
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let begun = [&preface[..], &Frame::settings(&[]).encode()].concat();
    let half_head = [&begun[..], &Frame::new(1, flags::NONE, 1, []).encode()].concat();
    let fields = [(":method", "POST"), (":scheme", "http"), (":authority", "a.test"), (":path", "/")];
    let half_body = [&begun[..], &Frame::headers(1, flags::NONE, &fields).encode()].concat();
    let hello = Hello::default().records(usize::MAX);
    let nothing = |_| Vec::new();
    let x = |_| b"x".to_vec();
    tokio::join!(
        drip(addr, b"", nothing),
        drip(addr, b"", |time| if time == 0 { Vec::new() } else { b"\r\n".to_vec() }),
        drip(addr, b"\r\n", |_| b"\r\n".to_vec()),
        drip(addr, b"GET / HTTP/1.1\r\nX: ", x),
        drip(addr, b"GET /", x),
        drip(addr, b"GET / HTTP/1.1\r\n", |_| b"X: y\r\n".to_vec()),
        drip(addr, b"POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000\r\n\r\n", x),
        drip(addr, b"POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n", |_| {
            b"1\r\nx\r\n".to_vec()
        }),
        drip(addr, b"POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n5;", x),
        drip(addr, b"POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", |_| {
            b"x:\r\n".to_vec()
        }),
        drip(addr, b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n", nothing),
        drip(addr, b"OPTIONS * HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000\r\n\r\n", x),
        drip(addr, &preface[..10], nothing),
        drip(addr, preface, nothing),
        drip(addr, &begun, nothing),
        drip(addr, &begun, |_| Frame::ping([7; 8]).encode()),
        drip(addr, &half_head, |_| Frame::new(9, flags::NONE, 1, [0, 1, b'x', 0]).encode()),
        drip(addr, &half_body, |_| Frame::data(1, 0, [7]).encode()),
        drip(addr, &hello[..1], nothing),
        drip(addr, &hello[..hello.len() - 1], nothing),
        drip(addr, &hello, nothing),
        drip(addr, &hello[..20], |time| hello.get(20 + time..21 + time).unwrap_or_default().to_vec()),
        drip(addr, b"\x80\x2e\x01\x00\x02", x),
    );
    gateway.expect_well().await;
    recorder.take_requests(&"dripping");
}

/// While many drip, others are served at once.
#[tokio::test]
async fn dripping_clients_delay_nobody() {
    let recorder = Recorder::start().await;
    let gateway = Gateway::to(&recorder.url()).await;
    let mut slow: Vec<TcpStream> = Vec::new();
    for _ in 0..500 {
        let mut stream = connect(gateway.addr()).await;
        stream.write_all(b"GET / HTTP/1.1\r\nX: ").await.unwrap();
        slow.push(stream);
    }
    let before = (gateway.cpu(), Instant::now());
    for round in 0..20 {
        for stream in &mut slow {
            stream.write_all(b"x").await.unwrap();
        }
        let seen =
            exchange(gateway.addr(), b"GET /good HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n")
                .await;
        assert_eq!(seen.statuses(), [200], "round {round}");
    }
    let (cpu, passed) = (gateway.cpu() - before.0, before.1.elapsed());
    assert!(cpu < Duration::from_secs(4) && passed < Duration::from_secs(20), "{cpu:?}, {passed:?}");
}

/// A head that grows by a byte at a time costs its length, not its square.
#[tokio::test]
async fn a_head_that_grows_slowly_is_not_searched_anew() {
    let recorder = Recorder::start().await;
    let gateway = Gateway::to(&recorder.url()).await;
    let mut stream = connect(gateway.addr()).await;
    let before = gateway.cpu();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a.test\r\n").await.unwrap();
    stream.write_all(&b"a:\r\n".repeat(250_000)).await.unwrap();
    for _ in 0..4000 {
        if stream.write_all(b"x").await.is_err() {
            break;
        }
        tokio::task::yield_now().await;
    }
    stream.shutdown().await.unwrap();
    let _end = timeout(LATEST, stream.read_to_end(&mut Vec::new())).await.unwrap();
    assert!(gateway.cpu() - before < Duration::from_secs(2), "{:?}", gateway.cpu() - before);
}

/// A client that does not read its answer is closed by the write time-out, and holds little until then.
#[tokio::test]
async fn clients_that_do_not_read_are_closed() {
    let server = Server::answering(Backend::bind().await, |_| {
        [&b"HTTP/1.1 200 OK\r\nContent-Length: 67108864\r\n\r\n"[..], &vec![b'x'; 64 << 20]].concat()
    });
    let gateway = Gateway::with(TIMEOUTS, &server.url()).await;
    let memory = gateway.memory();
    let mut stream = connect(gateway.addr()).await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").await.unwrap();
    let mut first = [0; 15];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    assert!(gateway.memory() < memory + (16 << 20));
    let begun = Instant::now();
    // Written bytes show the reset, read ones would open the window.
    let mut ticks = interval(DRIP);
    let reset = async {
        loop {
            ticks.tick().await;
            if stream.write_all(b"x").await.is_err() || stream.take_error().is_ok_and(|error| error.is_some())
            {
                return;
            }
        }
    };
    assert!(timeout(LATEST, reset).await.is_ok());
    assert!(begun.elapsed() > Duration::from_millis(500));
}

/// A connection that once brought a large head, or got a large answer, holds no more than any other while it is idle.
#[tokio::test]
async fn what_a_large_head_took_is_given_back() {
    let recorder = Recorder::start().await;
    let gateway = Gateway::to(&recorder.url()).await;
    let large = "x".repeat(700 * 1024);
    let heads = [
        format!("GET /{large} HTTP/1.1\r\nHost: a.test\r\n\r\n"),
        format!("GET /?{large} HTTP/1.1\r\nHost: a.test\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: a.test\r\nX: {large}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: a.test\r\n{}\r\n", "a:\r\n".repeat(19_000)),
        format!("{} / HTTP/1.1\r\nHost: a.test\r\n\r\n", "X".repeat(60 * 1024)),
    ];
    for head in heads {
        let mut held = Vec::new();
        let before = gateway.memory();
        for _ in 0..12 {
            let mut stream = connect(gateway.addr()).await;
            stream.write_all(head.as_bytes()).await.unwrap();
            let mut answer = [0; 15];
            stream.read_exact(&mut answer).await.unwrap();
            assert_eq!(&answer, b"HTTP/1.1 200 OK");
            crate::client::read_on(&mut stream, &mut Vec::new(), DRIP).await;
            held.push(stream);
        }
        let grown = gateway.memory().saturating_sub(before);
        assert!(
            grown < 20 << 20,
            "{} KiB for each of {} after {:?}",
            (grown / held.len()) >> 10,
            held.len(),
            &head[..12]
        );
    }
}
