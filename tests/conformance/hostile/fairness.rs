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
