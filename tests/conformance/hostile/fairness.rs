//! One client's idleness is no other's: what is shared behind the gateway is not used up by who does not read.

use bytes::Bytes;
use http::Response;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use windrose_kit::peer::h2::{Backend, Exchange, Frame, Server, setting};

use super::ask_h1;
use crate::client::connect;
use crate::frames::Frames;
use crate::gateway::Gateway;

/// Requests of many clients share a connection of HTTP/2, and with it a window.
#[tokio::test]
async fn clients_that_do_not_read_leave_room_for_others() {
    let server = Server::answering(Backend::bind().await, |request| {
        let body = if request.uri().path() == "/large" { vec![b'x'; 32 << 20] } else { vec![b'x'; 100_000] };
        Response::new(Bytes::from(body))
    });
    let gateway = Gateway::to(&server.url()).await;
    let mut idle = Vec::new();
    // More than there are windows in the usual window of a connection, for each of a few workers.
    for _ in 0..40 {
        let mut stream = connect(gateway.addr()).await;
        stream.write_all(b"GET /large HTTP/1.1\r\nHost: a.test\r\n\r\n").await.unwrap();
        let mut start = [0; 15];
        stream.read_exact(&mut start).await.unwrap();
        assert_eq!(&start, b"HTTP/1.1 200 OK");
        idle.push(stream);
    }
    for _ in 0..8 {
        let answer = ask_h1(&gateway, "GET", "/small").await;
        assert_eq!((answer.status, answer.body.len()), (Some(200), 100_000));
    }
    assert!(gateway.memory() < 200 << 20, "{} MiB", gateway.memory() >> 20);
    drop(idle);
}

/// Small messages of a server pile up for clients that take none; its connection serves others all the same.
#[tokio::test]
async fn small_messages_that_nobody_takes_cost_no_connection() {
    let server = Server::start(Backend::bind().await, |mut exchange: Exchange| async move {
        let is_large = exchange.request.uri().path() == "/many";
        let mut outgoing = exchange.start(Response::new(()));
        for _ in 0..if is_large { 1000 } else { 1 } {
            // The gateway may be gone at the end of the test.
            let _gone = outgoing.send_data(Bytes::from_static(b"hello"), false);
        }
        let _gone = outgoing.send_data(Bytes::new(), true);
    });
    let gateway = Gateway::to(&server.url()).await;
    let mut idle = Vec::new();
    for _ in 0..8 {
        let mut frames = Frames::begin(gateway.addr(), &[(setting::INITIAL_WINDOW_SIZE, 0)]).await;
        for stream in (1..10).step_by(2) {
            frames.write(&Frame::get(stream, "a.test", "/many")).await;
            frames.read_head_of(stream).await;
        }
        idle.push(frames);
    }
    let connections = server.connections();
    for _ in 0..8 {
        assert_eq!(ask_h1(&gateway, "GET", "/one").await.body, b"hello");
    }
    for frames in &mut idle {
        frames.write(&Frame::window_update(1, 5000)).await;
        assert_eq!(frames.outcome(1).await.body.len(), 5000);
    }
    assert_eq!(server.connections(), connections);
}

/// The same for tunnels: small frames pile up for clients that take none, and the tunnels of others go on.
#[tokio::test]
async fn tunnels_that_nobody_reads_cost_others_nothing() {
    let mut settings = h2::server::Builder::new();
    settings.enable_connect_protocol();
    let backend = Backend::bind().await.with_settings(settings);
    let server = Server::start(backend, |mut exchange: Exchange| async move {
        let is_flood = exchange.request.uri().path() == "/flood";
        let mut outgoing = exchange.start(Response::new(()));
        if is_flood {
            // What the buffers of the system take, and then more small frames than a window.
            let _gone = outgoing.send_data(Bytes::from(vec![b'x'; 6 << 20]), false);
            for _ in 0..5_000 {
                let _gone = outgoing.send_data(Bytes::from_static(b"0123456789"), false);
            }
            std::future::pending::<()>().await;
        }
        let body = exchange.request.body_mut();
        while let Some(Ok(data)) = body.data().await {
            let _known = body.flow_control().release_capacity(data.len());
            let _gone = outgoing.send_data(data, false);
        }
    });
    let gateway = Gateway::to(&server.url()).await;
    let mut calm = open_tunnel(&gateway, "/calm").await;
    let mut floods = Vec::new();
    for _ in 0..40 {
        floods.push(open_tunnel(&gateway, "/flood").await);
    }
    let connections = server.connections();
    // Each turn waits for the answer, so that the floods have come as far as they can.
    for turn in 0..50 {
        let said = format!("turn {turn:3}");
        calm.write_all(said.as_bytes()).await.unwrap();
        let mut heard = vec![0; said.len()];
        windrose_kit::soon("the echo", calm.read_exact(&mut heard)).await.unwrap();
        assert_eq!(String::from_utf8(heard).unwrap(), said);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(server.connections(), connections);
    drop(floods);
}

async fn open_tunnel(gateway: &Gateway, path: &str) -> tokio::net::TcpStream {
    let mut stream = connect(gateway.addr()).await;
    let asking = format!(
        "GET {path} HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(asking.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(windrose_kit::soon("the head", stream.read_u8()).await.unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
    stream
}
