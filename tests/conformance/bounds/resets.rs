//! Streams that end before their answers.

use windrose_kit::peer::h2::{Frame, flags, kind, setting};

use super::measure;
use super::servers::silent;
use super::table::*;
use crate::frames::Frames;
use crate::gateway::Gateway;

/// Begins streams and has them end, on one connection after another; says how many each of them took.
async fn flood(gateway: &Gateway, connections: usize, end: fn(u32) -> Frame) -> Vec<u32> {
    let fields = [(":method", "POST"), (":scheme", "http"), (":authority", "a.test"), (":path", "/")];
    let mut taken = Vec::new();
    for _ in 0..connections {
        let mut frames = Frames::begin(gateway.addr(), &[(setting::INITIAL_WINDOW_SIZE, 65_535)]).await;
        let mut stream = 1;
        'open: while stream < 20_000 {
            let bytes =
                [Frame::headers(stream, flags::NONE, &fields).encode(), end(stream).encode()].concat();
            if !frames.send(&bytes).await {
                break;
            }
            stream += 2;
            while let Ok(frame) = frames.next_within(std::time::Duration::ZERO).await {
                if frame.is_none_or(|frame| frame.kind == kind::GOAWAY) {
                    break 'open;
                }
            }
        }
        taken.push(stream / 2);
    }
    taken
}

#[tokio::test]
async fn a_client_that_resets_its_streams_is_ended_soon() {
    let server = silent().await;
    let gateway = Gateway::to(&server.url()).await;
    measure(RESETS, &gateway, async {
        let taken = flood(&gateway, 5, |stream| Frame::reset(stream, 8)).await;
        assert!(taken.iter().all(|taken| *taken < 2000), "{taken:?} streams were taken");
    })
    .await;
}

#[tokio::test]
async fn a_client_that_has_its_streams_reset_is_ended_soon() {
    let server = silent().await;
    let gateway = Gateway::to(&server.url()).await;
    measure(MADE_RESETS, &gateway, async {
        let taken = flood(&gateway, 5, |stream| Frame::window_update(stream, 0)).await;
        assert!(taken.iter().all(|taken| *taken < 1000), "{taken:?} streams were taken");
    })
    .await;
}

/// Each stream is reset after it was accepted, and on one connection after another.
#[tokio::test]
async fn few_of_the_streams_that_are_reset_reach_a_server() {
    let server = silent().await;
    let gateway = Gateway::to(&server.url()).await;
    let mut opened = 0;
    for _ in 0..3 {
        let mut frames = Frames::begin(gateway.addr(), &[]).await;
        for number in 0..1000 {
            let stream = 2 * number + 1;
            // The answer to the sign of life says that the stream was seen; then the end of it comes.
            frames.write(&Frame::get(stream, "a.test", "/")).await;
            frames.write(&Frame::ping([7; 8])).await;
            let is_over = loop {
                match frames.next().await {
                    Some(frame) if frame.kind == kind::PING => break false,
                    Some(frame) if frame.kind != kind::GOAWAY => {}
                    _ => break true,
                }
            };
            if is_over || !frames.write(&Frame::reset(stream, 8)).await {
                break;
            }
            opened += 1;
        }
    }
    let connections = server.connections();
    assert!(opened >= 300, "only {opened} streams were taken");
    assert!(connections <= 200, "{connections} connections to the server for {opened} streams");
}
